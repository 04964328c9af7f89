"""HTTPS of the server, also under the names of the endpoints that AWS had."""

import http.client
import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from tests.support.servers import running, serving
from voiceid_sdk import VoiceID
from voiceid_sdk.local import LocalVoiceID
from voiceid_sdk.local.http import cli
from voiceid_sdk.local.http.certificates import self_signed
from voiceid_sdk.service_model import REGIONS


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    return tmp_path / "authority.pem"


@pytest.fixture
def url(authority: Path) -> Iterator[str]:
    with LocalVoiceID() as service, serving(service, tls=self_signed({"voice-id.test"}, authority)) as url:
        yield url


def handshake(url: str, authority: Path, name: str) -> str:
    """Return the TLS version of a connection to the server under a name."""
    address = urlsplit(url)
    context = ssl.create_default_context(cafile=authority)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    with (
        closing(socket.create_connection((address.hostname, address.port or 0), timeout=20)) as plain,
        context.wrap_socket(plain, server_hostname=name) as connection,
    ):
        return str(connection.version())


def test_a_client_that_trusts_the_authority_uses_https(url: str, authority: Path) -> None:
    session: Any = boto3.Session("a", "b", region_name="us-east-1")
    client: Any = session.client("voice-id", endpoint_url=url, verify=str(authority))
    with closing(client):
        domain = {"Name": "a", "ServerSideEncryptionConfiguration": {"KmsKeyId": "alias/a"}}
        domain_id = client.create_domain(**domain)["Domain"]["DomainId"]
        assert VoiceID(client=client).domain(domain_id).describe().name == "a"


def test_a_client_gets_the_response_to_a_body_far_above_the_limit(url: str, authority: Path) -> None:
    address = urlsplit(url)
    context = ssl.create_default_context(cafile=authority)
    size = 40 * 1024**2
    with (
        closing(socket.create_connection((address.hostname, address.port or 0), timeout=20)) as plain,
        context.wrap_socket(plain, server_hostname="voice-id.test") as connection,
    ):
        connection.sendall(
            b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: VoiceID.ListDomains\r\n"
            b"Content-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n\r\n" % size
        )
        connection.sendall(bytes(size))
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_the_server_stops_without_an_error_while_a_connection_is_open(
    authority: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tls = self_signed({"voice-id.test"}, authority)
    with LocalVoiceID() as service, ThreadPoolExecutor() as threads:
        with serving(service, tls=tls) as url:
            context = ssl.create_default_context(cafile=authority)
            connection = http.client.HTTPSConnection(urlsplit(url).netloc, context=context, timeout=20)
            connection.request("GET", "/health")
            connection.getresponse().read()
            received = threads.submit(connection.sock.recv, 1)  # A client waits for the end.
            received.add_done_callback(lambda _: connection.close())
        assert received.result() == b""
    assert not [record.name for record in caplog.records if record.levelname == "ERROR"]


def test_the_certificate_is_valid_for_every_endpoint_that_aws_had(url: str, authority: Path) -> None:
    for region in REGIONS:
        assert handshake(url, authority, f"voiceid.{region}.amazonaws.com") == "TLSv1.3"
    for name in ("voiceid-fips.us-east-1.amazonaws.com", "voiceid.eu-west-2.api.aws"):
        assert handshake(url, authority, name)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "voice-id.test", "bucket.voice-id.test"])
def test_the_certificate_is_valid_for_the_names_of_the_server(url: str, authority: Path, name: str) -> None:
    assert handshake(url, authority, name)


@pytest.mark.parametrize("name", ["s3.us-east-1.amazonaws.com", "example.com", "127.0.0.2"])
def test_the_certificate_is_for_no_other_name(url: str, authority: Path, name: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(url, authority, name)


def test_a_client_that_does_not_trust_the_authority_sends_nothing(url: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(
            socket.create_connection((urlsplit(url).hostname, urlsplit(url).port or 0), timeout=20),
            server_hostname="localhost",
        )


def test_a_request_under_the_name_of_an_endpoint_is_of_its_region(url: str, authority: Path) -> None:
    context = ssl.create_default_context(cafile=authority)
    address = urlsplit(url)
    with closing(http.client.HTTPSConnection(address.netloc, context=context, timeout=20)) as connection:
        headers = {
            "Host": "voiceid.eu-west-2.amazonaws.com",
            "X-Amz-Target": "VoiceID.CreateDomain",
            "Content-Type": "application/json",
        }
        body = b'{"Name": "a", "ServerSideEncryptionConfiguration": {"KmsKeyId": "alias/a"}}'
        connection.request("POST", "/", body, headers)
        assert b"arn:aws:voiceid:eu-west-2:" in connection.getresponse().read()


@pytest.mark.parametrize(
    ("certificate", "key", "problem"),
    [
        (None, "CERT", "--tls-cert: the file has no certificate in PEM"),
        ("CERT", None, "--tls-key: the file has no private key in PEM"),
        ("CERT", "ENCRYPTED", "--tls-key: the key is encrypted"),
        ("CERT", "BROKEN", "--tls-cert and --tls-key cannot be used ("),
    ],
)
def test_files_of_tls_that_cannot_be_used_are_named_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], certificate: str | None, key: str | None, problem: str
) -> None:
    contents = {
        None: "canary",
        "CERT": "-----BEGIN CERTIFICATE-----\ncanary\n-----END CERTIFICATE-----\n",
        "ENCRYPTED": "-----BEGIN ENCRYPTED PRIVATE KEY-----\ncanary\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "BROKEN": "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n",
    }
    for name, kind in (("canary.crt", certificate), ("canary.key", key)):
        (tmp_path / name).write_text(contents[kind])
    arguments = ["--tls-cert", str(tmp_path / "canary.crt"), "--tls-key", str(tmp_path / "canary.key")]
    with pytest.raises(SystemExit):
        cli.main(["--port", "0", *arguments])
    shown = capsys.readouterr().err
    assert problem in shown
    assert "canary" not in shown


def test_a_file_that_is_no_authority_is_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "key.pem"
    file.write_text("a key of somebody\n")
    with pytest.raises(SystemExit):
        cli.main(["--port", "0", "--self-signed", str(file)])
    assert "--self-signed: the file cannot be written (it is there, and was not " in capsys.readouterr().err
    assert file.read_text() == "a key of somebody\n"


def test_an_authority_and_an_empty_file_are_replaced(tmp_path: Path) -> None:
    file = tmp_path / "authority.pem"
    file.touch()
    self_signed(set(), file)
    before = file.read_bytes()
    self_signed(set(), file)
    assert file.read_bytes() != before


@pytest.mark.slow
def test_the_command_line_serves_https(authority: Path) -> None:
    with running("--self-signed", str(authority)) as server:
        assert server.url.startswith("https://127.0.0.1:")
        assert handshake(server.url, authority, "localhost")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--tls-cert", "a.pem"], "--tls-cert and --tls-key need each other"),
        (["--tls-key", "a.pem"], "--tls-cert and --tls-key need each other"),
        (["--tls-cert", "a", "--tls-key", "b", "--self-signed", "c"], "exclude each other"),
        (
            ["--tls-cert", "none", "--tls-key", "none"],
            "--tls-cert: the file cannot be read (No such file or directory)",
        ),
    ],
)
def test_options_that_do_not_fit_are_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str], problem: str
) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["--port", "0", *arguments])
    assert caught.value.code in {cli.CANNOT_START, cli.WRONG_COMMAND_LINE}
    assert problem in capsys.readouterr().err
