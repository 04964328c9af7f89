"""Joins statements about speakers: finds the domain of each, joins both ids of a speaker, and decides."""

import itertools
import json
from collections import defaultdict
from typing import Final

from voiceid_sdk.migration.joining import deciding
from voiceid_sdk.migration.joining.deciding import Evidence
from voiceid_sdk.migration.joining.store import Store
from voiceid_sdk.migration.reading import facts

_ROWS_AT_ONCE: Final = 2_000
_TABLES: Final = """
CREATE TABLE known_domains (domain TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE generated_domains (generated TEXT PRIMARY KEY, domain TEXT) WITHOUT ROWID;
CREATE TABLE customer_domains (customer TEXT, domain TEXT, PRIMARY KEY (customer, domain)) WITHOUT ROWID;
CREATE TABLE links (domain TEXT, generated TEXT, customer TEXT,
    PRIMARY KEY (domain, generated, customer)) WITHOUT ROWID;
CREATE TABLE speakers (
    speaker INTEGER PRIMARY KEY, domain TEXT, customer TEXT, generated TEXT, earlier TEXT, status TEXT,
    opted_out INTEGER, opted_out_since REAL, at REAL, created_at REAL, accessed_at REAL, deleted_at REAL,
    source INTEGER, line INTEGER, first INTEGER, last INTEGER, conflict TEXT, doubt TEXT);
CREATE TABLE recordings (
    domain TEXT, customer TEXT, uri TEXT, channel INTEGER, has_enrolled INTEGER, source INTEGER,
    line INTEGER);
CREATE TABLE known_watchlists (domain TEXT, watchlist TEXT, PRIMARY KEY (domain, watchlist)) WITHOUT ROWID;
"""


def join(store: Store, domain_id: str | None) -> None:
    """Join everything that was read.

    Args:
        store: the database.
        domain_id: the domain of records that name no domain, if no other record implies it.
    """
    store.connection.executescript(_TABLES)
    _pair_outcomes(store)
    _find_domains(store)
    _place_sources(store)
    _place_statements(store, domain_id)
    _place_others(store, domain_id)
    _link_ids(store)
    _gather_recordings(store, domain_id)
    _find_watchlists(store)
    _decide(store)


def _pair_outcomes(store: Store) -> None:
    """Find the speakers of requests that failed: an output names them by the request's id alone.

    The manifest of ``name.out`` is ``name``. Where several manifests have that name and a request of that id,
    each of their speakers counts, so that no opt-out is lost.
    """
    store.execute("CREATE INDEX requests_by_id ON requests (request_id)").close()
    store.execute(
        """
        INSERT INTO statements
        SELECT DISTINCT o.source, '', r.customer, '', ?, ?, NULL, NULL, NULL, '', '', o.line
        FROM outcomes o JOIN sources os ON os.source = o.source
        JOIN requests r ON r.request_id = o.request_id
        JOIN sources rs ON rs.source = r.source AND rs.file || '.out' = os.file
        WHERE o.error_code = 409 AND o.customer = '' AND o.generated = '' AND r.customer != ''
        """,
        facts.OUTPUT,
        facts.OPTED_OUT,
    ).close()


def _find_domains(store: Store) -> None:
    for table in ("statements", "entities", "documents"):
        store.execute(
            f"INSERT OR IGNORE INTO known_domains SELECT DISTINCT domain FROM {table} WHERE domain != ''"
        ).close()
    store.execute(
        """
        INSERT INTO generated_domains
        SELECT generated, MIN(domain) FROM statements WHERE generated != '' AND domain != ''
        GROUP BY generated ORDER BY generated
        """
    ).close()


def _place_sources(store: Store) -> None:
    """Find the domain that a file is about: its path has the domain's id, or the id of one of its jobs."""
    jobs = dict[str, str]()
    manifests: defaultdict[str, set[str]] = defaultdict(set)
    for job, domain, body in store.execute(
        "SELECT entity_id, domain, body FROM entities WHERE kind = ? AND domain != ''", facts.JOB
    ):
        jobs[job] = domain
        uri = json.loads(body).get("input_data_config", {}).get("s3_uri", "")
        manifests[uri.rpartition("/")[2]].add(domain)
    domains = {domain for (domain,) in store.execute("SELECT domain FROM known_domains")}
    places: list[tuple[str, int]] = []
    words: defaultdict[int, set[str]] = defaultdict(set)
    for source, word in store.execute("SELECT source, word FROM words"):
        words[source].add(word)
    for source, file in store.execute("SELECT source, file FROM sources"):
        named = words[source]
        candidates = named & domains or {jobs[word] for word in named & jobs.keys()}
        candidates = candidates or manifests.get(file.removesuffix(".out"), set())
        if len(candidates) == 1:
            places.append((next(iter(candidates)), source))
    store.connection.executemany("UPDATE sources SET domain = ? WHERE source = ?", places)


def _place_statements(store: Store, domain_id: str | None) -> None:
    """Find the domain of every statement that names none."""
    store.execute(
        """
        UPDATE statements SET domain = COALESCE(
            (SELECT g.domain FROM generated_domains g WHERE g.generated = statements.generated),
            (SELECT s.domain FROM sources s WHERE s.source = statements.source), '')
        WHERE domain = ''
        """
    ).close()
    if domain_id is not None:
        store.execute("UPDATE statements SET domain = ? WHERE domain = ''", domain_id).close()
    elif store.value("SELECT 1 FROM statements WHERE domain = '' AND customer != '' LIMIT 1"):
        _place_by_customer(store)
    only = _only_domain(store)
    if only:
        store.execute("UPDATE statements SET domain = ? WHERE domain = ''", only).close()


def _place_by_customer(store: Store) -> None:
    """Give a statement that names a customer alone to every domain that has the customer."""
    store.execute(
        """
        INSERT INTO customer_domains
        SELECT DISTINCT customer, domain FROM statements WHERE customer != '' AND domain != ''
        ORDER BY customer, domain
        """
    ).close()
    store.execute(
        """
        INSERT INTO statements
        SELECT s.source, c.domain, s.customer, s.generated, s.kind, s.status, s.at, s.created_at,
            s.accessed_at, s.origin, s.origin_id, s.line
        FROM statements s JOIN customer_domains c ON c.customer = s.customer WHERE s.domain = ''
        """
    ).close()
    store.execute(
        """
        DELETE FROM statements WHERE domain = '' AND customer != ''
        AND EXISTS (SELECT 1 FROM customer_domains c WHERE c.customer = statements.customer)
        """
    ).close()


def _only_domain(store: Store) -> str:
    domains = store.execute("SELECT domain FROM known_domains LIMIT 2").fetchall()
    return str(domains[0][0]) if len(domains) == 1 else ""


def _place_others(store: Store, domain_id: str | None) -> None:
    """Find the domains of tags, pages and entities that name none."""
    otherwise = domain_id or _only_domain(store)
    store.execute(
        """
        UPDATE tags SET domain = COALESCE(
            (SELECT MIN(d.domain) FROM documents d
                WHERE d.source = tags.source AND d.document = tags.document AND d.domain != ''),
            NULLIF((SELECT s.domain FROM sources s WHERE s.source = tags.source), ''), ?)
        WHERE domain = ''
        """,
        otherwise,
    ).close()
    for table in ("pages", "entities"):
        store.execute(
            f"""
            UPDATE {table} SET domain = COALESCE(
                NULLIF((SELECT s.domain FROM sources s WHERE s.source = {table}.source), ''), ?)
            WHERE domain = ''
            """,
            otherwise,
        ).close()


def _link_ids(store: Store) -> None:
    """Put all statements about one speaker one behind the other."""
    store.execute(
        """
        INSERT INTO links SELECT DISTINCT domain, generated, customer FROM statements
        WHERE generated != '' AND customer != '' ORDER BY domain, generated, customer
        """
    ).close()
    # A statement with both ids counts for every customer who is known by that generated id.
    store.execute(
        """
        CREATE TABLE evidence AS
        SELECT s.domain AS domain, COALESCE(l.customer, s.customer) AS customer, s.generated AS generated,
            s.kind AS kind, s.status AS status, s.at AS at, s.created_at AS created_at,
            s.accessed_at AS accessed_at, s.origin AS origin, s.origin_id AS origin_id,
            s.source AS source, s.line AS line
        FROM statements s
        LEFT JOIN links l ON s.generated != '' AND l.domain = s.domain AND l.generated = s.generated
        ORDER BY 1, 2, CASE WHEN COALESCE(l.customer, s.customer) = '' THEN s.generated ELSE '' END,
            s.at IS NOT NULL, s.at, s.kind, s.status, s.source, s.line
        """
    ).close()
    store.execute("DROP TABLE statements").close()


def _gather_recordings(store: Store, domain_id: str | None) -> None:
    """Take the recordings out of the requests, and note which of them a speaker was enrolled from."""
    store.execute(
        """
        CREATE TABLE outcome_keys AS
        SELECT os.file AS file, o.request_id AS request_id,
            MAX(o.status IN ('NEW_ENROLLMENT', 'ENROLLMENT_OVERWRITE')) AS has_enrolled
        FROM outcomes o JOIN sources os ON os.source = o.source GROUP BY 1, 2
        """
    ).close()
    store.execute("CREATE INDEX outcome_keys_by_id ON outcome_keys (request_id, file)").close()
    rows = store.execute(
        """
        SELECT rs.domain, r.customer, r.recordings, COALESCE(k.has_enrolled, 0), r.source, r.line
        FROM requests r JOIN sources rs ON rs.source = r.source
        LEFT JOIN outcome_keys k ON k.request_id = r.request_id AND k.file = rs.file || '.out'
        WHERE r.customer != ''
        """
    )
    otherwise = domain_id or _only_domain(store)
    recordings = (
        (domain or otherwise, customer, uri, channel, has_enrolled, source, line)
        for domain, customer, listed, has_enrolled, source, line in rows
        for uri, channel in json.loads(listed)
    )
    store.connection.executemany("INSERT INTO recordings VALUES (?, ?, ?, ?, ?, ?, ?)", recordings)
    store.execute(
        """
        INSERT INTO recordings
        SELECT c.domain, r.customer, r.uri, r.channel, r.has_enrolled, r.source, r.line
        FROM recordings r JOIN customer_domains c ON c.customer = r.customer WHERE r.domain = ''
        """
    ).close()
    store.execute(
        """
        DELETE FROM recordings WHERE domain = ''
        AND EXISTS (SELECT 1 FROM customer_domains c WHERE c.customer = recordings.customer)
        """
    ).close()
    store.execute("CREATE INDEX recordings_by_customer ON recordings (customer, domain)").close()


def _find_watchlists(store: Store) -> None:
    """Find the ids of all watchlists that fraudsters are on."""
    rows = store.execute("SELECT domain, body FROM entities WHERE kind = ?", facts.FRAUDSTER)
    known = ((domain, one) for domain, body in rows for one in json.loads(body).get("watchlist_ids", ()))
    store.connection.executemany("INSERT OR IGNORE INTO known_watchlists VALUES (?, ?)", known)


def _decide(store: Store) -> None:
    """Decide the status of every speaker."""
    rows = store.connection.cursor()
    rows.execute("SELECT * FROM evidence ORDER BY rowid")
    statements = map(Evidence._make, rows)
    row = 0
    speakers: list[tuple[object, ...]] = []
    for speaker, (_, group) in enumerate(itertools.groupby(statements, key=_person), 1):
        found = list(group)
        first, row = row + 1, row + len(found)
        speakers.append(_row(speaker, found, first, row))
        if len(speakers) >= _ROWS_AT_ONCE:
            _write_speakers(store, speakers)
    _write_speakers(store, speakers)
    store.execute("CREATE INDEX speakers_by_customer ON speakers (customer, domain)").close()


def _person(one: Evidence) -> tuple[str, str, str]:
    return (one.domain, one.customer, "" if one.customer else one.generated)


def _row(speaker: int, found: list[Evidence], first: int, last: int) -> tuple[object, ...]:
    decision = deciding.decide(found)
    identity = deciding.identify(found)
    # A speaker without a decision has the place of the first statement.
    decisive = decision.decisive or found[0]
    doubt = facts.OPT_OUT_FAILED if decision.opt_out_failed else ""
    if decision.is_unreadable:
        doubt = doubt or facts.UNREADABLE
    return (
        speaker,
        found[0].domain,
        found[0].customer,
        identity.generated,
        json.dumps(identity.earlier) if identity.earlier else "[]",
        decision.status,
        decision.status == facts.OPTED_OUT,
        decision.opted_out_since,
        decisive.at,
        identity.created_at,
        identity.accessed_at,
        decision.deleted_at,
        decisive.source,
        decisive.line,
        first,
        last,
        decision.conflict,
        doubt,
    )


def _write_speakers(store: Store, rows: list[tuple[object, ...]]) -> None:
    store.connection.executemany(f"INSERT INTO speakers VALUES ({', '.join('?' * 18)})", rows)
    rows.clear()
