"""The pytest plugin and its fixtures."""

import subprocess
import sys
from importlib.metadata import entry_points
from typing import Final

import pytest

pytest_plugins = ["pytester"]


# Where the package is installed, pytest finds the plugin by itself.
PLUGIN: Final = (
    () if entry_points(group="pytest11", name="voiceid_sdk") else ("-p", "voiceid_sdk.testing.plugin")
)

USING_LOCAL: Final = """
    import datetime
    import pytest
    from voiceid_sdk import WaitPolicy

    IDS = []

    @pytest.fixture
    def domain(voiceid):
        return voiceid.create_domain(name="calls", kms_key_id="alias/calls")

    @pytest.mark.parametrize("turn", [1, 2])
    def test_ids_are_repeatable(turn, domain, voiceid):
        IDS.append(domain.domain_id)
        assert len(voiceid.domains().all()) == 1
        assert len(set(IDS)) == 1

    def test_a_caller_is_judged(domain, voiceid_local, voiceid_clock):
        assert voiceid_local.clock is voiceid_clock
        call = voiceid_local.start_call(domain.domain_id, "contact-1", speaker_id="ana")
        call.speak("ana", seconds=12)
        began = voiceid_clock.now()
        evaluation = domain.session("contact-1").wait_for_decision()
        assert evaluation.authentication_result.decision == "SPEAKER_NOT_ENROLLED"
        assert voiceid_clock.now() - began == datetime.timedelta(seconds=10)

    def test_a_job_reads_from_the_folder(domain, voiceid_s3_root):
        (voiceid_s3_root / "voice-in").mkdir()
        (voiceid_s3_root / "voice-in" / "manifest.json").write_text("{}")
        job = domain.start_enrollment_job(
            input_s3_uri="s3://voice-in/manifest.json",
            output_s3_uri="s3://voice-out/",
            data_access_role_arn="arn:aws:iam::111122223333:role/voice-id",
        )
        with pytest.raises(Exception) as caught:
            job.wait(WaitPolicy(timeout=3600))
        assert type(caught.value).__name__ == "JobFailedError"
"""
USING_STUB: Final = """
    from voiceid_sdk.models import SpeakerInfo

    def test_all_calls_were_made(voiceid_stub):
        speaker = voiceid_stub.client.domain("Abcdefghijklmnopqrst01").speaker("ana")
        voiceid_stub.expect(speaker.describe).returns(SpeakerInfo())
        assert speaker.describe() == SpeakerInfo()

    def test_a_call_is_missing(voiceid_stub):
        voiceid_stub.expect(voiceid_stub.client.domains).returns()
"""


USING_ASYNC: Final = """
    import datetime
    import pytest

    @pytest.mark.{mark}
    async def test_a_caller_is_judged(async_voiceid, voiceid_local, voiceid_clock):
        domain = await async_voiceid.create_domain(name="calls", kms_key_id="alias/calls")
        voiceid_local.start_call(domain.domain_id, "contact-1").speak("ana", seconds=12)
        began = voiceid_clock.now()
        await domain.session("contact-1").wait_for_decision()
        assert voiceid_clock.now() - began == datetime.timedelta(seconds=10)
        assert [one.domain_id async for one in async_voiceid.domains()] == [domain.domain_id]
"""
NO_ASYNC_PLUGINS: Final = ("-pno:anyio", "-pno:asyncio")


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    # The folder for temporary files may lie inside of this project, whose own conftest.py is not meant.
    arguments = arguments or NO_ASYNC_PLUGINS
    return pytester.runpytest_inprocess(*PLUGIN, *arguments, "-W", "error", f"--confcutdir={pytester.path}")


def test_fixtures_give_a_local_voice_id_and_a_client(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(USING_LOCAL)
    run(pytester).assert_outcomes(passed=4)


@pytest.mark.parametrize(
    ("mark", "arguments", "passed"),
    [
        ("asyncio", ("-pno:anyio", "-oasyncio_default_fixture_loop_scope=function"), 1),
        ("anyio", ("-pno:asyncio",), 2),
    ],
)
def test_a_fixture_gives_an_async_client_to_tests_of_every_plugin(
    pytester: pytest.Pytester, mark: str, arguments: tuple[str, ...], passed: int
) -> None:
    pytester.makepyfile(USING_ASYNC.format(mark=mark))
    run(pytester, *arguments).assert_outcomes(passed=passed)


def test_a_fixture_gives_a_stub_and_verifies_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(USING_STUB)
    result = run(pytester)
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*StubError: Expected calls that were not made (1):", "*ListDomains {}"])


def test_the_plugin_imports_nothing_that_slows_pytest_down() -> None:
    slow = ["boto3", "botocore", "cattrs", "tenacity", "voiceid_sdk.local"]
    program = f"import sys, voiceid_sdk.testing.plugin; print(set({slow}) & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
