"""The events of API calls, as AWS CloudTrail sends them to EventBridge."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.stage import KEY, Stage
from voiceid_sdk.local import LocalVoiceID, ManualClock

HIDDEN: Final = "HIDDEN_DUE_TO_SECURITY_REASONS"
CALLS: Final = "AWS API Call via CloudTrail"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[LocalVoiceID]:
    clock = ManualClock(datetime(2021, 8, 17, 1, 55, 40, tzinfo=UTC))
    with LocalVoiceID(clock=clock, s3_root=tmp_path / "s3", cloudtrail=True) as service:
        yield service


@pytest.fixture
def seen(service: LocalVoiceID) -> list[Any]:
    events: list[Any] = []
    service.events.subscribe(lambda event: events.append(event) if event["detail-type"] == CALLS else None)
    return events


def test_a_call_is_reported_in_the_form_of_eventbridge(stage: Stage, seen: list[Any]) -> None:
    domain = stage.domain(Name="secret", Description="secret", Tags=[{"Key": "secret", "Value": "secret"}])
    (event,) = seen
    detail = event["detail"]
    assert {
        name: event[name] for name in ("version", "source", "account", "time", "region", "resources")
    } == {
        "version": "0",
        "source": "aws.voiceid",
        "account": "123456789012",
        "time": "2021-08-17T01:55:40Z",
        "region": "us-east-1",
        "resources": [],
    }
    assert (detail["eventSource"], detail["eventName"]) == ("voiceid.amazonaws.com", "CreateDomain")
    assert (detail["eventVersion"], detail["eventType"]) == ("1.08", "AwsApiCall")
    assert (detail["readOnly"], detail["managementEvent"], detail["sourceIPAddress"]) == (
        False,
        True,
        "127.0.0.1",
    )
    assert detail["requestParameters"] == {
        "name": HIDDEN,
        "description": HIDDEN,
        "tags": [{"key": HIDDEN, "value": HIDDEN}],
        "serverSideEncryptionConfiguration": {"kmsKeyId": KEY},
    }
    assert detail["responseElements"]["domain"] == {
        "domainId": domain,
        "arn": f"arn:aws:voiceid:us-east-1:123456789012:domain/{domain}",
        "name": HIDDEN,
        "description": HIDDEN,
        "domainStatus": "ACTIVE",
        "serverSideEncryptionConfiguration": {"kmsKeyId": KEY},
        "watchlistDetails": {"defaultWatchlistId": stage.default_watchlist(domain)},
        "createdAt": "Aug 17, 2021, 1:55:40 AM",
        "updatedAt": "Aug 17, 2021, 1:55:40 AM",
    }


@pytest.mark.parametrize(
    ("hour", "shown"), [(0, "12:05:09 AM"), (12, "12:05:09 PM"), (13, "1:05:09 PM"), (23, "11:05:09 PM")]
)
def test_times_are_those_of_a_clock_with_twelve_hours(hour: int, shown: str) -> None:
    events: list[Any] = []
    clock = ManualClock(datetime(2021, 8, 7, hour, 5, 9, tzinfo=UTC))
    with LocalVoiceID(clock=clock, cloudtrail=True) as service, service.client() as voiceid:
        service.events.subscribe(events.append)
        voiceid.create_domain(name="support-line", kms_key_id=KEY)
    (event,) = (event for event in events if event["detail-type"] == CALLS)
    assert event["detail"]["responseElements"]["domain"]["createdAt"] == f"Aug 7, 2021, {shown}"


def test_a_call_that_fails_is_reported_with_its_error(stage: Stage, seen: list[Any]) -> None:
    stage.error("DeleteSpeaker", DomainId="N" * 22, SpeakerId="secret-caller")
    (event,) = seen
    detail = event["detail"]
    assert (detail["errorCode"], detail["errorMessage"]) == (
        "ResourceNotFoundException",
        "The domain does not exist.",
    )
    assert detail["requestParameters"] == {"domainId": "N" * 22, "speakerId": HIDDEN}
    assert detail["responseElements"] is None


def test_reads_are_not_reported(stage: Stage, seen: list[Any]) -> None:
    stage.call("ListDomains")
    stage.error("DescribeDomain", DomainId="N" * 22)
    assert seen == []


def test_a_call_belongs_to_its_account_and_region(service: LocalVoiceID, seen: list[Any]) -> None:
    client: Any = service.boto3_client(region_name="eu-west-2", account_id="210987654321")
    client.create_domain(Name="a", ServerSideEncryptionConfiguration={"KmsKeyId": KEY})
    (event,) = seen
    assert (event["region"], event["detail"]["awsRegion"]) == ("eu-west-2", "eu-west-2")
    assert (event["account"], event["detail"]["recipientAccountId"]) == ("210987654321", "210987654321")
    assert event["detail"]["userAgent"].startswith("Boto3/")


def test_calls_are_reported_only_on_request() -> None:
    seen: list[Any] = []
    with LocalVoiceID() as service:
        service.events.subscribe(seen.append)
        service.client().create_domain(name="a", kms_key_id=KEY)
    assert seen == []
