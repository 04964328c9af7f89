"""The AWS CLI with S3 and Voice ID at one address, where it is installed, as in `nox -s cli`.

Each command runs in this process, because starting the CLI takes half a second.
"""

import io
import json
import os
import random
import urllib.request
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, Final
from unittest import mock

import attrs
import pytest

from tests.support.servers import PATIENCE, serving
from voiceid_sdk.local import LocalVoiceID, Timing, tone, wav
from voiceid_sdk.local.http.access import AccessRules
from voiceid_sdk.local.http.sigv4 import Credential
from voiceid_sdk.local.s3.application import FolderS3

clidriver = pytest.importorskip("awscli.clidriver", reason="the AWS CLI is not installed here")

pytestmark = pytest.mark.slow

KEY, SECRET = "AKIDEXAMPLE", "a-long-secret"
RULES: Final = AccessRules(credentials={KEY: Credential(KEY, SECRET)})


@attrs.frozen
class Answer:
    """What a command left: its exit code, and what it printed."""

    code: int
    output: str
    errors: str

    def json(self) -> Any:
        """Return the JSON that it printed."""
        return json.loads(self.output)


def aws(*arguments: str | Path) -> Answer:
    """Run a command of the AWS CLI."""
    output, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(output), redirect_stderr(errors):
        code = clidriver.create_clidriver().main([str(each) for each in arguments])
    return Answer(code, output.getvalue(), errors.getvalue())


def done(*arguments: str | Path) -> Answer:
    """Run a command of the AWS CLI that has to succeed."""
    answer = aws(*arguments)
    assert (answer.code, answer.errors) == (0, "")
    return answer


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "s3"


@pytest.fixture(autouse=True)
def service(root: Path, tmp_path: Path) -> Iterator[LocalVoiceID]:
    """Serve Voice ID and S3, and let the CLI use them with a signature."""
    with (
        LocalVoiceID(s3_root=root, timing=Timing.at_once()) as service,
        serving(service, RULES, s3_folder=FolderS3(root)) as url,
        mock.patch.dict(
            os.environ,
            {
                "AWS_CONFIG_FILE": str(tmp_path / "config"),
                "AWS_DATA_PATH": str(Path(clidriver.__file__).with_name("data")),
                "AWS_ENDPOINT_URL": url,
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": KEY,
                "AWS_SECRET_ACCESS_KEY": SECRET,
                "AWS_MAX_ATTEMPTS": "1",
            },
        ),
    ):
        yield service


def test_an_enrolment_takes_the_aws_cli_alone(tmp_path: Path) -> None:
    (tmp_path / "ana.wav").write_bytes(wav(tone(31)))
    requests = [
        {
            "SpeakerId": "ana",
            "AudioSpecifications": [{"S3Uri": "s3://calls/in/ana.wav", "ChannelId": 0}],
            "RequestId": "1",
        }
    ]
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"Version": "1.0", "SpeakerEnrollmentRequests": requests}))

    done("s3", "mb", "s3://calls")
    done("s3", "cp", tmp_path / "ana.wav", "s3://calls/in/ana.wav", "--metadata", "voice=ana")
    done("s3", "cp", manifest, "s3://calls/in/manifest.json")
    key = "KmsKeyId=alias/voice-id"
    domain = done(
        "voice-id", "create-domain", "--name", "calls", "--server-side-encryption-configuration", key
    )
    about = ["--domain-id", domain.json()["Domain"]["DomainId"]]
    role = ["--data-access-role-arn", "arn:aws:iam::123456789012:role/voice-id"]
    places = [
        "--input-data-config",
        "S3Uri=s3://calls/in/manifest.json",
        "--output-data-config",
        "S3Uri=s3://calls/out",
    ]
    job = done("voice-id", "start-speaker-enrollment-job", *about, *role, *places).json()["Job"]
    about_job = [*about, "--job-id", job["JobId"]]
    for _ in range(10):
        described = done("voice-id", "describe-speaker-enrollment-job", *about_job).json()["Job"]
        if described["JobStatus"] not in ("SUBMITTED", "IN_PROGRESS"):
            break
    assert described["JobStatus"] == "COMPLETED"
    done("s3", "sync", "s3://calls/out", tmp_path / "results")
    (result,) = (tmp_path / "results").rglob("*.out")
    (enrolled,) = json.loads(result.read_text())["SuccessfulEnrollments"]
    assert (enrolled["RequestId"], enrolled["CustomerSpeakerId"]) == ("1", "ana")
    speakers = done("voice-id", "list-speakers", *about).json()["SpeakerSummaries"]
    assert [(each["CustomerSpeakerId"], each["Status"]) for each in speakers] == [("ana", "ENROLLED")]


def test_a_folder_is_synchronized_and_only_what_changed_is_sent_again(tmp_path: Path, root: Path) -> None:
    local = tmp_path / "local"
    for name in ("a.wav", "deep/b c.wav", "deep/ä+.wav"):
        (local / name).parent.mkdir(parents=True, exist_ok=True)
        (local / name).write_bytes(name.encode())
    done("s3", "mb", "s3://calls")
    assert done("s3", "sync", local, "s3://calls/x").output.count("upload:") == 3
    assert done("s3", "sync", local, "s3://calls/x").output == ""
    assert (root / "calls/x/deep/b c.wav").read_bytes() == b"deep/b c.wav"
    (local / "a.wav").write_bytes(b"another length")
    (local / "deep/b c.wav").unlink()
    changed = done("s3", "sync", local, "s3://calls/x", "--delete").output
    assert (changed.count("upload:"), changed.count("delete:")) == (1, 1)
    done("s3", "sync", "s3://calls/x", tmp_path / "back")
    found = {path.relative_to(tmp_path / "back").as_posix() for path in (tmp_path / "back").rglob("*.wav")}
    assert found == {"a.wav", "deep/ä+.wav"}


def test_a_large_recording_goes_up_in_parts_is_copied_and_comes_back(tmp_path: Path) -> None:
    content = random.Random(3).randbytes(20_000_000)
    (tmp_path / "large.wav").write_bytes(content)
    done("s3", "mb", "s3://calls")
    done("s3", "cp", tmp_path / "large.wav", "s3://calls/large.wav", "--content-type", "audio/wav")
    head = done("s3api", "head-object", "--bucket", "calls", "--key", "large.wav").json()
    assert (head["ContentType"], head["ETag"].endswith('-3"')) == ("audio/wav", True)
    done("s3", "mv", "s3://calls/large.wav", "s3://calls/moved.wav")
    done("s3", "cp", "s3://calls/moved.wav", tmp_path / "back.wav")
    assert (tmp_path / "back.wav").read_bytes() == content
    assert [line.split()[2:] for line in done("s3", "ls", "s3://calls").output.splitlines()] == [
        ["20000000", "moved.wav"]
    ]


def test_buckets_are_listed_emptied_and_removed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    done("s3", "mb", "s3://calls")
    for key in ("a", "b/c", "b/d"):
        done("s3", "cp", tmp_path / "a", f"s3://calls/{key}")
    assert [line.split()[-1] for line in done("s3", "ls").output.splitlines()] == ["calls"]
    assert [line.split()[-1] for line in done("s3", "ls", "s3://calls").output.splitlines()] == ["b/", "a"]
    assert "BucketNotEmpty" in aws("s3", "rb", "s3://calls").errors
    done("s3", "rm", "s3://calls", "--recursive")
    done("s3", "rb", "s3://calls")
    assert "NoSuchBucket" in aws("s3", "ls", "s3://calls").errors


def test_a_presigned_url_is_read_by_anyone(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    done("s3", "mb", "s3://calls")
    done("s3", "cp", tmp_path / "a", "s3://calls/a")
    url = done("s3", "presign", "s3://calls/a").output.strip()
    with urllib.request.urlopen(url, timeout=PATIENCE) as response:
        assert response.read() == b"content"


def test_a_wrong_secret_reaches_nothing() -> None:
    with mock.patch.dict(os.environ, {"AWS_SECRET_ACCESS_KEY": "wrong"}):
        assert "SignatureDoesNotMatch" in aws("s3", "ls").errors
