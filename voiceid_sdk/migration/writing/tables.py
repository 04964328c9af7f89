"""The tables that an inventory is written as: plain rows for programs of any kind."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast

import attrs

from voiceid_sdk.migration.joining import findings
from voiceid_sdk.migration.joining.entities import entities
from voiceid_sdk.migration.joining.store import Store
from voiceid_sdk.migration.reading import facts
from voiceid_sdk.migration.reading.members import iso

Row = tuple[object, ...]


@attrs.frozen
class Table:
    """A table: its columns, and its rows from a database."""

    columns: tuple[str, ...]
    rows: Callable[[Store], Iterator[Row]]


def _query(columns: str, query: str, *values: object) -> Table:
    """Return the table of a query, whose columns have the given names.

    Names that end with ``_at`` or ``_since`` are times, and ``earlier_generated_speaker_ids`` is a list.
    """
    names = tuple(columns.split())
    times = [position for position, name in enumerate(names) if name.endswith(("_at", "_since"))]
    lists = [position for position, name in enumerate(names) if name.startswith("earlier_")]

    def rows(store: Store) -> Iterator[Row]:
        for found in store.execute(query, *values):
            row: list[Any] = [None if value == "" else value for value in found]
            for position in times:
                row[position] = None if row[position] is None else iso(row[position])
            for position in lists:
                row[position] = " ".join(json.loads(row[position])) or None
            yield tuple(row)

    return Table(names, rows)


def _entities(kind: str, *columns: str) -> Table:
    """Return the table of entities of a kind, whose columns are fields of the SDK's data class."""

    def rows(store: Store) -> Iterator[Row]:
        for entity in entities(store, kind):
            fields = {"domain_id": entity.domain or None, **entity.fields}
            if entity.deleted_at is not None:
                fields["deleted_at"] = iso(entity.deleted_at)
            source, line = entity.places[-1]
            name = store.value("SELECT name FROM sources WHERE source = ?", source)
            yield (*(_cell(fields, column) for column in columns), name, line)

    return Table((*(column.replace(".", "_") for column in columns), "file", "line"), rows)


def _cell(fields: Mapping[str, object], path: str) -> object:
    name, *inner = path.split(".")
    value = fields.get(name)
    for name in inner:
        value = cast("dict[str, object]", value).get(name) if isinstance(value, dict) else None
    return " ".join(map(str, cast("list[object]", value))) if isinstance(value, list) else value


_SPEAKER: Final = "domain_id customer_speaker_id generated_speaker_id"
_IDS: Final = "domain, customer, generated"
_PLACE: Final = "(SELECT name FROM sources s WHERE s.source = t.source), line"

_ENROLLMENTS: Final = f"""
    SELECT {_IDS}, kind, at, origin, origin_id, NULL, NULL, {_PLACE} FROM evidence t
    WHERE status = 'ENROLLED' AND kind = 'EVENT'
    UNION ALL
    SELECT COALESCE((SELECT g.domain FROM generated_domains g WHERE g.generated = t.generated),
            (SELECT s.domain FROM sources s WHERE s.source = t.source)),
        COALESCE(NULLIF(customer, ''), (
            SELECT MIN(r.customer) FROM requests r JOIN sources rs ON rs.source = r.source
            JOIN sources os ON os.source = t.source AND rs.file || '.out' = os.file
            WHERE r.request_id = t.request_id HAVING COUNT(DISTINCT r.customer) = 1)),
        generated, 'OUTPUT', NULL, NULL, request_id, status, error_code, {_PLACE}
    FROM outcomes t WHERE kind != 'REGISTRATION'
"""


def _gaps(store: Store) -> Iterator[Row]:
    for one in findings.gaps(store):
        name = store.value("SELECT name FROM sources WHERE source = ?", one.source)
        yield tuple(None if value == "" else value for value in (*one[:5], name, one.line))


def _conflicts(store: Store) -> Iterator[Row]:
    for one in findings.conflicts(store):
        if one.places:
            source, line = one.places[-1]
        else:
            query = "SELECT source, line FROM evidence WHERE rowid = ?"
            source, line = store.execute(query, one.statements[1]).fetchone()
        name = store.value("SELECT name FROM sources WHERE source = ?", source)
        row = (*one[:5], " ".join(one.fields), name, line)
        yield tuple(None if value == "" else value for value in row)


TABLES: Final[Mapping[str, Table]] = {
    "opt-outs": _query(
        f"{_SPEAKER} earlier_generated_speaker_ids opted_out_since deleted_at conflict file line",
        f"""
        SELECT {_IDS}, earlier, opted_out_since, deleted_at, conflict, {_PLACE} FROM speakers t
        WHERE status = ? ORDER BY speaker
        """,
        facts.OPTED_OUT,
    ),
    "speakers": _query(
        f"{_SPEAKER} earlier_generated_speaker_ids status status_at opted_out_since created_at "
        "last_accessed_at deleted_at conflict file line",
        f"""
        SELECT {_IDS}, earlier, status, at, opted_out_since, created_at, accessed_at, deleted_at, conflict,
            {_PLACE}
        FROM speakers t ORDER BY speaker
        """,
    ),
    "statements": _query(
        f"{_SPEAKER} kind status stated_at file line",
        f"SELECT {_IDS}, kind, status, at, {_PLACE} FROM evidence t ORDER BY rowid",
    ),
    "enrollments": _query(
        f"{_SPEAKER} kind enrolled_at origin origin_id result error_code file line", _ENROLLMENTS
    ),
    "recordings": _query(
        "domain_id customer_speaker_id s3_uri channel_id enrolled file line",
        f"""
        SELECT domain, customer, uri, channel, has_enrolled, {_PLACE} FROM recordings t
        ORDER BY domain, customer, uri, channel, source, line
        """,
    ),
    "domains": _entities(
        facts.DOMAIN,
        "domain_id",
        "arn",
        "name",
        "description",
        "domain_status",
        "server_side_encryption_configuration.kms_key_id",
        "watchlist_details.default_watchlist_id",
        "created_at",
        "updated_at",
    ),
    "tags": _query(
        "domain_id key value file line",
        f"SELECT DISTINCT domain, key, value, {_PLACE} FROM tags t ORDER BY domain, key, value, source, line",
    ),
    "watchlists": _entities(
        facts.WATCHLIST,
        "domain_id",
        "watchlist_id",
        "name",
        "description",
        "default_watchlist",
        "created_at",
        "updated_at",
    ),
    "fraudsters": _entities(
        facts.FRAUDSTER, "domain_id", "generated_fraudster_id", "watchlist_ids", "created_at", "deleted_at"
    ),
    "jobs": _entities(
        facts.JOB,
        "domain_id",
        "job_id",
        "job_kind",
        "job_name",
        "job_status",
        "input_data_config.s3_uri",
        "output_data_config.s3_uri",
        "created_at",
        "ended_at",
    ),
    "conflicts": Table(
        (
            "kind",
            "domain_id",
            "customer_speaker_id",
            "generated_id",
            "entity_id",
            "fields",
            "file",
            "line",
        ),
        _conflicts,
    ),
    "gaps": Table(
        ("kind", "domain_id", "customer_speaker_id", "generated_speaker_id", "entity_id", "file", "line"),
        _gaps,
    ),
    "damaged-lines": _query(
        "file line reason mentions_opt_out resolved",
        """
        SELECT s.name, d.line, MIN(d.reason), MAX(d.mentions_opt_out), MIN(d.is_resolved)
        FROM damage d JOIN sources s ON s.source = d.source
        GROUP BY d.source, d.line ORDER BY d.source, d.line
        """,
    ),
}
"""Every table by its name, opt-outs first."""
