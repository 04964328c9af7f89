"""Lists what is in the database of an inventory, as data."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from voiceid_sdk.enums import SpeakerStatus
from voiceid_sdk.migration.joining import findings
from voiceid_sdk.migration.joining.entities import Entity, entities
from voiceid_sdk.migration.joining.store import Store
from voiceid_sdk.migration.reading import facts
from voiceid_sdk.migration.reading.members import moment
from voiceid_sdk.migration.records import (
    Conflict,
    ConflictKind,
    DamagedLine,
    DomainRecord,
    EnrollmentRecord,
    FraudsterRecord,
    Gap,
    GapKind,
    JobRecord,
    Recording,
    Reference,
    SourceKind,
    SpeakerRecord,
    Statement,
    WatchlistRecord,
)
from voiceid_sdk.migration.writing.domain_files import domain_ids
from voiceid_sdk.migration.writing.tables import TABLES
from voiceid_sdk.models import (
    DomainInfo,
    EnrollmentJobInfo,
    FraudsterInfo,
    RegistrationJobInfo,
    WatchlistInfo,
)


class Listing:
    """Lists what is in a database.

    Args:
        store: the database.
        names: the names of the sources, the first with the number 1.
    """

    def __init__(self, store: Store, names: Sequence[str]) -> None:
        self._store = store
        self._names = names

    def speakers(self) -> Iterator[SpeakerRecord]:
        """Yield every speaker with all statements, in the order of domains and ids."""
        return self._speakers("")

    def opt_outs(self) -> Iterator[SpeakerRecord]:
        """Yield every speaker who opted out."""
        return self._speakers("WHERE status = 'OPTED_OUT'")

    def _speakers(self, where: str) -> Iterator[SpeakerRecord]:
        rows = self._store.execute(
            f"""
            SELECT domain, customer, generated, earlier, status, opted_out_since, at, created_at, accessed_at,
                deleted_at, source, line, first, last, conflict
            FROM speakers {where} ORDER BY speaker
            """
        )
        for row in rows:
            domain, customer, generated, earlier, status, since, at, created_at, accessed_at = row[:9]
            deleted_at, source, line, first, last, conflict = row[9:]
            is_status = status and status != facts.DELETED
            yield SpeakerRecord(
                domain_id=domain or None,
                customer_speaker_id=customer or None,
                generated_speaker_id=generated or None,
                earlier_generated_speaker_ids=tuple(json.loads(earlier)),
                status=SpeakerStatus(status) if is_status else None,
                opted_out_since=_moment(since),
                status_at=_moment(at),
                created_at=_moment(created_at),
                last_accessed_at=_moment(accessed_at),
                deleted_at=_moment(deleted_at),
                conflict=ConflictKind(conflict) if conflict else None,
                decided_by=self._reference(source, line) if status else None,
                statements=self._statements(first, last),
            )

    def _statements(self, first: int, last: int) -> tuple[Statement, ...]:
        rows = self._store.execute(
            """
            SELECT kind, status, at, generated, source, line FROM evidence
            WHERE rowid BETWEEN ? AND ? ORDER BY rowid
            """,
            first,
            last,
        )
        return tuple(
            Statement(
                kind=SourceKind(kind),
                status=status or None,
                at=_moment(at),
                generated_speaker_id=generated or None,
                reference=self._reference(source, line),
            )
            for kind, status, at, generated, source, line in rows
        )

    def enrollments(self) -> Iterator[EnrollmentRecord]:
        """Yield every enrollment in events and in outputs of jobs."""
        for row in TABLES["enrollments"].rows(self._store):
            domain, customer, generated, kind, at, origin, origin_id, result, code, file, line = row
            yield EnrollmentRecord.from_dict(
                {
                    "domain_id": domain,
                    "customer_speaker_id": customer,
                    "generated_speaker_id": generated,
                    "kind": kind,
                    "at": at,
                    "origin": origin,
                    "origin_id": origin_id,
                    "result": result,
                    "error_code": code,
                    "reference": {"file": file, "line": line},
                }
            )

    def recordings(self) -> Iterator[Recording]:
        """Yield every recording that a manifest names for a speaker."""
        for row in TABLES["recordings"].rows(self._store):
            domain, customer, uri, channel, enrolled, file, line = row
            yield Recording.from_dict(
                {
                    "domain_id": domain,
                    "customer_speaker_id": customer,
                    "s3_uri": uri,
                    "channel_id": channel,
                    "enrolled": bool(enrolled),
                    "reference": {"file": file, "line": line},
                }
            )

    def domains(self) -> Iterator[DomainRecord]:
        """Yield every domain that the sources name, described or not."""
        described = {one.entity_id: one for one in entities(self._store, facts.DOMAIN)}
        for domain_id in domain_ids(self._store):
            entity = described.get(domain_id)
            tags = self._store.execute(
                "SELECT key, MAX(value) FROM tags WHERE domain = ? GROUP BY key ORDER BY key", domain_id
            )
            yield DomainRecord(
                info=DomainInfo.from_dict({"domain_id": domain_id, **(entity.fields if entity else {})}),
                tags=tuple(tags.fetchall()),
                references=self._references(entity) if entity else (),
            )

    def watchlists(self) -> Iterator[WatchlistRecord]:
        """Yield every watchlist that is described or has a fraudster."""
        described = {one.entity_id for one in entities(self._store, facts.WATCHLIST)}
        for one in entities(self._store, facts.WATCHLIST):
            yield WatchlistRecord(
                info=WatchlistInfo.from_dict(_fields(one)), references=self._references(one)
            )
        named = self._store.execute("SELECT domain, watchlist FROM known_watchlists ORDER BY 1, 2").fetchall()
        for domain, watchlist in named:
            if watchlist not in described:
                yield WatchlistRecord(info=WatchlistInfo(domain_id=domain or None, watchlist_id=watchlist))

    def fraudsters(self) -> Iterator[FraudsterRecord]:
        """Yield every fraudster, also those who were deleted."""
        for one in entities(self._store, facts.FRAUDSTER):
            fields = {"generated_fraudster_id": one.entity_id, **_fields(one)}
            yield FraudsterRecord(
                info=FraudsterInfo.from_dict(fields),
                deleted_at=_moment(one.deleted_at),
                references=self._references(one),
            )

    def jobs(self) -> Iterator[JobRecord]:
        """Yield every batch job."""
        for one in entities(self._store, facts.JOB):
            fields = _fields(one)
            is_registration = fields.pop("job_kind", "") == facts.REGISTRATION
            data_class = RegistrationJobInfo if is_registration else EnrollmentJobInfo
            yield JobRecord(info=data_class.from_dict(fields), references=self._references(one))

    def conflicts(self) -> Iterator[Conflict]:
        """Yield all contradictions between sources, opt-outs first."""
        for one in findings.conflicts(self._store):
            statements = self._statements(*one.statements)
            yield Conflict(
                kind=ConflictKind(one.kind),
                domain_id=one.domain or None,
                customer_speaker_id=one.customer or None,
                generated_id=one.generated or None,
                entity_id=one.entity or None,
                fields=one.fields,
                statements=statements,
                references=tuple(self._reference(*place) for place in one.places)
                or tuple(statement.reference for statement in statements),
            )

    def gaps(self) -> Iterator[Gap]:
        """Yield all gaps, those that may hide an opt-out first."""
        for one in findings.gaps(self._store):
            yield Gap(
                kind=GapKind(one.kind),
                domain_id=one.domain or None,
                customer_speaker_id=one.customer or None,
                generated_speaker_id=one.generated or None,
                entity_id=one.entity or None,
                reference=None if one.source is None else self._reference(one.source, one.line),
            )

    def damaged_lines(self) -> Iterator[DamagedLine]:
        """Yield every line that could not be read, in the order of files and lines."""
        for file, line, reason, mentions, resolved in TABLES["damaged-lines"].rows(self._store):
            yield DamagedLine.from_dict(
                {
                    "reference": {"file": file, "line": line},
                    "reason": reason,
                    "mentions_opt_out": bool(mentions),
                    "resolved": bool(resolved),
                }
            )

    def _reference(self, source: int, line: int | None) -> Reference:
        return Reference(file=self._names[source - 1], line=line)

    def _references(self, entity: Entity) -> tuple[Reference, ...]:
        return tuple(self._reference(*place) for place in entity.places)


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else moment(seconds)


def _fields(entity: Entity) -> dict[str, object]:
    return {"domain_id": entity.domain or None, **entity.fields}
