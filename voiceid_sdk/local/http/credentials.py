"""The accepted credentials, from environment variables and from a file."""

import configparser
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from voiceid_sdk.local.core.scope import is_account_id
from voiceid_sdk.local.http.sigv4 import Credential

VARIABLES: Final = {
    "access_key_id": "VOICEID_LOCAL_ACCESS_KEY_ID",
    "secret_access_key": "VOICEID_LOCAL_SECRET_ACCESS_KEY",
    "session_token": "VOICEID_LOCAL_SESSION_TOKEN",
    "expiration": "VOICEID_LOCAL_EXPIRATION",
    "account_id": "VOICEID_LOCAL_ACCOUNT_ID",
}
"""The environment variables. Not AWS's own, so that real keys are never used by accident."""

_SETTINGS: Final = {
    "access_key_id": "aws_access_key_id",
    "secret_access_key": "aws_secret_access_key",
    "session_token": "aws_session_token",
    "expiration": "expiration",
    "account_id": "aws_account_id",
}


class CredentialsError(ValueError):
    """Credentials are incomplete, or their file cannot be read; the message contains none of them."""


def read_credentials(
    environment: Mapping[str, str], file: str | os.PathLike[str] | None = None
) -> dict[str, Credential]:
    """Return the accepted credentials by access key id.

    Args:
        environment: environment variables.
        file: a file like ``~/.aws/credentials``; every profile in it is accepted. A profile may have an
            ``aws_account_id``, and an ``expiration``, a moment in ISO 8601.

    Raises:
        CredentialsError: a credential is incomplete, or the file cannot be read.
    """
    found: list[Credential] = []
    if any(environment.get(variable) for variable in VARIABLES.values()):
        found.append(_credential(environment, VARIABLES))
    if file is not None:
        found += [_credential(profile, _SETTINGS) for profile in _profiles(file)]
    return {credential.access_key_id: credential for credential in found}


def _profiles(file: str | os.PathLike[str]) -> list[Mapping[str, str]]:
    parser = configparser.RawConfigParser(default_section="")
    try:
        parser.read_string(Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError, configparser.Error):
        # The text of the error may contain lines of the file.
        raise CredentialsError("the credentials file cannot be read") from None
    if not parser.sections():
        raise CredentialsError("the credentials file has no profile")
    return [parser[name] for name in parser.sections()]


def _credential(settings: Mapping[str, str], names: Mapping[str, str]) -> Credential:
    access_key_id, secret_access_key, session_token, expiration, account_id = (
        settings.get(name) or None for name in names.values()
    )
    if access_key_id is None or secret_access_key is None:
        raise CredentialsError(
            f"a credential needs both {names['access_key_id']} and {names['secret_access_key']}"
        )
    if account_id is not None and not is_account_id(account_id):
        raise CredentialsError(f"{names['account_id']} is not the 12 digits of an AWS account")
    expires_at = None if expiration is None else _moment(expiration)
    return Credential(access_key_id, secret_access_key, session_token, expires_at, account_id)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CredentialsError(
            "the expiration of a credential is not a moment such as 2026-01-31T12:00:00Z"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
