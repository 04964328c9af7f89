"""Delivery of events: an outbox in the store, and the subscriptions that empty it.

An event is stored in the transaction of the change that it reports, and removed after its delivery. So events
are delivered in order and at least once, even if the process is killed. An event that cannot be delivered is
deleted after a day, because it may name a speaker, and its target may never be subscribed again.
"""

import functools
import math
import os
import time
from collections.abc import Callable, Iterator
from typing import Final, Protocol, TypeVar

import attrs

from voiceid_sdk.local.core import tasks
from voiceid_sdk.local.core.background import BackgroundThread
from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.events.targets import FileTarget, FunctionTarget, Receiver, Target, UrlTarget
from voiceid_sdk.local.in_this_process import InThisProcess
from voiceid_sdk.local.locks import Lock
from voiceid_sdk.local.protocol.aws_json import encode, log_unexpected
from voiceid_sdk.local.protocol.documents import Document
from voiceid_sdk.local.storage.store import Record, Store, Table

EXPIRE: Final = "expire events"

RETENTION_SECONDS: Final = 24 * 3600.0
"""For how long delivery is retried. Source: the EventBridge user guide, for its own targets."""

FIRST_RETRY_SECONDS: Final = 1.0
MAX_RETRY_SECONDS: Final = 60.0
"""Seconds between attempts to deliver to a URL; each pause is twice as long as the last one."""

CLOSING_SECONDS: Final = 10.0
"""How long ``close`` waits for the delivery to URLs."""

_BATCH_SIZE: Final = 100

ResultT = TypeVar("ResultT")


@attrs.frozen
class OutgoingEvent(Record):
    """An event that is not yet delivered to its target."""

    target: str
    event: str = attrs.field(repr=False)
    """The event in JSON."""

    at: float
    """When it was stored, in epoch seconds."""


OUTBOX: Final = Table("outbox", OutgoingEvent, unique=[("target", "sequence")], indexes=[("at",)])


class OnStore(Protocol):
    """Runs a function on the store in a transaction of its own."""

    def __call__(self, work: Callable[[Store], ResultT]) -> ResultT | None:
        """Return the result of ``work``, or None once the service is closed."""
        ...


class Events(InThisProcess):
    """The subscriptions to the events of a service; ``service.events``.

    Args:
        on_store: runs functions on the store of the outbox.
        now: returns the service's time in epoch seconds.
    """

    def __init__(self, on_store: OnStore, now: Callable[[], float]) -> None:
        self._on_store = on_store
        self._now = now
        self._subscriptions: list[_Subscription] = []
        self._functions = 0

    def subscribe(self, target: Receiver | str | os.PathLike[str]) -> None:
        """Deliver every event from now on to a function, a file or a URL.

        Events that a killed process has not delivered are delivered when the same file or URL is subscribed
        again. Functions are matched by the order in which they are subscribed.

        Args:
            target: a function that takes the event as EventBridge delivers it, a ``dict``; or an ``http://``
                or ``https://`` URL to which the event is posted; or the path of a file to which it is
                appended as a line of JSON.

        Raises:
            FileAccessError: the file cannot be written.
            TypeError: the target is neither a function nor a str or path.
            ValueError: the URL has another scheme, or is not valid.
        """
        self._on_store(_nothing)  # raises an error in a forked child
        receiver = self._target(target)
        subscription_type = _BackgroundSubscription if receiver.may_take_long else _Subscription
        subscription = subscription_type(receiver, self._on_store, self._now)
        self._subscriptions.append(subscription)
        subscription.wake()

    def add(self, context: RequestContext, event: Document) -> None:
        """Put an event into the outbox, in the transaction of the change that it reports."""
        # Not the time of the event: that of a late background task may be days ago.
        at = context.until
        for subscription in self._subscriptions:
            subscription.add(context.store, event, at)
        if self._subscriptions:
            tasks.schedule_by(context, EXPIRE, "", at + RETENTION_SECONDS)

    @property
    def has_subscribers(self) -> bool:
        """Whether there is a subscriber to deliver events to."""
        return bool(self._subscriptions)

    def deliver(self) -> None:
        """Deliver the events in the outbox. An error is logged, because it must not change a response."""
        for subscription in self._subscriptions:
            try:
                subscription.wake()
            except Exception as error:  # the events stay in the outbox
                log_unexpected(error)

    def close(self) -> None:
        """Deliver the events in the outbox, as far as ``CLOSING_SECONDS`` allow; others stay in it."""
        for subscription in self._subscriptions:
            try:
                subscription.close()
            except Exception as error:  # the events stay in the outbox
                log_unexpected(error)

    def _target(self, target: Receiver | str | os.PathLike[str]) -> Target:
        if callable(target):
            self._functions += 1
            return FunctionTarget(target, f"function {self._functions}")
        if isinstance(target, str) and "://" in target:
            return UrlTarget(target)
        return FileTarget(target)


def expire(context: RequestContext, _: tasks.ScheduledTask) -> None:
    """Delete the events that could not be delivered in time, also those without a subscribed target."""
    context.store.delete_where(OUTBOX, "WHERE at <= ?", context.until - RETENTION_SECONDS)
    following = context.store.select(OUTBOX, "ORDER BY at LIMIT 1")
    if following:
        tasks.schedule_by(context, EXPIRE, "", following[0].at + RETENTION_SECONDS)


def _nothing(_: Store) -> None:
    pass


class _Subscription:
    """A target and its events in the outbox, which are delivered in the thread that added them."""

    def __init__(self, target: Target, on_store: OnStore, now: Callable[[], float]) -> None:
        self._target = target
        self._on_store = on_store
        self._now = now
        self._lock = Lock()
        self._added = 1
        """Counts the events that were added, and those of an earlier process as one."""
        self._settled = 0
        """The count up to which all are delivered. An interrupt or an error leaves it as it is."""
        self._last_delivered = 0
        """The sequence number of the last event that the target has, although it may still be stored."""

    def add(self, store: Store, event: Document, at: float) -> None:
        store.add(OUTBOX, OutgoingEvent(self._target.name, encode(event).decode(), at))
        self._added += 1

    def wake(self) -> None:
        # The thread that delivers, which may be this one, checks for further events before it stops.
        while self._has_news and self._lock.run_if_free(self._empty):
            pass

    def close(self) -> None:
        self.wake()

    @property
    def _has_news(self) -> bool:
        return self._added != self._settled

    def _empty(self) -> bool:
        """Deliver the waiting events; return False if one has to be tried again."""
        added = self._added
        while waiting := self._on_store(self._oldest):
            delivered = list(self._deliver(waiting))
            if delivered:
                self._on_store(functools.partial(self._forget, last=delivered[-1]))
            if len(delivered) < len(waiting):
                return False
        self._settled = added
        return True

    def _deliver(self, waiting: list[OutgoingEvent]) -> Iterator[OutgoingEvent]:
        """Yield the events that are delivered or given up, up to the first one to be tried again."""
        for outgoing in waiting:
            if outgoing.sequence > self._last_delivered:
                is_done = self._attempt(outgoing.event)
                if not is_done and self._now() - outgoing.at < RETENTION_SECONDS:
                    return
                self._last_delivered = outgoing.sequence
            yield outgoing

    def _attempt(self, event: str) -> bool:
        try:
            return self._target.deliver(event)
        except Exception as error:  # the event is sent again after any error
            log_unexpected(error)
            return False

    def _oldest(self, store: Store) -> list[OutgoingEvent]:
        return store.page(OUTBOX, 0, _BATCH_SIZE, target=self._target.name)

    def _forget(self, store: Store, last: OutgoingEvent) -> None:
        store.delete_where(OUTBOX, "WHERE target = ? AND sequence <= ?", last.target, last.sequence)


class _BackgroundSubscription(_Subscription):
    """A target and its events in the outbox, which are delivered in a thread of the subscription's own."""

    def __init__(self, target: Target, on_store: OnStore, now: Callable[[], float]) -> None:
        super().__init__(target, on_store, now)
        self._pause = 0.0
        self._next_attempt = -math.inf
        self._thread = BackgroundThread("local-voice-id-events", self._work, works_at_the_end=True)

    def wake(self) -> None:
        if self._has_news:
            self._thread.wake()

    def close(self) -> None:
        self._thread.stop(CLOSING_SECONDS)

    def _work(self) -> float | None:
        """Deliver the waiting events, unless the pause after a failed attempt is not over."""
        remaining = self._next_attempt - time.monotonic()
        if remaining > 0:
            return remaining
        # Set before the attempt, so that an unforeseen error is followed by a pause as well.
        self._pause = min(MAX_RETRY_SECONDS, 2 * self._pause or FIRST_RETRY_SECONDS)
        self._next_attempt = time.monotonic() + self._pause
        if not self._empty():
            return self._pause
        self._pause, self._next_attempt = 0.0, -math.inf
        return 0.0 if self._has_news else None
