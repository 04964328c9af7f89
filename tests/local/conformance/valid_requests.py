"""Requests that break no rule of the model, one for each operation; the ids in them exist nowhere."""

from collections.abc import Mapping
from typing import Final

from tests.support.stage import KEY, NO_GENERATED_ID, NO_ID, ROLE, Members

VALID: Final[Mapping[str, Members]] = {
    "AssociateFraudster": {"DomainId": NO_ID, "WatchlistId": NO_ID, "FraudsterId": NO_GENERATED_ID},
    "CreateDomain": {"Name": "n", "ServerSideEncryptionConfiguration": {"KmsKeyId": KEY}},
    "CreateWatchlist": {"DomainId": NO_ID, "Name": "n"},
    "DeleteDomain": {"DomainId": NO_ID},
    "DeleteFraudster": {"DomainId": NO_ID, "FraudsterId": NO_GENERATED_ID},
    "DeleteSpeaker": {"DomainId": NO_ID, "SpeakerId": "s"},
    "DeleteWatchlist": {"DomainId": NO_ID, "WatchlistId": NO_ID},
    "DescribeDomain": {"DomainId": NO_ID},
    "DescribeFraudster": {"DomainId": NO_ID, "FraudsterId": NO_GENERATED_ID},
    "DescribeFraudsterRegistrationJob": {"DomainId": NO_ID, "JobId": NO_ID},
    "DescribeSpeaker": {"DomainId": NO_ID, "SpeakerId": "s"},
    "DescribeSpeakerEnrollmentJob": {"DomainId": NO_ID, "JobId": NO_ID},
    "DescribeWatchlist": {"DomainId": NO_ID, "WatchlistId": NO_ID},
    "DisassociateFraudster": {"DomainId": NO_ID, "WatchlistId": NO_ID, "FraudsterId": NO_GENERATED_ID},
    "EvaluateSession": {"DomainId": NO_ID, "SessionNameOrId": "s"},
    "ListDomains": {},
    "ListFraudsterRegistrationJobs": {"DomainId": NO_ID},
    "ListFraudsters": {"DomainId": NO_ID},
    "ListSpeakerEnrollmentJobs": {"DomainId": NO_ID},
    "ListSpeakers": {"DomainId": NO_ID},
    "ListTagsForResource": {"ResourceArn": f"arn:aws:voiceid:us-east-1:123456789012:domain/{NO_ID}"},
    "ListWatchlists": {"DomainId": NO_ID},
    "OptOutSpeaker": {"DomainId": NO_ID, "SpeakerId": "s"},
    "StartFraudsterRegistrationJob": {
        "DomainId": NO_ID,
        "DataAccessRoleArn": ROLE,
        "InputDataConfig": {"S3Uri": "s3://jobs/in"},
        "OutputDataConfig": {"S3Uri": "s3://jobs/out"},
    },
    "StartSpeakerEnrollmentJob": {
        "DomainId": NO_ID,
        "DataAccessRoleArn": ROLE,
        "InputDataConfig": {"S3Uri": "s3://jobs/in"},
        "OutputDataConfig": {"S3Uri": "s3://jobs/out"},
    },
    "TagResource": {
        "ResourceArn": f"arn:aws:voiceid:us-east-1:123456789012:domain/{NO_ID}",
        "Tags": [{"Key": "k", "Value": "v"}],
    },
    "UntagResource": {
        "ResourceArn": f"arn:aws:voiceid:us-east-1:123456789012:domain/{NO_ID}",
        "TagKeys": ["k"],
    },
    "UpdateDomain": {"DomainId": NO_ID, "Name": "n", "ServerSideEncryptionConfiguration": {"KmsKeyId": KEY}},
    "UpdateWatchlist": {"DomainId": NO_ID, "WatchlistId": NO_ID},
}


def in_domain(operation: str, domain: str) -> Members:
    """Return a valid request about this domain."""
    members = dict(VALID[operation])
    if "DomainId" in members:
        members["DomainId"] = domain
    elif "ResourceArn" in members:
        members["ResourceArn"] = f"arn:aws:voiceid:us-east-1:123456789012:domain/{domain}"
    return members
