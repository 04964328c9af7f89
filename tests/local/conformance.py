"""What Local Voice ID promises: rules with their sources, for any client that can call operations.

A rule is a sentence, where it comes from, and a function that raises AssertionError where it does not hold.
The function uses a ``Stage``: a service of its own, and a driver that calls it. ``test_conformance.py``
drives it in process; any other way to call an operation and get its answer as the wire has it will do.

Sources: "model" is the service model; "API reference", "administrator guide", "quota page" and
"CloudFormation handler" are AWS's; "observed" is a response of AWS's that other programs look for; "choice"
is ours, explained in ``docs/local-voice-id.md``.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

import attrs
import pytest

from voiceid_sdk import service_model
from voiceid_sdk.local import Call, LocalVoiceID, ManualClock, Quotas, ServiceException, Timing
from voiceid_sdk.local.voices.recordings import tone, wav

MODEL: Final = "model"
REFERENCE: Final = "API reference"
GUIDE: Final = "administrator guide"
QUOTAS: Final = "quota page"
HANDLER: Final = "CloudFormation handler"
OBSERVED: Final = "observed"
CHOICE: Final = "choice"

KEY: Final = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
OTHER_KEY: Final = "arn:aws:kms:us-east-1:123456789012:key/66666666-7777-8888-9999-000000000000"
ROLE: Final = "arn:aws:iam::123456789012:role/VoiceID"
NO_ID: Final = "N" * 22
NO_GENERATED_ID: Final = "id#" + NO_ID
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
    """A service of a rule's own, and shorter words for what many rules do."""

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

    def watchlist(self, domain: str, **members: Any) -> str:
        """Create a watchlist and return its id."""
        content = {"DomainId": domain, "Name": "a-watchlist", **members}
        return str(self.call("CreateWatchlist", **content)["Watchlist"]["WatchlistId"])

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


Check = Callable[[Stage], None]


@attrs.frozen
class Rule:
    """A promise."""

    text: str
    source: str
    check: Check
    options: Mapping[str, Any]
    """How the rule's service is made, where that matters."""


RULES: Final[list[Rule]] = []


def rule(text: str, source: str, **options: Any) -> Callable[[Check], Check]:
    """Add a function to the rules."""

    def add(check: Check) -> Check:
        RULES.append(Rule(text, source, check, options))
        return check

    return add


def _family(texts: Mapping[str, Check], source: str, **options: Any) -> None:
    for text, check in texts.items():
        rule(text, source, **options)(check)


@contextmanager
def refused_call(
    code: str, *, conflict_type: str | None = None, resource_type: str | None = None, says: str = ""
) -> Iterator[None]:
    """Expect that what a call does in the block is refused."""
    with pytest.raises(ServiceException) as caught:
        yield
    error = caught.value
    assert (error.code, error.conflict_type, error.resource_type) == (
        code,
        conflict_type,
        resource_type,
    )
    assert says in error.message


def eventually(stage: Stage, seconds: float) -> None:
    """Let time pass."""
    stage.clock.advance(seconds)


# Requests that break no rule of the model, one for each operation; the ids in them exist nowhere.

VALID: Final[Mapping[str, Members]] = {
    "AssociateFraudster": {"DomainId": NO_ID, "WatchlistId": NO_ID, "FraudsterId": NO_GENERATED_ID},
    "CreateDomain": {"Name": "n", "ServerSideEncryptionConfiguration": {"KmsKeyId": KEY}},
    "CreateWatchlist": {"DomainId": NO_ID, "Name": "n"},
    "DeleteDomain": {"DomainId": NO_ID},
    "DeleteFraudster": {"DomainId": NO_ID, "FraudsterId": NO_GENERATED_ID},
    "DeleteSpeaker": {"DomainId": NO_ID, "SpeakerId": "s"},
    "DeleteWatchlist": {"DomainId": NO_ID, "WatchlistId": NO_ID},
    "DescribeDomain": {"DomainId": NO_ID},
    "DescribeFraudster": {"DomainId": NO_ID, "FraudsterId": NO_GENERATED_ID},
    "DescribeFraudsterRegistrationJob": {"DomainId": NO_ID, "JobId": NO_ID},
    "DescribeSpeaker": {"DomainId": NO_ID, "SpeakerId": "s"},
    "DescribeSpeakerEnrollmentJob": {"DomainId": NO_ID, "JobId": NO_ID},
    "DescribeWatchlist": {"DomainId": NO_ID, "WatchlistId": NO_ID},
    "DisassociateFraudster": {"DomainId": NO_ID, "WatchlistId": NO_ID, "FraudsterId": NO_GENERATED_ID},
    "EvaluateSession": {"DomainId": NO_ID, "SessionNameOrId": "s"},
    "ListDomains": {},
    "ListFraudsterRegistrationJobs": {"DomainId": NO_ID},
    "ListFraudsters": {"DomainId": NO_ID},
    "ListSpeakerEnrollmentJobs": {"DomainId": NO_ID},
    "ListSpeakers": {"DomainId": NO_ID},
    "ListTagsForResource": {"ResourceArn": f"arn:aws:voiceid:us-east-1:123456789012:domain/{NO_ID}"},
    "ListWatchlists": {"DomainId": NO_ID},
    "OptOutSpeaker": {"DomainId": NO_ID, "SpeakerId": "s"},
    "StartFraudsterRegistrationJob": {
        "DomainId": NO_ID,
        "DataAccessRoleArn": ROLE,
        "InputDataConfig": {"S3Uri": "s3://jobs/in"},
        "OutputDataConfig": {"S3Uri": "s3://jobs/out"},
    },
    "StartSpeakerEnrollmentJob": {
        "DomainId": NO_ID,
        "DataAccessRoleArn": ROLE,
        "InputDataConfig": {"S3Uri": "s3://jobs/in"},
        "OutputDataConfig": {"S3Uri": "s3://jobs/out"},
    },
    "TagResource": {
        "ResourceArn": f"arn:aws:voiceid:us-east-1:123456789012:domain/{NO_ID}",
        "Tags": [{"Key": "k", "Value": "v"}],
    },
    "UntagResource": {
        "ResourceArn": f"arn:aws:voiceid:us-east-1:123456789012:domain/{NO_ID}",
        "TagKeys": ["k"],
    },
    "UpdateDomain": {"DomainId": NO_ID, "Name": "n", "ServerSideEncryptionConfiguration": {"KmsKeyId": KEY}},
    "UpdateWatchlist": {"DomainId": NO_ID, "WatchlistId": NO_ID},
}

_IN_A_DOMAIN: Final = tuple(sorted(set(VALID) - {"CreateDomain", "ListDomains"}))
_ON_ACTIVE: Final = tuple(
    operation for operation in _IN_A_DOMAIN if operation not in {"DeleteDomain", "DescribeDomain"}
)
_WITH_KEY: Final = tuple(operation for operation in _IN_A_DOMAIN if operation != "UpdateDomain")


def in_domain(operation: str, domain: str) -> Members:
    """Return a valid request about this domain."""
    members = dict(VALID[operation])
    if "DomainId" in members:
        members["DomainId"] = domain
    elif "ResourceArn" in members:
        members["ResourceArn"] = f"arn:aws:voiceid:us-east-1:123456789012:domain/{domain}"
    return members


# Requests that break the model's rules


def _breaks(operation: str, says: str, **members: Any) -> Check:
    def check(stage: Stage) -> None:
        error = stage.error(operation, **{**VALID[operation], **members})
        assert error.code == "ValidationException"
        assert error.message.startswith("1 validation error detected: ")
        assert says in error.message, error.message

    return check


def _requires(operation: str, member: str) -> Check:
    def check(stage: Stage) -> None:
        members = {name: value for name, value in VALID[operation].items() if name != member}
        error = stage.error(operation, **members)
        assert error.code == "ValidationException"
        place = member[0].lower() + member[1:]
        assert f"Value at '{place}' failed to satisfy constraint: Member must not be null" in error.message

    return check


_family(
    {
        f"{operation} requires {member}": _requires(operation, member)
        for operation in service_model.operation_names()
        for member in service_model.shape(service_model.operation(operation)["input"]["shape"]).get(
            "required", []
        )
    },
    MODEL,
)

_TOO_SHORT = "Member must have length greater than or equal to {}".format
_TOO_LONG = "Member must have length less than or equal to {}".format
_TOO_SMALL = "Member must have value greater than or equal to {}".format
_TOO_LARGE = "Member must have value less than or equal to {}".format
_PATTERN = "Member must satisfy regular expression pattern: "
_ENUM = "Member must satisfy enum value set: [{}]".format
_TAG = {"Key": "k", "Value": "v"}

_family(
    {
        "a name has at most 256 characters": _breaks("CreateDomain", _TOO_LONG(256), Name="n" * 257),
        "a description is not empty": _breaks("CreateDomain", _TOO_SHORT(1), Description=""),
        "a key id is not empty": _breaks(
            "CreateDomain", _TOO_SHORT(1), ServerSideEncryptionConfiguration={"KmsKeyId": ""}
        ),
        "a name starts with a letter or digit": _breaks("CreateDomain", _PATTERN, Name="-name"),
        "a name has no spaces": _breaks("UpdateDomain", _PATTERN, Name="a name"),
        "a watchlist's name has at most 256 characters": _breaks(
            "CreateWatchlist", _TOO_LONG(256), Name="n" * 257
        ),
        "a watchlist's new name keeps the pattern": _breaks("UpdateWatchlist", _PATTERN, Name="a/b"),
        "a job's name keeps the pattern": _breaks("StartSpeakerEnrollmentJob", _PATTERN, JobName="a job"),
        "a description has at most 1024 characters": _breaks(
            "CreateDomain", _TOO_LONG(1024), Description="d" * 1025
        ),
        "a description has no angle brackets": _breaks("CreateDomain", _PATTERN, Description="<b>"),
        "a watchlist's description has no quotes": _breaks("CreateWatchlist", _PATTERN, Description='"'),
        "a key id has at most 2048 characters": _breaks(
            "CreateDomain", _TOO_LONG(2048), ServerSideEncryptionConfiguration={"KmsKeyId": "k" * 2049}
        ),
        "a client token has at most 64 characters": _breaks(
            "CreateDomain", _TOO_LONG(64), ClientToken="t" * 65
        ),
        "a client token has no spaces": _breaks("CreateWatchlist", _PATTERN, ClientToken="a token"),
        "a request has at most 200 tags": _breaks("TagResource", _TOO_LONG(200), Tags=[_TAG] * 201),
        "a request has at most 200 tag keys": _breaks("UntagResource", _TOO_LONG(200), TagKeys=["k"] * 201),
        "a tag key has at most 128 characters": _breaks(
            "TagResource", "Value at 'tags.1.member.key'", Tags=[{"Key": "k" * 129, "Value": "v"}]
        ),
        "a tag key keeps the pattern": _breaks(
            "CreateDomain", "Value at 'tags.2.member.key'", Tags=[_TAG, {"Key": "k#", "Value": "v"}]
        ),
        "a tag value has at most 256 characters": _breaks(
            "TagResource", _TOO_LONG(256), Tags=[{"Key": "k", "Value": "v" * 257}]
        ),
        "a resource is named by the ARN of a domain": _breaks(
            "ListTagsForResource", _PATTERN, ResourceArn="arn:aws:s3:::bucket"
        ),
        "a domain id has no other characters than letters and digits": _breaks(
            "DescribeDomain", _PATTERN, DomainId="-" * 22
        ),
        "a speaker id has at most 256 characters": _breaks(
            "DescribeSpeaker", _TOO_LONG(256), SpeakerId="s" * 257
        ),
        "a speaker id of the customer's has no dots": _breaks("OptOutSpeaker", _PATTERN, SpeakerId="a.b"),
        "a generated speaker id has 22 characters after id#": _breaks(
            "DeleteSpeaker", _PATTERN, SpeakerId="id#short"
        ),
        "a fraudster id starts with id#": _breaks("DescribeFraudster", _PATTERN, FraudsterId="f" * 25),
        "a session name or id has at most 36 characters": _breaks(
            "EvaluateSession", _TOO_LONG(36), SessionNameOrId="s" * 37
        ),
        "a session name has no dots": _breaks("EvaluateSession", _PATTERN, SessionNameOrId="a.b"),
        "ListDomains gives at most 10": _breaks("ListDomains", _TOO_LARGE(10), MaxResults=11),
        "the other lists give at most 100": _breaks("ListSpeakers", _TOO_LARGE(100), MaxResults=101),
        "a list gives at least one": _breaks("ListWatchlists", _TOO_SMALL(1), MaxResults=0),
        "a page token is ASCII": _breaks("ListFraudsters", _PATTERN, NextToken="\u00e9"),
        "an S3 URI has at most 1024 characters": _breaks(
            "StartSpeakerEnrollmentJob",
            _TOO_LONG(1024),
            InputDataConfig={"S3Uri": "s3://bucket/" + "k" * 1013},
        ),
        "an S3 URI starts with s3://": _breaks(
            "StartSpeakerEnrollmentJob", "'inputDataConfig.s3Uri'", InputDataConfig={"S3Uri": "https://b/k"}
        ),
        "a bucket's name is in lower case": _breaks(
            "StartSpeakerEnrollmentJob",
            "'outputDataConfig.s3Uri'",
            OutputDataConfig={"S3Uri": "s3://Bucket/k"},
        ),
        "the role is named by its ARN": _breaks(
            "StartFraudsterRegistrationJob", _PATTERN, DataAccessRoleArn="arn:aws:iam::1:role/x-y-z"
        ),
        "a job status to list is one of five": _breaks(
            "ListSpeakerEnrollmentJobs",
            _ENUM("SUBMITTED, IN_PROGRESS, COMPLETED, COMPLETED_WITH_ERRORS, FAILED"),
            JobStatus="DONE",
        ),
        "an existing enrollment is skipped or overwritten": _breaks(
            "StartSpeakerEnrollmentJob",
            _ENUM("SKIP, OVERWRITE"),
            EnrollmentConfig={"ExistingEnrollmentAction": "MERGE"},
        ),
        "a risky enrollment is ignored or fails": _breaks(
            "StartSpeakerEnrollmentJob",
            _ENUM("IGNORE, FAIL"),
            EnrollmentConfig={"FraudDetectionConfig": {"FraudDetectionAction": "WARN"}},
        ),
        "a duplicate fraudster is skipped or registered as new": _breaks(
            "StartFraudsterRegistrationJob",
            _ENUM("SKIP, REGISTER_AS_NEW"),
            RegistrationConfig={"DuplicateRegistrationAction": "OVERWRITE"},
        ),
        "a threshold is at most 100": _breaks(
            "StartFraudsterRegistrationJob",
            _TOO_LARGE(100),
            RegistrationConfig={"FraudsterSimilarityThreshold": 101},
        ),
        "a threshold is at least 0": _breaks(
            "StartSpeakerEnrollmentJob",
            _TOO_SMALL(0),
            EnrollmentConfig={"FraudDetectionConfig": {"RiskThreshold": -1}},
        ),
        "a job screens against at least one watchlist": _breaks(
            "StartSpeakerEnrollmentJob",
            _TOO_SHORT(1),
            EnrollmentConfig={"FraudDetectionConfig": {"WatchlistIds": []}},
        ),
        "a job registers on at most one watchlist": _breaks(
            "StartFraudsterRegistrationJob",
            _TOO_LONG(1),
            RegistrationConfig={"WatchlistIds": [NO_ID, NO_ID]},
        ),
    },
    MODEL,
)


@rule("a refused request is told everything that is wrong with it", CHOICE)
def _(stage: Stage) -> None:
    error = stage.error("CreateWatchlist", DomainId="short", Name="a name")
    assert error.message.startswith("3 validation errors detected: Value at 'domainId' failed")
    assert "Value at 'name'" in error.message


@rule("a refusal never repeats what was sent", CHOICE)
def _(stage: Stage) -> None:
    error = stage.error("DescribeSpeaker", DomainId=NO_ID, SpeakerId="Jane Doe, Boston")
    assert "Jane" not in error.message


@rule("letters of every language may stand in a description", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain(Description="Pr\u00fcfung \u65e5\u672c\u8a9e 100%")
    assert stage.describe(domain)["Description"] == "Pr\u00fcfung \u65e5\u672c\u8a9e 100%"


# Domains that do not exist, are suspended, or have lost their key


def _no_domain(operation: str) -> Check:
    def check(stage: Stage) -> None:
        error = stage.error(operation, **VALID[operation])
        assert (error.code, error.resource_type) == ("ResourceNotFoundException", "DOMAIN")

    return check


def _suspended(operation: str) -> Check:
    def check(stage: Stage) -> None:
        domain = stage.domain()
        stage.call("DeleteDomain", DomainId=domain)
        error = stage.error(operation, **in_domain(operation, domain))
        assert (error.code, error.conflict_type) == ("ConflictException", "DOMAIN_NOT_ACTIVE")
        assert error.message == "The domain is not active."

    return check


def _without_key(operation: str) -> Check:
    def check(stage: Stage) -> None:
        domain = stage.domain()
        stage.service.disable_key(KEY)
        assert stage.error(operation, **in_domain(operation, domain)).code == "AccessDeniedException"

    return check


_family(
    {f"{operation} needs a domain that exists": _no_domain(operation) for operation in _IN_A_DOMAIN}, MODEL
)
_family({f"{operation} needs an active domain": _suspended(operation) for operation in _ON_ACTIVE}, GUIDE)
_family({f"{operation} needs the domain's key": _without_key(operation) for operation in _WITH_KEY}, GUIDE)


@rule("ListDomains needs the keys of the domains on the page", GUIDE)
def _(stage: Stage) -> None:
    stage.domain(ServerSideEncryptionConfiguration={"KmsKeyId": OTHER_KEY})
    assert len(stage.call("ListDomains")["DomainSummaries"]) == 1
    stage.domain()
    stage.service.disable_key(KEY)
    assert stage.call("ListDomains", MaxResults=1)["DomainSummaries"]
    assert stage.error("ListDomains").code == "AccessDeniedException"


@rule("UpdateDomain gives a domain whose key came back another key", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.service.disable_key(KEY)
    assert _change_key(stage, domain, OTHER_KEY)["Name"] == "n"
    assert stage.error("DescribeDomain", DomainId=domain).code == "AccessDeniedException"
    stage.service.enable_key(KEY)
    eventually(stage, 302)
    stage.service.disable_key(KEY)
    assert stage.describe(domain)["ServerSideEncryptionConfiguration"]["KmsKeyId"] == OTHER_KEY


# Domains


@rule("a new domain is active at once", HANDLER)
def _(stage: Stage) -> None:
    assert stage.describe(stage.domain())["DomainStatus"] == "ACTIVE"


@rule(
    "a domain that takes time to activate is PENDING until then", CHOICE, timing=Timing(domain_activation=60)
)
def _(stage: Stage) -> None:
    domain = stage.domain()
    assert stage.describe(domain)["DomainStatus"] == "PENDING"
    assert stage.error("CreateWatchlist", DomainId=domain, Name="n").conflict_type == "DOMAIN_NOT_ACTIVE"
    eventually(stage, 60)
    assert stage.describe(domain)["DomainStatus"] == "ACTIVE"


@rule("a PENDING domain can be deleted, and stays so", CHOICE, timing=Timing(domain_activation=60))
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call("DeleteDomain", DomainId=domain)
    eventually(stage, 60)
    assert stage.describe(domain)["DomainStatus"] == "SUSPENDED"


@rule("a domain's ARN has region, account and id", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    assert stage.describe(domain)["Arn"] == f"arn:aws:voiceid:us-east-1:123456789012:domain/{domain}"


@rule("CreateDomain creates the default watchlist", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    (watchlist,) = stage.call("ListWatchlists", DomainId=domain)["WatchlistSummaries"]
    assert watchlist["DefaultWatchlist"] is True
    assert watchlist["WatchlistId"] == stage.default_watchlist(domain)


@rule("the default watchlist has a name and a description", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    members = {"DomainId": domain, "WatchlistId": stage.default_watchlist(domain)}
    watchlist = stage.call("DescribeWatchlist", **members)["Watchlist"]
    assert watchlist["Name"]
    assert watchlist["Description"]


@rule("a key alias is answered with a key's ARN", GUIDE)
def _(stage: Stage) -> None:
    key = stage.describe(stage.domain(ServerSideEncryptionConfiguration={"KmsKeyId": "alias/voice"}))
    assert key["ServerSideEncryptionConfiguration"]["KmsKeyId"].startswith(
        "arn:aws:kms:us-east-1:123456789012:key/"
    )


@rule("the same alias is the same key", CHOICE)
def _(stage: Stage) -> None:
    keys = [
        stage.describe(stage.domain(ServerSideEncryptionConfiguration={"KmsKeyId": name}))
        for name in ("alias/voice", "arn:aws:kms:us-east-1:123456789012:alias/voice")
    ]
    assert keys[0]["ServerSideEncryptionConfiguration"] == keys[1]["ServerSideEncryptionConfiguration"]


@rule("a key id is answered with the key's ARN", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain(ServerSideEncryptionConfiguration={"KmsKeyId": KEY.rpartition("/")[2]})
    assert stage.describe(domain)["ServerSideEncryptionConfiguration"]["KmsKeyId"] == KEY


@rule("what is no key id, ARN or alias is refused", CHOICE)
def _(stage: Stage) -> None:
    content = {"Name": "n", "ServerSideEncryptionConfiguration": {"KmsKeyId": "not a key"}}
    assert stage.error("CreateDomain", **content).code == "ValidationException"


@rule("CreateDomain needs a key that can be used", GUIDE)
def _(stage: Stage) -> None:
    stage.service.disable_key(KEY)
    assert stage.error("CreateDomain", **VALID["CreateDomain"]).code == "AccessDeniedException"


@rule("CreateDomain needs the account's consent", CHOICE, compliance_consent=False)
def _(stage: Stage) -> None:
    error = stage.error("CreateDomain", **VALID["CreateDomain"])
    assert (error.code, error.resource_type) == ("ResourceNotFoundException", "COMPLIANCE_CONSENT")


@rule("an account that registers its consent can create domains", GUIDE, compliance_consent=False)
def _(stage: Stage) -> None:
    stage.service.register_compliance_consent()
    assert stage.describe(stage.domain())["DomainStatus"] == "ACTIVE"


@rule("every request is denied after the end of the service", OBSERVED)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.service.faults.end_of_service()
    for operation in VALID:
        error = stage.error(operation, **in_domain(operation, domain))
        assert error.code == "AccessDeniedException"
        assert error.message == "New customer access is no longer available"
    stage.service.faults.clear()
    assert stage.describe(domain)["DomainStatus"] == "ACTIVE"


@rule("two domains may have one name", CHOICE)
def _(stage: Stage) -> None:
    assert stage.domain(Name="same") != stage.domain(Name="same")


@rule("a description that was not given is absent", MODEL)
def _(stage: Stage) -> None:
    assert "Description" not in stage.describe(stage.domain())


@rule("CreateDomain and DescribeDomain give the same domain", MODEL)
def _(stage: Stage) -> None:
    created = stage.call("CreateDomain", **VALID["CreateDomain"])["Domain"]
    assert stage.describe(created["DomainId"]) == created


@rule("ListDomains gives whole domains", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain(Description="all of it")
    assert stage.call("ListDomains")["DomainSummaries"] == [stage.describe(domain)]


@rule("UpdateDomain removes a description that is left out", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain(Description="gone soon")
    stage.call(
        "UpdateDomain", DomainId=domain, Name="new", ServerSideEncryptionConfiguration={"KmsKeyId": KEY}
    )
    described = stage.describe(domain)
    assert described["Name"] == "new"
    assert "Description" not in described


@rule("UpdateDomain replaces the name and the description", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain(Name="first", Description="d")
    changes = {**in_domain("UpdateDomain", domain), "Name": "second", "Description": "e"}
    stage.call("UpdateDomain", **changes)
    described = stage.describe(domain)
    assert (described["Name"], described["Description"]) == ("second", "e")


@rule("UpdateDomain moves UpdatedAt and not CreatedAt", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    before = stage.describe(domain)
    eventually(stage, 7)
    stage.call("UpdateDomain", **in_domain("UpdateDomain", domain))
    after = stage.describe(domain)
    assert after["CreatedAt"] == before["CreatedAt"]
    assert after["UpdatedAt"] == before["UpdatedAt"] + 7


@rule("DeleteDomain suspends the domain, and it can still be described", HANDLER)
def _(stage: Stage) -> None:
    domain = stage.domain()
    assert stage.call("DeleteDomain", DomainId=domain) == {}
    assert stage.describe(domain)["DomainStatus"] == "SUSPENDED"


@rule("ListDomains lists suspended domains", HANDLER)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call("DeleteDomain", DomainId=domain)
    assert [one["DomainId"] for one in stage.call("ListDomains")["DomainSummaries"]] == [domain]


@rule("a suspended domain is erased after 30 days", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="s")
    stage.call("DeleteDomain", DomainId=domain)
    eventually(stage, 30 * DAY - 1)
    assert stage.describe(domain)["DomainStatus"] == "SUSPENDED"
    eventually(stage, 1)
    assert stage.error("DescribeDomain", DomainId=domain).resource_type == "DOMAIN"
    assert stage.call("ListDomains")["DomainSummaries"] == []


@rule("a domain is restored with all its data within 30 days", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="s")
    stage.call("DeleteDomain", DomainId=domain)
    eventually(stage, 30 * DAY - 1)
    stage.service.restore_domain(domain)
    eventually(stage, DAY)
    assert stage.describe(domain)["DomainStatus"] == "ACTIVE"
    assert stage.speaker(domain, "s")["Status"] == "OPTED_OUT"


@rule("a change of key goes on when its domain is restored", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    _change_key(stage, domain, OTHER_KEY)
    stage.call("DeleteDomain", DomainId=domain)
    eventually(stage, DAY)
    stage.service.restore_domain(domain)
    eventually(stage, 2)
    assert _encryption(stage, domain)["UpdateStatus"] == "COMPLETED"


@rule("only a suspended domain that is not erased can be restored", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    with refused_call("ValidationException", says="not suspended"):
        stage.service.restore_domain(domain)
    stage.call("DeleteDomain", DomainId=domain)
    eventually(stage, 30 * DAY)
    with refused_call("ResourceNotFoundException", resource_type="DOMAIN"):
        stage.service.restore_domain(domain)


@rule("deleting a suspended domain again changes nothing", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call("DeleteDomain", DomainId=domain)
    eventually(stage, 10 * DAY)
    assert stage.call("DeleteDomain", DomainId=domain) == {}
    eventually(stage, 20 * DAY)
    assert stage.error("DescribeDomain", DomainId=domain).resource_type == "DOMAIN"


# Keys


def _change_key(stage: Stage, domain: str, key: str) -> Members:
    content = {"DomainId": domain, "Name": "n", "ServerSideEncryptionConfiguration": {"KmsKeyId": key}}
    updated: Members = stage.call("UpdateDomain", **content)["Domain"]
    return updated


def _encryption(stage: Stage, domain: str) -> Members:
    details: Members = stage.describe(domain)["ServerSideEncryptionUpdateDetails"]
    return details


@rule("a domain whose key never changed says nothing of a change", HANDLER)
def _(stage: Stage) -> None:
    domain = stage.domain()
    _change_key(stage, domain, KEY)
    assert "ServerSideEncryptionUpdateDetails" not in stage.describe(domain)


@rule("a change of key goes on after UpdateDomain has answered", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    updated = _change_key(stage, domain, OTHER_KEY)
    assert updated["ServerSideEncryptionConfiguration"]["KmsKeyId"] == OTHER_KEY
    assert updated["ServerSideEncryptionUpdateDetails"] == {"OldKmsKeyId": KEY, "UpdateStatus": "IN_PROGRESS"}


@rule("a change of key is completed in its time", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    _change_key(stage, domain, OTHER_KEY)
    eventually(stage, 2)
    assert _encryption(stage, domain) == {"OldKmsKeyId": KEY, "UpdateStatus": "COMPLETED"}


@rule("no other key while a change of key is going on", HANDLER)
def _(stage: Stage) -> None:
    domain = stage.domain()
    _change_key(stage, domain, OTHER_KEY)
    members = in_domain("UpdateDomain", domain)
    error = stage.error("UpdateDomain", **members)
    assert (error.code, error.conflict_type) == (
        "ConflictException",
        "DOMAIN_LOCKED_FROM_ENCRYPTION_UPDATES",
    )


@rule("a new name is welcome while a change of key is going on", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    _change_key(stage, domain, OTHER_KEY)
    _change_key(stage, domain, OTHER_KEY)
    assert _encryption(stage, domain)["UpdateStatus"] == "IN_PROGRESS"


@rule("a change of key is tried again after 5 minutes", HANDLER)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.service.disable_key(OTHER_KEY)
    _change_key(stage, domain, OTHER_KEY)
    eventually(stage, 200)
    stage.service.enable_key(OTHER_KEY)
    assert _encryption(stage, domain)["UpdateStatus"] == "IN_PROGRESS"
    eventually(stage, 102)
    assert _encryption(stage, domain)["UpdateStatus"] == "COMPLETED"


@rule("a change of key fails when the third attempt, after 15 minutes, fails", HANDLER)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.service.disable_key(OTHER_KEY)
    _change_key(stage, domain, OTHER_KEY)
    eventually(stage, 901)
    assert _encryption(stage, domain)["UpdateStatus"] == "IN_PROGRESS"
    eventually(stage, 1)
    failed = _encryption(stage, domain)
    assert (failed["UpdateStatus"], failed["OldKmsKeyId"]) == ("FAILED", KEY)
    assert failed["Message"]


@rule("a change of key fails without the old key too", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    _change_key(stage, domain, OTHER_KEY)
    stage.service.disable_key(KEY)
    eventually(stage, 902)
    stage.service.enable_key(KEY)
    assert _encryption(stage, domain)["UpdateStatus"] == "FAILED"


@rule("naming the key again tries a failed change again", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.service.disable_key(OTHER_KEY)
    _change_key(stage, domain, OTHER_KEY)
    eventually(stage, 902)
    stage.service.enable_key(OTHER_KEY)
    _change_key(stage, domain, OTHER_KEY)
    eventually(stage, 2)
    assert _encryption(stage, domain) == {"OldKmsKeyId": KEY, "UpdateStatus": "COMPLETED"}


@rule("the old key is needed until a change is complete, and not after", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    _change_key(stage, domain, OTHER_KEY)
    stage.service.disable_key(KEY)
    assert stage.error("ListSpeakers", DomainId=domain).code == "AccessDeniedException"
    stage.service.enable_key(KEY)
    eventually(stage, 2)
    stage.service.disable_key(KEY)
    assert stage.call("ListSpeakers", DomainId=domain) == {"SpeakerSummaries": []}


# Tags


def _tags(stage: Stage, domain: str) -> dict[str, str]:
    kept = stage.call("ListTagsForResource", ResourceArn=stage.describe(domain)["Arn"])["Tags"]
    return {tag["Key"]: tag["Value"] for tag in kept}


@rule("CreateDomain keeps tags", MODEL)
def _(stage: Stage) -> None:
    assert _tags(stage, stage.domain(Tags=[{"Key": "team", "Value": "a"}])) == {"team": "a"}


@rule("TagResource adds tags and replaces values", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain(Tags=[{"Key": "team", "Value": "a"}, {"Key": "kept", "Value": ""}])
    arn = stage.describe(domain)["Arn"]
    tags = [{"Key": "team", "Value": "b"}, {"Key": "new", "Value": "c"}]
    assert stage.call("TagResource", ResourceArn=arn, Tags=tags) == {}
    assert _tags(stage, domain) == {"team": "b", "kept": "", "new": "c"}


@rule("UntagResource takes the tags that are there", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain(Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    stage.call("UntagResource", ResourceArn=stage.describe(domain)["Arn"], TagKeys=["a", "unknown"])
    assert _tags(stage, domain) == {"b": "2"}


@rule("tag keys tell upper from lower case", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain(Tags=[{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}])
    assert _tags(stage, domain) == {"a": "1", "A": "2"}


@rule("a key stands in a request once", CHOICE)
def _(stage: Stage) -> None:
    twice = [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]
    error = stage.error("CreateDomain", **VALID["CreateDomain"], Tags=twice)
    assert error.code == "ValidationException"
    assert "more than once" in error.message


@rule("other keys that start with aws: are reserved", GUIDE)
def _(stage: Stage) -> None:
    reserved = [{"Key": "AWS:a", "Value": "1"}]
    error = stage.error("CreateDomain", **VALID["CreateDomain"], Tags=reserved)
    assert error.code == "ValidationException"
    assert "reserved" in error.message


_SYSTEM_TAGS: Final = [
    {"Key": f"aws:cloudformation:{name}", "Value": "v"} for name in ("stack-name", "stack-id", "logical-id")
]


@rule("CloudFormation's system tags are kept, shown, and not removed", HANDLER)
def _(stage: Stage) -> None:
    domain = stage.domain(Tags=[*_SYSTEM_TAGS, _TAG])
    assert _tags(stage, domain) == {tag["Key"]: tag["Value"] for tag in (*_SYSTEM_TAGS, _TAG)}
    arn = stage.describe(domain)["Arn"]
    keys = [_SYSTEM_TAGS[0]["Key"]]
    assert stage.error("UntagResource", ResourceArn=arn, TagKeys=keys).code == "ValidationException"


@rule("system tags do not count against the quota of tags", GUIDE, quotas=Quotas(rates={}))
def _(stage: Stage) -> None:
    tags = [{"Key": f"k{number}", "Value": ""} for number in range(50)]
    assert len(_tags(stage, stage.domain(Tags=[*tags, *_SYSTEM_TAGS]))) == 53


@rule("CloudFormation creates, reads, updates, lists and deletes a domain", HANDLER)
def _(stage: Stage) -> None:
    key = {"ServerSideEncryptionConfiguration": {"KmsKeyId": KEY}}
    created = stage.call("CreateDomain", Name="n", Description="d", Tags=[*_SYSTEM_TAGS, _TAG], **key)
    domain, arn = created["Domain"]["DomainId"], created["Domain"]["Arn"]
    assert created["Domain"]["DomainStatus"] == "ACTIVE"
    assert len(stage.call("ListTagsForResource", ResourceArn=arn)["Tags"]) == 4
    # An update changes the domain, waits for the change of key, and then changes the tags of the template.
    stage.call(
        "UpdateDomain",
        DomainId=domain,
        Name="other",
        ServerSideEncryptionConfiguration={"KmsKeyId": OTHER_KEY},
    )
    eventually(stage, 60)
    assert stage.describe(domain)["ServerSideEncryptionUpdateDetails"]["UpdateStatus"] == "COMPLETED"
    stage.call("UntagResource", ResourceArn=arn, TagKeys=[_TAG["Key"]])
    stage.call("TagResource", ResourceArn=arn, Tags=[{"Key": "other", "Value": "v"}])
    assert _tags(stage, domain).keys() == {*(tag["Key"] for tag in _SYSTEM_TAGS), "other"}
    assert [one["Name"] for one in stage.call("ListDomains")["DomainSummaries"]] == ["other"]
    # A deleted domain is one that is suspended: it is not found by reads, and left out of lists.
    stage.call("DeleteDomain", DomainId=domain)
    assert stage.describe(domain)["DomainStatus"] == "SUSPENDED"
    assert [one["DomainStatus"] for one in stage.call("ListDomains")["DomainSummaries"]] == ["SUSPENDED"]


@rule("a domain has at most 200 tags", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain(Tags=[{"Key": f"k{number}", "Value": ""} for number in range(200)])
    arn = stage.describe(domain)["Arn"]
    assert stage.error("TagResource", ResourceArn=arn, Tags=[_TAG]).code == "ValidationException"
    assert len(_tags(stage, domain)) == 200


@rule("a domain has at most 50 tags when quotas are on", GUIDE, quotas=Quotas(rates={}))
def _(stage: Stage) -> None:
    tags = [{"Key": f"k{number}", "Value": ""} for number in range(51)]
    assert stage.error("CreateDomain", **VALID["CreateDomain"], Tags=tags).code == "ValidationException"


@rule("a domain of another account or region is not found", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    for arn in (
        f"arn:aws:voiceid:us-east-1:999999999999:domain/{domain}",
        f"arn:aws:voiceid:eu-west-2:123456789012:domain/{domain}",
    ):
        assert stage.error("ListTagsForResource", ResourceArn=arn).resource_type == "DOMAIN"


# Client tokens


@rule("the same request with the same token is done once", MODEL)
def _(stage: Stage) -> None:
    assert stage.domain(ClientToken="t") == stage.domain(ClientToken="t")
    assert len(stage.call("ListDomains")["DomainSummaries"]) == 1


@rule("another request with the same token is refused", CHOICE)
def _(stage: Stage) -> None:
    stage.domain(ClientToken="t")
    content = {**VALID["CreateDomain"], "Name": "other", "ClientToken": "t"}
    assert stage.error("CreateDomain", **content).code == "ValidationException"


@rule("the first answer is given again, whatever happened since", CHOICE)
def _(stage: Stage) -> None:
    content = {**VALID["CreateDomain"], "ClientToken": "t"}
    first = stage.call("CreateDomain", **content)
    stage.call("DeleteDomain", DomainId=first["Domain"]["DomainId"])
    assert stage.call("CreateDomain", **content) == first


@rule("a token belongs to its operation and domain", CHOICE)
def _(stage: Stage) -> None:
    domains = stage.domain(ClientToken="t"), stage.domain()
    assert len({stage.watchlist(domain, ClientToken="t") for domain in domains}) == 2


@rule("tokens tell upper from lower case", MODEL)
def _(stage: Stage) -> None:
    assert stage.domain(ClientToken="token") != stage.domain(ClientToken="TOKEN")


@rule("a token is forgotten after 24 hours", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain(ClientToken="t")
    eventually(stage, DAY)
    assert stage.domain(ClientToken="t") != domain


@rule("a refused request does not use up its token", CHOICE)
def _(stage: Stage) -> None:
    stage.service.disable_key(KEY)
    content = {**VALID["CreateDomain"], "ClientToken": "t"}
    stage.error("CreateDomain", **content)
    stage.service.enable_key(KEY)
    assert stage.call("CreateDomain", **content)["Domain"]["DomainStatus"] == "ACTIVE"


@rule("a job is started once for a token", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    started = [stage.start_enrollments(domain, ClientToken="t") for _ in range(2)]
    assert started[0] == started[1]


# Pages


def _pages(stage: Stage, operation: str, key: str, **members: Any) -> list[list[Members]]:
    pages: list[list[Members]] = []
    token: Members = {}
    while True:
        response = stage.call(operation, **members, **token)
        pages.append(response[key])
        if "NextToken" not in response:
            return pages
        token = {"NextToken": response["NextToken"]}


def _speakers(stage: Stage, count: int) -> str:
    domain = stage.domain()
    for number in range(count):
        stage.call("OptOutSpeaker", DomainId=domain, SpeakerId=f"s{number}")
    return domain


@rule("pages hold as many as asked for, and the last one has no token", MODEL)
def _(stage: Stage) -> None:
    pages = _pages(stage, "ListSpeakers", "SpeakerSummaries", DomainId=_speakers(stage, 5), MaxResults=2)
    assert [len(page) for page in pages] == [2, 2, 1]


@rule("a full last page has no token", CHOICE)
def _(stage: Stage) -> None:
    pages = _pages(stage, "ListSpeakers", "SpeakerSummaries", DomainId=_speakers(stage, 4), MaxResults=2)
    assert [len(page) for page in pages] == [2, 2]


@rule("lists are in the order of creation", CHOICE)
def _(stage: Stage) -> None:
    pages = _pages(stage, "ListSpeakers", "SpeakerSummaries", DomainId=_speakers(stage, 5), MaxResults=3)
    assert [one["CustomerSpeakerId"] for page in pages for one in page] == ["s0", "s1", "s2", "s3", "s4"]


@rule("a page holds 100 unless asked otherwise", MODEL)
def _(stage: Stage) -> None:
    pages = _pages(stage, "ListSpeakers", "SpeakerSummaries", DomainId=_speakers(stage, 101))
    assert [len(page) for page in pages] == [100, 1]


@rule("a page of domains holds 10 unless asked otherwise", CHOICE)
def _(stage: Stage) -> None:
    for _ in range(11):
        stage.domain()
    assert [len(page) for page in _pages(stage, "ListDomains", "DomainSummaries")] == [10, 1]


@rule("what is deleted between two pages makes no page skip or repeat", CHOICE)
def _(stage: Stage) -> None:
    domain = _speakers(stage, 4)
    first = stage.call("ListSpeakers", DomainId=domain, MaxResults=2)
    stage.call("DeleteSpeaker", DomainId=domain, SpeakerId="s0")
    rest = stage.call("ListSpeakers", DomainId=domain, MaxResults=2, NextToken=first["NextToken"])
    assert [one["CustomerSpeakerId"] for one in rest["SpeakerSummaries"]] == ["s2", "s3"]


@rule("the page size may change from page to page", CHOICE)
def _(stage: Stage) -> None:
    domain = _speakers(stage, 4)
    first = stage.call("ListSpeakers", DomainId=domain, MaxResults=1)
    rest = stage.call("ListSpeakers", DomainId=domain, MaxResults=3, NextToken=first["NextToken"])
    assert len(rest["SpeakerSummaries"]) == 3


@rule("a page token expires after 24 hours", MODEL)
def _(stage: Stage) -> None:
    domain = _speakers(stage, 2)
    token = stage.call("ListSpeakers", DomainId=domain, MaxResults=1)["NextToken"]
    eventually(stage, DAY - 1)
    assert stage.call("ListSpeakers", DomainId=domain, NextToken=token)["SpeakerSummaries"]
    eventually(stage, 1)
    assert stage.error("ListSpeakers", DomainId=domain, NextToken=token).code == "ValidationException"


@rule("a page token is good for its own request alone", MODEL)
def _(stage: Stage) -> None:
    domain, other = _speakers(stage, 2), stage.domain()
    token = stage.call("ListSpeakers", DomainId=domain, MaxResults=1)["NextToken"]
    for operation, about in (("ListSpeakers", other), ("ListWatchlists", domain)):
        assert stage.error(operation, DomainId=about, NextToken=token).code == "ValidationException"


@rule("a page token of one's own making is refused", CHOICE)
def _(stage: Stage) -> None:
    domain = _speakers(stage, 2)
    token = stage.call("ListSpeakers", DomainId=domain, MaxResults=1)["NextToken"]
    for forged in ("token", "\x7f", "A" + token[1:], "A" * 44):
        error = stage.error("ListSpeakers", DomainId=domain, NextToken=forged)
        assert error.code == "ValidationException"


@rule("an empty page token is none", CHOICE)
def _(stage: Stage) -> None:
    domain = _speakers(stage, 1)
    assert len(stage.call("ListSpeakers", DomainId=domain, NextToken="")["SpeakerSummaries"]) == 1


@rule("an empty list is there", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    for operation, key in (
        ("ListSpeakers", "SpeakerSummaries"),
        ("ListFraudsters", "FraudsterSummaries"),
        ("ListSpeakerEnrollmentJobs", "JobSummaries"),
        ("ListFraudsterRegistrationJobs", "JobSummaries"),
    ):
        assert stage.call(operation, DomainId=domain) == {key: []}


# Speakers


@rule("opting out creates an unknown speaker", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    response = stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="new")["Speaker"]
    assert response["Status"] == "OPTED_OUT"
    assert response == stage.speaker(domain, "new")


@rule("a speaker goes by either id", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    speaker = stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="one")["Speaker"]
    assert stage.speaker(domain, speaker["GeneratedSpeakerId"]) == speaker


@rule("a generated id has id# and 22 characters", MODEL)
def _(stage: Stage) -> None:
    speaker = stage.call("OptOutSpeaker", DomainId=stage.domain(), SpeakerId="one")["Speaker"]
    assert service_model.shape_violations("GeneratedSpeakerId", speaker["GeneratedSpeakerId"]) == []


@rule("opting out an unknown generated id finds no speaker", CHOICE)
def _(stage: Stage) -> None:
    error = stage.error("OptOutSpeaker", DomainId=stage.domain(), SpeakerId=NO_GENERATED_ID)
    assert (error.code, error.resource_type) == ("ResourceNotFoundException", "SPEAKER")


@rule("opting out overrides an enrollment", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="one")
    assert stage.speaker(domain, "one")["Status"] == "OPTED_OUT"


@rule("opting out twice changes nothing more", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    first = stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="one")
    eventually(stage, 60)
    assert stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="one") == first


@rule("DescribeSpeaker and DeleteSpeaker need a speaker", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    for operation in ("DescribeSpeaker", "DeleteSpeaker"):
        assert stage.error(operation, DomainId=domain, SpeakerId="none").resource_type == "SPEAKER"


@rule("a deleted speaker is gone at once", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="one")
    assert stage.call("DeleteSpeaker", DomainId=domain, SpeakerId="one") == {}
    assert stage.error("DescribeSpeaker", DomainId=domain, SpeakerId="one").resource_type == "SPEAKER"
    assert stage.call("ListSpeakers", DomainId=domain)["SpeakerSummaries"] == []


@rule("who opted out can enroll only after being deleted", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    first = stage.enroll(domain, "one")
    stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="one")
    stage.call("DeleteSpeaker", DomainId=domain, SpeakerId="one")
    call = stage.call_in(domain, "again", "one")
    call.enroll()
    call.speak("one", seconds=30)
    assert stage.speaker(domain, "one")["Status"] == "ENROLLED"
    assert stage.speaker(domain, "one")["GeneratedSpeakerId"] != first


@rule("a speaker who was only named on a call is PENDING", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call_in(domain, speaker="one")
    speaker = stage.speaker(domain, "one")
    assert speaker["Status"] == "PENDING"
    assert "LastAccessedAt" not in speaker


@rule("an enrollment is an access", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    speaker = stage.speaker(domain, "one")
    assert speaker["LastAccessedAt"] == speaker["UpdatedAt"]


@rule("a speaker expires after three years without access", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    eventually(stage, 3 * YEAR - 1)
    assert stage.speaker(domain, "one")["Status"] == "ENROLLED"
    eventually(stage, 1)
    assert stage.speaker(domain, "one")["Status"] == "EXPIRED"
    assert stage.call("ListSpeakers", DomainId=domain)["SpeakerSummaries"][0]["Status"] == "EXPIRED"


@rule("an expired speaker can enroll again", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    generated = stage.enroll(domain, "one")
    eventually(stage, 3 * YEAR)
    assert stage.enroll(domain, "one") == generated
    assert stage.speaker(domain, "one")["Status"] == "ENROLLED"


@rule("a successful authentication is an access, to the hour", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    enrolled_at = stage.speaker(domain, "one")["LastAccessedAt"]
    for step, passed, noted in ((3599, 3599, 0), (1, 3600, 3600)):
        eventually(stage, step)
        call = stage.call_in(domain, f"contact-{passed}", "one")
        call.speak("one", seconds=10)
        assert stage.decision(domain, f"contact-{passed}") == "ACCEPT"
        assert stage.speaker(domain, "one")["LastAccessedAt"] == enrolled_at + noted


@rule("a failed authentication is no access", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    before = stage.speaker(domain, "one")
    eventually(stage, 7200)
    stage.call_in(domain, speaker="one").speak("another", seconds=10)
    assert stage.decision(domain) == "REJECT"
    assert stage.speaker(domain, "one") == before


# Watchlists and fraudsters


@rule("CreateWatchlist and DescribeWatchlist give the same watchlist", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    created = stage.call("CreateWatchlist", DomainId=domain, Name="n", Description="d")["Watchlist"]
    described = stage.call("DescribeWatchlist", DomainId=domain, WatchlistId=created["WatchlistId"])
    assert described["Watchlist"] == created
    assert (created["Name"], created["Description"]) == ("n", "d")
    assert created["DefaultWatchlist"] is False


@rule("UpdateWatchlist keeps what is left out", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    watchlist = stage.watchlist(domain, Name="first", Description="d")
    stage.call("UpdateWatchlist", DomainId=domain, WatchlistId=watchlist, Name="second")
    updated = stage.call("UpdateWatchlist", DomainId=domain, WatchlistId=watchlist, Description="e")[
        "Watchlist"
    ]
    assert (updated["Name"], updated["Description"]) == ("second", "e")


@rule("UpdateWatchlist moves UpdatedAt and not CreatedAt", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    created = stage.call("CreateWatchlist", DomainId=domain, Name="n")["Watchlist"]
    eventually(stage, 7)
    members = {"DomainId": domain, "WatchlistId": created["WatchlistId"], "Name": "m"}
    updated = stage.call("UpdateWatchlist", **members)["Watchlist"]
    assert updated["CreatedAt"] == created["CreatedAt"]
    assert updated["UpdatedAt"] == created["UpdatedAt"] + 7


@rule("ListWatchlists gives the watchlists page by page", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    ids = {stage.default_watchlist(domain), stage.watchlist(domain)}
    first = stage.call("ListWatchlists", DomainId=domain, MaxResults=1)
    last = stage.call("ListWatchlists", DomainId=domain, NextToken=first["NextToken"])
    assert {one["WatchlistId"] for page in (first, last) for one in page["WatchlistSummaries"]} == ids
    assert "NextToken" not in last


@rule("the default watchlist cannot be changed or deleted", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    watchlist = stage.default_watchlist(domain)
    for operation in ("UpdateWatchlist", "DeleteWatchlist"):
        assert stage.error(operation, DomainId=domain, WatchlistId=watchlist).code == "ValidationException"


@rule("watchlist operations need a watchlist", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    for operation in ("DescribeWatchlist", "UpdateWatchlist", "DeleteWatchlist", "ListFraudsters"):
        assert stage.error(operation, DomainId=domain, WatchlistId=NO_ID).resource_type == "WATCHLIST"


@rule("an empty watchlist can be deleted", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    watchlist = stage.watchlist(domain)
    assert stage.call("DeleteWatchlist", DomainId=domain, WatchlistId=watchlist) == {}
    assert len(stage.call("ListWatchlists", DomainId=domain)["WatchlistSummaries"]) == 1


@rule("a watchlist with fraudsters cannot be deleted", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    watchlist = stage.watchlist(domain)
    stage.fraudster(domain, "fraud", RegistrationConfig={"WatchlistIds": [watchlist]})
    error = stage.error("DeleteWatchlist", DomainId=domain, WatchlistId=watchlist)
    assert (error.code, error.conflict_type) == ("ConflictException", "CANNOT_DELETE_NON_EMPTY_WATCHLIST")


@rule("a watchlist that a running job fills cannot be deleted", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    watchlist = stage.watchlist(domain)
    stage.start_registrations(domain, RegistrationConfig={"WatchlistIds": [watchlist]})
    error = stage.error("DeleteWatchlist", DomainId=domain, WatchlistId=watchlist)
    assert (error.code, error.conflict_type) == ("ConflictException", "CONCURRENT_CHANGES")
    eventually(stage, DAY)
    assert stage.call("DeleteWatchlist", DomainId=domain, WatchlistId=watchlist) == {}


@rule("a fraudster is registered on the default watchlist unless told otherwise", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    fraudster = stage.fraudster(domain, "fraud")
    described = stage.call("DescribeFraudster", DomainId=domain, FraudsterId=fraudster)["Fraudster"]
    assert described["WatchlistIds"] == [stage.default_watchlist(domain)]


@rule("a fraudster is described with the time of the registration", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    before = stage.describe(domain)["CreatedAt"]
    fraudster = stage.fraudster(domain, "fraud")
    described = stage.call("DescribeFraudster", DomainId=domain, FraudsterId=fraudster)["Fraudster"]
    assert described["CreatedAt"] >= before


@rule("a fraudster can be on several watchlists", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    fraudster, watchlist = stage.fraudster(domain, "fraud"), stage.watchlist(domain)
    members = {"DomainId": domain, "WatchlistId": watchlist, "FraudsterId": fraudster}
    response = stage.call("AssociateFraudster", **members)["Fraudster"]
    assert response["WatchlistIds"] == [stage.default_watchlist(domain), watchlist]


@rule("associating a fraudster twice changes nothing more", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    members = {"DomainId": domain, "FraudsterId": stage.fraudster(domain, "fraud")}
    members["WatchlistId"] = stage.watchlist(domain)
    assert stage.call("AssociateFraudster", **members) == stage.call("AssociateFraudster", **members)


@rule("a fraudster leaves a watchlist", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    members = {"DomainId": domain, "FraudsterId": stage.fraudster(domain, "fraud")}
    watchlist = stage.watchlist(domain)
    stage.call("AssociateFraudster", **members, WatchlistId=watchlist)
    default = stage.default_watchlist(domain)
    left = stage.call("DisassociateFraudster", **members, WatchlistId=default)["Fraudster"]
    assert left["WatchlistIds"] == [watchlist]


@rule("a fraudster cannot leave the last watchlist", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    members = {"DomainId": domain, "FraudsterId": stage.fraudster(domain, "fraud")}
    error = stage.error("DisassociateFraudster", **members, WatchlistId=stage.default_watchlist(domain))
    assert error.code == "ConflictException"
    assert error.conflict_type == "FRAUDSTER_MUST_BELONG_TO_AT_LEAST_ONE_WATCHLIST"


@rule("a fraudster who is not on the watchlist is not found there", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    members = {"DomainId": domain, "FraudsterId": stage.fraudster(domain, "fraud")}
    error = stage.error("DisassociateFraudster", **members, WatchlistId=stage.watchlist(domain))
    assert error.resource_type == "FRAUDSTER"


@rule("fraudster operations need a fraudster", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    members = {"DomainId": domain, "FraudsterId": NO_GENERATED_ID}
    on_list = {**members, "WatchlistId": stage.default_watchlist(domain)}
    for operation, sent in (
        ("DescribeFraudster", members),
        ("DeleteFraudster", members),
        ("AssociateFraudster", on_list),
        ("DisassociateFraudster", on_list),
    ):
        assert stage.error(operation, **sent).resource_type == "FRAUDSTER"


@rule("associating needs a watchlist of the domain", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    members = {"DomainId": domain, "FraudsterId": stage.fraudster(domain, "fraud")}
    members["WatchlistId"] = stage.watchlist(stage.domain())
    assert stage.error("AssociateFraudster", **members).resource_type == "WATCHLIST"


@rule("a deleted fraudster is off all watchlists", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    watchlist = stage.watchlist(domain)
    fraudster = stage.fraudster(domain, "fraud", RegistrationConfig={"WatchlistIds": [watchlist]})
    assert stage.call("DeleteFraudster", DomainId=domain, FraudsterId=fraudster) == {}
    assert stage.call("ListFraudsters", DomainId=domain)["FraudsterSummaries"] == []
    assert stage.call("DeleteWatchlist", DomainId=domain, WatchlistId=watchlist) == {}


@rule("ListFraudsters lists the domain, or one watchlist", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    watchlist = stage.watchlist(domain)
    first = stage.fraudster(domain, "first")
    second = stage.fraudster(domain, "second", RegistrationConfig={"WatchlistIds": [watchlist]})
    everyone = stage.call("ListFraudsters", DomainId=domain)["FraudsterSummaries"]
    assert [one["GeneratedFraudsterId"] for one in everyone] == [first, second]
    listed = _pages(stage, "ListFraudsters", "FraudsterSummaries", DomainId=domain, WatchlistId=watchlist)
    assert [one["GeneratedFraudsterId"] for one in listed[0]] == [second]


# Quotas, when they are on


@rule("an account has at most 3 domains", QUOTAS, quotas=Quotas(rates={}))
def _(stage: Stage) -> None:
    domains = [stage.domain() for _ in range(3)]
    assert stage.error("CreateDomain", **VALID["CreateDomain"]).code == "ServiceQuotaExceededException"
    stage.call("DeleteDomain", DomainId=domains[0])
    assert stage.domain()


@rule("a domain has at most 3 watchlists, the default one among them", QUOTAS, quotas=Quotas(rates={}))
def _(stage: Stage) -> None:
    domain = stage.domain()
    for _ in range(2):
        stage.watchlist(domain)
    error = stage.error("CreateWatchlist", DomainId=domain, Name="n")
    assert error.code == "ServiceQuotaExceededException"


@rule("a domain has at most its quota of speakers", QUOTAS, quotas=Quotas(speakers=2, rates={}))
def _(stage: Stage) -> None:
    domain = _speakers(stage, 2)
    error = stage.error("OptOutSpeaker", DomainId=domain, SpeakerId="third")
    assert error.code == "ServiceQuotaExceededException"
    assert stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="s0")


@rule(
    "a watchlist has at most its quota of fraudsters",
    QUOTAS,
    quotas=Quotas(fraudsters_per_watchlist=1, rates={}),
)
def _(stage: Stage) -> None:
    domain = stage.domain()
    watchlist = stage.watchlist(domain)
    members = {"DomainId": domain, "WatchlistId": watchlist}
    first = stage.fraudster(domain, "first")
    stage.call("AssociateFraudster", **members, FraudsterId=first)
    other = stage.domain()
    second = stage.fraudster(other, "second")
    assert stage.error("AssociateFraudster", **members, FraudsterId=second).resource_type == "FRAUDSTER"
    _, output = stage.register_by_job(
        domain, stage.fraud("third"), RegistrationConfig={"WatchlistIds": [watchlist]}
    )
    assert output["Errors"] == [
        {"RequestId": "r-third", "ErrorCode": 402, "ErrorMessage": "Fraudster limit exceeded"}
    ]


@rule(
    "associating with a full watchlist is refused",
    QUOTAS,
    quotas=Quotas(fraudsters_per_watchlist=1, rates={}),
)
def _(stage: Stage) -> None:
    domain = stage.domain()
    watchlist = stage.watchlist(domain)
    stage.fraudster(domain, "first", RegistrationConfig={"WatchlistIds": [watchlist]})
    second = stage.fraudster(domain, "second")
    error = stage.error("AssociateFraudster", DomainId=domain, WatchlistId=watchlist, FraudsterId=second)
    assert error.code == "ServiceQuotaExceededException"


@rule("an operation has its rate, and a second's worth of requests at once", QUOTAS, quotas=Quotas())
def _(stage: Stage) -> None:
    domain = stage.domain()
    for _ in range(5):
        stage.call("ListSpeakers", DomainId=domain)
    assert stage.error("ListSpeakers", DomainId=domain).code == "ThrottlingException"
    eventually(stage, 0.2)
    assert stage.call("ListSpeakers", DomainId=domain)
    assert stage.error("ListSpeakers", DomainId=domain).code == "ThrottlingException"


@rule("requests that were not made are not saved up beyond a second's worth", CHOICE, quotas=Quotas())
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call("ListSpeakers", DomainId=domain)
    eventually(stage, 3600)
    for _ in range(5):
        stage.call("ListSpeakers", DomainId=domain)
    assert stage.error("ListSpeakers", DomainId=domain).code == "ThrottlingException"


@rule("each operation has a rate of its own", CHOICE, quotas=Quotas())
def _(stage: Stage) -> None:
    for _ in range(2):
        stage.call("ListDomains")
    assert stage.error("ListDomains").code == "ThrottlingException"
    assert stage.domain()


@rule("watchlist operations have no rate", CHOICE, quotas=Quotas())
def _(stage: Stage) -> None:
    domain = stage.domain()
    for _ in range(50):
        stage.call("ListWatchlists", DomainId=domain)


@rule("nothing is limited unless quotas are on", CHOICE)
def _(stage: Stage) -> None:
    for _ in range(4):
        stage.domain()


# Jobs


@rule("a job is SUBMITTED first", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    job = stage.start_enrollments(domain, stage.request("one"), JobName="a-job")
    assert job["JobStatus"] == "SUBMITTED"
    assert job["JobProgress"] == {"PercentComplete": 0}
    assert "EndedAt" not in job
    assert (job["JobName"], job["DataAccessRoleArn"]) == ("a-job", ROLE)


@rule(
    "a job is IN_PROGRESS then, and its percentage moves", MODEL, timing=Timing(job_start=10, job_request=10)
)
def _(stage: Stage) -> None:
    domain = stage.domain()
    job = stage.start_enrollments(domain, stage.request("one"), stage.request("two"))
    seen: list[tuple[str, int]] = []
    for _ in range(7):
        described = stage.call("DescribeSpeakerEnrollmentJob", DomainId=domain, JobId=job["JobId"])["Job"]
        seen.append((described["JobStatus"], described["JobProgress"]["PercentComplete"]))
        eventually(stage, 5)
    assert seen == [
        ("SUBMITTED", 0),
        ("SUBMITTED", 0),
        ("IN_PROGRESS", 0),
        ("IN_PROGRESS", 25),
        ("IN_PROGRESS", 50),
        ("IN_PROGRESS", 75),
        ("COMPLETED", 100),
    ]


@rule("a job's requests are done one after the other", CHOICE, timing=Timing(job_start=10, job_request=10))
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.start_enrollments(domain, stage.request("one"), stage.request("two"))
    eventually(stage, 25)
    assert [
        one["CustomerSpeakerId"] for one in stage.call("ListSpeakers", DomainId=domain)["SpeakerSummaries"]
    ] == ["one"]


@rule(
    "what a job did carries the time at which it was due", CHOICE, timing=Timing(job_start=10, job_request=10)
)
def _(stage: Stage) -> None:
    domain = stage.domain()
    job, _ = stage.enroll_by_job(domain, stage.request("one"), stage.request("two"))
    assert job["EndedAt"] == job["CreatedAt"] + 30
    assert stage.speaker(domain, "two")["CreatedAt"] == job["CreatedAt"] + 30
    assert stage.speaker(domain, "one")["CreatedAt"] == job["CreatedAt"] + 20


@rule("a job is done by the next request when it takes no time", CHOICE, timing=Timing.at_once())
def _(stage: Stage) -> None:
    domain = stage.domain()
    job = stage.start_enrollments(domain, stage.request("one"))
    assert job["JobStatus"] == "SUBMITTED"
    described = stage.call("DescribeSpeakerEnrollmentJob", DomainId=domain, JobId=job["JobId"])["Job"]
    assert described["JobStatus"] == "COMPLETED"


@rule("a domain has one active job of a kind", QUOTAS)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.start_enrollments(domain)
    error = stage.error("StartSpeakerEnrollmentJob", **in_domain("StartSpeakerEnrollmentJob", domain))
    assert error.code == "ServiceQuotaExceededException"
    stage.start_registrations(domain)
    eventually(stage, DAY)
    assert stage.start_enrollments(domain)["JobStatus"] == "SUBMITTED"


@rule("a job is not found as one of the other kind", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    job = stage.start_enrollments(domain)
    error = stage.error("DescribeFraudsterRegistrationJob", DomainId=domain, JobId=job["JobId"])
    assert (error.code, error.resource_type) == ("ResourceNotFoundException", "BATCH_JOB")


@rule("jobs can be listed by status", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    done, _ = stage.enroll_by_job(domain)
    running = stage.start_enrollments(domain)
    for status, job in (("COMPLETED", done), ("SUBMITTED", running)):
        listed = stage.call("ListSpeakerEnrollmentJobs", DomainId=domain, JobStatus=status)["JobSummaries"]
        assert [one["JobId"] for one in listed] == [job["JobId"]]
    assert len(stage.call("ListSpeakerEnrollmentJobs", DomainId=domain)["JobSummaries"]) == 2


@rule("a job's summary leaves out roles and configuration", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll_by_job(domain)
    (summary,) = stage.call("ListSpeakerEnrollmentJobs", DomainId=domain)["JobSummaries"]
    assert set(summary) == {"CreatedAt", "DomainId", "EndedAt", "JobId", "JobProgress", "JobStatus"}


@rule("a job gives its configuration back as it was sent", CHOICE)
def _(stage: Stage) -> None:
    config = {"ExistingEnrollmentAction": "OVERWRITE", "FraudDetectionConfig": {"RiskThreshold": 7}}
    job = stage.start_enrollments(stage.domain(), EnrollmentConfig=config)
    assert job["EnrollmentConfig"] == config
    assert "EnrollmentConfig" not in stage.start_enrollments(stage.domain())


@rule("a job needs a watchlist that exists", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    for operation, config in (
        (
            "StartSpeakerEnrollmentJob",
            {"EnrollmentConfig": {"FraudDetectionConfig": {"WatchlistIds": [NO_ID]}}},
        ),
        ("StartFraudsterRegistrationJob", {"RegistrationConfig": {"WatchlistIds": [NO_ID]}}),
    ):
        error = stage.error(operation, **in_domain(operation, domain), **config)
        assert error.resource_type == "WATCHLIST"


@rule("a job enrolls the manifest's speakers and says so", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    job, output = stage.enroll_by_job(domain, stage.request("one"))
    speaker = stage.speaker(domain, "one")
    assert (job["JobStatus"], speaker["Status"]) == ("COMPLETED", "ENROLLED")
    assert output == {
        "Version": "1.0",
        "Errors": [],
        "SuccessfulEnrollments": [
            {
                "RequestId": "r-one",
                "GeneratedSpeakerId": speaker["GeneratedSpeakerId"],
                "CustomerSpeakerId": "one",
                "EnrollmentStatus": "NEW_ENROLLMENT",
            }
        ],
    }


@rule("an empty manifest makes a completed job", CHOICE)
def _(stage: Stage) -> None:
    job, output = stage.enroll_by_job(stage.domain())
    assert (job["JobStatus"], output["SuccessfulEnrollments"]) == ("COMPLETED", [])


@rule("an enrolled speaker is skipped, and that is a success", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    before = stage.speaker(domain, "one")
    job, output = stage.enroll_by_job(domain, stage.request("one"))
    assert job["JobStatus"] == "COMPLETED"
    assert output["SuccessfulEnrollments"][0]["EnrollmentStatus"] == "DUPLICATE_SKIPPED"
    assert stage.speaker(domain, "one") == before


@rule("an enrolled speaker is overwritten if asked for", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one", voice="old")
    config = {"ExistingEnrollmentAction": "OVERWRITE"}
    _, output = stage.enroll_by_job(domain, stage.request("one", voice="new"), EnrollmentConfig=config)
    assert output["SuccessfulEnrollments"][0]["EnrollmentStatus"] == "ENROLLMENT_OVERWRITE"
    stage.call_in(domain, speaker="one").speak("new", seconds=10)
    assert stage.decision(domain) == "ACCEPT"


@rule("an expired speaker is enrolled anew", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    eventually(stage, 3 * YEAR)
    _, output = stage.enroll_by_job(domain, stage.request("one"))
    assert output["SuccessfulEnrollments"][0]["EnrollmentStatus"] == "NEW_ENROLLMENT"


def _fails(stage: Stage, request: Members, code: int, says: str, **config: Any) -> None:
    domain = stage.domain()
    job, output = stage.enroll_by_job(domain, request, EnrollmentConfig=config)
    assert job["JobStatus"] == "COMPLETED_WITH_ERRORS"
    assert job["JobProgress"] == {"PercentComplete": 100}
    (error,) = output["Errors"]
    assert (error["RequestId"], error["ErrorCode"]) == (request["RequestId"], code)
    assert says in error["ErrorMessage"]
    assert stage.call("ListSpeakers", DomainId=domain)["SpeakerSummaries"] == []


@rule("an enrollment needs 30 seconds of speech", GUIDE)
def _(stage: Stage) -> None:
    _fails(stage, stage.request("one", seconds=29), 400, "Not enough speech for enrollment")


@rule("silence is not speech", CHOICE)
def _(stage: Stage) -> None:
    request = stage.request("one")
    stage.put(request["AudioSpecifications"][0]["S3Uri"], wav(tone(20) + bytes(16000 * 20)))
    _fails(stage, request, 400, "Not enough speech for enrollment")


@rule("the recordings of a request are counted together", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    request = stage.request("one", seconds=15)
    request["AudioSpecifications"] *= 2
    assert stage.enroll_by_job(domain, request)[0]["JobStatus"] == "COMPLETED"


@rule("the channel of a recording is chosen", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    silent, spoken = bytes(2), tone(30)
    both = b"".join(silent + spoken[at : at + 2] for at in range(0, len(spoken), 2))
    request = stage.request("one")
    request["AudioSpecifications"] = [
        {"S3Uri": stage.put("s3://recordings/two-channels.wav", wav(both, channels=2)), "ChannelId": 1}
    ]
    assert stage.enroll_by_job(domain, request)[0]["JobStatus"] == "COMPLETED"
    request["AudioSpecifications"][0]["ChannelId"] = 0
    request["SpeakerId"] = "two"
    assert stage.enroll_by_job(domain, request)[0]["JobStatus"] == "COMPLETED_WITH_ERRORS"


@rule("a recording is sampled at 8 kHz", GUIDE)
def _(stage: Stage) -> None:
    request = stage.request("one")
    stage.put(request["AudioSpecifications"][0]["S3Uri"], wav(tone(30), sample_rate=16000))
    _fails(stage, request, 400, "8 kHz")


@rule("a recording is a WAV file", GUIDE)
def _(stage: Stage) -> None:
    request = stage.request("one")
    stage.put(request["AudioSpecifications"][0]["S3Uri"], b"ID3 not a wav file")
    _fails(stage, request, 400, "not a WAV file")


@rule("a recording has at most 20 MB", GUIDE)
def _(stage: Stage) -> None:
    request = stage.request("one")
    stage.put(request["AudioSpecifications"][0]["S3Uri"], wav(bytes(20 * 1024 * 1024)))
    _fails(stage, request, 400, "too large")


@rule("a recording must be there", GUIDE)
def _(stage: Stage) -> None:
    request = stage.request("one")
    request["AudioSpecifications"][0]["S3Uri"] = "s3://recordings/missing.wav"
    _fails(stage, request, 400, "cannot be found")


@rule("a request has at most 10 recordings", GUIDE)
def _(stage: Stage) -> None:
    request = stage.request("one")
    request["AudioSpecifications"] *= 11
    _fails(stage, request, 400, "more than 10")


@rule("a request has a recording", GUIDE)
def _(stage: Stage) -> None:
    _fails(stage, {**stage.request("one"), "AudioSpecifications": []}, 400, "AudioSpecifications")


@rule("a recording is named by an S3 URI", GUIDE)
def _(stage: Stage) -> None:
    request = stage.request("one")
    request["AudioSpecifications"][0]["S3Uri"] = "recordings/one.wav"
    _fails(stage, request, 400, "S3Uri")


@rule("a channel is 0 or 1", GUIDE)
def _(stage: Stage) -> None:
    request = stage.request("one")
    request["AudioSpecifications"][0]["ChannelId"] = 2
    _fails(stage, request, 400, "ChannelId")


@rule("the channel must be in the recording", GUIDE)
def _(stage: Stage) -> None:
    request = stage.request("one")
    request["AudioSpecifications"][0]["ChannelId"] = 1
    _fails(stage, request, 400, "channel")


@rule("a manifest names speakers by the customer's id alone", GUIDE)
def _(stage: Stage) -> None:
    _fails(stage, {**stage.request("one"), "SpeakerId": NO_GENERATED_ID}, 400, "CustomerSpeakerId")


@rule("a speaker who opted out is not enrolled", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="one")
    _, output = stage.enroll_by_job(domain, stage.request("one"))
    assert output["Errors"][0]["ErrorCode"] == 409
    assert stage.speaker(domain, "one")["Status"] == "OPTED_OUT"


@rule("a job enrolls no more speakers than the domain may have", GUIDE, quotas=Quotas(speakers=1, rates={}))
def _(stage: Stage) -> None:
    domain = stage.domain()
    _, output = stage.enroll_by_job(domain, stage.request("one"), stage.request("two"))
    assert [error["ErrorCode"] for error in output["Errors"]] == [402]
    assert len(output["SuccessfulEnrollments"]) == 1


@rule("a request id that comes again is an error, and the first is done", CHOICE)
def _(stage: Stage) -> None:
    request = stage.request("one")
    _, output = stage.enroll_by_job(stage.domain(), request, request)
    assert [error["ErrorCode"] for error in output["Errors"]] == [400]
    assert len(output["SuccessfulEnrollments"]) == 1


@rule("a known fraudster is not enrolled", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.fraudster(domain, "fraud")
    _, output = stage.enroll_by_job(domain, stage.request("one", voice="fraud"))
    assert output["Errors"][0] == {
        "RequestId": "r-one",
        "ErrorCode": 400,
        "ErrorMessage": "Fraud verification checks failed",
    }


@rule("a known fraudster is enrolled if the check is to be ignored", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.fraudster(domain, "fraud")
    config = {"FraudDetectionConfig": {"FraudDetectionAction": "IGNORE"}}
    _, output = stage.enroll_by_job(domain, stage.request("one", voice="fraud"), EnrollmentConfig=config)
    assert len(output["SuccessfulEnrollments"]) == 1


@rule("enrollments are screened against the watchlist that is named", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.fraudster(domain, "fraud")
    config = {"FraudDetectionConfig": {"WatchlistIds": [stage.watchlist(domain)]}}
    _, output = stage.enroll_by_job(domain, stage.request("one", voice="fraud"), EnrollmentConfig=config)
    assert len(output["SuccessfulEnrollments"]) == 1


@rule("a risk that is equal to the threshold is a risk", GUIDE)
def _(stage: Stage) -> None:
    _fails(stage, stage.request("one"), 400, "Fraud", FraudDetectionConfig={"RiskThreshold": 0})


@rule("a new fraudster is registered and the output says so", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    _, output = stage.register_by_job(domain, stage.fraud("fraud"))
    (entry,) = output["SuccessfulRegistrations"]
    assert entry["RegistrationStatus"] == "NEW_REGISTRATION"
    assert set(entry) == {"RequestId", "GeneratedFraudsterId", "RegistrationStatus"}


@rule("a duplicate fraudster is skipped, with the one who is like it", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    fraudster = stage.fraudster(domain, "fraud")
    _, output = stage.register_by_job(domain, stage.fraud("fraud"))
    assert output["SuccessfulRegistrations"] == [
        {
            "RequestId": "r-fraud",
            "GeneratedFraudsterId": fraudster,
            "RegistrationStatus": "DUPLICATE_SKIPPED",
            "FraudsterSimilarityScore": 100,
        }
    ]


@rule("duplicates are looked for in the whole domain", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    watchlist = stage.watchlist(domain)
    stage.fraudster(domain, "fraud")
    config = {"WatchlistIds": [watchlist]}
    _, output = stage.register_by_job(domain, stage.fraud("fraud"), RegistrationConfig=config)
    assert output["SuccessfulRegistrations"][0]["RegistrationStatus"] == "DUPLICATE_SKIPPED"


@rule("a duplicate fraudster is registered as new if asked for", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.fraudster(domain, "fraud")
    config = {"DuplicateRegistrationAction": "REGISTER_AS_NEW"}
    stage.register_by_job(domain, stage.fraud("fraud"), RegistrationConfig=config)
    assert len(stage.call("ListFraudsters", DomainId=domain)["FraudsterSummaries"]) == 2


@rule("a registration needs 10 seconds of speech", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    _, output = stage.register_by_job(domain, stage.fraud("one", 9), stage.fraud("two", 10))
    assert [error["ErrorMessage"] for error in output["Errors"]] == ["Not enough speech for registration"]
    assert len(output["SuccessfulRegistrations"]) == 1


def _job_fails(stage: Stage, content: bytes | str, says: str, status: int = 400) -> None:
    domain = stage.domain()
    job = stage.start_enrollments(domain)
    stage.put("s3://jobs/in/manifest.json", content)
    eventually(stage, DAY)
    job = stage.call("DescribeSpeakerEnrollmentJob", DomainId=domain, JobId=job["JobId"])["Job"]
    assert job["JobStatus"] == "FAILED"
    assert job["FailureDetails"]["StatusCode"] == status
    assert says in job["FailureDetails"]["Message"]
    assert job["JobProgress"] == {"PercentComplete": 0}
    assert job["EndedAt"] > job["CreatedAt"]


_family(
    {
        "a job fails when the manifest is not JSON": lambda stage: _job_fails(stage, "{", "not JSON"),
        "a job fails when the manifest is not text": lambda stage: _job_fails(
            stage, b"\xff\xfe{}", "not JSON"
        ),
        "a job fails when the manifest is no object": lambda stage: _job_fails(
            stage, "[]", "not a JSON object"
        ),
        "a job fails when the manifest has no version": lambda stage: _job_fails(stage, "{}", "Version"),
        "a job fails when the manifest has another version": lambda stage: _job_fails(
            stage, '{"Version": "2.0", "SpeakerEnrollmentRequests": []}', "Version"
        ),
        "a job fails when the manifest is for the other kind": lambda stage: _job_fails(
            stage, '{"Version": "1.0", "FraudsterRegistrationRequests": []}', "SpeakerEnrollmentRequests"
        ),
        "a job fails when a request has no RequestId": lambda stage: _job_fails(
            stage, '{"Version": "1.0", "SpeakerEnrollmentRequests": [{}]}', "RequestId"
        ),
        "a job fails when a request is no object": lambda stage: _job_fails(
            stage, '{"Version": "1.0", "SpeakerEnrollmentRequests": [1]}', "RequestId"
        ),
    },
    GUIDE,
)


@rule("a job fails when the manifest is not there", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    job, _ = stage.enroll_by_job(domain, InputDataConfig={"S3Uri": "s3://jobs/none.json"})
    assert job["JobStatus"] == "FAILED"
    assert job["FailureDetails"]["StatusCode"] == 404


@rule("a job fails when its manifest is too long", QUOTAS, quotas=Quotas(speakers_per_job=1, rates={}))
def _(stage: Stage) -> None:
    job, _ = stage.enroll_by_job(stage.domain(), stage.request("one"), stage.request("two"))
    assert job["JobStatus"] == "FAILED"
    assert "more than 1 requests" in job["FailureDetails"]["Message"]


@rule("a job fails when its domain is deleted", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    job = stage.start_enrollments(domain, stage.request("one"))
    stage.call("DeleteDomain", DomainId=domain)
    eventually(stage, DAY)
    stage.service.restore_domain(domain)
    job = stage.call("DescribeSpeakerEnrollmentJob", DomainId=domain, JobId=job["JobId"])["Job"]
    assert (job["JobStatus"], job["FailureDetails"]["StatusCode"]) == ("FAILED", 409)


@rule("a job fails without the domain's key", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    job = stage.start_enrollments(domain, stage.request("one"))
    stage.service.disable_key(KEY)
    eventually(stage, DAY)
    stage.service.enable_key(KEY)
    job = stage.call("DescribeSpeakerEnrollmentJob", DomainId=domain, JobId=job["JobId"])["Job"]
    assert (job["JobStatus"], job["FailureDetails"]["StatusCode"]) == ("FAILED", 403)


# Sessions


@rule("a session is found by its name and by its id", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain)
    assert stage.evaluate(domain) == stage.evaluate(domain, call.session_id)
    assert stage.evaluate(domain)["SessionId"] == call.session_id


@rule("EvaluateSession needs a session", MODEL)
def _(stage: Stage) -> None:
    error = stage.error("EvaluateSession", DomainId=stage.domain(), SessionNameOrId="none")
    assert (error.code, error.resource_type) == ("ResourceNotFoundException", "SESSION")


@rule("a stream is PENDING_CONFIGURATION, then ONGOING, then ENDED", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain)
    seen = [stage.evaluate(domain)["StreamingStatus"]]
    call.speak("one", seconds=1)
    seen.append(stage.evaluate(domain)["StreamingStatus"])
    call.end()
    seen.append(stage.evaluate(domain)["StreamingStatus"])
    assert seen == ["PENDING_CONFIGURATION", "ONGOING", "ENDED"]


@rule("there are no results before the first speech", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call_in(domain)
    assert set(stage.evaluate(domain)) == {"DomainId", "SessionId", "SessionName", "StreamingStatus"}


@rule("a stream ends by itself after 30 seconds of speech", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain)
    call.speak("one", seconds=30)
    assert stage.evaluate(domain)["StreamingStatus"] == "ENDED"


@rule("a feature that is off has no result", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call_in(domain, "a", authentication=False).speak("one", seconds=10)
    stage.call_in(domain, "f", fraud_detection=False).speak("one", seconds=10)
    assert "AuthenticationResult" not in stage.evaluate(domain, "a")
    assert "FraudDetectionResult" in stage.evaluate(domain, "a")
    assert "FraudDetectionResult" not in stage.evaluate(domain, "f")
    assert "AuthenticationResult" in stage.evaluate(domain, "f")


@rule("a caller without an id is SPEAKER_ID_NOT_PROVIDED", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call_in(domain).speak("one", seconds=10)
    result = stage.evaluate(domain)["AuthenticationResult"]
    assert result["Decision"] == "SPEAKER_ID_NOT_PROVIDED"
    assert not {"CustomerSpeakerId", "GeneratedSpeakerId", "Score"} & set(result)


@rule("a caller who is not enrolled is SPEAKER_NOT_ENROLLED", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call_in(domain, speaker="one").speak("one", seconds=10)
    result = stage.evaluate(domain)["AuthenticationResult"]
    assert result["Decision"] == "SPEAKER_NOT_ENROLLED"
    assert result["CustomerSpeakerId"] == "one"
    assert result["GeneratedSpeakerId"] == stage.speaker(domain, "one")["GeneratedSpeakerId"]


@rule("a caller who opted out is SPEAKER_OPTED_OUT", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="one")
    stage.call_in(domain, speaker="one").speak("one", seconds=10)
    assert stage.decision(domain) == "SPEAKER_OPTED_OUT"


@rule("a caller whose enrollment expired is SPEAKER_EXPIRED", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    eventually(stage, 3 * YEAR)
    stage.call_in(domain, speaker="one").speak("one", seconds=10)
    assert stage.decision(domain) == "SPEAKER_EXPIRED"


@rule("a caller who was deleted is SPEAKER_NOT_ENROLLED", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    stage.call_in(domain, speaker="one").speak("one", seconds=10)
    stage.call("DeleteSpeaker", DomainId=domain, SpeakerId="one")
    assert stage.decision(domain) == "SPEAKER_NOT_ENROLLED"


@rule("authentication needs 10 seconds of speech", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    call = stage.call_in(domain, speaker="one")
    call.speak("one", seconds=9.9)
    result = stage.evaluate(domain)["AuthenticationResult"]
    assert result["Decision"] == "NOT_ENOUGH_SPEECH"
    assert not {"Score", "AudioAggregationStartedAt", "AudioAggregationEndedAt"} & set(result)
    call.speak("one", seconds=0.1)
    assert stage.decision(domain) == "ACCEPT"


@rule("authentication can be set to need 5 seconds", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    stage.call_in(domain, speaker="one", authentication_seconds=5).speak("one", seconds=5)
    assert stage.decision(domain) == "ACCEPT"


@rule("NOT_ENOUGH_SPEECH is final once the stream has ended", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    call = stage.call_in(domain, speaker="one")
    call.speak("one", seconds=5)
    call.end()
    evaluated = stage.evaluate(domain)
    assert evaluated["StreamingStatus"] == "ENDED"
    assert evaluated["AuthenticationResult"]["Decision"] == "NOT_ENOUGH_SPEECH"
    assert evaluated["FraudDetectionResult"]["Decision"] == "NOT_ENOUGH_SPEECH"


@rule("the right voice is accepted, with score, threshold and times", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    generated = stage.enroll(domain, "one")
    call = stage.call_in(domain, speaker="one")
    call.speak("one", seconds=4)
    started_at = stage.clock.now().timestamp()
    eventually(stage, 8)
    call.speak("one", seconds=8)
    result = stage.evaluate(domain)["AuthenticationResult"]
    assert service_model.shape_violations("UniqueIdLarge", result.pop("AuthenticationResultId")) == []
    assert result == {
        "AudioAggregationEndedAt": started_at + 8,
        "AudioAggregationStartedAt": started_at,
        "Configuration": {"AcceptanceThreshold": 90},
        "CustomerSpeakerId": "one",
        "Decision": "ACCEPT",
        "GeneratedSpeakerId": generated,
        "Score": 100,
    }


@rule("the wrong voice is rejected", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    stage.call_in(domain, speaker="one").speak("another", seconds=10)
    result = stage.evaluate(domain)["AuthenticationResult"]
    assert (result["Decision"], result["Score"]) == ("REJECT", 0)


@rule("a score that is equal to the threshold is accepted", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    call = stage.call_in(domain, speaker="one", acceptance_threshold=70)
    call.speak("one", seconds=10)
    call.score(authentication=70)
    assert stage.decision(domain) == "ACCEPT"
    call.score(authentication=69)
    assert stage.decision(domain) == "REJECT"


@rule("a caller can be named by the generated id", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    generated = stage.enroll(domain, "one")
    stage.call_in(domain, speaker=generated).speak("one", seconds=10)
    assert stage.evaluate(domain)["AuthenticationResult"]["CustomerSpeakerId"] == "one"


@rule("a quiet call is LOW_RISK", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call_in(domain).speak("one", seconds=10)
    result = stage.evaluate(domain)["FraudDetectionResult"]
    assert result["Decision"] == "LOW_RISK"
    assert "Reasons" not in result
    assert result["RiskDetails"] == {
        "KnownFraudsterRisk": {"RiskScore": 0},
        "VoiceSpoofingRisk": {"RiskScore": 0},
    }
    assert result["Configuration"] == {"RiskThreshold": 50, "WatchlistId": stage.default_watchlist(domain)}


@rule("a known fraudster is HIGH_RISK, and named", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    fraudster = stage.fraudster(domain, "fraud")
    stage.call_in(domain).speak("fraud", seconds=10)
    result = stage.evaluate(domain)["FraudDetectionResult"]
    assert (result["Decision"], result["Reasons"]) == ("HIGH_RISK", ["KNOWN_FRAUDSTER"])
    assert result["RiskDetails"]["KnownFraudsterRisk"] == {
        "GeneratedFraudsterId": fraudster,
        "RiskScore": 100,
    }


@rule("a spoofed voice is HIGH_RISK", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain)
    call.speak("one", seconds=10)
    call.score(spoofing=80)
    result = stage.evaluate(domain)["FraudDetectionResult"]
    assert (result["Decision"], result["Reasons"]) == ("HIGH_RISK", ["VOICE_SPOOFING"])
    assert result["RiskDetails"]["VoiceSpoofingRisk"] == {"RiskScore": 80}


@rule("both reasons can hold at once", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain)
    call.speak("one", seconds=10)
    call.score(spoofing=50, known_fraudster=50)
    assert stage.evaluate(domain)["FraudDetectionResult"]["Reasons"] == ["KNOWN_FRAUDSTER", "VOICE_SPOOFING"]


@rule("a risk score that is equal to the threshold is HIGH_RISK", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain, risk_threshold=60)
    call.speak("one", seconds=10)
    for risk, decision in ((60, "HIGH_RISK"), (59, "LOW_RISK")):
        call.score(known_fraudster=risk)
        assert stage.evaluate(domain)["FraudDetectionResult"]["Decision"] == decision


@rule("a known-fraudster score that was set names someone on the watchlist", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    fraudster = stage.fraudster(domain, "fraud")
    call = stage.call_in(domain)
    call.speak("one", seconds=10)
    call.score(known_fraudster=10)
    risk = stage.evaluate(domain)["FraudDetectionResult"]["RiskDetails"]["KnownFraudsterRisk"]
    assert risk == {"GeneratedFraudsterId": fraudster, "RiskScore": 10}
    call.score(known_fraudster=0)
    risk = stage.evaluate(domain)["FraudDetectionResult"]["RiskDetails"]["KnownFraudsterRisk"]
    assert risk == {"RiskScore": 0}


@rule("fraud detection needs 10 seconds of speech, whatever authentication needs", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call_in(domain, authentication_seconds=5).speak("one", seconds=9)
    result = stage.evaluate(domain)["FraudDetectionResult"]
    assert result["Decision"] == "NOT_ENOUGH_SPEECH"
    assert not {"RiskDetails", "Reasons", "AudioAggregationStartedAt"} & set(result)


@rule("one can be authenticated and at high risk", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    stage.fraudster(domain, "one")
    stage.call_in(domain, speaker="one").speak("one", seconds=10)
    evaluated = stage.evaluate(domain)
    assert evaluated["AuthenticationResult"]["Decision"] == "ACCEPT"
    assert evaluated["FraudDetectionResult"]["Decision"] == "HIGH_RISK"


@rule("only fraudsters on the call's watchlist count", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.fraudster(domain, "fraud")
    stage.call_in(domain, watchlist_id=stage.watchlist(domain)).speak("fraud", seconds=10)
    assert stage.evaluate(domain)["FraudDetectionResult"]["Decision"] == "LOW_RISK"


@rule("an unknown watchlist is noticed when the session is evaluated", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call_in(domain, watchlist_id=NO_ID).speak("one", seconds=10)
    error = stage.error("EvaluateSession", DomainId=domain, SessionNameOrId="a-contact")
    assert (error.code, error.resource_type) == ("ResourceNotFoundException", "WATCHLIST")


def _result_ids(stage: Stage, domain: str) -> tuple[str, str]:
    evaluated = stage.evaluate(domain)
    return (
        evaluated["AuthenticationResult"]["AuthenticationResultId"],
        evaluated["FraudDetectionResult"]["FraudDetectionResultId"],
    )


@rule("results are kept while nothing changes", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    stage.call_in(domain, speaker="one").speak("one", seconds=10)
    first = stage.evaluate(domain)
    eventually(stage, 600)
    assert stage.evaluate(domain) == first


@rule("more speech in the same stream changes no decision", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    call = stage.call_in(domain, speaker="one")
    call.speak("one", seconds=10)
    first = _result_ids(stage, domain)
    call.speak("another", seconds=15)
    assert _result_ids(stage, domain) == first


@rule("a new acceptance threshold makes a new authentication result", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    call = stage.call_in(domain, speaker="one")
    call.speak("one", seconds=10)
    first = _result_ids(stage, domain)
    call.update(acceptance_threshold=80)
    second = _result_ids(stage, domain)
    assert (first[0] != second[0], first[1] == second[1]) == (True, True)


@rule("a new risk threshold makes a new fraud result", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    call = stage.call_in(domain, speaker="one")
    call.speak("one", seconds=10)
    first = _result_ids(stage, domain)
    call.update(risk_threshold=80)
    second = _result_ids(stage, domain)
    assert (first[0] == second[0], first[1] != second[1]) == (True, True)


@rule("another speaker makes a new authentication result", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    stage.enroll(domain, "two")
    call = stage.call_in(domain, speaker="one")
    call.speak("one", seconds=10)
    assert stage.decision(domain) == "ACCEPT"
    call.update(speaker_id="two")
    assert stage.decision(domain) == "REJECT"


@rule("opting out makes a new authentication result", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    stage.call_in(domain, speaker="one").speak("one", seconds=10)
    assert stage.decision(domain) == "ACCEPT"
    stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="one")
    assert stage.decision(domain) == "SPEAKER_OPTED_OUT"


@rule("another watchlist makes a new fraud result", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.fraudster(domain, "fraud")
    call = stage.call_in(domain)
    call.speak("fraud", seconds=10)
    assert stage.evaluate(domain)["FraudDetectionResult"]["Decision"] == "HIGH_RISK"
    call.update(watchlist_id=stage.watchlist(domain))
    assert stage.evaluate(domain)["FraudDetectionResult"]["Decision"] == "LOW_RISK"


@rule("a new stream makes new results", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    call = stage.call_in(domain, speaker="one")
    call.speak("one", seconds=10)
    first = _result_ids(stage, domain)
    call.end()
    call.restart_stream()
    assert stage.evaluate(domain)["StreamingStatus"] == "PENDING_CONFIGURATION"
    call.speak("another", seconds=10)
    assert stage.decision(domain) == "REJECT"
    assert not set(first) & set(_result_ids(stage, domain))


@rule("a session can stream once at a time", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain)
    for again in (call.restart_stream, lambda: stage.call_in(domain)):
        with refused_call("ConflictException", conflict_type="ANOTHER_ACTIVE_STREAM"):
            again()


@rule("a contact that comes again goes on in its session", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain)
    call.end()
    again = stage.call_in(domain, speaker="one", acceptance_threshold=70)
    assert again.session_id == call.session_id
    again.speak("one", seconds=10)
    assert stage.evaluate(domain)["AuthenticationResult"]["Configuration"] == {"AcceptanceThreshold": 70}


@rule("a session is forgotten 24 hours after its stream ended", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain)
    call.speak("one", seconds=10)
    call.end()
    eventually(stage, DAY - 1)
    assert stage.evaluate(domain)["FraudDetectionResult"]["Decision"] == "LOW_RISK"
    eventually(stage, 1)
    assert (
        stage.error("EvaluateSession", DomainId=domain, SessionNameOrId="a-contact").resource_type
        == "SESSION"
    )


@rule("a session that streams again is not forgotten", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain)
    call.end()
    eventually(stage, DAY - 1)
    call.restart_stream()
    eventually(stage, DAY - 1)
    assert stage.evaluate(domain)["StreamingStatus"] == "PENDING_CONFIGURATION"


@rule("a session whose stream nobody ends is forgotten 24 hours after its last change", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain)
    eventually(stage, DAY - 1)
    call.speak("one", seconds=1)
    eventually(stage, DAY - 1)
    assert call.streaming_status == "ONGOING"
    eventually(stage, 1)
    assert (
        stage.error("EvaluateSession", DomainId=domain, SessionNameOrId="a-contact").resource_type
        == "SESSION"
    )


@rule("a domain has at most 50 active sessions", QUOTAS, quotas=Quotas(active_sessions=2, rates={}))
def _(stage: Stage) -> None:
    domain = stage.domain()
    calls = [stage.call_in(domain, f"contact-{number}") for number in range(2)]
    with refused_call("ServiceQuotaExceededException"):
        stage.call_in(domain, "contact-2")
    calls[0].end()
    assert stage.call_in(domain, "contact-2").streaming_status == "PENDING_CONFIGURATION"


# Enrollment on a call


@rule("a caller is enrolled after 30 seconds of speech", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain, speaker="one")
    call.enroll()
    call.speak("one", seconds=29)
    assert call.enrollment_status == "NOT_ENOUGH_SPEECH"
    assert stage.speaker(domain, "one")["Status"] == "PENDING"
    call.speak("one", seconds=1)
    assert call.enrollment_status == "COMPLETED"
    assert stage.speaker(domain, "one")["Status"] == "ENROLLED"


@rule("speech from before the request counts for an enrollment", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain, speaker="one")
    call.speak("one", seconds=30)
    call.enroll()
    assert call.enrollment_status == "COMPLETED"


@rule("a second stream can bring the speech that an enrollment lacks", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain, speaker="one")
    call.enroll()
    call.speak("one", seconds=10)
    call.end()
    call.restart_stream()
    call.speak("one", seconds=30)
    assert stage.speaker(domain, "one")["Status"] == "ENROLLED"


@rule("an enrollment on a call replaces an earlier one", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one", voice="old")
    call = stage.call_in(domain, "second", "one")
    call.enroll()
    call.speak("new", seconds=30)
    stage.call_in(domain, speaker="one").speak("new", seconds=10)
    assert stage.decision(domain) == "ACCEPT"


@rule("an enrollment needs a speaker", REFERENCE)
def _(stage: Stage) -> None:
    with refused_call("ConflictException", conflict_type="SPEAKER_NOT_SET"):
        stage.call_in(stage.domain()).enroll()


@rule("who opted out cannot be enrolled", REFERENCE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="one")
    with refused_call("ConflictException", conflict_type="SPEAKER_OPTED_OUT"):
        stage.call_in(domain, speaker="one").enroll()


@rule("a session has one enrollment", REFERENCE)
def _(stage: Stage) -> None:
    call = stage.call_in(stage.domain(), speaker="one")
    call.enroll()
    with refused_call("ConflictException", conflict_type="ENROLLMENT_ALREADY_EXISTS"):
        call.enroll()


@rule("the speaker stays once an enrollment is requested", REFERENCE)
def _(stage: Stage) -> None:
    call = stage.call_in(stage.domain(), speaker="one")
    call.enroll()
    with refused_call("ConflictException", conflict_type="CANNOT_CHANGE_SPEAKER_AFTER_ENROLLMENT"):
        call.update(speaker_id="two")
    call.update(speaker_id="one")


@rule("an enrollment fails when the speaker opts out meanwhile", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain, speaker="one")
    call.enroll()
    stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="one")
    call.speak("one", seconds=30)
    assert call.enrollment_status == "FAILED"
    assert stage.speaker(domain, "one")["Status"] == "OPTED_OUT"


@rule("an unknown generated id names no caller", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    with refused_call("ResourceNotFoundException", resource_type="SPEAKER"):
        stage.call_in(domain, speaker=NO_GENERATED_ID)
    call = stage.call_in(domain)
    with refused_call("ResourceNotFoundException", resource_type="SPEAKER"):
        call.update(speaker_id=NO_GENERATED_ID)


@rule("no one is heard after hanging up", GUIDE)
def _(stage: Stage) -> None:
    call = stage.call_in(stage.domain())
    call.end()
    too_late: tuple[Callable[[], None], ...] = (lambda: call.speak("one", seconds=1), call.end)
    for late in too_late:
        with refused_call("ValidationException", says="Call Is Not Connected"):
            late()


@rule("speech after the end of the stream is not listened to", CHOICE)
def _(stage: Stage) -> None:
    call = stage.call_in(stage.domain())
    call.speak("one", seconds=30)
    call.speak("one", seconds=30)
    assert call.seconds_heard == 30
