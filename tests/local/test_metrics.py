"""The metrics for Prometheus, from the service and over HTTP."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.servers import ask, connect, serving
from tests.support.stage import KEY, ROLE, Stage
from voiceid_sdk.local import LocalVoiceID, ManualClock, Timing
from voiceid_sdk.local.http.access import AccessRules
from voiceid_sdk.local.http.sigv4 import Credential

LINE: Final = re.compile(r"(# (HELP|TYPE) \w+ .+|\w+(\{(\w+=\"[\w-]*\",?)+\})? [0-9.e+-]+)")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[LocalVoiceID]:
    with LocalVoiceID(clock=ManualClock(), s3_root=tmp_path / "s3", timing=Timing()) as service:
        yield service


def values(service: LocalVoiceID) -> dict[str, float]:
    """Return the value of each metric with its labels."""
    lines = service.metrics().splitlines()
    assert all(LINE.fullmatch(line) for line in lines)
    pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in pairs}


def test_requests_are_counted_by_operation_and_outcome(service: LocalVoiceID, stage: Stage) -> None:
    stage.domain()
    for _ in range(2):
        stage.call("ListDomains")
    stage.error("DescribeDomain", DomainId="N" * 22)
    service.faults.fail_next("ListDomains", "ThrottlingException")
    service.faults.fail_next("ListDomains", "InternalServerException")
    stage.error("ListDomains")
    stage.error("ListDomains")
    found = values(service)
    counted = {name: value for name, value in found.items() if name.startswith("voiceid_requests")}
    assert counted == {
        'voiceid_requests_total{operation="CreateDomain",outcome="success"}': 1,
        'voiceid_requests_total{operation="DescribeDomain",outcome="user_error"}': 1,
        'voiceid_requests_total{operation="ListDomains",outcome="success"}': 2,
        'voiceid_requests_total{operation="ListDomains",outcome="system_error"}': 1,
        'voiceid_requests_total{operation="ListDomains",outcome="throttle"}': 1,
    }
    assert found['voiceid_request_latency_seconds_total{operation="ListDomains"}'] > 0


def test_resources_are_counted_by_region(service: LocalVoiceID, stage: Stage) -> None:
    domain = stage.domain()
    stage.fraudster(domain, "fraud")
    stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="caller")
    stage.call_in(domain)
    stage.start_enrollments(domain, stage.request("one"))
    london: Any = service.boto3_client(region_name="eu-west-2")
    london.create_domain(Name="a", ServerSideEncryptionConfiguration={"KmsKeyId": KEY})
    found = values(service)
    for name, here, there in (
        ("domains", 1, 1),
        ("speakers", 1, 0),
        ("fraudsters", 1, 0),
        ("active_sessions", 1, 0),
        ("active_speaker_enrollment_jobs", 1, 0),
        ("active_fraudster_registration_jobs", 0, 0),
    ):
        assert found[f'voiceid_{name}{{region="us-east-1"}}'] == here, name
        assert found[f'voiceid_{name}{{region="eu-west-2"}}'] == there, name


def test_no_id_and_no_name_is_in_the_metrics(service: LocalVoiceID, stage: Stage) -> None:
    domain = stage.domain(Name="secret-name")
    stage.enroll(domain, "secret-caller")
    stage.error("DeleteSpeaker", DomainId=domain, SpeakerId="secret-other")
    text = service.metrics()
    assert not [part for part in ("secret", domain, "123456789012", ROLE, "id#") if part in text]


def test_the_server_has_metrics_without_a_signature(service: LocalVoiceID) -> None:
    rules = AccessRules(credentials={"A": Credential("A", "b")})
    with serving(service, rules) as url, closing(connect(url)) as connection:
        response = ask(connection, "/metrics", method="GET")
        refused = ask(connection, "/metrics", method="GET", Origin="https://example.com")
    assert response.status == 200
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert b'voiceid_domains{region="us-east-1"} 0\n' in response.body
    assert refused.status == 403
