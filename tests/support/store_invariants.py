"""Invariants of every Local Voice ID, after any requests and any end of its process."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from voiceid_sdk.local import LocalVoiceID
from voiceid_sdk.local.core.tasks import SCHEDULED_TASKS
from voiceid_sdk.local.protocol.aws_json import CONTENT_TYPE
from voiceid_sdk.local.rules import domains, jobs, sessions
from voiceid_sdk.local.rules.domain_access import DOMAINS
from voiceid_sdk.local.rules.fraudsters import FRAUDSTERS
from voiceid_sdk.local.rules.job_records import JOB_REQUESTS, JOBS
from voiceid_sdk.local.rules.session_records import SESSIONS, UTTERANCES
from voiceid_sdk.local.rules.speakers import SPEAKERS
from voiceid_sdk.local.rules.statuses import (
    ACTIVE_JOB_STATUSES,
    DomainStatus,
    JobStatus,
    SpeakerStatus,
)
from voiceid_sdk.local.rules.tags import TAGS
from voiceid_sdk.local.rules.watchlists import MEMBERSHIPS, WATCHLISTS
from voiceid_sdk.local.storage.store import Store, Table

IN_DOMAINS: Final[tuple[Table[Any], ...]] = (
    FRAUDSTERS,
    JOBS,
    JOB_REQUESTS,
    MEMBERSHIPS,
    SESSIONS,
    SPEAKERS,
    TAGS,
    UTTERANCES,
    WATCHLISTS,
)
"""The tables whose rows belong to a domain."""

JOB_OPERATIONS: Final = {"enrollment": "SpeakerEnrollmentJob", "registration": "FraudsterRegistrationJob"}
"""What the operations on a kind of job are called, behind their verb."""


class Wire:
    """Asks a service what it is sure to answer."""

    def __init__(self, service: LocalVoiceID) -> None:
        self._service = service
        self._handle = service.handle

    @contextmanager
    def restored(self, domain_id: str) -> Iterator[None]:
        """Restore a suspended domain for the block, because its content cannot be read while suspended."""
        domain = self.ask("DescribeDomain", DomainId=domain_id)["Domain"]
        is_suspended = domain["DomainStatus"] == DomainStatus.SUSPENDED
        if is_suspended:
            self._service.restore_domain(domain_id)
        yield
        if is_suspended:
            self.ask("DeleteDomain", DomainId=domain_id)

    def ask(self, operation: str, **members: object) -> Any:
        """Return the members of the answer, which has to be one."""
        status, response = self.try_to(operation, members)
        assert status == 200, (operation, response)
        return response

    def try_to(self, operation: str, members: Mapping[str, object]) -> tuple[int, Any]:
        """Return the status and the members of the response, also of an error."""
        headers = {"X-Amz-Target": f"VoiceID.{operation}", "Content-Type": CONTENT_TYPE}
        response = self._handle(headers, json.dumps(members).encode())
        return response.status, json.loads(response.body or b"{}")

    def all(self, operation: str, **members: object) -> list[Any]:
        """Return the items of all pages of a list."""
        items: list[Any] = []
        token: dict[str, str] = {}
        while True:
            page = self.ask(operation, **members, **token)
            (name,) = set(page) - {"NextToken"}
            items += page[name]
            if "NextToken" not in page:
                return items
            token = {"NextToken": page["NextToken"]}


def check_service(service: LocalVoiceID) -> None:
    """Ask for everything there is; all keys have to be usable."""
    wire = Wire(service)
    known = wire.all("ListDomains")
    ids = [domain["DomainId"] for domain in known]
    for domain in known:
        assert wire.ask("DescribeDomain", DomainId=domain["DomainId"]) == {"Domain": domain}
        if domain["DomainStatus"] != DomainStatus.PENDING:
            with wire.restored(domain["DomainId"]):
                tags = wire.ask("ListTagsForResource", ResourceArn=domain["Arn"])["Tags"]
                assert_unique(tag["Key"] for tag in tags)
                ids += _check_content(wire, domain)
    assert_unique(ids)


def _check_content(wire: Wire, domain: Any) -> list[str]:
    """Check what is in a domain, and return all ids that the service made for it."""
    about = {"DomainId": domain["DomainId"]}
    watchlists = wire.all("ListWatchlists", **about)
    fraudsters = wire.all("ListFraudsters", **about)
    known_speakers = wire.all("ListSpeakers", **about)

    watchlist_ids = [watchlist["WatchlistId"] for watchlist in watchlists]
    default_ids = [one["WatchlistId"] for one in watchlists if one["DefaultWatchlist"]]
    assert default_ids == [domain["WatchlistDetails"]["DefaultWatchlistId"]]
    for watchlist in watchlists:
        key = {**about, "WatchlistId": watchlist["WatchlistId"]}
        assert wire.ask("DescribeWatchlist", **key) == {"Watchlist": watchlist}
        listed = [one["GeneratedFraudsterId"] for one in wire.all("ListFraudsters", **key)]
        assert_unique(listed)
        assert set(listed) == {
            one["GeneratedFraudsterId"]
            for one in fraudsters
            if watchlist["WatchlistId"] in one["WatchlistIds"]
        }
    for fraudster in fraudsters:
        key = {**about, "FraudsterId": fraudster["GeneratedFraudsterId"]}
        assert wire.ask("DescribeFraudster", **key) == {"Fraudster": fraudster}
        assert fraudster["WatchlistIds"]
        assert_unique(fraudster["WatchlistIds"])
        assert set(fraudster["WatchlistIds"]) <= set(watchlist_ids)
    for speaker in known_speakers:
        for id_ in (speaker["GeneratedSpeakerId"], speaker["CustomerSpeakerId"]):
            assert wire.ask("DescribeSpeaker", **about, SpeakerId=id_) == {"Speaker": speaker}
    assert_unique(speaker["CustomerSpeakerId"] for speaker in known_speakers)
    return [
        *watchlist_ids,
        *(fraudster["GeneratedFraudsterId"] for fraudster in fraudsters),
        *(speaker["GeneratedSpeakerId"] for speaker in known_speakers),
        *(job["JobId"] for kind in JOB_OPERATIONS.values() for job in _checked_jobs(wire, about, kind)),
    ]


def _checked_jobs(wire: Wire, about: dict[str, str], kind: str) -> list[Any]:
    listed = wire.all(f"List{kind}s", **about)
    for job in listed:
        status = job["JobStatus"]
        ended = status not in ACTIVE_JOB_STATUSES
        assert ended == ("EndedAt" in job)
        assert job.get("EndedAt", job["CreatedAt"]) >= job["CreatedAt"]
        if status in (JobStatus.COMPLETED, JobStatus.COMPLETED_WITH_ERRORS):
            assert job["JobProgress"]["PercentComplete"] == 100
        assert (status == JobStatus.FAILED) == ("FailureDetails" in job)
        described = wire.ask(f"Describe{kind}", **about, JobId=job["JobId"])["Job"]
        assert described.items() >= job.items()
    assert sum(job["JobStatus"] in ACTIVE_JOB_STATUSES for job in listed) <= 1
    return listed


def check_store(store: Store) -> None:
    """Look at what is kept: nothing damaged, nothing without an owner, and for each open end a plan."""
    assert store._database.rows("PRAGMA integrity_check") == [("ok",)]
    known = _rows(store, DOMAINS)
    domain_ids = {domain.domain_id for domain in known}
    for table in IN_DOMAINS:
        assert {row.domain_id for row in _rows(store, table)} <= domain_ids, table.name

    watchlist_ids = {(one.domain_id, one.watchlist_id) for one in _rows(store, WATCHLISTS)}
    fraudster_ids = {(one.domain_id, one.fraudster_id) for one in _rows(store, FRAUDSTERS)}
    memberships = _rows(store, MEMBERSHIPS)
    assert {(domain.domain_id, domain.default_watchlist_id) for domain in known} <= watchlist_ids
    assert {(one.domain_id, one.watchlist_id) for one in memberships} <= watchlist_ids
    assert {(one.domain_id, one.fraudster_id) for one in memberships} == fraudster_ids

    for speaker in _rows(store, SPEAKERS):
        assert (speaker.stored_status == SpeakerStatus.ENROLLED) == (speaker.voiceprint is not None)

    _check_jobs(store)
    active = [job for job in _rows(store, JOBS) if job.status in ACTIVE_JOB_STATUSES]
    planned = {
        jobs.ADVANCE: {(job.domain_id, job.job_id) for job in active},
        domains.ACTIVATE: {
            (domain.domain_id, "") for domain in known if domain.status == DomainStatus.PENDING
        },
        domains.ERASE: {
            (domain.domain_id, "") for domain in known if domain.status == DomainStatus.SUSPENDED
        },
        domains.REENCRYPT: {
            (domain.domain_id, "")
            for domain in known
            if domain.status == DomainStatus.ACTIVE and domain.encryption_status == "IN_PROGRESS"
        },
        sessions.FORGET: {(session.domain_id, session.session_id) for session in _rows(store, SESSIONS)},
    }
    for kind, subjects in planned.items():
        tasks = store.all(SCHEDULED_TASKS, kind=kind)
        assert {(task.domain_id, task.subject_id) for task in tasks} == subjects, kind


def _check_jobs(store: Store) -> None:
    """Check that the finished requests of a job are its first ones, and that an ended job has no requests."""
    kept = _rows(store, JOB_REQUESTS)
    for job in _rows(store, JOBS):
        own = sorted((one for one in kept if one.job_id == job.job_id), key=lambda one: int(one.position))
        assert [one.position for one in own] == list(
            range(job.requests * (job.status == JobStatus.IN_PROGRESS))
        )
        done = [one.outcome is not None for one in own]
        assert done == [position < job.requests_done for position in range(len(own))]


def assert_unique(ids: Iterable[str]) -> None:
    """Nothing stands in ``ids`` twice."""
    assert [one for one, times in Counter(ids).items() if times > 1] == []


def _rows(store: Store, table: Table[Any]) -> list[Any]:
    return store.all(table)
