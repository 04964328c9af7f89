"""What goes wrong on purpose: failures, lost connections, truncated answers, latency and throttling."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.local.conftest import Send
from voiceid_sdk import errors
from voiceid_sdk.local import LocalVoiceID, ManualClock
from voiceid_sdk.local.faults import MAX_FAULTS, Faults
from voiceid_sdk.local.protocol.aws_json import Delivery

CONTENT: Any = {"Name": "n", "ServerSideEncryptionConfiguration": {"KmsKeyId": "k"}}
ONCE = Config(retries={"total_max_attempts": 1})


@pytest.fixture
def client(service: LocalVoiceID) -> Any:
    return service.boto3_client(config=ONCE)


def statuses(send: Send, operation: str, times: int) -> list[int]:
    return [send(operation).status for _ in range(times)]


# --- Limits ---------------------------------------------------------------------------------------------


def test_only_so_many_faults_may_wait() -> None:
    faults = Faults()
    for _ in range(MAX_FAULTS):
        faults.fail_next("ListDomains", "ThrottlingException")
        faults.drop_share(0.0)
    with pytest.raises(ValueError, match="at most 1,000 faults"):
        faults.drop_next("ListSpeakers")
    with pytest.raises(ValueError, match="at most 1,000 faults"):
        faults.fail_share(0.5, "InternalServerException")
    faults.next_for("ListDomains", 0.0)
    faults.drop_next("ListSpeakers")


def test_the_message_of_a_fault_has_a_limit(service: LocalVoiceID, send: Send) -> None:
    for length, outcome in ((1024, 500), (1025, 200)):
        with contextlib.suppress(ValueError):
            service.faults.fail_next("ListDomains", "InternalServerException", message="m" * length)
        assert send("ListDomains").status == outcome


# --- Shares ---------------------------------------------------------------------------------------------


def test_a_share_of_requests_fails(service: LocalVoiceID, send: Send) -> None:
    service.faults.fail_share(0.25, "InternalServerException")
    seen = statuses(send, "ListDomains", 400)
    assert set(seen) == {200, 500}
    assert 60 <= seen.count(500) <= 140


def test_the_same_seed_fails_the_same_requests() -> None:
    def strikes(seed: str | None) -> list[bool]:
        faults = Faults(seed)
        faults.fail_share(0.5, "InternalServerException")
        found = [faults.next_for("ListDomains", 0.0) for _ in range(64)]
        return [fault.error is not None for fault in found]

    assert strikes("a") == strikes("a") != strikes("b")
    assert strikes(None) != strikes(None)


@pytest.mark.parametrize(("share", "status"), [(0.0, 200), (1.0, 500)])
def test_a_share_can_be_none_or_all(service: LocalVoiceID, send: Send, share: float, status: int) -> None:
    service.faults.fail_share(share, "InternalServerException")
    assert set(statuses(send, "ListDomains", 50)) == {status}


def test_a_share_is_of_every_operation_or_of_one(service: LocalVoiceID, send: Send, domain_id: str) -> None:
    service.faults.fail_share(1, "InternalServerException", operation="ListDomains")
    assert send("ListDomains").status == 500
    assert send("DescribeDomain", {"DomainId": domain_id}).status == 200
    service.faults.fail_share(1, "ThrottlingException")
    assert send("DescribeDomain", {"DomainId": domain_id}).status == 429


def test_a_share_fails_as_it_is_told(service: LocalVoiceID, client: Any) -> None:
    service.faults.fail_share(
        1, "ConflictException", operation="ListDomains", message="Not today.", conflict_type="SPEAKER_NOT_SET"
    )
    with pytest.raises(ClientError, match="Not today") as caught:
        client.list_domains()
    response: Any = caught.value.response
    assert response["ConflictType"] == "SPEAKER_NOT_SET"


def test_of_several_shares_the_first_counts(service: LocalVoiceID, send: Send) -> None:
    service.faults.fail_share(1, "ThrottlingException")
    service.faults.fail_share(1, "InternalServerException")
    assert send("ListDomains").status == 429


def test_the_next_requests_come_before_shares(service: LocalVoiceID, send: Send) -> None:
    service.faults.fail_share(1, "InternalServerException")
    service.faults.fail_next("ListDomains", "ThrottlingException")
    assert statuses(send, "ListDomains", 2) == [429, 500]


def test_as_many_requests_fail_as_were_asked_for_however_many(service: LocalVoiceID, send: Send) -> None:
    service.faults.fail_next("ListDomains", "ThrottlingException", times=3)
    service.faults.fail_next("ListDomains", "InternalServerException", times=10**12)
    assert statuses(send, "ListDomains", 5) == [429, 429, 429, 500, 500]


def test_a_failure_that_comes_often_keeps_no_traceback(service: LocalVoiceID) -> None:
    service.faults.fail_next("ListDomains", "ThrottlingException", times=2)
    one, other = (service.faults.next_for("ListDomains", 0.0) for _ in range(2))
    assert one.error is not other.error
    assert str(one.error) == str(other.error)


# --- Lost connections -----------------------------------------------------------------------------------


def test_a_dropped_connection_is_one_to_botocore(service: LocalVoiceID, client: Any) -> None:
    service.faults.drop_next("ListDomains")
    with pytest.raises(ConnectionClosedError):
        client.list_domains()
    assert client.list_domains()["DomainSummaries"] == []


def test_a_dropped_connection_is_a_transport_error_to_the_sdk(service: LocalVoiceID) -> None:
    service.faults.drop_next("ListDomains")
    with service.client(max_attempts=1) as voiceid, pytest.raises(errors.TransportError):
        voiceid.domains().first()


def test_a_request_that_lost_its_answer_was_done_and_a_token_keeps_it_from_being_done_twice(
    service: LocalVoiceID,
) -> None:
    service.faults.drop_next("CreateDomain")
    with service.client() as voiceid:
        voiceid.create_domain(name="n", kms_key_id="k")
        assert len(voiceid.domains().all()) == 1


@pytest.mark.parametrize(("performed", "domains"), [(True, 1), (False, 0)])
def test_a_connection_is_lost_after_or_before_the_request_was_done(
    service: LocalVoiceID, client: Any, *, performed: bool, domains: int
) -> None:
    service.faults.drop_next("CreateDomain", performed=performed)
    with pytest.raises(ConnectionClosedError):
        client.create_domain(**CONTENT)
    assert len(client.list_domains()["DomainSummaries"]) == domains


def test_connections_are_lost_as_often_as_told(service: LocalVoiceID, send: Send) -> None:
    service.faults.drop_next("ListDomains", times=2)
    seen = [send("ListDomains").delivery for _ in range(3)]
    assert seen == [Delivery.DROPPED, Delivery.DROPPED, Delivery.WHOLE]


def test_a_share_of_connections_is_lost(service: LocalVoiceID, send: Send) -> None:
    service.faults.drop_share(1, operation="ListDomains", performed=False)
    assert send("ListDomains").delivery is Delivery.DROPPED
    service.faults.clear()
    assert send("ListDomains").delivery is Delivery.WHOLE


def test_a_lost_answer_delivers_nothing(service: LocalVoiceID, send: Send) -> None:
    service.faults.drop_next("ListDomains")
    assert send("ListDomains").delivered_body == b""
    assert send("ListDomains").delivered_body == b'{"DomainSummaries":[]}'


# --- Truncated answers ----------------------------------------------------------------------------------


def test_a_truncated_answer_has_half_a_body_and_the_length_of_all(service: LocalVoiceID, send: Send) -> None:
    service.faults.truncate_next("ListDomains")
    response = send("ListDomains")
    assert response.delivery is Delivery.TRUNCATED
    assert response.headers["Content-Length"] == "22"
    assert response.delivered_body == b'{"DomainSum'


def test_a_truncated_answer_without_a_body_is_lost_altogether(
    service: LocalVoiceID, send: Send, domain_id: str
) -> None:
    service.faults.truncate_next("DeleteDomain")
    assert send("DeleteDomain", {"DomainId": domain_id}).delivery is Delivery.DROPPED


@contextmanager
def network(sent: bytes) -> Iterator[str]:
    """Give the URL of a server that answers its only request with some bytes and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as received:
                length = 0
                while (line := received.readline()) != b"\r\n":
                    name, _, value = line.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                received.read(length)
                connection.sendall(sent)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


def outcome(client: Any) -> str:
    """Return what becomes of a call, apart from where it went."""
    try:
        response: Any = client.list_domains()
    except ConnectionClosedError as error:
        cause: Any = error.kwargs["error"]
        return f"{type(error).__name__} because of {cause}"
    del response["ResponseMetadata"]
    return str(response)


@pytest.mark.parametrize("delivery", [Delivery.DROPPED, Delivery.TRUNCATED])
def test_a_lost_connection_in_process_is_to_botocore_what_it_is_in_a_network(
    service: LocalVoiceID, client: Any, send: Send, delivery: Delivery
) -> None:
    getattr(service.faults, f"{'drop' if delivery is Delivery.DROPPED else 'truncate'}_next")(
        "ListDomains", times=2
    )
    response = send("ListDomains")
    head = "".join(f"{name}: {value}\r\n" for name, value in response.headers.items())
    whole = f"HTTP/1.1 200 OK\r\n{head}\r\n".encode() + response.delivered_body
    with network(b"" if delivery is Delivery.DROPPED else whole) as url:
        session = boto3.Session("a-key", "a-secret", region_name="us-east-1")
        over_the_network: Any = session.client("voice-id", endpoint_url=url, config=ONCE)
        expected = outcome(over_the_network)
    assert outcome(client) == expected


def test_a_truncated_answer_is_an_error_to_the_sdk(service: LocalVoiceID) -> None:
    service.faults.truncate_share(1)
    with service.client(max_attempts=1) as voiceid, pytest.raises(errors.ResponseError):
        voiceid.domains().first()


def test_a_truncated_answer_is_a_success_to_raw_boto3(service: LocalVoiceID, client: Any) -> None:
    service.faults.truncate_next("ListDomains")
    assert "DomainSummaries" not in client.list_domains()


# --- Latency --------------------------------------------------------------------------------------------


def test_a_held_clock_moves_by_the_latency(service: LocalVoiceID, send: Send, clock: ManualClock) -> None:
    service.faults.delay(90, operation="ListDomains")
    service.faults.delay(10)
    before = clock.monotonic()
    response = send("ListDomains")
    assert (response.status, response.delay) == (200, 0)
    assert clock.monotonic() - before == 100


def test_in_process_the_client_waits_for_the_latency(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("voiceid_sdk.local.clients.botocore_hook.time.sleep", pauses.append)
    with LocalVoiceID() as service:
        client: Any = service.boto3_client(config=ONCE)
        client.list_domains()
        service.faults.delay(2.5)
        client.list_domains()
    assert pauses == [2.5]


def test_a_door_is_told_how_long_to_wait() -> None:
    with LocalVoiceID() as service:
        service.faults.delay(2.5)
        headers = {"X-Amz-Target": "VoiceID.ListDomains", "Content-Type": "application/x-amz-json-1.0"}
        assert service.handle(headers, b"{}").delay == 2.5


def test_a_share_of_answers_comes_late(service: LocalVoiceID, send: Send, clock: ManualClock) -> None:
    service.faults.delay(1, share=0.5)
    for _ in range(100):
        send("ListDomains")
    assert 25 <= clock.monotonic() <= 75


def test_latency_comes_on_top_of_another_fault(service: LocalVoiceID, send: Send, clock: ManualClock) -> None:
    service.faults.delay(5)
    service.faults.fail_share(1, "InternalServerException")
    assert send("ListDomains").status == 500
    assert clock.monotonic() == 5


# --- Throttling -----------------------------------------------------------------------------------------


def test_requests_above_a_rate_are_throttled(service: LocalVoiceID, send: Send, clock: ManualClock) -> None:
    service.faults.throttle(2, operation="ListDomains")
    assert statuses(send, "ListDomains", 3) == [200, 200, 429]
    clock.advance(0.5)
    assert statuses(send, "ListDomains", 2) == [200, 429]


def test_operations_share_a_rate_that_is_for_all(service: LocalVoiceID, send: Send, domain_id: str) -> None:
    service.faults.throttle(1)
    assert send("ListDomains").status == 200
    assert send("DescribeDomain", {"DomainId": domain_id}).status == 429


def test_a_rate_takes_the_place_of_an_earlier_one(service: LocalVoiceID, send: Send) -> None:
    service.faults.throttle(1, operation="ListDomains")
    service.faults.throttle(3, operation="ListDomains")
    assert statuses(send, "ListDomains", 4) == [200, 200, 200, 429]


# --- All of them ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arrange",
    [
        lambda faults: faults.fail_share(-0.1, "InternalServerException"),
        lambda faults: faults.fail_share(1.1, "InternalServerException"),
        lambda faults: faults.fail_share(0.5, "Nonsense"),
        lambda faults: faults.fail_share(0.5, "ThrottlingException", operation="Nonsense"),
        lambda faults: faults.drop_next("Nonsense"),
        lambda faults: faults.drop_next("ListDomains", times=0),
        lambda faults: faults.drop_share(float("nan")),
        lambda faults: faults.truncate_next("Nonsense"),
        lambda faults: faults.truncate_share(2),
        lambda faults: faults.delay(0),
        lambda faults: faults.delay(float("inf")),
        lambda faults: faults.delay(1e300),
        lambda faults: faults.delay(10**400),
        lambda faults: faults.delay(1, operation="Nonsense"),
        lambda faults: faults.throttle(0),
        lambda faults: faults.throttle(10**400),
        lambda faults: faults.throttle(1, operation="Nonsense"),
    ],
)
def test_what_cannot_go_wrong_is_refused(service: LocalVoiceID, arrange: Callable[[Faults], None]) -> None:
    with pytest.raises(ValueError, match="must be"):
        arrange(service.faults)


def test_everything_that_was_to_go_wrong_can_be_forgotten(
    service: LocalVoiceID, send: Send, clock: ManualClock
) -> None:
    service.faults.fail_next("ListDomains", "ThrottlingException")
    service.faults.fail_share(1, "ThrottlingException")
    service.faults.delay(10)
    service.faults.throttle(1)
    service.faults.clear()
    assert statuses(send, "ListDomains", 3) == [200, 200, 200]
    assert clock.monotonic() == 0


def test_a_request_that_the_service_does_not_know_meets_no_fault(service: LocalVoiceID, send: Send) -> None:
    service.faults.drop_share(1)
    response = send("Nonsense")
    assert (response.status, response.delivery) == (404, Delivery.WHOLE)
