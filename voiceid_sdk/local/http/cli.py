"""Serves Local Voice ID over HTTP, as the command line says: ``python -m voiceid_sdk.local``."""

import argparse
import errno
import importlib
import logging
import os
import socket
import ssl
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from voiceid_sdk._files import FileAccessError
from voiceid_sdk._loopback import is_loopback
from voiceid_sdk.boto3_typing import S3Client
from voiceid_sdk.local.clock import ManualClock
from voiceid_sdk.local.http.access import AccessRules
from voiceid_sdk.local.http.application import ACCESS_LOG, HttpApplication
from voiceid_sdk.local.http.credentials import VARIABLES, CredentialsError, read_credentials
from voiceid_sdk.local.http.serve_arguments import PRETRAINED, PROG, TIMINGS, make_parser
from voiceid_sdk.local.quotas import Quotas
from voiceid_sdk.local.s3.application import FolderS3
from voiceid_sdk.local.service import LocalVoiceID
from voiceid_sdk.local.storage.database import StoreError, StoreInUseError
from voiceid_sdk.local.voices.commands import load_recognizer
from voiceid_sdk.local.voices.model_download import ModelDownloadError, ModelNotFoundError
from voiceid_sdk.local.voices.recognizer import METHODS, Recognizer, is_recognizer

CANNOT_START: Final = 1
WRONG_COMMAND_LINE: Final = 2
IN_USE: Final = 3
"""Exit codes; 0 is a clean stop."""


class _CannotStartError(Exception):
    """The server cannot start; with the reason and the exit code."""

    def __init__(self, message: str, exit_code: int = CANNOT_START) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def main(arguments: Sequence[str] | None = None, prog: str = PROG) -> None:
    """Run the server until SIGTERM or SIGINT; raises SystemExit if it cannot start."""
    parser = make_parser(prog)
    given = parser.parse_args(arguments)
    try:
        _run(given)
    except _CannotStartError as error:
        parser.exit(error.exit_code, f"{parser.prog}: {error}\n")


def _run(given: argparse.Namespace) -> None:
    try:
        # Its dependencies are optional.
        from voiceid_sdk.local.http import server
    except ModuleNotFoundError as error:
        if error.name not in {"uvicorn", "httptools"}:
            raise
        raise _CannotStartError(
            f"{error.name} is not installed; it comes with the extra: pip install 'voiceid-sdk[server]'"
        ) from None
    access_rules = _access_rules(given)
    tls = _tls(given, access_rules)
    with closing(_listen(given.host, given.port, access_rules)) as listener, _open(given) as service:
        _subscribe(service, given.events)
        _log(access=given.access_log)
        sys.stdout.write(_greeting(listener, access_rules, given))
        sys.stdout.flush()
        s3_folder = _s3_folder(given, access_rules)
        has_page = is_loopback(listener.getsockname()[0]) and not access_rules.credentials
        with closing(HttpApplication(service, access_rules, s3_folder, has_page=has_page)) as application:
            server.serve(application, listener, tls)


def _access_rules(given: argparse.Namespace) -> AccessRules:
    try:
        credentials = read_credentials(os.environ, given.credentials)
    except CredentialsError as error:
        raise _CannotStartError(str(error), WRONG_COMMAND_LINE) from None
    return AccessRules(
        credentials=credentials,
        host_names=frozenset(name.lower() for name in (given.host, *given.allow_host)),
    )


def _tls(given: argparse.Namespace, access_rules: AccessRules) -> ssl.SSLContext | None:
    if (given.tls_cert is None) != (given.tls_key is None):
        raise _CannotStartError("--tls-cert and --tls-key need each other", WRONG_COMMAND_LINE)
    if given.tls_cert is not None and given.self_signed is not None:
        raise _CannotStartError("--tls-cert and --self-signed exclude each other", WRONG_COMMAND_LINE)
    if given.tls_cert is None and given.self_signed is None:
        return None
    from voiceid_sdk.local.http import server  # as above

    try:
        if given.self_signed is None:
            return server.tls_context(str(given.tls_cert), str(given.tls_key))
        # Its dependency is optional.
        from voiceid_sdk.local.http.certificates import self_signed

        return self_signed(access_rules.host_names, given.self_signed)
    except ModuleNotFoundError as error:
        if error.name != "cryptography":
            raise
        raise _CannotStartError(
            f"{error.name} is not installed; it comes with the extra: pip install 'voiceid-sdk[tls]'"
        ) from None
    except (OSError, ValueError) as error:
        if given.self_signed is not None:
            problem = f"--self-signed: the file cannot be written ({_reason(error)})"
        else:
            problem = _tls_problem(Path(str(given.tls_cert)), Path(str(given.tls_key)), error)
        raise _CannotStartError(problem) from None


def _tls_problem(certificate: Path, key: Path, error: Exception) -> str:
    """Return which file of TLS is wrong, and why; without the names of files, which logs may keep."""
    for option, path, what, mark in (
        ("--tls-cert", certificate, "certificate", b"-----BEGIN CERTIFICATE-----"),
        ("--tls-key", key, "private key", b"PRIVATE KEY-----"),
    ):
        try:
            content = path.read_bytes()
        except (OSError, ValueError) as unreadable:
            return f"{option}: the file cannot be read ({_reason(unreadable)})"
        if mark not in content:
            return f"{option}: the file has no {what} in PEM"
        if b"ENCRYPTED" in content:
            return f"{option}: the key is encrypted; give one without a password"
    if getattr(error, "reason", None) == "KEY_VALUES_MISMATCH":
        return "--tls-key is not the key of --tls-cert"
    return f"--tls-cert and --tls-key cannot be used ({_reason(error)})"


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", None) or getattr(error, "strerror", None) or type(error).__name__)


def _listen(host: str, port: int, access_rules: AccessRules) -> socket.socket:
    """Return a listening socket. One that other machines can reach requires credentials."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror:
        raise _CannotStartError(f"there is no address for {host}", WRONG_COMMAND_LINE) from None
    if not is_loopback(str(address[0])) and not access_rules.credentials:
        raise _CannotStartError(
            f"{host} can be reached from other machines, which requires credentials: set "
            f"{VARIABLES['access_key_id']} and {VARIABLES['secret_access_key']}, or use --credentials",
            WRONG_COMMAND_LINE,
        )
    try:
        return socket.create_server((str(address[0]), port), family=family)
    except OSError as error:
        # create_server puts the address behind the reason.
        reason = os.strerror(error.errno) if error.errno else error.strerror
        step = "; choose another --port, or 0 for any that is free" if error.errno == errno.EADDRINUSE else ""
        raise _CannotStartError(f"cannot listen on {host}, port {port}: {reason}{step}") from None


def _open(given: argparse.Namespace) -> LocalVoiceID:
    try:
        return LocalVoiceID(
            given.data,
            s3_root=given.s3_root,
            s3=_s3_client(given.s3_endpoint, given.region),
            clock=given.manual_clock and ManualClock(given.manual_clock),
            quotas=Quotas() if given.quotas else None,
            seed=given.seed,
            region_name=given.region,
            account_id=given.account_id,
            timing=TIMINGS[given.jobs],
            recognizer=_recognizer(given.recognizer, given.calibrations),
            compliance_consent=given.compliance_consent,
            cloudtrail=given.cloudtrail,
            documented_statuses=given.documented_statuses,
        )
    except StoreInUseError:
        raise _CannotStartError("another process has the data file open; stop it first", IN_USE) from None
    except StoreError as error:
        raise _CannotStartError(f"--data: {str(error).removeprefix('path: ')}") from None
    except FileAccessError as error:
        raise _CannotStartError(f"--s3-root: {error}") from None


def _recognizer(place: str | None, calibrations: Path | None) -> Recognizer | None:
    if place == PRETRAINED:
        return _pretrained(calibrations)
    if calibrations is not None:
        raise _CannotStartError(f"--calibrations needs --recognizer {PRETRAINED}", WRONG_COMMAND_LINE)
    return None if place is None else _found(place)


def _pretrained(calibrations: Path | None) -> Recognizer:
    try:
        return load_recognizer(calibrations)
    except (ModelNotFoundError, ModelDownloadError, ModuleNotFoundError) as error:
        raise _CannotStartError(f"--recognizer: {error}") from None
    except (FileAccessError, ValueError) as error:
        raise _CannotStartError(str(error), WRONG_COMMAND_LINE) from None


def _found(place: str) -> Recognizer:
    """Return the object at ``module:name``, also of a module in the current folder.

    An error inside the module is raised with its traceback.
    """
    module, _, name = place.partition(":")
    if (folder := str(Path.cwd())) not in sys.path:  # `python -m` has put it there, `voiceid serve` has not.
        sys.path.insert(0, folder)
    try:
        found: object = getattr(importlib.import_module(module), name, None)
    except ModuleNotFoundError as error:
        if not f"{module}.".startswith(f"{error.name}."):
            raise
        raise _CannotStartError("--recognizer: there is no such module", WRONG_COMMAND_LINE) from None
    if not is_recognizer(found):
        raise _CannotStartError(
            f"--recognizer: there is no such object with the methods {METHODS}", WRONG_COMMAND_LINE
        )
    return found


def _subscribe(service: LocalVoiceID, targets: Sequence[str]) -> None:
    try:
        for target in targets:
            service.events.subscribe(target)
    except (OSError, ValueError) as error:
        raise _CannotStartError(f"--events: {error}", WRONG_COMMAND_LINE) from None


def _s3_folder(given: argparse.Namespace, access_rules: AccessRules) -> FolderS3 | None:
    if given.s3_root is None:
        return None
    return FolderS3(
        given.s3_root,
        region_name=given.region,
        account_id=given.account_id,
        host_names=access_rules.host_names,
    )


def _s3_client(endpoint_url: str | None, region: str) -> S3Client | None:
    if endpoint_url is None:
        return None
    import boto3  # takes long, and only this needs it

    session: Any = boto3.Session(region_name=region)  # its stubs have an overload for every service
    client: S3Client = session.client("s3", endpoint_url=endpoint_url)
    return client


def _log(*, access: bool) -> None:
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.WARNING, stream=sys.stderr)
    ACCESS_LOG.setLevel(logging.INFO if access else logging.WARNING)


def _greeting(listener: socket.socket, access_rules: AccessRules, given: argparse.Namespace) -> str:
    """Return the text at the start: the address, and the settings of clients as a line for a shell."""
    scheme = "http" if given.tls_cert is None and given.self_signed is None else "https"
    address, port = listener.getsockname()[:2]
    if address in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not listened on
        address = "localhost"
    url = f"{scheme}://[{address}]:{port}" if ":" in address else f"{scheme}://{address}:{port}"
    settings = {
        "AWS_ENDPOINT_URL_VOICE_ID": url,
        **({"AWS_ENDPOINT_URL_S3": url} if given.s3_root is not None else {}),
        "AWS_REGION": given.region,
        "AWS_DEFAULT_REGION": given.region,
    }
    if access_rules.credentials:
        credentials = ", and the credentials of the server"
    else:
        settings |= {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
        credentials = ", with any credentials"
    exports = " ".join(f"{name}={value}" for name, value in settings.items())
    trust = ""
    if given.self_signed is not None:
        trust = f"Clients have to trust {given.self_signed}, with AWS_CA_BUNDLE or NODE_EXTRA_CA_CERTS.\n"
    return (
        f"Local Voice ID listens on {url}. Stop it with Ctrl+C.\n"
        f"{trust}"
        f"Clients need these settings{credentials}:\n"
        f"export {exports}\n"
    )
