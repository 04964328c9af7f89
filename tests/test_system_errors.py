"""Errors of files, programs and botocore are errors of ours that name the setting, whatever their class."""

import pickle
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError

from tests.support.botocore_errors import IN_CALLS, SYSTEM_ERRORS, made
from tests.support.canned_responses import DOMAIN_ID, Canned, shared_session, typed_client
from voiceid_sdk import VoiceID
from voiceid_sdk.errors import ConfigurationError, RequestValidationError, TransportError, VoiceIDError
from voiceid_sdk.events import VoiceIDEvent

KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}


def set_environment(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "SSLKEYLOGFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def describe(scheme: str, port: int) -> None:
    config = Config(connect_timeout=2, read_timeout=2)
    endpoint = f"{scheme}://127.0.0.1:{port}"
    client = VoiceID(region_name="us-west-2", endpoint_url=endpoint, max_attempts=1, config=config)
    client.domain(DOMAIN_ID).describe()


@pytest.fixture
def port() -> Iterator[int]:
    """Give the port of a socket that accepts connections and answers nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.mark.parametrize(
    ("scheme", "variables", "setting"),
    [
        ("http", {"AWS_WEB_IDENTITY_TOKEN_FILE": "/absent/token"}, "AWS_WEB_IDENTITY_TOKEN_FILE"),
        ("https", {**KEYS, "SSLKEYLOGFILE": "/absent/keys"}, "SSLKEYLOGFILE"),
        ("http", {**KEYS, "AWS_ACCESS_KEY_ID": "a\n"}, "AWS_ACCESS_KEY_ID"),
        ("http", {**KEYS, "AWS_SESSION_TOKEN": "a\nb"}, "AWS_SESSION_TOKEN"),
        ("https", {**KEYS, "AWS_CA_BUNDLE": "/absent/ca.pem"}, "AWS_CA_BUNDLE"),
        ("https", {**KEYS, "REQUESTS_CA_BUNDLE": "/absent/ca.pem"}, "REQUESTS_CA_BUNDLE"),
    ],
)
def test_the_error_names_the_setting(
    monkeypatch: pytest.MonkeyPatch, port: int, scheme: str, variables: dict[str, str], setting: str
) -> None:
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/voice-id")
    set_environment(monkeypatch, variables)
    problem = (
        r"(names a file or program that cannot be used|names a file that cannot be read|has a character) ?"
    )
    with pytest.raises(ConfigurationError, match=rf"^{setting} {problem}") as caught:
        describe(scheme, port)
    assert "absent" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_bundle_without_certificates_is_named(
    monkeypatch: pytest.MonkeyPatch, port: int, tmp_path: Path
) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("nothing")
    set_environment(monkeypatch, {**KEYS, "AWS_CA_BUNDLE": str(bundle)})
    with pytest.raises(ConfigurationError, match=r"^AWS_CA_BUNDLE names a file that has no certificates"):
        describe("https", port)


def test_a_program_for_credentials_that_is_missing_is_named(
    monkeypatch: pytest.MonkeyPatch, port: int, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text("[default]\ncredential_process = /absent/program --token secret\n")
    set_environment(monkeypatch, {"AWS_CONFIG_FILE": str(config)})
    with pytest.raises(ConfigurationError, match=r"^credential_process of the profile") as caught:
        describe("http", port)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("kind", IN_CALLS, ids=lambda kind: kind.__name__)
def test_every_error_of_botocore_in_a_call_is_one_of_ours(canned: Canned, kind: type[Exception]) -> None:
    canned.default = made(kind)
    client = typed_client(canned, max_attempts=1)
    with pytest.raises(VoiceIDError) as caught:
        client.domain(DOMAIN_ID).describe()
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_a_connection_that_a_firewall_forbids_is_no_error_of_a_setting(canned: Canned) -> None:
    error = PermissionError(1, "Operation not permitted")
    canned.default = EndpointConnectionError(endpoint_url="http://voice-id.invalid", error=error)
    with pytest.raises(TransportError, match="could not be reached"):
        typed_client(canned, max_attempts=1).domain(DOMAIN_ID).describe()


@pytest.mark.parametrize(
    "kind",
    [*SYSTEM_ERRORS, RuntimeError, ImportError, KeyError],
    ids=lambda kind: kind.__name__,
)
def test_every_error_while_a_client_is_made_is_one_of_ours(
    monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    def fail(*_: object, **__: object) -> object:
        raise kind(2, "No such file or directory", "/secret/file")

    session = shared_session()
    monkeypatch.setattr(session, "client", fail)
    with pytest.raises(ConfigurationError) as caught:
        VoiceID(session=session)
    assert "secret" not in str(caught.value)


def test_an_error_of_a_handler_of_the_caller_passes_unchanged(canned: Canned) -> None:
    canned.default = FileNotFoundError(2, "No such file", "theirs")
    with pytest.raises(FileNotFoundError, match="theirs"):
        typed_client(canned).domain(DOMAIN_ID).describe()


@pytest.mark.parametrize("raw", ["{}", "[]", [], None, 5, b"{}", [{}]], ids=repr)
def test_what_is_no_dictionary_is_no_event(raw: Any) -> None:
    with pytest.raises(RequestValidationError, match="must be the event as a dictionary"):
        VoiceIDEvent.from_eventbridge(raw)


@pytest.mark.parametrize(
    "proxy", ["user:PASSWORD@proxy:8080", "http://user:PASSWORD@proxy:8080", "key@proxy"]
)
def test_a_password_of_a_proxy_is_never_pickled(proxy: str) -> None:
    boto3.setup_default_session(region_name="us-west-2")
    client = VoiceID(config=Config(proxies={"https": proxy}))
    with pytest.raises(ConfigurationError, match="password"):
        pickle.dumps(client)


def test_a_deeply_nested_checkpoint_is_named(tmp_path: Path) -> None:
    from voiceid_sdk.runs.checkpoint import Checkpoint

    path = tmp_path / "checkpoint.json"
    path.write_text("[" * 100_000)
    with pytest.raises(RequestValidationError, match="checkpoint must be"):
        Checkpoint.open(path, "digest", 1)
