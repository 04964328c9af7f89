"""Getting events to functions, files and URLs, once they are true, in order, and at least once."""

import contextlib
import http.client
import http.server
import itertools
import json
import logging
import multiprocessing
import os
import queue
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest

from tests.support.direct_stage import stage_on
from tests.support.servers import PATIENCE
from tests.support.stage import Stage
from voiceid_sdk.local import FileAccessError, LocalVoiceID, ManualClock
from voiceid_sdk.local.core import background
from voiceid_sdk.local.events import delivery as event_delivery
from voiceid_sdk.local.events import targets as event_targets
from voiceid_sdk.local.events.delivery import OUTBOX
from voiceid_sdk.local.events.targets import UrlTarget
from voiceid_sdk.local.storage.store import Store

Event = dict[str, Any]


def opt_out(stage: Stage, domain: str) -> None:
    """Do what one event tells of."""
    stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="alice")


def waiting(service: LocalVoiceID) -> int:
    """Return how many events have not been delivered."""
    return service._store.opened().count(OUTBOX, "")


# --- Functions ------------------------------------------------------------------------------------------


def test_a_function_is_called_before_the_request_returns(
    stage: Stage, domain: str, service: LocalVoiceID
) -> None:
    seen: list[Event] = []
    service.events.subscribe(seen.append)
    opt_out(stage, domain)
    assert [event["detail"]["action"] for event in seen] == ["OPT_OUT_SPEAKER"]
    assert waiting(service) == 0


def test_every_subscriber_gets_an_event_of_its_own(stage: Stage, domain: str, service: LocalVoiceID) -> None:
    one: list[object] = []
    other: list[Event] = []
    service.events.subscribe(lambda event: one.append(event.pop("detail")))
    service.events.subscribe(other.append)
    opt_out(stage, domain)
    assert one == [other[0]["detail"]]


def test_nothing_is_kept_where_nobody_listens(stage: Stage, domain: str, service: LocalVoiceID) -> None:
    opt_out(stage, domain)
    seen: list[Event] = []
    service.events.subscribe(seen.append)
    assert seen == []


def test_what_was_taken_back_is_not_told(stage: Stage, domain: str, service: LocalVoiceID) -> None:
    class BrokenError(Exception):
        pass

    def work(context: Any) -> None:
        context.settings.outbox.add(context, {"detail": {}})
        raise BrokenError

    seen: list[Event] = []
    service.events.subscribe(seen.append)
    with pytest.raises(BrokenError):
        service._transactions.run(work)
    assert seen == []


def test_an_event_is_true_when_it_comes_and_its_receiver_may_ask(
    stage: Stage, domain: str, service: LocalVoiceID
) -> None:
    statuses: list[str] = []
    service.events.subscribe(lambda _: statuses.append(stage.speaker(domain, "alice")["Status"]))
    opt_out(stage, domain)
    assert statuses == ["OPTED_OUT"]


def test_events_that_a_receiver_causes_come_after_the_one_it_has(
    stage: Stage, domain: str, service: LocalVoiceID
) -> None:
    seen: list[str] = []

    def receive(event: Any) -> None:
        action = event["detail"]["action"]
        if action == "OPT_OUT_SPEAKER":
            stage.call("DeleteSpeaker", DomainId=domain, SpeakerId="alice")
        seen.append(action)

    service.events.subscribe(receive)
    opt_out(stage, domain)
    assert seen == ["OPT_OUT_SPEAKER", "DELETE_SPEAKER"]


def test_a_receiver_that_fails_fails_nothing_else(
    stage: Stage, domain: str, service: LocalVoiceID, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[Event] = []

    def receive(event: Any) -> None:
        raise ValueError(event)

    service.events.subscribe(receive)
    service.events.subscribe(seen.append)
    with caplog.at_level(logging.ERROR):
        opt_out(stage, domain)
        opt_out(stage, domain)
    assert len(seen) == len(caplog.records) == 2
    assert "ValueError" in caplog.text
    assert "id#" not in caplog.text
    assert waiting(service) == 0


def test_threads_that_tell_at_once_leave_nothing_undelivered(
    stage: Stage, domain: str, service: LocalVoiceID
) -> None:
    seen: list[Event] = []
    service.events.subscribe(seen.append)

    def work() -> None:
        for _ in range(20):
            opt_out(stage, domain)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({event["id"] for event in seen}) == len(seen) == 80
    assert waiting(service) == 0


# --- Files ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [str, Path])
def test_a_file_gets_a_line_of_json_for_each_event(
    stage: Stage, domain: str, service: LocalVoiceID, tmp_path: Path, kind: Callable[[Path], Any]
) -> None:
    path = tmp_path / "events.jsonl"
    service.events.subscribe(kind(path))
    assert path.read_text() == ""
    for _ in range(2):
        opt_out(stage, domain)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["detail"]["action"] for line in lines] == ["OPT_OUT_SPEAKER"] * 2


def test_a_file_that_cannot_be_written_is_refused(service: LocalVoiceID, tmp_path: Path) -> None:
    with pytest.raises(FileAccessError, match=r"^target names a file"):
        service.events.subscribe(tmp_path / "none" / "events.jsonl")


def test_a_file_that_cannot_be_written_for_a_while_gets_everything_later(
    stage: Stage,
    domain: str,
    service: LocalVoiceID,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = tmp_path / "events.jsonl"
    service.events.subscribe(path)
    path.unlink()
    path.mkdir()
    for _ in range(2):
        opt_out(stage, domain)
    assert waiting(service) == 2
    assert "IsADirectoryError" in caplog.text
    assert str(path) not in caplog.text
    path.rmdir()
    stage.call("ListDomains")
    assert len(path.read_text().splitlines()) == 2
    assert waiting(service) == 0


def test_an_event_is_given_up_after_a_day(
    stage: Stage, domain: str, service: LocalVoiceID, tmp_path: Path, clock: ManualClock
) -> None:
    path = tmp_path / "events.jsonl"
    service.events.subscribe(path)
    path.unlink()
    path.mkdir()
    opt_out(stage, domain)
    clock.advance(24 * 3600 - 1)
    opt_out(stage, domain)
    assert waiting(service) == 2
    clock.advance(1)
    stage.call("ListDomains")
    assert waiting(service) == 1


def be_killed_by_an_event(store: Path, path: Path) -> None:
    """Kill the process after an event could not be written to a file, and before it was removed."""
    service = LocalVoiceID(store)
    client: Any = service.boto3_client()
    service.events.subscribe(path)
    service.events.subscribe(lambda _: os.kill(os.getpid(), signal.SIGKILL))
    path.unlink()
    path.mkdir()
    domain = client.create_domain(Name="n", ServerSideEncryptionConfiguration={"KmsKeyId": "k"})["Domain"]
    client.opt_out_speaker(DomainId=domain["DomainId"], SpeakerId="alice")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
@pytest.mark.usefixtures("no_earlier_clients")
def test_an_event_that_a_kill_left_behind_is_delivered_by_the_next_process(tmp_path: Path) -> None:
    store, path = tmp_path / "voiceid.sqlite", tmp_path / "events.jsonl"
    context = multiprocessing.get_context("fork")
    process = context.Process(target=be_killed_by_an_event, args=(store, path))
    process.start()
    process.join(PATIENCE)
    assert process.exitcode == -signal.SIGKILL
    path.rmdir()
    seen: list[Event] = []
    with LocalVoiceID(store) as service:
        service.events.subscribe(path)
        service.events.subscribe(seen.append)
        assert waiting(service) == 0
    assert [json.loads(line) for line in path.read_text().splitlines()] == seen
    assert [event["detail"]["action"] for event in seen] == ["OPT_OUT_SPEAKER"]


# --- URLs -----------------------------------------------------------------------------------------------


class Endpoint:
    """An HTTP server on a port of its own, with the statuses that it is to answer."""

    def __init__(self) -> None:
        self.requests: queue.SimpleQueue[tuple[str, str, Event]] = queue.SimpleQueue()
        self.statuses: queue.SimpleQueue[int] = queue.SimpleQueue()
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                endpoint.requests.put((self.path, self.headers["Content-Type"], json.loads(body)))
                self.send_response(200 if endpoint.statuses.empty() else endpoint.statuses.get())
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/events?a=b"

    def next(self) -> Event:
        """Return the next event that is posted."""
        return self.requests.get(timeout=30)[2]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    endpoint = Endpoint()
    thread = threading.Thread(target=endpoint.server.serve_forever, args=(0.01,))
    thread.start()
    yield endpoint
    endpoint.server.shutdown()
    thread.join()
    endpoint.server.server_close()


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_delivery, "FIRST_RETRY_SECONDS", 0.0)


def test_a_url_is_sent_each_event(
    stage: Stage, domain: str, service: LocalVoiceID, endpoint: Endpoint
) -> None:
    service.events.subscribe(endpoint.url)
    opt_out(stage, domain)
    path, content_type, event = endpoint.requests.get(timeout=30)
    assert (path, content_type) == ("/events?a=b", "application/json")
    assert event["detail"]["action"] == "OPT_OUT_SPEAKER"
    stage.call("ListDomains")
    assert endpoint.requests.empty()


def test_a_url_without_a_path_is_posted_to_its_root(
    stage: Stage, domain: str, service: LocalVoiceID, endpoint: Endpoint
) -> None:
    service.events.subscribe(endpoint.url.removesuffix("/events?a=b"))
    opt_out(stage, domain)
    assert endpoint.requests.get(timeout=30)[0] == "/"


def test_closing_the_service_sends_what_is_waiting(endpoint: Endpoint, tmp_path: Path) -> None:
    with LocalVoiceID(clock=ManualClock()) as service:
        stage = stage_on(service, tmp_path)
        domain = stage.domain()
        service.events.subscribe(endpoint.url)
        for _ in range(5):
            opt_out(stage, domain)
    assert endpoint.requests.qsize() == 5


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_event_that_is_not_welcome_now_is_sent_again(
    stage: Stage, domain: str, service: LocalVoiceID, endpoint: Endpoint, status: int
) -> None:
    endpoint.statuses.put(status)
    endpoint.statuses.put(status)
    service.events.subscribe(endpoint.url)
    opt_out(stage, domain)
    assert endpoint.next() == endpoint.next() == endpoint.next()


CALLS: Final[dict[str, tuple[object, str]]] = {
    "connecting": (socket, "create_connection"),
    "starting the thread of the time limit": (threading.Timer, "start"),
    "sending": (http.client.HTTPConnection, "request"),
    "receiving": (http.client.HTTPConnection, "getresponse"),
    "reading the outbox": (Store, "page"),
    "emptying the outbox": (Store, "delete_where"),
}
ERRORS: Final = (MemoryError(), OSError("the system"), RuntimeError("can't start new thread"), SystemExit(1))


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize(
    "failure", list(itertools.product(CALLS, ERRORS)), ids=lambda pair: f"{pair[0]}-{pair[1]!r}"
)
def test_each_call_of_a_delivery_fails_once_and_no_event_is_lost(
    stage: Stage, domain: str, service: LocalVoiceID, endpoint: Endpoint, failure: tuple[str, BaseException]
) -> None:
    call, error = failure
    owner, name = CALLS[call]
    function = getattr(owner, name)
    failures = [error]

    def fail_once(*arguments: Any, **named: Any) -> Any:
        if failures and threading.current_thread().name == "local-voice-id-events":
            raise failures.pop()
        return function(*arguments, **named)

    events: list[Event] = []
    service.events.subscribe(events.append)
    service.events.subscribe(endpoint.url)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(background, "AFTER_AN_ERROR", 0.0)
        patched.setattr(owner, name, fail_once)
        for _ in range(3):
            opt_out(stage, domain)
        delivered: dict[str, None] = {}  # An event may come twice.
        while len(delivered) < len(events):
            delivered[endpoint.next()["id"]] = None
        service.close()  # which waits for the thread
    assert not failures
    assert list(delivered) == [event["id"] for event in events]


@pytest.mark.parametrize("status", [302, 400, 404])
def test_an_event_that_will_never_be_welcome_is_given_up(
    stage: Stage, domain: str, endpoint: Endpoint, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint.statuses.put(status)
    stage.service.events.subscribe(endpoint.url)
    opt_out(stage, domain)
    first = endpoint.next()
    opt_out(stage, domain)
    assert endpoint.next() != first
    assert str(status) in caplog.text
    assert endpoint.url not in caplog.text


def test_a_url_that_cannot_be_reached_delays_nobody_and_its_events_wait(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "voiceid.sqlite"
    unreachable = Endpoint()
    unreachable.server.server_close()
    with LocalVoiceID(path, clock=ManualClock()) as service:
        stage = stage_on(service, tmp_path)
        domain = stage.domain()
        service.events.subscribe(unreachable.url)
        opt_out(stage, domain)
    assert "ConnectionRefusedError" in caplog.text
    with LocalVoiceID(path, clock=ManualClock()) as service:
        assert waiting(service) == 1


def test_pauses_between_attempts_grow_up_to_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    pauses: list[float | None] = []
    monkeypatch.setattr(event_delivery, "time", SimpleNamespace(monotonic=lambda: now))
    subscription = event_delivery._BackgroundSubscription(
        UrlTarget("http://127.0.0.1:9"), lambda work: None, lambda: 0.0
    )
    monkeypatch.setattr(subscription, "_empty", lambda: False)
    for _ in range(8):
        pauses.append(subscription._work())
        now += pauses[-1] or 0.0
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    now -= 45
    assert subscription._work() == 45, "an attempt before the end of a pause"


def test_a_url_that_does_not_answer_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(event_targets, "RESPONSE_SECONDS", 0.01)
    silent = Endpoint()  # It listens, and nobody answers.
    try:
        assert not UrlTarget(silent.url).deliver("{}")
    finally:
        silent.server.server_close()
    assert "TimeoutError" in caplog.text


def test_a_url_whose_answer_trickles_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(event_targets, "DELIVERY_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ended = threading.Event()

        def trickle() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                while not ended.wait(0.01):
                    connection.sendall(b"H")

        thread = threading.Thread(target=trickle)
        thread.start()
        assert not UrlTarget(f"http://127.0.0.1:{listener.getsockname()[1]}/").deliver("{}")
        ended.set()
        thread.join()
    assert "an event could not be sent" in caplog.text


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_connection_for_events_is_cut_off_from_its_beginning(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setattr(event_targets, "DELIVERY_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as listener:  # which says nothing, not even in a handshake
        target = UrlTarget(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}/")
        began = time.monotonic()
        assert not target.deliver("{}")
    assert time.monotonic() - began < event_targets.RESPONSE_SECONDS


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/events",
        "http://",
        "http://user@example.com/",
        "http://example.com:port/",
        "http://example.com/a b",
        "http://example.com/é",
        "http://[::1/",
    ],
)
def test_what_is_no_url_for_events_is_refused_and_not_repeated(service: LocalVoiceID, url: str) -> None:
    with pytest.raises(ValueError, match="URL for events") as caught:
        service.events.subscribe(url)
    assert str(caught.value) == str(event_targets._not_a_url())


def test_a_secure_url_is_reached_securely() -> None:
    target = UrlTarget("https://example.com/")
    tls = target._tls()
    assert tls is not None
    assert tls.check_hostname
    assert target._connection(tls).default_port == 443


# --- After the end --------------------------------------------------------------------------------------


def test_a_thread_that_is_late_finds_a_closed_service_empty() -> None:
    with LocalVoiceID() as service:
        pass
    assert service._store.transact_if_open(lambda store: store.count(OUTBOX, "")) is None
