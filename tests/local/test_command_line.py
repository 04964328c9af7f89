"""The command line of the server: what it takes, what it says, and how it stops."""

import errno
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeAlias

import attrs
import boto3
import pytest

from tests.support.servers import PATIENCE, call, connect, control, raw, rest, running
from voiceid_sdk.local import EmbeddingRecognizer, LabelRecognizer, LocalVoiceID, ManualClock
from voiceid_sdk.local.http import cli, hearing, serve_arguments, server
from voiceid_sdk.local.http.application import HttpApplication
from voiceid_sdk.local.http.control import ACTIONS
from voiceid_sdk.local.http.credentials import CredentialsError, read_credentials
from voiceid_sdk.local.protocol.aws_json import CONTENT_TYPE
from voiceid_sdk.local.storage.database import StoreError
from voiceid_sdk.local.voices.recordings import tone, wav

PAGE: Final = Path(__file__).parents[2] / "docs" / "local-voice-id-server.md"
KEY: Final = "alias/voice-id"
RECOGNIZER: Final = LabelRecognizer()

REQUEST: Final = (
    b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: VoiceID.ListDomains\r\n"
    b"Content-Type: application/x-amz-json-1.0\r\nContent-Length: 2\r\n\r\n"
)


@attrs.frozen
class Started:
    """What a server was started with."""

    service: LocalVoiceID
    application: HttpApplication
    host: str


Start: TypeAlias = Callable[..., Started]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Start:
    """Start with a command line, up to where it would serve, and return what it would serve."""

    def start(*arguments: str) -> Started:
        started: list[Started] = []

        def serve(application: HttpApplication, listener: socket.socket, tls: object = None) -> None:
            started.append(Started(application._service, application, listener.getsockname()[0]))

        with monkeypatch.context() as patch:
            patch.setattr(server, "serve", serve)
            cli.main(["--port", "0", *arguments])
        return started[0]

    return start


@pytest.fixture
def exit_of(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Start with a command line that cannot be; return the exit code and what was said."""

    def exit_of(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as caught:
            cli.main(arguments)
        assert isinstance(caught.value.code, int)
        return caught.value.code, capsys.readouterr().err

    return exit_of


ExitOf: TypeAlias = Callable[..., tuple[int, str]]


# What the options do


def test_nothing_needs_to_be_said(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    assert start().host == "127.0.0.1"
    said = capsys.readouterr().out
    assert re.search(
        r"^export AWS_ENDPOINT_URL_VOICE_ID=http://127\.0\.0\.1:[1-9]\d* AWS_REGION=us-east-1 "
        r"AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local$",
        said,
        re.MULTILINE,
    )


def test_the_line_to_paste_comes_last_and_says_what_else_clients_need(
    start: Start, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VOICEID_LOCAL_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("VOICEID_LOCAL_SECRET_ACCESS_KEY", "a-long-secret")
    start("--self-signed", str(tmp_path / "authority.pem"))
    _, trust, settings, line = capsys.readouterr().out.splitlines()
    assert trust.startswith("Clients have to trust ")
    assert settings == "Clients need these settings, and the credentials of the server:"
    assert line.startswith("export AWS_ENDPOINT_URL_VOICE_ID=https://")


def test_the_options_reach_the_service(monkeypatch: pytest.MonkeyPatch, start: Start, tmp_path: Path) -> None:
    given: dict[str, Any] = {}

    def record(*arguments: Any, **options: Any) -> LocalVoiceID:
        given.update(options, path=arguments[0])
        return LocalVoiceID()

    monkeypatch.setattr(cli, "LocalVoiceID", record)
    start(
        *("--data", str(tmp_path / "data.sqlite"), "--s3-root", str(tmp_path), "--region", "eu-west-2"),
        *("--account-id", "111122223333", "--jobs", "at-once", "--seed", "a seed", "--quotas"),
        *(
            "--manual-clock",
            "2026-01-31T12:00:00Z",
            "--documented-statuses",
            "--no-compliance-consent",
            "--cloudtrail",
        ),
        *("--recognizer", f"{__name__}:RECOGNIZER"),
    )
    clock = given.pop("clock")
    assert isinstance(clock, ManualClock)
    assert clock.now() == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert (given.pop("timing").job_start, given.pop("quotas").domains) == (0, 3)
    assert isinstance(given.pop("recognizer"), LabelRecognizer)
    assert given == {
        "path": tmp_path / "data.sqlite",
        "s3_root": tmp_path,
        "s3": None,
        "seed": "a seed",
        "region_name": "eu-west-2",
        "account_id": "111122223333",
        "compliance_consent": False,
        "cloudtrail": True,
        "documented_statuses": True,
    }


def test_s3_can_be_an_endpoint(start: Start) -> None:
    objects: Any = start("--s3-endpoint", "http://localhost:9000").service._settings.objects
    assert objects._client.meta.endpoint_url == "http://localhost:9000"


def test_events_are_written_to_a_file(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    assert start("--events", str(path)).service.events.has_subscribers


def test_a_clock_is_held_at_the_present_unless_told_otherwise(start: Start) -> None:
    clock = start("--manual-clock").service.clock
    assert isinstance(clock, ManualClock)
    assert abs((datetime.now(UTC) - clock.now()).total_seconds()) < PATIENCE


def test_credentials_come_from_the_environment(
    start: Start, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VOICEID_LOCAL_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("VOICEID_LOCAL_SECRET_ACCESS_KEY", "a-secret")
    started = start("--host", "0.0.0.0", "--allow-host", "Voice-ID")
    assert set(started.application._access_rules.credentials) == {"AKIDEXAMPLE"}
    assert "voice-id" in started.application._access_rules.host_names
    said = capsys.readouterr().out
    assert "http://localhost:" in said
    assert "AKIDEXAMPLE" not in said
    assert "a-secret" not in said


def test_the_version_is_said(exit_of: ExitOf) -> None:
    assert exit_of("--version")[0] == 0


def test_a_recognizer_is_found_in_the_current_folder(
    start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "my_voices.py").write_text(
        "from voiceid_sdk.local import Calibration, EmbeddingRecognizer\n"
        "calibration = Calibration.from_points([(0, 0), (1, 100)])\n"
        "by_sound = EmbeddingRecognizer(lambda samples, rate: [1.0], calibration=calibration)\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    service = start("--recognizer", "my_voices:by_sound").service
    assert isinstance(service._settings.recognizer, EmbeddingRecognizer)


def test_what_a_recognizers_module_lacks_is_said_by_its_own_error(
    start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "my_broken_voices.py").write_text("import my_missing_library\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="my_missing_library"):
        start("--recognizer", "my_broken_voices:by_sound")


# What is refused


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_other_machines_are_not_served_without_credentials(exit_of: ExitOf, host: str) -> None:
    code, said = exit_of("--host", host, "--port", "0")
    assert code == 2
    assert "VOICEID_LOCAL_ACCESS_KEY_ID" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("--port", "65536"),
        ("--port", "-1"),
        ("--port", "http"),
        ("--account-id", "123"),
        ("--region", "us east"),
        ("--jobs", "soon"),
        ("--manual-clock", "yesterday"),
        ("--recognizer", "no_such_module:name"),
        ("--recognizer", "json:no_such_name"),
        ("--recognizer", "json"),
        ("--recognizer", f"{LabelRecognizer.__module__}:LabelRecognizer"),
        ("--recognizer", ""),
        ("--calibrations", "calibrations.json"),
        ("--data", "."),
        ("--data", "no/such/folder/data.sqlite"),
        ("--s3-root", "buckets", "--s3-endpoint", "http://localhost"),
        ("--credentials", "no-such-file"),
        ("--events", "ftp://localhost"),
        ("--events", "no/such/folder/events.jsonl"),
        ("--host", "no-such-host.invalid"),
        ("--region=-",),
        ("--allow-host", ""),
        ("--allow-host", "voice-id:8787"),
        ("--allow-host", "http://voice-id"),
        ("--allow-host", "voice-id."),
    ],
)
def test_a_wrong_command_line_is_refused(exit_of: ExitOf, arguments: tuple[str, ...]) -> None:
    assert exit_of("--port", "0", *arguments)[0] == 2


def test_a_taken_port_is_named(exit_of: ExitOf) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = exit_of("--port", str(port))
    assert code == 1
    reason = os.strerror(errno.EADDRINUSE)
    assert f"cannot listen on 127.0.0.1, port {port}: {reason}; choose another --port, or 0 for any" in said


def test_a_data_file_of_another_kind_is_refused(exit_of: ExitOf, tmp_path: Path) -> None:
    path = tmp_path / "data.sqlite"
    path.write_text("This is no database, however long one makes it, and it will not become one.")
    assert exit_of("--port", "0", "--data", str(path)) == (
        1,
        "python -m voiceid_sdk.local: --data: not a Local Voice ID store\n",
    )


def test_a_data_file_that_cannot_be_opened_is_refused(
    exit_of: ExitOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> LocalVoiceID:
        raise StoreError("path: the file cannot be opened")

    monkeypatch.setattr(cli, "LocalVoiceID", fail)
    assert exit_of("--port", "0") == (
        1,
        "python -m voiceid_sdk.local: --data: the file cannot be opened\n",
    )


def test_a_second_owner_of_a_data_file_is_refused(exit_of: ExitOf, tmp_path: Path) -> None:
    path = tmp_path / "data.sqlite"
    with LocalVoiceID(path):
        code, said = exit_of("--port", "0", "--data", str(path))
    assert (code, "another process" in said) == (3, True)


def test_a_missing_extra_is_named(exit_of: ExitOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "voiceid_sdk.local.http.server")
    monkeypatch.delattr("voiceid_sdk.local.http.server")
    code, said = exit_of("--port", "0")
    assert (code, "pip install 'voiceid-sdk[server]'" in said) == (1, True)


# Credentials


def test_no_credentials_are_none() -> None:
    assert read_credentials({"AWS_ACCESS_KEY_ID": "real", "AWS_SECRET_ACCESS_KEY": "real"}) == {}


def test_every_profile_of_a_file_is_accepted(tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    file.write_text(
        "[one]\naws_access_key_id = AKIDONE\naws_secret_access_key = %one/\n"
        "[DEFAULT]\naws_access_key_id = AKIDTWO\naws_secret_access_key = two\n"
        "aws_session_token = token==\nexpiration = 2026-01-31T12:00:00Z\n"
    )
    found = read_credentials({}, file)
    assert found["AKIDONE"].secret_access_key == "%one/"
    assert found["AKIDONE"].session_token is None
    assert found["AKIDTWO"].session_token == "token=="
    assert found["AKIDTWO"].expires_at == datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"aws_access_key_id = s3cr3t",
        b"[one]\naws_access_key_id = s3cr3t",
        b"[one]\naws_access_key_id = s3cr3t\naws_secret_access_key =",
        b"[one]\naws_access_key_id = s3cr3t\naws_secret_access_key = s3cr3t\nexpiration = s3cr3t",
        b"[one]\n[one]\ns3cr3t",
        b"\xff",
    ],
)
def test_broken_credentials_are_refused_and_not_shown(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "credentials"
    file.write_bytes(content)
    with pytest.raises(CredentialsError) as caught:
        read_credentials({}, file)
    assert "s3cr3t" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_half_a_credential_in_the_environment_is_refused() -> None:
    with pytest.raises(CredentialsError, match="VOICEID_LOCAL_SECRET_ACCESS_KEY"):
        read_credentials({"VOICEID_LOCAL_ACCESS_KEY_ID": "AKIDEXAMPLE"})


# A process of its own


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "arguments", "logged"),
    [
        (signal.SIGTERM, [], [["ListDomains", "200"]] * 2),
        (signal.SIGINT, ["--no-access-log"], []),
    ],
)
def test_a_signal_stops_the_server_after_it_has_answered(
    number: int, arguments: list[str], logged: list[list[str]]
) -> None:
    with running(*arguments) as server, raw(server.url) as connection:
        with closing(connect(server.url)) as other:
            assert call(other, "ListDomains").status == 200
        connection.sendall(REQUEST + b"{")
        # The server is told to stop once it is reading the request: it says so by closing idle connections.
        with raw(server.url) as idle:
            server.process.send_signal(number)
            assert rest(idle) == b""
        connection.sendall(b"}")
        response = rest(connection)
        _, said = server.process.communicate(timeout=PATIENCE)
    assert response.startswith(b"HTTP/1.1 200 ")
    assert response.endswith(b'{"DomainSummaries":[]}')
    assert server.process.returncode == 0
    assert [line.split(" ")[2:4] for line in said.splitlines()] == logged


@pytest.mark.slow
def test_the_data_file_outlives_a_kill_and_has_one_owner(tmp_path: Path) -> None:
    path = str(tmp_path / "data.sqlite")
    body = json.dumps({"Name": "a-domain", "ServerSideEncryptionConfiguration": {"KmsKeyId": KEY}}).encode()
    with running("--data", path) as server, closing(connect(server.url)) as connection:
        created = call(connection, "CreateDomain", body).json()["Domain"]
        with pytest.raises(SystemExit) as caught:
            cli.main(["--port", "0", "--data", path])
        assert caught.value.code == 3
        server.stop(signal.SIGKILL)
    with LocalVoiceID(path) as service:
        response = service.handle(
            {"X-Amz-Target": "VoiceID.ListDomains", "Content-Type": CONTENT_TYPE}, b"{}"
        )
    assert json.loads(response.body)["DomainSummaries"] == [created]


@pytest.mark.slow
def test_the_line_to_paste_is_all_that_a_client_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    with running("--manual-clock") as server, closing(connect(server.url)) as connection:
        for name, value in server.settings.items():
            monkeypatch.setenv(name, value)
        client: Any = boto3.client("voice-id")
        with closing(client):
            assert client.list_domains()["DomainSummaries"] == []
        assert control(connection, "advance_clock", seconds=1).status == 200


# The documentation


def test_the_documentation_names_every_option() -> None:
    actions = serve_arguments.make_parser()._actions
    options = [option for action in actions for option in action.option_strings if option.startswith("--")]
    text = PAGE.read_text(encoding="utf-8")
    assert [option for option in options if f"`{option}" not in text] == ["--help", "--version"]


def test_the_documentation_names_every_action() -> None:
    listed = re.findall(r"^\| (`[a-z_]+`(?:, `[a-z_]+`)*) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    names = [name for names in listed for name in re.findall(r"[a-z_]+", names)]
    names.remove(hearing.ACTION)  # it takes a stream instead of members
    assert names == list(ACTIONS)


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("curl"), reason="the examples use curl")
def test_the_examples_of_the_documentation_work(tmp_path: Path) -> None:
    examples = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    for folder in (tmp_path, tmp_path / "buckets" / "recordings"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "call.wav").write_bytes(wav(tone(2), label="anna"))
    with running("--manual-clock", "--s3-root", str(tmp_path / "buckets")) as server:
        done = subprocess.run(
            ["sh", "-eu", "-c", "\n".join(examples)],
            cwd=tmp_path,
            env={**os.environ, **server.settings},
            stdout=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        _, log = server.stop(signal.SIGTERM)
    assert done.returncode == 0, done.stdout
    assert {line.split(" ")[3] for line in log.splitlines()} == {"200"}
    assert len(log.splitlines()) == 1 + len(re.findall("^control ", "\n".join(examples), re.MULTILINE))
