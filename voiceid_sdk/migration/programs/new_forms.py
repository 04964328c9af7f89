"""The new form of every operation: which method of this package replaces a method of the boto3 client."""

import ast
from collections.abc import Mapping
from typing import Final

import attrs

from voiceid_sdk import service_model

UNKNOWN: Final = "..."
"""Stands for an argument that the program does not show."""


@attrs.frozen
class NewForm:
    """The replacement of one operation."""

    method: str
    """The method, with the parameters of the operation that choose its handle: ``{DomainId}``."""
    arguments: Mapping[str, str] = attrs.field(factory=dict[str, str])
    """The parameter of the operation for each keyword of the method. Keywords that are numbers are positions,
    and ``InputDataConfig.S3Uri`` is a member of a parameter."""
    result: str = ""
    """The result of the method."""
    member: str = ""
    """The member of boto3's response with the same result."""
    hint: str = ""
    """A method of this package that does more than the operation."""


_DOMAIN: Final = "voiceid.domain({DomainId})"
_PAGER: Final = "a Pager: iterate over it"
_JOB_HINT: Final = "EnrollmentJob.wait() replaces a loop around the describe call"
_LISTED: Final = {"page_size": "MaxResults"}

_JOB_ARGUMENTS: Final = {
    "input_s3_uri": "InputDataConfig.S3Uri",
    "output_s3_uri": "OutputDataConfig.S3Uri",
    "output_kms_key_id": "OutputDataConfig.KmsKeyId",
    "data_access_role_arn": "DataAccessRoleArn",
    "job_name": "JobName",
}

NEW_FORMS: Final[Mapping[str, NewForm]] = {
    "CreateDomain": NewForm(
        "voiceid.create_domain",
        {
            "name": "Name",
            "kms_key_id": "ServerSideEncryptionConfiguration.KmsKeyId",
            "description": "Description",
            "tags": "Tags",
            "client_token": "ClientToken",
        },
        "Domain, with .domain_id and .info",
        "Domain",
    ),
    "DescribeDomain": NewForm(f"{_DOMAIN}.describe", {}, "DomainInfo", "Domain"),
    "UpdateDomain": NewForm(
        f"{_DOMAIN}.replace",
        {
            "name": "Name",
            "kms_key_id": "ServerSideEncryptionConfiguration.KmsKeyId",
            "description": "Description",
        },
        "DomainInfo",
        "Domain",
        "Domain.update(...) keeps what is left out",
    ),
    "DeleteDomain": NewForm(f"{_DOMAIN}.delete"),
    "ListDomains": NewForm("voiceid.domains", _LISTED, _PAGER, "DomainSummaries"),
    "TagResource": NewForm("voiceid.tag", {"0": "ResourceArn", "1": "Tags"}),
    "UntagResource": NewForm("voiceid.untag", {"0": "ResourceArn", "1": "TagKeys"}),
    "ListTagsForResource": NewForm("voiceid.tags", {"0": "ResourceArn"}, "dict of tags", "Tags"),
    "DescribeSpeaker": NewForm(f"{_DOMAIN}.speaker({{SpeakerId}}).describe", {}, "SpeakerInfo", "Speaker"),
    "OptOutSpeaker": NewForm(f"{_DOMAIN}.speaker({{SpeakerId}}).opt_out", {}, "SpeakerInfo", "Speaker"),
    "DeleteSpeaker": NewForm(f"{_DOMAIN}.speaker({{SpeakerId}}).delete"),
    "ListSpeakers": NewForm(f"{_DOMAIN}.speakers", _LISTED, _PAGER, "SpeakerSummaries"),
    "DescribeFraudster": NewForm(
        f"{_DOMAIN}.fraudster({{FraudsterId}}).describe", {}, "FraudsterInfo", "Fraudster"
    ),
    "AssociateFraudster": NewForm(
        f"{_DOMAIN}.fraudster({{FraudsterId}}).associate", {"0": "WatchlistId"}, "FraudsterInfo", "Fraudster"
    ),
    "DisassociateFraudster": NewForm(
        f"{_DOMAIN}.fraudster({{FraudsterId}}).disassociate",
        {"0": "WatchlistId"},
        "FraudsterInfo",
        "Fraudster",
    ),
    "DeleteFraudster": NewForm(f"{_DOMAIN}.fraudster({{FraudsterId}}).delete"),
    "ListFraudsters": NewForm(
        f"{_DOMAIN}.fraudsters", {"watchlist": "WatchlistId", **_LISTED}, _PAGER, "FraudsterSummaries"
    ),
    "CreateWatchlist": NewForm(
        f"{_DOMAIN}.create_watchlist",
        {"name": "Name", "description": "Description", "client_token": "ClientToken"},
        "Watchlist, with .watchlist_id and .info",
        "Watchlist",
    ),
    "DescribeWatchlist": NewForm(
        f"{_DOMAIN}.watchlist({{WatchlistId}}).describe", {}, "WatchlistInfo", "Watchlist"
    ),
    "UpdateWatchlist": NewForm(
        f"{_DOMAIN}.watchlist({{WatchlistId}}).update",
        {"name": "Name", "description": "Description"},
        "WatchlistInfo",
        "Watchlist",
    ),
    "DeleteWatchlist": NewForm(f"{_DOMAIN}.watchlist({{WatchlistId}}).delete"),
    "ListWatchlists": NewForm(f"{_DOMAIN}.watchlists", _LISTED, _PAGER, "WatchlistSummaries"),
    "StartSpeakerEnrollmentJob": NewForm(
        f"{_DOMAIN}.start_enrollment_job",
        {
            **_JOB_ARGUMENTS,
            "existing_enrollment_action": "EnrollmentConfig.ExistingEnrollmentAction",
            "fraud_detection_action": "EnrollmentConfig.FraudDetectionConfig.FraudDetectionAction",
            "risk_threshold": "EnrollmentConfig.FraudDetectionConfig.RiskThreshold",
            "watchlist_ids": "EnrollmentConfig.FraudDetectionConfig.WatchlistIds",
            "client_token": "ClientToken",
        },
        "EnrollmentJob, with .job_id and .info",
        "Job",
        "Domain.enroll(...) does the upload, the job and the results in one call",
    ),
    "DescribeSpeakerEnrollmentJob": NewForm(
        f"{_DOMAIN}.enrollment_job({{JobId}}).describe", {}, "EnrollmentJobInfo", "Job", _JOB_HINT
    ),
    "ListSpeakerEnrollmentJobs": NewForm(
        f"{_DOMAIN}.enrollment_jobs", {"status": "JobStatus", **_LISTED}, _PAGER, "JobSummaries"
    ),
    "StartFraudsterRegistrationJob": NewForm(
        f"{_DOMAIN}.start_registration_job",
        {
            **_JOB_ARGUMENTS,
            "duplicate_registration_action": "RegistrationConfig.DuplicateRegistrationAction",
            "fraudster_similarity_threshold": "RegistrationConfig.FraudsterSimilarityThreshold",
            "watchlist_ids": "RegistrationConfig.WatchlistIds",
            "client_token": "ClientToken",
        },
        "RegistrationJob, with .job_id and .info",
        "Job",
        "Domain.register_fraudsters(...) does the upload, the job and the results in one call",
    ),
    "DescribeFraudsterRegistrationJob": NewForm(
        f"{_DOMAIN}.registration_job({{JobId}}).describe",
        {},
        "RegistrationJobInfo",
        "Job",
        _JOB_HINT.replace("Enrollment", "Registration"),
    ),
    "ListFraudsterRegistrationJobs": NewForm(
        f"{_DOMAIN}.registration_jobs", {"status": "JobStatus", **_LISTED}, _PAGER, "JobSummaries"
    ),
    "EvaluateSession": NewForm(
        f"{_DOMAIN}.session({{SessionNameOrId}}).evaluate",
        {},
        "SessionEvaluation",
        "",
        "Session.wait_for_decision() replaces a loop around this call",
    ),
}
"""The replacement of every operation."""


def render(operation: str, given: Mapping[str, ast.expr]) -> str:
    """Return the new form of a call.

    Args:
        operation: the name of the operation.
        given: the arguments of the call by their names.
    """
    form = NEW_FORMS[operation]
    chosen = {name: ast.unparse(given[name]) if name in given else UNKNOWN for name in _required(operation)}
    arguments = [
        text if keyword.isdecimal() else f"{keyword}={text}"
        for keyword, path in form.arguments.items()
        if (text := _argument(path, given, is_required=path.split(".")[0] in chosen)) is not None
    ]
    return f"{form.method.format(**chosen)}({', '.join(arguments)})"


def _required(operation: str) -> list[str]:
    shape = service_model.operation(operation)["input"]["shape"]
    return service_model.shape(shape).get("required", [])


def _argument(path: str, given: Mapping[str, ast.expr], *, is_required: bool) -> str | None:
    """Return the text of an argument, or None if the call does not have it."""
    name, *members = path.split(".")
    if name not in given:
        return UNKNOWN if is_required and not _is_optional(path) else None
    node = given[name]
    for position, member in enumerate(members):
        found = _member(node, member)
        if found is None:
            if isinstance(node, ast.Dict):
                return None
            return "".join([ast.unparse(node), *(f"[{one!r}]" for one in members[position:])])
        node = found
    return _tags(node) if name == "Tags" else ast.unparse(node)


def _is_optional(path: str) -> bool:
    return path == "OutputDataConfig.KmsKeyId"


def _member(node: ast.expr, name: str) -> ast.expr | None:
    """Return the value of a member of a dictionary that the program spells out."""
    if not isinstance(node, ast.Dict):
        return None
    pairs = zip(node.keys, node.values, strict=True)
    return next((value for key, value in pairs if isinstance(key, ast.Constant) and key.value == name), None)


def _tags(node: ast.expr) -> str:
    """Return a list of tags as the dictionary that this package takes."""
    if isinstance(node, ast.List):
        pairs = [(_member(tag, "Key"), _member(tag, "Value")) for tag in node.elts]
        if all(key is not None and value is not None for key, value in pairs):
            texts = (f"{ast.unparse(key)}: {ast.unparse(value)}" for key, value in pairs if key and value)
            return f"{{{', '.join(texts)}}}"
    return f"{{tag['Key']: tag['Value'] for tag in {ast.unparse(node)}}}"
