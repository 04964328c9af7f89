"""The arguments of the command that serves Local Voice ID over HTTP."""

import argparse
import ipaddress
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from voiceid_sdk._version import __version__
from voiceid_sdk.local.core.scope import check_account_id, check_region_name
from voiceid_sdk.local.http.credentials import VARIABLES
from voiceid_sdk.local.timing import Timing
from voiceid_sdk.local.voices.commands import COMMANDS

PROG: Final = "python -m voiceid_sdk.local"

PRETRAINED: Final = "pretrained"
"""The name of the downloaded model, as a recognizer."""

TIMINGS: Final = {"timed": Timing(), "at-once": Timing.at_once()}
"""How long jobs take, by the choices."""

_MAX_PORT: Final = 65535


def make_parser(prog: str = PROG) -> argparse.ArgumentParser:
    """Return the parser of the command line of a program called ``prog``."""
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Serve Local Voice ID over HTTP.",
        epilog=f"Credentials that clients have to sign with come from {', '.join(VARIABLES.values())} "
        "or from --credentials. Exit codes: 0 stopped, 1 cannot start, 2 wrong command line, "
        "3 another process has the data file open. "
        f"There are also commands about voices, each with --help: {', '.join(COMMANDS)}.",
    )
    add = parser.add_argument
    add("--version", action="version", version=f"%(prog)s {__version__}")

    add = parser.add_argument_group("connections").add_argument
    add("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    add("--port", type=_port, default=8787, help="the port; 0 for any that is free (default: %(default)s)")
    add(
        "--allow-host",
        type=_host_name,
        action="append",
        default=[],
        metavar="NAME",
        help="a host name that clients use, in addition to localhost; may be repeated",
    )
    add(
        "--credentials",
        type=Path,
        metavar="FILE",
        help="a file of accepted credentials, in the format of ~/.aws/credentials",
    )
    add("--tls-cert", type=Path, metavar="FILE", help="serve HTTPS with this certificate in PEM")
    add("--tls-key", type=Path, metavar="FILE", help="the key of --tls-cert in PEM")
    add(
        "--self-signed",
        type=_file,
        metavar="FILE",
        help="serve HTTPS with a new certificate, and write the authority that clients have to trust to FILE",
    )
    add("--no-access-log", dest="access_log", action="store_false", help="do not log each request")

    data = parser.add_argument_group("data")
    add = data.add_argument
    add("--data", type=_file, metavar="FILE", help="the file of the state (default: in memory)")
    objects = data.add_mutually_exclusive_group().add_argument
    objects(
        "--s3-root",
        type=Path,
        metavar="FOLDER",
        help="a folder in place of S3, with a folder for each bucket; S3's protocol is served for it, too",
    )
    objects("--s3-endpoint", metavar="URL", help="an S3 endpoint, with credentials from AWS's usual settings")
    add(
        "--events",
        action="append",
        default=[],
        metavar="TARGET",
        help="a file or URL to which events for Amazon EventBridge are delivered; may be repeated",
    )

    add(
        "--cloudtrail",
        action="store_true",
        help="deliver events of the calls of the API to --events, too, as AWS CloudTrail sends them",
    )

    add = parser.add_argument_group("behaviour of the service").add_argument
    add(
        "--region",
        type=_checked_by(check_region_name),
        default="us-east-1",
        help="default: %(default)s",
    )
    add(
        "--account-id",
        type=_checked_by(check_account_id),
        default="123456789012",
        help="default: %(default)s",
    )
    add("--jobs", choices=TIMINGS, default="timed", help="whether jobs take time (default: %(default)s)")
    add(
        "--manual-clock",
        nargs="?",
        type=_moment,
        const=datetime.now(UTC),
        metavar="MOMENT",
        help="a clock that stands still until it is moved, at a moment such as 2026-01-31T12:00:00Z or now",
    )
    add("--seed", help="make all ids repeatable")
    add("--quotas", action="store_true", help="apply the published quotas and request rates")
    add(
        "--documented-statuses",
        action="store_true",
        help="use the error statuses of the HTML API reference instead of the Smithy model's",
    )
    add(
        "--no-compliance-consent",
        dest="compliance_consent",
        action="store_false",
        help="an account that has not accepted the consent that CreateDomain requires",
    )
    add(
        "--recognizer",
        type=_matching(rf"{PRETRAINED}|\w[\w.]*:\w+", f"{PRETRAINED}, or MODULE:NAME"),
        metavar="MODULE:NAME",
        help=f"{PRETRAINED}: the downloaded model; or the object that compares voices (default: labels)",
    )
    add("--calibrations", type=Path, metavar="FILE", help=f"for --recognizer {PRETRAINED}")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > _MAX_PORT:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to {_MAX_PORT}")
    return int(text)


def _host_name(text: str) -> str:
    name = text.removeprefix("[").removesuffix("]")
    if not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", name):
        try:
            ipaddress.ip_address(name)
        except ValueError:
            raise argparse.ArgumentTypeError(
                "must be the name or address of a host, without a port"
            ) from None
    return name


def _file(text: str) -> Path:
    path = Path(text)
    try:
        is_usable = not path.is_dir() and path.parent.is_dir()
    except OSError:  # the name is too long, or a folder cannot be read
        is_usable = False
    if not is_usable:
        raise argparse.ArgumentTypeError("must be a file in a folder that exists")
    return path


def _checked_by(check: Callable[[str], None]) -> Callable[[str], str]:
    def checked(text: str) -> str:
        try:
            check(text)
        except ValueError as error:
            _, _, rule = str(error).partition(" ")  # Its first word is the argument in Python.
            raise argparse.ArgumentTypeError(rule) from None
        return text

    return checked


def _matching(pattern: str, meaning: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise argparse.ArgumentTypeError(f"must be {meaning}")
        return text

    return check


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError("must be a moment such as 2026-01-31T12:00:00Z") from None
