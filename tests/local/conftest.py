"""What the tests of Local Voice ID share: a manual clock, a service on it, a stage, and the wire."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.support.direct_stage import stage_on
from tests.support.stage import Stage
from voiceid_sdk.local import LocalVoiceID, ManualClock
from voiceid_sdk.local.protocol.aws_json import Response

KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"

Send: TypeAlias = Callable[..., Response]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def service(clock: ManualClock, tmp_path: Path) -> Iterator[LocalVoiceID]:
    with LocalVoiceID(clock=clock, seed=1, s3_root=tmp_path / "s3") as service:
        yield service


@pytest.fixture
def stage(service: LocalVoiceID, tmp_path: Path) -> Stage:
    return stage_on(service, tmp_path / "s3")


@pytest.fixture
def domain(stage: Stage) -> str:
    return stage.domain()


@pytest.fixture
def send(service: LocalVoiceID) -> Send:
    """Send a request over the wire: its operation, its members or body, and unusual headers."""

    def send(
        operation: str, members: Mapping[str, Any] | None = None, *, body: bytes | None = None, **parts: Any
    ) -> Response:
        headers = {"X-Amz-Target": f"VoiceID.{operation}", "Content-Type": "application/x-amz-json-1.0"}
        headers |= parts.pop("headers", {})
        return service.handle(headers, json.dumps(members or {}).encode() if body is None else body, **parts)

    return send


@pytest.fixture
def domain_id(send: Send) -> str:
    members = {"Name": "a-domain", "ServerSideEncryptionConfiguration": {"KmsKeyId": KEY}}
    return str(json.loads(send("CreateDomain", members).body)["Domain"]["DomainId"])
