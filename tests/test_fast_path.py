"""The SDK's own clients read raw bodies, clients of callers read what botocore parsed; the outcome is equal.

It is equal in data, errors, request ids and retries, with orjson and without, but for what botocore's parser
hides: that has a section of its own.
"""

import functools
import json
import logging
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import attrs
import boto3
import pytest
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from tests.support import strategies
from tests.support.canned_responses import (
    DOMAIN_ID,
    READS_BODIES,
    REQUEST_ID,
    SHOWS_BODIES,
    TABLE,
    TYPICAL,
    Answer,
    Canned,
    aws_session,
    failure,
    raw_client,
    request_of,
    success,
    typed_client,
    typical,
    web_page,
)
from tests.support.client_pairs import Outcome, Ways, hide_orjson, new_ways, outcome, ways, ways_of
from voiceid_sdk import VoiceID, service_model
from voiceid_sdk._conversion.errors import ConversionError
from voiceid_sdk._wire import decoding, raw_bodies
from voiceid_sdk.errors import ResponseError
from voiceid_sdk.models import DomainInfo
from voiceid_sdk.service_model.names import python_name

WITHOUT_CONTENT = sorted(set(TABLE) - set(TYPICAL))
LISTS = sorted(service_model.load_paginators())
MODELLED_ERRORS = [
    (name, error["shape"]) for name in sorted(TABLE) for error in service_model.operation(name)["errors"]
]
EACH_OPERATION = pytest.mark.parametrize("name", sorted(TABLE))


@pytest.fixture(params=["json", "orjson"])
def each_reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run the test with orjson and without."""
    if request.param == "json":
        hide_orjson(monkeypatch)
    else:
        pytest.importorskip("orjson")
    decoding.reader.cache_clear()
    yield
    decoding.reader.cache_clear()


def ways_for(name: str, code: str) -> Ways:
    """Return a pair of clients for calls of an operation that fail with an error."""
    return ways_of(name) if code in RETRIED else ways()


@functools.cache
def outcomes_of_error(name: str, code: str) -> tuple[Outcome, Outcome]:
    """Return the outcomes of calls that fail with an error of the model."""
    return ways_for(name, code).outcomes(name, modelled(code))


# --- Data -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("each_reader")
@EACH_OPERATION
def test_a_plain_success_is_equal(name: str) -> None:
    ours, brought = ways().outcomes(name, typical)
    assert ours == brought
    assert (ours.request_id, ours.attempts) == (REQUEST_ID, 1)
    assert (ours.result is None) == (name in WITHOUT_CONTENT)


@EACH_OPERATION
@strategies.share_of_examples(10)
@given(data=st.data())
def test_any_answer_that_fits_the_model_is_read_alike(name: str, data: st.DataObject) -> None:
    ours, brought = ways().outcomes(name, success(**data.draw(strategies.responses(name))))
    assert ours == brought
    assert ours.request_id == REQUEST_ID


@EACH_OPERATION
@strategies.share_of_examples(30)
@given(data=st.data())
def test_a_stubbed_client_gives_the_same_data(name: str, data: st.DataObject) -> None:
    way = ways()
    way.canned.default = success(**data.draw(strategies.responses(name)))
    parsed = getattr(way.brought.transport.client, python_name(name))(**request_of(name))
    for each in (way.ours, way.brought):  # Stubber skips the event on which we take bodies
        with Stubber(each.transport.client) as stubber:
            stubber.add_response(python_name(name), parsed)
            stubbed = outcome(each, name)
        assert (stubbed.result, stubbed.request_id) == (outcome(way.ours, name).result, REQUEST_ID)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_several_pages_is_equal(name: str) -> None:
    way = ways()
    (content,) = TYPICAL[name]
    typical_content: Any = TYPICAL[name][content]
    (item,) = typical_content
    pages = [
        success(**{content: [item] * 3, "NextToken": "page-2"}),
        success(**{content: [], "NextToken": "page-3"}),
        success(**{content: [item]}),
    ]
    found = []
    for each in (way.ours, way.brought):
        way.canned.answer(*pages)
        found.append(list(each.pager(TABLE[name], request_of(name), None).pages()))
    ours, brought = found
    assert ours == brought
    assert [len(page.items) for page in ours] == [3, 0, 1]
    assert {page.request_id for page in ours} == {REQUEST_ID}


EVALUATION = "EvaluateSession"


def domain(**members: object) -> bytes:
    return json.dumps({"Domain": members}).encode()


def score(written: str) -> bytes:
    return b'{"AuthenticationResult": {"Score": %b}}' % written.encode()


READ_ALIKE: dict[str, tuple[str, bytes]] = {
    "a time as a whole number": ("DescribeDomain", domain(CreatedAt=1747737015)),
    "a time with a fraction": ("DescribeDomain", domain(CreatedAt=1747737015.123456)),
    "a time before 1970": ("DescribeDomain", domain(CreatedAt=-1.5)),
    "a time of digits in a string": ("DescribeDomain", domain(CreatedAt="1747737015.25")),
    "a time in ISO 8601": ("DescribeDomain", domain(CreatedAt="2025-05-20T10:30:15Z")),
    "a time in ISO 8601 with a fraction": ("DescribeDomain", domain(CreatedAt="2025-05-20T10:30:15.25Z")),
    "a time in ISO 8601 of another zone": ("DescribeDomain", domain(CreatedAt="2025-05-20T12:30:15+02:00")),
    "a time in RFC 822": ("DescribeDomain", domain(CreatedAt="Tue, 20 May 2025 10:30:15 GMT")),
    "null for a value": ("DescribeDomain", domain(CreatedAt=None, Name=None, DomainStatus=None)),
    "null for a structure": ("DescribeDomain", domain(WatchlistDetails=None)),
    "null for a list": ("DescribeFraudster", b'{"Fraudster": {"WatchlistIds": null}}'),
    "an empty list": ("ListSpeakers", b'{"SpeakerSummaries": []}'),
    "an empty structure": ("DescribeDomain", b'{"Domain": {}}'),
    "an unknown value": ("DescribeDomain", domain(DomainStatus="ARCHIVED")),
    "lone surrogates": ("DescribeDomain", domain(Name="\ud800", Arn="\udfff", DomainStatus="\ud83d")),
    "characters beyond 16 bits": ("DescribeDomain", domain(Name="\U0001f600")),
    "NUL in a string": ("DescribeDomain", domain(Name="\0")),
    "equal keys": ("DescribeDomain", b'{"Domain": {"Name": "a", "Name": "b"}, "Domain": {"Name": "c"}}'),
    "an integer with a point": (EVALUATION, score("97.0")),
    "an integer with an exponent": (EVALUATION, score("1E2")),
    "the integer of 64 bits": (EVALUATION, score("18446744073709551615")),
    "an integer of more than 64 bits": (EVALUATION, score("18446744073709551617")),
    "a negative integer of more than 64 bits": (EVALUATION, score("-9223372036854775809")),
    "an integer of a hundred digits": (EVALUATION, score("9" * 100)),
    "minus zero": (EVALUATION, score("-0")),
    "white space around": (EVALUATION, b" \r\n\t" + score(" 97 ") + b"\n"),
}


@pytest.mark.usefixtures("each_reader")
@pytest.mark.parametrize(("name", "body"), READ_ALIKE.values(), ids=READ_ALIKE)
def test_what_is_oddly_written_is_read_alike(name: str, body: bytes) -> None:
    ours, brought = ways().outcomes(name, Answer(200, body))
    assert ours == brought
    assert not isinstance(ours.result, tuple), "a success"


@pytest.mark.usefixtures("each_reader")
def test_huge_integers_are_exact() -> None:
    ours, _ = ways().outcomes(EVALUATION, Answer(200, score("18446744073709551617")))
    assert ours.result.authentication_result.score == 2**64 + 1


@pytest.mark.usefixtures("each_reader")
@pytest.mark.parametrize("name", WITHOUT_CONTENT)
@pytest.mark.parametrize("body", [b"", b"{}", b'{"Tomorrow": 1}'])
def test_an_answer_without_content_may_be_empty(name: str, body: bytes) -> None:
    ours, brought = ways().outcomes(name, Answer(200, body))
    assert ours == brought == Outcome(None, REQUEST_ID, 1)


# --- Errors and retries ---------------------------------------------------------------------------------


ADDED: dict[str, dict[str, Any]] = {
    "ConflictException": {"ConflictType": "DOMAIN_NOT_ACTIVE"},
    "ResourceNotFoundException": {"ResourceType": "SPEAKER"},
}
"""The members that the service adds to an error."""

RETRIED = {"ThrottlingException": 429, "InternalServerException": 500}
"""The errors that botocore retries, with their statuses."""


def modelled(code: str) -> Answer:
    return failure(code, "No callers.", status=RETRIED.get(code, 400), **ADDED.get(code, {}))


@pytest.mark.parametrize(("name", "code"), MODELLED_ERRORS)
def test_a_modelled_error_is_equal_and_tried_as_often(name: str, code: str) -> None:
    ours, brought = outcomes_of_error(name, code)
    assert ours == brought
    assert ours.request_id == REQUEST_ID
    assert ours.attempts == (3 if code in RETRIED else 1)


@pytest.mark.parametrize(("name", "code"), MODELLED_ERRORS)
def test_a_stubbed_error_is_equal(name: str, code: str) -> None:
    way = ways_for(name, code)
    expected, _ = outcomes_of_error(name, code)
    for each in (way.ours, way.brought):
        with Stubber(each.transport.client) as stubber:
            stubber.add_client_error(
                python_name(name),
                code,
                "No callers.",
                http_status_code=RETRIED.get(code, 400),
                modeled_fields=ADDED.get(code),
                response_meta={"RequestId": REQUEST_ID},
            )
            assert outcome(each, name) == attrs.evolve(expected, attempts=0)


OTHER_ERRORS: dict[str, Answer] = {
    "a web page for a 403": web_page(403),
    "a web page for a 413": web_page(413),
    "a web page for a 500": web_page(500),
    "a web page for a 502": web_page(502),
    "an unknown code": failure("TeapotException", status=418),
    "a namespace and a URL about the code": failure("com.amazonaws#ConflictException:http://x/", status=409),
    "no body": Answer(400, b""),
    "no body of a server": Answer(503, b""),
    "an array": Answer(400, b"[]"),
    "bad JSON": Answer(400, b'{"__type": "Conf'),
    "not UTF-8": Answer(400, b"\xff"),
    "NaN in it": Answer(400, b'{"__type": "ConflictException", "Message": NaN}'),
    "no request id": attrs.evolve(failure("ConflictException"), headers={}),
}


@pytest.mark.parametrize("reply", OTHER_ERRORS.values(), ids=OTHER_ERRORS)
def test_any_other_error_is_equal(reply: Answer) -> None:
    ours, brought = new_ways().outcomes("DescribeSpeaker", reply)
    assert ours == brought
    assert isinstance(ours.result, tuple)


@pytest.mark.parametrize(
    "trouble",
    [failure("ThrottlingException"), failure("InternalServerException", status=500), web_page(503)],
)
@EACH_OPERATION
def test_trouble_and_then_success_is_a_success_at_the_second_attempt(name: str, trouble: Answer) -> None:
    ours, brought = ways().outcomes(name, trouble, typical)
    assert ours == brought
    assert (ours.request_id, ours.attempts) == (REQUEST_ID, 2)


def test_the_body_of_an_attempt_that_failed_is_not_taken_for_the_answer() -> None:
    partial = failure("ThrottlingException", Domain={"Name": "of the first attempt"})
    ours, _ = new_ways().outcomes("DescribeDomain", partial, success(Domain={"Name": "of the second"}))
    assert ours.result == DomainInfo(name="of the second")


REFUSED_ALIKE: dict[str, tuple[str, bytes]] = {
    "empty": ("DescribeDomain", b""),
    "an empty object": ("ListDomains", b"{}"),
    "null for the content": ("DescribeDomain", b'{"Domain": null}'),
    "null for an item": ("ListDomains", b'{"DomainSummaries": [null]}'),
    "a number for a string": ("DescribeDomain", domain(Name=7)),
    "a string for an integer": (EVALUATION, score('"97"')),
    "a fraction for an integer": (EVALUATION, score("97.5")),
    "NaN for an integer": (EVALUATION, score("NaN")),
    "infinity for an integer": (EVALUATION, score("-Infinity")),
    "more than a float holds for an integer": (EVALUATION, score("1e400")),
    "a string for a boolean": ("DescribeWatchlist", b'{"Watchlist": {"DefaultWatchlist": "true"}}'),
    "a number for a token": ("ListDomains", b'{"DomainSummaries": [], "NextToken": 7}'),
    "a required member that is missing": ("DescribeDomain", domain(WatchlistDetails={})),
}


@pytest.mark.usefixtures("each_reader")
@pytest.mark.parametrize(("name", "body"), REFUSED_ALIKE.values(), ids=REFUSED_ALIKE)
def test_what_does_not_fit_the_model_is_the_same_response_error(name: str, body: bytes) -> None:
    ours, brought = ways().outcomes(name, Answer(200, body))
    assert ours == brought
    assert ours.result[0] is ResponseError
    assert ours.request_id == REQUEST_ID


BROKEN: dict[str, bytes] = {
    "cut off": b'{"Domain": {"DomainId": "Abc',
    "a comma too many": b'{"Domain": {},}',
    "text behind": b"{} {}",
    "only white space": b" ",
    "a list": b"[]",
    "null": b"null",
    "a string": b'"Domain"',
    "a web page": b"<html></html>",
    "a byte order mark": b'\xef\xbb\xbf{"Domain": {}}',
    "UTF-16": '{"Domain": {}}'.encode("utf-16-le"),
    "not UTF-8": b'{"Domain": {"Name": "\xff"}}',
    "a surrogate as UTF-8": b'{"Domain": {"Name": "\xed\xa0\x80"}}',
    "too deep": b'{"Domain":' * 100_000,
    "a string for the content": b'{"Domain": "Abc"}',
    "NaN for a time": b'{"Domain": {"CreatedAt": NaN}}',
    "infinity for a time": b'{"Domain": {"CreatedAt": Infinity}}',
    "a time that is none": b'{"Domain": {"CreatedAt": "yesterday, perhaps"}}',
    "a time beyond all calendars": b'{"Domain": {"CreatedAt": 1e300}}',
}


@pytest.mark.usefixtures("each_reader")
@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_what_botocore_cannot_read_is_a_response_error(body: bytes) -> None:
    ours, brought = ways().outcomes("DescribeDomain", Answer(200, body))
    for found in (ours, brought):
        kind, _, attributes = found.result
        assert kind is ResponseError
        assert (attributes["operation"], found.attempts) == ("DescribeDomain", 1)
    # botocore's parser either returns an empty response silently, or fails and loses the request id.
    assert brought.request_id in (REQUEST_ID, None)
    if SHOWS_BODIES:
        assert ours.request_id == REQUEST_ID


# --- What botocore's parser hides -----------------------------------------------------------------------


@pytest.mark.usefixtures("each_reader")
@READS_BODIES
@pytest.mark.parametrize("name", sorted(set(TYPICAL) - {EVALUATION, "ListTagsForResource"}))
def test_unknown_members_are_kept_on_our_client_and_gone_on_one_that_was_brought(name: str) -> None:
    (member,) = TYPICAL[name]
    value: Any = TYPICAL[name][member]
    news = {"Tomorrow": [{"Sum": 2**70, "Odds": 0.5}]}
    written = [{**value[0], **news}] if isinstance(value, list) else {**value, **news}
    ours, brought = ways().outcomes(name, success(**{member: written}))
    kept, dropped = (
        found.result.items[0] if isinstance(value, list) else found.result for found in (ours, brought)
    )
    assert kept.to_wire()["Tomorrow"] == news["Tomorrow"]
    assert dropped.extra == {}
    assert attrs.evolve(kept, extra=dropped.extra) == dropped


@pytest.mark.usefixtures("each_reader")
@READS_BODIES
def test_an_unknown_member_may_be_nan() -> None:
    ours, _ = ways().outcomes("DescribeDomain", Answer(200, b'{"Domain": {"Odds": NaN, "Sum": 1e400}}'))
    odds: Any = ours.result.extra["Odds"]
    assert math.isnan(odds)
    assert ours.result.extra["Sum"] == math.inf


@pytest.mark.usefixtures("each_reader")
@READS_BODIES
@pytest.mark.parametrize("name", WITHOUT_CONTENT)
def test_a_broken_body_without_content_is_seen_on_our_client_alone(name: str) -> None:
    ours, brought = ways().outcomes(name, Answer(200, b"<html></html>"))
    assert ours.result[0] is ResponseError
    assert brought == Outcome(None, REQUEST_ID, 1)


@READS_BODIES
@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("DescribeDomain", domain(CreatedAt=True)),
        ("DescribeDomain", domain(CreatedAt="May 2025")),
        ("DescribeFraudster", b'{"Fraudster": {"WatchlistIds": "abc"}}'),
    ],
)
def test_a_value_of_a_wrong_type_that_botocore_makes_fit_is_seen_on_our_client_alone(
    name: str, body: bytes
) -> None:
    ours, brought = ways().outcomes(name, Answer(200, body))
    assert ours.result[0] is ResponseError
    assert not isinstance(brought.result, tuple)


# --- orjson ---------------------------------------------------------------------------------------------

decimals = st.from_regex(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
numbers = decimals | st.integers(-(2**70), 2**70).map(str)
texts = st.text(st.characters(exclude_categories=()), max_size=6)
strings = st.builds(json.dumps, texts, ensure_ascii=st.booleans())
json_texts = st.recursive(
    numbers | strings | st.sampled_from(["null", "true", "false", "NaN", "Infinity", "-Infinity", "1e400"]),
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda items: f"[{', '.join(items)}]")
        # Drawn from a few names, so that some are equal.
        | st.lists(st.tuples(st.sampled_from(['"a"', '"b"']) | strings, inner), max_size=4).map(
            lambda pairs: f"{{{', '.join(f'{name}: {value}' for name, value in pairs)}}}"
        )
    ),
    max_leaves=8,
).map(lambda text: text.encode("utf-8", "surrogatepass"))
json_objects = json_texts.map(lambda value: b'{"It": %b}' % value)


def read_with(body: bytes, *, orjson: bool) -> str:
    """Return a text that identifies a value exactly: NaN equals NaN, and 1 differs from 1.0."""
    with pytest.MonkeyPatch.context() as patch:
        if not orjson:
            hide_orjson(patch)
        decoding.reader.cache_clear()
        try:
            return repr(decoding.decode(body))
        except ConversionError as error:
            return str(error)


@given(json_objects | json_texts | st.binary(max_size=20), st.data())
def test_with_orjson_the_same_is_read(body: bytes, data: st.DataObject) -> None:
    pytest.importorskip("orjson")
    cut = data.draw(st.just(len(body)) | st.integers(0, len(body)))
    assert read_with(body[:cut], orjson=True) == read_with(body[:cut], orjson=False)


# --- Objects of the caller ------------------------------------------------------------------------------


def parsers(session: boto3.Session) -> Any:
    return session._session.get_component("response_parser_factory")


def test_the_sessions_parsers_are_not_touched(canned: Canned) -> None:
    session = aws_session()
    factory, defaults = parsers(session), dict(parsers(session)._defaults)
    client = VoiceID(session=session)
    canned.attach(client.boto3_client)
    canned.answer(typical)
    client.domain(DOMAIN_ID).describe()
    assert parsers(session) is factory
    assert factory._defaults == defaults


def test_the_sessions_other_clients_see_whole_answers(canned: Canned) -> None:
    session = aws_session()
    before: Any = session.client("voice-id")
    client = VoiceID(session=session)
    after: Any = session.client("voice-id")
    canned.default = typical
    for each in (before, client.boto3_client, after):
        canned.attach(each)
    info = client.domain(DOMAIN_ID).describe()
    for each in (before, after):
        answer = each.describe_domain(DomainId=DOMAIN_ID)
        assert answer["Domain"]["CreatedAt"] == info.created_at
        assert answer["Domain"]["CreatedAt"].tzinfo is not UTC, "botocore's own parser made it"
    assert ["_take_body" in handlers(each) for each in (before, client.boto3_client, after)] == [
        False,
        True,
        False,
    ]


def handlers(client: Any) -> str:
    return repr(client.meta.events._emitter._handlers._root)


def test_a_raw_call_on_our_client_while_a_typed_one_is_under_way_sees_its_whole_answer(
    client: VoiceID, canned: Canned
) -> None:
    raw: Any = client.boto3_client
    seen: list[Any] = []

    def look(**_: object) -> None:
        if not seen:
            seen.append(None)
            seen[0] = raw.describe_speaker(DomainId=DOMAIN_ID, SpeakerId="caller-1")

    canned.default = typical
    raw.meta.events.register("before-call.voice-id.DescribeDomain", look)
    assert client.domain(DOMAIN_ID).describe().domain_id == DOMAIN_ID
    assert seen[0]["Speaker"]["CustomerSpeakerId"] == "caller-1"


# --- Where botocore does not show bodies ----------------------------------------------------------------


@pytest.fixture
def hides_bodies(monkeypatch: pytest.MonkeyPatch) -> Callable[[VoiceID], VoiceID]:
    """Return a function that makes a client behave as with a botocore without the event."""
    raw_bodies._log_that_bodies_are_hidden.cache_clear()

    def hide(client: VoiceID) -> VoiceID:
        raw: Any = client.boto3_client
        emit = raw.meta.events.emit

        def emit_but_one(name: str, **given: Any) -> Any:
            return [] if name.startswith("before-parse") else emit(name, **given)

        monkeypatch.setattr(raw.meta.events, "emit", emit_but_one)
        return client

    return hide


def test_without_the_event_botocores_parsed_answer_is_read(
    hides_bodies: Callable[[VoiceID], VoiceID], canned: Canned
) -> None:
    client = hides_bodies(typed_client(canned))
    canned.answer(typical, success(SpeakerSummaries=[{"CreatedAt": 1.5, "Invented": 1}]), success())
    assert client.domain(DOMAIN_ID).describe().domain_id == DOMAIN_ID
    (speaker,) = client.domain(DOMAIN_ID).speakers()
    assert speaker.created_at == datetime(1970, 1, 1, 0, 0, 1, 500_000, UTC)
    assert not speaker.extra
    with pytest.raises(ResponseError):
        client.domain(DOMAIN_ID).speaker("caller-1").describe()


def test_that_is_said_once_and_at_debug_level(
    hides_bodies: Callable[[VoiceID], VoiceID], canned: Canned, caplog: pytest.LogCaptureFixture
) -> None:
    canned.default = typical
    with caplog.at_level(logging.DEBUG, "voiceid_sdk"):
        for client in (hides_bodies(typed_client(canned)), hides_bodies(typed_client(canned))):
            client.domain(DOMAIN_ID).describe()
            client.domain(DOMAIN_ID).describe()
    (record,) = [record for record in caplog.records if record.name == "voiceid_sdk"]
    assert record.levelno == logging.DEBUG
    assert "botocore shows no raw bodies" in record.message


@READS_BODIES
def test_nothing_is_said_where_bodies_are_shown_or_the_client_was_brought(
    client: VoiceID, canned: Canned, caplog: pytest.LogCaptureFixture
) -> None:
    raw_bodies._log_that_bodies_are_hidden.cache_clear()
    canned.default = typical
    with caplog.at_level(logging.DEBUG, "voiceid_sdk"):
        client.domain(DOMAIN_ID).describe()
        VoiceID(client=raw_client(canned)).domain(DOMAIN_ID).describe()
    assert [record for record in caplog.records if record.name == "voiceid_sdk"] == []
