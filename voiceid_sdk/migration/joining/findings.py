"""Finds contradictions and gaps, those about opt-outs first."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from voiceid_sdk.migration.joining.deciding import OPT_OUT, OPT_OUT_UNDONE, STATUS
from voiceid_sdk.migration.joining.entities import entities
from voiceid_sdk.migration.joining.store import Store
from voiceid_sdk.migration.reading import facts
from voiceid_sdk.migration.reading.sources import CUT_SHORT

_SPEAKER: Final = "domain, customer, generated, '', source, line FROM speakers"


class Finding(NamedTuple):
    """A gap: its kind, and what it is about. Unknown values are empty."""

    kind: str
    domain: str
    customer: str
    generated: str
    entity: str
    source: int | None
    line: int | None


_GAPS: Final[dict[str, str]] = {
    "OPT_OUT_WITHOUT_SPEAKER": """
        SELECT '', '', '', '', source, line FROM damage WHERE mentions_opt_out AND NOT is_resolved
        ORDER BY source, line
    """,
    "OPT_OUT_FAILED": f"SELECT {_SPEAKER} WHERE doubt = 'OPT_OUT_FAILED'",
    "STATUS_UNREADABLE": f"SELECT {_SPEAKER} WHERE doubt = 'UNREADABLE'",
    "OPT_OUT_WITHOUT_CUSTOMER_ID": f"SELECT {_SPEAKER} WHERE status = 'OPTED_OUT' AND customer = ''",
    "LIST_INCOMPLETE": """
        SELECT p.domain, '', '', p.list_name, MAX(p.source), NULL
        FROM pages p JOIN sources s ON s.source = p.source
        GROUP BY s.folder, p.domain, p.list_name HAVING MAX(p.is_last) = 0
    """,
    "FILE_UNREAD": f"""
        SELECT '', '', '', '', source, line FROM damage
        WHERE line IS NULL OR reason = '{CUT_SHORT}' ORDER BY source
    """,
    "SPEAKER_WITHOUT_CUSTOMER_ID": f"SELECT {_SPEAKER} WHERE customer = '' AND status != 'OPTED_OUT'",
    "SPEAKER_WITHOUT_GENERATED_ID": f"SELECT {_SPEAKER} WHERE generated = ''",
    "SPEAKER_WITHOUT_DOMAIN": f"SELECT {_SPEAKER} WHERE domain = ''",
    "SPEAKER_WITHOUT_STATUS": f"SELECT {_SPEAKER} WHERE status = '' AND doubt = ''",
    "ENROLLED_WITHOUT_RECORDING": f"""
        SELECT {_SPEAKER} s WHERE status = 'ENROLLED' AND NOT EXISTS (
            SELECT 1 FROM recordings r WHERE r.customer = s.customer AND r.domain = s.domain)
    """,
    "DOMAIN_NOT_DESCRIBED": """
        SELECT domain, '', '', domain, NULL, NULL FROM known_domains d
        WHERE NOT EXISTS (SELECT 1 FROM entities e WHERE e.kind = 'DOMAIN' AND e.entity_id = d.domain)
    """,
    "WATCHLIST_NOT_DESCRIBED": """
        SELECT domain, '', '', watchlist, NULL, NULL FROM known_watchlists w
        WHERE NOT EXISTS (
            SELECT 1 FROM entities e WHERE e.kind = 'WATCHLIST' AND e.entity_id = w.watchlist)
    """,
    "JOB_WITHOUT_OUTPUT": """
        SELECT DISTINCT domain, '', '', entity_id, NULL, NULL FROM entities j
        WHERE kind = 'JOB' AND NOT EXISTS (
            SELECT 1 FROM words w JOIN sources s ON s.source = w.source
            WHERE w.word = j.entity_id AND s.file LIKE '%.out%')
        ORDER BY domain, entity_id
    """,
}
"""A query for each kind of gap."""


def gaps(store: Store) -> Iterator[Finding]:
    """Yield all gaps."""
    for kind, query in _GAPS.items():
        for row in store.execute(query):
            yield Finding(kind, *row)


def gap_counts(store: Store) -> dict[str, int]:
    """Return how many gaps of each kind there are; kinds without any are left out."""
    counts = {kind: store.count(f"({query})") for kind, query in _GAPS.items()}
    return {kind: count for kind, count in counts.items() if count}


class Disagreement(NamedTuple):
    """A conflict: its kind, what it is about, and where the sources disagree. Unknown values are empty."""

    kind: str
    domain: str
    customer: str
    generated: str
    entity: str
    fields: tuple[str, ...]
    statements: tuple[int, int]
    """The first and the last row of the evidence about a speaker; zeros for anything else."""
    places: tuple[tuple[int, int], ...]
    """Source and line of each description of anything else."""


_NO_STATEMENTS: Final = (0, 0)

_BY_SPEAKER: Final = """
    SELECT domain, customer, generated, first, last FROM speakers WHERE conflict = ? ORDER BY speaker
"""

_SHARED_IDS: Final = """
    SELECT e.domain, e.generated, e.customer, MIN(e.rowid), MAX(e.rowid) FROM (
        SELECT domain, generated FROM links GROUP BY domain, generated HAVING COUNT(*) > 1
    ) l JOIN evidence e ON e.domain = l.domain AND e.generated = l.generated
    GROUP BY e.domain, e.generated, e.customer ORDER BY e.domain, e.generated, e.customer
"""

_TAGS: Final = """
    SELECT domain, key FROM tags GROUP BY domain, key HAVING COUNT(DISTINCT value) > 1 ORDER BY domain, key
"""


def conflicts(store: Store) -> Iterator[Disagreement]:
    """Yield all contradictions."""
    for kind in (OPT_OUT, OPT_OUT_UNDONE):
        yield from _speaker_conflicts(store, kind)
    for domain, generated, customer, first, last in store.execute(_SHARED_IDS):
        yield Disagreement("SPEAKER_IDS", domain, customer, generated, "", (), (first, last), ())
    yield from _speaker_conflicts(store, STATUS)
    for kind in (facts.DOMAIN, facts.WATCHLIST, facts.FRAUDSTER, facts.JOB):
        yield from _entity_conflicts(store, kind)
    for domain, key in store.execute(_TAGS):
        places = store.execute(
            "SELECT source, line FROM tags WHERE domain = ? AND key = ? ORDER BY source, line", domain, key
        )
        yield Disagreement("TAGS", domain, "", "", domain, (key,), _NO_STATEMENTS, tuple(places))


def _speaker_conflicts(store: Store, kind: str) -> Iterator[Disagreement]:
    for domain, customer, generated, first, last in store.execute(_BY_SPEAKER, kind):
        yield Disagreement(kind, domain, customer, generated, "", (), (first, last), ())


def _entity_conflicts(store: Store, kind: str) -> Iterator[Disagreement]:
    for entity in entities(store, kind):
        if not entity.contradicted:
            continue
        is_fraudster = kind == facts.FRAUDSTER
        is_about_watchlists = entity.contradicted == ("watchlist_ids",)
        yield Disagreement(
            kind="WATCHLISTS" if is_fraudster and is_about_watchlists else "FIELDS",
            domain=entity.domain,
            customer="",
            generated=entity.entity_id if is_fraudster else "",
            entity="" if is_fraudster else entity.entity_id,
            fields=entity.contradicted,
            statements=_NO_STATEMENTS,
            places=entity.places,
        )


def conflict_counts(store: Store) -> dict[str, int]:
    """Return how many conflicts of each kind there are; kinds without any are left out."""
    counts: dict[str, int] = dict.fromkeys((OPT_OUT, OPT_OUT_UNDONE, "SPEAKER_IDS", STATUS), 0)
    for kind in (OPT_OUT, OPT_OUT_UNDONE, STATUS):
        counts[kind] = store.count("speakers", f"WHERE conflict = '{kind}'")
    counts["SPEAKER_IDS"] = store.count(f"({_SHARED_IDS})")
    for kind in (facts.DOMAIN, facts.WATCHLIST, facts.FRAUDSTER, facts.JOB):
        for conflict in _entity_conflicts(store, kind):
            counts[conflict.kind] = counts.get(conflict.kind, 0) + 1
    counts["TAGS"] = store.count(f"({_TAGS})")
    return {kind: count for kind, count in counts.items() if count}
