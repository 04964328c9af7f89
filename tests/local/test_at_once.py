"""Requests that respond at once, without waiting for the store, a write or a model."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from voiceid_sdk.local import Call, LocalVoiceID, ManualClock
from voiceid_sdk.local.dispatch import AcceptedRequest


@pytest.fixture
def service() -> Iterator[LocalVoiceID]:
    with LocalVoiceID(clock=ManualClock(), seed=1) as service:
        yield service


@pytest.fixture
def domain_id(service: LocalVoiceID) -> str:
    return service.client().create_domain(name="n", kms_key_id="k").domain_id


@pytest.fixture
def call(service: LocalVoiceID, domain_id: str) -> Call:
    call = service.start_call(domain_id, "contact", "anna")
    call.speak("anna", seconds=12.0)
    return call


def accept(service: LocalVoiceID, operation: str, **members: Any) -> AcceptedRequest:
    headers = {"x-amz-target": f"VoiceID.{operation}", "content-type": "application/x-amz-json-1.0"}
    return service.accept(headers, json.dumps(members).encode())


def evaluation(service: LocalVoiceID, call: Call) -> AcceptedRequest:
    return accept(service, "EvaluateSession", DomainId=call.domain_id, SessionNameOrId=call.session_id)


def test_a_read_responds_at_once_with_the_same_response(service: LocalVoiceID, domain_id: str) -> None:
    at_once = accept(service, "DescribeDomain", DomainId=domain_id).response_at_once()
    assert at_once is not None
    assert at_once.body == accept(service, "DescribeDomain", DomainId=domain_id).response().body


def test_an_error_responds_at_once(service: LocalVoiceID) -> None:
    for members in ({}, {"DomainId": "a" * 22}):
        response = accept(service, "DescribeDomain", **members).response_at_once()
        assert response is not None
        assert response.status >= 400


def test_a_write_waits(service: LocalVoiceID, domain_id: str) -> None:
    accepted = accept(service, "OptOutSpeaker", DomainId=domain_id, SpeakerId="anna")
    assert accepted.response_at_once() is None
    assert accepted.response().status == 200


def test_a_read_waits_while_a_task_is_due(service: LocalVoiceID, domain_id: str) -> None:
    accept(service, "DeleteDomain", DomainId=domain_id).response()
    service.clock.advance(31 * 24 * 3600)  # type: ignore[attr-defined] # a ManualClock
    accepted = accept(service, "DescribeDomain", DomainId=domain_id)
    assert accepted.response_at_once() is None
    assert accepted.response().status == 404


def test_a_read_waits_while_another_thread_uses_the_store(service: LocalVoiceID) -> None:
    accepted = accept(service, "ListDomains")
    began, end = threading.Event(), threading.Event()

    def use(_: object) -> None:
        began.set()
        end.wait(10)

    thread = threading.Thread(target=service._transactions.run, args=(use,))
    thread.start()
    began.wait(10)
    assert accepted.response_at_once() is None
    end.set()
    thread.join()
    assert accepted.response_at_once() is not None


def test_an_evaluation_waits_until_its_results_are_kept(service: LocalVoiceID, call: Call) -> None:
    first = evaluation(service, call)
    assert first.response_at_once() is None
    body = first.response().body
    again = evaluation(service, call).response_at_once()
    assert again is not None
    assert again.body == body


def test_an_attempt_in_vain_changes_no_id(service: LocalVoiceID, call: Call) -> None:
    before = service._settings.identifiers._resources.getstate()
    assert evaluation(service, call).response_at_once() is None
    assert service._settings.identifiers._resources.getstate() == before


def test_an_evaluation_waits_while_someone_listens_to_its_event(service: LocalVoiceID, call: Call) -> None:
    evaluation(service, call).response()
    heard: list[object] = []
    service.events.subscribe(heard.append)
    accepted = evaluation(service, call)
    assert accepted.response_at_once() is None
    accepted.response()
    assert len(heard) == 1


def test_a_kept_evaluation_and_a_read_execute_no_statement_but_select(
    service: LocalVoiceID, call: Call
) -> None:
    evaluation(service, call).response()
    executed: list[str] = []
    service._store.opened()._database._opened().set_trace_callback(executed.append)
    evaluation(service, call).response()
    accept(service, "DescribeSpeaker", DomainId=call.domain_id, SpeakerId="anna").response()
    assert executed
    assert {statement.split()[0] for statement in executed} == {"SELECT"}


def test_a_fault_of_a_request_that_has_to_wait_is_taken_once(service: LocalVoiceID, call: Call) -> None:
    service.faults.fail_next("EvaluateSession", "ThrottlingException")
    failed = evaluation(service, call).response_at_once()
    assert failed is not None
    assert failed.status == 429
    accepted = evaluation(service, call)
    assert accepted.response_at_once() is None
    assert accepted.response().status == 200
