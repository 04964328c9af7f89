"""The example programs run, and print their last line."""

import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "end"), [("demo", "never"), ("enrolling", "SPEAKER_OPTED_OUT")])
def test_an_example_runs_to_its_end(name: str, end: str, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    assert end in capsys.readouterr().out.splitlines()[-1]
