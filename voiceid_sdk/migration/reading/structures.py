"""Reads the service's own structures, in responses, SDK dumps, manifests and job outputs."""

import json
from typing import Final, NamedTuple, cast

from voiceid_sdk.errors import RequestValidationError
from voiceid_sdk.migration.reading import facts
from voiceid_sdk.migration.reading.facts import (
    DamageFact,
    DocumentFact,
    EntityFact,
    Fact,
    OutcomeFact,
    RequestFact,
    StatementFact,
    damage_of,
    generated_id_of,
    moment_of,
    resource_id_of,
    text_of,
)
from voiceid_sdk.migration.reading.json_values import Value
from voiceid_sdk.migration.reading.members import Members, domain_in, fields_of, inner, plain
from voiceid_sdk.models import (
    DomainInfo,
    EnrollmentJobInfo,
    FraudsterInfo,
    RegistrationJobInfo,
    Structure,
    WatchlistInfo,
)
from voiceid_sdk.privacy.marks import shown_constant

_ENROLLED_BY_JOB: Final = frozenset({"NEW_ENROLLMENT", "ENROLLMENT_OVERWRITE", "DUPLICATE_SKIPPED"})

_ERROR_CODES: Final = range(1_000)

_OPTED_OUT_ERROR: Final = 409
"""The job rejected an opted-out speaker. Source: administrator guide, error codes of enrollment jobs."""

DECISIONS: Final = {
    "ACCEPT": facts.ENROLLED,
    "REJECT": facts.ENROLLED,
    "SPEAKER_EXPIRED": facts.EXPIRED,
    "SPEAKER_OPTED_OUT": facts.OPTED_OUT,
}
"""The status of the speaker by the decision of an authentication."""

_WRONG_ID: Final = "has an id that the service does not make"
_NO_ID: Final = "is a speaker without an id"
_WRONG_TYPE: Final = "has a member of a wrong type"

_CHANNELS: Final = (0, 1)

JOB_KIND: Final = "job_kind"
"""What the body of a job has beside the fields of the data class."""


def read_speaker(members: Members, _: Members, found: Value, into: list[Fact]) -> None:
    """Read a speaker, as described or listed."""
    customer = text_of(members.get("customerspeakerid"))
    generated = generated_id_of(members.get("generatedspeakerid"))
    status = text_of(members.get("status"))
    accessed_at = moment_of(members.get("lastaccessedat"))
    created_at = moment_of(members.get("createdat"))
    at = moment_of(members.get("updatedat")) or created_at
    if status == facts.ENROLLED and accessed_at is not None:
        at = max(at or accessed_at, accessed_at)
    has_wrong_id = not generated and members.get("generatedspeakerid") is not None
    if has_wrong_id or not (customer or generated):
        into.append(
            DamageFact(
                line=found.line,
                reason=_WRONG_ID if has_wrong_id else _NO_ID,
                mentions_opt_out=status == facts.OPTED_OUT,
                is_resolved=bool(customer),
            )
        )
    if customer or generated:
        into.append(
            StatementFact(
                domain=domain_in(members),
                customer=customer,
                generated=generated,
                kind=facts.LISTED,
                status=status if shown_constant(status) == status else facts.UNREADABLE,
                at=at,
                created_at=created_at,
                accessed_at=accessed_at,
                origin="",
                origin_id="",
                line=found.line,
            )
        )


def read_evaluation(members: Members, _: Members, found: Value, into: list[Fact]) -> None:
    """Read the evaluation of a session: the ids and the status of the speaker."""
    result = inner(members, "authenticationresult")
    customer = text_of(result.get("customerspeakerid"))
    generated = generated_id_of(result.get("generatedspeakerid"))
    if customer or generated:
        into.append(
            StatementFact(
                domain=domain_in(members),
                customer=customer,
                generated=generated,
                kind=facts.SESSION,
                status=DECISIONS.get(text_of(result.get("decision")), ""),
                at=moment_of(result.get("audioaggregationendedat")),
                created_at=None,
                accessed_at=None,
                origin="",
                origin_id="",
                line=found.line,
            )
        )


def read_domain(members: Members, raw: Members, found: Value, into: list[Fact]) -> None:
    """Read a domain, as described or listed."""
    domain = domain_in(members)
    into.append(DocumentFact(domain, found.document))
    described = _Described(facts.DOMAIN, domain, domain, members, raw)
    _read_entity(described, DomainInfo, found, into)


def read_watchlist(members: Members, raw: Members, found: Value, into: list[Fact]) -> None:
    """Read a watchlist, as described or listed."""
    watchlist = resource_id_of(members.get("watchlistid"))
    described = _Described(facts.WATCHLIST, domain_in(members), watchlist, members, raw)
    _read_entity(described, WatchlistInfo, found, into)


def read_fraudster(members: Members, raw: Members, found: Value, into: list[Fact]) -> None:
    """Read a fraudster, as described or listed."""
    fraudster = generated_id_of(members.get("generatedfraudsterid"))
    described = _Described(facts.FRAUDSTER, domain_in(members), fraudster, members, raw)
    _read_entity(described, FraudsterInfo, found, into)


def read_job(members: Members, raw: Members, found: Value, into: list[Fact]) -> None:
    """Read a job, as described or listed; only a description has its kind."""
    job = resource_id_of(members.get("jobid"))
    is_registration = "registrationconfig" in members
    kind = (
        facts.REGISTRATION if is_registration else facts.ENROLLMENT if "enrollmentconfig" in members else ""
    )
    data_class = RegistrationJobInfo if is_registration else EnrollmentJobInfo
    described = _Described(facts.JOB, domain_in(members), job, members, raw)
    _read_entity(described, data_class, found, into, job_kind=kind)


class _Described(NamedTuple):
    """An entity as a record describes it."""

    kind: str
    domain: str
    entity_id: str
    members: Members
    raw: Members


def _read_entity(
    described: _Described, data_class: type[Structure], found: Value, into: list[Fact], **more: str
) -> None:
    kind, domain, entity_id, members, raw = described
    fields = fields_of(raw)
    try:
        data_class.from_dict(fields)
    except RequestValidationError:
        entity_id = ""
    if not entity_id:
        into.append(damage_of(found.line, _WRONG_TYPE))
        return
    moments = (moment_of(members.get(name)) for name in ("updatedat", "endedat", "createdat"))
    at = next((moment for moment in moments if moment is not None), None)
    into.append(EntityFact(kind, domain, entity_id, at, body_of({**fields, **more}), found.line))


def body_of(fields: dict[str, object]) -> str:
    """Return the fields of an entity as text; equal fields give equal text."""
    return json.dumps(fields, sort_keys=True)


def read_request(members: Members, _: Members, found: Value, into: list[Fact]) -> None:
    """Read a request of a manifest."""
    customer = text_of(members.get("speakerid"))
    recordings: list[tuple[str, int]] = []
    listed = members.get("audiospecifications")
    for given in cast("list[object]", listed) if isinstance(listed, list) else []:
        audio = plain(cast("dict[str, object]", given)) if isinstance(given, dict) else {}
        uri, channel = text_of(audio.get("s3uri")), audio.get("channelid", 0)
        if uri and isinstance(channel, int) and channel in _CHANNELS:
            recordings.append((uri, channel))
        else:
            into.append(damage_of(found.line, _WRONG_TYPE))
    kind = facts.ENROLLMENT if customer else facts.REGISTRATION
    request_id = text_of(members.get("requestid"))
    into.append(RequestFact(kind, request_id, customer, json.dumps(recordings), found.line))
    if customer:
        into.append(_of_job(customer, "", facts.REQUEST, "", found.line))


def read_outcome(members: Members, _: Members, found: Value, into: list[Fact]) -> None:
    """Read the outcome of a request, from the output of a job or from the SDK's results."""
    request = inner(members, "request")
    if "audiospecifications" in request:
        read_request(request, request, found, into)
    customer = text_of(members.get("customerspeakerid"))
    speaker = generated_id_of(members.get("generatedspeakerid"))
    fraudster = generated_id_of(members.get("generatedfraudsterid"))
    status = text_of(members.get("enrollmentstatus") or members.get("registrationstatus"))
    status = status or text_of(members.get("status"))
    code = members.get("errorcode")
    error_code = code if isinstance(code, int) and code in _ERROR_CODES else None
    kind = ""
    if "generatedfraudsterid" in members or "registrationstatus" in members:
        kind = facts.REGISTRATION
    elif "generatedspeakerid" in members or "customerspeakerid" in members:
        kind = facts.ENROLLMENT
    request_id = text_of(members.get("requestid"))
    into.append(OutcomeFact(kind, request_id, customer, speaker or fraudster, status, error_code, found.line))
    if customer or speaker:
        became = facts.ENROLLED if status in _ENROLLED_BY_JOB else ""
        if error_code == _OPTED_OUT_ERROR:
            became = facts.OPTED_OUT
        into.append(_of_job(customer, speaker, facts.OUTPUT, became, found.line))


def _of_job(customer: str, generated: str, kind: str, status: str, line: int) -> StatementFact:
    return StatementFact("", customer, generated, kind, status, None, None, None, "", "", line)
