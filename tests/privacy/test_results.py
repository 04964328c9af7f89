"""Results show no sensitive value: the canary is in none of the texts."""

import json
import logging
import logging.handlers
import pickle
from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.canary import (
    ANSWERS,
    CANARY,
    OPERATIONS,
    REQUESTS,
    VALUES,
    call,
    everything_shown,
    has_canary,
)
from tests.support.canned_responses import DOMAIN_ID, JOB_ID, WATCHLIST_ID, Canned, failure, success
from voiceid_sdk import VoiceID, bulk, models, service_model
from voiceid_sdk._conversion.structuring import structure
from voiceid_sdk._wire.botocore_errors import SENSITIVE_SHAPES
from voiceid_sdk.enums import SpeakerStatus
from voiceid_sdk.progress import Progress


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
