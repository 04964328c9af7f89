"""Drives the conformance rules in process, through a real boto3 client."""

import inspect
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import botocore
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.local.conformance import RULES, TOPICS, Rule
from tests.local.conformance.rules import CHOICE, GUIDE, HANDLER, MODEL, OBSERVED, QUOTAS, REFERENCE
from tests.local.conformance.valid_requests import VALID
from tests.support.stage import Stage, StageError
from voiceid_sdk import service_model
from voiceid_sdk.local import LocalVoiceID, ManualClock
from voiceid_sdk.local.clients.botocore_hook import make_session
from voiceid_sdk.local.protocol.aws_json import Response


class InProcess:
    """One boto3 client for all rules, answered by the service of the rule that is on."""

    def __init__(self) -> None:
        self.service: LocalVoiceID | None = None
        session = make_session(self._handle, "us-east-1")
        # The service is to find what is wrong with a request, and to be asked once, by anyone.
        config = Config(
            parameter_validation=False, retries={"total_max_attempts": 1}, signature_version=UNSIGNED
        )
        self._client: Any = session.client("voice-id", endpoint_url="http://voice-id.invalid", config=config)

    def __call__(self, operation: str, members: Mapping[str, Any]) -> dict[str, Any]:
        try:
            response = getattr(self._client, botocore.xform_name(operation))(**members)
        except ClientError as error:
            failed: Any = error.response
            modelled = {shape["shape"] for shape in service_model.operation(operation)["errors"]}
            # According to AWS's pages, every call on a suspended domain fails. The model of reads has no
            # conflict, so botocore does not read its type.
            conflict_type = failed.get("ConflictType")
            if failed["Error"]["Message"] == "The domain is not active.":
                modelled.add("ConflictException")
                conflict_type = "DOMAIN_NOT_ACTIVE"
            assert failed["Error"]["Code"] in modelled
            raise StageError(
                failed["Error"]["Code"],
                failed["Error"]["Message"],
                conflict_type,
                failed.get("ResourceType"),
            ) from None
        del response["ResponseMetadata"]
        wire: dict[str, Any] = _with_epoch_seconds(response)
        output = service_model.operation(operation).get("output")
        assert output is None or not service_model.shape_violations(output["shape"], wire)
        return wire

    def _handle(self, headers: Mapping[str, str], body: bytes, **parts: str) -> Response:
        assert self.service is not None
        return self.service.handle(headers, body, **parts)


def _with_epoch_seconds(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, dict):
        return {name: _with_epoch_seconds(member) for name, member in value.items()}
    return [_with_epoch_seconds(item) for item in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def driver() -> InProcess:
    return InProcess()


@pytest.fixture
def stage(request: pytest.FixtureRequest, driver: InProcess, tmp_path: Path) -> Iterator[Stage]:
    rule: Rule = request.getfixturevalue("rule")
    clock = ManualClock()
    with LocalVoiceID(clock=clock, s3_root=tmp_path, seed=1, **rule.options) as service:
        driver.service = service
        yield Stage(service, clock, tmp_path, driver)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.text)
def test_rule_holds(rule: Rule, stage: Stage) -> None:
    rule.check(stage)


def test_no_rule_is_said_twice() -> None:
    assert len({rule.text for rule in RULES}) == len(RULES) >= 200


def test_every_rule_names_its_source() -> None:
    sources = {MODEL, REFERENCE, GUIDE, QUOTAS, HANDLER, OBSERVED, CHOICE}
    assert {rule.source for rule in RULES} == sources


def test_every_operation_has_a_valid_request_to_start_from() -> None:
    assert sorted(VALID) == list(service_model.operation_names())
    for operation, members in VALID.items():
        assert service_model.violations(operation, members) == []


@pytest.mark.parametrize(
    "name", [*service_model.shape("ConflictType")["enum"], *service_model.shape("ResourceType")["enum"]]
)
def test_some_rule_leads_to_every_type_of_conflict_and_missing_resource(name: str) -> None:
    assert any(f'"{name}"' in inspect.getsource(topic) for topic in TOPICS)
