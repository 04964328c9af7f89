"""Endpoints of clients: one on the same machine, such as Local Voice ID, needs no region or credentials."""

from typing import Any, Final
from urllib.parse import urlsplit

from voiceid_sdk._loopback import is_loopback

REGION: Final = "us-east-1"
"""The region of a client that is given none; the default of Local Voice ID."""

KEY: Final = "local"
"""Both parts of the credentials of a client that finds none; Local Voice ID accepts any."""


def is_on_this_machine(endpoint_url: str | None) -> bool:
    """Return whether an endpoint is on the same machine."""
    return is_loopback(urlsplit(endpoint_url or "").hostname or "")


def is_server_url(text: str) -> bool:
    """Return whether a text is the URL of a server: http or https, a host, and a valid port if any."""
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:  # The brackets hold no IPv6 address, or the port is no number up to 65535.
        return False
    return url.scheme in {"http", "https"} and bool(url.hostname) and port != 0


def missing_settings(session: Any, region_name: str | None) -> dict[str, str]:
    """Return the arguments of ``session.client`` for what neither the caller nor the session has.

    Args:
        session: a ``boto3.Session``; it is not changed.
        region_name: the region that the caller gave.
    """
    settings: dict[str, str] = {}
    if region_name is None and session.region_name is None:
        settings["region_name"] = REGION
    if not _has_credentials(session):
        settings |= {"aws_access_key_id": KEY, "aws_secret_access_key": KEY}
    return settings


def _has_credentials(session: Any) -> bool:
    # The providers are read one by one, because the instance metadata service, which is the last one, takes
    # seconds to find out that this machine is none of EC2's. No public interface lists them.
    inner = session._session  # noqa: SLF001 - see above
    if inner._credentials is not None:  # noqa: SLF001 - see above
        return True
    resolver = inner.get_component("credential_provider")
    providers = getattr(resolver, "providers", None)
    if providers is None:  # a resolver of the caller's own
        return session.get_credentials() is not None
    return any(provider.load() is not None for provider in providers if provider.METHOD != "iam-role")
