"""The script of a stub: the calls that are still expected, in order."""

import difflib
import json
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    import botocore.stub

Request = Mapping[str, object]
"""A request's members by their names on the wire."""


class StubError(AssertionError):
    """The calls differ from the expected ones. The message shows requests with all their values."""


@attrs.frozen(kw_only=True)
class ScriptedCall:
    """An expected call."""

    operation: str
    request: Request
    ignored: set[str]
    failure: Exception | None = None

    def compared(self, request: Request) -> dict[str, object]:
        """Return the members of a request that are compared."""
        return {name: value for name, value in request.items() if name not in self.ignored}


class Script:
    """The calls that are still expected; botocore's stubber has the responses of the successful ones."""

    def __init__(self, stubber: "botocore.stub.Stubber") -> None:
        self.stubber = stubber
        self._calls: deque[ScriptedCall] = deque()
        self._first_error: StubError | None = None

    def add(self, call: ScriptedCall) -> None:
        """Expect one more call."""
        self._calls.append(call)

    def check(self, operation: str, request: Request) -> None:
        """Check a call against the next expected one; raise StubError, or the expected failure."""
        expected = self._calls[0].operation if self._calls else "nothing more"
        if operation != expected:
            raise self._error(f"{operation} was called, but {expected} is expected:\n{_written(request)}")
        call = self._calls[0]
        wanted, sent = call.compared(call.request), call.compared(request)
        if wanted != sent:
            raise self._error(f"{operation} was called with another request:\n{_difference(wanted, sent)}")
        self._calls.popleft()
        if call.failure is not None:
            raise call.failure

    def verify(self) -> None:
        """Raise StubError if a call was not expected, or if expected calls were not made."""
        if self._first_error is not None:
            raise self._first_error
        if self._calls:
            missing = "\n".join(f"{call.operation} {_written(call.request)}" for call in self._calls)
            raise StubError(f"Expected calls that were not made ({len(self._calls)}):\n{missing}")

    def _error(self, problem: str) -> StubError:
        error = StubError(problem)
        self._first_error = self._first_error or error
        return error


def _written(request: Request) -> str:
    return json.dumps(request, indent=2, sort_keys=True, ensure_ascii=False, default=repr)


def _difference(expected: Request, sent: Request) -> str:
    lines = difflib.ndiff(_written(expected).splitlines(), _written(sent).splitlines())
    return "\n".join(["- expected", "+ sent", *(line for line in lines if not line.startswith("?"))])
