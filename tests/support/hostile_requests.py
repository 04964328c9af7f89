"""Requests that mean harm: valid by the model, then changed as clients get them wrong and attackers try.

One seed makes one storm: the same requests in every run, some thousands of them in a second.
"""

import contextlib
import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import attrs

from tests.support.request_damage import BREAKS, CANARY, CHANGES, PACKINGS, Raw, junk
from tests.support.silent_jobs import QuickRecognizer, write_manifest, write_recording
from tests.support.stage import KEY
from voiceid_sdk import service_model
from voiceid_sdk.local import LocalVoiceID, ManualClock, ServiceException
from voiceid_sdk.local.protocol.aws_json import CONTENT_TYPE, Response

Members: TypeAlias = dict[str, Any]


@attrs.frozen
class Request:
    """The parts of a request."""

    operation: str
    """What it would ask for, were nothing wrong with it."""

    headers: dict[str, str]
    body: bytes
    method: str = "POST"
    path: str = "/"
    changed: bool = False
    """Whether anything was done to a request that is valid by the model."""


# Texts that the model allows, by shape. Ids come from the service.

_NAMES: Final = [CANARY, f"{CANARY}-_0", f"0{CANARY}", CANARY.ljust(256, "z")]
_DESCRIPTIONS: Final = [CANARY, f"{CANARY} é %@\u00a0日本", f"{CANARY}\U00020000", CANARY.ljust(1024, ".")]
_LOST_KEYS: Final = [f"{CANARY}-key", f"alias/{CANARY}"]
_TEXTS: Final = {
    "AmazonResourceName": [],
    "ClientTokenString": [f"{CANARY}-{number}" for number in range(30)] + [CANARY.ljust(64, "-")],
    "Description": _DESCRIPTIONS,
    "DomainId": ["N" * 22],
    "DomainName": _NAMES,
    "FraudsterId": ["id#" + "N" * 22],
    "IamRoleArn": [
        f"arn:aws:iam::123456789012:role/{CANARY}",
        f"arn:aws-cn:iam::123456789012:role/{CANARY}\0\u202e\U0001f600'\";--/../..",
    ],
    "JobId": ["N" * 22],
    "JobName": _NAMES,
    "KmsKeyId": [
        KEY,
        *_LOST_KEYS,
        CANARY.ljust(2048, "k"),
        f"arn:{CANARY}",
        f"{CANARY}\0",
    ],
    "NextToken": ["", CANARY, "A" * 43 + "=", CANARY * 1024],
    "S3Uri": [
        "s3://jobs/speakers.json",
        "s3://jobs/fraudsters.json",
        "s3://jobs",
        f"s3://jobs/{CANARY}",
        f"s3://jobs/{CANARY}\0",
        f"s3://jobs/../../{CANARY}",
        f"s3://jobs/{CANARY}/../speakers.json",
        "s3://jobs/speakers.json/",
        f"s3://other/{CANARY}\u202e\U0001f600",
        f"s3://jobs/{CANARY}/".ljust(1024, "k"),
    ],
    "SessionNameOrId": [CANARY, f"{CANARY}-1", "id#" + "N" * 22],
    "SpeakerId": [f"{CANARY}{number}" for number in range(20)] + ["id#" + "N" * 22, CANARY.ljust(256, "s")],
    "TagKey": [
        CANARY,
        *(f"{CANARY}:{number}" for number in range(40)),
        f"{CANARY} é_.:/=+-@",
        f"aws:{CANARY}",
    ],
    "TagValue": ["", CANARY, f"{CANARY} é_.:/=+-@", CANARY.ljust(256)],
    "UniqueIdLarge": ["N" * 22],
    "WatchlistDescription": _DESCRIPTIONS,
    "WatchlistId": ["N" * 22],
    "WatchlistName": _NAMES,
}

_TARGETS: Final = [
    *(
        "",
        "VoiceID",
        "VoiceID.",
        ".ListDomains",
        "ListDomains",
        "VoiceID.ListDomains.",
        "VoiceID.listdomains",
    ),
    *(
        "voiceid.ListDomains",
        "VoiceID.List Domains",  # Inside, because HTTP ignores spaces around a value.
        "DynamoDB_20120810.ListTables",
        "VoiceID_20210927.ListDomains",
    ),
    *(f"VoiceID.{CANARY}", CANARY, f"VoiceID.{CANARY}" * 500, "VoiceID.__init__", "VoiceID.é\0"),
]
_CONTENT_TYPES: Final = [
    *("", "application/json", "application/x-amz-json-1.1", "text/plain", f"application/{CANARY}"),
    *(
        f"{CONTENT_TYPE}; charset={CANARY}",
        f" {CONTENT_TYPE.upper()} ;",
        f"{CONTENT_TYPE},{CONTENT_TYPE}",
        "\xff;",
    ),
]
_ENCODINGS: Final = ["", "identity", "GZIP", "br", "deflate", "gzip, gzip", "aws-chunked", CANARY, "\0"]


class Ids:
    """The ids of one domain and of what is in it, by the members that they are given in."""

    def __init__(self, domain: Members) -> None:
        self._known: dict[str, list[str]] = {
            "DomainId": [domain["DomainId"]],
            "ResourceArn": [domain["Arn"]],
            "WatchlistId": [domain["WatchlistDetails"]["DefaultWatchlistId"]],
        }

    def of(self, member: str) -> Sequence[str]:
        """Return what may be given in a member, if anything is known."""
        return self._known.get(member, ())

    def learn(self, response: Members, chance: random.Random) -> None:
        """Keep the ids in an answer: the latest few of each kind."""
        for name, value in response.items():
            content = chance.choice(value) if isinstance(value, list) and value else value
            if isinstance(content, dict) and content.get("DomainId") in self._known["DomainId"]:
                for key, id_ in content.items():
                    if key in _LEARNED:
                        self._keep(_LEARNED[key], id_)
            elif name == "NextToken":
                self._keep("NextToken", value)

    def _keep(self, member: str, id_: str) -> None:
        known = self._known.setdefault(member, [])
        if id_ not in known:
            known.append(id_)
            del known[1:-6]


_LEARNED: Final = {
    "WatchlistId": "WatchlistId",
    "GeneratedSpeakerId": "SpeakerId",
    "GeneratedFraudsterId": "FraudsterId",
    "JobId": "JobId",
}


class Storm:
    """A service with something of everything in it, under requests that mean harm.

    Args:
        seed: makes the storm repeatable.
        folder: where its manifests and recordings are kept.
    """

    def __init__(self, seed: int, folder: Path) -> None:
        self.clock = ManualClock()
        self.service = LocalVoiceID(clock=self.clock, seed=seed, s3_root=folder, recognizer=QuickRecognizer())
        self._chance = random.Random(seed)
        self._requests = _Requests(self._chance)
        requests = [(voice, write_recording(folder, voice)) for voice in _TEXTS["SpeakerId"][:3]]
        write_manifest(folder, "speakers.json", "SpeakerEnrollmentRequests", requests)
        write_manifest(folder, "fraudsters.json", "FraudsterRegistrationRequests", requests)
        self.send: Callable[[Request], Response] = self.hand_in
        """How a request gets to the service; in process unless changed."""
        self._domains = [self._domain() for _ in range(5)]

    def blow(self, count: int) -> Iterator[tuple[Request, Response]]:
        """Send ``count`` requests, and yield each with its response; the domains change between them."""
        chance = self._chance
        for _ in range(count):
            if chance.random() < 0.04:
                chance.choice(self._happenings)(self)
            ids = chance.choice(self._domains)
            request = self._requests.make(ids, chance.choice(self._domains))
            response = self.send(request)
            yield request, response
            if response.status == 200 and response.body:
                content = json.loads(response.body)
                ids.learn(content, chance)
                if request.operation == "CreateDomain" and chance.random() < 0.1:
                    self._replace(Ids(content["Domain"]))

    def settle(self) -> None:
        """Let everything under way come to its end, and make everything readable."""
        for key in _LOST_KEYS:
            self.service.enable_key(key)
        self.clock.advance(3600)
        self._ask("ListDomains")

    def _pass_time(self) -> None:
        self.clock.advance(self._chance.choice((0.1, 1, 10, 100, 1000, 10_000, 100_000, 3_000_000)))

    def _lose_key(self) -> None:
        change = self._chance.choice((self.service.disable_key, self.service.enable_key))
        change(self._chance.choice(_LOST_KEYS))

    def _open_domain(self) -> None:
        self._replace(self._domain())

    def _hold_call(self) -> None:
        chance = self._chance
        (domain_id,) = chance.choice(self._domains).of("DomainId")
        with contextlib.suppress(ServiceException):
            call = self.service.start_call(
                domain_id,
                chance.choice(_TEXTS["SessionNameOrId"][:2]),
                chance.choice(_TEXTS["SpeakerId"][:20]),
            )
            call.speak(CANARY, seconds=chance.choice((1, 12, 40)))
            chance.choice((call.enroll, call.end, call.restart_stream))()

    _happenings: Final = (_pass_time, _lose_key, _hold_call, _open_domain, _open_domain)

    def _replace(self, ids: Ids) -> None:
        self._domains[self._chance.randrange(len(self._domains))] = ids

    def _domain(self) -> Ids:
        """Make a domain in which every operation has something to do."""
        content = {"Name": CANARY, "ServerSideEncryptionConfiguration": {"KmsKeyId": KEY}}
        ids = Ids(self._ask("CreateDomain", **content)["Domain"])
        about = {"DomainId": ids.of("DomainId")[0]}
        for operation, manifest in (
            ("StartSpeakerEnrollmentJob", "s3://jobs/speakers.json"),
            ("StartFraudsterRegistrationJob", "s3://jobs/fraudsters.json"),
        ):
            self._ask(
                operation,
                **about,
                DataAccessRoleArn=_TEXTS["IamRoleArn"][0],
                InputDataConfig={"S3Uri": manifest},
                OutputDataConfig={"S3Uri": "s3://jobs/out"},
            )
        self.clock.advance(60)
        for _ in range(2):
            ids.learn(self._ask("CreateWatchlist", **about, Name=CANARY), self._chance)
        for fraudster in self._ask("ListFraudsters", **about)["FraudsterSummaries"]:
            both = {"FraudsterId": fraudster["GeneratedFraudsterId"], "WatchlistId": ids.of("WatchlistId")[1]}
            ids.learn(self._ask("AssociateFraudster", **about, **both), self._chance)
        for operation in ("ListSpeakers", "ListSpeakerEnrollmentJobs", "ListFraudsterRegistrationJobs"):
            ids.learn(self._ask(operation, **about, MaxResults=1), self._chance)
        self.service.start_call(about["DomainId"], CANARY, CANARY).speak(CANARY, seconds=12)
        return ids

    def _ask(self, operation: str, **members: Any) -> Members:
        response = self.hand_in(Request(operation, _headers(operation), json.dumps(members).encode()))
        assert response.status == 200, response.body
        content: Members = json.loads(response.body or b"{}")
        return content

    def hand_in(self, request: Request) -> Response:
        """Give the service a request in process."""
        return self.service.handle(request.headers, request.body, method=request.method, path=request.path)


class _Requests:
    """Makes requests, most of them with something wrong."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._operations = service_model.operation_names()

    def make(self, ids: Ids, others: Ids) -> Request:
        """Return a request about one domain, with now and then an id of another."""
        chance = self._chance
        operation = chance.choice(self._operations)
        members = self._structure(service_model.operation(operation)["input"]["shape"], ids, others)
        kind = chance.random()
        if kind < 0.35:
            return Request(operation, _headers(operation), json.dumps(members).encode())
        if kind < 0.75:
            for _ in range(chance.choice((1, 1, 1, 2, 4))):
                self._break_member(members)
            return Request(operation, _headers(operation), self._written(members), changed=True)
        if kind < 0.88:
            body = json.dumps(members, ensure_ascii=chance.random() < 0.5).encode()
            return Request(operation, _headers(operation), self._broken(body), changed=True)
        return self._misdirected(operation, json.dumps(members).encode())

    def _structure(self, name: str, ids: Ids, others: Ids) -> Members:
        shape = service_model.shape(name)
        required = shape.get("required", ())
        return {
            member: self._value(member, reference["shape"], ids, others)
            for member, reference in shape["members"].items()
            if member in required or self._chance.random() < 0.4
        }

    def _value(self, member: str, name: str, ids: Ids, others: Ids) -> Any:
        chance = self._chance
        shape = service_model.shape(name)
        if shape["type"] == "structure":
            return self._structure(name, ids, others)
        if shape["type"] == "list":
            most = min(3, shape.get("max", 3))
            item = shape["member"]["shape"]
            return [
                self._value(item, item, ids, others) for _ in range(chance.randint(shape.get("min", 0), most))
            ]
        if shape["type"] == "integer":
            return chance.randint(shape.get("min", 0), shape.get("max", 100))
        if "enum" in shape:
            return chance.choice(shape["enum"])
        known = (others if chance.random() < 0.1 else ids).of(member)
        if known and (member != "SpeakerId" or chance.random() < 0.5):
            return chance.choice(known)
        return chance.choice(_TEXTS[name] or known)

    def _break_member(self, members: Members) -> None:
        holder: Any = members
        while True:
            keys = list(holder) if isinstance(holder, dict) else range(len(holder))
            if not keys:
                break
            key = self._chance.choice(keys)
            if not isinstance(holder[key], (dict, list)) or self._chance.random() < 0.3:
                self._chance.choice(CHANGES)(self._chance, holder, key)
                return
            holder = holder[key]
        members[CANARY] = junk(self._chance)

    def _written(self, members: Members) -> bytes:
        """Return JSON in which raw values stand as they are; now and then, it has a member twice."""
        chance = self._chance
        raw: list[str] = []

        def keep(value: Raw) -> str:
            raw.append(value.text)
            return f"\x1a{len(raw) - 1}"

        text = json.dumps(members, default=keep, ensure_ascii=chance.random() < 0.5)
        text = re.sub(r'"\\u001a([0-9]+)"', lambda found: raw[int(found[1])], text)
        if chance.random() < 0.1:
            text = f'{{"{chance.choice([*members, CANARY])}": {json.dumps(CANARY)}, {text[1:]}'
        return text.encode("utf-8", "surrogatepass")

    def _broken(self, body: bytes) -> bytes:
        return self._chance.choice(BREAKS)(self._chance, body)

    def _misdirected(self, operation: str, body: bytes) -> Request:
        chance = self._chance
        headers = _headers(operation)
        method, path = "POST", "/"
        kind = chance.randrange(7)
        if kind == 0:
            headers["X-Amz-Target"] = chance.choice(_TARGETS)
        elif kind == 1:
            headers["Content-Type"] = chance.choice(_CONTENT_TYPES)
        elif kind == 2:
            headers["Content-Encoding"] = chance.choice(_ENCODINGS)
        elif kind == 3:
            headers["Content-Encoding"] = "gzip"
            body = chance.choice(PACKINGS)(chance, body)
        elif kind == 4:
            method = chance.choice(("GET", "PUT", "DELETE", "HEAD", "OPTIONS", "post", CANARY, ""))
            path = chance.choice(("/", "//", "/?x", "", "*", f"/{CANARY}", f"/../{CANARY}", "/%00", "/\xff"))
        elif kind == 5:
            headers = {chance.choice((str.lower, str.upper))(name): value for name, value in headers.items()}
            headers |= {
                "X-Amz-Security-Token": CANARY,
                "X-Amzn-RequestId": CANARY,
                "Host": CANARY,
                "": CANARY,
            }
        else:
            del headers[chance.choice(list(headers))]
        return Request(operation, headers, body, method, path, changed=True)


def _headers(operation: str) -> dict[str, str]:
    return {"X-Amz-Target": f"VoiceID.{operation}", "Content-Type": CONTENT_TYPE}
