"""Turns errors of files, programs and headers that AWS settings name into ones that name the setting.

botocore lets most of them pass, or reports them as errors of the network.
"""

import os
import ssl
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Final, cast

from voiceid_sdk.errors import ConfigurationError

_FILE_SETTINGS: Final = (
    "AWS_CA_BUNDLE",
    "AWS_CONFIG_FILE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "REQUESTS_CA_BUNDLE",
    "SSLKEYLOGFILE",
)
"""Environment variables with the path of a file that botocore or the TLS library opens."""

_HEADER_SETTINGS: Final = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")

_BY_FRAME: Final = {
    "ProcessProvider": "credential_process of the profile",
    "AssumeRoleWithWebIdentityProvider": "web_identity_token_file of the profile",
    "FileWebIdentityTokenLoader": "web_identity_token_file of the profile",
}
"""Settings of a profile by the classes of botocore that read them."""


_FILE_ERRORS: Final = (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError)
"""Errors of files and programs; other OSErrors also come from the network."""


def setting_error(error: BaseException) -> ConfigurationError | None:
    """Return the error that names the setting behind an error of the system, or None for another error."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLError) and getattr(cause, "reason", None) in {
            "NO_CERTIFICATE_OR_CRL_FOUND",
            "PEM_LIB",
        }:
            return _error(_bundle(), "names a file that has no certificates")
        if isinstance(cause, _FILE_ERRORS):
            if any(type(one).__name__ == "SSLError" for one in causes):
                return _error(_bundle(), f"names a file that cannot be read ({_reason(cause)})")
            # A firewall causes a PermissionError as well, without a file.
            if cause.filename is not None:
                return _error(
                    _setting_of(cause), f"names a file or program that cannot be used ({_reason(cause)})"
                )
        if isinstance(cause, ValueError) and "header" in str(cause).lower():
            bad = [name for name in _HEADER_SETTINGS if not os.environ.get(name, "").isprintable()]
            return _error(
                " or ".join(bad) or "A credential or the config's user agent",
                "has a character that no HTTP header can have, such as a line break",
            )
    return None


def _reason(cause: OSError) -> str:
    return cause.strerror or type(cause).__name__


def _bundle() -> str:
    """Return the settings that may name the file of certificates."""
    found = [name for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE") if os.environ.get(name)]
    return " or ".join(found) or "ca_bundle of the profile"


_LIBRARY: Final = frozenset({"codecs", "configparser", "http.client", "json", "pathlib", "ssl", "subprocess"})
"""Modules of the standard library that botocore calls."""


def is_of_botocore(error: BaseException) -> bool:
    """Return whether botocore, and no code that it called back, raised an error."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    names = [str(frame.f_globals.get("__name__")) for frame in frames]
    last = next((name for name in reversed(names) if name not in _LIBRARY), "")
    return last.startswith(("botocore.", "boto3.", "urllib3."))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, and those that it wraps."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        cause = waiting.pop(0)
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        given = cast("dict[str, object]", getattr(cause, "kwargs", None) or {})
        wrapped = given.get("error")
        waiting += [cause.__cause__, cause.__context__]
        waiting.append(wrapped if isinstance(wrapped, BaseException) else None)


def _setting_of(cause: OSError) -> str:
    """Return the setting that names the file of an error."""
    named = str(cause.filename)
    for name in _FILE_SETTINGS:
        value = os.environ.get(name)
        if value and str(Path(value).expanduser()) == named:
            return name
    for frame, _ in traceback.walk_tb(cause.__traceback__):
        owner = type(frame.f_locals.get("self")).__name__
        if owner in _BY_FRAME:
            return _BY_FRAME[owner]
    set_variables = [name for name in _FILE_SETTINGS if os.environ.get(name)]
    return " or ".join(set_variables) or "A setting of AWS (environment variables, ~/.aws/config, config)"


def _error(setting: str, rule: str) -> ConfigurationError:
    return ConfigurationError(f"{setting} {rule}", next_step="Correct the setting, or remove it.")
