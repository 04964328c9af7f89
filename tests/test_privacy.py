"""Sensitive values are shown nowhere: a canary value is put everywhere, and must not appear in any text."""

import copy
import functools
import html
import importlib.util
import io
import json
import logging
import logging.handlers
import pickle
import pprint
import queue
import re
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Final
from unittest.mock import Mock
from urllib.parse import quote, quote_plus

import attrs
import botocore.exceptions
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.canned_responses import (
    DOMAIN_ARN,
    DOMAIN_ID,
    JOB_ID,
    ROLE_ARN,
    WATCHLIST_ID,
    Answer,
    Canned,
    failure,
    raw_client,
    success,
    typed_client,
)
from tests.support.clocks import FakeClock
from tests.support.memory_s3 import MemoryS3
from voiceid_sdk import Domain, VoiceID, WaitPolicy, batch, bulk, errors, models, service_model
from voiceid_sdk._conversion.extra_fields import ExtraFields
from voiceid_sdk._conversion.structuring import structure
from voiceid_sdk._wire.botocore_errors import SENSITIVE_SHAPES
from voiceid_sdk.enums import SpeakerStatus
from voiceid_sdk.local import LocalVoiceID, ManualClock, tone, wav
from voiceid_sdk.paging import Page
from voiceid_sdk.privacy import REDACTED, log_records, redact, redacted_record, scrub
from voiceid_sdk.progress import Progress
from voiceid_sdk.runs import BatchEnrollment
from voiceid_sdk.service_model.names import python_name
from voiceid_sdk.waiting import clock_in_use

# --- Data with the canary -------------------------------------------------------------------------------

CANARY: Final = "Xq7Canary9Zk"
"""Part of every sensitive value, and of no other."""

MANIFEST: Final = f"s3://bucket-{CANARY.lower()}/in {CANARY}/it's a manifest.json"

VALUES: Final[Mapping[str, str]] = {
    "CustomerSpeakerId": f"speaker-{CANARY}_1",
    "Description": f"Für {CANARY}: 50% of a+b/c",
    "DomainName": f"domain-{CANARY}",
    "FraudsterId": f"id#{CANARY}Fraudster1",
    "GeneratedFraudsterId": f"id#{CANARY}Fraudster1",
    "GeneratedSpeakerId": f"id#{CANARY}Speaker123",
    "JobName": f"job_{CANARY}",
    "NextToken": f"page/{CANARY}==",
    "S3Uri": MANIFEST,
    "SessionId": f"id#{CANARY}Session123",
    "SessionName": f"contact-{CANARY}",
    "SessionNameOrId": f"contact-{CANARY}",
    "SpeakerId": f"speaker-{CANARY}_1",
    "TagKey": f"key {CANARY}@ö",
    "TagValue": f"value:{CANARY}",
    "WatchlistDescription": f"Betrüger {CANARY} = 1",
    "WatchlistName": f"list-{CANARY}",
}
"""The sensitive values, by shape."""

HARMLESS: Final[Mapping[str, object]] = {
    "AmazonResourceName": DOMAIN_ARN,
    "Arn": DOMAIN_ARN,
    "ClientTokenString": "token-1",
    "DomainId": DOMAIN_ID,
    "IamRoleArn": ROLE_ARN,
    "JobId": JOB_ID,
    "KmsKeyId": "alias/voice-id",
    "UniqueIdLarge": JOB_ID,
    "WatchlistId": WATCHLIST_ID,
}

PROSE: Final = f"It went wrong with {CANARY}."
"""Text of the service, in fields for free text."""

TOMORROW: Final = {CANARY: [CANARY, {CANARY: CANARY}]}
"""The value of an unknown member."""


def filled(shape: str, extra: Mapping[str, object]) -> Any:
    """Return a value with every member of the model, with the canary in every sensitive string."""
    rules = service_model.shape(shape)
    match rules["type"]:
        case "structure":
            members = rules.get("members", {}).items()
            token = {"NextToken": VALUES["NextToken"]} if "NextToken" in rules.get("members", {}) else {}
            return {**{name: filled(member["shape"], extra) for name, member in members}, **token, **extra}
        case "list":
            return [filled(rules["member"]["shape"], extra)]
        case "integer" | "timestamp":
            return 7
        case "boolean":
            return True
        case _:
            known = {**VALUES, **HARMLESS, "String": PROSE}
            return rules["enum"][0] if "enum" in rules else known[shape]


OPERATIONS: Final = service_model.operation_names()

REQUESTS: Final = {name: filled(service_model.operation(name)["input"]["shape"], {}) for name in OPERATIONS}

ANSWERS: Final = {
    name: filled(output["shape"], {"Tomorrow": TOMORROW})
    for name in OPERATIONS
    if (output := service_model.operation(name).get("output"))
    and service_model.shape(output["shape"]).get("members")
}

SENSITIVE_PARTS: Final = {
    name: list(service_model.sensitive_values(name, REQUESTS[name], SENSITIVE_SHAPES)) for name in OPERATIONS
}
"""The sensitive values of each operation's request."""

TELLING: Final = [name for name in OPERATIONS if SENSITIVE_PARTS[name]]
"""The operations that send something sensitive."""

_NAMED: Final = {"name": VALUES["DomainName"], "description": VALUES["Description"], "kms_key_id": "alias/k"}
_LISTED: Final = {"name": VALUES["WatchlistName"], "description": VALUES["WatchlistDescription"]}
_TAGS: Final = {VALUES["TagKey"]: VALUES["TagValue"]}
_JOB: Final[dict[str, Any]] = {
    "input_s3_uri": MANIFEST,
    "output_s3_uri": MANIFEST,
    "data_access_role_arn": ROLE_ARN,
    "job_name": VALUES["JobName"],
}

METHODS: Final[Mapping[str, Callable[[VoiceID, Domain], object]]] = {
    "AssociateFraudster": lambda _, domain: domain.fraudster(VALUES["FraudsterId"]).associate(WATCHLIST_ID),
    "CreateDomain": lambda voiceid, _: voiceid.create_domain(**_NAMED, tags=_TAGS),
    "CreateWatchlist": lambda _, domain: domain.create_watchlist(**_LISTED),
    "DeleteDomain": lambda _, domain: domain.delete(),
    "DeleteFraudster": lambda _, domain: domain.fraudster(VALUES["FraudsterId"]).delete(),
    "DeleteSpeaker": lambda _, domain: domain.speaker(VALUES["SpeakerId"]).delete(),
    "DeleteWatchlist": lambda _, domain: domain.watchlist(WATCHLIST_ID).delete(),
    "DescribeDomain": lambda _, domain: domain.describe(),
    "DescribeFraudster": lambda _, domain: domain.fraudster(VALUES["FraudsterId"]).describe(),
    "DescribeFraudsterRegistrationJob": lambda _, domain: domain.registration_job(JOB_ID).describe(),
    "DescribeSpeaker": lambda _, domain: domain.speaker(VALUES["SpeakerId"]).describe(),
    "DescribeSpeakerEnrollmentJob": lambda _, domain: domain.enrollment_job(JOB_ID).describe(),
    "DescribeWatchlist": lambda _, domain: domain.watchlist(WATCHLIST_ID).describe(),
    "DisassociateFraudster": lambda _, domain: domain.fraudster(VALUES["FraudsterId"]).disassociate(
        WATCHLIST_ID
    ),
    "EvaluateSession": lambda _, domain: domain.session(VALUES["SessionName"]).evaluate(),
    "ListDomains": lambda voiceid, _: next(voiceid.domains().pages()),
    "ListFraudsterRegistrationJobs": lambda _, domain: next(domain.registration_jobs().pages()),
    "ListFraudsters": lambda _, domain: next(domain.fraudsters().pages()),
    "ListSpeakerEnrollmentJobs": lambda _, domain: next(domain.enrollment_jobs().pages()),
    "ListSpeakers": lambda _, domain: next(domain.speakers().pages()),
    "ListTagsForResource": lambda voiceid, _: voiceid.tags(DOMAIN_ARN),
    "ListWatchlists": lambda _, domain: next(domain.watchlists().pages()),
    "OptOutSpeaker": lambda _, domain: domain.speaker(VALUES["SpeakerId"]).opt_out(),
    "StartFraudsterRegistrationJob": lambda _, domain: domain.start_registration_job(**_JOB),
    "StartSpeakerEnrollmentJob": lambda _, domain: domain.start_enrollment_job(**_JOB),
    "TagResource": lambda voiceid, _: voiceid.tag(DOMAIN_ARN, _TAGS),
    "UntagResource": lambda voiceid, _: voiceid.untag(DOMAIN_ARN, _TAGS),
    "UpdateDomain": lambda _, domain: domain.replace(**_NAMED),
    "UpdateWatchlist": lambda _, domain: domain.watchlist(WATCHLIST_ID).update(**_LISTED),
}
"""A call of each operation's method, with the canary in every argument that may have it."""


def call(operation: str, voiceid: VoiceID) -> object:
    return METHODS[operation](voiceid, voiceid.domain(DOMAIN_ID))


# --- Texts that are searched ----------------------------------------------------------------------------


def has_canary(text: str) -> bool:
    return CANARY.lower() in text.lower()


@functools.cache
def display_formatter() -> Any:
    """Return IPython's formatter, which takes longer to make than to use."""
    return importlib.import_module("IPython.core.formatters").DisplayFormatter()


@functools.cache
def has_forms_for_notebooks(kind: type) -> bool:
    """Return whether a class has methods that IPython looks up for forms other than text."""
    return any(re.fullmatch(r"_repr_\w+_|_ipython_display_", name) for name in dir(kind))


def in_a_notebook(value: object) -> str:
    """Return the output of a notebook cell that ends with ``value``."""
    kind: Any = type(value)  # to mypy, the class of any object is not hashable
    if importlib.util.find_spec("IPython"):
        if has_forms_for_notebooks(kind):
            return str(display_formatter().format(value))
        return str(display_formatter().formatters["text/plain"](value))
    # IPython uses the class's repr; its printer resembles that of pprint.
    assert not has_forms_for_notebooks(kind)
    return pprint.pformat(value)


def by_rich(value: object) -> str:
    """Return what the package ``rich`` prints: the class's own repr, or else a dictionary's items."""
    says = getattr(value, "__rich_repr__", None)
    if says is not None:
        return str(list(says()))
    return str({**value}) if isinstance(value, dict) else repr(value)


def looks(value: object) -> Iterator[str]:
    """Yield every text that shows ``value`` or a value inside it."""
    yield from (repr(value), str(value), f"{value}", pprint.pformat([value]))
    yield from (in_a_notebook(value), by_rich(value))
    inside: list[object] = []
    if isinstance(value, BaseException):
        yield from traceback.format_exception(value)
        yield repr((value.args, value.__cause__, value.__context__, getattr(value, "__notes__", None)))
        # A resume token is meant to be stored, and may contain the request.
        yield repr({name: kept for name, kept in vars(value).items() if name != "resume_token"})
    elif isinstance(value, (models.Structure, Page, *BATCHES)):
        inside = [getattr(value, field.name) for field in attrs.fields(type(value))]
    elif isinstance(value, ExtraFields):
        inside = list(value.values())
    else:
        inside = [getattr(value, "info", None)]
    for part in inside:
        for one in part if isinstance(part, tuple) else (part,):
            if isinstance(one, (models.Structure, ExtraFields)):
                yield from looks(one)


def everything_shown(value: object) -> str:
    """Return all those texts, also of a pickled copy if ``value`` can be pickled."""
    texts = list(looks(value))
    if isinstance(value, (models.Structure, Page, Exception, *BATCHES)):
        texts += looks(pickle.loads(pickle.dumps(value)))
    return "\n".join(texts)


BATCHES: Final = (
    batch.EnrollmentManifest,
    batch.EnrollmentResults,
    batch.RegistrationManifest,
    batch.RegistrationResults,
)


def error_of(fails: Callable[[], object]) -> Exception:
    """Return the error that a call raises."""
    try:
        fails()
    except Exception as error:  # of any class
        return error
    raise AssertionError("nothing was raised")


# --- The canary in results ------------------------------------------------------------------------------


def test_the_canary_is_in_every_sensitive_shape_of_the_model() -> None:
    shapes = service_model.load_service()["shapes"]
    sensitive = {name for name, shape in shapes.items() if shape.get("sensitive")}
    assert set(VALUES) == sensitive | SENSITIVE_SHAPES
    assert all(has_canary(value) for value in VALUES.values())
    assert all(service_model.violations(name, REQUESTS[name]) == [] for name in OPERATIONS)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_result_does_not_show_it(operation: str, canned: Canned, client: VoiceID) -> None:
    canned.default = success(**ANSWERS.get(operation, {}))
    assert not has_canary(everything_shown(call(operation, client)))
    # boto3's own dictionary shows the values.
    assert has_canary(str(client.call(operation, **REQUESTS[operation]))) is (operation in ANSWERS)


def test_what_is_asked_for_by_name_is_told() -> None:
    speaker = structure(models.SpeakerInfo, ANSWERS["DescribeSpeaker"]["Speaker"])
    assert not has_canary(everything_shown(speaker))
    assert speaker.customer_speaker_id == VALUES["CustomerSpeakerId"]
    tomorrow = speaker.extra["Tomorrow"]
    assert isinstance(tomorrow, Mapping)
    assert has_canary(str({**tomorrow}))
    assert has_canary(str(speaker.to_dict()))
    assert has_canary(str(speaker.to_wire()))


def test_handles_do_not_show_it(client: VoiceID) -> None:
    domain = client.domain(models.DomainInfo(domain_id=DOMAIN_ID, name=VALUES["DomainName"]))
    handles = [
        client,
        domain,
        domain.speaker(VALUES["SpeakerId"]),
        domain.speaker(models.SpeakerInfo(customer_speaker_id=VALUES["CustomerSpeakerId"])),
        domain.fraudster(VALUES["FraudsterId"]),
        domain.watchlist(models.WatchlistInfo(watchlist_id=WATCHLIST_ID, name=VALUES["WatchlistName"])),
        domain.enrollment_job(models.EnrollmentJobInfo(job_id=JOB_ID, job_name=VALUES["JobName"])),
        domain.registration_job(models.RegistrationJobInfo(job_id=JOB_ID, job_name=VALUES["JobName"])),
        domain.session(VALUES["SessionName"]),
        domain.session(VALUES["SessionId"]),
    ]
    for handle in handles:
        assert not has_canary(everything_shown(handle))


def test_lists_and_their_iterators_do_not_show_it(canned: Canned, client: VoiceID) -> None:
    canned.default = success(**ANSWERS["ListSpeakers"])
    pager = client.domain(DOMAIN_ID).speakers().limit(5)
    items, pages = pager.items(), pager.pages()
    for look in (next, lambda iterator: iterator):  # in the middle of a page, and at its end
        for iterator in (items, pages):
            look(iterator)
            assert not has_canary(everything_shown(iterator))
    assert not has_canary(everything_shown(pager))
    assert not has_canary(everything_shown(pager.items(items.resume_token)))


def test_many_at_a_time_do_not_show_it(
    canned: Canned, client: VoiceID, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "voiceid_sdk")
    domain, ids = client.domain(DOMAIN_ID), [VALUES["SpeakerId"], f"{CANARY} {CANARY}", VALUES["SpeakerId"]]
    seen = list[Progress]()

    def break_down(item: str) -> None:
        raise LookupError(item)

    canned.answer(success(**ANSWERS["DescribeSpeaker"]))
    canned.default = lambda sent: failure("ConflictException", f"Cannot do {json.dumps(sent.body)}.")
    runs: list[bulk.Run[Any, Any]] = [
        bulk.describe_speakers(domain, ids, progress=True, rate=None),
        bulk.opt_out_speakers(domain, ids, progress=seen.append, rate=None),
        bulk.run(break_down, ids),
        bulk.run(dict.fromkeys, [ids]),
    ]
    for run in runs:
        for outcome in run:
            assert not has_canary(everything_shown(outcome))
            assert outcome.error is None or not has_canary(everything_shown(outcome.error))
        assert not has_canary(everything_shown(run))
        assert not has_canary(everything_shown(run.report))
        assert not has_canary(json.dumps(run.report.to_dict()))
        assert not has_canary(str(pickle.dumps(run.report)))
    assert not has_canary(str(seen) + caplog.text)
    assert len(seen) == len(ids)


@pytest.mark.parametrize("value", [*VALUES.values(), CANARY.lower(), f"{CANARY} {CANARY}"])
def test_a_value_in_place_of_an_enumerations_is_not_shown(
    value: str, canned: Canned, client: VoiceID
) -> None:
    canned.default = success(Speaker={"Status": value})
    speaker = client.domain(DOMAIN_ID).speaker("any").describe()
    assert speaker.status == value
    assert not has_canary(everything_shown(speaker))


def test_a_new_value_of_an_enumeration_is_shown() -> None:
    assert repr(SpeakerStatus("ON_HOLIDAY")) == "<SpeakerStatus.ON_HOLIDAY: 'ON_HOLIDAY'>"


# --- The canary in errors -------------------------------------------------------------------------------

QUOTATIONS: Final[Mapping[str, Callable[[str], str]]] = {
    "as it is": str,
    "in capitals": str.upper,
    "in mixed case": str.swapcase,
    "inside a word": lambda value: f"x{value}y",
    "inside a path": lambda value: f"https://example.com/items/{value}/versions",
    "in JSON": json.dumps,
    "in JSON without ASCII escapes": lambda value: json.dumps(value, ensure_ascii=False),
    "in JSON in JSON": lambda value: json.dumps(json.dumps({"Value": value})),
    "in JSON with escaped slashes": lambda value: json.dumps(value).replace("/", r"\/"),
    "in a URL": lambda value: quote(value, safe=""),
    "in a URL's path": quote,
    "in a form": quote_plus,
    "in a URL in a URL": lambda value: quote(quote(value, safe=""), safe=""),
    "in HTML": html.escape,
    "in JSON in HTML": lambda value: html.escape(json.dumps(value)),
    "as Python's bytes": lambda value: repr(value.encode()),
    "as JSON in Python's bytes": lambda value: repr(json.dumps({"Value": value}).encode()),
    "without the prefix": lambda value: re.sub("^(id#|s3://)", "", value),
    "only the end of a URI": lambda value: re.sub("^s3://[^/]*/", "", value),
}
"""The ways in which a service, a proxy or a library may quote a value."""


@pytest.mark.parametrize("quotation", QUOTATIONS)
def test_a_message_of_the_service_does_not_show_it(quotation: str, canned: Canned, client: VoiceID) -> None:
    for operation in TELLING:
        request = REQUESTS[operation]
        quoted = ", ".join(map(QUOTATIONS[quotation], SENSITIVE_PARTS[operation]))
        assert has_canary(quoted)
        canned.default = failure("ValidationException", f"Value {quoted} is not good enough.")
        error = error_of(lambda: client.call(operation, **request))
        assert isinstance(error, errors.ValidationError)
        assert not has_canary(everything_shown(error)), operation
        assert REDACTED in error.message
        assert "is not good enough" in str(error)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_error_of_each_method_does_not_show_it(operation: str, canned: Canned, client: VoiceID) -> None:
    canned.default = lambda sent: failure("ConflictException", f"Cannot do {json.dumps(sent.body)}.")
    error = error_of(lambda: call(operation, client))
    assert isinstance(error, errors.ConflictError)
    assert not has_canary(everything_shown(error))


def test_other_parts_of_a_refusal_do_not_show_it(canned: Canned, client: VoiceID) -> None:
    value = VALUES["SpeakerId"]
    for odd in (
        failure(value, "No."),
        failure("ConflictException", ConflictType=value),
        failure("ResourceNotFoundException", ResourceType=value),
        failure("ValidationException", Tomorrow=TOMORROW),
        Answer(400, f"<html>{value}</html>".encode(), {"Content-Type": "text/html"}),
        Answer(500, f'{{"__type": "X", "Message": "{value}'.encode()),
    ):
        canned.default = odd
        error = error_of(lambda: call("DescribeSpeaker", client))
        assert isinstance(error, errors.ServiceError)
        assert not has_canary(everything_shown(error))


def test_a_value_does_not_hide_the_services_own_words(canned: Canned, client: VoiceID) -> None:
    canned.answer(failure("ConflictException", "Conflict.", ConflictType="SPEAKER_OPTED_OUT"))
    error = error_of(lambda: client.domain(DOMAIN_ID).speaker("Conflict").describe())
    assert isinstance(error, errors.ConflictError)
    assert error.code == "ConflictException"
    assert str(error).startswith("DescribeSpeaker: [redacted] (SPEAKER_OPTED_OUT; ConflictException; ")


def test_a_new_kind_of_conflict_or_resource_is_shown(canned: Canned, client: VoiceID) -> None:
    canned.answer(failure("ConflictException", ConflictType="MERCURY_IS_RETROGRADE"))
    assert "MERCURY_IS_RETROGRADE" in str(error_of(lambda: call("DescribeSpeaker", client)))
    canned.answer(failure("ResourceNotFoundException", ResourceType="PLANET"))
    assert "PLANET" in str(error_of(lambda: call("DescribeSpeaker", client)))


@pytest.mark.parametrize(
    "make_client",
    [typed_client, lambda canned: VoiceID(client=raw_client(canned))],
    ids=["our client", "the caller's client"],
)
@pytest.mark.parametrize(
    "content",
    [
        CANARY,
        {CANARY: CANARY},
        [CANARY],
        [[CANARY]],
        {"Status": {CANARY: 1}, "CreatedAt": CANARY, "Name": [CANARY]},
    ],
    ids=["string", "structure", "list", "nested list", "wrong members"],
)
def test_a_success_that_cannot_be_read_does_not_show_it(
    content: object, make_client: Callable[[Canned], VoiceID], canned: Canned
) -> None:
    voiceid = make_client(canned)
    for operation, answer in ANSWERS.items():
        canned.default = success(**dict.fromkeys(answer, content))
        try:
            shown = call(operation, voiceid)
        except errors.VoiceIDError as error:
            shown = error
        assert not has_canary(everything_shown(shown)), operation


@pytest.mark.parametrize("body", [CANARY, f'"{CANARY}"', f'{{"Speaker": {{"CustomerSpeakerId": "{CANARY}'])
def test_a_body_that_is_no_json_object_is_not_shown(body: str, canned: Canned, client: VoiceID) -> None:
    canned.default = Answer(200, body.encode())
    for voiceid in (client, VoiceID(client=raw_client(canned))):
        error = error_of(lambda: call("DescribeSpeaker", voiceid))
        assert isinstance(error, errors.ResponseError)
        assert not has_canary(everything_shown(error))


def with_wrong_values(value: object, wrong: object) -> object:
    """Return a request with ``wrong`` in place of each string."""
    if isinstance(value, dict):
        return {name: with_wrong_values(inner, wrong) for name, inner in value.items()}
    if isinstance(value, list):
        return [with_wrong_values(inner, wrong) for inner in value]
    return wrong if isinstance(value, str) else value


@pytest.mark.parametrize(
    "wrong",
    [f"\0ö{CANARY}", CANARY * 1000, f"arn:aws:voiceid:ö{CANARY}", [CANARY], {CANARY: CANARY}],
    ids=["pattern", "length", "ARN", "list", "structure"],
)
def test_a_request_that_is_refused_does_not_show_it(wrong: object, client: VoiceID) -> None:
    for operation in OPERATIONS:
        request: Any = with_wrong_values(REQUESTS[operation], wrong)
        error = error_of(lambda: client.call(operation, **request))
        assert isinstance(error, errors.RequestValidationError), operation
        assert not has_canary(everything_shown(error)), operation


@pytest.mark.parametrize("wrong", [[CANARY], {CANARY: CANARY}], ids=["list", "structure"])
def test_a_request_that_botocore_refuses_does_not_show_it(wrong: object, canned: Canned) -> None:
    client, raw = typed_client(canned, validate_requests=False), raw_client(canned)
    for operation in OPERATIONS:
        request: Any = with_wrong_values(REQUESTS[operation], wrong)
        error = error_of(lambda: client.call(operation, **request))
        assert isinstance(error, errors.RequestValidationError), operation
        assert not has_canary(everything_shown(error)), operation
        assert has_canary(str(error_of(lambda: getattr(raw, python_name(operation))(**request))))


def test_a_member_that_nobody_knows_is_not_named_where_its_name_may_be_data(client: VoiceID) -> None:
    # The most common mistake with tags: keys in the place of "Key" and "Value".
    error = error_of(lambda: client.call("TagResource", ResourceArn=DOMAIN_ARN, Tags=[_TAGS]))
    assert isinstance(error, errors.RequestValidationError)
    assert not has_canary(everything_shown(error))
    assert "Tags[0]" in str(error)
    assert "Key, Value" in str(error)


def test_data_that_cannot_be_read_back_is_not_shown() -> None:
    data = {CANARY: CANARY, "status": [CANARY], "created_at": CANARY, "customer_speaker_id": {CANARY: CANARY}}
    error = error_of(lambda: models.SpeakerInfo.from_dict(data))
    assert isinstance(error, errors.RequestValidationError)
    assert not has_canary(everything_shown(error))


@pytest.mark.parametrize(
    "failure_of_the_network",
    [
        botocore.exceptions.EndpointConnectionError(endpoint_url=CANARY, error=OSError(CANARY)),
        botocore.exceptions.ReadTimeoutError(endpoint_url=CANARY, error=OSError(CANARY)),
        botocore.exceptions.ConnectTimeoutError(endpoint_url=CANARY, error=OSError(CANARY)),
        botocore.exceptions.ConnectionClosedError(endpoint_url=CANARY, request=CANARY),
        botocore.exceptions.SSLError(endpoint_url=CANARY, error=OSError(CANARY)),
        botocore.exceptions.ProxyConnectionError(proxy_url=CANARY, error=OSError(CANARY)),
        botocore.exceptions.HTTPClientError(error=OSError(CANARY), request=CANARY),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_failure_of_the_network_does_not_show_it(
    failure_of_the_network: Exception, canned: Canned, client: VoiceID
) -> None:
    canned.default = failure_of_the_network
    error = error_of(lambda: call("DescribeSpeaker", client))
    assert isinstance(error, errors.TransportError)
    assert not has_canary(everything_shown(error))
    assert has_canary(
        str(error_of(lambda: raw_client(canned).describe_speaker(**REQUESTS["DescribeSpeaker"])))
    )


def test_an_error_in_a_list_does_not_show_it(canned: Canned, client: VoiceID) -> None:
    pager = client.domain(DOMAIN_ID).speakers()
    canned.answer(success(**ANSWERS["ListSpeakers"]), failure("ValidationException", VALUES["NextToken"]))
    refused = error_of(pager.all)
    canned.default = success(**ANSWERS["ListSpeakers"])
    repeated = error_of(pager.all)
    damaged = error_of(lambda: next(pager.items(CANARY)))
    assert isinstance(refused, errors.ValidationError)
    assert refused.resume_token
    assert isinstance(repeated, errors.PaginationError)
    assert isinstance(damaged, errors.RequestValidationError)
    for error in (refused, repeated, damaged):
        assert not has_canary(everything_shown(error))


FAILED_JOB: Final = f"Job {VALUES['JobName']} cannot read bucket-{CANARY.lower()} or {json.dumps(MANIFEST)}."
FAILED_KEY: Final = f"No key for {VALUES['DomainName'].upper()} ({json.dumps(VALUES['Description'])})."

WAITS: Final[Mapping[str, tuple[Callable[[Domain], object], str, str, Mapping[str, object]]]] = {
    "a failed enrollment job": (
        lambda domain: domain.enrollment_job(JOB_ID).wait(),
        "DescribeSpeakerEnrollmentJob",
        "Job",
        {"JobStatus": "FAILED", "FailureDetails": {"Message": FAILED_JOB}},
    ),
    "a failed registration job": (
        lambda domain: domain.registration_job(JOB_ID).wait(),
        "DescribeFraudsterRegistrationJob",
        "Job",
        {"JobStatus": "FAILED", "FailureDetails": {"Message": FAILED_JOB}},
    ),
    "a job with errors": (
        lambda domain: domain.enrollment_job(JOB_ID).wait(raise_on_errors=True),
        "DescribeSpeakerEnrollmentJob",
        "Job",
        {"JobStatus": "COMPLETED_WITH_ERRORS"},
    ),
    "a job that takes too long": (
        lambda domain: domain.enrollment_job(JOB_ID).wait(WaitPolicy(timeout=60)),
        "DescribeSpeakerEnrollmentJob",
        "Job",
        {"JobStatus": "IN_PROGRESS", "EndedAt": None},
    ),
    "a key change that failed": (
        lambda domain: domain.wait_until_encryption_updated(),
        "DescribeDomain",
        "Domain",
        {"ServerSideEncryptionUpdateDetails": {"UpdateStatus": "FAILED", "Message": FAILED_KEY}},
    ),
    "a deleted domain": (
        lambda domain: domain.wait_until_active(),
        "DescribeDomain",
        "Domain",
        {"DomainStatus": "SUSPENDED"},
    ),
    "a speaker who does not enroll": (
        lambda domain: domain.speaker(VALUES["SpeakerId"]).wait_until("ENROLLED"),
        "DescribeSpeaker",
        "Speaker",
        {"Status": "PENDING"},
    ),
}


@pytest.mark.parametrize("wait", WAITS)
def test_an_error_of_a_wait_does_not_show_it(wait: str, canned: Canned, client: VoiceID) -> None:
    waits, operation, member, state = WAITS[wait]
    canned.default = success(**{member: {**ANSWERS[operation][member], **state}})
    with clock_in_use(FakeClock()):
        error = error_of(lambda: waits(client.domain(DOMAIN_ID)))
    assert isinstance(error, errors.WaitError)
    assert isinstance(error.resource, models.Structure)
    assert not has_canary(everything_shown(error))
    assert not has_canary(everything_shown(error.resource))
    assert has_canary(str(error.resource.to_dict()))


def test_a_failed_job_still_says_why(canned: Canned, client: VoiceID) -> None:
    canned.default = success(
        Job={"JobStatus": "FAILED", "FailureDetails": {"Message": "The manifest is empty."}}
    )
    error = error_of(lambda: client.domain(DOMAIN_ID).enrollment_job(JOB_ID).wait())
    assert str(error).startswith("The enrollment job failed: The manifest is empty")


# --- The canary in batch work ---------------------------------------------------------------------------

AUDIO: Final = batch.AudioSpecification(s3_uri=MANIFEST, path=f"calls/{CANARY}.wav")
SPEAKERS: Final = batch.EnrollmentManifest(
    [
        batch.EnrollmentRequest(
            request_id=CANARY, speaker_id=VALUES["GeneratedSpeakerId"], audio_specifications=[AUDIO] * 11
        )
    ]
)
FRAUDSTERS: Final = batch.RegistrationManifest(
    [
        batch.RegistrationRequest(
            request_id=CANARY, audio_specifications=[batch.AudioSpecification(path=f"{CANARY}.wav")]
        )
    ]
)
ENROLLED: Final = {
    "RequestId": CANARY,
    "GeneratedSpeakerId": VALUES["GeneratedSpeakerId"],
    "CustomerSpeakerId": VALUES["SpeakerId"],
    "EnrollmentStatus": "NEW_ENROLLMENT",
    "Tomorrow": TOMORROW,
}
REFUSED: Final = {"RequestId": CANARY, "ErrorCode": 500, "ErrorMessage": PROSE}


def output_of(**members: object) -> str:
    return json.dumps({"Version": "1.0", **members})


class RefusingS3:
    """An S3 client whose errors contain the values that it rejects."""

    def get_object(self, *, Bucket: str, Key: str, **_: object) -> Mapping[str, object]:
        said = f"No {Key} in {Bucket}: s3://{Bucket}/{Key} is not there."
        raise botocore.exceptions.ClientError({"Error": {"Code": "NoSuchKey", "Message": said}}, "GetObject")

    head_object = put_object = get_object


@pytest.mark.parametrize("manifest", [SPEAKERS, FRAUDSTERS], ids=lambda manifest: type(manifest).__name__)
def test_manifests_do_not_show_it(manifest: batch.EnrollmentManifest | batch.RegistrationManifest) -> None:
    assert has_canary(str(manifest.requests[0].to_dict()))
    for data in (manifest, *manifest.requests):
        assert not has_canary(everything_shown(data))


def test_results_do_not_show_it() -> None:
    speakers = batch.EnrollmentResults.from_output(
        output_of(
            SuccessfulEnrollments=[ENROLLED, {**ENROLLED, "EnrollmentStatus": CANARY}], Errors=[REFUSED]
        ),
        manifest=SPEAKERS,
    )
    fraudsters = batch.RegistrationResults.from_output(output_of(Errors=[REFUSED]), manifest=FRAUDSTERS)
    assert has_canary(speakers.to_json())
    for results in (speakers, fraudsters):
        for data in (results, *results.outcomes):
            assert not has_canary(everything_shown(data))


BATCH_FAILURES: Final[Mapping[str, Callable[[], object]]] = {
    "check": SPEAKERS.validate,
    "check of recordings": partial(FRAUDSTERS.validate, recordings={}),
    "writing": FRAUDSTERS.to_json,
    "upload": lambda: batch.EnrollmentManifest(
        [
            batch.EnrollmentRequest(
                request_id=CANARY,
                speaker_id=CANARY,
                audio_specifications=[batch.AudioSpecification(s3_uri=f"s3://calls/{CANARY}.wav")],
            )
        ]
    ).upload(RefusingS3(), MANIFEST),
    "no JSON": lambda: batch.EnrollmentManifest.from_json(CANARY),
    "no requests": lambda: batch.EnrollmentManifest.from_json(
        output_of(SpeakerEnrollmentRequests=[CANARY, {"RequestId": {CANARY: CANARY}, "SpeakerId": [CANARY]}])
    ),
    "no lines": lambda: batch.RegistrationManifest.from_json_lines(
        [CANARY, f'{{"RequestId": ["{CANARY}"]}}']
    ),
    "no file": lambda: batch.EnrollmentManifest.from_csv(f"{CANARY}.csv"),
    "no text": lambda: batch.EnrollmentManifest.from_csv(io.BytesIO(f"{CANARY}\0".encode())),
    "no Unicode": lambda: batch.EnrollmentManifest.from_csv(io.BytesIO(f"{CANARY}é".encode("latin-1"))),
    "no columns": lambda: batch.EnrollmentManifest.from_csv([f"{CANARY},{CANARY}"]),
    "no rows": lambda: batch.EnrollmentManifest.from_csv(
        ["request_id,speaker_id,s3_uri,channel_id\n", f"{CANARY},,,{CANARY}\n", CANARY, f'"{CANARY}']
    ),
    "no column": lambda: batch.EnrollmentManifest.from_csv([], columns={CANARY: CANARY}),
    "no folder": lambda: batch.RegistrationManifest.from_folder(CANARY),
    "no output": lambda: batch.EnrollmentResults.from_output(CANARY),
    "no outcomes": lambda: batch.EnrollmentResults.from_output(
        output_of(Errors=[{**REFUSED, "ErrorCode": CANARY}])
    ),
    "no results": lambda: batch.EnrollmentResults.from_json(f'{{"outcomes": [{{"status": ["{CANARY}"]}}]}}'),
    "no request": batch.EnrollmentResults.from_output(output_of(Errors=[REFUSED])).retry_manifest,
    "no policy": lambda: batch.policies.data_access_policy(input_s3_uris=[CANARY], output_s3_uri=CANARY),
}


@pytest.mark.parametrize("what", BATCH_FAILURES)
def test_an_error_of_batch_work_does_not_show_it(what: str) -> None:
    error = error_of(BATCH_FAILURES[what])
    assert isinstance(error, errors.VoiceIDError)
    assert not has_canary(everything_shown(error))


def test_results_that_cannot_be_fetched_do_not_show_it(canned: Canned, client: VoiceID) -> None:
    canned.default = success(**ANSWERS["DescribeSpeakerEnrollmentJob"])
    ended = structure(models.EnrollmentJobInfo, ANSWERS["DescribeSpeakerEnrollmentJob"]["Job"])
    assert ended.ended_at is not None
    error = error_of(lambda: client.domain(DOMAIN_ID).enrollment_job(JOB_ID).results(RefusingS3()))
    assert isinstance(error, errors.ResourceNotFoundError)
    assert not has_canary(everything_shown(error))


# --- The canary in runs ---------------------------------------------------------------------------------

BUCKET: Final = f"bucket-{CANARY.lower()}"


@attrs.frozen
class Place:
    """The inputs of a run, with the canary in every name."""

    domain: Domain
    s3: MemoryS3
    folder: Path

    def enroll(self, **options: Any) -> BatchEnrollment:
        usual = {
            "manifest": self.folder,
            "s3": self.s3,
            "bucket": BUCKET,
            "prefix": CANARY,
            "job_name": CANARY,
            "data_access_role_arn": ROLE_ARN,
            "policy": WaitPolicy(timeout=0),
            "progress": False,
        }
        return self.domain.enroll(**{**usual, **options})

    def enroll_and_wait(self, **options: Any) -> BatchEnrollment:
        run = self.enroll(**options)
        run.wait()
        return run

    def deny(self, operation: str) -> "Place":
        """Deny an operation of S3 from now on."""
        self.s3.denied.add(operation)
        return self

    def write(self, content: bytes) -> Path:
        """Write a second recording."""
        path = self.folder / f"{CANARY}-2.wav"
        path.write_bytes(content)
        return path


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    folder, s3 = tmp_path / CANARY, MemoryS3(BUCKET)
    folder.mkdir()
    (folder / f"{CANARY}-1.wav").write_bytes(wav(tone(31), label=CANARY))
    with LocalVoiceID(s3=s3, clock=ManualClock()) as service:
        domain = service.client().create_domain(name=CANARY, kms_key_id="alias/voice-id")
        yield Place(domain, s3, folder)


def test_a_run_does_not_show_it(
    place: Place, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    state, seen = place.folder / "state", list[Progress]()
    place.domain.speaker(f"{CANARY}-1").opt_out()
    with caplog.at_level(logging.DEBUG, "voiceid_sdk"):
        run = place.enroll(checkpoint=state, progress=True)
        info = run.wait()
        place.enroll(checkpoint=state, progress=seen.append)
    results = run.results()
    assert has_canary(results.to_json())
    assert [record for record in caplog.records if record.name == "voiceid_sdk"]
    shown = [run, *run.jobs, info, results, *results.outcomes, *seen]
    texts = [*map(everything_shown, shown), caplog.text, *capfd.readouterr(), state.read_text()]
    assert [text for text in texts if has_canary(text)] == []


RUN_FAILURES: Final[Mapping[str, Callable[[Place], object]]] = {
    "no bucket": lambda place: place.enroll(bucket=f"{BUCKET}-2"),
    "no name of a bucket": lambda place: place.enroll(bucket=CANARY),
    "no prefix": lambda place: place.enroll(prefix=f"{CANARY}\n"),
    "no job name": lambda place: place.enroll(job_name=f"{CANARY} {CANARY}"),
    "no client": lambda place: place.enroll(s3=CANARY),
    "no access": lambda place: place.enroll(s3=RefusingS3()),
    "no folder": lambda place: place.enroll(manifest=place.folder / CANARY),
    "no recording": lambda place: (place.write(CANARY.encode()), place.enroll()),
    "nothing to convert": lambda place: (place.write(CANARY.encode()), place.enroll(convert=True)),
    "no file": lambda place: place.enroll(manifest=SPEAKERS),
    "no state": lambda place: place.enroll(checkpoint=place.folder / CANARY / CANARY),
    "no state file": lambda place: place.enroll(checkpoint=place.write(f'{{"run": "{CANARY}"}}'.encode())),
    "another state": lambda place: [place.enroll(checkpoint=place.folder / "s", prefix=at) for at in "ab"],
    "another job": lambda place: [place.enroll(prefix=at) for at in "ab"],
    "not ended": lambda place: place.enroll().results(),
    "no time": lambda place: place.enroll().wait(WaitPolicy(timeout=0)),
    "no manifest": lambda place: place.deny("GetObject").enroll_and_wait(),
    "no output": lambda place: place.enroll_and_wait().results(RefusingS3()),
}


@pytest.mark.parametrize("what", RUN_FAILURES)
def test_an_error_of_a_run_does_not_show_it(what: str, place: Place) -> None:
    error = error_of(lambda: RUN_FAILURES[what](place))
    assert isinstance(error, errors.VoiceIDError)
    assert not has_canary(everything_shown(error))


# --- Scrubbing text -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("nothing in it", [], "nothing in it"),
        ("", ["value"], ""),
        ("a value", ["", " ", "value"], "a [redacted]"),
        # Short values would be found by chance.
        ("a ab abc cab x-a_b", ["a", "ab"], "[redacted] [redacted] abc cab x-[redacted]_b"),
        ("1 of 10, 100", ["10"], "1 of [redacted], 100"),
        ("the abc xabcx abcd xabcdx", ["abc", "abcd"], "the [redacted] xabcx [redacted] x[redacted]x"),
        # Values inside each other, overlapping each other or themselves, and adjacent.
        ("longer long", ["long", "longer"], "[redacted] [redacted]"),
        ("abcdefg", ["abcde", "defg"], "[redacted]"),
        ("<ababab>", ["abab"], "<[redacted]>"),
        ("fourfive", ["four", "five"], "[redacted][redacted]"),
        # The replacement itself is not searched.
        ("it redacted food", ["redacted", "food"], "it [redacted] [redacted]"),
        # Not a pattern.
        ("a.c abc", ["a.c"], "[redacted] abc"),
        (r"C:\\dir C:\\\\dir", ["C:\\dir"], "[redacted] [redacted]"),
        # Generated ids and S3 objects have a fixed syntax.
        ("Speaker id#Abc123 and ID%23xyz.", [], "Speaker [redacted] and [redacted]."),
        ("valid #1, id 1", [], "valid #1, id 1"),
        ("s3://bucket/key, S3A://b/k and", [], "[redacted] [redacted] and"),
        ("'s3://bucket/my key' is \"s3://b/it's\"!", [], "'[redacted]' is \"[redacted]\"!"),
        ('{"Uri": "s3:\\/\\/bucket\\/my key"}', [], '{"Uri": "[redacted]"}'),
        ("arn:aws:s3:::bucket/key is private", [], "[redacted] is private"),
        ("https://b.s3.eu-west-2.amazonaws.com/k?x=1 no", [], "[redacted] no"),
        ("see https://docs.aws.amazon.com/x", [], "see https://docs.aws.amazon.com/x"),
        ("bucket bkt has no a/b.json", ["s3://bkt/a/b.json"], "bucket [redacted] has no [redacted]"),
        ("no bkt/a", ["s3://bkt/a"], "no [redacted]"),
        ("no bkt", ["s3://bkt"], "no [redacted]"),
        ("no AbCdefghijklmnopqrstuv", ["id#AbCdefghijklmnopqrstuv"], "no [redacted]"),
        (f"{DOMAIN_ARN} of {ROLE_ARN}", [], f"{DOMAIN_ARN} of {ROLE_ARN}"),
    ],
)
def test_scrub_leaves_the_rest_of_a_text(text: str, values: list[str], expected: str) -> None:
    assert scrub(text, values) == expected


@given(
    value=st.text(min_size=2, max_size=40),
    quotation=st.sampled_from([name for name in QUOTATIONS if name not in ("in capitals", "in mixed case")]),
)
def test_scrub_finds_any_text_however_it_is_quoted(value: str, quotation: str) -> None:
    sandwich = f"«{value}»"
    quoted = QUOTATIONS[quotation](sandwich)
    assert scrub(f"Before {quoted} after", [sandwich]).count(REDACTED) == 1


def test_scrub_cuts_long_texts_and_no_value_in_two() -> None:
    for start in range(3_980, 4_005):
        text = "." * start + VALUES["Description"] + " and more" * 500
        scrubbed = scrub(text, [VALUES["Description"]])
        assert len(scrubbed) <= 4_000 + len(f"{REDACTED}…")
        assert scrubbed.rstrip("…").strip(".") in ("", REDACTED)
        assert scrubbed.endswith("…")
    assert scrub("." * 4_000) == "." * 4_000


def test_scrub_takes_what_follows_a_long_value() -> None:
    assert scrub("x" * 3_999 + " " + "y" * 9, ["z"]) == "x" * 3_999 + " …"
    assert scrub("a " + "x" * 5_000 + " b", ["x" * 5_000]) == f"a {REDACTED}…"


@pytest.mark.uncovered
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("\\" * 100_000, '\\"' * 100),
        ('"' * 100_000, '"' * 1_000 + "x"),
        ("%25" * 30_000, "%25" * 300 + "x"),
        ("&amp;" * 20_000, "&amp;" * 60 + "x"),
        ("a" * 100_000, "a" * 1_000),
        ("https://" * 10_000, "s3://" * 200),
        ("'s3://" * 10_000, "id#" * 200),
    ],
)
def test_scrub_ends_soon_with_any_text(text: str, value: str) -> None:
    cost = time.process_time()
    scrub(text, [value])
    # It takes a tenth of a second. If each character were compared with all the others, it would take hours.
    assert time.process_time() - cost < 20


# --- Redacting logs -------------------------------------------------------------------------------------


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """Return the root logger at DEBUG, and remove the handlers that the test adds."""
    logger = logging.getLogger()
    level, handlers = logger.level, list(logger.handlers)
    logger.setLevel(logging.DEBUG)
    yield logger
    logger.setLevel(level)
    logger.handlers[:] = handlers


def handler_to(stream: io.StringIO) -> logging.Handler:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(message)s"))
    return handler


def record_of(name: str, message: object, *args: object, **attributes: object) -> logging.LogRecord:
    record = logging.LogRecord(name, logging.DEBUG, "file.py", 1, message, args, None)
    vars(record).update(attributes)
    return record


ENDPOINT: Final = "botocore.endpoint"
PARAMETERS: Final = "Making request for %s with params: %s"


def test_logs_of_all_operations_do_not_show_it_and_stay_useful(
    canned: Canned, client: VoiceID, root: logging.Logger
) -> None:
    before, safe, after = io.StringIO(), io.StringIO(), io.StringIO()
    for handler in (handler_to(before), redact(handler_to(safe)), handler_to(after)):
        root.addHandler(handler)
    for operation in OPERATIONS:
        canned.answer(
            success(**ANSWERS.get(operation, {})),
            failure("ValidationException", f"No: {', '.join(VALUES.values())}"),
            OSError(CANARY),
            failure("InternalServerException", CANARY, status=500),
            failure("InternalServerException", CANARY, status=500),
        )
        client.call(operation, **REQUESTS[operation])
        for _ in range(2):
            error_of(lambda: client.call(operation, **REQUESTS[operation]))
    logged = safe.getvalue()
    assert not has_canary(logged)
    assert "Authorization" not in logged
    assert "AKIDEXAMPLE" not in logged
    for operation in OPERATIONS:
        assert f"Making request for {operation} with params: [redacted]" in logged
        assert f"Event needs-retry.voice-id.{operation}: calling handler RetryHandler.needs_retry" in logged
    assert re.search(r"Retry needed, retrying request after delay of: \d", logged)
    assert "OSError: [redacted]" in logged
    assert "Calculating signature using v4 auth." in logged
    # Other handlers, before and after, do not change.
    for unredacted in (before.getvalue(), after.getvalue()):
        assert unredacted.lower().count(CANARY.lower()) > len(OPERATIONS)
        assert "AKIDEXAMPLE" in unredacted
    ours = [line for line in before.getvalue().splitlines() if ":voiceid_sdk:" in line]
    assert not has_canary("\n".join(ours))


def test_errors_of_the_network_in_logs_keep_where_and_what_kind(
    canned: Canned, client: VoiceID, root: logging.Logger
) -> None:
    safe, unsafe = io.StringIO(), io.StringIO()
    root.addHandler(redact(handler_to(safe)))
    root.addHandler(handler_to(unsafe))
    cause = OSError(CANARY)
    canned.default = RuntimeError(CANARY)
    canned.default.__cause__ = cause
    error_of(lambda: call("DescribeSpeaker", client))
    assert has_canary(unsafe.getvalue())
    assert not has_canary(safe.getvalue())
    assert "Exception received when sending HTTP request." in safe.getvalue()
    assert safe.getvalue().index("builtins.OSError: [redacted]") < safe.getvalue().index(
        "builtins.RuntimeError"
    )
    assert re.search(r'  File ".*canned_responses\.py", line \d+, in __call__\n', safe.getvalue())


SHOWN: Final[list[tuple[str, object, tuple[object, ...], str]]] = [
    # Text from the library's source.
    ("botocore.retries.standard", "Not retrying request.", (), "Not retrying request."),
    (
        ENDPOINT,
        "Response received to retry, sleeping for %s seconds",
        (1.5,),
        "Response received to retry, sleeping for 1.5 seconds",
    ),
    ("botocore.retries.standard", "Max attempts of %s reached.", (3,), "Max attempts of 3 reached."),
    (
        "urllib3.connectionpool",
        "Starting new HTTPS connection (%d): %s:%s",
        (1, CANARY, 443),
        "Starting new HTTPS connection (1): [redacted]:443",
    ),
    (
        "urllib3.connectionpool",
        '%s://%s:%s "%s %s %s" %s %s',
        ("https", CANARY, 443, "POST", f"/{CANARY}", "HTTP/1.1", 200, None),
        'https://[redacted]:443 "POST [redacted] HTTP/1.1" 200 None',
    ),
    # Kinds of arguments.
    (ENDPOINT, PARAMETERS, (OSError(CANARY), CANARY), "Making request for OSError with params: [redacted]"),
    (ENDPOINT, PARAMETERS, (CANARY, [CANARY]), "Making request for [redacted] with params: [redacted]"),
    (ENDPOINT, PARAMETERS, (b"...", {CANARY: 1}), "Making request for [redacted] with params: [redacted]"),
    (ENDPOINT, PARAMETERS, (len, str.join), "Making request for len with params: str.join"),
    (ENDPOINT, PARAMETERS, (Canned, Canned().attach), "Making request for Canned with params: Canned.attach"),
    (
        ENDPOINT,
        PARAMETERS,
        (partial(print, CANARY), Canned()),
        "Making request for partial with params: Canned",
    ),
    (ENDPOINT, PARAMETERS, (Mock(name=CANARY), True), "Making request for Mock with params: True"),
    # logging passes a single dictionary instead of a tuple.
    (
        "botocore.parsers",
        "Response headers: %r",
        ({"Authorization": CANARY},),
        "Response headers: [redacted]",
    ),
    # Messages and arguments that do not fit together.
    (ENDPOINT, PARAMETERS, (1,), "Making request for 1 with params: [redacted]"),
    (ENDPOINT, PARAMETERS, (1, 2, CANARY), "Making request for 1 with params: 2"),
    # Messages made at run time, and messages that are not in the library's source.
    (ENDPOINT, f"Making request for {CANARY}", (), REDACTED),
    (ENDPOINT, f"Making request for {CANARY}: %s", (1,), REDACTED),
    (ENDPOINT, OSError(CANARY), (), REDACTED),
    (ENDPOINT, {CANARY: 1}, (), REDACTED),
    ("botocore", CANARY, (), REDACTED),
    ("botocore.there.is.no.such.module", "Not retrying request.", (), REDACTED),
]


@pytest.mark.parametrize(("logger", "message", "args", "expected"), SHOWN)
def test_a_redacted_record_says(
    logger: str, message: object, args: tuple[object, ...], expected: str
) -> None:
    record = redacted_record(record_of(logger, message, *args))
    assert record.getMessage() == expected
    assert not has_canary(repr(vars(record)))


def test_percent_signs_and_widths_of_a_message_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    source = 'TEXT = "%d%% of %(name)s in %-5.1fs, %r"'
    code = compile(source, "made_up.py", "exec")
    module = ModuleType("s3transfer.made_up")
    loader: Any = SimpleNamespace(get_code=lambda _: code)
    module.__spec__ = ModuleSpec(module.__name__, loader)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    record = record_of(module.__name__, "%d%% of %(name)s in %-5.1fs, %r", 5, CANARY, 2.5, None)
    assert redacted_record(record).getMessage() == "5% of [redacted] in 2.5s, None"


def test_the_messages_with_harmless_strings_are_still_the_libraries_own() -> None:
    loaded = [name for name in sys.modules if name.partition(".")[0] in log_records.LIBRARIES]
    texts = frozenset[str]().union(*map(log_records._texts_in, loaded))
    assert set(log_records._HARMLESS) <= texts


def test_records_of_other_loggers_are_left_alone() -> None:
    for name in ("root", "voiceid_sdk", "botocores", "myapp.botocore", ""):
        record = record_of(name, "%s", CANARY)
        assert redacted_record(record) is record


def test_a_record_is_not_changed_for_others() -> None:
    record = record_of(ENDPOINT, PARAMETERS, "x", CANARY, stack_info="stack", request_id="mine")
    record.exc_info = (OSError, OSError(CANARY), None)
    logging.Formatter().format(record)  # leaves its message and the exception's text behind
    before = copy.copy(vars(record))
    redacted = redacted_record(record)
    assert vars(record) == before
    assert not has_canary(repr(vars(redacted)))
    # Attributes that the application added stay.
    assert vars(redacted)["request_id"] == "mine"


def test_texts_of_exceptions_and_stacks_are_left_out() -> None:
    assert redacted_record(record_of(ENDPOINT, "m", exc_text=CANARY)).exc_text == REDACTED
    assert redacted_record(record_of(ENDPOINT, "m", stack_info=CANARY)).stack_info == REDACTED
    nothing = redacted_record(record_of(ENDPOINT, "m", exc_info=(None, None, None)))
    assert (nothing.exc_info, nothing.exc_text) == (None, None)


def test_a_suppressed_context_and_a_circle_of_causes_end_the_traceback() -> None:
    first, second = ValueError(CANARY), KeyError(CANARY)
    first.__cause__, second.__cause__ = second, first
    record = record_of(ENDPOINT, "m", exc_info=(ValueError, first, None))
    text = redacted_record(record).exc_text
    assert text is not None
    assert re.findall(r"builtins\.(\w+)", text) == ["KeyError", "ValueError"]
    third = LookupError(CANARY)
    third.__context__ = first
    for suppress, kinds in ((False, ["KeyError", "ValueError", "LookupError"]), (True, ["LookupError"])):
        third.__suppress_context__ = suppress
        text = redacted_record(record_of(ENDPOINT, "m", exc_info=(LookupError, third, None))).exc_text
        assert text is not None
        assert re.findall(r"builtins\.(\w+)", text) == kinds


class KeepsRecords(logging.Handler):
    """A handler without a formatter, like those of error trackers."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


class PassesOn(logging.Handler):
    """A handler that passes records to another handler without its own filters."""

    def __init__(self, target: logging.Handler) -> None:
        super().__init__()
        self.target = target

    def handle(self, record: logging.LogRecord) -> bool:
        self.target.handle(record)
        return True


def test_every_kind_of_handler_gets_only_redacted_records(root: logging.Logger) -> None:
    log = logging.getLogger(ENDPOINT)
    kept, passed = redact(KeepsRecords()), KeepsRecords()
    logged: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    memory = redact(logging.handlers.MemoryHandler(1, target=KeepsRecords()))
    for handler in (kept, redact(PassesOn(passed)), redact(logging.handlers.QueueHandler(logged)), memory):
        root.addHandler(handler)
    log.debug(PARAMETERS, "x", CANARY)
    target = memory.target
    assert isinstance(target, KeepsRecords)
    for record in (*kept.records, *passed.records, *target.records, logged.get()):
        assert not has_canary(repr(vars(record)))
        assert record.getMessage() == "Making request for [redacted] with params: [redacted]"
    sent = logging.handlers.SocketHandler("localhost", None).makePickle(kept.records[0])
    assert not has_canary(sent.decode("latin-1"))


def test_a_handler_may_be_set_up_before_and_after(root: logging.Logger) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    seen: list[str] = []

    class Look(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            seen.append(record.getMessage())
            return True

    handler.addFilter(Look())
    assert redact(handler) is handler
    assert redact(redact(handler)) is handler
    handler.addFilter(Look())
    handler.setFormatter(logging.Formatter("<%(message)s>"))
    root.addHandler(handler)
    logging.getLogger(ENDPOINT).debug(PARAMETERS, "x", CANARY)
    logging.getLogger("mine").debug("mine %s", CANARY)
    redacted, mine = "Making request for [redacted] with params: [redacted]", f"mine {CANARY}"
    assert stream.getvalue() == f"<{redacted}>\n<{mine}>\n"
    assert seen == [redacted, redacted, mine, mine]
    handler.setLevel(logging.INFO)
    logging.getLogger(ENDPOINT).debug(PARAMETERS, "x", CANARY)
    assert len(seen) == 4


def test_a_record_that_cannot_be_written_is_not_shown_in_the_complaint(
    root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    class FullDisk(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError("no space left")

    root.addHandler(redact(logging.StreamHandler(FullDisk())))
    logging.getLogger(ENDPOINT).debug(PARAMETERS, "x", CANARY)
    complaint = capsys.readouterr().err
    assert "Logging error" in complaint
    assert "Arguments: ()" in complaint
    assert not has_canary(complaint)
