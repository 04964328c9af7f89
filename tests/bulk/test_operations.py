"""What can be done with many: the calls that each function makes, against a canned and a Local Voice ID."""

import contextlib
import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final
from unittest.mock import Mock

import attrs
import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from tests.support.canned_responses import (
    DOMAIN_ARN,
    DOMAIN_ID,
    FRAUDSTER_ID,
    SPEAKER_ID,
    WATCHLIST_ID,
    Canned,
    failure,
    raw_client,
    typed_client,
    typical,
)
from voiceid_sdk import Domain, VoiceID, bulk
from voiceid_sdk.bulk import Run
from voiceid_sdk.errors import (
    InternalServerError,
    RequestValidationError,
    ResourceNotFoundError,
    ServiceQuotaExceededError,
    TransportError,
    VoiceIDError,
)
from voiceid_sdk.local import LocalVoiceID, ManualClock
from voiceid_sdk.local.quotas import Quotas
from voiceid_sdk.models import DomainInfo, FraudsterInfo, SessionEvaluation, SpeakerInfo

# --- Each function --------------------------------------------------------------------------------------


@attrs.frozen
class Row:
    """A function for many: what it is called with, what it sends, and what it gives."""

    operation: str
    use: Callable[[VoiceID], Run[Any, Any]]
    sends: Sequence[Mapping[str, object]]
    gives: type


def domain(voiceid: VoiceID) -> Domain:
    return voiceid.domain(DOMAIN_ID)


NOTHING: Final = type(None)
SPEAKERS: Final[list[str | SpeakerInfo]] = ["caller-1", SpeakerInfo(generated_speaker_id=SPEAKER_ID)]
OF_SPEAKERS: Final[list[Mapping[str, object]]] = [
    {"DomainId": DOMAIN_ID, "SpeakerId": "caller-1"},
    {"DomainId": DOMAIN_ID, "SpeakerId": SPEAKER_ID},
]
FRAUDSTERS: Final[list[str | FraudsterInfo]] = [
    "id#Abcdefghijklmnopqrst99",
    FraudsterInfo(generated_fraudster_id=FRAUDSTER_ID),
]
OF_FRAUDSTERS: Final[list[Mapping[str, object]]] = [
    {"DomainId": DOMAIN_ID, "FraudsterId": "id#Abcdefghijklmnopqrst99"},
    {"DomainId": DOMAIN_ID, "FraudsterId": FRAUDSTER_ID},
]
ON_WATCHLIST: Final = [{**request, "WatchlistId": WATCHLIST_ID} for request in OF_FRAUDSTERS]

ROWS: Final = [
    Row("DescribeSpeaker", lambda v: bulk.describe_speakers(domain(v), SPEAKERS), OF_SPEAKERS, SpeakerInfo),
    Row("OptOutSpeaker", lambda v: bulk.opt_out_speakers(domain(v), SPEAKERS), OF_SPEAKERS, SpeakerInfo),
    Row("DeleteSpeaker", lambda v: bulk.delete_speakers(domain(v), SPEAKERS), OF_SPEAKERS, NOTHING),
    Row(
        "DescribeFraudster",
        lambda v: bulk.describe_fraudsters(domain(v), FRAUDSTERS),
        OF_FRAUDSTERS,
        FraudsterInfo,
    ),
    Row("DeleteFraudster", lambda v: bulk.delete_fraudsters(domain(v), FRAUDSTERS), OF_FRAUDSTERS, NOTHING),
    Row(
        "AssociateFraudster",
        lambda v: bulk.associate_fraudsters(domain(v).watchlist(WATCHLIST_ID), FRAUDSTERS),
        ON_WATCHLIST,
        FraudsterInfo,
    ),
    Row(
        "DisassociateFraudster",
        lambda v: bulk.disassociate_fraudsters(domain(v).watchlist(WATCHLIST_ID), FRAUDSTERS),
        ON_WATCHLIST,
        FraudsterInfo,
    ),
    Row(
        "TagResource",
        lambda v: bulk.tag_domains(v, [DomainInfo(domain_id=DOMAIN_ID, arn=DOMAIN_ARN)], {"team": "fraud"}),
        [{"ResourceArn": DOMAIN_ARN, "Tags": [{"Key": "team", "Value": "fraud"}]}],
        NOTHING,
    ),
    Row(
        "EvaluateSession",
        lambda v: bulk.evaluate_sessions(domain(v), ["call-1", "call-2"]),
        [{"DomainId": DOMAIN_ID, "SessionNameOrId": f"call-{number}"} for number in (1, 2)],
        SessionEvaluation,
    ),
    Row(
        "DescribeWatchlist",
        lambda v: bulk.run(
            lambda watchlist: domain(v).watchlist(watchlist).describe(),
            [WATCHLIST_ID],
            operation="DescribeWatchlist",
        ),
        [{"DomainId": DOMAIN_ID, "WatchlistId": WATCHLIST_ID}],
        object,
    ),
]
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.operation)


@each_row
def test_each_function_calls_its_operation_once_for_each(row: Row, client: VoiceID, canned: Canned) -> None:
    canned.default = typical
    run = row.use(client)
    outcomes = list(run)
    assert {sent.operation for sent in canned.sent} == {row.operation}
    assert sorted((sent.body for sent in canned.sent), key=str) == sorted(row.sends, key=str)
    assert all(isinstance(outcome.unwrap(), row.gives) for outcome in outcomes)
    assert run.report.operation == row.operation


@each_row
def test_each_function_gives_the_error_of_each(row: Row, client: VoiceID, canned: Canned) -> None:
    canned.default = failure("ResourceNotFoundException", status=404)
    outcomes = list(row.use(client))
    assert len(outcomes) == len(row.sends)
    assert all(isinstance(outcome.error, ResourceNotFoundError) for outcome in outcomes)


def test_every_function_is_in_the_rows() -> None:
    functions = {name for name in bulk.__all__ if name.islower()}
    used = {name for row in ROWS for name in row.use.__code__.co_names if name in functions}
    assert used == functions


def test_a_request_that_breaks_a_rule_is_the_outcome_of_its_item_alone(
    client: VoiceID, canned: Canned
) -> None:
    canned.default = typical
    bad, good = bulk.describe_speakers(domain(client), ["caller 1", "caller-2"], order="input")
    assert isinstance(bad.error, RequestValidationError)
    assert good.ok


def test_a_stubbed_client_works_too() -> None:
    raw: Any = boto3.client(
        "voice-id", region_name="us-west-2", aws_access_key_id="A", aws_secret_access_key="B"
    )
    with Stubber(raw) as stubber:
        for _ in range(3):
            stubber.add_response("delete_speaker", {})
        outcomes = list(bulk.delete_speakers(domain(VoiceID(client=raw)), ["a", "b", "c"], workers=1))
    assert [outcome.ok for outcome in outcomes] == [True] * 3


# --- The client's connections ---------------------------------------------------------------------------


def pool_lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    records = [record for record in caplog.records if record.name == "voiceid_sdk"]
    return [record.getMessage() for record in records if record.levelname == "DEBUG"]


def test_a_client_of_ours_keeps_a_connection_for_each_worker(
    client: VoiceID, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "voiceid_sdk")
    bulk.describe_speakers(domain(client), [], workers=200)
    assert pool_lines(caplog) == []


def test_the_pool_of_a_config_stays_as_it_is(canned: Canned, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "voiceid_sdk")
    client = typed_client(canned, config=Config(max_pool_connections=10))
    bulk.describe_speakers(domain(client), [], workers=11)
    assert pool_lines(caplog) == ["11 workers share a client that keeps 10 connections"]


def test_a_client_that_was_brought_works_with_fewer_connections_than_workers(
    canned: Canned, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "voiceid_sdk")
    canned.default = typical
    client = VoiceID(client=raw_client(canned))
    assert all(outcome.ok for outcome in bulk.describe_speakers(domain(client), SPEAKERS, workers=16))
    assert pool_lines(caplog) == ["16 workers share a client that keeps 10 connections"]


def test_a_mocked_client_says_nothing_of_its_connections_and_works() -> None:
    client = Mock()
    client.describe_speaker.return_value = {"Speaker": {"Status": "ENROLLED"}}
    (outcome,) = bulk.describe_speakers(domain(VoiceID(client=client)), ["caller-1"])
    assert outcome.unwrap().status == "ENROLLED"


# --- Failures and retries -------------------------------------------------------------------------------


UNREACHABLE: Final = EndpointConnectionError(endpoint_url="https://voiceid.us-west-2.amazonaws.com")


@pytest.mark.parametrize(
    ("reply", "error"),
    [(failure("InternalServerException", status=500), InternalServerError), (UNREACHABLE, TransportError)],
    ids=["500", "no connection"],
)
def test_in_an_outage_each_call_is_sent_as_often_as_botocore_does(
    reply: Any, error: type, client: VoiceID, canned: Canned, pauses: list[float]
) -> None:
    canned.default = reply
    alone = attempts_alone(reply)
    outcomes = list(bulk.describe_speakers(domain(client), [f"c{n}" for n in range(10)], rate=None))
    assert all(isinstance(outcome.error, error) for outcome in outcomes)
    assert alone <= len(canned.sent) <= 10 * alone


def attempts_alone(reply: Any) -> int:
    """Return how often botocore sends one call in an outage."""
    canned = Canned()
    canned.default = reply
    with contextlib.suppress(VoiceIDError):
        domain(typed_client(canned)).describe()
    return len(canned.sent)


# --- Against Local Voice ID, in process -----------------------------------------------------------------


class Requests:
    """Counts what arrives at a Local Voice ID."""

    def __init__(self, voiceid: VoiceID) -> None:
        self.count = 0
        self._lock = threading.Lock()
        meta: Any = voiceid.boto3_client.meta
        meta.events.register_first("before-send.voice-id", self)

    def __call__(self, **_: object) -> None:
        with self._lock:
            self.count += 1


@pytest.fixture
def local() -> Iterator[LocalVoiceID]:
    with LocalVoiceID(clock=ManualClock(), quotas=Quotas()) as service:
        yield service


@pytest.fixture
def calls(local: LocalVoiceID) -> Domain:
    return local.client().create_domain(name="calls", kms_key_id="alias/key")


IDS: Final = [f"caller-{number}" for number in range(200)]


def test_at_the_published_rate_each_id_takes_one_request(local: LocalVoiceID, calls: Domain) -> None:
    voiceid = local.client()
    requests = Requests(voiceid)
    began = local.clock.now()
    run = bulk.opt_out_speakers(voiceid.domain(calls.domain_id), IDS)
    assert all(outcome.ok for outcome in run)
    assert requests.count == len(IDS)
    took = (local.clock.now() - began).total_seconds()
    assert took == pytest.approx(len(IDS) / 10, rel=0.02)


def test_where_the_service_allows_less_than_it_published_no_id_is_lost(
    local: LocalVoiceID, calls: Domain
) -> None:
    local.faults.throttle(4, operation="OptOutSpeaker")
    voiceid = local.client(max_attempts=1)
    requests = Requests(voiceid)
    run = bulk.opt_out_speakers(voiceid.domain(calls.domain_id), IDS)
    assert all(outcome.ok for outcome in run)
    assert requests.count <= 1.25 * len(IDS)


def test_many_threads_do_the_work_of_a_whole_life(local: LocalVoiceID, calls: Domain) -> None:
    opted_out = bulk.opt_out_speakers(calls, IDS[:100], rate=None, workers=32)
    assert sum(outcome.ok for outcome in opted_out) == 100
    described = bulk.describe_speakers(calls, calls.speakers(), workers=32)
    assert {outcome.unwrap().customer_speaker_id for outcome in described} == set(IDS[:100])
    deleted = bulk.delete_speakers(calls, iter(IDS[:100]), workers=32)
    assert all(outcome.ok for outcome in deleted)
    assert calls.speakers().first() is None


def test_a_quota_is_the_outcome_of_those_beyond_it() -> None:
    with LocalVoiceID(clock=ManualClock(), quotas=Quotas(speakers=7, rates={})) as local:
        calls = local.client().create_domain(name="calls", kms_key_id="alias/key")
        outcomes = list(bulk.opt_out_speakers(calls, IDS[:20]))
    refused = [outcome.error for outcome in outcomes if not outcome.ok]
    assert len(refused) == 13
    assert all(isinstance(error, ServiceQuotaExceededError) for error in refused)


def test_nothing_that_a_run_shows_names_an_id(local: LocalVoiceID, calls: Domain) -> None:
    run = bulk.describe_speakers(calls, ["Canary-1", "Canary 2"])
    shown = [repr(run), *(f"{outcome!r} {outcome.error}" for outcome in run)]
    shown += [repr(run.report), json.dumps(run.report.to_dict()), repr(run)]
    assert "Canary" not in " ".join(shown)
