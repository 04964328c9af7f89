"""A command of the program ``voiceid``."""

import argparse
from collections.abc import Callable, Sequence

import attrs


@attrs.frozen
class Command:
    """A command: its summary, the parser of its arguments, and what it does."""

    summary: str
    """One line for the list of commands."""
    parser: Callable[[str], argparse.ArgumentParser]
    """Returns the parser; takes the name of the program and the command, such as ``"voiceid serve"``."""
    run: Callable[[Sequence[str], str], int]
    """Runs the command with its arguments, and returns the exit code; takes the same name."""
