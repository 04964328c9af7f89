"""Requests and responses as they pass the transport, and facts of the model about requests."""

import functools
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from voiceid_sdk import service_model
from voiceid_sdk.errors import RequestValidationError
from voiceid_sdk.service_model.names import python_name

Body = Mapping[str, object]
"""The members of a request or a response, by their names on the wire."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request that is ready to be sent."""

    operation: str
    body: Body = field(repr=False)
    region: str | None
    endpoint: str | None
    client_token: str | None


@dataclass(frozen=True, slots=True)
class Response:
    """The response to a request that succeeded."""

    parsed: Body = field(repr=False)
    """boto3's dictionary; without members when there is a raw body."""
    raw: bytes | None = field(default=None, repr=False)
    """The body as it was sent; None when botocore did not show it."""

    @property
    def request_id(self) -> str | None:
        """The id that the service gave the request."""
        metadata = cast("Body", self.parsed.get("ResponseMetadata") or {})
        request_id = metadata.get("RequestId")
        return request_id if isinstance(request_id, str) else None

    @property
    def members(self) -> Body:
        """The members of the parsed body."""
        return {member: value for member, value in self.parsed.items() if member != "ResponseMetadata"}


def check_operation(name: str) -> None:
    """Check that the service has an operation.

    Raises:
        RequestValidationError: it has none with this name.
    """
    if name not in service_model.operation_names():
        raise RequestValidationError(
            "No such operation",
            operation="call",
            next_step=f"Voice ID has {', '.join(service_model.operation_names())}.",
        )


@functools.cache
def takes_client_token(name: str) -> bool:
    """Return whether the operation called ``name`` has an idempotency token, by the model."""
    request = service_model.shape(service_model.operation(name)["input"]["shape"])
    return any(member.get("idempotencyToken", False) for member in request.get("members", {}).values())


_PARAMETERS: Final = {
    "InputDataConfig.S3Uri": "input_s3_uri",
    "OutputDataConfig.S3Uri": "output_s3_uri",
    "OutputDataConfig.KmsKeyId": "output_kms_key_id",
    "ServerSideEncryptionConfiguration": "kms_key_id",
    "JobStatus": "status",
    "MaxResults": "page_size",
    "NextToken": "resume_token",
    "ResourceArn": "arn",
    "SessionNameOrId": "name_or_id",
    "TagKeys": "keys",
}


def parameter_name(path: tuple[str | int, ...]) -> str:
    """Return the name that our methods have for the member at ``path``: ``risk_threshold``, ``tags``."""
    # Members inside a list have no name of their own in our signatures.
    members = [str(part) for part in itertools.takewhile(lambda part: isinstance(part, str), path)]
    return _PARAMETERS.get(".".join(members)) or python_name(members[-1])
