"""A large, contradictory and damaged archive is joined in little memory, and no opt-out is lost."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.attacks import SOAK
from tests.support.kept_archive import Truth, customer_id, damaged_lines, generate, generated_id
from voiceid_sdk.migration import Inventory

MEGABYTE = 1024  # ru_maxrss counts kilobytes
MOST_MEMORY = 200 * MEGABYTE

MEASURED = """
import json, resource, sys, time
from voiceid_sdk.migration import Inventory

began = time.monotonic()
with Inventory.read([sys.argv[1]]) as inventory:
    seconds = time.monotonic() - began
    inventory.write_csv(sys.argv[2])
    summary = inventory.summary().to_dict()
print(json.dumps([summary, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]))
"""


def check_opt_outs(truth: Truth, opted_out: bytearray) -> None:
    """Check that everybody has opted out of whom an undamaged record says so, and nobody else."""
    lost = [one for one in range(truth.speakers) if truth.certain[one] and not opted_out[one]]
    invented = [one for one in range(truth.speakers) if opted_out[one] and not truth.opted_out[one]]
    assert (lost, invented) == ([], [])


def number_of(customer: str | None, generated: str | None, by_generated: dict[str, int]) -> int:
    return by_generated[generated or ""] if customer is None else int(customer.removeprefix("customer-"))


def test_no_opt_out_is_lost_and_every_damaged_line_is_named(tmp_path: Path) -> None:
    truth = generate(tmp_path, 1_500)
    opted_out = bytearray(truth.speakers)
    by_generated = {generated_id("speaker", number): number for number in range(truth.speakers)}
    with Inventory.read([tmp_path]) as inventory:
        for one in inventory.opt_outs():
            number = number_of(one.customer_speaker_id, one.generated_speaker_id, by_generated)
            opted_out[number] = 1
            assert one.customer_speaker_id in {None, customer_id(number)}
        named = {
            (str(Path(one.reference.file).relative_to(tmp_path)), one.reference.line)
            for one in inventory.damaged_lines()
        }
        conflicts = [one.kind for one in inventory.conflicts()]
    check_opt_outs(truth, opted_out)
    assert named == set(damaged_lines(truth))
    assert len(conflicts) > truth.contradicted * 0.8


@pytest.mark.slow
@pytest.mark.skipif(not SOAK, reason="takes minutes: nox -s soak")
def test_a_million_speakers_are_joined_in_little_memory(tmp_path: Path) -> None:
    truth = generate(tmp_path / "archive", 1_000_000)
    program = [sys.executable, "-c", MEASURED, str(tmp_path / "archive"), str(tmp_path / "tables")]
    measured = subprocess.run(program, check=True, capture_output=True, text=True)
    summary, _, memory = json.loads(measured.stdout)
    assert memory < MOST_MEMORY
    assert summary["damaged_lines"] == sum(map(len, truth.damaged.values()))

    by_generated = {generated_id("speaker", number): number for number in range(truth.speakers)}
    opted_out = bytearray(truth.speakers)
    with (tmp_path / "tables" / "opt-outs.csv").open() as file:
        next(file)
        for row in file:
            _, customer, generated, *_ = row.split(",")
            opted_out[number_of(customer or None, generated, by_generated)] = 1
    check_opt_outs(truth, opted_out)

    with (tmp_path / "tables" / "damaged-lines.csv").open() as file:
        next(file)
        for row, (name, line) in zip(file, damaged_lines(truth), strict=True):
            assert row.startswith(f"{tmp_path / 'archive' / name},{line},")
