"""The command ``voiceid``: the list of commands, what each runs, and the completion in shells."""

import importlib.metadata
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from voiceid_sdk import __version__
from voiceid_sdk.cli import completion, demo, running
from voiceid_sdk.cli.commands import COMMANDS
from voiceid_sdk.local.http import server
from voiceid_sdk.local.http.application import ACCESS_LOG


def test_the_package_installs_the_command() -> None:
    (command,) = importlib.metadata.entry_points(group="console_scripts", name="voiceid")
    assert command.load() is running.main


def test_without_arguments_the_commands_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert running.main([]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown and command.summary in shown for name, command in COMMANDS.items())


def test_an_unknown_command_names_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        running.main(["demonstrate"])
    assert stop.value.code == 2
    assert "serve" in capsys.readouterr().err


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_shows_its_help_under_its_own_name(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        running.main([name, "--help"])
    assert stop.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: voiceid {name} ")


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    assert running.main(["version"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == f"voiceid-sdk {__version__}"


@pytest.mark.slow
def test_the_package_runs_as_a_module() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "voiceid_sdk", "version"], capture_output=True, text=True, check=True
    )
    assert __version__ in ran.stdout


def test_the_demo_runs_without_a_clone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "enroll_caller", lambda service, domain: None)
    monkeypatch.setattr(demo, "evaluate_calls", lambda service, domain: None)
    assert running.main(["demo"]) == 0
    assert "OPTED_OUT" in capsys.readouterr().out.splitlines()[-1]


def test_a_demo_that_is_interrupted_ends_as_shells_expect(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "main", interrupt)
    assert running.main(["demo"]) == running.INTERRUPTED


@pytest.mark.slow
def test_a_reader_that_stops_reading_is_no_error() -> None:
    script = "import sys; from voiceid_sdk.cli.running import main; sys.exit(main(['completion', 'bash']))"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as ran:
        assert ran.stdout is not None
        assert ran.stderr is not None
        ran.stdout.close()
        assert ran.stderr.read() == b""
    assert ran.returncode == 0


@pytest.fixture
def access_log_as_before() -> Iterator[None]:
    """Keep the level of the access log, which the command sets for the whole process."""
    level = ACCESS_LOG.level
    yield
    ACCESS_LOG.setLevel(level)


@pytest.mark.usefixtures("access_log_as_before")
def test_serve_starts_the_server(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    served: list[object] = []
    monkeypatch.setattr(server, "serve", lambda application, *_: served.append(application))
    assert running.main(["serve", "--port", "0", "--no-access-log"]) == 0
    assert len(served) == 1
    assert "Local Voice ID listens on http://127.0.0.1:" in capsys.readouterr().out


def test_a_missing_extra_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "voiceid_sdk.local.http.server", None)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "voiceid_sdk.local.http.server")
    monkeypatch.delattr("voiceid_sdk.local.http.server")
    with pytest.raises(SystemExit) as stop:
        running.main(["serve", "--port", "0"])
    assert stop.value.code == 1
    assert "voiceid serve: uvicorn is not installed" in (shown := capsys.readouterr().err)
    assert "pip install 'voiceid-sdk[server]'" in shown


def test_migrate_data_writes_the_inventory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "speakers.jsonl").write_text("")
    assert running.main(["migrate-data", str(tmp_path / "kept"), "--output", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "report.md").read_text() == capsys.readouterr().out


def test_migrate_shows_the_new_form_of_a_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = tmp_path / "program.py"
    program.write_text('import boto3\nclient = boto3.client("voice-id")\nclient.list_domains()\n')
    running.main(["migrate", str(program)])
    assert "voiceid.domains()" in capsys.readouterr().out


def completions(*words: str) -> list[str]:
    """Return what bash offers for the last of the words after ``voiceid``."""
    script = completion.bash(COMMANDS) + 'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _voiceid\n'
    script += 'printf "%s\\n" "${COMPREPLY[@]}"\n'
    ran = subprocess.run(
        ["bash", "-c", script, "bash", "voiceid", *words], capture_output=True, text=True, check=True
    )
    return ran.stdout.split()


needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
needs_zsh = pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")


@needs_bash
def test_bash_completes_commands() -> None:
    assert completions("de") == ["demo"]
    assert set(completions("")) == {*COMMANDS, "--help"}


@needs_bash
def test_bash_completes_the_options_of_a_command() -> None:
    assert completions("serve", "--s3") == ["--s3-endpoint", "--s3-root"]
    assert completions("completion", "z") == ["zsh"]


@needs_bash
def test_bash_leaves_other_words_to_its_files() -> None:
    assert completions("compare", "recording") == []


@needs_zsh
def test_zsh_accepts_its_script() -> None:
    script = completion.zsh(COMMANDS)
    subprocess.run(["zsh", "-n"], input=script, text=True, check=True)


def test_zsh_shows_the_summaries() -> None:
    script = completion.zsh(COMMANDS)
    assert all(f"'{name}:{command.summary}'" in script for name, command in COMMANDS.items())
    assert "serve) compadd -- --account-id" in script
