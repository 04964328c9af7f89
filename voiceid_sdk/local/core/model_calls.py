"""Calls of a recognizer's model, which take long: made between two attempts of a transaction, not inside one.

A rule calls ``RequestContext.call_model``. Where the result is not there yet, that ends the transaction, and
it is rolled back. The service makes the call without its lock and attempts the transaction again, until it
has all results. So rules read as if models were quick, and each result is computed once for a request.
"""

import os
from collections.abc import Callable, Hashable
from concurrent.futures import CancelledError, ThreadPoolExecutor
from typing import Any, TypeVar

import attrs

ResultT = TypeVar("ResultT")


class ModelCallNeeded(BaseException):
    """A transaction needs the result of a call that must not be made inside it.

    It is not an ``Exception``, because a rule that handles every error must not handle this.
    """

    def __init__(self, key: Hashable, function: Callable[[], object]) -> None:
        super().__init__()
        self.key = key
        self.function = function


@attrs.frozen
class _Outcome:
    value: Any = None
    error: Exception | None = None


class ModelResults:
    """The results of one request's calls, kept while its transaction is attempted again."""

    def __init__(self) -> None:
        self._outcomes: dict[Hashable, _Outcome] = {}

    def result(self, key: Hashable, function: Callable[[], ResultT]) -> ResultT:
        """Return the result of a call, or raise its error; raises ``ModelCallNeeded`` before it was made."""
        outcome = self._outcomes.get(key)
        if outcome is None:
            raise ModelCallNeeded(key, function)
        if outcome.error is not None:
            raise outcome.error
        value: ResultT = outcome.value
        return value

    def make(self, needed: ModelCallNeeded) -> None:
        """Make a call and keep its result or its error."""
        try:
            self._outcomes[needed.key] = _Outcome(needed.function())
        except Exception as error:  # noqa: BLE001 - raised again where the rule needs the result
            self._outcomes[needed.key] = _Outcome(error=error)
        except BaseException as error:  # noqa: BLE001 - a model must not end the server
            name = type(error).__name__
            self._outcomes[needed.key] = _Outcome(error=RuntimeError(f"the recognizer raised {name}"))


class ModelPool:
    """The threads that models run in, so few that a core stays free for requests that need no model.

    The threads are always the same, because the memory that a model once used stays with its thread.
    """

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(
            max(1, (os.cpu_count() or 1) - 1), thread_name_prefix="local-voice-id-model"
        )

    def make(self, results: ModelResults, needed: ModelCallNeeded) -> None:
        """Make a call as soon as a thread is free, and wait for it.

        Raises:
            RuntimeError: the pool is closed.
        """
        try:
            self._executor.submit(results.make, needed).result()
        except CancelledError:
            raise RuntimeError("this LocalVoiceID is closed") from None

    def close(self) -> None:
        """Make no more calls. Calls that are waited for are given up."""
        self._executor.shutdown(wait=False, cancel_futures=True)
