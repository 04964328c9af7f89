"""Waits that take no time, with the stub and with Local Voice ID."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.support.stub_data import ANA, DOMAIN_ID, EVALUATION, JOB_ID, KEY, OPTED_OUT, domain
from voiceid_sdk import VoiceID, WaitPolicy, errors
from voiceid_sdk.enums import JobStatus
from voiceid_sdk.local import LocalVoiceID, ManualClock
from voiceid_sdk.models import EnrollmentConfig, EnrollmentJobInfo, SessionEvaluation
from voiceid_sdk.testing import VoiceIDStub, WaitClock, instant_waits

# --- Waits ----------------------------------------------------------------------------------------------


def test_waits_on_a_stub_take_no_time(stub: VoiceIDStub) -> None:
    job = domain(stub).enrollment_job(JOB_ID)
    done = EnrollmentJobInfo(job_status=JobStatus.COMPLETED, enrollment_config=EnrollmentConfig())
    going_on = EnrollmentJobInfo(job_status=JobStatus.IN_PROGRESS)
    stub.expect(job.describe).returns(going_on).returns(going_on).returns(done)
    assert job.wait(WaitPolicy(initial=100, maximum=100, jitter=0)) == done
    assert stub.clock.slept == 200


def test_instant_waits_count_what_they_would_sleep(stub: VoiceIDStub) -> None:
    waited = VoiceID(client=stub.client.boto3_client).domain(DOMAIN_ID).speaker("ana")
    stub.expect(domain(stub).speaker("ana").describe).returns(OPTED_OUT).returns(OPTED_OUT).returns(ANA)
    with instant_waits() as clock:
        waited.wait_until("ENROLLED", WaitPolicy(initial=2, multiplier=3, jitter=0))
    assert (clock.pauses, clock.slept) == ((2, 6), 8)


def test_instant_waits_move_something_else_along(stub: VoiceIDStub) -> None:
    held = ManualClock()
    began = held.now()
    waited = VoiceID(client=stub.client.boto3_client).domain(DOMAIN_ID).session("contact-1")
    stub.expect(waited_session(stub)).returns(EVALUATION)
    with instant_waits(held.advance):
        waited.wait_for_decision()
    assert held.now() - began == timedelta(seconds=10)


def waited_session(stub: VoiceIDStub) -> Callable[[], SessionEvaluation]:
    return domain(stub).session("contact-1").evaluate


def test_instant_waits_leave_a_clock_of_the_clients_own_alone(stub: VoiceIDStub) -> None:
    stub.expect(waited_session(stub)).returns(EVALUATION)
    with instant_waits() as clock:
        domain(stub).session("contact-1").wait_for_decision()
    assert (clock.slept, stub.clock.slept) == (0, 10)


def test_a_wait_clock_does_not_move_for_a_wait_that_was_cancelled() -> None:
    clock, cancel = WaitClock(), threading.Event()
    cancel.set()
    clock.sleep(5, cancel)
    assert clock.monotonic() == clock.slept == 0


# --- Local Voice ID with a manual clock -------------------------------------------------------------------


def test_a_wait_on_local_voice_id_moves_its_held_clock() -> None:
    clock = ManualClock()
    with LocalVoiceID(clock=clock) as service, service.client() as client:
        made = client.create_domain(name="calls", kms_key_id="alias/one")
        began = clock.now()
        made.replace(name="calls", kms_key_id="alias/two")
        made.wait_until_encryption_updated()
        assert clock.now() > began


def test_a_clock_that_is_given_to_the_client_goes_before_the_held_one() -> None:
    held, own = ManualClock(), WaitClock()
    with LocalVoiceID(clock=held) as service, service.client(clock=own) as client:
        made = client.create_domain(name="calls", kms_key_id=KEY)
        policy = WaitPolicy(timeout=50)
        with pytest.raises(errors.WaitTimeoutError):
            made.speaker("nobody").wait_until("ENROLLED", policy)
    assert own.slept == pytest.approx(50)
    assert held.monotonic() == 0


def test_a_held_clock_does_not_move_for_a_wait_that_was_cancelled() -> None:
    clock, cancel = ManualClock(), threading.Event()
    clock.sleep(2, cancel)
    cancel.set()
    clock.sleep(5, cancel)
    assert clock.monotonic() == 2
