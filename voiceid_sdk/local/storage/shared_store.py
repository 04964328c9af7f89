"""A store that many threads share: one at a time uses it, until it is closed."""

from collections.abc import Callable
from typing import TypeVar

from voiceid_sdk.local.locks import Lock
from voiceid_sdk.local.storage.store import Store

ResultT = TypeVar("ResultT")


class ServiceClosedError(RuntimeError):
    """The service was closed, maybe while a request was waiting."""

    def __init__(self) -> None:
        super().__init__("this LocalVoiceID is closed")


class SharedStore:
    """Lets one thread at a time use a store."""

    def __init__(self, store: Store) -> None:
        self._store: Store | None = store
        self._lock = Lock()

    @property
    def is_closed(self) -> bool:
        """Whether the store is closed."""
        return self._store is None

    @property
    def is_inherited(self) -> bool:
        """Whether this is a child that was forked from the process that opened the store."""
        return self._store is not None and self._store.is_inherited

    def opened(self) -> Store:
        """Return the store; raises an error if it is closed, or if this is a forked child."""
        if self._store is None:
            raise ServiceClosedError
        self._store.check()
        return self._store

    def check_owner(self) -> None:
        """Return unless this is a forked child; raises StoreInheritedError there."""
        if self._store is not None:
            self._store.check()

    def run(self, work: Callable[[Store], ResultT]) -> ResultT:
        """Return the result of a function on the store, which runs as soon as no other one does.

        Raises:
            RuntimeError: the store is closed, or such a function calls this method.
            StoreInheritedError: this is a forked child.
        """
        self.check_owner()
        return self._lock.run(lambda: work(self.opened()))

    def run_if_free(self, work: Callable[[Store], ResultT]) -> ResultT | None:
        """Return the result as ``run`` does, or None at once if some thread uses the store."""
        return self._lock.run_if_free(lambda: work(self.opened()))

    def run_if_open(self, work: Callable[[Store], ResultT]) -> ResultT | None:
        """Return the result as ``run`` does, or None if the store is closed."""
        return self._lock.run(lambda: None if self._store is None else work(self._store))

    def transact_if_open(self, work: Callable[[Store], ResultT]) -> ResultT | None:
        """Return the result of a function in a transaction of its own, or None if the store is closed."""

        def transact(store: Store) -> ResultT:
            with store.transaction():
                return work(store)

        return self.run_if_open(transact)

    def close(self) -> None:
        """Close the store, as soon as no thread uses it."""
        self._lock.run(self._close)

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None
