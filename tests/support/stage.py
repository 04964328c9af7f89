"""A stage: a service of a test's own, called by any client, and shorter words for what many tests do."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from voiceid_sdk.local import Call, LocalVoiceID, ManualClock
from voiceid_sdk.local.voices.recordings import tone, wav

KEY: Final = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
OTHER_KEY: Final = "arn:aws:kms:us-east-1:123456789012:key/66666666-7777-8888-9999-000000000000"
ROLE: Final = "arn:aws:iam::123456789012:role/VoiceID"
NO_ID: Final = "N" * 22
NO_GENERATED_ID: Final = "id#" + NO_ID
TAG: Final = {"Key": "k", "Value": "v"}
DAY: Final = 24 * 3600.0
YEAR: Final = 365 * DAY

Members = dict[str, Any]


class StageError(Exception):
    """The service has responded with an error."""

    def __init__(
        self, code: str, message: str, conflict_type: str | None = None, resource_type: str | None = None
    ) -> None:
        super().__init__(code, message, conflict_type, resource_type)
        self.code = code
        self.message = message
        self.conflict_type = conflict_type
        self.resource_type = resource_type


class Driver(Protocol):
    """Calls an operation: returns its answer by the names of the wire, with times in epoch seconds."""

    def __call__(self, operation: str, members: Mapping[str, Any]) -> Members: ...


class Stage:
    """A service of a test's own, and shorter words for what many tests do."""

    def __init__(self, service: LocalVoiceID, clock: ManualClock, folder: Path, driver: Driver) -> None:
        self.service = service
        self.clock = clock
        self.folder = folder
        self._driver = driver

    def call(self, operation: str, **members: Any) -> Members:
        """Call an operation."""
        return self._driver(operation, members)

    def error(self, operation: str, **members: Any) -> StageError:
        """Call an operation that must be refused."""
        error = self.outcome(operation, **members)
        assert error is not None, f"{operation} was not refused"
        return error

    def outcome(self, operation: str, **members: Any) -> StageError | None:
        """Call an operation and return how it was refused, if it was."""
        try:
            self._driver(operation, members)
        except StageError as error:
            return error
        return None

    def domain(self, **members: Any) -> str:
        """Create a domain and return its id."""
        content = {"Name": "a-domain", "ServerSideEncryptionConfiguration": {"KmsKeyId": KEY}, **members}
        return str(self.call("CreateDomain", **content)["Domain"]["DomainId"])

    def describe(self, domain: str) -> Members:
        """Describe a domain."""
        described: Members = self.call("DescribeDomain", DomainId=domain)["Domain"]
        return described

    def default_watchlist(self, domain: str) -> str:
        """Return the id of a domain's default watchlist."""
        return str(self.describe(domain)["WatchlistDetails"]["DefaultWatchlistId"])

    def change_key(self, domain: str, key: str) -> Members:
        """Change a domain's KMS key, and return the domain."""
        content = {"DomainId": domain, "Name": "n", "ServerSideEncryptionConfiguration": {"KmsKeyId": key}}
        updated: Members = self.call("UpdateDomain", **content)["Domain"]
        return updated

    def encryption_update(self, domain: str) -> Members:
        """Return how far the change of a domain's key is."""
        details: Members = self.describe(domain)["ServerSideEncryptionUpdateDetails"]
        return details

    def watchlist(self, domain: str, **members: Any) -> str:
        """Create a watchlist and return its id."""
        content = {"DomainId": domain, "Name": "a-watchlist", **members}
        return str(self.call("CreateWatchlist", **content)["Watchlist"]["WatchlistId"])

    def pages(self, operation: str, key: str, **members: Any) -> list[list[Members]]:
        """Return the items of all pages of a list."""
        pages: list[list[Members]] = []
        token: Members = {}
        while True:
            response = self.call(operation, **members, **token)
            pages.append(response[key])
            if "NextToken" not in response:
                return pages
            token = {"NextToken": response["NextToken"]}

    def domain_with_speakers(self, count: int) -> str:
        """Create a domain with this many speakers, and return its id."""
        domain = self.domain()
        for number in range(count):
            self.call("OptOutSpeaker", DomainId=domain, SpeakerId=f"s{number}")
        return domain

    def speaker(self, domain: str, speaker: str) -> Members:
        """Describe a speaker."""
        described: Members = self.call("DescribeSpeaker", DomainId=domain, SpeakerId=speaker)["Speaker"]
        return described

    def call_in(
        self, domain: str, contact: str = "a-contact", speaker: str | None = None, **screening: Any
    ) -> Call:
        """Start a call."""
        return self.service.start_call(domain, contact, speaker, **screening)

    def enroll(self, domain: str, speaker: str, voice: str | None = None) -> str:
        """Enroll a speaker on a call and return the generated id."""
        call = self.call_in(domain, f"enroll-{speaker}", speaker)
        call.enroll()
        call.speak(voice or speaker, seconds=30)
        call.end()
        return str(self.speaker(domain, speaker)["GeneratedSpeakerId"])

    def evaluate(self, domain: str, session: str = "a-contact") -> Members:
        """Evaluate a session."""
        return self.call("EvaluateSession", DomainId=domain, SessionNameOrId=session)

    def decision(self, domain: str, session: str = "a-contact") -> str:
        """Return how authentication decided."""
        return str(self.evaluate(domain, session)["AuthenticationResult"]["Decision"])

    def put(self, uri: str, content: bytes | str) -> str:
        """Put an object into the folder that stands for S3, and return its URI."""
        path = self.folder / uri.removeprefix("s3://")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return uri

    def recording(self, voice: str, seconds: float = 30) -> str:
        """Put a recording of a labelled voice into S3 and return its URI."""
        return self.put(f"s3://recordings/{voice}-{seconds:g}.wav", wav(tone(seconds), label=voice))

    def start_enrollments(self, domain: str, *requests: Members, **members: Any) -> Members:
        """Start an enrollment job for these requests of a manifest."""
        return self._start(
            "StartSpeakerEnrollmentJob", "SpeakerEnrollmentRequests", domain, requests, members
        )

    def start_registrations(self, domain: str, *requests: Members, **members: Any) -> Members:
        """Start a registration job for these requests of a manifest."""
        return self._start(
            "StartFraudsterRegistrationJob", "FraudsterRegistrationRequests", domain, requests, members
        )

    def enroll_by_job(self, domain: str, *requests: Members, **members: Any) -> tuple[Members, Members]:
        """Run an enrollment job to its end; return the job and its output file."""
        return self._run("DescribeSpeakerEnrollmentJob", self.start_enrollments(domain, *requests, **members))

    def register_by_job(self, domain: str, *requests: Members, **members: Any) -> tuple[Members, Members]:
        """Run a registration job to its end; return the job and its output file."""
        started = self.start_registrations(domain, *requests, **members)
        return self._run("DescribeFraudsterRegistrationJob", started)

    def fraudster(self, domain: str, voice: str, **members: Any) -> str:
        """Register a fraudster and return the id."""
        _, output = self.register_by_job(domain, self.fraud(voice), **members)
        return str(output["SuccessfulRegistrations"][0]["GeneratedFraudsterId"])

    def request(self, speaker: str, voice: str | None = None, seconds: float = 30) -> Members:
        """Return a request of an enrollment manifest."""
        return {"SpeakerId": speaker, **self.fraud(voice or speaker, seconds), "RequestId": f"r-{speaker}"}

    def fraud(self, voice: str, seconds: float = 30) -> Members:
        """Return a request of a registration manifest."""
        audio = [{"S3Uri": self.recording(voice, seconds), "ChannelId": 0}]
        return {"RequestId": f"r-{voice}", "AudioSpecifications": audio}

    def _start(
        self, operation: str, list_name: str, domain: str, requests: tuple[Members, ...], members: Members
    ) -> Members:
        manifest = self.put("s3://jobs/in/manifest.json", json.dumps({"Version": "1.0", list_name: requests}))
        content: Members = {
            "DomainId": domain,
            "DataAccessRoleArn": ROLE,
            "InputDataConfig": {"S3Uri": manifest},
            "OutputDataConfig": {"S3Uri": "s3://jobs/out"},
            **members,
        }
        job: Members = self.call(operation, **content)["Job"]
        return job

    def _run(self, describe: str, started: Members) -> tuple[Members, Members]:
        self.clock.advance(DAY / 2)
        job: Members = self.call(describe, DomainId=started["DomainId"], JobId=started["JobId"])["Job"]
        output = self.folder / "jobs/out" / job["JobId"] / "manifest.json.out"
        return job, json.loads(output.read_text(encoding="utf-8")) if output.exists() else {}


def eventually(stage: Stage, seconds: float) -> None:
    """Let time pass."""
    stage.clock.advance(seconds)
