"""Serves Local Voice ID over HTTP, or runs a command about voices: ``python -m voiceid_sdk.local --help``."""

import sys
from collections.abc import Sequence

from voiceid_sdk.local.voices import commands


def main(arguments: Sequence[str]) -> None:
    """Run the command that the first argument names, or the server."""
    if arguments and arguments[0] in commands.COMMANDS:
        commands.run(arguments[0], arguments[1:])
    else:
        from voiceid_sdk.local.http import cli

        cli.main(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
