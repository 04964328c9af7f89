"""IAM policies for batch jobs, for exactly the buckets, keys and domain in use.

A job needs a role for the service to read and write S3 with (``trust_policy``, ``data_access_policy``), and a
caller who starts it (``caller_policy``). Each policy is a dictionary; ``json.dumps`` makes the text for IAM.

Source: the pages on batch enrollment, key management and the confused deputy in the administrator guide, and
the service authorization reference of Voice ID and of S3.
"""

import re
from collections.abc import Iterable
from typing import Final, TypedDict

from voiceid_sdk._arguments import as_list
from voiceid_sdk.errors import Problem, RequestValidationError

__all__ = ["Policy", "Statement", "caller_policy", "data_access_policy", "trust_policy"]


class _EveryStatement(TypedDict):
    Sid: str
    Effect: str
    Action: list[str]


class Statement(_EveryStatement, total=False):
    """A statement of a policy, with IAM's names."""

    Principal: dict[str, str]
    Resource: list[str]
    Condition: dict[str, dict[str, list[str]]]


class Policy(TypedDict):
    """A policy document, with IAM's names."""

    Version: str
    Statement: list[Statement]


def trust_policy(*, domain_arn: str) -> Policy:
    """Return the trust policy of the data-access role: only jobs of the domain may assume it.

    Its conditions keep the service from using the role on behalf of another account (the confused deputy).

    Args:
        domain_arn: the domain's ARN, as in ``DomainInfo.arn``.

    Raises:
        RequestValidationError: ``domain_arn`` is not the ARN of a domain.
    """
    domain = _matched("trust_policy", "domain_arn", domain_arn)
    return _policy(
        {
            "Sid": "JobsOfTheDomain",
            "Effect": "Allow",
            "Principal": {"Service": _SERVICE},
            "Action": ["sts:AssumeRole"],
            "Condition": {
                "StringEquals": {"aws:SourceAccount": [domain["account"]]},
                "ArnEquals": {"aws:SourceArn": [domain_arn]},
            },
        }
    )


def data_access_policy(
    *,
    input_s3_uris: Iterable[str],
    output_s3_uri: str,
    input_kms_key_arns: Iterable[str] = (),
    output_kms_key_arn: str | None = None,
) -> Policy:
    """Return the permissions of the data-access role: to read manifests and recordings, and to write results.

    Args:
        input_s3_uris: the URIs of manifests and recordings. A URI that ends with ``/``, or names only a
            bucket, covers all objects below it; any other URI covers one object.
        output_s3_uri: the job's folder for results, with or without a ``/`` at the end.
        input_kms_key_arns: the ARNs of the keys that manifests and recordings are encrypted with.
        output_kms_key_arn: the ARN of the key for the results: the job's, or else the bucket's.

    Raises:
        RequestValidationError: an argument has the wrong format.
    """
    operation = "data_access_policy"
    output_keys = _keys(operation, "output_kms_key_arn", _given(output_kms_key_arn))
    return _policy(
        _allow("ReadInput", ["s3:GetObject"], _objects(operation, "input_s3_uris", input_s3_uris)),
        _allow("WriteOutput", ["s3:PutObject"], _folder(operation, output_s3_uri)),
        _allow("DecryptInput", ["kms:Decrypt"], _keys(operation, "input_kms_key_arns", input_kms_key_arns)),
        _allow("EncryptOutput", ["kms:Decrypt", "kms:GenerateDataKey"], output_keys),
    )


def caller_policy(
    *,
    domain_arn: str,
    domain_kms_key_arn: str,
    data_access_role_arn: str,
    input_s3_uris: Iterable[str],
    output_s3_uri: str,
    input_kms_key_arns: Iterable[str] = (),
    output_kms_key_arn: str | None = None,
) -> Policy:
    """Return the permissions to run jobs: to upload, to start and describe jobs, and to read results.

    Args:
        domain_arn: the domain's ARN, as in ``DomainInfo.arn``.
        domain_kms_key_arn: the ARN of the domain's key, which the service uses on behalf of the caller.
        data_access_role_arn: the role that is handed to the service.
        input_s3_uris: the URIs that manifests and recordings are uploaded to, as for ``data_access_policy``.
        output_s3_uri: the job's folder for results.
        input_kms_key_arns: the ARNs of the keys that uploads are encrypted with.
        output_kms_key_arn: the ARN of the key for the results.

    Raises:
        RequestValidationError: an argument has the wrong format.
    """
    operation = "caller_policy"
    region = _matched(operation, "domain_arn", domain_arn)["region"]
    _matched(operation, "data_access_role_arn", data_access_role_arn)
    uploads = _objects(operation, "input_s3_uris", input_s3_uris)
    domain_keys = _keys(operation, "domain_kms_key_arn", [domain_kms_key_arn])
    input_keys = _keys(operation, "input_kms_key_arns", input_kms_key_arns)
    output_keys = _keys(operation, "output_kms_key_arn", _given(output_kms_key_arn))
    return _policy(
        _allow("RunJobs", _JOB_ACTIONS, [domain_arn]),
        _allow(
            "PassRole", ["iam:PassRole"], [data_access_role_arn], only_if={"iam:PassedToService": [_SERVICE]}
        ),
        _allow("UploadInput", ["s3:GetObject", "s3:PutObject"], uploads),
        _allow("ReadOutput", ["s3:GetObject"], _folder(operation, output_s3_uri)),
        _allow(
            "UseDomainKey", ["kms:Decrypt"], domain_keys, only_if={_VIA: [f"voiceid.{region}.amazonaws.com"]}
        ),
        _allow(
            "EncryptInput", ["kms:Decrypt", "kms:GenerateDataKey"], input_keys, only_if=_via_s3(input_keys)
        ),
        _allow("DecryptOutput", ["kms:Decrypt"], output_keys, only_if=_via_s3(output_keys)),
    )


_SERVICE: Final = "voiceid.amazonaws.com"
_VIA: Final = "kms:ViaService"

_JOB_ACTIONS: Final = [
    "voiceid:DescribeFraudsterRegistrationJob",
    "voiceid:DescribeSpeakerEnrollmentJob",
    "voiceid:ListFraudsterRegistrationJobs",
    "voiceid:ListSpeakerEnrollmentJobs",
    "voiceid:StartFraudsterRegistrationJob",
    "voiceid:StartSpeakerEnrollmentJob",
]

_KEY: Final = re.compile(r"arn:aws[a-z-]*:kms:(?P<region>[a-z0-9-]+):[0-9]{12}:key/[A-Za-z0-9-]+")
_URI: Final = re.compile(r"s3://(?P<bucket>[a-z0-9][.a-z0-9-]{1,61}[a-z0-9])(/(?P<key>.*))?", re.DOTALL)

# Stricter than the model's own patterns, which let wildcards pass.
_FORMS: Final[dict[str, tuple[re.Pattern[str], str]]] = {
    "domain_arn": (
        re.compile(
            r"arn:aws[a-z-]*:voiceid:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):domain/[a-zA-Z0-9]{22}"
        ),
        "must be the ARN of a domain",
    ),
    "data_access_role_arn": (
        re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+", re.ASCII),
        "must be the ARN of an IAM role",
    ),
    **dict.fromkeys(
        ("domain_kms_key_arn", "input_kms_key_arns", "output_kms_key_arn"),
        (_KEY, "must be the ARN of a KMS key, not an id or an alias"),
    ),
    **dict.fromkeys(("input_s3_uris", "output_s3_uri"), (_URI, "must be an S3 URI such as s3://bucket/key")),
}


def _matched(operation: str, parameter: str, value: object) -> re.Match[str]:
    form, rule = _FORMS[parameter]
    found = form.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise RequestValidationError.of(operation, (Problem(parameter=parameter, rule=rule),))
    return found


def _given(value: str | None) -> list[str]:
    return [] if value is None else [value]


def _keys(operation: str, parameter: str, arns: Iterable[str]) -> list[str]:
    return [_matched(operation, parameter, arn)[0] for arn in as_list(arns, parameter)]


def _via_s3(keys: Iterable[str]) -> dict[str, list[str]]:
    # A key is in the region of the bucket that is encrypted with it.
    regions = {_matched("", "output_kms_key_arn", key)["region"] for key in keys}
    return {_VIA: [f"s3.{region}.amazonaws.com" for region in sorted(regions)]}


def _folder(operation: str, uri: str) -> list[str]:
    found = _matched(operation, "output_s3_uri", uri)
    key = (found["key"] or "").rstrip("/")
    return [_resource(found["bucket"], f"{key}/" if key else "")]


def _objects(operation: str, parameter: str, uris: Iterable[str]) -> list[str]:
    found = [_matched(operation, parameter, uri) for uri in as_list(uris, parameter)]
    return [_resource(uri["bucket"], uri["key"] or "") for uri in found]


_WILDCARD: Final = re.compile(r"[*?$]")


def _resource(bucket: str, key: str) -> str:
    """Return the ARN of an object, or of all objects below a folder."""
    # In a policy, a key's own wildcards have to be written as variables.
    escaped = _WILDCARD.sub(r"${\g<0>}", key)
    return f"arn:aws:s3:::{bucket}/{escaped}{'' if key and not key.endswith('/') else '*'}"


def _allow(
    name: str, actions: list[str], resources: list[str], only_if: dict[str, list[str]] | None = None
) -> Statement:
    statement = Statement(Sid=name, Effect="Allow", Action=list(actions), Resource=resources)
    if only_if is not None:
        statement["Condition"] = {"StringEquals": only_if}
    return statement


def _policy(*statements: Statement) -> Policy:
    """Return a policy of the statements that have resources."""
    return Policy(Version="2012-10-17", Statement=[one for one in statements if one.get("Resource", True)])
