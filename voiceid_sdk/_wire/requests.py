"""Requests: what is known of one, and what the model says of boto3's method, the token and our names."""

import functools
import itertools
import re
from collections.abc import Mapping
from typing import Final

import attrs

from voiceid_sdk import service_model

Body = Mapping[str, object]
"""The members of a request or an answer, by their names on the wire."""


@attrs.frozen(kw_only=True)
class Call:
    """What is known of a call when it fails."""

    operation: str
    request: Body = attrs.field(repr=False)
    region: str | None
    endpoint: str | None
    client_token: str | None


@functools.cache
def takes_client_token(name: str) -> bool:
    """Return whether the operation called ``name`` has an idempotency token, by the model."""
    request = service_model.shape(service_model.operation(name)["input"]["shape"])
    return any(member.get("idempotencyToken", False) for member in request.get("members", {}).values())


@functools.cache
def method_name(name: str) -> str:
    """Return boto3's method for an operation: ``describe_speaker`` for ``DescribeSpeaker``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


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
    """Return what the public face calls the member at ``path``: ``risk_threshold``, ``tags``."""
    # What lies below a list has no name of its own in our signatures.
    members = [str(part) for part in itertools.takewhile(lambda part: isinstance(part, str), path)]
    return _PARAMETERS.get(".".join(members)) or method_name(members[-1])
