"""The table of commands. Each imports its own modules when it runs, so that the others start fast."""

import argparse
import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol, cast

from voiceid_sdk._version import __version__
from voiceid_sdk.cli.command import Command


def _simple(summary: str, run: Callable[[], int]) -> Command:
    """Return a command without arguments."""

    def parser(prog: str) -> argparse.ArgumentParser:
        return argparse.ArgumentParser(prog=prog, description=summary)

    def parse_and_run(arguments: Sequence[str], prog: str) -> int:
        parser(prog).parse_args(arguments)
        return run()

    return Command(summary, parser, parse_and_run)


def _demo() -> int:
    from voiceid_sdk.cli import demo

    demo.main()
    return 0


def _version() -> int:
    import platform
    from importlib.metadata import PackageNotFoundError, version

    sys.stdout.write(f"voiceid-sdk {__version__}\nPython {platform.python_version()}\n")
    for package in ("boto3", "botocore"):
        try:
            sys.stdout.write(f"{package} {version(package)}\n")
        except PackageNotFoundError:
            sys.stdout.write(f"{package} is not installed\n")
    return 0


def _server_parser(prog: str) -> argparse.ArgumentParser:
    from voiceid_sdk.local.http import serve_arguments

    return serve_arguments.make_parser(prog)


def _serve(arguments: Sequence[str], prog: str) -> int:
    from voiceid_sdk.local.http import cli

    cli.main(arguments, prog)
    return 0


def _voices(name: str, summary: str) -> Command:
    """Return a command about voices."""

    def parser(prog: str) -> argparse.ArgumentParser:
        from voiceid_sdk.local.voices import commands

        return commands.make_parser(name, prog.rpartition(" ")[0])

    def run(arguments: Sequence[str], prog: str) -> int:
        from voiceid_sdk.local.voices import commands

        commands.run(name, arguments, prog.rpartition(" ")[0])
        return 0

    return Command(summary, parser, run)


class _CommandModule(Protocol):
    """A module with a command of its own."""

    DESCRIPTION: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the arguments to a parser."""
        ...

    def run(self, arguments: argparse.Namespace) -> int:
        """Run the command, and return the exit code."""
        ...


def _of_module(summary: str, name: str) -> Command:
    """Return the command of a module."""

    def module() -> _CommandModule:
        return cast("_CommandModule", importlib.import_module(name))

    def parser(prog: str) -> argparse.ArgumentParser:
        made = argparse.ArgumentParser(prog=prog, description=module().DESCRIPTION)
        module().add_arguments(made)
        return made

    def parse_and_run(arguments: Sequence[str], prog: str) -> int:
        return module().run(parser(prog).parse_args(arguments))

    return Command(summary, parser, parse_and_run)


def _completion_parser(prog: str) -> argparse.ArgumentParser:
    from voiceid_sdk.cli import completion

    parser = argparse.ArgumentParser(
        prog=prog, description="Print the completion of the command for a shell.", epilog=completion.HOW
    )
    parser.add_argument("shell", choices=sorted(completion.SHELLS))
    return parser


def _completion(arguments: Sequence[str], prog: str) -> int:
    from voiceid_sdk.cli import completion

    given = _completion_parser(prog).parse_args(arguments)
    sys.stdout.write(completion.SHELLS[given.shell](COMMANDS))
    return 0


COMMANDS: Final[Mapping[str, Command]] = {
    "demo": _simple("run Voice ID code on Local Voice ID, in a few seconds and without AWS", _demo),
    "serve": Command("serve Local Voice ID over HTTP, for other programs", _server_parser, _serve),
    "download-model": _voices("download-model", "fetch the model that recognizes voices"),
    "compare": _voices("compare", "compare the voices in two recordings"),
    "evaluate-recognizer": _voices("evaluate-recognizer", "measure how often a recognizer confuses voices"),
    "migrate": _of_module(
        "show each Voice ID call of boto3 programs with its new form", "voiceid_sdk.migration.programs.cli"
    ),
    "migrate-data": _of_module(
        "bring together what you kept of your Voice ID data", "voiceid_sdk.migration.cli"
    ),
    "completion": Command(
        "print the completion of this command for bash or zsh", _completion_parser, _completion
    ),
    "version": _simple("print the versions of the package, Python and boto3", _version),
}
