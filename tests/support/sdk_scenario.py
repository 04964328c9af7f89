"""What SDKs are asked to do, one step after the other, and the service that they ask."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import attrs

from tests.support.stage import KEY, ROLE
from voiceid_sdk.local import LocalVoiceID
from voiceid_sdk.local.http.access import AccessRules
from voiceid_sdk.local.http.credentials import VARIABLES
from voiceid_sdk.local.http.sigv4 import Credential

REGION: Final = "us-east-1"
CREDENTIAL: Final = Credential("AKIDEXAMPLE", "an-example-of-a-secret")
SIGNED: Final = AccessRules(credentials={CREDENTIAL.access_key_id: CREDENTIAL})

DOMAIN_ID: Final = "InteroperableDomain001"
"""The domain of all steps. It is fixed, so that their requests do not depend on earlier responses."""

SPEAKERS: Final = 7
SESSION: Final = "a-contact"
DESCRIPTION: Final = "dépôt 日本"


@attrs.frozen
class Step:
    """A request and what has to come of it."""

    operation: str
    members: dict[str, Any]
    status: int = 200
    code: str | None = None
    """The code of the error."""


_ABOUT: Final = {"DomainId": DOMAIN_ID}
_RESOURCE: Final = {"ResourceArn": f"arn:aws:voiceid:{REGION}:123456789012:domain/{DOMAIN_ID}"}

STEPS: Final = (
    Step("ListDomains", {}),
    Step(
        "CreateDomain",
        {
            "Name": "interoperable",
            "Description": DESCRIPTION,
            "ServerSideEncryptionConfiguration": {"KmsKeyId": KEY},
            "Tags": [{"Key": "étage", "Value": "prüfung"}],
        },
    ),
    Step("ListSpeakers", {**_ABOUT, "MaxResults": 3}),
    Step("OptOutSpeaker", {**_ABOUT, "SpeakerId": "new"}),
    Step("DescribeSpeaker", {**_ABOUT, "SpeakerId": "new"}),
    Step("DescribeSpeaker", {**_ABOUT, "SpeakerId": "nobody"}, 404, "ResourceNotFoundException"),
    Step("DeleteSpeaker", {**_ABOUT, "SpeakerId": "s1"}),
    Step("TagResource", {**_RESOURCE, "Tags": [{"Key": "team", "Value": ""}]}),
    Step("ListTagsForResource", _RESOURCE),
    Step("UntagResource", {**_RESOURCE, "TagKeys": ["team"]}),
    Step("EvaluateSession", {**_ABOUT, "SessionNameOrId": SESSION}),
    Step(
        "StartSpeakerEnrollmentJob",
        {
            **_ABOUT,
            "DataAccessRoleArn": ROLE,
            "EnrollmentConfig": {
                "ExistingEnrollmentAction": "OVERWRITE",
                "FraudDetectionConfig": {"FraudDetectionAction": "IGNORE", "RiskThreshold": 0},
            },
            "InputDataConfig": {"S3Uri": "s3://jobs/in"},
            "OutputDataConfig": {"S3Uri": "s3://jobs/out"},
        },
    ),
    Step("DeleteDomain", _ABOUT),
    Step("OptOutSpeaker", {**_ABOUT, "SpeakerId": "late"}, 409, "ConflictException"),
)


def make_service(path: Path | None = None) -> LocalVoiceID:
    """Return a service with the domain, a call, and speakers, who are called ``s0``, ``s1`` and so on."""
    service = LocalVoiceID(path)
    speakers = [
        {
            "customer_speaker_id": f"s{number}",
            "generated_speaker_id": f"id#{number:022}",
            "status": "OPTED_OUT",
        }
        for number in range(SPEAKERS)
    ]
    encryption = {"kms_key_id": KEY}
    domain = {
        "domain_id": DOMAIN_ID,
        "name": "a-domain",
        "server_side_encryption_configuration": encryption,
    }
    service.import_domain({"domain": domain, "speakers": speakers})
    service.start_call(DOMAIN_ID, SESSION, "s0").speak("alice", seconds=12)
    return service


@contextmanager
def running(folder: Path, *, signed: bool) -> Iterator[dict[str, str]]:
    """Run ``python -m voiceid_sdk.local``, and return the settings that it prints for its clients."""
    data = folder / "voiceid.sqlite"
    make_service(data).close()
    credentials = {
        VARIABLES["access_key_id"]: CREDENTIAL.access_key_id,
        VARIABLES["secret_access_key"]: CREDENTIAL.secret_access_key,
    }
    command = [sys.executable, "-m", "voiceid_sdk.local", "--port", "0", "--data", str(data)]
    process = subprocess.Popen(
        [*command, "--s3-root", str(folder), "--no-access-log"],
        env={**os.environ, **(credentials if signed else {})},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            exports = next(line for line in process.stdout if line.startswith("export "))
            yield {
                "AWS_ACCESS_KEY_ID": CREDENTIAL.access_key_id,
                "AWS_SECRET_ACCESS_KEY": CREDENTIAL.secret_access_key,
                **dict(re.findall(r"(\w+)=(\S+)", exports)),
            }
        finally:
            process.terminate()
    assert process.returncode == 0


def let(command: Sequence[str], settings: Mapping[str, str], folder: str | None = None) -> list[Any]:
    """Let a program take the steps in a folder; return each step's status, and its output or code."""
    steps = json.dumps([{"operation": step.operation, "members": step.members} for step in STEPS])
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment = {**own, **settings, "AWS_EC2_METADATA_DISABLED": "true"}
    said = subprocess.run(
        command, input=steps, env=environment, cwd=folder, stdout=subprocess.PIPE, text=True, check=True
    )
    outcomes: list[Any] = json.loads(said.stdout)
    return outcomes
