"""A client that writes and writes, keeps account of what it was answered, and holds the service to it."""

import itertools
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeAlias

import attrs

from tests.support.silent_jobs import BUCKET, write_manifest, write_recording
from tests.support.stage import KEY, ROLE
from tests.support.store_invariants import JOB_OPERATIONS, Wire
from voiceid_sdk.local.rules import jobs

Members: TypeAlias = dict[str, Any]

Ask: TypeAlias = Callable[[str, Members], tuple[int, Members]]
"""Sends a request and returns the status and members of the answer, or raises ``GoneError``."""

_Key: TypeAlias = tuple[str, str]
"""The id of a domain, and of something in it."""

_KINDS: Final = {f"Start{JOB_OPERATIONS[kind.name]}": kind for kind in (jobs.ENROLLMENT, jobs.REGISTRATION)}

_NOT_FOUND_AGAIN: Final = {
    "DeleteFraudster": "FRAUDSTER",
    "DeleteSpeaker": "SPEAKER",
    "DeleteWatchlist": "WATCHLIST",
    "DisassociateFraudster": "FRAUDSTER",
}
"""What is not found when a request that was done is sent again."""

JOB_SPEAKER: Final = "job-"
"""What the ids of speakers start with who are enrolled by jobs."""


@attrs.frozen
class _Write:
    """A request for a change."""

    operation: str
    members: Members
    note: Callable[[Members], object]
    """Writes down that the change has been made, and what was answered."""


class GoneError(Exception):
    """The service was killed before it had answered."""


class Ledger:
    """The expected content of one client's own domains, which no other client changes.

    Args:
        name: stands in all names that the client gives.
        seed: makes its requests repeatable, as far as the responses are.
        s3_root: where it puts its manifests.
    """

    def __init__(self, name: str, seed: int, s3_root: Path) -> None:
        self._name = name
        self._chance = random.Random(seed)
        self._s3_root = s3_root
        self._recording = write_recording(s3_root, name)
        self._numbers = itertools.count()
        self._unanswered: _Write | None = None
        self.domains: dict[str, Members] = {}
        self._tags: dict[str, dict[str, str]] = {}
        self._watchlists: dict[_Key, Members] = {}
        self._speakers: dict[_Key, Members] = {}
        self._jobs: dict[_Key, str] = {}
        self._fraudsters: dict[_Key, set[str]] = {}
        """The watchlists of each fraudster that was on the move; none of one that was deleted."""

    def write(self, ask: Ask) -> None:
        """Send one change. Until its response arrives, the change may or may not have been made."""
        self._unanswered = None
        self._unanswered = self._next_write(ask)
        self._send(ask, again=False)

    def send_again(self, ask: Ask) -> None:
        """Do as clients do that get no answer: afterwards, what was asked for has been done, and once."""
        if self._unanswered is not None:
            self._send(ask, again=True)

    def check(self, wire: Wire) -> None:
        """Compare what the service says with what it answered."""
        for domain_id, domain in self.domains.items():
            described = wire.ask("DescribeDomain", DomainId=domain_id)["Domain"]
            assert described.items() >= domain.items()
            with wire.restored(domain_id):
                self._check_content(wire, domain_id, described["Arn"])

    def _check_content(self, wire: Wire, domain_id: str, arn: str) -> None:
        about = {"DomainId": domain_id}
        tags = wire.ask("ListTagsForResource", ResourceArn=arn)["Tags"]
        assert {tag["Key"]: tag["Value"] for tag in tags} == self._tags[domain_id]
        watchlists = wire.all("ListWatchlists", **about)
        assert watchlists[1:] == list(_inside(self._watchlists, domain_id).values())
        speakers = wire.all("ListSpeakers", **about)
        own = [one for one in speakers if not one["CustomerSpeakerId"].startswith(JOB_SPEAKER)]
        assert own == list(_inside(self._speakers, domain_id).values())
        started = _inside(self._jobs, domain_id)
        for operation, kind in _KINDS.items():
            listed = [job["JobId"] for job in wire.all(kind.list_operation, **about)]
            assert listed == [job_id for job_id, by in started.items() if by == operation]
        fraudsters = {
            one["GeneratedFraudsterId"]: set(one["WatchlistIds"])
            for one in wire.all("ListFraudsters", **about)
        }
        for fraudster_id, watchlist_ids in _inside(self._fraudsters, domain_id).items():
            assert fraudsters.get(fraudster_id, set()) == watchlist_ids

    def deleted_fraudsters(self) -> set[str]:
        """Return the ids of the fraudsters that were deleted."""
        return {fraudster_id for (_, fraudster_id), on in self._fraudsters.items() if not on}

    def _send(self, ask: Ask, *, again: bool) -> None:
        write = self._unanswered
        assert write
        status, response = ask(write.operation, write.members)
        if status == 200 or (
            again and response.get("ResourceType") == _NOT_FOUND_AGAIN.get(write.operation, "")
        ):
            write.note(response)
        else:
            # A domain has one active job of a kind.
            assert (status, write.operation in _KINDS) == (402, True), (write.operation, status, response)
        self._unanswered = None

    # What to ask for next. Each of these returns a request, or None where there is nothing to change.

    def _next_write(self, ask: Ask) -> _Write:
        while True:
            active = [one for one, domain in self.domains.items() if domain["DomainStatus"] == "ACTIVE"]
            if not active:
                return self._open_domain()
            (change,) = self._chance.choices([*_CHANGES], [*_CHANGES.values()])
            write = change(self, ask, self._chance.choice(active))
            if write is not None:
                return write

    def _name_next(self) -> str:
        return f"{self._name}-{next(self._numbers)}"

    def _content(self) -> Members:
        return {"Name": self._name_next(), "ServerSideEncryptionConfiguration": {"KmsKeyId": KEY}}

    def _open_domain(self, *_: object) -> _Write:
        content = self._content()
        tags = [{"Key": "made-by", "Value": self._name}]

        def note(response: Members) -> None:
            domain_id = response["Domain"]["DomainId"]
            self.domains[domain_id] = response["Domain"]
            self._tags[domain_id] = {"made-by": self._name}

        return _Write("CreateDomain", {**content, "Tags": tags, "ClientToken": content["Name"]}, note)

    def _change_domain(self, _: Ask, domain_id: str) -> _Write:
        members = {"DomainId": domain_id, **self._content()}
        return _Write(
            "UpdateDomain", members, lambda response: self.domains.update({domain_id: response["Domain"]})
        )

    def _close_domain(self, _: Ask, domain_id: str) -> _Write:
        def note(_: Members) -> None:
            self.domains[domain_id]["DomainStatus"] = "SUSPENDED"
            del self.domains[domain_id]["UpdatedAt"]

        return _Write("DeleteDomain", {"DomainId": domain_id}, note)

    def _tag(self, _: Ask, domain_id: str) -> _Write:
        key, value = str(self._chance.randrange(9)), self._name_next()
        members = {"ResourceArn": self.domains[domain_id]["Arn"], "Tags": [{"Key": key, "Value": value}]}
        return _Write("TagResource", members, lambda _: self._tags[domain_id].update({key: value}))

    def _untag(self, _: Ask, domain_id: str) -> _Write:
        key = str(self._chance.randrange(9))
        members = {"ResourceArn": self.domains[domain_id]["Arn"], "TagKeys": [key]}
        return _Write("UntagResource", members, lambda _: self._tags[domain_id].pop(key, None))

    def _open_watchlist(self, _: Ask, domain_id: str) -> _Write:
        name = self._name_next()
        members = {"DomainId": domain_id, "Name": name, "ClientToken": name}
        return _Write("CreateWatchlist", members, lambda response: self._keep_watchlist(domain_id, response))

    def _change_watchlist(self, _: Ask, domain_id: str) -> _Write | None:
        known = list(_inside(self._watchlists, domain_id))
        if not known:
            return None
        about = {"DomainId": domain_id, "WatchlistId": self._chance.choice(known)}
        members = {**about, "Name": self._name_next()}
        return _Write("UpdateWatchlist", members, lambda response: self._keep_watchlist(domain_id, response))

    def _keep_watchlist(self, domain_id: str, response: Members) -> None:
        self._watchlists[domain_id, response["Watchlist"]["WatchlistId"]] = response["Watchlist"]

    def _close_watchlist(self, ask: Ask, domain_id: str) -> _Write | None:
        known = list(_inside(self._watchlists, domain_id))
        if not known:
            return None
        watchlist_id = self._chance.choice(known)
        about = {"DomainId": domain_id, "WatchlistId": watchlist_id}
        if ask("ListFraudsters", about)[1]["FraudsterSummaries"]:
            return None
        return _Write("DeleteWatchlist", about, lambda _: self._watchlists.pop((domain_id, watchlist_id)))

    def _opt_out(self, _: Ask, domain_id: str) -> _Write:
        speaker_id = self._name_next()
        members = {"DomainId": domain_id, "SpeakerId": speaker_id}
        key = (domain_id, speaker_id)
        return _Write(
            "OptOutSpeaker", members, lambda response: self._speakers.update({key: response["Speaker"]})
        )

    def _forget_speaker(self, _: Ask, domain_id: str) -> _Write | None:
        known = list(_inside(self._speakers, domain_id))
        if not known:
            return None
        speaker_id = self._chance.choice(known)
        members = {"DomainId": domain_id, "SpeakerId": speaker_id}
        return _Write("DeleteSpeaker", members, lambda _: self._speakers.pop((domain_id, speaker_id)))

    def _enroll(self, _: Ask, domain_id: str) -> _Write:
        # The same voice is enrolled and registered.
        config = {"EnrollmentConfig": {"FraudDetectionConfig": {"FraudDetectionAction": "IGNORE"}}}
        return self._start_job("StartSpeakerEnrollmentJob", domain_id, **config)

    def _register(self, _: Ask, domain_id: str) -> _Write:
        config = {"RegistrationConfig": {"DuplicateRegistrationAction": "REGISTER_AS_NEW"}}
        return self._start_job("StartFraudsterRegistrationJob", domain_id, **config)

    def _start_job(self, operation: str, domain_id: str, **config: object) -> _Write:
        """Ask for a job: most are small, some have more requests than the service does in one go."""
        name = self._name_next()
        size = self._chance.choice((1, 4, 10, 10, 30, 130))
        requests = [(f"{JOB_SPEAKER}{name}-{number}", self._recording) for number in range(size)]
        requests.append((f"{JOB_SPEAKER}{name}-missing", f"{self._recording}.missing"))
        manifest = write_manifest(self._s3_root, f"{name}.json", _KINDS[operation].manifest_list, requests)
        members = {
            "DomainId": domain_id,
            "DataAccessRoleArn": ROLE,
            "InputDataConfig": {"S3Uri": manifest},
            "OutputDataConfig": {"S3Uri": f"s3://{BUCKET}/out"},
            "ClientToken": name,
            **config,
        }
        return _Write(
            operation,
            members,
            lambda response: self._jobs.update({(domain_id, response["Job"]["JobId"]): operation}),
        )

    def _move_fraudster(self, ask: Ask, domain_id: str) -> _Write | None:
        about = self._pick_fraudster(ask, domain_id)
        watchlist_ids = list(_inside(self._watchlists, domain_id))
        if about is None or not watchlist_ids:
            return None
        watchlist_id = self._chance.choice(watchlist_ids)
        members = {**about, "WatchlistId": watchlist_id}
        on = self._fraudsters[domain_id, about["FraudsterId"]]
        if watchlist_id not in on:
            return _Write("AssociateFraudster", members, lambda _: on.add(watchlist_id))
        if len(on) > 1:
            return _Write("DisassociateFraudster", members, lambda _: on.discard(watchlist_id))
        return None

    def _forget_fraudster(self, ask: Ask, domain_id: str) -> _Write | None:
        about = self._pick_fraudster(ask, domain_id)
        if about is None:
            return None
        on = self._fraudsters[domain_id, about["FraudsterId"]]
        return _Write("DeleteFraudster", about, lambda _: on.clear())

    def _pick_fraudster(self, ask: Ask, domain_id: str) -> Members | None:
        about = {"DomainId": domain_id}
        known = ask("ListFraudsters", {**about, "MaxResults": 10})[1]["FraudsterSummaries"]
        if not known:
            return None
        picked = self._chance.choice(known)
        fraudster_id = picked["GeneratedFraudsterId"]
        self._fraudsters[domain_id, fraudster_id] = set(picked["WatchlistIds"])
        return {**about, "FraudsterId": fraudster_id}


_CHANGES: Final[dict[Callable[[Ledger, Ask, str], _Write | None], int]] = {
    Ledger._open_domain: 1,
    Ledger._change_domain: 4,
    Ledger._close_domain: 1,
    Ledger._tag: 4,
    Ledger._untag: 2,
    Ledger._open_watchlist: 4,
    Ledger._change_watchlist: 3,
    Ledger._close_watchlist: 1,
    Ledger._opt_out: 10,
    Ledger._forget_speaker: 5,
    Ledger._enroll: 3,
    Ledger._register: 2,
    Ledger._move_fraudster: 6,
    Ledger._forget_fraudster: 1,
}
"""Every change that there is, and how often it is made."""


def _inside(known: dict[_Key, Any], domain_id: str) -> dict[str, Any]:
    return {id_: value for (owner, id_), value in known.items() if owner == domain_id}
