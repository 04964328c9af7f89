"""The command line of the migration kit: ``python -m voiceid_sdk.migration``."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from voiceid_sdk._files import write_whole
from voiceid_sdk.errors import VoiceIDError
from voiceid_sdk.migration.inventory import Inventory
from voiceid_sdk.migration.writing.report import report

FAILED: Final = 1
WRONG_COMMAND_LINE: Final = 2
"""Exit codes; 0 means that everything was written."""

DESCRIPTION: Final = (
    "Bring together what you kept of your Voice ID data: lists and dumps, manifests and job outputs, "
    "archived events, contact records. Nothing is changed at the sources."
)


class _CannotRunError(Exception):
    """The arguments cannot be carried out; the message has the reason."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to a parser, such as that of a subcommand."""
    add = parser.add_argument
    add("sources", nargs="+", type=Path, metavar="SOURCE", help="a file, or a folder with all that is in it")
    add(
        "--output",
        required=True,
        type=Path,
        metavar="FOLDER",
        help="where to write; a folder that is empty or not there yet, outside the sources",
    )
    add(
        "--format",
        choices=("csv", "jsonl"),
        default="csv",
        help="how tables are written (default: %(default)s)",
    )
    add("--domain-id", metavar="ID", help="the domain of records that name none")
    add(
        "--recordings",
        type=Path,
        metavar="FOLDER",
        help="a folder that stands for S3, with s3://bucket/key as bucket/key: only recordings that are "
        "there come into enrollment manifests (default: all that manifests name)",
    )
    add(
        "--include-expired",
        action="store_true",
        help="also put speakers whose voiceprints expired into enrollment manifests",
    )
    add(
        "--import-into", type=Path, metavar="FILE", help="import all domains into this file of Local Voice ID"
    )


def run(arguments: argparse.Namespace) -> int:
    """Do what the parsed arguments say, and return the exit code."""
    try:
        _check(arguments)
        _run(arguments)
    except _CannotRunError as error:
        sys.stderr.write(f"{error}\n")
        return WRONG_COMMAND_LINE
    except (VoiceIDError, OSError, ValueError) as error:
        # Messages of OSError and of Local Voice ID name files and places, never their content.
        sys.stderr.write(f"{error}\n")
        return FAILED
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command by itself, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m voiceid_sdk.migration", description=DESCRIPTION)
    add_arguments(parser)
    return run(parser.parse_args(arguments))


def _check(arguments: argparse.Namespace) -> None:
    output: Path = arguments.output
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise _CannotRunError("--output must be an empty folder, or one that is not there yet")
    for number, source in enumerate(arguments.sources, 1):
        if not source.exists():
            raise _CannotRunError(f"source {number} does not exist")
        if output.resolve().is_relative_to(source.resolve()):
            raise _CannotRunError(f"--output must be outside of source {number}")


def _run(arguments: argparse.Namespace) -> None:
    output: Path = arguments.output
    with Inventory.read(arguments.sources, domain_id=arguments.domain_id) as inventory:
        output.mkdir(mode=0o700, parents=True, exist_ok=True)
        write = inventory.write_csv if arguments.format == "csv" else inventory.write_json_lines
        write(output / "tables")
        inventory.write_domain_files(output / "local-voice-id")
        manifests = inventory.write_enrollment_manifests(
            output / "enrollment-manifests",
            recordings=arguments.recordings,
            include_expired=arguments.include_expired,
        )
        summary = inventory.summary()
        text = report(summary, manifests)
        write_whole(output / "report.md", text, private=True)
        write_whole(output / "summary.json", json.dumps(summary.to_dict(), indent=2), private=True)
        if arguments.import_into is not None:
            from voiceid_sdk.local import LocalVoiceID

            with LocalVoiceID(arguments.import_into) as service:
                inventory.import_into(service)
    sys.stdout.write(text)
