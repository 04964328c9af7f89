"""The examples in public docstrings run, and print what they show."""

import ast
import asyncio
import contextlib
import doctest
import importlib
import inspect
import io
import json
import pkgutil
from pathlib import Path

import pytest

import voiceid_sdk
from voiceid_sdk import Domain, VoiceID, WaitPolicy, bulk, enums, local, models, privacy
from voiceid_sdk.local import LocalVoiceID, ManualClock, Timing, tone, wav

PACKAGE = Path(voiceid_sdk.__file__).parent
SOUND = tone(35)
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
    if "    >>> " in path.read_text("utf-8")
)
BEGINNINGS = [
    "voiceid_sdk.AsyncDomain",
    "voiceid_sdk.AsyncVoiceID",
    "voiceid_sdk.AsyncVoiceID.create_domain",
    "voiceid_sdk.AsyncVoiceID.domain",
    "voiceid_sdk.Domain",
    "voiceid_sdk.Domain.create_watchlist",
    "voiceid_sdk.Domain.enroll",
    "voiceid_sdk.Domain.fraudsters",
    "voiceid_sdk.Domain.session",
    "voiceid_sdk.Domain.speakers",
    "voiceid_sdk.Domain.start_enrollment_job",
    "voiceid_sdk.Domain.watchlists",
    "voiceid_sdk.EnrollmentJob",
    "voiceid_sdk.Session.evaluate",
    "voiceid_sdk.VoiceID",
    "voiceid_sdk.VoiceID.create_domain",
    "voiceid_sdk.VoiceID.domain",
    "voiceid_sdk.bulk.describe_speakers",
    "voiceid_sdk.local.Call.hear",
    "voiceid_sdk.local.LocalVoiceID",
    "voiceid_sdk.local.mock_voice_id",
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a working directory with recordings, and with the bucket ``calls`` in the folder ``buckets``."""
    monkeypatch.chdir(tmp_path)
    for name in ("archive", "recordings", "buckets/calls"):
        Path(name).mkdir(parents=True)
    for name in ("recordings/customer-7", "buckets/calls/customer-8", "buckets/calls/known"):
        Path(f"{name}.wav").write_bytes(wav(SOUND, label=Path(name).name))
    speaker = {"RequestId": "1", "SpeakerId": "customer-8", "AudioSpecifications": recording("customer-8")}
    write_manifest("speakers", {"SpeakerEnrollmentRequests": [speaker]})
    fraudster = {"RequestId": "1", "AudioSpecifications": recording("known")}
    write_manifest("fraudsters", {"FraudsterRegistrationRequests": [fraudster]})


def recording(name: str) -> list[dict[str, object]]:
    return [{"S3Uri": f"s3://calls/{name}.wav", "ChannelId": 0}]


def write_manifest(name: str, requests: dict[str, object]) -> None:
    Path(f"buckets/calls/{name}.json").write_text(json.dumps({"Version": "1.0", **requests}))


def prepared_domain(service: LocalVoiceID, voiceid: VoiceID) -> Domain:
    """Return a domain with an enrolled speaker and a call with speech."""
    domain = voiceid.create_domain(name="support-line", kms_key_id="alias/voice-id")
    call = service.start_call(domain.domain_id, "contact-0", speaker_id="customer-42")
    call.enroll()
    call.speak("Ana", seconds=35)
    call = service.start_call(domain.domain_id, "contact-1", speaker_id="customer-42")
    call.speak("Ana", seconds=12)
    return domain


def register_fraudster(domain: Domain) -> None:
    job = domain.start_registration_job(
        input_s3_uri="s3://calls/fraudsters.json",
        output_s3_uri="s3://calls/results",
        data_access_role_arn="arn:aws:iam::111122223333:role/voice-id",
    )
    job.wait(progress=False)


async def run_example(example: doctest.Example, names: dict[str, object]) -> str:
    """Run an example, which may have ``await``, and return what it prints."""
    code = compile(example.source, "<example>", "single", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        result = eval(code, names)
        if inspect.iscoroutine(result):
            await result
    return printed.getvalue()


async def run_examples(docstring: doctest.DocTest, service: LocalVoiceID, voiceid: VoiceID) -> None:
    """Run the examples of a docstring in a domain of their own, because examples change it."""
    text = docstring.docstring or ""
    domain = prepared_domain(service, voiceid)
    if ".fraudsters(" in text:
        register_fraudster(domain)
    names = {**vars(enums), **vars(models), **vars(local), **vars(voiceid_sdk), **docstring.globs}
    names |= {"WaitPolicy": WaitPolicy, "bulk": bulk, "privacy": privacy}
    names |= {"service": service, "voiceid": voiceid, "domain": domain}
    if "s3" in text:
        names["s3"] = service.s3_client()
    if ".aio." in docstring.name:
        names["voiceid"] = client = service.async_client()
        names["domain"] = client.domain(domain.domain_id)
    for example in docstring.examples:
        printed = await run_example(example, names)
        assert printed == example.want, f"{docstring.name}: {example.source}"


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.usefixtures("folder")
def test_examples_print_what_they_show(module: str) -> None:
    found = doctest.DocTestFinder().find(importlib.import_module(module))
    # Those that list the domains come first, because the others leave theirs.
    found.sort(key=lambda docstring: ".domains()" not in (docstring.docstring or ""))
    with (
        LocalVoiceID(s3_root="buckets", timing=Timing.at_once(), clock=ManualClock()) as service,
        service.client() as voiceid,
    ):
        for docstring in found:
            if docstring.examples:
                asyncio.run(run_examples(docstring, service, voiceid))


@pytest.mark.parametrize("name", BEGINNINGS)
def test_what_people_begin_with_has_an_example(name: str) -> None:
    assert ">>> " in str(pkgutil.resolve_name(name).__doc__)
