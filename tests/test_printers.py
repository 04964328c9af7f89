"""Hypothesis, pytest and rich print data and handles without the values that identify callers."""

import inspect
import io
from typing import Any

import pytest
from hypothesis import find
from hypothesis import strategies as st
from hypothesis.vendor import pretty
from IPython.lib.pretty import pretty as ipython_pretty
from rich.console import Console
from rich.pretty import pretty_repr

import voiceid_sdk
from voiceid_sdk import AsyncVoiceID, VoiceID, batch, bulk, models
from voiceid_sdk.batch import (
    AudioSpecification,
    EnrollmentManifest,
    EnrollmentRequest,
    RegistrationManifest,
    RegistrationRequest,
)
from voiceid_sdk.local import LocalVoiceID
from voiceid_sdk.testing.plugin import pytest_assertrepr_compare

pytest_plugins = ["pytester"]

CANARY = "canary-4711"
FRAUDSTER = "id#cAnAryCAnarYcanARYcAna"


@pytest.fixture
def shown(voiceid: VoiceID, async_voiceid: AsyncVoiceID, voiceid_local: LocalVoiceID) -> dict[str, object]:
    """Return an object of each kind, all of which hold the canary."""
    domain = voiceid.create_domain(name=CANARY, kms_key_id="alias/test", description=CANARY)
    speaker = domain.speaker(CANARY)
    run = bulk.opt_out_speakers(domain, [CANARY])
    outcome = next(iter(run))
    audio = [AudioSpecification(s3_uri=f"s3://bucket/{CANARY}.wav")]
    enrollment = EnrollmentRequest(request_id=CANARY, speaker_id=CANARY, audio_specifications=audio)
    registration = RegistrationRequest(request_id=CANARY, audio_specifications=audio)
    watchlist = domain.create_watchlist(name=CANARY)
    domain.tag({CANARY: CANARY})
    async_domain = async_voiceid.domain(domain.domain_id)
    manifest = EnrollmentManifest([enrollment])
    return {
        "domain": domain,
        "domain data": domain.describe(),
        "speaker": speaker,
        "speaker data": speaker.describe(),
        "session": domain.session(CANARY),
        "fraudster": domain.fraudster(FRAUDSTER),
        "watchlist": watchlist,
        "watchlist data": watchlist.describe(),
        "tags": domain.tags(),
        "pager": domain.speakers(),
        "page": next(iter(domain.speakers().pages())),
        "iterator": iter(domain.speakers()),
        "list": domain.speakers().all(),
        "audio": audio[0],
        "request": enrollment,
        "registration request": registration,
        "manifest": manifest,
        "registration manifest": RegistrationManifest([registration]),
        "run": run,
        "outcome": outcome,
        "report": run.report,
        "async domain": async_domain,
        "async speaker": async_domain.speaker(CANARY),
        "async session": async_domain.session(CANARY),
        "async fraudster": async_domain.fraudster(FRAUDSTER),
        "async pager": async_domain.speakers(),
    }


def printed_by_rich(value: object) -> str:
    output = io.StringIO()
    Console(file=output, width=200).print(value)
    return output.getvalue()


PRINTERS = [repr, pretty.pretty, printed_by_rich, pretty_repr]


@pytest.mark.parametrize("printer", PRINTERS)
def test_no_printer_shows_what_identifies_a_caller(shown: dict[str, object], printer: object) -> None:
    assert callable(printer)
    texts = {name: printer(value) for name, value in shown.items()}
    texts |= {f"{name} in a container": printer([{"value": value}]) for name, value in shown.items()}
    assert [name for name, text in texts.items() if CANARY in text or FRAUDSTER in text] == []
    assert "DomainInfo" in texts["domain data"]
    assert texts["domain"].startswith("Domain(")


PUBLIC_CLASSES = [
    value
    for module in (voiceid_sdk, batch, bulk, models)
    for value in (getattr(module, name) for name in module.__all__)
    if inspect.isclass(value)
]


@pytest.mark.parametrize("printer", [*PRINTERS, ipython_pretty])
def test_every_printer_prints_a_class_by_its_name(printer: object) -> None:
    assert callable(printer)
    for kind in PUBLIC_CLASSES:
        assert kind.__name__ in printer(kind)
        assert kind.__name__ in printer([kind])


def test_ipython_prints_an_instance_as_a_table(voiceid: VoiceID) -> None:
    printer: Any = ipython_pretty
    info = voiceid.create_domain(name=CANARY, kms_key_id="alias/test").describe()
    assert printer(info).count("\n") > 1


def test_hypothesis_samples_classes() -> None:
    assert find(st.sampled_from([models.DomainInfo]), lambda _: True) is models.DomainInfo


def test_hypothesis_prints_a_handle_by_its_repr(voiceid: VoiceID) -> None:
    speaker = voiceid.domain("d" * 22).speaker(CANARY)
    assert pretty.pretty(speaker) == repr(speaker)
    assert "_connection" not in pretty.pretty(speaker)


def test_pytest_explains_a_comparison_without_sensitive_values(shown: dict[str, object]) -> None:
    for value in shown.values():
        for other in (value, None, CANARY.title()):
            lines = pytest_assertrepr_compare("==", value, other)
            assert lines is not None
            assert CANARY not in "".join(lines)
            assert FRAUDSTER not in "".join(lines)


def test_pytest_names_the_fields_that_differ() -> None:
    one, other = (RegistrationRequest(request_id=f"{CANARY}-{number}") for number in (1, 2))
    assert pytest_assertrepr_compare("==", one, other) == [
        f"{one!r} == {other!r}",
        "Fields that differ: request_id",
    ]


def test_pytest_explains_other_comparisons_itself() -> None:
    assert pytest_assertrepr_compare("==", 1, 2) is None
    assert pytest_assertrepr_compare("==", {"a": 1}, []) is None


OPTIONS = ("-pno:cacheprovider", "-pno:anyio", "-pno:asyncio", "-vv")


def test_a_failed_test_shows_no_ids(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from voiceid_sdk.batch import RegistrationRequest

        ONE, OTHER = (RegistrationRequest(request_id="canary" + "-" + str(4710 + n)) for n in (1, 2))

        def test_data():
            assert ONE == OTHER

        def test_lists():
            assert [ONE] == [OTHER]

        def test_handles(voiceid_domain):
            assert voiceid_domain.speaker(ONE.request_id) == voiceid_domain.speaker(OTHER.request_id)
        """
    )
    # The folder for temporary files may lie inside of this project, whose own conftest.py is not meant.
    result = pytester.runpytest_inprocess(*OPTIONS, f"--confcutdir={pytester.path}")
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(["*Fields that differ: request_id"])
    result.stdout.no_fnmatch_line(f"*{CANARY}*")
