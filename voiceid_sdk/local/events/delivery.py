"""Delivering events: an outbox in the store, and the subscribers that empty it.

An event is kept by the transaction that it tells of, and forgotten when its subscriber has it. So each one is
delivered in order and at least once, through a kill of the process as well.
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

KEPT_SECONDS: Final = 24 * 3600.0
"""How long an event is tried again. Source: the EventBridge user guide, for its own targets."""

FIRST_RETRY_SECONDS: Final = 1.0
MAX_RETRY_SECONDS: Final = 60.0
"""Seconds between attempts to reach a URL; each pause is twice the one before."""

CLOSING_SECONDS: Final = 10.0
"""How long a closing service waits for events on their way to a URL."""

_AT_ONCE: Final = 100

ResultT = TypeVar("ResultT")


@attrs.frozen
class OutgoingEvent(Record):
    """An event that one target has not got yet."""

    target: str
    event: str = attrs.field(repr=False)
    """The event in JSON."""

    at: float


OUTBOX: Final = Table("outbox", OutgoingEvent, unique=[("target", "sequence")])


class OnStore(Protocol):
    """Runs a function on the store, in a transaction of its own."""

    def __call__(self, work: Callable[[Store], ResultT]) -> ResultT | None:
        """Run ``work``; after the service was closed, return None instead."""
        ...


class Events:
    """Who is told of what happens; ``service.events``.

    Args:
        on_store: gives access to the outbox.
        now: tells the service's time.
    """

    def __init__(self, on_store: OnStore, now: Callable[[], float]) -> None:
        self._on_store = on_store
        self._now = now
        self._subscriptions: list[_Subscription] = []
        self._functions = 0

    def subscribe(self, target: Receiver | str | os.PathLike[str]) -> None:
        """Deliver every event from now on to a function, a file or a URL.

        An event that a killed process left undelivered goes to the same file or URL when that is subscribed
        again, and to a function in the order of functions.

        Args:
            target: a function that is called with the event as EventBridge hands it out, a ``dict``; or an
                ``http://`` or ``https://`` URL that it is posted to; or the path of a file to which it is
                added as a line of JSON.

        Raises:
            OSError: the file cannot be written.
            ValueError: the URL is of another kind.
        """
        made = self._target(target)
        kind = _BackgroundSubscription if made.may_take_long else _Subscription
        subscription = kind(made, self._on_store, self._now)
        self._subscriptions.append(subscription)
        subscription.wake()

    def keep(self, store: Store, event: Document, at: float) -> None:
        """Put an event into the outbox, as part of the transaction that it tells of."""
        for subscription in self._subscriptions:
            subscription.keep(store, event, at)

    @property
    def wanted(self) -> bool:
        """Whether anybody gets events."""
        return bool(self._subscriptions)

    def deliver(self) -> None:
        """Deliver what the last transactions have put into the outbox."""
        for subscription in self._subscriptions:
            subscription.wake()

    def close(self) -> None:
        """Deliver what can be delivered soon; what cannot be stays in the outbox."""
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
    """A target's part of the outbox, emptied in the thread that has put something into it."""

    def __init__(self, target: Target, on_store: OnStore, now: Callable[[], float]) -> None:
        self._target = target
        self._on_store = on_store
        self._now = now
        self._has_news = True
        """Whether there may be something in the outbox that nobody has tried to deliver."""
        self._delivering = threading.Lock()

    def keep(self, store: Store, event: Document, at: float) -> None:
        store.add(OUTBOX, OutgoingEvent(self._target.name, encode(event).decode(), at))
        self._has_news = True

    def wake(self) -> None:
        # Whoever delivers already, this very thread perhaps, looks for more before it stops.
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
        """Deliver what waits; return whether that was all."""
        self._has_news = False
        while waiting := self._on_store(self._oldest):
            delivered = list(self._deliver(waiting))
            if delivered:
                self._on_store(functools.partial(self._forget, last=delivered[-1]))
            if len(delivered) < len(waiting):
                return False
        return True

    def _deliver(self, waiting: list[OutgoingEvent]) -> Iterator[OutgoingEvent]:
        """Yield the events that need no further attempt, up to the first that does."""
        for outgoing in waiting:
            is_done = self._target.deliver(outgoing.event)
            if not is_done and self._now() - outgoing.at < KEPT_SECONDS:
                return
            yield outgoing

    def _oldest(self, store: Store) -> list[OutgoingEvent]:
        return store.page(OUTBOX, 0, _AT_ONCE, target=self._target.name)

    def _forget(self, store: Store, last: OutgoingEvent) -> None:
        store.delete_where(OUTBOX, "WHERE target = ? AND sequence <= ?", last.target, last.sequence)


class _BackgroundSubscription(_Subscription):
    """A target's part of the outbox, emptied in a thread of its own."""

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
