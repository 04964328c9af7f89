"""Reads archived events: those of Voice ID on EventBridge, and CloudTrail's records of calls to Voice ID.

AWS did not publish the words for actions and outcomes, so they are recognized by their parts. An event names
a speaker by the generated id alone.
"""

import re
from typing import Final, cast

import attrs

from voiceid_sdk.migration.reading import facts
from voiceid_sdk.migration.reading.facts import (
    EntityFact,
    Fact,
    StatementFact,
    damage_of,
    generated_id_of,
    moment_of,
    resource_id_of,
    text_of,
)
from voiceid_sdk.migration.reading.json_values import Value
from voiceid_sdk.migration.reading.members import Members, domain_in, fields_of, inner
from voiceid_sdk.migration.reading.structures import DECISIONS, JOB_KIND, body_of

FRAUDSTER_DELETED: Final = "FRAUDSTER_DELETED"
"""The kind of an entity fact for a fraudster that was deleted."""

_SOURCE: Final = "aws.voiceid"
_TRAIL_SOURCE: Final = "voiceid.amazonaws.com"

_NO_LETTER: Final = re.compile("[^A-Z]")
_FAILED: Final = re.compile("FAIL|ERROR|REJECT|DENIED")
_MENTIONS_OPT_OUT: Final = re.compile("opt(?:ed)?[ _-]?out", re.IGNORECASE)


def read_event(members: Members, _: Members, found: Value, into: list[Fact]) -> None:
    """Read an event; those of other services have no facts."""
    detail = inner(members, "detail")
    if text_of(detail.get("eventsource")) == _TRAIL_SOURCE:
        read_trail(detail, detail, found, into)
        return
    kind = _words(members.get("detailtype"))
    if not kind.startswith("VOICEID") and members.get("source") != _SOURCE:
        return
    event = _Event(
        kind=kind,
        detail=detail,
        domain=domain_in(detail) or _domain_of_resources(members.get("resources")),
        at=moment_of(members.get("time")),
        line=found.line,
    )
    for ending, read in _BY_KIND:
        if kind.endswith(ending):
            into += read(event)
            return


@attrs.frozen
class _Event:
    kind: str
    """The letters of the detail type."""
    detail: Members
    domain: str
    at: float | None
    line: int

    @property
    def has_failed(self) -> bool:
        status = _words(self.detail.get("status"))
        return self.detail.get("errorinfo") is not None or bool(_FAILED.search(status))

    def statement(self, speaker: object, status: str, origin: str = "", origin_id: str = "") -> list[Fact]:
        """Return the statement of the event about a speaker, if it has one."""
        generated = generated_id_of(speaker)
        if not generated or not status:
            is_opt_out = status in {facts.OPTED_OUT, facts.OPT_OUT_FAILED}
            return [damage_of(self.line, facts.NO_SPEAKER, mentions_opt_out=True)] if is_opt_out else []
        return [
            StatementFact(
                domain=self.domain,
                customer="",
                generated=generated,
                kind=facts.EVENT,
                status=status,
                at=self.at,
                created_at=None,
                accessed_at=None,
                origin=origin,
                origin_id=origin_id,
                line=self.line,
            )
        ]


def _words(value: object) -> str:
    return _NO_LETTER.sub("", text_of(value).upper())


def _domain_of_resources(resources: object) -> str:
    arns = cast("list[object]", resources) if isinstance(resources, list) else []
    return next(filter(None, (domain_in({"arn": arn}) for arn in arns)), "")


def _read_speaker(event: _Event) -> list[Fact]:
    detail = event.detail
    action = _words(detail.get("action"))
    status = ""
    if "OPTOUT" in action or "OPTEDOUT" in action:
        status = facts.OPT_OUT_FAILED if event.has_failed else facts.OPTED_OUT
    elif event.has_failed:
        # This is the only failure that shows a status.
        message = text_of(inner(detail, "errorinfo").get("errormessage"))
        status = facts.OPTED_OUT if _MENTIONS_OPT_OUT.search(message) else ""
    elif "DELETE" in action:
        status = facts.DELETED
    elif "ENROLL" in action:
        status = facts.ENROLLED
    data = inner(detail, "data")
    origin = text_of(data.get("enrollmentsource"))
    origin_id = text_of(data.get("enrollmentsourceid"))
    return event.statement(detail.get("generatedspeakerid"), status, origin, origin_id)


def _read_evaluation(event: _Event) -> list[Fact]:
    session = inner(event.detail, "session")
    status = DECISIONS.get(text_of(inner(session, "authenticationresult").get("decision")), "")
    return event.statement(session.get("generatedspeakerid"), status)


def _read_fraudster(event: _Event) -> list[Fact]:
    fraudster = generated_id_of(event.detail.get("generatedfraudsterid"))
    if not fraudster or event.has_failed:
        return []
    is_deletion = "DELETE" in _words(event.detail.get("action"))
    fields = {} if is_deletion else fields_of(event.detail)
    kept = {"generated_fraudster_id", "domain_id", "watchlist_ids"}
    body = body_of({name: value for name, value in fields.items() if name in kept})
    kind = FRAUDSTER_DELETED if is_deletion else facts.FRAUDSTER
    return [EntityFact(kind, event.domain, fraudster, event.at, body, event.line)]


def _read_job(event: _Event) -> list[Fact]:
    job = resource_id_of(event.detail.get("batchjobid"))
    if not job:
        return []
    job_kind = facts.REGISTRATION if "REGISTRATION" in event.kind else facts.ENROLLMENT
    data = event.detail.get("data")
    fields = fields_of(cast("Members", data)) if isinstance(data, dict) else {}
    # In events, the settings have other members than in responses.
    kept = {"data_access_role_arn", "input_data_config", "output_data_config"}
    described = {name: value for name, value in fields.items() if name in kept}
    body = body_of({**described, "job_id": job, "domain_id": event.domain, JOB_KIND: job_kind})
    return [EntityFact(facts.JOB, event.domain, job, event.at, body, event.line)]


_BY_KIND: Final = (
    ("EVALUATESESSIONACTION", _read_evaluation),
    ("FRAUDSTERACTION", _read_fraudster),
    ("BATCHSPEAKERENROLLMENTACTION", _read_job),
    ("BATCHFRAUDSTERREGISTRATIONACTION", _read_job),
    ("VOICEIDSPEAKERACTION", _read_speaker),
)
"""What reads an event, by the end of its detail type."""


def read_trail(members: Members, _: Members, found: Value, into: list[Fact]) -> None:
    """Read CloudTrail's record of a call; only calls that change a speaker have facts.

    Customers' ids are hidden in it, and generated ids may be.
    """
    operation = text_of(members.get("eventname"))
    status = {"OptOutSpeaker": facts.OPTED_OUT, "DeleteSpeaker": facts.DELETED}.get(operation)
    if text_of(members.get("eventsource")) != _TRAIL_SOURCE or status is None:
        return
    if members.get("errorcode") is not None:
        status = facts.OPT_OUT_FAILED if status == facts.OPTED_OUT else ""
    parameters = inner(members, "requestparameters")
    speaker = inner(inner(members, "responseelements"), "speaker")
    domain = domain_in(speaker) or domain_in(parameters)
    named = speaker.get("generatedspeakerid") or parameters.get("speakerid")
    event = _Event("", members, domain, moment_of(members.get("eventtime")), found.line)
    into += event.statement(named, status)
