"""Runs the command that the first argument names."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Final

from voiceid_sdk.cli.commands import COMMANDS

INTERRUPTED: Final = 130
"""The exit code after Ctrl+C, as shells have it."""


def main(arguments: Sequence[str] | None = None, prog: str = "voiceid") -> int:
    """Run a command, and return the exit code; without arguments, print the list of commands."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    parser = _parser(prog)
    if not given:
        parser.print_help()
        return 0
    name = parser.parse_args(given[:1]).command
    try:
        code = COMMANDS[name].run(given[1:], f"{prog} {name}")
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of the output, such as `head`, has ended. Python flushes stdout once more at the exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _parser(prog: str) -> argparse.ArgumentParser:
    width = max(map(len, COMMANDS))
    listed = "\n".join(f"  {name:{width}}  {command.summary}" for name, command in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog=prog,
        usage="%(prog)s COMMAND ...",
        description=f"A Python SDK for Amazon Connect Voice ID, and Local Voice ID.\n\ncommands:\n{listed}",
        epilog=f"'{prog} COMMAND --help' shows the arguments of a command.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=list(COMMANDS), help=argparse.SUPPRESS)
    return parser
