"""Clients in forked processes: connections of their own, no lock that nobody releases, no foreign data."""

import json
import os
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.support.attacks import size
from tests.support.canned_responses import DOMAIN_ID, TABLE, TYPICAL, Canned, request_of, success, with_ids_of
from tests.support.forks import in_child
from voiceid_sdk import VoiceID, service_model
from voiceid_sdk._wire import clients, response_ids
from voiceid_sdk.errors import ResponseError
from voiceid_sdk.progress import track_progress

needs_fork = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning"),
    pytest.mark.usefixtures("no_earlier_clients"),
]


class Service(ThreadingHTTPServer):
    """Responds to each request with its own ids, and records from which ports requests come."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.ports: list[int] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Service

    def do_POST(self) -> None:
        self.server.ports.append(self.client_address[1])
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps(with_ids_of(operation, request, TYPICAL[operation])).encode()
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as service:
        thread = threading.Thread(target=service.serve_forever, args=(0.01,))
        thread.start()
        yield service
        service.shutdown()
        thread.join()


@pytest.fixture
def over_http(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[VoiceID]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with VoiceID(region_name="us-west-2", endpoint_url=service.url) as client:
        yield client


def describe(client: VoiceID, name: str) -> None:
    assert client.domain(DOMAIN_ID).speaker(name).describe().customer_speaker_id == name


@pytest.mark.usefixtures("service")
class TestForkedClients:
    pytestmark = needs_fork

    def test_parent_and_child_use_different_connections(self, service: Service, over_http: VoiceID) -> None:
        describe(over_http, "before")
        assert in_child(lambda: describe(over_http, "child")) is None
        describe(over_http, "after")
        before, child, after = service.ports
        assert before == after != child

    def test_a_child_of_a_child_has_a_connection_of_its_own(
        self, service: Service, over_http: VoiceID
    ) -> None:
        def grandchild() -> None:
            describe(over_http, "child")
            assert in_child(lambda: describe(over_http, "grandchild")) is None

        describe(over_http, "parent")
        assert in_child(grandchild) is None
        assert len(set(service.ports)) == 3

    def test_no_lock_that_the_parent_held_stops_a_call_in_the_child(self, over_http: VoiceID) -> None:
        describe(over_http, "parent")
        client: Any = over_http.boto3_client
        manager = client._endpoint.http_session._manager
        (pool,) = manager.pools._container.values()
        owners = clients_locks(client)
        assert "RetryQuota" in owners
        with manager.pools.lock, pool.pool.mutex, client._endpoint._lock, owners["RetryQuota"]:
            assert in_child(lambda: describe(over_http, "child")) is None
        describe(over_http, "after")

    def test_the_lock_of_credentials_that_are_being_refreshed_is_renewed(self, over_http: VoiceID) -> None:
        from botocore.credentials import RefreshableCredentials

        client: Any = over_http.boto3_client
        fresh = {"access_key": "a", "secret_key": "b", "token": "c", "expiry_time": "2999-01-01T00:00:00Z"}
        credentials: Any = RefreshableCredentials.create_from_metadata(fresh, lambda: fresh, "test")
        client._request_signer._credentials = credentials
        with credentials._refresh_lock:
            assert in_child(lambda: acquire(credentials._refresh_lock)) is None

    def test_a_client_can_be_made_in_a_child_while_a_thread_of_the_parent_makes_one(
        self, service: Service, over_http: VoiceID
    ) -> None:
        def make() -> None:
            describe(VoiceID(region_name="us-west-2", endpoint_url=service.url), "child")

        with clients._Process.making:
            assert in_child(make) is None

    def test_progress_goes_on_in_a_child(self) -> None:
        with track_progress(option=False, what="working") as meter, meter._lock:

            def advance() -> None:
                # Made in the child, because Python 3.13 starts no thread that was made before a fork.
                thread_of_the_child = threading.Thread(target=meter.advance, daemon=True)
                thread_of_the_child.start()
                thread_of_the_child.join(5)
                assert meter.progress.done == 1

            assert in_child(advance) is None

    @pytest.mark.slow
    def test_forks_while_other_threads_are_in_calls_leave_each_process_its_own_data(
        self, over_http: VoiceID, tries: Counter[str]
    ) -> None:
        is_over = threading.Event()

        def call_on(thread: int) -> int:
            calls = 0
            while not is_over.is_set():
                describe(over_http, f"thread-{thread}-{calls}")
                calls += 1
            return calls

        def child() -> None:
            for call in range(2):
                describe(over_http, f"child-{os.getpid()}-{call}")

        describe(over_http, "parent")
        with ThreadPoolExecutor(2) as threads:
            calls = [threads.submit(call_on, number) for number in range(2)]
            try:
                for _ in range(size(3, 2_000)):
                    assert in_child(child) is None
                    tries["Forks while threads are in calls of a client"] += 1
            finally:
                is_over.set()
        assert min(call.result() for call in calls) > 5


def acquire(lock: Any) -> None:
    assert lock.acquire(timeout=1)


def clients_locks(client: Any) -> dict[str, Any]:
    """Return the locks of a client by the class of their owners."""
    from voiceid_sdk._wire import forked_clients

    return {
        type(owner).__name__: value
        for owner in forked_clients._objects_of(client)
        for value in vars(owner).values()
        if type(value) in forked_clients._LOCKS
    }


# --- Responses about another resource -------------------------------------------------------------------

REPEATING = {
    name: [
        (place.member, repeated)
        for place in response_ids._places(name)
        for repeated in place.ids
        if repeated.can_be(request_of(name)[repeated.requested])
    ]
    for name in service_model.operation_names()
}
CASES = [(name, place, repeated) for name, places in REPEATING.items() for place, repeated in places]


def other(given: object) -> str:
    """Return another id of the same kind."""
    text = str(given)
    return text[:-1] + ("X" if text[-1] != "X" else "Y")


def test_the_operations_that_repeat_ids_are_those_of_the_model() -> None:
    found = {
        name: sorted({one.requested for _, one in places}) for name, places in REPEATING.items() if places
    }
    assert found == {
        "AssociateFraudster": ["DomainId", "FraudsterId"],
        "CreateWatchlist": ["DomainId"],
        "DescribeDomain": ["DomainId"],
        "DescribeFraudster": ["DomainId", "FraudsterId"],
        "DescribeFraudsterRegistrationJob": ["DomainId", "JobId"],
        "DescribeSpeaker": ["DomainId", "SpeakerId"],
        "DescribeSpeakerEnrollmentJob": ["DomainId", "JobId"],
        "DescribeWatchlist": ["DomainId", "WatchlistId"],
        "DisassociateFraudster": ["DomainId", "FraudsterId"],
        "EvaluateSession": ["DomainId", "SessionNameOrId"],
        "ListFraudsterRegistrationJobs": ["DomainId"],
        "ListFraudsters": ["DomainId"],
        "ListSpeakerEnrollmentJobs": ["DomainId"],
        "ListSpeakers": ["DomainId"],
        "ListWatchlists": ["DomainId"],
        "OptOutSpeaker": ["DomainId", "SpeakerId"],
        "StartFraudsterRegistrationJob": ["DomainId"],
        "StartSpeakerEnrollmentJob": ["DomainId"],
        "UpdateDomain": ["DomainId"],
        "UpdateWatchlist": ["DomainId", "WatchlistId"],
    }


@pytest.mark.parametrize(
    ("name", "place", "repeated"), CASES, ids=[f"{name}-{one.member}" for name, _, one in CASES]
)
def test_a_response_about_another_resource_is_an_error(
    client: VoiceID, canned: Canned, name: str, place: str | None, repeated: Any
) -> None:
    request = request_of(name)
    foreign = {**request, repeated.requested: other(request[repeated.requested])}
    body = with_ids_of(name, foreign, TYPICAL[name])
    canned.answer(success(**body), success(**body))
    for call in (lambda: client._connection.call(TABLE[name], request), lambda: client.call(name, **request)):
        with pytest.raises(
            ResponseError, match=f"its {repeated.member} is not the {repeated.requested}"
        ) as e:
            call()
        assert str(request[repeated.requested]) not in str(e.value)
        assert e.value.operation == name
        assert e.value.request_id is not None
    assert place in (None, *body)


def test_one_foreign_item_of_a_list_is_an_error(client: VoiceID, canned: Canned) -> None:
    items = [{"DomainId": DOMAIN_ID, "CustomerSpeakerId": "a"}, {"DomainId": other(DOMAIN_ID)}]
    canned.answer(success(SpeakerSummaries=items))
    with pytest.raises(ResponseError, match="another resource"):
        client.domain(DOMAIN_ID).speakers().all()


def test_an_id_that_the_service_chose_is_compared_with_the_member_for_such_ids(
    client: VoiceID, canned: Canned
) -> None:
    chosen = "id#Abcdefghijklmnopqrst02"
    canned.answer(success(Speaker={"GeneratedSpeakerId": chosen, "CustomerSpeakerId": "ana"}))
    assert client.domain(DOMAIN_ID).speaker(chosen).describe().customer_speaker_id == "ana"
    canned.answer(success(Speaker={"GeneratedSpeakerId": other(chosen), "CustomerSpeakerId": "ana"}))
    with pytest.raises(ResponseError, match="GeneratedSpeakerId"):
        client.domain(DOMAIN_ID).speaker(chosen).describe()


def test_a_response_without_ids_is_read(client: VoiceID, canned: Canned) -> None:
    canned.answer(success(Speaker={"Status": "ENROLLED"}))
    assert client.domain(DOMAIN_ID).speaker("ana").describe().status == "ENROLLED"
