"""The files of a job in S3: its manifest, and its output file with the outcome of each request.

Source: the service model's description of OutputDataConfig, and the administrator guide's schemas of speaker
enrollment and fraudster registration jobs.
"""

from collections.abc import Iterator, Mapping
from typing import TypeVar, cast

from voiceid_sdk._conversion.errors import ConversionError
from voiceid_sdk._conversion.structuring import structure
from voiceid_sdk.batch import s3_objects
from voiceid_sdk.batch.outcomes import EnrollmentOutcome, RegistrationOutcome
from voiceid_sdk.batch.sources.json_documents import parsed
from voiceid_sdk.boto3_typing import S3Client
from voiceid_sdk.errors import ResourceNotFoundError, ResponseError, ServiceError
from voiceid_sdk.models import EnrollmentJobInfo, RegistrationJobInfo
from voiceid_sdk.service_model.limits import MANIFEST_VERSION

JobInfo = EnrollmentJobInfo | RegistrationJobInfo
OutcomeT = TypeVar("OutcomeT", EnrollmentOutcome, RegistrationOutcome)


def read_output(s3: S3Client, info: JobInfo) -> bytes:
    """Return the output file of a job. Calls GetObject of S3.

    Raises:
        ServiceError: S3 returned another error.
        ResponseError: the job has no URI of it.
    """
    folder = info.output_data_config.s3_uri if info.output_data_config else None
    if folder is None or info.job_id is None:
        raise _no_uri("output")
    name = _manifest_uri(info).rpartition("/")[2]
    uri = f"{folder.rstrip('/')}/{info.job_id}/{name}.out"
    return _read(
        s3, uri, "output file", "Check that it was not moved or deleted after the job had written it."
    )


def read_manifest(s3: S3Client, info: JobInfo) -> bytes:
    """Return the manifest of a job. Calls GetObject of S3.

    Raises:
        ServiceError: S3 returned another error.
        ResponseError: the job has no URI of it.
    """
    return _read(
        s3, _manifest_uri(info), "manifest", "If you have it elsewhere, give it: results(s3, manifest=...)."
    )


def _manifest_uri(info: JobInfo) -> str:
    uri = info.input_data_config.s3_uri if info.input_data_config else None
    if uri is None:
        raise _no_uri("manifest")
    return uri


def _no_uri(what: str) -> ResponseError:
    return ResponseError(
        f"The job has no URI of its {what}",
        next_step="Download it, and give it to from_output().",
    )


def _read(s3: S3Client, uri: str, what: str, next_step: str) -> bytes:
    try:
        return s3_objects.read_object(s3, uri)
    except ServiceError as error:
        error.message = f"The job's {what}: {error.message}"
        if isinstance(error, ResourceNotFoundError):
            error.next_step = next_step
        raise


def read_outcomes(
    content: bytes | str, successes: str, status: str, kind: type[OutcomeT]
) -> Iterator[OutcomeT]:
    """Yield the outcome of each entry in an output file, without its request.

    Args:
        content: the content of the file.
        successes: the member that lists the requests that succeeded.
        status: the member of its entries that becomes the status of the outcome.
        kind: the class of the outcomes.
    """
    document = parsed(content, "from_output")
    if not isinstance(document, dict):
        raise _invalid("is not a whole JSON object" if content.strip() else "is empty")
    lists = cast("dict[str, object]", document)
    if lists.get("Version") != MANIFEST_VERSION:
        raise _invalid(f'does not say that its Version is "{MANIFEST_VERSION}"')
    if successes not in lists and "Errors" not in lists:
        raise _invalid(f"has neither {successes} nor Errors")
    for entry, place in _entries(lists, successes):
        value = _required(entry, status, place)
        yield _outcome({**entry, "Status": value}, place, kind)
    for entry, place in _entries(lists, "Errors"):
        yield _outcome({**entry, "Status": None}, place, kind)


def _entries(lists: Mapping[str, object], name: str) -> Iterator[tuple[dict[str, object], str]]:
    """Yield the entries of one list of an output file, with their places."""
    entries = lists.get(name, [])
    if not isinstance(entries, list):
        raise _invalid(f"is not as documented: {name} must be a list")
    for position, entry in enumerate(cast("list[object]", entries)):
        if not isinstance(entry, dict):
            raise _invalid(f"is not as documented: {name}[{position}] must be a structure")
        yield cast("dict[str, object]", entry), f"{name}[{position}]"


def _required(entry: dict[str, object], name: str, place: str) -> object:
    if entry.get(name) is None:
        raise _invalid(f"is not as documented: {place}.{name} is missing")
    return entry.pop(name)


def _outcome(entry: Mapping[str, object], place: str, kind: type[OutcomeT]) -> OutcomeT:
    try:
        return structure(kind, entry)
    except ConversionError as error:
        raise _invalid(f"is not as documented: in {place}, {error}") from None


def _invalid(rule: str) -> ResponseError:
    return ResponseError(
        f"The job's output file {rule}",
        next_step="Read it again once the job has ended. If it is still invalid, run the job again: by "
        "default, it skips speakers and fraudsters that are known already.",
    )
