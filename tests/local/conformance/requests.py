"""Requests that break rules of the model."""

from typing import Any

from tests.local.conformance.rules import CHOICE, MODEL, Check, family, rule
from tests.local.conformance.valid_requests import VALID
from tests.support.stage import NO_ID, TAG, Stage
from voiceid_sdk import service_model


def _breaks(operation: str, says: str, **members: Any) -> Check:
    def check(stage: Stage) -> None:
        error = stage.error(operation, **{**VALID[operation], **members})
        assert error.code == "ValidationException"
        assert error.message.startswith("1 validation error detected: ")
        assert says in error.message, error.message

    return check


def _requires(operation: str, member: str) -> Check:
    def check(stage: Stage) -> None:
        members = {name: value for name, value in VALID[operation].items() if name != member}
        error = stage.error(operation, **members)
        assert error.code == "ValidationException"
        place = member[0].lower() + member[1:]
        assert f"Value at '{place}' failed to satisfy constraint: Member must not be null" in error.message

    return check


family(
    {
        f"{operation} requires {member}": _requires(operation, member)
        for operation in service_model.operation_names()
        for member in service_model.shape(service_model.operation(operation)["input"]["shape"]).get(
            "required", []
        )
    },
    MODEL,
)

_TOO_SHORT = "Member must have length greater than or equal to {}".format
_TOO_LONG = "Member must have length less than or equal to {}".format
_TOO_SMALL = "Member must have value greater than or equal to {}".format
_TOO_LARGE = "Member must have value less than or equal to {}".format
_PATTERN = "Member must satisfy regular expression pattern: "
_ENUM = "Member must satisfy enum value set: [{}]".format
family(
    {
        "a name has at most 256 characters": _breaks("CreateDomain", _TOO_LONG(256), Name="n" * 257),
        "a description is not empty": _breaks("CreateDomain", _TOO_SHORT(1), Description=""),
        "a key id is not empty": _breaks(
            "CreateDomain", _TOO_SHORT(1), ServerSideEncryptionConfiguration={"KmsKeyId": ""}
        ),
        "a name starts with a letter or digit": _breaks("CreateDomain", _PATTERN, Name="-name"),
        "a name has no spaces": _breaks("UpdateDomain", _PATTERN, Name="a name"),
        "a watchlist's name has at most 256 characters": _breaks(
            "CreateWatchlist", _TOO_LONG(256), Name="n" * 257
        ),
        "a watchlist's new name keeps the pattern": _breaks("UpdateWatchlist", _PATTERN, Name="a/b"),
        "a job's name keeps the pattern": _breaks("StartSpeakerEnrollmentJob", _PATTERN, JobName="a job"),
        "a description has at most 1024 characters": _breaks(
            "CreateDomain", _TOO_LONG(1024), Description="d" * 1025
        ),
        "a description has no angle brackets": _breaks("CreateDomain", _PATTERN, Description="<b>"),
        "a watchlist's description has no quotes": _breaks("CreateWatchlist", _PATTERN, Description='"'),
        "a key id has at most 2048 characters": _breaks(
            "CreateDomain", _TOO_LONG(2048), ServerSideEncryptionConfiguration={"KmsKeyId": "k" * 2049}
        ),
        "a client token has at most 64 characters": _breaks(
            "CreateDomain", _TOO_LONG(64), ClientToken="t" * 65
        ),
        "a client token has no spaces": _breaks("CreateWatchlist", _PATTERN, ClientToken="a token"),
        "a request has at most 200 tags": _breaks("TagResource", _TOO_LONG(200), Tags=[TAG] * 201),
        "a request has at most 200 tag keys": _breaks("UntagResource", _TOO_LONG(200), TagKeys=["k"] * 201),
        "a tag key has at most 128 characters": _breaks(
            "TagResource", "Value at 'tags.1.member.key'", Tags=[{"Key": "k" * 129, "Value": "v"}]
        ),
        "a tag key keeps the pattern": _breaks(
            "CreateDomain", "Value at 'tags.2.member.key'", Tags=[TAG, {"Key": "k#", "Value": "v"}]
        ),
        "a tag value has at most 256 characters": _breaks(
            "TagResource", _TOO_LONG(256), Tags=[{"Key": "k", "Value": "v" * 257}]
        ),
        "a resource is named by the ARN of a domain": _breaks(
            "ListTagsForResource", _PATTERN, ResourceArn="arn:aws:s3:::bucket"
        ),
        "a domain id has no other characters than letters and digits": _breaks(
            "DescribeDomain", _PATTERN, DomainId="-" * 22
        ),
        "a speaker id has at most 256 characters": _breaks(
            "DescribeSpeaker", _TOO_LONG(256), SpeakerId="s" * 257
        ),
        "a speaker id of the customer's has no dots": _breaks("OptOutSpeaker", _PATTERN, SpeakerId="a.b"),
        "a generated speaker id has 22 characters after id#": _breaks(
            "DeleteSpeaker", _PATTERN, SpeakerId="id#short"
        ),
        "a fraudster id starts with id#": _breaks("DescribeFraudster", _PATTERN, FraudsterId="f" * 25),
        "a session name or id has at most 36 characters": _breaks(
            "EvaluateSession", _TOO_LONG(36), SessionNameOrId="s" * 37
        ),
        "a session name has no dots": _breaks("EvaluateSession", _PATTERN, SessionNameOrId="a.b"),
        "ListDomains gives at most 10": _breaks("ListDomains", _TOO_LARGE(10), MaxResults=11),
        "the other lists give at most 100": _breaks("ListSpeakers", _TOO_LARGE(100), MaxResults=101),
        "a list gives at least one": _breaks("ListWatchlists", _TOO_SMALL(1), MaxResults=0),
        "a page token is ASCII": _breaks("ListFraudsters", _PATTERN, NextToken="\u00e9"),
        "an S3 URI has at most 1024 characters": _breaks(
            "StartSpeakerEnrollmentJob",
            _TOO_LONG(1024),
            InputDataConfig={"S3Uri": "s3://bucket/" + "k" * 1013},
        ),
        "an S3 URI starts with s3://": _breaks(
            "StartSpeakerEnrollmentJob", "'inputDataConfig.s3Uri'", InputDataConfig={"S3Uri": "https://b/k"}
        ),
        "a bucket's name is in lower case": _breaks(
            "StartSpeakerEnrollmentJob",
            "'outputDataConfig.s3Uri'",
            OutputDataConfig={"S3Uri": "s3://Bucket/k"},
        ),
        "the role is named by its ARN": _breaks(
            "StartFraudsterRegistrationJob", _PATTERN, DataAccessRoleArn="arn:aws:iam::1:role/x-y-z"
        ),
        "a job status to list is one of five": _breaks(
            "ListSpeakerEnrollmentJobs",
            _ENUM("SUBMITTED, IN_PROGRESS, COMPLETED, COMPLETED_WITH_ERRORS, FAILED"),
            JobStatus="DONE",
        ),
        "an existing enrollment is skipped or overwritten": _breaks(
            "StartSpeakerEnrollmentJob",
            _ENUM("SKIP, OVERWRITE"),
            EnrollmentConfig={"ExistingEnrollmentAction": "MERGE"},
        ),
        "a risky enrollment is ignored or fails": _breaks(
            "StartSpeakerEnrollmentJob",
            _ENUM("IGNORE, FAIL"),
            EnrollmentConfig={"FraudDetectionConfig": {"FraudDetectionAction": "WARN"}},
        ),
        "a duplicate fraudster is skipped or registered as new": _breaks(
            "StartFraudsterRegistrationJob",
            _ENUM("SKIP, REGISTER_AS_NEW"),
            RegistrationConfig={"DuplicateRegistrationAction": "OVERWRITE"},
        ),
        "a threshold is at most 100": _breaks(
            "StartFraudsterRegistrationJob",
            _TOO_LARGE(100),
            RegistrationConfig={"FraudsterSimilarityThreshold": 101},
        ),
        "a threshold is at least 0": _breaks(
            "StartSpeakerEnrollmentJob",
            _TOO_SMALL(0),
            EnrollmentConfig={"FraudDetectionConfig": {"RiskThreshold": -1}},
        ),
        "a job screens against at least one watchlist": _breaks(
            "StartSpeakerEnrollmentJob",
            _TOO_SHORT(1),
            EnrollmentConfig={"FraudDetectionConfig": {"WatchlistIds": []}},
        ),
        "a job registers on at most one watchlist": _breaks(
            "StartFraudsterRegistrationJob",
            _TOO_LONG(1),
            RegistrationConfig={"WatchlistIds": [NO_ID, NO_ID]},
        ),
    },
    MODEL,
)


@rule("a refused request is told everything that is wrong with it", CHOICE)
def _(stage: Stage) -> None:
    error = stage.error("CreateWatchlist", DomainId="short", Name="a name")
    assert error.message.startswith("3 validation errors detected: Value at 'domainId' failed")
    assert "Value at 'name'" in error.message


@rule("a refusal never repeats what was sent", CHOICE)
def _(stage: Stage) -> None:
    error = stage.error("DescribeSpeaker", DomainId=NO_ID, SpeakerId="Jane Doe, Boston")
    assert "Jane" not in error.message


@rule("letters of every language may stand in a description", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain(Description="Pr\u00fcfung \u65e5\u672c\u8a9e 100%")
    assert stage.describe(domain)["Description"] == "Pr\u00fcfung \u65e5\u672c\u8a9e 100%"
