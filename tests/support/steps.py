"""The steps of a program, one before and one after each call, at each of which it can be killed."""

from collections.abc import Callable
from typing import Any, TypeVar

ResultT = TypeVar("ResultT")


class Killed(BaseException):
    """The process ends here."""


class Steps:
    """Counts the steps of a program, one before and one after each call, and kills it at one of them."""

    def __init__(self, last: int | None = None) -> None:
        self.taken = 0
        self.last = last

    def around(self, work: Callable[..., ResultT]) -> Callable[..., ResultT]:
        def stepped(*arguments: Any, **named: Any) -> ResultT:
            self.take()
            result = work(*arguments, **named)
            self.take()
            return result

        return stepped

    def take(self) -> None:
        self.taken += 1
        if self.taken == self.last:
            raise Killed


class Stepping:
    """A client every call of which is two steps."""

    def __init__(self, client: Any, steps: Steps) -> None:
        self._client = client
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        return found if name in ("meta", "events") else self._steps.around(found)
