"""Results: what became of each request of a batch job, read from the job's output file.

Source: the administrator guide's schemas of speaker enrollment and fraudster registration jobs.
"""

import csv
import json
import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Generic, TextIO, TypeVar, cast

import attrs

from voiceid_sdk._conversion.errors import ConversionError
from voiceid_sdk._conversion.structuring import structure
from voiceid_sdk._files import writing_whole
from voiceid_sdk.batch.manifests import EnrollmentManifest, RegistrationManifest
from voiceid_sdk.batch.requests import EnrollmentRequest, RegistrationRequest
from voiceid_sdk.batch.sources.json_documents import parsed
from voiceid_sdk.enums import EnrollmentStatus, RegistrationStatus
from voiceid_sdk.errors import (
    ConfigurationError,
    ManifestError,
    Problem,
    RequestValidationError,
    ResponseError,
)
from voiceid_sdk.models import Structure
from voiceid_sdk.privacy.marks import FREE_TEXT, SENSITIVE, redact_marked_fields
from voiceid_sdk.service_model.limits import MANIFEST_VERSION

if TYPE_CHECKING:
    import pandas as pd

_NOT_REPORTED: Final = "NOT_REPORTED"
_SKIPPED: Final = "DUPLICATE_SKIPPED"
_OVERWRITTEN: Final = "ENROLLMENT_OVERWRITE"


# --- Of one request -------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class EnrollmentOutcome(Structure):
    """What became of a request to enroll a speaker."""

    request_id: Annotated[str, SENSITIVE]
    """The request's id."""
    request: EnrollmentRequest | None = None
    """The request; None when the results were read without a manifest that has it."""
    customer_speaker_id: Annotated[str | None, SENSITIVE] = None
    """The id that the application chose for the speaker."""
    generated_speaker_id: Annotated[str | None, SENSITIVE] = None
    """The id that the service chose for the speaker; None when the request failed."""
    status: EnrollmentStatus | None = None
    """What was done; None when the request failed."""
    error_code: int | None = None
    """Why the request failed, as a number like an HTTP status."""
    error_message: Annotated[str | None, FREE_TEXT] = None
    """Why the request failed, in the service's words."""

    @property
    def retryable(self) -> bool:
        """Whether the request may succeed when it is tried again as it is; see ``retry_manifest``."""
        return _is_retryable(self)


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class RegistrationOutcome(Structure):
    """What became of a request to register a fraudster."""

    request_id: Annotated[str, SENSITIVE]
    """The request's id."""
    request: RegistrationRequest | None = None
    """The request; None when the results were read without a manifest that has it."""
    generated_fraudster_id: Annotated[str | None, SENSITIVE] = None
    """The id that the service chose for the fraudster; for a skipped one, that of the most similar one."""
    fraudster_similarity_score: int | None = None
    """How similar a skipped one is to a fraudster who was registered already, 0 to 100."""
    status: RegistrationStatus | None = None
    """What was done; None when the request failed."""
    error_code: int | None = None
    """Why the request failed, as a number like an HTTP status."""
    error_message: Annotated[str | None, FREE_TEXT] = None
    """Why the request failed, in the service's words."""

    @property
    def retryable(self) -> bool:
        """Whether the request may succeed when it is tried again as it is; see ``retry_manifest``."""
        return _is_retryable(self)


def _is_retryable(outcome: EnrollmentOutcome | RegistrationOutcome) -> bool:
    if outcome.status is not None:
        return outcome.status == _NOT_REPORTED
    code = outcome.error_code or 0
    return code >= HTTPStatus.INTERNAL_SERVER_ERROR or code == HTTPStatus.TOO_MANY_REQUESTS


# --- Of all requests ------------------------------------------------------------------------------------

_O = TypeVar("_O", EnrollmentOutcome, RegistrationOutcome)


@attrs.frozen(weakref_slot=False)
class _Results(Generic[_O]):
    """What both kinds of results have in common."""

    _COLUMNS: ClassVar[tuple[str, ...]]
    _GROUPS: ClassVar[tuple[str, ...]]

    outcomes: tuple[_O, ...]

    def __repr__(self) -> str:
        counts = ", ".join(f"{name}={count}" for name, count in self.summary().items())
        return f"{type(self).__name__}({counts})"

    @property
    def skipped(self) -> tuple[_O, ...]:
        """The duplicates that the job left as they were."""
        return self._with(_SKIPPED)

    @property
    def failed(self) -> tuple[_O, ...]:
        """The requests that failed; each outcome says why."""
        return tuple(outcome for outcome in self.outcomes if outcome.status is None)

    @property
    def not_reported(self) -> tuple[_O, ...]:
        """The requests that stand in the manifest, and of which the output says nothing."""
        return self._with(_NOT_REPORTED)

    def _with(self, status: str) -> tuple[_O, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.status == status)

    def _with_none_of(self, *statuses: str) -> tuple[_O, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.status not in (None, *statuses))

    def summary(self) -> dict[str, int]:
        """Return how many requests ended in which way, by the names of the properties here."""
        return {name: len(getattr(self, name)) for name in self._GROUPS}

    def to_json(self) -> str:
        """Return the results as JSON, one outcome a line; ``from_json`` is the way back.

        It holds the sensitive values as they are.
        """
        lines = ",\n".join(json.dumps(outcome.to_dict()) for outcome in self.outcomes)
        return f'{{"outcomes": [\n{lines}\n]}}'

    def to_csv(self, target: str | os.PathLike[str] | TextIO) -> None:
        """Write the results as CSV, a row for each outcome, with the names of its fields above.

        It holds the sensitive values as they are.

        Args:
            target: the path of a file, written in UTF-8, whole or not at all, and readable for its owner
                alone; or an open text file (with ``newline=""``).

        Raises:
            OSError: the file cannot be written.
        """
        opened: AbstractContextManager[TextIO] = (
            writing_whole(target, private=True)
            if isinstance(target, (str, os.PathLike))
            else nullcontext(target)
        )
        with opened as file:
            writer = csv.writer(file)
            writer.writerow(self._COLUMNS)
            writer.writerows(self._rows())

    def to_pandas(self) -> "pd.DataFrame":
        """Return the results as a pandas data frame, with the columns of ``to_csv``.

        It holds the sensitive values as they are.

        Raises:
            ConfigurationError: pandas is not installed.
        """
        try:
            import pandas as pd  # an extra
        except ModuleNotFoundError as error:
            if error.name != "pandas":
                raise
            raise ConfigurationError(
                "pandas is not installed",
                next_step="It comes with the extra: pip install 'voiceid-sdk[pandas]'.",
            ) from None
        rows = list(self._rows())
        numbers = ("error_code", "fraudster_similarity_score")
        frame: pd.DataFrame = pd.DataFrame(
            {
                name: pd.Series(
                    [row[position] for row in rows], dtype="Int64" if name in numbers else "string"
                )
                for position, name in enumerate(self._COLUMNS)
            }
        )
        return frame

    def _rows(self) -> Iterator[tuple[object, ...]]:
        for outcome in self.outcomes:
            values = (getattr(outcome, name) for name in self._COLUMNS)
            # Readers of either form get strings of the plain kind.
            yield tuple(str(value) if isinstance(value, str) else value for value in values)

    def _retried(self, codes: Collection[int] | None) -> Iterator[_O]:
        for outcome in self.outcomes:
            asked_for = codes is not None and outcome.status is None
            if outcome.error_code in (codes or ()) if asked_for else outcome.retryable:
                yield outcome

    def _joined(self, later: Iterable[_O]) -> Iterator[_O]:
        """Yield the outcomes, with those of ``later`` in the place of earlier ones of the same request."""
        by_id: defaultdict[str, list[_O]] = defaultdict(list)
        for outcome in later:
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


def _enrollments(outcomes: Iterable[EnrollmentOutcome]) -> tuple[EnrollmentOutcome, ...]:
    return tuple(outcomes)


def _registrations(outcomes: Iterable[RegistrationOutcome]) -> tuple[RegistrationOutcome, ...]:
    return tuple(outcomes)


@attrs.frozen(weakref_slot=False, repr=False)
class EnrollmentResults(_Results[EnrollmentOutcome]):
    """What became of every request of an enrollment job, or of several.

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
    """What became of each request, in the order of the manifest where there is one."""

    @classmethod
    def from_output(
        cls, content: bytes | str, *, manifest: EnrollmentManifest | None = None
    ) -> "EnrollmentResults":
        """Read the output file of an enrollment job; ``EnrollmentJob.results`` fetches it, too.

        Args:
            content: the file.
            manifest: the job's manifest. With it, outcomes have their requests and its order, and requests
                that the output does not mention are ``not_reported``.

        Raises:
            ResponseError: it is empty, cut off, or not what the service documents.
        """
        found = _read_output(content, "SuccessfulEnrollments", "EnrollmentStatus", EnrollmentOutcome)
        return cls(found if manifest is None else _match(manifest.requests, found, _of_speaker))

    @classmethod
    def from_json(cls, text: str | bytes) -> "EnrollmentResults":
        """Read what ``to_json`` wrote.

        Raises:
            RequestValidationError: it is something else.
        """
        return cls(_read_own(text, cls.__name__, EnrollmentOutcome))

    def __add__(self, other: "EnrollmentResults") -> "EnrollmentResults":
        return EnrollmentResults(self._joined(other.outcomes))

    @property
    def enrolled(self) -> tuple[EnrollmentOutcome, ...]:
        """The speakers who were not enrolled before."""
        return self._with_none_of(_SKIPPED, _OVERWRITTEN, _NOT_REPORTED)

    @property
    def overwritten(self) -> tuple[EnrollmentOutcome, ...]:
        """The speakers who were enrolled already and have a new voiceprint."""
        return self._with(_OVERWRITTEN)

    def retry_manifest(self, *, codes: Collection[int] | None = None) -> EnrollmentManifest:
        """Return the requests that failed and can be tried again, and those that were not reported.

        Args:
            codes: the error codes to try again; when None, those that may pass by themselves (500 and above,
                and 429). 402 is worth it once there is room for more speakers, and 400 once the recordings
                are better; 409 means that the speaker opted out.

        Raises:
            ManifestError: such a request is not known, because the results were read without the manifest.
        """
        return EnrollmentManifest(_requests_of(self._retried(codes), lambda outcome: outcome.request))


@attrs.frozen(weakref_slot=False, repr=False)
class RegistrationResults(_Results[RegistrationOutcome]):
    """What became of every request of a registration job, or of several.

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
    """What became of each request, in the order of the manifest where there is one."""

    @classmethod
    def from_output(
        cls, content: bytes | str, *, manifest: RegistrationManifest | None = None
    ) -> "RegistrationResults":
        """Read the output file of a registration job; ``RegistrationJob.results`` fetches it, too.

        Args:
            content: the file.
            manifest: the job's manifest. With it, outcomes have their requests and its order, and requests
                that the output does not mention are ``not_reported``.

        Raises:
            ResponseError: it is empty, cut off, or not what the service documents.
        """
        found = _read_output(content, "SuccessfulRegistrations", "RegistrationStatus", RegistrationOutcome)
        return cls(found if manifest is None else _match(manifest.requests, found, _of_fraudster))

    @classmethod
    def from_json(cls, text: str | bytes) -> "RegistrationResults":
        """Read what ``to_json`` wrote.

        Raises:
            RequestValidationError: it is something else.
        """
        return cls(_read_own(text, cls.__name__, RegistrationOutcome))

    def __add__(self, other: "RegistrationResults") -> "RegistrationResults":
        return RegistrationResults(self._joined(other.outcomes))

    @property
    def registered(self) -> tuple[RegistrationOutcome, ...]:
        """The fraudsters who were registered."""
        return self._with_none_of(_SKIPPED, _NOT_REPORTED)

    def retry_manifest(self, *, codes: Collection[int] | None = None) -> RegistrationManifest:
        """Return the requests that failed and can be tried again, and those that were not reported.

        Args:
            codes: the error codes to try again; when None, those that may pass by themselves (500 and above,
                and 429). 402 is worth it once there is room for more fraudsters, and 400 once the recordings
                are better.

        Raises:
            ManifestError: such a request is not known, because the results were read without the manifest.
        """
        return RegistrationManifest(_requests_of(self._retried(codes), lambda outcome: outcome.request))


# --- Reading and writing --------------------------------------------------------------------------------

_R = TypeVar("_R", EnrollmentRequest, RegistrationRequest)


def _read_output(content: bytes | str, successes: str, status: str, kind: type[_O]) -> Iterator[_O]:
    """Yield the outcome of each entry in an output file, without its request.

    Args:
        content: the file.
        successes: the member that lists what succeeded.
        status: the member of an entry there that says what was done; ``Status`` for short, here.
        kind: the class of the outcomes.
    """
    document = parsed(content)
    if not isinstance(document, dict):
        raise _unreadable("is not a whole JSON object" if content.strip() else "is empty")
    lists = cast("dict[str, object]", document)
    if lists.get("Version") != MANIFEST_VERSION:
        raise _unreadable(f'does not say that its Version is "{MANIFEST_VERSION}"')
    if successes not in lists and "Errors" not in lists:
        raise _unreadable(f"has neither {successes} nor Errors")
    for entry, place in _entries(lists, successes):
        value = _required(entry, status, place)
        yield _outcome({**entry, "Status": value}, place, kind)
    for entry, place in _entries(lists, "Errors"):
        yield _outcome({**entry, "Status": None}, place, kind)


def _entries(lists: Mapping[str, object], name: str) -> Iterator[tuple[dict[str, object], str]]:
    """Yield the entries of one list of an output file, and where they are."""
    entries = lists.get(name, [])
    if not isinstance(entries, list):
        raise _unreadable(f"is not as documented: {name} must be a list")
    for position, entry in enumerate(cast("list[object]", entries)):
        if not isinstance(entry, dict):
            raise _unreadable(f"is not as documented: {name}[{position}] must be a structure")
        yield cast("dict[str, object]", entry), f"{name}[{position}]"


def _required(entry: dict[str, object], name: str, place: str) -> object:
    if entry.get(name) is None:
        raise _unreadable(f"is not as documented: {place}.{name} is missing")
    return entry.pop(name)


def _outcome(entry: Mapping[str, object], place: str, kind: type[_O]) -> _O:
    try:
        return structure(kind, entry)
    except ConversionError as error:
        raise _unreadable(f"is not as documented: in {place}, {error}") from None


def _unreadable(rule: str) -> ResponseError:
    return ResponseError(
        f"The job's output file {rule}",
        next_step="Read it again once the job has ended. If it stays so, run the job again: unless told "
        "otherwise, it skips who is known already.",
    )


def _match(
    requests: Iterable[_R], outcomes: Iterable[_O], matched: Callable[[_R, _O | None], _O]
) -> Iterator[_O]:
    """Yield what ``matched`` makes of each request and its outcome, and then the outcomes of no request."""
    by_id: defaultdict[str, list[_O]] = defaultdict(list)
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
        # The output names the speakers who were enrolled, and not the others.
        customer_speaker_id=(outcome and outcome.customer_speaker_id) or request.speaker_id,
    )


def _of_fraudster(request: RegistrationRequest, outcome: RegistrationOutcome | None) -> RegistrationOutcome:
    return attrs.evolve(
        outcome or RegistrationOutcome(request_id=request.request_id, status=RegistrationStatus.NOT_REPORTED),
        request=request,
    )


def _requests_of(outcomes: Iterable[_O], request_of: Callable[[_O], _R | None]) -> Iterator[_R]:
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
            "The manifest of what to try again",
            tuple(unknown),
            next_step="Give the job's manifest when you read the results.",
        )


def _read_own(text: bytes | str, name: str, kind: type[_O]) -> Iterator[_O]:
    """Yield the outcomes that ``to_json`` wrote."""
    document = parsed(text)
    outcomes = cast("dict[str, object]", document).get("outcomes") if isinstance(document, dict) else None
    if not isinstance(outcomes, list):
        problem = Problem(parameter="text", rule="must be what to_json() wrote")
        raise RequestValidationError.of(f"{name}.from_json", (problem,))
    for outcome in cast("list[Mapping[str, object]]", outcomes):
        yield kind.from_dict(outcome)
