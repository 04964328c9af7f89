"""Drives the conformance rules with the AWS CLI as the client, where it is installed, as in `nox -s cli`.

Starting the CLI takes half a second, so one process runs all of its commands. It is the CLI nevertheless: its
own parsing of commands, its client, its output.
"""

import io
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, Final
from unittest import mock

import botocore
import pytest

from tests.local.conformance import RULES, Rule
from tests.support.servers import CurrentService, serving
from tests.support.stage import Stage, StageError
from voiceid_sdk.local import LocalVoiceID, ManualClock

clidriver = pytest.importorskip("awscli.clidriver", reason="the AWS CLI is not installed here")

pytestmark = pytest.mark.slow

DATA: Final = Path(clidriver.__file__).with_name("data")
REFUSED: Final = re.compile(
    r"An error occurred \((\w+)\) when calling the \w+ operation(?: \([^)]*\))?: (.*)\n", re.DOTALL
)


class CommandLine(CurrentService):
    """One server and one CLI for all rules; the server has the service of the current rule."""

    def __init__(self) -> None:
        self.url = ""
        self._cli: Any = clidriver.create_clidriver()
        # The CLI shows an error's code and message; its types are taken from what the CLI has parsed.
        self._cli.session.register("after-call.voice-id", self._remember)
        self._parsed: dict[str, Any] = {}

    def __call__(self, operation: str, members: Mapping[str, Any]) -> dict[str, Any]:
        command = botocore.xform_name(operation, "-")
        said, complained = io.StringIO(), io.StringIO()
        with redirect_stdout(said), redirect_stderr(complained):
            code = self._cli.main(
                ["voice-id", command, "--cli-input-json", json.dumps(members), "--endpoint-url", self.url]
                + ["--no-paginate"] * operation.startswith("List")
            )
        if code == 0:
            response: dict[str, Any] = json.loads(said.getvalue() or "{}")
            return response
        error = REFUSED.search(complained.getvalue())
        assert error, complained.getvalue()
        types = (self._parsed.get(name) for name in ("ConflictType", "ResourceType"))
        raise StageError(error[1], error[2], *types)

    def _remember(self, parsed: dict[str, Any], **_: object) -> None:
        self._parsed = parsed


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return an environment in which the service has to find what is wrong, and is asked once."""
    config = tmp_path_factory.mktemp("aws") / "config"
    config.write_text("[default]\nparameter_validation = false\n")
    return {
        "AWS_CONFIG_FILE": str(config),
        "AWS_DATA_PATH": str(DATA),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_MAX_ATTEMPTS": "1",
    }


@pytest.fixture(scope="module")
def driver(settings: dict[str, str]) -> Iterator[CommandLine]:
    with mock.patch.dict(os.environ, settings):
        driver = CommandLine()
    service: Any = driver
    with serving(service) as driver.url:
        yield driver


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.text)
def test_rule_holds_for_the_aws_cli(
    rule: Rule, driver: CommandLine, settings: dict[str, str], tmp_path: Path
) -> None:
    clock = ManualClock()
    with (
        mock.patch.dict(os.environ, settings),
        LocalVoiceID(clock=clock, s3_root=tmp_path, seed=1, **rule.options) as service,
    ):
        driver.service = service
        rule.check(Stage(service, clock, tmp_path, driver))
