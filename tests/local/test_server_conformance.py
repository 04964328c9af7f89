"""Drives the conformance rules over HTTP, through a real boto3 client and real sockets."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from botocore.config import Config

from tests.local.conformance import RULES, Rule
from tests.local.test_conformance import InProcess
from tests.support.attacks import SOAK
from tests.support.servers import CurrentService, serving
from tests.support.stage import Stage
from voiceid_sdk.local import LocalVoiceID, ManualClock

pytestmark = pytest.mark.uncovered  # the rules are covered in process

SOME_RULES: Final = RULES if SOAK else RULES[::8]
"""All rules in `nox -s soak`, every eighth elsewhere, because HTTP carries the requests of each alike."""


class OverHttp(CurrentService, InProcess):
    """One server for all rules, which has the service of the current rule."""

    def connect(self, url: str) -> Any:
        """Call the server at ``url`` from now on; return the client that does."""
        session = boto3.Session("local", "local", region_name="us-east-1")
        config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
        self._client = session.client("voice-id", endpoint_url=url, config=config)
        return self._client


@pytest.fixture(scope="module")
def driver() -> Iterator[OverHttp]:
    driver: Any = OverHttp()
    with serving(driver) as url, closing(driver.connect(url)):
        yield driver


@pytest.mark.parametrize("rule", SOME_RULES, ids=lambda rule: rule.text)
def test_rule_holds_over_http(rule: Rule, driver: OverHttp, tmp_path: Path) -> None:
    clock = ManualClock()
    with LocalVoiceID(clock=clock, s3_root=tmp_path, seed=1, **rule.options) as service:
        driver.service = service
        rule.check(Stage(service, clock, tmp_path, driver))
