"""Small archives and the records in them, as AWS, its tools and the SDK write them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from voiceid_sdk.migration import Inventory, SpeakerRecord

DOMAIN = "DomainDomainDomain0001"
OTHER_DOMAIN = "DomainDomainDomain0002"
JOB = "JobJobJobJobJobJobJob1"
DEFAULT_WATCHLIST = "WatchlistWatchlist0001"
WATCHLIST = "WatchlistWatchlist0002"


def generated(number: int) -> str:
    """Return an id as the service makes it."""
    return f"id#Generated{number:013}"


def speaker(
    number: int = 1, status: str = "ENROLLED", *, at: str = "2023-06-01", **members: Any
) -> dict[str, Any]:
    """Return a speaker as the AWS CLI prints it."""
    return {
        "CustomerSpeakerId": f"customer-{number}",
        "GeneratedSpeakerId": generated(number),
        "DomainId": DOMAIN,
        "Status": status,
        "CreatedAt": "2023-01-01T00:00:00+00:00",
        "UpdatedAt": f"{at}T00:00:00+00:00",
        **members,
    }


def event(
    action: str,
    number: int = 1,
    *,
    at: str = "2023-07-01",
    detail_type: str = "VoiceId Speaker Action",
    **detail: Any,
) -> dict[str, Any]:
    """Return an event as EventBridge archives it."""
    return {
        "version": "0",
        "id": f"{action}-{number}-{at}",
        "detail-type": detail_type,
        "source": "aws.voiceid",
        "account": "111122223333",
        "time": f"{at}T00:00:00Z",
        "region": "us-east-1",
        "resources": [f"arn:aws:voiceid:us-east-1:111122223333:domain/{DOMAIN}"],
        "detail": {
            "sourceId": "source",
            "action": action,
            "status": "SUCCESS",
            "domainId": DOMAIN,
            "errorInfo": None,
            "generatedSpeakerId": generated(number),
            "data": None,
            **detail,
        },
    }


def contact(number: int = 1, *, at: str = "2023-08-01", **result: Any) -> dict[str, Any]:
    """Return a contact record of Amazon Connect."""
    return {
        "ContactId": f"contact-{number}",
        "CustomerId": f"customer-{number}",
        "InitiationMethod": "INBOUND",
        "DisconnectTimestamp": f"{at}T00:00:00Z",
        "VoiceIdResult": {
            "GeneratedSpeakerId": generated(number),
            "SpeakerEnrolled": False,
            "SpeakerOptedOut": False,
            **result,
        },
    }


def request(number: int = 1, *names: str) -> dict[str, Any]:
    """Return a request of a manifest."""
    recordings = names or (f"{number}.wav",)
    return {
        "RequestId": f"request-{number}",
        "SpeakerId": f"customer-{number}",
        "AudioSpecifications": [{"S3Uri": f"s3://calls/{name}", "ChannelId": 0} for name in recordings],
    }


def manifest(*requests: dict[str, Any]) -> dict[str, Any]:
    """Return a manifest."""
    return {"Version": "1.0", "SpeakerEnrollmentRequests": list(requests)}


def success(number: int = 1, status: str = "NEW_ENROLLMENT") -> dict[str, Any]:
    """Return a success in the output of a job."""
    return {
        "RequestId": f"request-{number}",
        "CustomerSpeakerId": f"customer-{number}",
        "GeneratedSpeakerId": generated(number),
        "EnrollmentStatus": status,
    }


def failure(number: int = 1, code: int = 409) -> dict[str, Any]:
    """Return a failure in the output of a job."""
    return {"RequestId": f"request-{number}", "ErrorCode": code, "ErrorMessage": "words of the service"}


def output(*outcomes: dict[str, Any]) -> dict[str, Any]:
    """Return the output of a job."""
    errors = [one for one in outcomes if "ErrorCode" in one]
    successes = [one for one in outcomes if "ErrorCode" not in one]
    return {"Version": "1.0", "Errors": errors, "SuccessfulEnrollments": successes}


def domain(domain_id: str = DOMAIN, *, at: str = "2023-01-01", **members: Any) -> dict[str, Any]:
    """Return a domain as the AWS CLI prints it."""
    return {
        "Arn": f"arn:aws:voiceid:us-east-1:111122223333:domain/{domain_id}",
        "CreatedAt": "2023-01-01T00:00:00+00:00",
        "DomainId": domain_id,
        "DomainStatus": "ACTIVE",
        "Name": "support-line",
        "ServerSideEncryptionConfiguration": {"KmsKeyId": "alias/voice-id"},
        "UpdatedAt": f"{at}T00:00:00+00:00",
        "WatchlistDetails": {"DefaultWatchlistId": DEFAULT_WATCHLIST},
        **members,
    }


def write(folder: Path, files: Mapping[str, object]) -> Path:
    """Write files, JSON unless their content is text or bytes, and return their folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return folder


def lines(*records: object) -> str:
    """Return records as JSON lines."""
    return "".join(f"{json.dumps(record)}\n" for record in records)


def speakers_of(folder: Path, files: Mapping[str, object], **options: Any) -> list[SpeakerRecord]:
    """Write files, and return the speakers of their inventory."""
    with Inventory.read([write(folder, files)], **options) as inventory:
        return list(inventory.speakers())


def only_speaker(folder: Path, files: Mapping[str, object], **options: Any) -> SpeakerRecord:
    """Write files, and return the one speaker of their inventory."""
    (found,) = speakers_of(folder, files, **options)
    return found
