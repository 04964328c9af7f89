import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import entry_points
from typing import Any, Final

import attrs
import pytest

from voiceid_sdk import Domain, VoiceID, WaitPolicy, errors, service_model
from voiceid_sdk.enums import (
    AuthenticationDecision,
    ConflictType,
    JobStatus,
    ResourceType,
    SpeakerStatus,
    StreamingStatus,
)
from voiceid_sdk.local import LocalVoiceID, ManualClock
from voiceid_sdk.models import (
    AuthenticationResult,
    DomainInfo,
    EnrollmentConfig,
    EnrollmentJobInfo,
    EnrollmentJobSummary,
    FraudsterInfo,
    RegistrationJobInfo,
    RegistrationJobSummary,
    ServerSideEncryptionConfiguration,
    SessionEvaluation,
    SpeakerInfo,
    Structure,
    WatchlistInfo,
)
from voiceid_sdk.testing import StubError, VoiceIDStub, WaitClock, instant_waits

pytest_plugins = ["pytester"]

DOMAIN_ID: Final = "Abcdefghijklmnopqrst01"
DOMAIN_ARN: Final = f"arn:aws:voiceid:us-east-1:111122223333:domain/{DOMAIN_ID}"
WATCHLIST_ID: Final = "WatchlistAAAAAAAAAAAA1"
FRAUDSTER_ID: Final = "id#FraudsterAAAAAAAAAAAA1"
JOB_ID: Final = "JobAAAAAAAAAAAAAAAAAA1"
KEY: Final = "alias/voice-id"
FILES: Final[dict[str, Any]] = {
    "input_s3_uri": "s3://voice-in/manifest.json",
    "output_s3_uri": "s3://voice-out/",
    "data_access_role_arn": "arn:aws:iam::111122223333:role/voice-id",
}
MOMENT: Final = datetime(2026, 2, 3, 4, 5, 6, 789_000, tzinfo=UTC)

ANA: Final = SpeakerInfo(customer_speaker_id="ana", status=SpeakerStatus.ENROLLED, created_at=MOMENT)
OPTED_OUT: Final = SpeakerInfo(customer_speaker_id="ana", status=SpeakerStatus.OPTED_OUT)
BEN: Final = SpeakerInfo(customer_speaker_id="ben", status=SpeakerStatus.OPTED_OUT)
EVE: Final = SpeakerInfo(customer_speaker_id="eve", status=SpeakerStatus("NEW_STATUS"))
DOMAIN: Final = DomainInfo(
    domain_id=DOMAIN_ID,
    arn=DOMAIN_ARN,
    name="calls",
    server_side_encryption_configuration=ServerSideEncryptionConfiguration(kms_key_id=KEY),
)
MALLORY: Final = FraudsterInfo(generated_fraudster_id=FRAUDSTER_ID, watchlist_ids=(WATCHLIST_ID,))
WATCHLIST: Final = WatchlistInfo(watchlist_id=WATCHLIST_ID, default_watchlist=True)
EVALUATION: Final = SessionEvaluation(
    streaming_status=StreamingStatus.ENDED,
    authentication_result=AuthenticationResult(decision=AuthenticationDecision.ACCEPT, score=97),
)


@pytest.fixture
def stub() -> Iterator[VoiceIDStub]:
    with VoiceIDStub() as stub:
        yield stub


@pytest.fixture
def loose_stub() -> VoiceIDStub:
    """Return a stub that is not checked for missing calls at its end."""
    return VoiceIDStub()


def domain(stub: VoiceIDStub) -> Domain:
    return stub.client.domain(DOMAIN)


# --- Answers --------------------------------------------------------------------------------------------


@attrs.frozen
class Use:
    """One method of the SDK, what it is given, and data that it may be stubbed with."""

    method: Callable[[VoiceIDStub], Callable[..., Any]]
    given: dict[str, Any]
    result: Any


USES = [
    Use(lambda stub: stub.client.create_domain, {"name": "calls", "kms_key_id": KEY}, DOMAIN),
    Use(lambda stub: stub.client.domains, {"page_size": 5}, [DOMAIN]),
    Use(lambda stub: domain(stub).describe, {}, DOMAIN),
    Use(lambda stub: domain(stub).replace, {"name": "calls", "kms_key_id": KEY}, DOMAIN),
    Use(lambda stub: domain(stub).delete, {}, None),
    Use(lambda stub: domain(stub).tags, {}, {"team": "support"}),
    Use(lambda stub: domain(stub).tag, {"tags": {"team": "support"}}, None),
    Use(lambda stub: domain(stub).untag, {"keys": ["team"]}, None),
    Use(lambda stub: domain(stub).speakers, {}, [ANA, BEN, EVE]),
    Use(lambda stub: domain(stub).speaker("ana").describe, {}, ANA),
    Use(lambda stub: domain(stub).speaker("ben").opt_out, {}, BEN),
    Use(lambda stub: domain(stub).speaker("ana").delete, {}, None),
    Use(lambda stub: domain(stub).fraudsters, {"watchlist": WATCHLIST_ID}, [MALLORY]),
    Use(lambda stub: domain(stub).fraudster(FRAUDSTER_ID).describe, {}, MALLORY),
    Use(lambda stub: domain(stub).fraudster(FRAUDSTER_ID).associate, {"watchlist": WATCHLIST_ID}, MALLORY),
    Use(lambda stub: domain(stub).fraudster(FRAUDSTER_ID).disassociate, {"watchlist": WATCHLIST_ID}, MALLORY),
    Use(lambda stub: domain(stub).fraudster(FRAUDSTER_ID).delete, {}, None),
    Use(lambda stub: domain(stub).create_watchlist, {"name": "known"}, WATCHLIST),
    Use(lambda stub: domain(stub).watchlists, {}, [WATCHLIST]),
    Use(lambda stub: domain(stub).watchlist(WATCHLIST_ID).describe, {}, WATCHLIST),
    Use(lambda stub: domain(stub).watchlist(WATCHLIST_ID).update, {"name": "known"}, WATCHLIST),
    Use(lambda stub: domain(stub).watchlist(WATCHLIST_ID).delete, {}, None),
    Use(lambda stub: domain(stub).start_enrollment_job, FILES, EnrollmentJobInfo(job_id=JOB_ID)),
    Use(
        lambda stub: domain(stub).enrollment_jobs, {"status": "FAILED"}, [EnrollmentJobSummary(job_id=JOB_ID)]
    ),
    Use(lambda stub: domain(stub).enrollment_job(JOB_ID).describe, {}, EnrollmentJobInfo(created_at=MOMENT)),
    Use(lambda stub: domain(stub).start_registration_job, FILES, RegistrationJobInfo(job_id=JOB_ID)),
    Use(lambda stub: domain(stub).registration_jobs, {}, [RegistrationJobSummary(job_id=JOB_ID)]),
    Use(lambda stub: domain(stub).registration_job(JOB_ID).describe, {}, RegistrationJobInfo(job_name="a")),
    Use(lambda stub: domain(stub).session("contact-1").evaluate, {}, EVALUATION),
]


@pytest.mark.parametrize("use", USES, ids=lambda use: str(USES.index(use)))
def test_every_method_returns_what_it_was_stubbed_with(use: Use, stub: VoiceIDStub) -> None:
    expected: Any = stub.expect(use.method(stub), **use.given)
    expected.returns(use.result)
    returned = use.method(stub)(**use.given)
    if isinstance(use.result, list):
        assert list(returned) == use.result
    elif isinstance(returned, (Structure, dict)) or returned is None:
        assert returned == use.result
    else:
        assert returned.info == use.result


def test_every_operation_can_be_stubbed(loose_stub: VoiceIDStub) -> None:
    stubbed = {loose_stub.expect(use.method(loose_stub), **use.given)._operation for use in USES}
    assert stubbed == set(service_model.operation_names())


def test_calls_are_answered_in_their_order(stub: VoiceIDStub) -> None:
    stub.expect(domain(stub).speaker("ana").describe).returns(ANA).returns(OPTED_OUT)
    stub.expect(domain(stub).speaker("ben").describe).returns(BEN)
    seen = [domain(stub).speaker(name).describe() for name in ("ana", "ana", "ben")]
    assert seen == [ANA, OPTED_OUT, BEN]


def test_an_update_is_expected_call_by_call(stub: VoiceIDStub) -> None:
    stub.expect(domain(stub).describe).returns(DOMAIN)
    stub.expect(domain(stub).replace, name="new", kms_key_id=KEY).returns(DOMAIN)
    assert domain(stub).update(name="new") == DOMAIN


def test_a_raw_call_is_stubbed_with_a_raw_answer(stub: VoiceIDStub) -> None:
    stub.expect(stub.client.call, "ListDomains", MaxResults=2).returns({"DomainSummaries": []})
    assert stub.client.call("ListDomains", MaxResults=2)["DomainSummaries"] == []


def test_data_that_the_service_never_gives_there_is_refused(stub: VoiceIDStub) -> None:
    expected: Any = stub.expect(domain(stub).speaker("ana").describe)
    with pytest.raises(Exception, match="Unknown parameter in Speaker"):
        expected.returns(MALLORY)


def test_the_region_is_the_one_that_was_asked_for() -> None:
    assert "eu-west-2" in repr(VoiceIDStub(region_name="eu-west-2").client)


def test_a_stub_reads_nothing_of_the_users_aws_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    with VoiceIDStub() as stub:
        stub.expect(domain(stub).describe).returns(DOMAIN)
        assert domain(stub).describe() == DOMAIN


# --- Lists ----------------------------------------------------------------------------------------------


def test_a_list_is_answered_page_by_page(stub: VoiceIDStub) -> None:
    stub.expect(domain(stub).speakers, page_size=2).returns([ANA, BEN], [], [EVE])
    pages = list(domain(stub).speakers(page_size=2).pages())
    assert [page.items for page in pages] == [(ANA, BEN), (), (EVE,)]


def test_a_list_without_pages_is_empty(stub: VoiceIDStub) -> None:
    stub.expect(domain(stub).speakers).returns()
    assert domain(stub).speakers().all() == []


def test_a_list_can_be_read_twice(stub: VoiceIDStub) -> None:
    stub.expect(domain(stub).speakers).returns([ANA], [BEN]).returns([EVE])
    assert domain(stub).speakers().all() == [ANA, BEN]
    assert domain(stub).speakers().all() == [EVE]


def test_a_list_can_fail_between_its_pages_and_go_on(stub: VoiceIDStub) -> None:
    expected = stub.expect(domain(stub).speakers).returns([ANA], [BEN], more=True)
    expected.fails(errors.ThrottlingError).returns([EVE])
    pager, got = domain(stub).speakers(), list[SpeakerInfo]()
    with pytest.raises(errors.ThrottlingError) as caught:
        got.extend(pager)
    assert [*got, *pager.items(caught.value.resume_token)] == [ANA, BEN, EVE]


def test_a_list_that_is_not_read_to_its_end_leaves_pages_over(loose_stub: VoiceIDStub) -> None:
    loose_stub.expect(domain(loose_stub).speakers).returns([ANA], [BEN])
    next(iter(domain(loose_stub).speakers()))
    with pytest.raises(StubError, match="ListSpeakers"):
        loose_stub.verify()


# --- Failures -------------------------------------------------------------------------------------------

SERVICE_ERRORS = [
    errors.AccessDeniedError,
    errors.AuthenticationError,
    errors.ConflictError,
    errors.InternalServerError,
    errors.ResourceNotFoundError,
    errors.ServiceQuotaExceededError,
    errors.ThrottlingError,
    errors.ValidationError,
]


@pytest.mark.parametrize("kind", [*SERVICE_ERRORS, errors.TransportError, errors.TransportTimeoutError])
def test_every_error_can_be_raised_by_its_class(
    kind: type[errors.ServiceError] | type[errors.TransportError], stub: VoiceIDStub
) -> None:
    stub.expect(domain(stub).describe).fails(kind)
    with pytest.raises(kind) as caught:
        domain(stub).describe()
    assert type(caught.value) is kind


def test_no_error_of_the_service_is_left_out() -> None:
    assert set(SERVICE_ERRORS) == set(errors.ServiceError.__subclasses__())


def test_an_error_has_the_message_and_status_that_it_was_given(stub: VoiceIDStub) -> None:
    stub.expect(domain(stub).describe).fails("TeapotException", "I am a teapot.", status_code=418)
    with pytest.raises(errors.ServiceError, match="I am a teapot") as caught:
        domain(stub).describe()
    assert (caught.value.code, caught.value.status_code) == ("TeapotException", 418)


def test_a_conflict_says_what_it_was_told_to_say(stub: VoiceIDStub) -> None:
    stub.expect(domain(stub).speaker("ana").opt_out).fails(
        errors.ConflictError, conflict_type=ConflictType.DOMAIN_NOT_ACTIVE
    )
    with pytest.raises(errors.ConflictError) as caught:
        domain(stub).speaker("ana").opt_out()
    assert caught.value.conflict_type == ConflictType.DOMAIN_NOT_ACTIVE


def test_what_does_not_exist_is_said_as_told(stub: VoiceIDStub) -> None:
    stub.expect(domain(stub).speaker("ana").describe).fails(
        errors.ResourceNotFoundError, resource_type="SPEAKER"
    )
    with pytest.raises(errors.ResourceNotFoundError) as caught:
        domain(stub).speaker("ana").describe()
    assert caught.value.resource_type == ResourceType.SPEAKER


def test_a_conflict_type_on_another_error_is_refused(stub: VoiceIDStub) -> None:
    expected = stub.expect(domain(stub).describe)
    with pytest.raises(Exception, match="ConflictType"):
        expected.fails(errors.ThrottlingError, conflict_type=ConflictType.DOMAIN_NOT_ACTIVE)


def test_an_error_without_a_single_code_is_rejected(stub: VoiceIDStub) -> None:
    with pytest.raises(ValueError, match="ServiceError has no single code"):
        stub.expect(domain(stub).describe).fails(errors.ServiceError)


def test_a_failure_is_not_retried(stub: VoiceIDStub) -> None:
    stub.expect(domain(stub).describe).fails(errors.ThrottlingError).returns(DOMAIN)
    with pytest.raises(errors.ThrottlingError):
        domain(stub).describe()
    assert domain(stub).describe() == DOMAIN


# --- What does not go as expected -----------------------------------------------------------------------


def test_another_request_is_shown_beside_the_expected_one(loose_stub: VoiceIDStub) -> None:
    loose_stub.expect(domain(loose_stub).speaker("ana").describe).returns(ANA)
    with pytest.raises(StubError) as caught:
        domain(loose_stub).speaker("ben").describe()
    assert str(caught.value).splitlines() == [
        "DescribeSpeaker was called with another request:",
        "- expected",
        "+ sent",
        "  {",
        f'    "DomainId": "{DOMAIN_ID}",',
        '-   "SpeakerId": "ana"',
        '+   "SpeakerId": "ben"',
        "  }",
    ]


def test_a_missing_member_is_a_difference(loose_stub: VoiceIDStub) -> None:
    loose_stub.expect(domain(loose_stub).create_watchlist, name="a", description="b").returns(WATCHLIST)
    with pytest.raises(StubError, match=r'-   "Description": "b",'):
        domain(loose_stub).create_watchlist(name="a")


def test_a_member_too_many_is_a_difference(loose_stub: VoiceIDStub) -> None:
    loose_stub.expect(domain(loose_stub).speakers).returns([ANA])
    with pytest.raises(StubError, match=r'\+   "MaxResults": 1'):
        domain(loose_stub).speakers().first()


def test_a_call_of_another_operation_names_both(loose_stub: VoiceIDStub) -> None:
    loose_stub.expect(domain(loose_stub).describe).returns(DOMAIN)
    with pytest.raises(StubError, match="DeleteDomain was called, but DescribeDomain is expected:"):
        domain(loose_stub).delete()


def test_a_call_too_many_is_an_error(loose_stub: VoiceIDStub) -> None:
    with pytest.raises(StubError, match=f'(?s)DeleteDomain was called, but nothing more.*"{DOMAIN_ID}"'):
        domain(loose_stub).delete()


def test_calls_that_were_not_made_are_listed(loose_stub: VoiceIDStub) -> None:
    loose_stub.expect(domain(loose_stub).describe).returns(DOMAIN)
    loose_stub.expect(domain(loose_stub).speaker("ana").delete).returns(None)
    with pytest.raises(StubError, match=r"(?s)not made \(2\):\nDescribeDomain {.*\nDeleteSpeaker {.*ana"):
        loose_stub.verify()


def test_an_error_that_the_code_under_test_hid_comes_back_in_the_end(loose_stub: VoiceIDStub) -> None:
    for hidden in (domain(loose_stub).delete, domain(loose_stub).describe):
        with pytest.raises(StubError):
            hidden()
    with pytest.raises(StubError, match="DeleteDomain was called"), loose_stub:
        pass


def test_an_error_of_the_test_is_not_hidden_by_calls_that_were_not_made(loose_stub: VoiceIDStub) -> None:
    def fail() -> None:
        with loose_stub:
            loose_stub.expect(domain(loose_stub).describe).returns(DOMAIN)
            raise LookupError

    with pytest.raises(LookupError):
        fail()


def test_nothing_gets_past_the_stub(loose_stub: VoiceIDStub) -> None:
    loose_stub.expect(domain(loose_stub).describe).returns(DOMAIN)
    loose_stub._script.stubber.deactivate()
    with pytest.raises(StubError, match="did not intercept a request"):
        domain(loose_stub).describe()


# --- What is compared -----------------------------------------------------------------------------------


def test_a_client_token_is_not_compared(stub: VoiceIDStub) -> None:
    stub.expect(domain(stub).create_watchlist, name="known").returns(WATCHLIST).returns(WATCHLIST)
    domain(stub).create_watchlist(name="known")
    domain(stub).create_watchlist(name="known", client_token="mine")


@pytest.mark.parametrize("raw", [False, True])
def test_a_client_token_that_is_given_is_compared(loose_stub: VoiceIDStub, *, raw: bool) -> None:
    client = loose_stub.client
    if raw:
        loose_stub.expect(client.call, "CreateWatchlist", DomainId=DOMAIN_ID, Name="known", ClientToken="a")
        loose_stub.expect(
            client.call, "CreateWatchlist", DomainId=DOMAIN_ID, Name="known", ClientToken="a"
        ).returns({"Watchlist": {}})
    else:
        loose_stub.expect(domain(loose_stub).create_watchlist, name="known", client_token="a").returns(
            WATCHLIST
        )
    with pytest.raises(StubError, match=r'-   "ClientToken": "a"'):
        domain(loose_stub).create_watchlist(name="known", client_token="b")


def test_members_can_be_left_out_of_the_comparison(stub: VoiceIDStub) -> None:
    expected = stub.expect(domain(stub).start_enrollment_job, **FILES).ignoring("JobName", "InputDataConfig")
    expected.returns(EnrollmentJobInfo(job_id=JOB_ID))
    other = {**FILES, "input_s3_uri": "s3://other/manifest.json"}
    assert domain(stub).start_enrollment_job(**other, job_name="nightly-1").job_id == JOB_ID


def test_what_is_left_out_may_be_said_after_the_answer(stub: VoiceIDStub) -> None:
    stub.expect(domain(stub).speaker("whoever").describe).returns(ANA).ignoring("SpeakerId")
    assert domain(stub).speaker("ana").describe() == ANA


def test_a_member_that_does_not_exist_cannot_be_left_out(stub: VoiceIDStub) -> None:
    with pytest.raises(ValueError, match="DescribeDomain has no member DomainID"):
        stub.expect(domain(stub).describe).ignoring("DomainID")


# --- What can be expected -------------------------------------------------------------------------------


def test_arguments_that_the_sdk_refuses_cannot_be_expected(stub: VoiceIDStub) -> None:
    with pytest.raises(errors.RequestValidationError, match="page_size"):
        stub.expect(domain(stub).speakers, page_size=0)


def test_expecting_calls_nothing(stub: VoiceIDStub) -> None:
    stub.expect(domain(stub).describe)
    stub.verify()


@pytest.mark.parametrize("foreign", [VoiceIDStub, object], ids=["another stub", "no client"])
def test_a_method_of_something_else_cannot_be_expected(foreign: Callable[[], Any], stub: VoiceIDStub) -> None:
    method: Any = foreign().client.domains if foreign is VoiceIDStub else foreign().__repr__
    with pytest.raises(ValueError, match="a method of this stub's client"):
        stub.expect(method)


def test_a_function_cannot_be_expected(stub: VoiceIDStub) -> None:
    function: Any = len
    with pytest.raises(ValueError, match="a method of this stub's client"):
        stub.expect(function)


def test_a_method_that_calls_nothing_cannot_be_expected(stub: VoiceIDStub) -> None:
    with pytest.raises(ValueError, match="makes no call"):
        stub.expect(stub.client.domain, DOMAIN_ID)


def test_after_a_refused_expectation_calls_go_on(stub: VoiceIDStub) -> None:
    with pytest.raises(errors.RequestValidationError):
        stub.expect(domain(stub).speakers, page_size=0)
    stub.expect(domain(stub).describe).returns(DOMAIN)
    assert domain(stub).describe() == DOMAIN


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


# --- The pytest plugin ----------------------------------------------------------------------------------

# Where the package is installed, pytest finds the plugin by itself.
PLUGIN: Final = (
    () if entry_points(group="pytest11", name="voiceid_sdk") else ("-p", "voiceid_sdk.testing.plugin")
)

USING_LOCAL: Final = """
    import datetime
    import pytest
    from voiceid_sdk import WaitPolicy

    IDS = []

    @pytest.fixture
    def domain(voiceid):
        return voiceid.create_domain(name="calls", kms_key_id="alias/calls")

    @pytest.mark.parametrize("turn", [1, 2])
    def test_ids_are_repeatable(turn, domain, voiceid):
        IDS.append(domain.domain_id)
        assert len(voiceid.domains().all()) == 1
        assert len(set(IDS)) == 1

    def test_a_caller_is_judged(domain, voiceid_local, voiceid_clock):
        assert voiceid_local.clock is voiceid_clock
        call = voiceid_local.start_call(domain.domain_id, "contact-1", speaker_id="ana")
        call.speak("ana", seconds=12)
        began = voiceid_clock.now()
        evaluation = domain.session("contact-1").wait_for_decision()
        assert evaluation.authentication_result.decision == "SPEAKER_NOT_ENROLLED"
        assert voiceid_clock.now() - began == datetime.timedelta(seconds=10)

    def test_a_job_reads_from_the_folder(domain, voiceid_s3_root):
        (voiceid_s3_root / "voice-in").mkdir()
        (voiceid_s3_root / "voice-in" / "manifest.json").write_text("{}")
        job = domain.start_enrollment_job(
            input_s3_uri="s3://voice-in/manifest.json",
            output_s3_uri="s3://voice-out/",
            data_access_role_arn="arn:aws:iam::111122223333:role/voice-id",
        )
        with pytest.raises(Exception) as caught:
            job.wait(WaitPolicy(timeout=3600))
        assert type(caught.value).__name__ == "JobFailedError"
"""
USING_STUB: Final = """
    from voiceid_sdk.models import SpeakerInfo

    def test_all_calls_were_made(voiceid_stub):
        speaker = voiceid_stub.client.domain("Abcdefghijklmnopqrst01").speaker("ana")
        voiceid_stub.expect(speaker.describe).returns(SpeakerInfo())
        assert speaker.describe() == SpeakerInfo()

    def test_a_call_is_missing(voiceid_stub):
        voiceid_stub.expect(voiceid_stub.client.domains).returns()
"""


USING_ASYNC: Final = """
    import datetime
    import pytest

    @pytest.mark.{mark}
    async def test_a_caller_is_judged(async_voiceid, voiceid_local, voiceid_clock):
        domain = await async_voiceid.create_domain(name="calls", kms_key_id="alias/calls")
        voiceid_local.start_call(domain.domain_id, "contact-1").speak("ana", seconds=12)
        began = voiceid_clock.now()
        await domain.session("contact-1").wait_for_decision()
        assert voiceid_clock.now() - began == datetime.timedelta(seconds=10)
        assert [one.domain_id async for one in async_voiceid.domains()] == [domain.domain_id]
"""
NO_ASYNC_PLUGINS: Final = ("-pno:anyio", "-pno:asyncio")


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    # The folder for temporary files may lie inside of this project, whose own conftest.py is not meant.
    arguments = arguments or NO_ASYNC_PLUGINS
    return pytester.runpytest_inprocess(*PLUGIN, *arguments, "-W", "error", f"--confcutdir={pytester.path}")


def test_fixtures_give_a_local_voice_id_and_a_client(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(USING_LOCAL)
    run(pytester).assert_outcomes(passed=4)


@pytest.mark.parametrize(
    ("mark", "arguments", "passed"),
    [
        ("asyncio", ("-pno:anyio", "-oasyncio_default_fixture_loop_scope=function"), 1),
        ("anyio", ("-pno:asyncio",), 2),
    ],
)
def test_a_fixture_gives_an_async_client_to_tests_of_every_plugin(
    pytester: pytest.Pytester, mark: str, arguments: tuple[str, ...], passed: int
) -> None:
    pytester.makepyfile(USING_ASYNC.format(mark=mark))
    run(pytester, *arguments).assert_outcomes(passed=passed)


def test_a_fixture_gives_a_stub_and_verifies_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(USING_STUB)
    result = run(pytester)
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*StubError: Expected calls that were not made (1):", "*ListDomains {}"])


def test_the_plugin_imports_nothing_that_slows_pytest_down() -> None:
    slow = ["boto3", "botocore", "cattrs", "tenacity", "voiceid_sdk.local"]
    program = f"import sys, voiceid_sdk.testing.plugin; print(set({slow}) & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
