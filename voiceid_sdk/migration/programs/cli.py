"""The command line of the checker of boto3 programs: ``python -m voiceid_sdk.migration.programs``."""

import argparse
import sys
import tokenize
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from voiceid_sdk.migration.programs.checking import CallKind, ProgramCall, check_program

FOUND_WRONG: Final = 1
UNREADABLE: Final = 2
"""Exit codes; 0 means that every call has a new form."""

DESCRIPTION: Final = (
    "Show each call of Voice ID in boto3 programs with its new form, and calls of operations that never "
    "existed. Nothing is changed or run."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to a parser, such as that of a subcommand."""
    parser.add_argument(
        "programs", nargs="+", type=Path, metavar="FILE", help="a Python program, or a folder with programs"
    )


def run(arguments: argparse.Namespace) -> int:
    """Do what the parsed arguments say, and return the exit code."""
    calls: list[ProgramCall] = []
    files = 0
    is_unreadable = False
    for path in _programs(arguments.programs):
        try:
            with tokenize.open(path) as file:
                found = check_program(file.read())
        except (OSError, SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None)
            sys.stderr.write(f"{path}{f':{line}' if line else ''}: cannot be read as a Python program\n")
            is_unreadable = True
            continue
        files += 1
        calls += found
        sys.stdout.writelines(line for call in found for line in _lines(path, call))
    sys.stdout.write(_summary(calls, files))
    if is_unreadable:
        return UNREADABLE
    return FOUND_WRONG if any(call.is_wrong for call in calls) else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command by itself, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m voiceid_sdk.migration.programs", description=DESCRIPTION)
    add_arguments(parser)
    return run(parser.parse_args(arguments))


def _programs(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(path.rglob("*.py"))
        else:
            yield path


def _lines(path: Path, call: ProgramCall) -> Iterator[str]:
    question = " (if the client is one for Voice ID)" if call.kind == CallKind.POSSIBLE else ""
    yield f"{path}:{call.line}: {call.code}{question}\n"
    if call.new_form is not None:
        yield f"    {call.new_form}\n"
    yield from (f"    # {note}\n" for note in call.notes)


def _summary(calls: Sequence[ProgramCall], files: int) -> str:
    wrong = sum(call.is_wrong for call in calls)
    counted = f"{len(calls)} call{'' if len(calls) == 1 else 's'} in {files} file{'' if files == 1 else 's'}"
    return f"{counted}, {wrong} of them wrong\n" if wrong else f"{counted}\n"
