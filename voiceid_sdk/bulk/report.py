"""Reports of runs: which items are done, by index and not by id, so that a run can be resumed."""

import bisect
import numbers
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

import attrs

from voiceid_sdk._arguments import check_types
from voiceid_sdk._display.displayed import Displayed
from voiceid_sdk._wire.client_tokens import new_token
from voiceid_sdk.errors import Problem, RequestValidationError, VoiceIDError

if TYPE_CHECKING:
    from voiceid_sdk._display.tables import Table
    from voiceid_sdk.bulk.outcomes import Outcome

__all__ = ["Failed", "IndexSet", "Report"]


def _new_key() -> str:
    return new_token("bulk", {})


_RANGES: Final = "must be pairs of whole numbers from 0, in ascending order and with gaps between"


def _is_index(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, numbers.Integral) and int(value) >= 0


class IndexSet:  # noqa: PLW1641 - it is mutable, so it has no hash
    """A set of indices, stored as ranges: a hundred thousand in a row take as much memory as one.

    Args:
        ranges: pairs of a first index and the one after the last, in ascending order and with gaps between.

    Raises:
        RequestValidationError: ``ranges`` are something else.
    """

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        check_types("IndexSet", ranges=(ranges, (Iterable,), _RANGES))
        # Starts and ends of ranges: [0, 5, 7, 9] means 0 to 4, 7 and 8.
        self._bounds: list[int] = []
        for pair in ranges:
            match pair:
                case [begin, end] if all(map(_is_index, pair)) and (self._bounds or [-1])[-1] < begin < end:
                    self._bounds += map(int, pair)
                case _:
                    raise RequestValidationError.of("IndexSet", (Problem(parameter="ranges", rule=_RANGES),))

    @property
    def ranges(self) -> tuple[tuple[int, int], ...]:
        """The ranges, each with its first index and the one after its last."""
        return tuple(zip(self._bounds[::2], self._bounds[1::2], strict=True))

    def add(self, index: int) -> None:
        """Add an index.

        Raises:
            RequestValidationError: it is not a whole number, or is less than 0.
        """
        if not _is_index(index):
            rule = "must be a whole number, at least 0"
            raise RequestValidationError.of("IndexSet.add", (Problem(parameter="index", rule=rule),))
        index = int(index)
        at = bisect.bisect_right(self._bounds, index)
        if at % 2:
            return
        joins_previous = at > 0 and self._bounds[at - 1] == index
        joins_next = at < len(self._bounds) and self._bounds[at] == index + 1
        begin, end = at - joins_previous, at + joins_next
        self._bounds[begin:end] = [
            bound for bound, new in ((index, not joins_previous), (index + 1, not joins_next)) if new
        ]

    def copy(self) -> "IndexSet":
        """Return another set with the same indices."""
        return IndexSet(self.ranges)

    def __contains__(self, index: int) -> bool:
        return _is_index(index) and bisect.bisect_right(self._bounds, index) % 2 == 1

    def __iter__(self) -> Iterator[int]:
        for begin, end in self.ranges:
            yield from range(begin, end)

    def __len__(self) -> int:
        return sum(end - begin for begin, end in self.ranges)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IndexSet) and self.ranges == other.ranges

    def __repr__(self) -> str:
        shown = (f"{begin}" if end == begin + 1 else f"{begin}-{end - 1}" for begin, end in self.ranges)
        return f"<{', '.join(shown)}>"


@attrs.frozen
class Failed:
    """The items that failed with the same error."""

    error: str
    """The name of the error's class in ``voiceid_sdk.errors``: ``"ConflictError"``."""
    code: str | None
    """The service's error code; None when the error does not come from the service."""
    indices: IndexSet
    """The indices of the items, from 0."""


@attrs.frozen(kw_only=True)
class Report(Displayed):
    """The state of a run: which items succeeded, and which failed with which error, by their indices.

    It has no ids, values or messages, so it is small and holds no sensitive data. Another run of the same
    items in the same order, with ``resume=``, does the items that are left.
    """

    operation: str | None = None
    """The API operation; None when it is unknown."""
    succeeded: IndexSet = attrs.field(factory=IndexSet)
    """The items that succeeded."""
    failed: tuple[Failed, ...] = ()
    """The items that failed, by error."""
    complete: bool = False
    """Whether the run has returned an outcome for every item."""
    key: str = attrs.field(factory=_new_key, eq=False, repr=False)
    """The random part of the client tokens of the items, so that a run that continues sends the same ones."""

    @property
    def failures(self) -> int:
        """The number of items that failed."""
        return sum(len(failed.indices) for failed in self.failed)

    @property
    def done(self) -> int:
        """The number of items that succeeded or failed."""
        return len(self.succeeded) + self.failures

    def _table(self) -> "Table":
        from voiceid_sdk._display.tables import Table

        failed = [
            (
                f"failed: {failed.error}{f' ({failed.code})' if failed.code else ''}",
                f"{len(failed.indices):,}",
            )
            for failed in self.failed
        ]
        title = f"Report of {self.operation or 'a run'}: {'complete' if self.complete else 'not complete'}"
        return Table(title, (), (("succeeded", f"{len(self.succeeded):,}"), *failed))

    def to_dict(self) -> dict[str, object]:
        """Return the report as a dictionary for JSON; ``from_dict`` reads it."""
        return {
            "operation": self.operation,
            "succeeded": _to_lists(self.succeeded),
            "failed": [
                {"error": failed.error, "code": failed.code, "indices": _to_lists(failed.indices)}
                for failed in self.failed
            ],
            "complete": self.complete,
            "key": self.key,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> "Report":
        """Return the report that ``to_dict`` returned.

        Raises:
            RequestValidationError: ``data`` is something else.
        """
        match data:
            case {
                "operation": str() | None as operation,
                "succeeded": succeeded,
                "failed": failed,
                "complete": bool(complete),
            } if isinstance(key := data.get("key", ""), str):
                return cls(
                    operation=operation,
                    succeeded=_read_indices(succeeded),
                    failed=tuple(map(_read_failed, _read_list(failed))),
                    complete=complete,
                    key=key or _new_key(),
                )
            case _:
                raise _unreadable()


@attrs.define
class ReportBuilder:
    """Collects the outcomes of a run for its report."""

    operation: str | None
    succeeded: IndexSet = attrs.field(factory=IndexSet)
    failed: dict[tuple[str, str | None], IndexSet] = attrs.field(
        factory=dict[tuple[str, str | None], IndexSet]
    )
    key: str = attrs.field(factory=_new_key)

    @classmethod
    def resume(cls, report: Report, *, retry_failed: bool) -> "ReportBuilder":
        """Return a builder with the items of a report, without the failures if these are tried again."""
        kept = () if retry_failed else report.failed
        failed = {(one.error, one.code): one.indices.copy() for one in kept}
        return cls(report.operation, report.succeeded.copy(), failed, report.key)

    def __contains__(self, index: int) -> bool:
        return index in self.succeeded or any(index in failed for failed in self.failed.values())

    def add(self, index: int, error: VoiceIDError | None) -> None:
        """Add the outcome of an item."""
        if error is None:
            self.succeeded.add(index)
            return
        kind = (type(error).__name__, getattr(error, "code", None))
        self.failed.setdefault(kind, IndexSet()).add(index)

    def report(self, *, complete: bool, last: "Outcome[Any, Any] | None" = None) -> Report:
        """Return the report so far, with the outcome that was given last."""
        failed = {kind: indices.copy() for kind, indices in list(self.failed.items())}
        copy = ReportBuilder(self.operation, self.succeeded.copy(), failed, self.key)
        if last is not None:
            copy.add(last.index, last.error)
        return Report(
            operation=self.operation,
            succeeded=copy.succeeded,
            failed=tuple(Failed(*kind, indices) for kind, indices in copy.failed.items()),
            complete=complete,
            key=self.key,
        )


def _to_lists(indices: IndexSet) -> list[list[int]]:
    return [list(bounds) for bounds in indices.ranges]


def _read_list(data: object) -> list[object]:
    if isinstance(data, list):
        return cast("list[object]", data)
    raise _unreadable()


def _read_indices(data: object) -> IndexSet:
    try:
        return IndexSet(map(_read_range, _read_list(data)))
    except RequestValidationError:
        raise _unreadable() from None


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
