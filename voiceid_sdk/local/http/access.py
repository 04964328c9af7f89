"""Access over HTTP: the accepted host names, no requests from web pages, and valid signatures."""

from collections.abc import Collection, Mapping

import attrs

from voiceid_sdk._loopback import is_loopback
from voiceid_sdk.local.clock import SystemWallClock, WallClock
from voiceid_sdk.local.core.scope import region_of_host
from voiceid_sdk.local.http import sigv4
from voiceid_sdk.local.http.errors import HttpError
from voiceid_sdk.local.http.signature_claims import SignedRequest
from voiceid_sdk.local.http.sigv4 import Credential
from voiceid_sdk.service_model import REGIONS


@attrs.frozen(kw_only=True)
class AccessRules:
    """The rules that a request must meet before it reaches the service."""

    credentials: Mapping[str, Credential] = attrs.field(factory=dict[str, Credential])
    """The accepted credentials by access key id. Without any, signatures are not checked."""

    host_names: Collection[str] = ()
    """Accepted host names and addresses, in addition to those of the loopback interface, and of the endpoints
    that AWS had, which no other site can have."""

    clock: WallClock = attrs.field(factory=SystemWallClock)
    """The clock that the dates of signatures are compared with. Not the service's clock, which may be
    a manual one, because clients sign with the time of their machine."""

    def check_sender(self, request: SignedRequest, *, with_subdomains: bool = False) -> None:
        """Raise an HttpError for a request that may come from a web page.

        A web page can make a browser send requests to this machine. They have the header Origin, or with DNS
        rebinding, the name of the page's site as their host.

        Args:
            request: the request.
            with_subdomains: whether names under an accepted name are accepted, too: S3 has buckets there.
        """
        host = request.values.get("host", "")  # with a comma if there are several
        if "," in host or not self._accepts(host, with_subdomains=with_subdomains):
            raise HttpError(
                421,
                "ForeignHost",
                "This host name is not allowed. Start the server with --allow-host for each name, in "
                "addition to localhost, that clients use.",
            )
        if "origin" in request.values:
            raise HttpError(
                403,
                "OriginRefused",
                "Requests with the header Origin are not allowed, because web pages send it.",
            )

    def check_signed_head(self, request: SignedRequest) -> Credential | None:
        """Return the credential that a request claims to be signed with; None if signatures are not checked.

        Args:
            request: the request without its body, so that the signature itself cannot be checked yet.

        Raises:
            ServiceException: the signature cannot be valid.
        """
        if not self.credentials:
            return None
        return sigv4.verify_head(request, self.credentials, now=self.clock.now())

    def check_signature(self, request: SignedRequest, credential: Credential | None) -> None:
        """Raise a ServiceException unless a request is signed with the credential of its head, if any."""
        if credential is not None:
            sigv4.verify_signature(request, credential, now=self.clock.now())

    def _accepts(self, host: str, *, with_subdomains: bool) -> bool:
        name = host.lower()
        if not name.endswith("]"):
            name = name.rpartition(":")[0] or name
        address = name.strip("[]")
        if with_subdomains and any(address.endswith(f".{accepted}") for accepted in self.host_names):
            return True
        return address in self.host_names or is_loopback(address) or region_of_host(address) in REGIONS
