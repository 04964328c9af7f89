"""Delivery of events: an outbox in the store, and the subscriptions that empty it.

An event is stored in the transaction of the change that it reports, and removed after its delivery. So events
are delivered in order and at least once, even if the process is killed.
"""

import functools
import os
import threading
from collections.abc import Callable, Iterator
from typing import Final, Protocol, TypeVar

import attrs

from voiceid_sdk.local.events.targets import FileTarget, FunctionTarget, Receiver, Target, UrlTarget
from voiceid_sdk.local.protocol.aws_json import encode
from voiceid_sdk.local.protocol.documents import Document
from voiceid_sdk.local.storage.store import Record, Store, Table

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


OUTBOX: Final = Table("outbox", OutgoingEvent, unique=[("target", "sequence")])


class OnStore(Protocol):
    """Runs a function on the store in a transaction of its own."""

    def __call__(self, work: Callable[[Store], ResultT]) -> ResultT | None:
        """Return the result of ``work``, or None once the service is closed."""
        ...


class Events:
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
            OSError: the file cannot be written.
            ValueError: the URL has another scheme, or is not valid.
        """
        receiver = self._target(target)
        subscription_type = _BackgroundSubscription if receiver.may_take_long else _Subscription
        subscription = subscription_type(receiver, self._on_store, self._now)
        self._subscriptions.append(subscription)
        subscription.wake()

    def add(self, store: Store, event: Document, at: float) -> None:
        """Put an event into the outbox, in the transaction of the change that it reports."""
        for subscription in self._subscriptions:
            subscription.add(store, event, at)

    @property
    def has_subscribers(self) -> bool:
        """Whether there is a subscriber to deliver events to."""
        return bool(self._subscriptions)

    def deliver(self) -> None:
        """Deliver the events in the outbox."""
        for subscription in self._subscriptions:
            subscription.wake()

    def close(self) -> None:
        """Deliver the events in the outbox, as far as ``CLOSING_SECONDS`` allow; others stay in it."""
        for subscription in self._subscriptions:
            subscription.close()

    def _target(self, target: Receiver | str | os.PathLike[str]) -> Target:
        if callable(target):
            self._functions += 1
            return FunctionTarget(target, f"function {self._functions}")
        if isinstance(target, str) and "://" in target:
            return UrlTarget(target)
        return FileTarget(target)


class _Subscription:
    """A target and its events in the outbox, which are delivered in the thread that added them."""

    def __init__(self, target: Target, on_store: OnStore, now: Callable[[], float]) -> None:
        self._target = target
        self._on_store = on_store
        self._now = now
        self._has_news = True
        """Whether there may be events in the outbox that no thread has tried to deliver."""
        self._delivering = threading.Lock()

    def add(self, store: Store, event: Document, at: float) -> None:
        store.add(OUTBOX, OutgoingEvent(self._target.name, encode(event).decode(), at))
        self._has_news = True

    def wake(self) -> None:
        # The thread that holds the lock, which may be this one, checks for further events before it stops.
        while self._has_news and self._delivering.acquire(blocking=False):
            try:
                if not self._empty():
                    self._has_news = True
                    return
            finally:
                self._delivering.release()

    def close(self) -> None:
        self.wake()

    def _empty(self) -> bool:
        """Deliver the waiting events; return False if one has to be tried again."""
        self._has_news = False
        while waiting := self._on_store(self._oldest):
            delivered = list(self._deliver(waiting))
            if delivered:
                self._on_store(functools.partial(self._forget, last=delivered[-1]))
            if len(delivered) < len(waiting):
                return False
        return True

    def _deliver(self, waiting: list[OutgoingEvent]) -> Iterator[OutgoingEvent]:
        """Yield the events that are delivered or given up, up to the first one to be tried again."""
        for outgoing in waiting:
            is_done = self._target.deliver(outgoing.event)
            if not is_done and self._now() - outgoing.at < RETENTION_SECONDS:
                return
            yield outgoing

    def _oldest(self, store: Store) -> list[OutgoingEvent]:
        return store.page(OUTBOX, 0, _BATCH_SIZE, target=self._target.name)

    def _forget(self, store: Store, last: OutgoingEvent) -> None:
        store.delete_where(OUTBOX, "WHERE target = ? AND sequence <= ?", last.target, last.sequence)


class _BackgroundSubscription(_Subscription):
    """A target and its events in the outbox, which are delivered in a thread of the subscription's own."""

    def __init__(self, target: Target, on_store: OnStore, now: Callable[[], float]) -> None:
        super().__init__(target, on_store, now)
        self._news = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="local-voice-id-events", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        if self._has_news:
            self._news.set()

    def close(self) -> None:
        self._closing.set()
        self._news.set()
        self._thread.join(CLOSING_SECONDS)

    def _run(self) -> None:
        is_last = False
        while not is_last:
            self._news.wait()
            self._news.clear()
            is_last = self._closing.is_set()
            pause = FIRST_RETRY_SECONDS
            while not self._empty():
                if self._closing.wait(pause):
                    return
                pause = min(MAX_RETRY_SECONDS, 2 * pause)
