"""Results: the outcomes of all requests of a batch job, joined to its manifest, exported and tried again."""

import csv
import json
import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from io import StringIO, TextIOBase
from typing import TYPE_CHECKING, ClassVar, Final, Generic, TextIO, TypeVar, cast

import attrs

from voiceid_sdk import _types
from voiceid_sdk._arguments import as_tuple, check_types
from voiceid_sdk._display.displayed import Displayed
from voiceid_sdk._files import as_path, naming_argument, write_whole
from voiceid_sdk._values import is_encodable
from voiceid_sdk.batch.manifests import EnrollmentManifest, RegistrationManifest
from voiceid_sdk.batch.outcomes import (
    NOT_REPORTED,
    OVERWRITTEN,
    SKIPPED,
    EnrollmentOutcome,
    RegistrationOutcome,
)
from voiceid_sdk.batch.output_files import OutcomeT, read_outcomes
from voiceid_sdk.batch.requests import ENCODABLE, EnrollmentRequest, RegistrationRequest
from voiceid_sdk.batch.sources.json_documents import parsed
from voiceid_sdk.enums import EnrollmentStatus, RegistrationStatus
from voiceid_sdk.errors import FileAccessError, ManifestError, Problem, RequestValidationError

if TYPE_CHECKING:
    import pandas as pd

    from voiceid_sdk._display.tables import Table

RequestT = TypeVar("RequestT", EnrollmentRequest, RegistrationRequest)

_MANIFEST_RULE: Final = "must be the manifest of the job"


@attrs.frozen(weakref_slot=False)
class _Results(Displayed, Generic[OutcomeT]):
    """The base of both kinds of results."""

    _COLUMNS: ClassVar[tuple[str, ...]]
    _GROUPS: ClassVar[tuple[str, ...]]

    outcomes: tuple[OutcomeT, ...]

    def __repr__(self) -> str:
        counts = ", ".join(f"{name}={count}" for name, count in self.summary().items())
        return f"{type(self).__name__}({counts})"

    @property
    def skipped(self) -> tuple[OutcomeT, ...]:
        """The duplicates that the job left as they were."""
        return self._with(SKIPPED)

    @property
    def failed(self) -> tuple[OutcomeT, ...]:
        """The requests that failed; each outcome says why."""
        return tuple(outcome for outcome in self.outcomes if outcome.status is None)

    @property
    def not_reported(self) -> tuple[OutcomeT, ...]:
        """The requests of the manifest that the output does not mention."""
        return self._with(NOT_REPORTED)

    def _with(self, status: str) -> tuple[OutcomeT, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.status == status)

    def _with_none_of(self, *statuses: str) -> tuple[OutcomeT, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.status not in (None, *statuses))

    def summary(self) -> dict[str, int]:
        """Return the number of outcomes of each kind, by the names of the properties here."""
        return {name: len(getattr(self, name)) for name in self._GROUPS}

    def _table(self) -> "Table":
        from voiceid_sdk._display.tables import items_of

        counts = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in self.summary().items())
        return items_of(f"{type(self).__name__}: {counts}", self.outcomes)

    def plot(self, axes: "_types.Axes | None" = None) -> "_types.Axes":
        """Draw how many outcomes there are of each kind, and return the axes of matplotlib.

        Args:
            axes: where to draw; new axes when None.

        Raises:
            ConfigurationError: matplotlib is not installed.
        """
        from voiceid_sdk._display.plots import draw_counts

        counts = {name.replace("_", " "): count for name, count in self.summary().items()}
        return draw_counts(counts, axes, alarming=("failed", "not reported"))

    def to_json(self) -> str:
        """Return the results as JSON, one outcome a line, with sensitive values; ``from_json`` reads it."""
        lines = ",\n".join(json.dumps(outcome.to_dict()) for outcome in self.outcomes)
        return f'{{"outcomes": [\n{lines}\n]}}'

    def to_csv(self, target: str | os.PathLike[str] | TextIO) -> None:
        """Write the results as CSV, one outcome a row, with sensitive values.

        Args:
            target: the path of a file, written in UTF-8, whole or not at all, and readable for its owner
                alone; or an open text file (with ``newline=""``).

        Raises:
            RequestValidationError: a value cannot be encoded in UTF-8, or in the encoding of the open file;
                nothing is written then.
            FileAccessError: the file cannot be written.
            TypeError: ``target`` is neither a path nor an open text file.
        """
        rows = list(self._rows())
        if problems := tuple(self._unencodable(rows, target if isinstance(target, TextIOBase) else None)):
            raise RequestValidationError.of("to_csv", problems)
        text = StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(self._COLUMNS)
        writer.writerows(rows)
        with naming_argument("target", FileAccessError, "written"):
            if isinstance(target, (str, os.PathLike)):
                write_whole(as_path(target, "target"), text.getvalue(), private=True)
            else:
                _write(target, text.getvalue())

    def to_pandas(self) -> "_types.DataFrame":
        """Return the results as a pandas data frame, with the columns of ``to_csv`` and sensitive values.

        Raises:
            ConfigurationError: pandas is not installed.
        """
        from voiceid_sdk._display.data_frames import import_pandas

        pandas = import_pandas()
        rows = list(self._rows())
        numbers = ("error_code", "fraudster_similarity_score")
        frame: pd.DataFrame = pandas.DataFrame(
            {
                name: pandas.Series(
                    [row[position] for row in rows], dtype="Int64" if name in numbers else "string"
                )
                for position, name in enumerate(self._COLUMNS)
            }
        )
        return frame

    def _unencodable(self, rows: Iterable[tuple[object, ...]], file: TextIOBase | None) -> Iterator[Problem]:
        encoding, errors = (file and file.encoding) or "utf-8", (file and file.errors) or "strict"
        for position, row in enumerate(rows):
            for name, value in zip(self._COLUMNS, row, strict=True):
                place = f"outcomes[{position}].{name}"
                if isinstance(value, str) and not is_encodable(value):
                    yield Problem(parameter=place, rule=ENCODABLE)
                elif isinstance(value, str) and not is_encodable(value, encoding, errors):
                    yield Problem(
                        parameter=place, rule="must be text in the encoding of target: open it as UTF-8"
                    )

    def _rows(self) -> Iterator[tuple[object, ...]]:
        for outcome in self.outcomes:
            values = (getattr(outcome, name) for name in self._COLUMNS)
            # Enumerations become plain strings.
            yield tuple(str(value) if isinstance(value, str) else value for value in values)

    def _retried(self, codes: Collection[int] | None) -> Iterator[OutcomeT]:
        rule = "must be several error codes, such as a list of whole numbers"
        check_types("retry_manifest", codes=(codes, (Collection, type(None)), rule))
        for outcome in self.outcomes:
            has_failed = outcome.status is None
            chosen = outcome.retryable if codes is None or not has_failed else outcome.error_code in codes
            if chosen:
                yield outcome

    def _joined(self, other: "_Results[OutcomeT]") -> Iterator[OutcomeT]:
        """Yield the outcomes, with those of ``other`` in the place of earlier ones of the same request."""
        name = type(self).__name__
        check_types(f"{name} + other", other=(other, (type(self),), f"must be {name}"))
        by_id: defaultdict[str, list[OutcomeT]] = defaultdict(list)
        for outcome in other.outcomes:
            by_id[outcome.request_id].append(outcome)
        replaced = set[str]()
        for outcome in self.outcomes:
            if outcome.request_id not in by_id:
                yield outcome
            elif outcome.request_id not in replaced:
                replaced.add(outcome.request_id)
                yield from by_id[outcome.request_id]
        for request_id, outcomes in by_id.items():
            if request_id not in replaced:
                yield from outcomes


def _write(target: TextIO, text: str) -> None:
    write = getattr(target, "write", None)
    rule = "target must be a path, or a file that is open for text"
    if write is None:
        raise TypeError(f"{rule}, not {type(target).__name__}")
    try:
        write(text)
    except TypeError:
        rule = f"{rule}; this one takes bytes"
    except ValueError as error:
        if isinstance(error, OSError):
            raise
        # It is closed, or it encodes text in a way that it does not name.
    else:
        return
    # Raised here, it has no context, whose text could have the ids of callers.
    raise TypeError(rule)


def _enrollments(outcomes: Iterable[EnrollmentOutcome]) -> tuple[EnrollmentOutcome, ...]:
    return as_tuple(outcomes, "outcomes", item_class=EnrollmentOutcome, function="EnrollmentResults")


def _registrations(outcomes: Iterable[RegistrationOutcome]) -> tuple[RegistrationOutcome, ...]:
    return as_tuple(outcomes, "outcomes", item_class=RegistrationOutcome, function="RegistrationResults")


@attrs.frozen(weakref_slot=False, repr=False)
class EnrollmentResults(_Results[EnrollmentOutcome]):
    """The outcomes of all requests of an enrollment job, or of several.

    ``one + other`` are the results of both: an outcome in ``other`` takes the place of the earlier outcome of
    the same request, as after a retry, and the rest follows.

    Args:
        outcomes: one for each request.
    """

    _COLUMNS: ClassVar[tuple[str, ...]] = (
        "request_id",
        "customer_speaker_id",
        "generated_speaker_id",
        "status",
        "error_code",
        "error_message",
    )
    _GROUPS: ClassVar[tuple[str, ...]] = ("enrolled", "overwritten", "skipped", "failed", "not_reported")

    outcomes: tuple[EnrollmentOutcome, ...] = attrs.field(converter=_enrollments)
    """The outcome of each request, in the order of the manifest if there was one."""

    @classmethod
    def from_output(
        cls, content: bytes | str, *, manifest: EnrollmentManifest | None = None
    ) -> "EnrollmentResults":
        """Read the output file of an enrollment job; ``EnrollmentJob.results`` downloads it as well.

        Args:
            content: the content of the file.
            manifest: the job's manifest. With it, outcomes have their requests, come in its order, and
                include the requests that the output does not mention, as ``not_reported``.

        Raises:
            ResponseError: the file is empty, incomplete, or not what the service documents.
        """
        check_types("from_output", manifest=(manifest, (EnrollmentManifest, type(None)), _MANIFEST_RULE))
        found = read_outcomes(content, "SuccessfulEnrollments", "EnrollmentStatus", EnrollmentOutcome)
        return cls(found if manifest is None else _match(manifest.requests, found, _of_speaker))

    @classmethod
    def from_json(cls, text: str | bytes) -> "EnrollmentResults":
        """Read the text that ``to_json`` returned.

        Raises:
            RequestValidationError: ``text`` is something else.
        """
        return cls(_read_own(text, cls.__name__, EnrollmentOutcome))

    def __add__(self, other: "EnrollmentResults") -> "EnrollmentResults":
        return EnrollmentResults(self._joined(other))

    @property
    def enrolled(self) -> tuple[EnrollmentOutcome, ...]:
        """The speakers who were not enrolled before."""
        return self._with_none_of(SKIPPED, OVERWRITTEN, NOT_REPORTED)

    @property
    def overwritten(self) -> tuple[EnrollmentOutcome, ...]:
        """The speakers who were enrolled already and have a new voiceprint."""
        return self._with(OVERWRITTEN)

    def retry_manifest(self, *, codes: Collection[int] | None = None) -> EnrollmentManifest:
        """Return the requests that failed and can be tried again, and those that were not reported.

        Args:
            codes: the error codes to try again; when None, 429 and from 500, whose causes are temporary. Try
                402 again when there is room for more speakers, 400 with better recordings; 409 means that
                the speaker opted out.

        Raises:
            ManifestError: a request is unknown, because the results were read without the manifest.
        """
        return EnrollmentManifest(_requests_of(self._retried(codes), lambda outcome: outcome.request))


@attrs.frozen(weakref_slot=False, repr=False)
class RegistrationResults(_Results[RegistrationOutcome]):
    """The outcomes of all requests of a registration job, or of several.

    ``one + other`` are the results of both: an outcome in ``other`` takes the place of the earlier outcome of
    the same request, as after a retry, and the rest follows.

    Args:
        outcomes: one for each request.
    """

    _COLUMNS: ClassVar[tuple[str, ...]] = (
        "request_id",
        "generated_fraudster_id",
        "fraudster_similarity_score",
        "status",
        "error_code",
        "error_message",
    )
    _GROUPS: ClassVar[tuple[str, ...]] = ("registered", "skipped", "failed", "not_reported")

    outcomes: tuple[RegistrationOutcome, ...] = attrs.field(converter=_registrations)
    """The outcome of each request, in the order of the manifest if there was one."""

    @classmethod
    def from_output(
        cls, content: bytes | str, *, manifest: RegistrationManifest | None = None
    ) -> "RegistrationResults":
        """Read the output file of a registration job; ``RegistrationJob.results`` downloads it as well.

        Args:
            content: the content of the file.
            manifest: the job's manifest. With it, outcomes have their requests, come in its order, and
                include the requests that the output does not mention, as ``not_reported``.

        Raises:
            ResponseError: the file is empty, incomplete, or not what the service documents.
        """
        check_types("from_output", manifest=(manifest, (RegistrationManifest, type(None)), _MANIFEST_RULE))
        found = read_outcomes(content, "SuccessfulRegistrations", "RegistrationStatus", RegistrationOutcome)
        return cls(found if manifest is None else _match(manifest.requests, found, _of_fraudster))

    @classmethod
    def from_json(cls, text: str | bytes) -> "RegistrationResults":
        """Read the text that ``to_json`` returned.

        Raises:
            RequestValidationError: ``text`` is something else.
        """
        return cls(_read_own(text, cls.__name__, RegistrationOutcome))

    def __add__(self, other: "RegistrationResults") -> "RegistrationResults":
        return RegistrationResults(self._joined(other))

    @property
    def registered(self) -> tuple[RegistrationOutcome, ...]:
        """The fraudsters who were registered."""
        return self._with_none_of(SKIPPED, NOT_REPORTED)

    def retry_manifest(self, *, codes: Collection[int] | None = None) -> RegistrationManifest:
        """Return the requests that failed and can be tried again, and those that were not reported.

        Args:
            codes: the error codes to try again; when None, 429 and from 500, whose causes are temporary. Try
                402 again when there is room for more fraudsters, and 400 with better recordings.

        Raises:
            ManifestError: a request is unknown, because the results were read without the manifest.
        """
        return RegistrationManifest(_requests_of(self._retried(codes), lambda outcome: outcome.request))


def _match(
    requests: Iterable[RequestT],
    outcomes: Iterable[OutcomeT],
    matched: Callable[[RequestT, OutcomeT | None], OutcomeT],
) -> Iterator[OutcomeT]:
    """Yield ``matched`` of each request and its outcome, and then the outcomes that have no request."""
    by_id: defaultdict[str, list[OutcomeT]] = defaultdict(list)
    for outcome in outcomes:
        by_id[outcome.request_id].append(outcome)
    for request in requests:
        of_its_id = by_id[request.request_id]
        yield matched(request, of_its_id.pop(0) if of_its_id else None)
    for left in by_id.values():
        yield from left


def _of_speaker(request: EnrollmentRequest, outcome: EnrollmentOutcome | None) -> EnrollmentOutcome:
    return attrs.evolve(
        outcome or EnrollmentOutcome(request_id=request.request_id, status=EnrollmentStatus.NOT_REPORTED),
        request=request,
        # The output has speaker ids only for those who were enrolled.
        customer_speaker_id=(None if outcome is None else outcome.customer_speaker_id) or request.speaker_id,
    )


def _of_fraudster(request: RegistrationRequest, outcome: RegistrationOutcome | None) -> RegistrationOutcome:
    return attrs.evolve(
        outcome or RegistrationOutcome(request_id=request.request_id, status=RegistrationStatus.NOT_REPORTED),
        request=request,
    )


def _requests_of(
    outcomes: Iterable[OutcomeT], request_of: Callable[[OutcomeT], RequestT | None]
) -> Iterator[RequestT]:
    """Yield the requests of outcomes; raises ManifestError for those that are not known."""
    unknown: list[Problem] = []
    for outcome in outcomes:
        request = request_of(outcome)
        if request is not None:
            yield request
        else:
            unknown.append(Problem(parameter="a request", rule="is not known", request_id=outcome.request_id))
    if unknown:
        raise ManifestError.of(
            "The manifest of the requests to try again",
            tuple(unknown),
            next_step="Give the job's manifest when you read the results.",
        )


def _read_own(text: bytes | str, name: str, kind: type[OutcomeT]) -> Iterator[OutcomeT]:
    """Yield the outcomes in a text of ``to_json``."""
    document = parsed(text, f"{name}.from_json", "text")
    outcomes = cast("dict[str, object]", document).get("outcomes") if isinstance(document, dict) else None
    if not isinstance(outcomes, list):
        problem = Problem(parameter="text", rule="must be a text that to_json() returned")
        raise RequestValidationError.of(f"{name}.from_json", (problem,))
    for outcome in cast("list[Mapping[str, object]]", outcomes):
        yield kind.from_dict(outcome)
