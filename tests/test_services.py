"""What web services need: records of calls, options for some calls, statuses of errors, data as JSON."""

import asyncio
import inspect
import json
import logging
import pickle
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest

from tests.support.canned_responses import Canned, raw_client, shared_session
from voiceid_sdk import VoiceID, errors, required
from voiceid_sdk.calls import CallRecord, record_calls
from voiceid_sdk.enums import SpeakerStatus
from voiceid_sdk.http_statuses import HTTP_STATUSES, http_status
from voiceid_sdk.local import LocalVoiceID
from voiceid_sdk.models import SessionEvaluation, SpeakerInfo
from voiceid_sdk.testing import WaitClock

SECRET = "customer-42-of-nobody"


@pytest.fixture
def service() -> Iterator[LocalVoiceID]:
    """Return an empty service."""
    with LocalVoiceID() as service:
        yield service


def config_of(client: VoiceID) -> Any:
    raw: Any = client.boto3_client
    return raw.meta.config


# --- Records of calls -----------------------------------------------------------------------------------


def test_on_call_receives_a_record_of_each_call(service: LocalVoiceID) -> None:
    seen: list[CallRecord] = []
    with service.client(on_call=seen.append) as voiceid:
        domain = voiceid.create_domain(name=SECRET, kms_key_id="alias/test")
        with pytest.raises(errors.ResourceNotFoundError) as caught:
            domain.speaker(SECRET).describe()
    assert [record.operation for record in seen] == ["CreateDomain", "DescribeSpeaker"]
    made, failed = seen
    assert (made.status_code, made.error, made.attempts) == (200, None, 1)
    assert made.request_id
    assert (failed.status_code, failed.error) == (404, "ResourceNotFoundError")
    assert (failed.request_id, failed.code) == (caught.value.request_id, "ResourceNotFoundException")
    assert all(record.elapsed > 0 for record in seen)
    assert SECRET not in repr(seen)


def test_the_records_of_a_block_have_the_request_ids_of_successes(service: LocalVoiceID) -> None:
    with service.client() as voiceid:
        with record_calls() as calls, record_calls() as inner:
            assert list(voiceid.domains()) == []
        voiceid.ping()
    assert [record.operation for record in calls] == ["ListDomains"]
    assert inner == calls
    assert calls[0].request_id


def test_async_calls_are_recorded_too(service: LocalVoiceID) -> None:
    async def call() -> list[CallRecord]:
        async with service.async_client() as voiceid:
            with record_calls() as calls:
                await voiceid.ping()
            return calls

    (record,) = asyncio.run(call())
    assert (record.operation, record.status_code) == ("ListDomains", 200)


def test_a_debug_record_has_no_data_of_the_caller(
    service: LocalVoiceID, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "voiceid_sdk.calls")
    with service.client() as voiceid:
        domain = voiceid.create_domain(name=SECRET, kms_key_id="alias/test")
        domain.speaker(SECRET).opt_out()
        with pytest.raises(errors.ResourceNotFoundError):
            domain.speaker("another").describe()
    lines = [record.getMessage() for record in caplog.records if record.name == "voiceid_sdk.calls"]
    assert [line.split(" after ")[0] for line in lines] == [
        "CreateDomain succeeded",
        "OptOutSpeaker succeeded",
        "DescribeSpeaker failed (ResourceNotFoundException)",
    ]
    assert SECRET not in caplog.text


def test_a_fault_of_on_call_is_logged_and_changes_nothing(
    service: LocalVoiceID, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: CallRecord) -> None:
        raise LookupError

    with service.client(on_call=fail) as voiceid:
        assert voiceid.domains().all() == []
    assert "on_call failed for ListDomains" in caplog.text


def test_a_record_says_how_often_the_request_was_sent(service: LocalVoiceID) -> None:
    service.faults.fail_next("ListDomains", "ThrottlingException")
    with service.client() as voiceid, record_calls() as calls:
        voiceid.ping()
    assert calls[0].attempts == 2
    assert "2 attempts" in str(calls[0])


def test_a_failure_without_a_response_is_recorded(canned: Canned) -> None:
    canned.answer(ConnectionError())
    seen: list[CallRecord] = []
    client = VoiceID(client=raw_client(canned), on_call=seen.append)
    with pytest.raises(Exception):  # noqa: B017, PT011 - an error of no library passes unchanged
        client.ping()
    assert [record.request_id for record in seen] in ([], [None])


@pytest.mark.parametrize(("name", "hook"), [("on_call", print), ("clock", WaitClock())])
def test_a_client_with_a_hook_does_not_pickle(name: str, hook: Any) -> None:
    client = VoiceID(session=shared_session(), **{name: hook})
    with pytest.raises(errors.ConfigurationError, match=rf"its {name} \({name}=\) is in this process"):
        pickle.dumps(client.domain("Abcdefghijklmnopqrst01"))


# --- Options for some calls -----------------------------------------------------------------------------


def test_timeouts_are_short_by_default() -> None:
    config = config_of(VoiceID(session=shared_session()))
    assert (config.connect_timeout, config.read_timeout) == (5, 10)


def test_timeouts_of_a_config_are_kept() -> None:
    from botocore.config import Config

    config = config_of(VoiceID(session=shared_session(), config=Config(read_timeout=90)))
    assert (config.connect_timeout, config.read_timeout) == (5, 90)


def test_a_timeout_can_be_given() -> None:
    config = config_of(VoiceID(session=shared_session(), timeout=2.5))
    assert (config.connect_timeout, config.read_timeout) == (2.5, 2.5)


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_a_timeout_must_be_positive(timeout: float) -> None:
    with pytest.raises(errors.ConfigurationError, match="timeout must be more than 0"):
        VoiceID(session=shared_session(), timeout=timeout)


def test_with_options_returns_a_client_with_other_options() -> None:
    client = VoiceID(session=shared_session(), max_attempts=4)
    quick = client.with_options(timeout=2)
    assert config_of(quick).read_timeout == 2
    assert config_of(quick).retries["total_max_attempts"] == 4
    assert config_of(client).read_timeout == 10
    assert config_of(quick.with_options(max_attempts=1)).read_timeout == 2


def test_the_same_options_make_one_client() -> None:
    client = VoiceID(session=shared_session())
    one, other = (client.with_options(timeout=2, max_attempts=1) for _ in range(2))
    assert one.boto3_client is other.boto3_client
    assert one.boto3_client is not client.with_options(timeout=3).boto3_client


@pytest.mark.parametrize("options", [{"timeout": [2]}, {"max_attempts": {}}])
def test_with_options_names_an_option_of_a_wrong_type(options: Any) -> None:
    client = VoiceID(region_name="us-east-1", session=shared_session())
    with pytest.raises(errors.ConfigurationError, match=next(iter(options))):
        client.with_options(**options)


def test_with_options_works_on_local_voice_id(service: LocalVoiceID) -> None:
    seen: list[CallRecord] = []
    with service.client(on_call=seen.append) as voiceid:
        domain = voiceid.create_domain(name="test", kms_key_id="alias/test")
        assert voiceid.with_options(timeout=1).domain(domain.domain_id).describe() == domain.describe()
    assert len(seen) == 3


def test_a_client_with_options_pickles_with_them() -> None:
    client = VoiceID(endpoint_url="http://127.0.0.1:8787").with_options(timeout=2)
    twin = pickle.loads(pickle.dumps(client))
    assert config_of(twin).read_timeout == 2


def test_with_options_needs_a_client_of_ours(canned: Canned) -> None:
    with pytest.raises(errors.ConfigurationError, match="needs a client that the SDK made"):
        VoiceID(client=raw_client(canned)).with_options(timeout=2)


def test_an_async_client_closes_those_with_options(service: LocalVoiceID) -> None:
    async def use() -> None:
        async with service.async_client() as voiceid:
            quick = voiceid.with_options(timeout=2)
            await quick.ping()
        with pytest.raises(errors.ConfigurationError, match="The client is closed"):
            await quick.ping()

    asyncio.run(use())


def test_ping_raises_what_is_wrong(service: LocalVoiceID) -> None:
    service.faults.fail_next("ListDomains", "AccessDeniedException")
    with service.client() as voiceid:
        with pytest.raises(errors.AccessDeniedError):
            voiceid.ping()
        voiceid.ping()


# --- Statuses of errors ---------------------------------------------------------------------------------

ERRORS = [
    thing
    for thing in vars(errors).values()
    if inspect.isclass(thing) and issubclass(thing, errors.VoiceIDError)
]


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_has_a_status(kind: type[errors.VoiceIDError]) -> None:
    assert HTTPStatus.BAD_REQUEST <= http_status(kind("it failed")) <= HTTPStatus.GATEWAY_TIMEOUT


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.ResourceNotFoundError(), 404),
        (errors.RequestValidationError(), 400),
        (errors.TransportTimeoutError(), 504),
        (errors.ThrottlingError(), 503),
        (errors.AuthenticationError(), 500),
        (errors.JobFailedError(), 500),
    ],
)
def test_the_status_is_that_of_the_nearest_class(error: errors.VoiceIDError, status: int) -> None:
    assert http_status(error) == status


def test_an_error_of_another_package_has_no_status() -> None:
    other: Any = ValueError()
    with pytest.raises(TypeError, match="error must be a VoiceIDError"):
        http_status(other)


def test_the_table_cannot_be_changed() -> None:
    table: Any = HTTP_STATUSES
    with pytest.raises(TypeError):
        table[errors.WaitError] = 500


# --- Required fields ------------------------------------------------------------------------------------


def test_a_required_value_is_returned() -> None:
    assert required(0) == 0


def test_a_missing_value_names_the_field() -> None:
    with pytest.raises(errors.ResponseError, match="The service left out created_at"):
        required(SpeakerInfo().created_at, "created_at")


# --- Data as JSON ---------------------------------------------------------------------------------------

SPEAKER = SpeakerInfo(customer_speaker_id=SECRET, status=SpeakerStatus.ENROLLED)


def test_pydantic_takes_data_as_fields() -> None:
    pydantic = pytest.importorskip("pydantic")
    adapter = pydantic.TypeAdapter(dict[str, SpeakerInfo])
    written = json.loads(adapter.dump_json({"speaker": SPEAKER}))
    assert written["speaker"] == json.loads(json.dumps(SPEAKER.to_dict()))
    assert adapter.validate_python(written) == {"speaker": SPEAKER}
    assert adapter.validate_python({"speaker": SPEAKER})["speaker"] is SPEAKER


@pytest.mark.parametrize("value", [3, {"status": 5}])
def test_pydantic_rejects_what_does_not_fit(value: object) -> None:
    pydantic = pytest.importorskip("pydantic")
    with pytest.raises(pydantic.ValidationError):
        pydantic.TypeAdapter(SpeakerInfo).validate_python(value)


@pytest.mark.slow
def test_fastapi_takes_data_as_responses() -> None:
    fastapi = pytest.importorskip("fastapi")
    httpx = pytest.importorskip("httpx2")
    app = fastapi.FastAPI()

    def speaker() -> SpeakerInfo:
        return SPEAKER

    def evaluations() -> list[SessionEvaluation]:
        return [SessionEvaluation()]

    app.add_api_route("/speaker", speaker)
    app.add_api_route("/evaluations", evaluations)

    async def responses(*paths: str) -> list[Any]:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://service.test"
        ) as client:
            return [(await client.get(path)).json() for path in paths]

    found, listed, schema = asyncio.run(responses("/speaker", "/evaluations", "/openapi.json"))
    assert found["customer_speaker_id"] == SECRET
    assert listed[0]["session_id"] is None
    content = schema["paths"]["/speaker"]["get"]["responses"]["200"]["content"]
    properties = content["application/json"]["schema"]["properties"]
    assert properties["created_at"]["anyOf"][0] == {"type": "string", "format": "date-time"}
    assert "ENROLLED" in properties["status"]["anyOf"][0]["examples"]
