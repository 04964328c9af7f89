"""Turns the errors of a boto3 S3 client into ours, without the names of buckets and objects."""

from collections.abc import Mapping
from typing import Final

from voiceid_sdk import errors
from voiceid_sdk._wire.botocore_errors import BY_CODE, names_of, request_failure, service_error
from voiceid_sdk._wire.requests import Request
from voiceid_sdk._wire.system_errors import is_of_botocore
from voiceid_sdk.errors import VoiceIDError

_KINDS: Final[Mapping[str, type[errors.ServiceError]]] = {
    **BY_CODE,
    # botocore takes the status as the code of a response without a body, such as that to HeadObject.
    "403": errors.AccessDeniedError,
    "404": errors.ResourceNotFoundError,
    "AccountProblem": errors.AccessDeniedError,
    "AllAccessDisabled": errors.AccessDeniedError,
    "InternalError": errors.InternalServerError,
    "InvalidAccessKeyId": errors.AuthenticationError,
    "InvalidToken": errors.AuthenticationError,
    "KMS.DisabledException": errors.AccessDeniedError,
    "KMS.KMSInvalidStateException": errors.AccessDeniedError,
    "KMS.NotFoundException": errors.AccessDeniedError,
    "NoSuchBucket": errors.ResourceNotFoundError,
    "NoSuchKey": errors.ResourceNotFoundError,
    "RequestTimeout": errors.InternalServerError,
    "SlowDown": errors.ThrottlingError,
}

_PASSED: Final = frozenset({"HTTPError", "HTTPException", "OSError", "ResponseParserError"})
"""Classes of errors that botocore lets pass: of urllib3, of the standard library, and of its own parsers."""

_OTHER_REGION: Final = "The bucket is in another region: make the S3 client with the bucket's region_name."

_BY_CODE: Final[Mapping[str, str]] = {
    "301": _OTHER_REGION,
    "AuthorizationHeaderMalformed": _OTHER_REGION,
    "InvalidObjectState": "The object is archived: restore it first.",
    "NoSuchBucket": "Check the bucket's name, or make the bucket first.",
    "PermanentRedirect": _OTHER_REGION,
}

_BY_CLASS: Final[Mapping[type[errors.ServiceError], str]] = {
    errors.AccessDeniedError: (
        "Check the caller's IAM policy, the bucket's policy, and access to the KMS key of the objects."
    ),
    errors.ResourceNotFoundError: "Check the bucket's name and the object's.",
}


def translate_s3(error: Exception, operation: str, uri: str) -> VoiceIDError | None:
    """Return our error for one of botocore's errors, or None for any other error.

    Args:
        error: the error that the client raised.
        operation: the operation of S3, such as ``"GetObject"``.
        uri: the object's URI, which is kept out of the text.
    """
    names = names_of(error)
    request = Request(operation=operation, body={}, region=None, endpoint=None, client_token=None)
    if "StubResponseError" in names:  # for the test that uses the stub
        return None
    if "ClientError" in names:
        failure = service_error(error, request, (uri,), _KINDS)
        failure.next_step = (
            _BY_CODE.get(failure.code or "") or _BY_CLASS.get(type(failure)) or failure.next_step
        )
        return failure
    # While a body is read, and while credentials are, botocore lets errors of urllib3 and of the system pass.
    is_known = "BotoCoreError" in names or (not _PASSED.isdisjoint(names) and is_of_botocore(error))
    return request_failure(error, request) if is_known else None
