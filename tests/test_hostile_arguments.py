"""Arguments of wrong types and out of all ranges: an error names the parameter, and nothing was sent.

The parameters are found by the signatures of the public functions and methods.
"""

import inspect
import logging
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.canned_responses import DOMAIN_ARN, DOMAIN_ID, JOB_ID, ROLE_ARN, TYPICAL, WATCHLIST_ID
from tests.support.recording_files import chunk, riff
from voiceid_sdk import VoiceID, WaitPolicy, bulk, errors, models, privacy
from voiceid_sdk.batch import (
    AudioSpecification,
    EnrollmentManifest,
    EnrollmentRequest,
    EnrollmentResults,
    RegistrationManifest,
    RegistrationResults,
    policies,
    recordings,
)
from voiceid_sdk.bulk import AsyncRun, IndexSet, Options, Report, Run
from voiceid_sdk.migration.programs import check_program
from voiceid_sdk.paging import Pager
from voiceid_sdk.runs import RunOptions
from voiceid_sdk.testing import WaitClock

CANARY: Final = "canary4711"


class Text(str):
    """A string of another class, whose repr would show its value."""

    __slots__ = ()

    def __repr__(self) -> str:
        return CANARY


HOSTILE: Final[tuple[object, ...]] = (
    object(),
    CANARY.encode(),
    bytearray(CANARY.encode()),
    math.nan,
    math.inf,
    -(10**400),
    10**400,
    True,
    f"{CANARY}\ud800",
    f"{CANARY}\0" * 5000,
    Text(CANARY + "\n"),
    [CANARY, 1],
    {CANARY: 1, 1: CANARY},
    ValueError(CANARY),
)

NOT_CHECKED: Final = frozenset(
    {
        "axes",
        "function",
        "on_call",
        "on_progress",
        "clock",
        "session",
        "executor",
        "raise_on_errors",
        "retry_failed",
    }
)
"""Objects of the caller, which are used for their methods, and flags, of which only the truth matters."""


class Service:
    """A client that keeps what was sent, and gives typical responses."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., Mapping[str, object]]:
        if name.startswith("_") or name == "meta":
            raise AttributeError(name)

        def call(**_: object) -> Mapping[str, object]:
            self.sent.append(name)
            return TYPICAL.get("".join(map(str.title, name.split("_"))), {})

        return call


SERVICE: Final = Service()
CLIENT: Final = VoiceID(client=SERVICE, clock=WaitClock())
DOMAIN: Final = CLIENT.domain(DOMAIN_ID)
WATCHLIST: Final = DOMAIN.watchlist(WATCHLIST_ID)
ENROLLMENTS: Final = EnrollmentManifest(
    [
        EnrollmentRequest(
            request_id="a",
            speaker_id="a",
            audio_specifications=[AudioSpecification(s3_uri="s3://voices/a.wav")],
        )
    ]
)
REGISTRATIONS: Final = RegistrationManifest.from_json_lines(
    ['{"AudioSpecifications": [{"S3Uri": "s3://voices/a.wav"}]}']
)

FORM: Final = (1).to_bytes(2, "little") * 2 + b"\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0"
WAV: Final = riff(chunk(b"fmt ", FORM), chunk(b"data", b"\0\x40" * 800))
"""A recording in the format of the service."""

VALID: Final[Mapping[str, object]] = {
    "arn": DOMAIN_ARN,
    "bucket": "voices",
    "content": '{"Version": "1.0", "SpeakerEnrollmentRequests": [], "Errors": []}',
    "count": 1,
    "data_access_role_arn": ROLE_ARN,
    "data": {},
    "domain": DOMAIN,
    "domain_arn": DOMAIN_ARN,
    "domain_kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/1",
    "folder": "recordings",
    "fraudster": "id#Abcdefghijklmnopqrst03",
    "handler": logging.NullHandler(),
    "index": 1,
    "input_s3_uri": "s3://voices/in",
    "input_s3_uris": ["s3://voices/in"],
    "job": JOB_ID,
    "keys": ["team"],
    "kms_key_id": "alias/voice-id",
    "name": "calls",
    "name_or_id": "call-1",
    "operation": "DescribeDomain",
    "output_s3_uri": "s3://voices/out",
    "record": logging.makeLogRecord({"name": "boto3"}),
    "recording": WAV,
    "s3": Service(),
    "size": 5,
    "source": WAV,
    "speaker": "caller-1",
    "status": "ENROLLED",
    "tags": {"team": "support"},
    "text": '{"outcomes": []}',
    "uri": "s3://voices/manifest.json",
    "voiceid": CLIENT,
    "watchlist": WATCHLIST,
}

OWNERS: Final = (
    CLIENT,
    DOMAIN,
    DOMAIN.speaker("caller-1"),
    DOMAIN.fraudster("id#Abcdefghijklmnopqrst03"),
    WATCHLIST,
    DOMAIN.session("call-1"),
    DOMAIN.enrollment_job(JOB_ID),
    DOMAIN.registration_job(JOB_ID),
    DOMAIN.speakers(),
    ENROLLMENTS,
    REGISTRATIONS,
    EnrollmentResults([]),
    RegistrationResults([]),
    IndexSet(),
    recordings.inspect_recording(WAV),
)

MODULES: Final = (bulk, policies, privacy, recordings)

OTHERS: Final = (
    EnrollmentManifest,
    EnrollmentManifest.from_csv,
    EnrollmentResults,
    IndexSet,
    RegistrationManifest,
    RegistrationManifest.from_json,
    RegistrationResults,
    Report.from_dict,
    WaitPolicy,
    check_program,
    models.DomainInfo.from_dict,
    models.ExtraFields,
)
"""Functions of other modules, and classes with a constructor that does more than keep its arguments."""


def functions() -> Iterator[tuple[str, Callable[..., object]]]:
    """Yield every public method of the owners, function of the modules, and other function, with its name."""
    for owner in OWNERS:
        for name, method in inspect.getmembers(owner, inspect.ismethod):
            if not name.startswith("_"):
                yield f"{type(owner).__name__}.{name}", method
    for module in MODULES:
        for name in module.__all__:
            if inspect.isfunction(function := getattr(module, name)):
                yield f"{module.__name__.removeprefix('voiceid_sdk.')}.{name}", function
    for function in OTHERS:
        yield function.__qualname__, function


FUNCTIONS: Final = dict(functions())


def parameters() -> Iterator[tuple[str, str]]:
    """Yield the names of every function and each of its parameters, also of those in ``options``."""
    for name, function in FUNCTIONS.items():
        for parameter in inspect.signature(function).parameters.values():
            if parameter.kind is not inspect.Parameter.VAR_KEYWORD:
                yield name, parameter.name
            elif name != "VoiceID.call":
                options = Options if name.startswith("bulk.") else RunOptions
                yield from ((name, option) for option in options.__annotations__)


def call(name: str, hostile: Mapping[str, object]) -> None:
    """Call a function with hostile arguments and otherwise valid ones, and use its result."""
    arguments: dict[str, Any] = {"progress": False} if name.startswith("bulk.") else {}
    for parameter in inspect.signature(FUNCTIONS[name]).parameters.values():
        is_options = parameter.kind is inspect.Parameter.VAR_KEYWORD
        if is_options or parameter.name in hostile or parameter.default is not inspect.Parameter.empty:
            continue
        value = VALID.get(parameter.name, ["a"])
        if parameter.name == "manifest":
            value = REGISTRATIONS if "register" in name else ENROLLMENTS
        elif parameter.name == "function":
            value = str
        arguments[parameter.name] = value
    arguments |= hostile
    positional = [arguments.pop("operation")] if name == "VoiceID.call" else []
    result = FUNCTIONS[name](*positional, **arguments)
    if isinstance(result, Run):
        list(result)
    elif isinstance(result, Pager):
        result.first()
    assert not isinstance(result, AsyncRun)


@pytest.fixture(scope="module", autouse=True)
def a_folder_of_recordings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("hostile"))
        Path("recordings").mkdir()
        Path("recordings/caller-1.wav").write_bytes(WAV)
        yield


@pytest.mark.parametrize(("name", "parameter"), [one for one in parameters() if one[1] not in NOT_CHECKED])
def test_an_error_about_an_argument_names_it_and_comes_before_any_request(name: str, parameter: str) -> None:
    for hostile in HOSTILE:
        SERVICE.sent.clear()
        try:
            call(name, {parameter: hostile})
        except (errors.VoiceIDError, SyntaxError, TypeError) as error:
            text = f"{error} {error!r}"
            assert CANARY not in text
            if isinstance(error, (errors.RequestValidationError, TypeError)):
                assert not SERVICE.sent, f"{type(hostile)}: {text}"
                assert parameter in text, f"{type(hostile)}: {text}"
