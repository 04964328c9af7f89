"""Completion of the command in bash and zsh: scripts made from the table of commands and their parsers."""

from collections.abc import Callable, Mapping
from typing import Final

from voiceid_sdk.cli.command import Command

HOW: Final = (
    'In bash: eval "$(voiceid completion bash)" in ~/.bashrc. '
    'In zsh: eval "$(voiceid completion zsh)" in ~/.zshrc, after compinit.'
)


def _options(name: str, command: Command) -> list[str]:
    """Return the long options of a command, and the values of its positional arguments with choices."""
    actions = command.parser(f"voiceid {name}")._actions  # noqa: SLF001 - argparse has no public list
    options = [option for action in actions for option in action.option_strings if option.startswith("--")]
    values = [str(value) for action in actions if not action.option_strings for value in action.choices or ()]
    return sorted([*options, *values])


def bash(commands: Mapping[str, Command]) -> str:
    """Return the completion for bash; words that are no options complete to files."""
    cases = "\n".join(
        f"        {name}) words='{' '.join(_options(name, command))}' ;;"
        for name, command in commands.items()
    )
    return f"""\
_voiceid() {{
    local words
    if [ "$COMP_CWORD" -eq 1 ]; then
        words='{" ".join(commands)} --help'
    else
        case "${{COMP_WORDS[1]}}" in
{cases}
        esac
    fi
    COMPREPLY=($(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -o default -F _voiceid voiceid
"""


def zsh(commands: Mapping[str, Command]) -> str:
    """Return the completion for zsh, with the summaries of the commands."""
    described = "\n".join(f"            '{name}:{command.summary}'" for name, command in commands.items())
    cases = "\n".join(
        f"        {name}) compadd -- {' '.join(_options(name, command))} ;;"
        for name, command in commands.items()
    )
    return f"""\
_voiceid() {{
    if (( CURRENT == 2 )); then
        local -a commands=(
{described}
        )
        _describe command commands
        return
    fi
    case "$words[2]" in
{cases}
    esac
    _files
}}
compdef _voiceid voiceid
"""


SHELLS: Final[Mapping[str, Callable[[Mapping[str, Command]], str]]] = {"bash": bash, "zsh": zsh}
