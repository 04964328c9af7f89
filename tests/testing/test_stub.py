"""The stub: what it returns and raises, and which calls it can expect."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from tests.support.stub_data import (
    ANA,
    BEN,
    DOMAIN,
    DOMAIN_ID,
    EVALUATION,
    EVE,
    FILES,
    FRAUDSTER_ID,
    JOB_ID,
    KEY,
    MALLORY,
    MOMENT,
    OPTED_OUT,
    WATCHLIST,
    WATCHLIST_ID,
    domain,
)
from voiceid_sdk import errors, service_model
from voiceid_sdk.enums import ConflictType, ResourceType
from voiceid_sdk.models import (
    EnrollmentJobInfo,
    EnrollmentJobSummary,
    RegistrationJobInfo,
    RegistrationJobSummary,
    SpeakerInfo,
    Structure,
)
from voiceid_sdk.testing import StubError, VoiceIDStub

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
