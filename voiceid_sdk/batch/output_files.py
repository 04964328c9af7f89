"""The files of a job in S3: the manifest that it read, and the output that it wrote.

Source: the service model's description of OutputDataConfig.
"""

from voiceid_sdk.batch import s3_objects
from voiceid_sdk.boto3_typing import S3Client
from voiceid_sdk.errors import ResourceNotFoundError, ResponseError, ServiceError
from voiceid_sdk.models import EnrollmentJobInfo, RegistrationJobInfo

Info = EnrollmentJobInfo | RegistrationJobInfo


def read_output(s3: S3Client, info: Info) -> bytes:
    """Return the output file of a job. Calls GetObject of S3.

    Raises:
        ServiceError: S3 does not give it.
        ResponseError: the job does not say where it is.
    """
    folder = info.output_data_config.s3_uri if info.output_data_config else None
    if folder is None or info.job_id is None:
        raise _unsaid("output")
    name = _manifest_uri(info).rpartition("/")[2]
    uri = f"{folder.rstrip('/')}/{info.job_id}/{name}.out"
    return _read(
        s3, uri, "output file", "Check that it was not moved or deleted after the job had written it."
    )


def read_manifest(s3: S3Client, info: Info) -> bytes:
    """Return the manifest of a job. Calls GetObject of S3.

    Raises:
        ServiceError: S3 does not give it.
        ResponseError: the job does not say where it is.
    """
    return _read(
        s3, _manifest_uri(info), "manifest", "If you have it elsewhere, give it: results(s3, manifest=...)."
    )


def _manifest_uri(info: Info) -> str:
    uri = info.input_data_config.s3_uri if info.input_data_config else None
    if uri is None:
        raise _unsaid("manifest")
    return uri


def _unsaid(what: str) -> ResponseError:
    return ResponseError(
        f"The job does not say where its {what} is",
        next_step="Read it yourself, and give it to from_output().",
    )


def _read(s3: S3Client, uri: str, what: str, where_to_look: str) -> bytes:
    try:
        return s3_objects.read_object(s3, uri)
    except ServiceError as error:
        error.message = f"The job's {what}: {error.message}"
        if isinstance(error, ResourceNotFoundError):
            error.next_step = where_to_look
        raise
