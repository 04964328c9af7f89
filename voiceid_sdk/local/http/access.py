"""Who may come in over HTTP: which host names are answered, no web pages, and whose signatures are good."""

import ipaddress
from collections.abc import Collection, Mapping

import attrs

from voiceid_sdk.local.clock import SystemWallClock, WallClock
from voiceid_sdk.local.http import sigv4
from voiceid_sdk.local.http.errors import HttpError
from voiceid_sdk.local.http.signature_claims import SignedRequest
from voiceid_sdk.local.http.sigv4 import Credential


@attrs.frozen(kw_only=True)
class AccessRules:
    """The rules at the door."""

    region_name: str
    """The only region that a signature may be for."""

    credentials: Mapping[str, Credential] = attrs.field(factory=dict[str, Credential])
    """Whose signatures are accepted, by access key id. When there are none, no signature is looked at."""

    host_names: Collection[str] = ()
    """Names and addresses that the server answers to, beside those of the loopback interface."""

    clock: WallClock = attrs.field(factory=SystemWallClock)
    """What the dates of signatures are compared with: not the service's own clock, which may be held, because
    those who sign go by the time of their machine."""

    def check_sender(self, request: SignedRequest) -> None:
        """Refuse what a web page might send, whatever page it is; raises HttpError.

        A page can make a browser send requests to this machine. One that comes from another name gives that
        name as the host, which is how DNS rebinding is noticed, and others give their origin.
        """
        headers = [(name.lower(), value) for name, value in request.headers]
        hosts = [value for name, value in headers if name == "host"]
        if len(hosts) != 1 or not self._answers_to(hosts[0]):
            raise HttpError(
                421,
                "ForeignHost",
                "This server does not answer to that host name. Start it with --allow-host for each name, "
                "beside localhost, that clients reach it by.",
            )
        if any(name == "origin" for name, _ in headers):
            raise HttpError(
                403, "OriginRefused", "This server is not for web pages: requests have no Origin."
            )

    def check_signature(self, request: SignedRequest) -> None:
        """Raise a ServiceException unless one of the credentials has signed the request, if there are any."""
        if self.credentials:
            sigv4.verify(request, self.credentials, now=self.clock.now(), region_name=self.region_name)

    def _answers_to(self, host: str) -> bool:
        name = host.lower()
        if not name.endswith("]"):
            name = name.rpartition(":")[0] or name
        address = name.strip("[]")
        return address in self.host_names or is_loopback(address)


def is_loopback(name: str) -> bool:
    """Return whether a host name or address is this machine's own by definition (RFC 6761)."""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
