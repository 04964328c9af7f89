"""What has been done of a run, by place and not by id: small, free of ids, and enough to go on from."""

import bisect
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

import attrs

from voiceid_sdk.errors import Problem, RequestValidationError, VoiceIDError

__all__ = ["Failed", "Indices", "Report"]


class Indices:  # noqa: PLW1641 - it can be changed, so it has no hash
    """A set of places, from 0, kept as ranges: a hundred thousand in a row take no more room than one."""

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        # Beginnings and ends in turn: [0, 5, 7, 9] is 0 to 4, and 7 and 8.
        self._bounds: list[int] = []
        for begin, end in ranges:
            for index in (begin, end):
                if index < 0 or (self._bounds and index <= self._bounds[-1]):
                    raise ValueError("ranges of indices ascend and do not touch")
                self._bounds.append(index)

    @property
    def ranges(self) -> tuple[tuple[int, int], ...]:
        """The ranges, each with its first index and the one after its last."""
        return tuple(zip(self._bounds[::2], self._bounds[1::2], strict=True))

    def add(self, index: int) -> None:
        """Add an index."""
        at = bisect.bisect_right(self._bounds, index)
        if at % 2:
            return
        joins_previous = at > 0 and self._bounds[at - 1] == index
        joins_next = at < len(self._bounds) and self._bounds[at] == index + 1
        begin, end = at - joins_previous, at + joins_next
        self._bounds[begin:end] = [
            bound for bound, new in ((index, not joins_previous), (index + 1, not joins_next)) if new
        ]

    def copy(self) -> "Indices":
        """Return another set of the same indices."""
        return Indices(self.ranges)

    def __contains__(self, index: int) -> bool:
        return bisect.bisect_right(self._bounds, index) % 2 == 1

    def __iter__(self) -> Iterator[int]:
        for begin, end in self.ranges:
            yield from range(begin, end)

    def __len__(self) -> int:
        return sum(end - begin for begin, end in self.ranges)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Indices) and self.ranges == other.ranges

    def __repr__(self) -> str:
        shown = (f"{begin}" if end == begin + 1 else f"{begin}-{end - 1}" for begin, end in self.ranges)
        return f"<{', '.join(shown)}>"


@attrs.frozen
class Failed:
    """The items that failed in the same way."""

    error: str
    """The class of the error, of ``voiceid_sdk.errors``: ``"ConflictError"``."""
    code: str | None
    """The service's error code, where it was the service that refused."""
    indices: Indices
    """Which items: their places in what was given, from 0."""


@attrs.frozen(kw_only=True)
class Report:
    """How far a run has come: which items are done, and which failed how, by their places.

    It holds no ids, no values and no messages, so it can be kept anywhere, and it is small. Give it to
    another run of the same items, in the same order, to do what is left.
    """

    operation: str | None = None
    """The API operation, if it is known."""
    succeeded: Indices = attrs.field(factory=Indices)
    """Which items succeeded."""
    failed: tuple[Failed, ...] = ()
    """Which items failed, by kind of failure."""
    complete: bool = False
    """Whether every item has had its outcome."""

    @property
    def failures(self) -> int:
        """How many items failed."""
        return sum(len(failed.indices) for failed in self.failed)

    @property
    def done(self) -> int:
        """How many items have had their outcome: those that succeeded, and those that failed."""
        return len(self.succeeded) + self.failures

    def to_dict(self) -> dict[str, object]:
        """Return the report as plain, JSON-ready Python; ``from_dict`` is the way back."""
        return {
            "operation": self.operation,
            "succeeded": _to_lists(self.succeeded),
            "failed": [
                {"error": failed.error, "code": failed.code, "indices": _to_lists(failed.indices)}
                for failed in self.failed
            ],
            "complete": self.complete,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> "Report":
        """Return the report that ``to_dict`` wrote.

        Raises:
            RequestValidationError: it is something else.
        """
        match data:
            case {
                "operation": str() | None as operation,
                "succeeded": succeeded,
                "failed": failed,
                "complete": bool(complete),
            }:
                return cls(
                    operation=operation,
                    succeeded=_read_indices(succeeded),
                    failed=tuple(map(_read_failed, _read_list(failed))),
                    complete=complete,
                )
            case _:
                raise _unreadable()


@attrs.define
class Tally:
    """Writes the report of a run while it goes on."""

    operation: str | None
    succeeded: Indices = attrs.field(factory=Indices)
    failed: dict[tuple[str, str | None], Indices] = attrs.field(factory=dict[tuple[str, str | None], Indices])

    @classmethod
    def going_on_from(cls, report: Report, *, retry_failed: bool) -> "Tally":
        """Return a tally that has what a report says, the failures only if they stay."""
        kept = () if retry_failed else report.failed
        failed = {(one.error, one.code): one.indices.copy() for one in kept}
        return cls(report.operation, report.succeeded.copy(), failed)

    def __contains__(self, index: int) -> bool:
        return index in self.succeeded or any(index in failed for failed in self.failed.values())

    def add(self, index: int, error: VoiceIDError | None) -> None:
        """Write down how an item ended."""
        if error is None:
            self.succeeded.add(index)
            return
        kind = (type(error).__name__, getattr(error, "code", None))
        self.failed.setdefault(kind, Indices()).add(index)

    def report(self, *, complete: bool) -> Report:
        """Return the report as of now."""
        return Report(
            operation=self.operation,
            succeeded=self.succeeded.copy(),
            failed=tuple(Failed(*kind, indices.copy()) for kind, indices in self.failed.items()),
            complete=complete,
        )


def _to_lists(indices: Indices) -> list[list[int]]:
    return [list(bounds) for bounds in indices.ranges]


def _read_list(data: object) -> list[object]:
    if isinstance(data, list):
        return cast("list[object]", data)
    raise _unreadable()


def _read_indices(data: object) -> Indices:
    try:
        return Indices(map(_read_range, _read_list(data)))
    except ValueError:
        pass
    raise _unreadable()


def _read_range(data: object) -> tuple[int, int]:
    match _read_list(data):
        case [int(begin), int(end)]:
            return begin, end
        case _:
            raise _unreadable()


def _read_failed(data: object) -> Failed:
    match cast("Mapping[str, object]", data):
        case {"error": str(error), "code": str() | None as code, "indices": indices}:
            return Failed(error, code, _read_indices(indices))
        case _:
            raise _unreadable()


def _unreadable() -> RequestValidationError:
    rule = "must be what Report.to_dict returned"
    return RequestValidationError.of("Report.from_dict", (Problem(parameter="data", rule=rule),))
