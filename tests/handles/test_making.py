"""How handles are made, shown and compared, without a call."""

from collections.abc import Callable
from typing import Any, Final
from unittest.mock import Mock

import attrs
import pytest

from tests.handles.calls import (
    CUSTOMER_ID,
    DOMAIN,
    FRAUDSTER_ID,
    INPUT,
    JOB,
    JOB_ID,
    KEY,
    OUTPUT,
    SESSION_NAME,
    SPEAKER_ID,
    WATCHLIST,
    WATCHLIST_ID,
    domain,
    speaker,
)
from tests.support.canned_responses import DOMAIN_ID, ROLE_ARN, Canned, success
from voiceid_sdk import Domain, EnrollmentJob, RegistrationJob, VoiceID, Watchlist
from voiceid_sdk.errors import RequestValidationError, ResponseError
from voiceid_sdk.models import (
    DomainInfo,
    EnrollmentJobInfo,
    EnrollmentJobSummary,
    FraudsterInfo,
    RegistrationJobInfo,
    RegistrationJobSummary,
    SpeakerInfo,
    WatchlistInfo,
)

# --- Making handles -------------------------------------------------------------------------------------


SPEAKER_DATA = SpeakerInfo(generated_speaker_id=SPEAKER_ID, customer_speaker_id=CUSTOMER_ID)
DATA: Final[list[tuple[Callable[[VoiceID], Any], object, str]]] = [
    (lambda client: client.domain, DomainInfo(domain_id=DOMAIN_ID), "domain_id"),
    (lambda client: domain(client).speaker, SPEAKER_DATA, "speaker_id"),
    (
        lambda client: domain(client).fraudster,
        FraudsterInfo(generated_fraudster_id=FRAUDSTER_ID),
        "fraudster_id",
    ),
    (lambda client: domain(client).watchlist, WatchlistInfo(watchlist_id=WATCHLIST_ID), "watchlist_id"),
    (lambda client: domain(client).enrollment_job, EnrollmentJobInfo(job_id=JOB_ID), "job_id"),
    (lambda client: domain(client).enrollment_job, EnrollmentJobSummary(job_id=JOB_ID), "job_id"),
    (lambda client: domain(client).registration_job, RegistrationJobInfo(job_id=JOB_ID), "job_id"),
    (lambda client: domain(client).registration_job, RegistrationJobSummary(job_id=JOB_ID), "job_id"),
]
IDS: Final = {
    "domain_id": DOMAIN_ID,
    "speaker_id": SPEAKER_ID,
    "fraudster_id": FRAUDSTER_ID,
    "watchlist_id": WATCHLIST_ID,
    "job_id": JOB_ID,
}
each_kind = pytest.mark.parametrize(("maker", "data", "name"), DATA, ids=lambda value: type(value).__name__)


@each_kind
def test_a_handle_is_made_from_data_and_keeps_it(
    maker: Callable[[VoiceID], Any], data: object, name: str, offline: VoiceID
) -> None:
    handle = maker(offline)(data)
    assert getattr(handle, name) == IDS[name]
    assert handle.info is data


@each_kind
def test_a_handle_made_from_an_id_equals_one_made_from_data(
    maker: Callable[[VoiceID], Any], data: object, name: str, offline: VoiceID
) -> None:
    by_id, by_data = maker(offline)(IDS[name]), maker(offline)(data)
    assert by_id.info is None
    assert by_id == by_data
    assert hash(by_id) == hash(by_data)


@each_kind
def test_handles_differ_by_id(
    maker: Callable[[VoiceID], Any], data: object, name: str, offline: VoiceID
) -> None:
    assert maker(offline)(data) != maker(offline)("Abcdefghijklmnopqrst99")


@each_kind
def test_handles_differ_by_client(
    maker: Callable[[VoiceID], Any], data: object, name: str, offline: VoiceID
) -> None:
    assert maker(offline)(data) != maker(VoiceID(client=Mock(spec=[])))(data)


def type_name(value: object) -> str:
    return type(value).__name__


@each_kind
@pytest.mark.parametrize("wrong", [None, 5, b"bytes", {"DomainId": DOMAIN_ID}, object()], ids=type_name)
def test_what_has_no_id_makes_no_handle(
    maker: Callable[[VoiceID], Any], data: object, name: str, wrong: object, offline: VoiceID
) -> None:
    with pytest.raises(RequestValidationError, match="must be an id, or data or a handle that has one"):
        maker(offline)(wrong)


@each_kind
def test_data_without_an_id_makes_no_handle(
    maker: Callable[[VoiceID], Any], data: object, name: str, offline: VoiceID
) -> None:
    with pytest.raises(RequestValidationError, match="must be an id"):
        maker(offline)(type(data)())


def test_a_handle_made_from_another_handle_has_its_id_and_no_data(offline: VoiceID) -> None:
    made: Any = offline.domain
    assert made(domain(offline)) == domain(offline)
    assert made(domain(offline)).info is None


def test_data_of_a_speaker_without_a_generated_id_is_taken_by_the_callers_id(offline: VoiceID) -> None:
    handle = domain(offline).speaker(SpeakerInfo(customer_speaker_id=CUSTOMER_ID))
    assert handle.speaker_id == CUSTOMER_ID


def test_handles_of_the_same_id_and_another_kind_differ(offline: VoiceID) -> None:
    handles: set[object] = {domain(offline).enrollment_job(JOB_ID), domain(offline).registration_job(JOB_ID)}
    assert len(handles) == 2


def test_sessions_are_equal_by_domain_and_name(offline: VoiceID) -> None:
    assert domain(offline).session(SESSION_NAME) == domain(offline).session(SESSION_NAME)
    assert domain(offline).session(SESSION_NAME) != domain(offline).session("other")
    assert len({domain(offline).session(SESSION_NAME), domain(offline).session(SESSION_NAME)}) == 1


# --- Handles: repr and I/O ------------------------------------------------------------------------------


def every_handle(client: VoiceID) -> list[Any]:
    return [
        *(maker(client)(data) for maker, data, _ in DATA),
        speaker(client),
        domain(client).session(SESSION_NAME),
    ]


def test_no_handle_shows_a_sensitive_value(offline: VoiceID) -> None:
    shown = repr(every_handle(offline)) + str(every_handle(offline))
    assert "canary" not in shown.lower()
    assert DOMAIN_ID in shown


def test_attributes_and_repr_call_nothing(offline: VoiceID) -> None:
    for handle in [offline, *every_handle(offline)]:
        repr(handle)
        for name in dir(handle):
            getattr(handle, name)


def test_handles_cannot_be_changed(offline: VoiceID) -> None:
    handle: Any = domain(offline)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        handle.domain_id = "other"


def test_a_client_shows_where_it_sends(client: VoiceID) -> None:
    assert repr(client).startswith("VoiceID(region_name='us-west-2', endpoint_url='https://voiceid.us-west-2")


MAKERS: Final[list[tuple[Callable[[VoiceID], Any], Any]]] = [
    (lambda client: client.create_domain(name="calls", kms_key_id=KEY), Domain),
    (lambda client: domain(client).create_watchlist(name="known"), Watchlist),
    (
        lambda client: domain(client).start_enrollment_job(
            input_s3_uri=INPUT, output_s3_uri=OUTPUT, data_access_role_arn=ROLE_ARN
        ),
        EnrollmentJob,
    ),
    (
        lambda client: domain(client).start_registration_job(
            input_s3_uri=INPUT, output_s3_uri=OUTPUT, data_access_role_arn=ROLE_ARN
        ),
        RegistrationJob,
    ),
]
each_maker = pytest.mark.parametrize(("make", "kind"), MAKERS, ids=[kind.__name__ for _, kind in MAKERS])


@each_maker
def test_what_makes_a_resource_returns_a_handle_on_it(
    make: Callable[[VoiceID], Any], kind: Any, client: VoiceID, canned: Canned
) -> None:
    canned.answer(success(Domain=DOMAIN, Watchlist=WATCHLIST, Job=JOB))
    made = make(client)
    assert type(made) is kind
    assert made.domain_id == DOMAIN_ID
    assert made.info is not None
    assert len(canned.sent) == 1


@each_maker
def test_what_was_made_without_an_id_is_an_error_that_says_so(
    make: Callable[[VoiceID], Any], kind: Any, client: VoiceID, canned: Canned
) -> None:
    canned.answer(success(Domain={}, Watchlist={}, Job={}))
    with pytest.raises(ResponseError, match=r"succeeded, but its response has no (domain|watchlist|job)_id"):
        make(client)
