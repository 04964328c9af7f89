"""The stub: calls that are not expected, differ from the expected ones, or are missing."""

import pytest

from tests.support.stub_data import ANA, DOMAIN, DOMAIN_ID, FILES, JOB_ID, WATCHLIST, domain
from voiceid_sdk.models import EnrollmentJobInfo
from voiceid_sdk.testing import StubError, VoiceIDStub

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
    stub.expect(domain(stub).speaker("any-id").describe).returns(ANA).ignoring("SpeakerId")
    assert domain(stub).speaker("ana").describe() == ANA


def test_a_member_that_does_not_exist_cannot_be_left_out(stub: VoiceIDStub) -> None:
    with pytest.raises(ValueError, match="DescribeDomain has no member DomainID"):
        stub.expect(domain(stub).describe).ignoring("DomainID")
