"""How a client is made, what it sends along, and that the caller's session and client stay as they are."""

import copy
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

import boto3
import botocore.loaders
import pytest
from botocore.config import Config
from botocore.exceptions import DataNotFoundError, UnknownServiceError
from botocore.stub import Stubber

from tests.support.botocore_data import read_anew
from tests.support.canned_responses import (
    DOMAIN_ARN,
    DOMAIN_ID,
    REGION,
    REQUEST_ID,
    SHOWS_BODIES,
    Canned,
    Sent,
    aws_session,
    failure,
    raw_client,
    shared_session,
    success,
    typed_client,
    typical,
)
from voiceid_sdk import VoiceID, __version__, errors
from voiceid_sdk._wire import sessions
from voiceid_sdk.service_model.model import load_service


def raw(client: VoiceID) -> Any:
    return client.boto3_client


def user_agent(canned: Canned, **options: Any) -> str:
    canned.answer(typical)
    typed_client(canned, **options).domain(DOMAIN_ID).describe()
    return canned.sent[-1].headers["User-Agent"]


# --- Making a client ------------------------------------------------------------------------------------


def test_the_region_can_be_given() -> None:
    assert (
        raw(VoiceID(session=shared_session(), region_name="eu-central-1")).meta.region_name == "eu-central-1"
    )


def test_the_endpoint_can_be_given() -> None:
    client = VoiceID(session=shared_session(), endpoint_url="http://127.0.0.1:8787")
    assert raw(client).meta.endpoint_url == "http://127.0.0.1:8787"


def test_the_default_session_is_used_when_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", boto3.Session(region_name="ca-central-1"))
    assert raw(VoiceID()).meta.region_name == "ca-central-1"


def test_a_profile_is_used_in_place_of_the_default_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile calls]\nregion = ap-southeast-2\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", boto3.Session(region_name="ca-central-1"))
    assert raw(VoiceID(profile_name="calls")).meta.region_name == "ap-southeast-2"


def test_without_a_default_session_a_client_is_made_and_none_is_left_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-northeast-1")
    assert raw(VoiceID()).meta.region_name == "ap-northeast-1"
    assert boto3.DEFAULT_SESSION is None


def test_a_change_of_the_environment_holds_for_the_next_client(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("AKIAFIRST", "AKIASECOND"):
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        VoiceID()
        assert sessions.own_session(None).get_credentials().access_key == key


def test_clients_of_one_environment_share_their_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    VoiceID()
    session = sessions.own_session(None)
    VoiceID()
    assert sessions.own_session(None) is session


def test_a_client_is_made_without_a_list_of_all_services(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> NoReturn:
        raise AssertionError("the folders of all services were listed")

    monkeypatch.setattr(botocore.loaders.Loader, "list_available_services", fail)
    assert raw(VoiceID(region_name="eu-west-2")).meta.region_name == "eu-west-2"


def test_a_model_in_the_data_path_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = copy.deepcopy(load_service())
    model["metadata"]["endpointPrefix"] = "voiceid-of-the-data-path"
    folder = tmp_path / "voice-id" / "2021-09-27"
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text(json.dumps(model))
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    client = raw(VoiceID(region_name="eu-west-2"))
    assert client.meta.service_model.endpoint_prefix == "voiceid-of-the-data-path"


@pytest.mark.parametrize("name", ["endpoints", "sts/2011-06-15/service-2", "voice-id/2021-09-27/examples-1"])
def test_a_session_that_makes_clients_sooner_has_the_data_of_botocore(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_anew(monkeypatch)
    # A new loader, because botocore completes the endpoints of a session in place.
    used = sessions.own_session(None)._session.get_component("data_loader")
    assert type(used) is sessions._Loader
    ours = sessions._Loader(file_loader=type(used.file_loader)())
    assert ours.load_data(name) == botocore.loaders.Loader().load_data(name)
    with pytest.raises(DataNotFoundError):
        ours.load_data("voice-id/2021-09-27/no-such-file")


def test_a_session_that_makes_clients_sooner_makes_those_of_other_services_as_usual() -> None:
    session = sessions.own_session(None)
    ours = session.client("sts", region_name="eu-west-2").meta
    theirs = boto3.Session().client("sts", region_name="eu-west-2").meta
    assert ours.endpoint_url == theirs.endpoint_url
    assert ours.service_model.operation_names == theirs.service_model.operation_names
    with pytest.raises(UnknownServiceError):
        session.client("no-such-service", region_name="eu-west-2")


def test_a_profile_can_be_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    config.write_text("[profile calls]\nregion = ap-southeast-2\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    assert raw(VoiceID(profile_name="calls")).meta.region_name == "ap-southeast-2"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (dict[str, Any](), "No AWS region is configured"),
        ({"profile_name": "nobody"}, "The AWS profile does not exist"),
        ({"session": "us-east-1"}, "session must be a boto3.Session"),
        ({"session": aws_session, "profile_name": "calls"}, "session and profile_name exclude each other"),
        ({"session": aws_session, "config": {"retries": 1}}, "config must be a botocore.config.Config"),
        ({"session": aws_session, "endpoint_url": "127.0.0.1:8787"}, "endpoint_url is not a URL"),
        ({"session": aws_session, "max_attempts": 0}, "The number of attempts is not valid"),
        ({"session": aws_session, "endpoint_url": "http://a b"}, "The client cannot be made"),
        ({"session": aws_session, "endpoint_url": "http://"}, "endpoint_url is not a URL"),
        ({"session": aws_session, "endpoint_url": "http://127.0.0.1:port"}, "endpoint_url is not a URL"),
        ({"session": aws_session, "endpoint_url": "http://127.0.0.1:87870"}, "endpoint_url is not a URL"),
        ({"session": aws_session, "endpoint_url": "http://[127.0.0.1"}, "endpoint_url is not a URL"),
        ({"session": aws_session, "app_id": "my app"}, "app_id is not valid"),
        ({"session": aws_session, "app_id": ""}, "app_id is not valid"),
        ({"session": aws_session, "app_id": "x" * 51}, "app_id is not valid"),
        ({"session": aws_session, "app_id": "app\n"}, "app_id is not valid"),
        ({"session": aws_session, "region_name": "no region"}, "The region's name is not valid"),
        ({"client": object(), "region_name": "eu-west-2"}, "client and region_name exclude each other"),
        ({"client": object(), "session": aws_session, "app_id": "x"}, "client and session, app_id exclude"),
    ],
)
def test_a_client_that_cannot_be_made_says_why(options: dict[str, Any], text: str) -> None:
    given: dict[str, Any] = {
        name: value() if value is aws_session else value for name, value in options.items()
    }
    with pytest.raises(errors.ConfigurationError, match=text) as caught:
        VoiceID(**given)
    assert caught.value.next_step
    assert caught.value.__context__ is None


def test_missing_credentials_are_named_at_the_first_call(canned: Canned) -> None:
    client = VoiceID(session=boto3.Session(region_name=REGION))
    canned.attach(client.boto3_client)
    with pytest.raises(errors.ConfigurationError, match="No AWS credentials were found"):
        client.domain(DOMAIN_ID).describe()
    assert canned.sent == []


# --- What is sent along ---------------------------------------------------------------------------------


def test_the_user_agent_names_the_sdk(canned: Canned) -> None:
    assert f"voiceid-sdk/{__version__}" in user_agent(canned)


def test_the_user_agent_names_the_application(canned: Canned) -> None:
    assert "app/ivr-2.1" in user_agent(canned, app_id="ivr-2.1")


def test_the_user_agent_keeps_what_the_config_adds(canned: Canned) -> None:
    sent = user_agent(canned, config=Config(user_agent_extra="mine/1"))
    assert "mine/1" in sent
    assert "voiceid-sdk/" in sent


@pytest.mark.parametrize(
    ("options", "attempts"),
    [
        (dict[str, Any](), 3),
        ({"max_attempts": 1}, 1),
        ({"max_attempts": 5}, 5),
        ({"config": Config(connect_timeout=1)}, 3),
        ({"config": Config(retries={"mode": "adaptive"})}, 3),
        ({"config": Config(retries={"max_attempts": 1})}, 2),
        ({"config": Config(retries={"total_max_attempts": 2, "mode": "standard"})}, 2),
        ({"config": Config(retries={"total_max_attempts": 2}), "max_attempts": 4}, 4),
        ({"config": Config(retries={"max_attempts": 2}), "max_attempts": 4}, 4),
    ],
)
def test_a_call_is_sent_as_often_as_is_asked_for(
    canned: Canned, options: dict[str, Any], attempts: int
) -> None:
    canned.default = failure("InternalServerException", status=500)
    with pytest.raises(errors.InternalServerError):
        typed_client(canned, **options).domain(DOMAIN_ID).describe()
    assert len(canned.sent) == attempts


@pytest.mark.parametrize(
    ("options", "mode"),
    [
        (dict[str, Any](), "standard"),
        ({"config": Config(retries={"total_max_attempts": 2})}, "standard"),
        ({"config": Config(retries={"mode": "adaptive"}), "max_attempts": 4}, "adaptive"),
    ],
)
def test_the_mode_of_retries_is_standard_unless_a_config_says_otherwise(
    options: dict[str, Any], mode: str
) -> None:
    assert raw(VoiceID(session=shared_session(), **options)).meta.config.retries["mode"] == mode


def test_the_settings_of_the_machine_do_not_change_the_retries(
    canned: Canned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_RETRY_MODE", "legacy")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "7")
    client = VoiceID(session=aws_session())
    canned.attach(client.boto3_client)
    canned.default = failure("InternalServerException", status=500)
    with pytest.raises(errors.InternalServerError):
        client.domain(DOMAIN_ID).describe()
    assert len(canned.sent) == 3
    assert raw(client).meta.config.retries["mode"] == "standard"


def test_the_settings_of_a_config_are_kept() -> None:
    client = VoiceID(session=shared_session(), config=Config(connect_timeout=7, max_pool_connections=21))
    assert (raw(client).meta.config.connect_timeout, raw(client).meta.config.max_pool_connections) == (7, 21)


# --- Idempotency tokens ---------------------------------------------------------------------------------


def create_domain(client: VoiceID, **options: Any) -> None:
    client.create_domain(name="calls", kms_key_id="alias/voice-id", **options)


def test_every_attempt_of_a_call_has_the_same_token(canned: Canned) -> None:
    canned.answer(failure("InternalServerException", status=500), failure("ThrottlingException"), typical)
    create_domain(typed_client(canned))
    assert len(canned.sent) == 3
    assert len({sent.body["ClientToken"] for sent in canned.sent}) == 1


def test_every_call_has_a_token_of_its_own(canned: Canned) -> None:
    canned.default = typical
    client = typed_client(canned)
    create_domain(client)
    create_domain(client)
    assert len({sent.body["ClientToken"] for sent in canned.sent}) == 2


def test_a_token_can_be_given(canned: Canned) -> None:
    canned.answer(typical)
    create_domain(typed_client(canned), client_token="again-1")
    assert canned.sent[0].body["ClientToken"] == "again-1"


@pytest.mark.parametrize(
    "answer",
    [failure("InternalServerException", status=500), failure("ConflictException", status=409), success()],
)
def test_an_error_shows_the_token_that_was_sent(canned: Canned, answer: Any) -> None:
    canned.default = answer
    with pytest.raises((errors.ServiceError, errors.ResponseError)) as caught:
        create_domain(typed_client(canned))
    error: Any = caught.value
    assert error.client_token == canned.sent[0].body["ClientToken"]


def test_operations_without_a_token_send_none(canned: Canned) -> None:
    canned.answer(typical)
    typed_client(canned).domain(DOMAIN_ID).describe()
    assert "ClientToken" not in canned.sent[0].body


# --- The caller's own things ----------------------------------------------------------------------------


def handlers(emitter: Any) -> str:
    """Return what is registered, as text that differs when anything does."""
    return repr(emitter._emitter._handlers._root)


def test_the_handlers_of_a_client_that_we_made_are_seen_to_change(canned: Canned) -> None:
    ours, plain = raw(typed_client(canned)), raw_client(canned)
    assert ("_take_body" in handlers(ours.meta.events)) != ("_take_body" in handlers(plain.meta.events))


def test_a_session_is_not_changed(canned: Canned) -> None:
    session = aws_session()
    before = (handlers(session.events), session.region_name, session.profile_name)
    client = VoiceID(session=session, region_name="eu-west-2", max_attempts=1)
    canned.attach(client.boto3_client)
    canned.answer(typical)
    client.domain(DOMAIN_ID).describe()
    assert (handlers(session.events), session.region_name, session.profile_name) == before


def test_a_config_is_not_changed() -> None:
    config = Config(user_agent_extra="mine/1", retries={"max_attempts": 1})
    before = copy.deepcopy(vars(config))
    VoiceID(session=shared_session(), config=config, max_attempts=5, app_id="x")
    assert vars(config) == before


def test_a_client_is_not_changed(canned: Canned) -> None:
    client = raw_client(canned)
    before = (handlers(client.meta.events), dict(vars(client.meta.config)))
    canned.answer(typical)
    with VoiceID(client=client) as voiceid:
        voiceid.domain(DOMAIN_ID).describe()
    assert (handlers(client.meta.events), dict(vars(client.meta.config))) == before


def test_a_client_that_was_brought_is_not_closed(canned: Canned, monkeypatch: pytest.MonkeyPatch) -> None:
    client = raw_client(canned)
    closed: list[bool] = []
    monkeypatch.setattr(client, "close", lambda: closed.append(True))
    VoiceID(client=client).close()
    assert not closed


def test_a_client_that_was_made_here_is_closed(canned: Canned, monkeypatch: pytest.MonkeyPatch) -> None:
    client = typed_client(canned)
    closed: list[bool] = []
    monkeypatch.setattr(client.boto3_client, "close", lambda: closed.append(True))
    with client:
        assert not closed
    assert closed == [True]


def test_a_client_may_be_closed_twice(client: VoiceID) -> None:
    client.close()
    client.close()


def test_a_client_that_was_brought_is_the_boto3_client(canned: Canned) -> None:
    client = raw_client(canned)
    assert VoiceID(client=client).boto3_client is client


def test_anything_with_the_methods_of_a_client_serves() -> None:
    class Fake:
        def describe_domain(self, **request: object) -> dict[str, object]:
            return {"Domain": {"DomainId": request["DomainId"]}}

    assert VoiceID(client=Fake()).domain(DOMAIN_ID).describe().domain_id == DOMAIN_ID


def test_a_stubbed_client_serves() -> None:
    client: Any = shared_session().client("voice-id")
    with Stubber(client) as stubber:
        stubber.add_response("describe_domain", {"Domain": {"DomainId": DOMAIN_ID}}, {"DomainId": DOMAIN_ID})
        assert VoiceID(client=client).domain(DOMAIN_ID).describe().domain_id == DOMAIN_ID


def test_a_client_that_we_made_can_be_stubbed() -> None:
    client = VoiceID(session=shared_session())
    with Stubber(raw(client)) as stubber:
        stubber.add_response("describe_domain", {"Domain": {"DomainId": DOMAIN_ID}}, {"DomainId": DOMAIN_ID})
        assert client.domain(DOMAIN_ID).describe().domain_id == DOMAIN_ID


def test_the_boto3_client_gives_the_answers_of_boto3(canned: Canned) -> None:
    canned.default = success(Domain={"DomainId": DOMAIN_ID, "CreatedAt": 1.5})
    ours, plain = raw(typed_client(canned)), raw_client(canned)
    assert ours.describe_domain(DomainId=DOMAIN_ID) == plain.describe_domain(DomainId=DOMAIN_ID)


def test_what_else_boto3_offers_stays_in_reach(canned: Canned) -> None:
    client = typed_client(canned).boto3_client
    assert client.can_paginate("list_speakers")
    assert client.get_paginator("list_domains")
    assert client.generate_presigned_url("describe_domain", {"DomainId": DOMAIN_ID}).startswith(
        "https://voiceid."
    )
    with pytest.raises(ValueError, match="Waiter does not exist"):
        client.get_waiter("domain_active")


# --- Raw calls ------------------------------------------------------------------------------------------


def test_a_raw_call_returns_the_dictionary_of_boto3(canned: Canned) -> None:
    canned.answer(typical)
    answer: Any = typed_client(canned).call("DescribeDomain", DomainId=DOMAIN_ID)
    assert answer["Domain"]["Arn"] == DOMAIN_ARN
    assert answer["ResponseMetadata"]["RequestId"] == REQUEST_ID


def test_a_raw_call_leaves_out_what_is_none(canned: Canned) -> None:
    canned.answer(typical)
    typed_client(canned).call("ListDomains", MaxResults=5, NextToken=None)
    assert canned.sent[0].body == {"MaxResults": 5}


def test_a_raw_call_raises_our_errors(canned: Canned) -> None:
    canned.answer(failure("ConflictException", status=409, ConflictType="DOMAIN_NOT_ACTIVE"))
    with pytest.raises(errors.ConflictError) as caught:
        typed_client(canned).call("DeleteDomain", DomainId=DOMAIN_ID)
    assert caught.value.conflict_type == "DOMAIN_NOT_ACTIVE"


def test_a_raw_call_of_no_operation_names_those_there_are(client: VoiceID) -> None:
    with pytest.raises(errors.RequestValidationError, match="DescribeSpeaker"):
        client.call("EnrollSpeaker")


def test_a_raw_call_is_checked(client: VoiceID) -> None:
    with pytest.raises(errors.RequestValidationError, match="domain_id is required"):
        client.call("DescribeDomain")


# --- Threads --------------------------------------------------------------------------------------------


def test_threads_share_a_client_and_each_gets_its_own_answer(canned: Canned) -> None:
    together = threading.Barrier(8, timeout=10)

    def echo(sent: Sent) -> Any:
        together.wait()
        return success(
            Speaker={"CustomerSpeakerId": sent.body["SpeakerId"], "Invented": sent.body["SpeakerId"]}
        )

    canned.default = echo
    domain = typed_client(canned).domain(DOMAIN_ID)
    names = [f"caller-{number}" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda name: domain.speaker(name).describe(), names))
    assert [info.customer_speaker_id for info in found] == names
    if SHOWS_BODIES:
        assert [info.extra for info in found] == [{"Invented": name} for name in names]


def test_threads_can_make_clients_at_the_same_time() -> None:
    session = aws_session()
    with ThreadPoolExecutor(8) as pool:
        clients = [future.result() for future in [pool.submit(VoiceID, session=session) for _ in range(16)]]
    assert len({id(client.boto3_client) for client in clients}) == 16


@pytest.mark.parametrize(("tags", "shown"), [([], "<0 tags>"), (["a"], "<1 tag>"), (["a", "b"], "<2 tags>")])
def test_tags_are_a_dictionary_that_shows_how_many_there_are(
    client: VoiceID, canned: Canned, tags: list[str], shown: str
) -> None:
    canned.answer(success(Tags=[{"Key": key, "Value": "canary"} for key in tags]))
    found = client.tags(DOMAIN_ARN)
    assert repr(found) == str(found) == shown
    assert found == dict.fromkeys(tags, "canary")
    assert json.loads(json.dumps(found)) == found


def test_the_repr_shows_where_requests_go(canned: Canned) -> None:
    client = typed_client(canned)
    assert (
        repr(client)
        == f"VoiceID(region_name='{REGION}', endpoint_url='https://voiceid.{REGION}.amazonaws.com')"
    )
