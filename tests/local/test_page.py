"""The page of the server in a browser: what it shows, what it keeps to itself, and where it is off."""

import http.client
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.servers import connect, serving
from voiceid_sdk import VoiceID, errors
from voiceid_sdk.local import LocalVoiceID
from voiceid_sdk.local.http import cli, server
from voiceid_sdk.local.http.application import HttpApplication
from voiceid_sdk.local.s3.application import FolderS3

BROWSER = {"Accept": "text/html,application/xhtml+xml"}
SECRET = "customer-42-of-nobody"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """Give the URL of a server with the page, and with S3 beside it."""
    with (
        LocalVoiceID(s3_root=tmp_path) as service,
        serving(service, s3_folder=FolderS3(tmp_path), has_page=True) as url,
    ):
        yield url


def get(url: str, path: str = "/", **headers: str) -> tuple[http.client.HTTPResponse, str]:
    """Return the response to a browser."""
    with closing(connect(url)) as connection:
        connection.request("GET", path, headers=BROWSER | headers)
        response = connection.getresponse()
        return response, response.read().decode()


def test_the_page_shows_domains_their_counts_and_recent_requests(url: str) -> None:
    with VoiceID(endpoint_url=url) as voiceid:
        domain = voiceid.create_domain(name=SECRET, kms_key_id="alias/test")
        for number in range(3):
            domain.speaker(f"{SECRET}-{number}").opt_out()
        with pytest.raises(errors.ResourceNotFoundError) as caught:
            domain.speaker(SECRET).describe()
    response, page = get(url)
    assert (response.status, response.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    row = page.split(domain.domain_id)[1].split("</tr>")[0]
    assert "<td>ACTIVE</td>" in row
    assert row.endswith("<td>3</td><td>0</td><td>1</td><td>0</td><td>0</td>")
    assert page.count("<td>OptOutSpeaker</td><td>200</td>") == 3
    assert "<td>DescribeSpeaker</td><td>404</td>" in page
    assert caught.value.request_id is not None
    assert caught.value.request_id in page
    assert SECRET not in page
    assert f"VoiceID(endpoint_url=&quot;{url}&quot;)" in page


def test_an_empty_server_says_so(url: str) -> None:
    _, page = get(url)
    assert "No domain yet." in page
    assert "No request yet." in page


def test_the_page_runs_no_scripts_and_is_not_cached(url: str) -> None:
    response, page = get(url)
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"] == "no-store"
    assert "<script" not in page


def test_a_foreign_host_gets_no_page(url: str) -> None:
    response, page = get(url, Host="page.example.com")
    assert response.status == 421
    assert "Domains" not in page


def test_s3_still_lists_its_buckets(url: str) -> None:
    with closing(connect(url)) as connection:
        connection.request("GET", "/")
        assert b"<ListAllMyBucketsResult" in connection.getresponse().read()


def test_without_the_page_a_browser_gets_what_other_programs_get() -> None:
    with LocalVoiceID() as service, serving(service) as url:
        response, page = get(url)
    assert response.status >= 400
    assert "Domains" not in page


@pytest.mark.parametrize(
    ("arguments", "has_page"),
    [([], True), (["--credentials", "keys"], False), (["--host", "0.0.0.0"], False)],
)
def test_only_a_server_on_this_machine_without_credentials_has_the_page(
    arguments: list[str], *, has_page: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "keys").write_text("[default]\naws_access_key_id = AK\naws_secret_access_key = secret\n")
    if "--host" in arguments:
        arguments = [*arguments, "--credentials", "keys"]
    found: list[bool] = []

    def serve(application: HttpApplication, *_: object) -> None:
        found.append(application._page is not None)

    monkeypatch.setattr(server, "serve", serve)
    cli.main(["--port", "0", *arguments])
    assert found == [has_page]
