"""Generates what customers kept of their Voice ID data: lists, dumps, events, contact records and job files.

One speaker in ten is contradicted: what the lists say differs from what events or contact records say. One
line in twenty is damaged. The archive comes with the truth about both.
"""

import gzip
import json
import random
import string
from array import array
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import attrs

LETTERS = string.ascii_letters + string.digits
BEGINNING = datetime(2022, 1, 1, tzinfo=UTC)
SPEAKERS_PER_DOMAIN = 100_000
PAGE = 100

LISTED_ENROLLED_EVENT_OPTED_OUT = "a list that is older than the opt-out"
LISTED_OPTED_OUT_EVENT_ENROLLED = "an enrollment after the opt-out"
LISTED_ENROLLED_CONTACT_OPTED_OUT = "an opt-out on a call only"
LISTED_ENROLLED_DESCRIBED_EXPIRED = "two statuses without an opt-out"
CONTRADICTIONS = (
    LISTED_ENROLLED_EVENT_OPTED_OUT,
    LISTED_OPTED_OUT_EVENT_ENROLLED,
    LISTED_ENROLLED_CONTACT_OPTED_OUT,
    LISTED_ENROLLED_DESCRIBED_EXPIRED,
)


@attrs.define
class Truth:
    """What is really in an archive."""

    speakers: int
    opted_out: bytearray = attrs.field(repr=False)
    """For each speaker, 1 if any record said, before the damage, that the speaker opted out."""
    certain: bytearray = attrs.field(repr=False)
    """For each speaker, 1 if a record that is not damaged says so."""
    damaged: "dict[str, array[int]]" = attrs.field(factory=dict, repr=False)
    """The damaged lines of each file, by the file's path in the archive."""
    contradicted: int = 0
    lines: int = 0


def generated_id(*parts: object) -> str:
    """Return an id as the service makes it, always the same for the same parts."""
    return f"id#{resource_id(*parts)}"


def resource_id(*parts: object) -> str:
    """Return the id of a domain or job, always the same for the same parts."""
    return "".join(random.Random(repr(parts)).choices(LETTERS, k=22))


def customer_id(speaker: int) -> str:
    """Return the id that the application chose for a speaker."""
    return f"customer-{speaker:07}"


class _Lines:
    """A file of lines, some of which are damaged as they are written."""

    def __init__(self, folder: Path, name: str, truth: Truth, chance: random.Random, damaged: float) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        self._closing = ExitStack()
        file: gzip.GzipFile | BinaryIO = (
            gzip.GzipFile(path, "wb", 1) if name.endswith(".gz") else path.open("wb")
        )
        self._write: Callable[[bytes], int] = file.write
        self._closing.callback(file.close)
        self._truth = truth
        self._chance = chance
        self._damaged = damaged
        self._number = 0
        self._numbers = truth.damaged.setdefault(name, array("I"))

    def write(self, line: str, opted_out: tuple[int, ...] = ()) -> bool:
        """Write a line that tells of opt-outs; return whether it stayed whole."""
        self._number += 1
        self._truth.lines += 1
        is_whole = self._chance.random() >= self._damaged
        content = line.encode() if is_whole else self._damage(line)
        self._write(content + b"\n")
        for speaker in opted_out:
            self._truth.opted_out[speaker] = 1
            if is_whole:
                self._truth.certain[speaker] = 1
        if not is_whole:
            self._numbers.append(self._number)
        return is_whole

    def _damage(self, line: str) -> bytes:
        """Return a line that no parser of JSON takes any more."""
        content = line.encode()
        at = self._chance.randrange(len(line) - len(line.lstrip()) + 1, len(line) - 1)
        match self._chance.randrange(4):
            case 0:
                return content[:at]
            case 1:
                return content[:at] + b"\xff\xfe\x00" + content[at:]
            case 2:
                quote = line.find('"', at)
                return content[:at] if quote < 0 else content[:quote] + content[quote + 1 :]
            case _:
                return content[:at] + b"\x01" * 8 + content[at + 8 :] + b"\x01"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._closing.close()


@attrs.frozen
class _Speaker:
    number: int
    domain: str
    generated: str
    contradiction: str | None
    is_opted_out: bool

    def at(self, months: int) -> datetime:
        return BEGINNING + timedelta(days=30 * months, seconds=self.number % 86_400)

    @property
    def listed_status(self) -> str:
        if self.contradiction == LISTED_OPTED_OUT_EVENT_ENROLLED:
            return "OPTED_OUT"
        return "OPTED_OUT" if self.is_opted_out and self.contradiction is None else "ENROLLED"

    def listed(self, *, status: str | None = None, months: int = 10) -> dict[str, Any]:
        return {
            "CreatedAt": self.at(1).isoformat(),
            "CustomerSpeakerId": customer_id(self.number),
            "DomainId": self.domain,
            "GeneratedSpeakerId": self.generated,
            "LastAccessedAt": self.at(2).isoformat(),
            "Status": status or self.listed_status,
            "UpdatedAt": self.at(months).isoformat(),
        }

    def event(self, action: str, months: int) -> dict[str, Any]:
        is_enrollment = action == "ENROLL_SPEAKER"
        return {
            "version": "0",
            "id": f"{self.number}-{action}",
            "detail-type": "VoiceId Speaker Action",
            "source": "aws.voiceid",
            "account": "111122223333",
            "time": self.at(months).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": "us-east-1",
            "resources": [],
            "detail": {
                "sourceId": f"{self.number}-{months}",
                "action": action,
                "status": "SUCCESS",
                "domainId": self.domain,
                "errorInfo": None,
                "systemAttributes": None,
                "generatedSpeakerId": self.generated,
                "data": {
                    "enrollmentSource": "SESSION",
                    "enrollmentSourceId": generated_id("session", self.number),
                }
                if is_enrollment
                else None,
            },
        }

    def contact(self, *, opted_out: bool) -> dict[str, Any]:
        return {
            "ContactId": f"contact-{self.number}",
            "CustomerId": customer_id(self.number),
            "DisconnectTimestamp": self.at(14).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "InitiationMethod": "INBOUND",
            "VoiceIdResult": {
                "Authentication": {"Result": "Opted Out" if opted_out else "Authenticated", "Score": 95},
                "GeneratedSpeakerId": self.generated,
                "SpeakerEnrolled": False,
                "SpeakerOptedOut": opted_out,
            },
        }


def generate(
    folder: Path, speakers: int, *, seed: int = 1, contradicted: float = 0.1, damaged: float = 0.05
) -> Truth:
    """Write an archive, and return the truth about it.

    Args:
        folder: where to.
        speakers: how many.
        seed: the same seed makes the same archive.
        contradicted: the share of speakers of whom sources say different things.
        damaged: the share of lines that are damaged.
    """
    chance = random.Random(seed)
    truth = Truth(speakers, bytearray(speakers), bytearray(speakers))

    def lines(name: str) -> _Lines:
        return _Lines(folder, name, truth, chance, damaged)

    per_domain = min(SPEAKERS_PER_DOMAIN, max(1, speakers // 3))
    for number, first in enumerate(range(0, speakers, per_domain)):
        domain = resource_id("domain", number)
        members = [
            _speaker(one, domain, chance, contradicted)
            for one in range(first, min(first + per_domain, speakers))
        ]
        truth.contradicted += sum(one.contradiction is not None for one in members)
        _write_domain(folder, domain, number)
        _LISTINGS[number % len(_LISTINGS)](lines, number, members)
        _write_descriptions(lines, number, members)
        _write_events(lines, number, members)
        _write_contacts(lines, number, members)
        _write_jobs(folder, number, members)
    return truth


def _speaker(number: int, domain: str, chance: random.Random, contradicted: float) -> _Speaker:
    contradiction = chance.choice(CONTRADICTIONS) if chance.random() < contradicted else None
    is_opted_out = (
        chance.random() < 0.08
        if contradiction is None
        else (contradiction != LISTED_ENROLLED_DESCRIBED_EXPIRED)
    )
    return _Speaker(number, domain, generated_id("speaker", number), contradiction, is_opted_out)


Open = Callable[[str], _Lines]


def _told(one: _Speaker) -> tuple[int, ...]:
    return (one.number,) if one.listed_status == "OPTED_OUT" else ()


def _write_dump(lines: Open, number: int, members: list[_Speaker]) -> None:
    """Write speakers as the SDK's ``to_dict()`` does, one on each line."""
    snake = {
        "CreatedAt": "created_at",
        "CustomerSpeakerId": "customer_speaker_id",
        "DomainId": "domain_id",
        "GeneratedSpeakerId": "generated_speaker_id",
        "LastAccessedAt": "last_accessed_at",
        "Status": "status",
        "UpdatedAt": "updated_at",
    }
    with lines(f"dumps/speakers-{number:03}.jsonl") as file:
        for one in members:
            listed = {snake[name]: value for name, value in one.listed().items()}
            file.write(json.dumps(listed), _told(one))


def _write_pages(lines: Open, number: int, members: list[_Speaker]) -> None:
    """Write pages of a list, one on each line."""
    with lines(f"pages/speakers-{number:03}.jsonl") as file:
        for start in range(0, len(members), PAGE):
            page = members[start : start + PAGE]
            content: dict[str, Any] = {"SpeakerSummaries": [one.listed() for one in page]}
            if start + PAGE < len(members):
                content["NextToken"] = f"token-{start}"
            file.write(json.dumps(content), tuple(speaker for one in page for speaker in _told(one)))


def _write_indented(lines: Open, number: int, members: list[_Speaker]) -> None:
    """Write one list as the AWS CLI does, over many lines."""
    with lines(f"lists/speakers-{number:03}.json") as file:
        damaged, file._damaged = file._damaged, 0.0
        file.write("{")
        file.write('    "SpeakerSummaries": [')
        for position, one in enumerate(members):
            file.write("        {")
            listed = list(one.listed().items())
            file._damaged = damaged
            whole = [
                file.write(
                    f"            {json.dumps(name)}: {json.dumps(value)}{',' if name != 'UpdatedAt' else ''}"
                )
                for name, value in listed
            ]
            file._damaged = 0.0
            if _told(one):
                file._truth.opted_out[one.number] = 1
                if all(whole):
                    file._truth.certain[one.number] = 1
            file.write("        }," if position + 1 < len(members) else "        }")
        file.write("    ]")
        file.write("}")


_LISTINGS = (_write_dump, _write_pages, _write_indented)


def _write_descriptions(lines: Open, number: int, members: list[_Speaker]) -> None:
    with lines(f"described/speakers-{number:03}.jsonl") as file:
        for one in members:
            if one.contradiction == LISTED_ENROLLED_DESCRIBED_EXPIRED:
                file.write(json.dumps({"Speaker": one.listed(status="EXPIRED", months=20)}))


def _write_events(lines: Open, number: int, members: list[_Speaker]) -> None:
    with lines(f"events/2023/{number:03}.jsonl.gz") as file:
        for one in members:
            file.write(json.dumps(one.event("ENROLL_SPEAKER", 1)))
            opts_out = one.is_opted_out and one.contradiction != LISTED_ENROLLED_CONTACT_OPTED_OUT
            if opts_out:
                months = 9 if one.listed_status == "OPTED_OUT" else 12
                file.write(json.dumps(one.event("OPT_OUT_SPEAKER", months)), (one.number,))
            if one.contradiction == LISTED_OPTED_OUT_EVENT_ENROLLED:
                file.write(json.dumps(one.event("ENROLL_SPEAKER", 13)))


def _write_contacts(lines: Open, number: int, members: list[_Speaker]) -> None:
    with lines(f"contacts/{number:03}.jsonl") as file:
        for one in members:
            opted_out = one.contradiction == LISTED_ENROLLED_CONTACT_OPTED_OUT
            if opted_out or (one.number % 4 == 0 and not one.is_opted_out):
                file.write(json.dumps(one.contact(opted_out=opted_out)), (one.number,) if opted_out else ())


def _write_jobs(folder: Path, number: int, members: list[_Speaker]) -> None:
    """Write manifests and outputs of jobs that enrolled one speaker in ten; these files are not damaged."""
    enrolled = [one for one in members if one.number % 10 == 0]
    for part, start in enumerate(range(0, len(enrolled), 10_000)):
        chosen = enrolled[start : start + 10_000]
        job = resource_id("job", number, part)
        name = f"manifest-{number:03}-{part}.json"
        target = folder / "jobs" / job
        target.mkdir(parents=True)
        manifest = {"Version": "1.0", "SpeakerEnrollmentRequests": list(map(_request, chosen))}
        (target / name).write_text(json.dumps(manifest))
        outcomes = [
            {
                "RequestId": f"request-{one.number}",
                "GeneratedSpeakerId": one.generated,
                "CustomerSpeakerId": customer_id(one.number),
                "EnrollmentStatus": "NEW_ENROLLMENT",
            }
            for one in chosen
        ]
        output = {"Version": "1.0", "Errors": [], "SuccessfulEnrollments": outcomes}
        (target / f"{name}.out").write_text(json.dumps(output))


def _request(one: _Speaker) -> dict[str, Any]:
    audio = [{"S3Uri": f"s3://calls/{one.number}.wav", "ChannelId": 0}]
    return {
        "RequestId": f"request-{one.number}",
        "SpeakerId": customer_id(one.number),
        "AudioSpecifications": audio,
    }


def _write_domain(folder: Path, domain: str, number: int) -> None:
    described = {
        "Domain": {
            "Arn": f"arn:aws:voiceid:us-east-1:111122223333:domain/{domain}",
            "CreatedAt": BEGINNING.isoformat(),
            "DomainId": domain,
            "DomainStatus": "ACTIVE",
            "Name": f"domain-{number}",
            "ServerSideEncryptionConfiguration": {
                "KmsKeyId": f"arn:aws:kms:us-east-1:111122223333:key/{domain}",
            },
            "UpdatedAt": BEGINNING.isoformat(),
            "WatchlistDetails": {"DefaultWatchlistId": resource_id("watchlist", number)},
        }
    }
    target = folder / "domains"
    target.mkdir(parents=True, exist_ok=True)
    (target / f"{number:03}.json").write_text(json.dumps(described, indent=4))
    tags = {"Tags": [{"Key": "number", "Value": str(number)}]}
    (target / f"tags-of-{domain}.json").write_text(json.dumps(tags, indent=4))


def damaged_lines(truth: Truth) -> Iterator[tuple[str, int]]:
    """Yield the file and number of every damaged line, in the order of files and lines."""
    for name in sorted(truth.damaged):
        for number in truth.damaged[name]:
            yield name, number
