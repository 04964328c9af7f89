"""Arguments of Local Voice ID's own methods, of wrong types: an error names the argument, and no value."""

import inspect
import math
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
import pytest

from voiceid_sdk.local import (
    Calibration,
    Calibrations,
    EmbeddingRecognizer,
    IdentificationCalibration,
    LabelRecognizer,
    LocalVoiceID,
    ManualClock,
    Recording,
    ServiceException,
    VoiceprintError,
    cosine,
    det_curve,
    evaluate_recognizer,
    read_wav,
    tone,
    wav,
)

CANARY: Final = "canary4711"

HOSTILE: Final[tuple[object, ...]] = (
    object(),
    CANARY.encode(),
    math.nan,
    math.inf,
    10**400,
    True,
    f"{CANARY}\ud800",
    [CANARY, 1],
    {CANARY: 1},
    ValueError(CANARY),
)

SIMILARITIES: Final = [number / 100 for number in range(100)]

NOT_CHECKED: Final = frozenset(
    {"authentication", "fraud_detection", "performed", "include_voiceprints", "compliance_consent"}
    | {
        "cloudtrail",
        "documented_statuses",
        "over_telephone",
        "folder",
        "s3",
        "s3_root",
        "path",
        "source",
        "target",
        "wav",
    }
)
"""Flags, of which only the truth matters, objects of the caller, and paths, which have their own test."""

VALID: Final[dict[str, object]] = {
    "account_id": "123456789012",
    "body": b"{}",
    "by": timedelta(0),
    "channel": 0,
    "chunk": b"",
    "code": "ThrottlingException",
    "contact_id": "contact-2",
    "content": wav(tone(1)),
    "curves": [],
    "different": SIMILARITIES,
    "folder": ".",
    "headers": {},
    "kms_key_id": "alias/voice-id",
    "label": "Ana",
    "one": b"",
    "operation": "ListSpeakers",
    "other": b"",
    "rate": 1,
    "recognizer": EmbeddingRecognizer(lambda *_: [1.0]),
    "same": [0.8, 0.9],
    "samples": b"",
    "seconds": 1,
    "session_name_or_id": "contact-1",
    "share": 0.5,
    "source": {"domain": {}},
    "speaker_id": "caller-1",
    "text": Calibrations.from_pairs(SIMILARITIES).to_json(),
    "wav": "s3://calls/a.wav",
}

OTHER_NAMES: Final = {
    "voice": "label",
    "by": "clock",
    "content": "audio",
    "one": "voiceprint",
    "other": "voiceprint",
}
"""Words for parameters that an error may have in place of the name."""

SERVICE: Final = LocalVoiceID(clock=ManualClock())
VALID["domain_id"] = SERVICE.client().create_domain(name="calls", kms_key_id="alias/voice-id").domain_id


def functions() -> Iterator[tuple[str, Callable[..., object]]]:
    """Yield the functions by their names."""
    call = SERVICE.start_call(str(VALID["domain_id"]), "contact-1")
    call.speak("Ana", seconds=1)
    faults = SERVICE.faults
    found: list[Callable[..., object]] = [
        LocalVoiceID,
        ManualClock,
        ManualClock().advance,
        SERVICE.start_call,
        SERVICE.enroll_speaker,
        SERVICE.call,
        SERVICE.export_domain,
        SERVICE.restore_domain,
        SERVICE.disable_key,
        SERVICE.enable_key,
        SERVICE.register_compliance_consent,
        *(call.speak, call.play, call.hear, call.update, call.score),
        *(faults.fail_next, faults.fail_share, faults.drop_next, faults.drop_share),
        *(faults.truncate_next, faults.truncate_share, faults.delay, faults.throttle),
        *(tone, wav, read_wav, cosine, Recording, LabelRecognizer, Calibrations.from_json),
        *(SERVICE.handle, SERVICE.import_domain, det_curve, evaluate_recognizer),
        *(SERVICE.client, SERVICE.async_client, SERVICE.boto3_client),
        IdentificationCalibration(mean=0.0, deviation=1.0).similarity_at,
        *(Calibration.from_pairs, Calibrations.from_pairs, IdentificationCalibration.from_pairs),
    ]
    for function in found:
        yield function.__qualname__, function


FUNCTIONS: Final = dict(functions())

PARAMETERS: Final = [
    (name, parameter)
    for name, function in FUNCTIONS.items()
    for parameter, details in inspect.signature(function).parameters.items()
    if parameter not in NOT_CHECKED and details.kind is not inspect.Parameter.VAR_KEYWORD
]


@pytest.fixture(scope="module", autouse=True)
def closed_at_the_end() -> Iterator[None]:
    yield
    SERVICE.close()


@pytest.mark.parametrize(("name", "parameter"), PARAMETERS)
def test_an_error_about_an_argument_names_it_and_has_no_value(name: str, parameter: str) -> None:
    signature = inspect.signature(FUNCTIONS[name])
    valid = {
        one.name: VALID[one.name]
        for one in signature.parameters.values()
        if one.default is one.empty and one.kind is not one.VAR_KEYWORD
    }
    for hostile in HOSTILE:
        arguments: dict[str, Any] = {**valid, parameter: hostile}
        try:
            result = FUNCTIONS[name](**arguments)
        except (ServiceException, TypeError, ValueError) as error:
            text = f"{error} {error!r}"
            assert CANARY not in text
            if not isinstance(error, ServiceException):
                names = {parameter, OTHER_NAMES.get(parameter, parameter)}
                assert any(name in text for name in names), f"{type(hostile)}: {text}"
        else:
            if isinstance(result, LocalVoiceID):
                result.close()
        SERVICE.faults.clear()


@pytest.mark.parametrize(
    ("argument", "call"),
    [
        ("seconds", lambda: tone(-1)),
        ("seconds", lambda: tone(86401)),
        ("channels", lambda: wav(b"", channels=0)),
        ("channels", lambda: wav(b"", channels=2**16)),
        ("sample_rate", lambda: wav(b"", sample_rate=-8000)),
        ("sample_rate", lambda: wav(b"", sample_rate=2**31)),
        ("channel", lambda: read_wav(wav(tone(1)), -1)),
        ("same", lambda: Calibration.from_pairs([math.nan], [0.1])),
        ("different", lambda: Calibration.from_pairs([0.9], [10**400])),
        ("similarities", lambda: LabelRecognizer({("Ana", "Bo"): 101})),
        ("spoofing", lambda: LabelRecognizer(spoofing={"Ana": math.nan})),
        ("spoofing", lambda: LabelRecognizer(spoofing={"Ana\ud800": 1})),
    ],
)
def test_a_value_out_of_range_names_the_argument(argument: str, call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=argument):
        call()


@pytest.mark.parametrize(
    "similarities", [{"Ana": 1}, {("Ana",): 1}, {("Ana", "Bo", "Cy"): 1}, {(1, 2): 1}, {("Ana", "Bo"): "1"}]
)
def test_a_recognizer_of_labels_needs_pairs_of_labels_and_numbers(similarities: Any) -> None:
    with pytest.raises(TypeError, match="similarities"):
        LabelRecognizer(similarities)


@pytest.mark.parametrize("now", [None, 5.0, CANARY, date(2026, 1, 1), datetime(2026, 1, 1)])
def test_a_clock_without_a_time_zone_is_rejected_when_the_service_is_made(now: Any) -> None:
    clock: Any = SimpleNamespace(now=lambda: now)
    with pytest.raises(TypeError, match="clock must have a method now") as caught:
        LocalVoiceID(clock=clock)
    assert CANARY not in str(caught.value)


def test_an_account_that_is_none_is_rejected_before_a_domain_is_added_to_it() -> None:
    domain = SERVICE.export_domain(str(VALID["domain_id"]))
    wrong: list[Any] = [CANARY.encode(), "12", 10**12]
    with LocalVoiceID() as other:
        for account_id in wrong:
            with pytest.raises((TypeError, ValueError), match="account_id"):
                other.import_domain(domain, account_id=account_id)
        with pytest.raises(ValueError, match="region_name"):
            other.import_domain(domain, region_name="us east 1")


def test_a_service_takes_bodies_from_any_buffer() -> None:
    headers = {"X-Amz-Target": "VoiceID.ListDomains", "Content-Type": "application/x-amz-json-1.0"}
    bodies: list[Any] = [b"{}", bytearray(b"{}"), memoryview(b"{}")]
    for body in bodies:
        assert SERVICE.handle(headers, body).status == 200


def test_calibrations_are_fitted_to_arrays_of_numpy() -> None:
    same, different = [0.8, 0.9], [0.1, 0.2]
    arrays: list[Any] = [np.array(same), np.array(different)]
    assert Calibration.from_pairs(*arrays) == Calibration.from_pairs(same, different)


def test_a_voiceprint_that_was_cut_off_is_not_compared() -> None:
    recognizer = EmbeddingRecognizer(lambda *_: [1.0, 2.0], model="a")
    voiceprint = recognizer.voiceprint([Recording(samples=tone(1))])
    with pytest.raises(VoiceprintError):
        recognizer.cosine(voiceprint[:-1], voiceprint[:-1])
