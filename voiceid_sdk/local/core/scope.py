"""The account and region of a request: those that it is signed for, or that its host names."""

import re
from collections.abc import Mapping
from typing import Final

import attrs

from voiceid_sdk.local.arguments import TEXT, check_arguments
from voiceid_sdk.local.protocol.errors import ServiceException
from voiceid_sdk.service_model import REGIONS

# The lengths are limited, because a header may have 64 KiB, and the beginning of a match many times.
_CREDENTIAL: Final = re.compile(r"Credential=([^/,\s]{1,128})/[^/,\s]{0,32}/([^/,\s]{1,64})/")
_HOST: Final = re.compile(r"voiceid(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com|api\.aws)(?::[0-9]+)?")
_ACCOUNT_ID: Final = re.compile(r"[0-9]{12}")
_REGION: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@attrs.frozen
class Scope:
    """An account in a region, to which domains, quotas, keys and events belong."""

    account_id: str
    region_name: str

    @classmethod
    def of_arguments(cls, account_id: str, region_name: str) -> "Scope":
        """Return the account and region in arguments of a method; raises TypeError or ValueError."""
        check_account_id(account_id)
        check_region_name(region_name)
        return cls(account_id, region_name)

    @classmethod
    def of_request(
        cls,
        headers: Mapping[str, str],
        default: "Scope",
        *,
        account_id: str | None = None,
        region_name: str | None = None,
    ) -> "Scope":
        """Return the account and region of a request.

        Args:
            headers: the request's headers, with names in lower case.
            default: the account and region of a request that names none.
            account_id: the account, if the caller has found it otherwise.
            region_name: the region, if the caller has found it otherwise.
        """
        if account_id is None or region_name is None:
            signed = _CREDENTIAL.search(headers.get("authorization", ""))
            if signed is not None:
                account_id = account_id or account_of(signed[1])
                region_name = region_name or signed[2]
        region_name = region_name or region_of_host(headers.get("host", ""))
        return cls(account_id or default.account_id, region_name or default.region_name)

    def check(self, default: "Scope") -> None:
        """Raise a ServiceException if Voice ID has no endpoint in the region."""
        if self.region_name not in REGIONS and self.region_name != default.region_name:
            raise ServiceException(
                "UnknownEndpoint",
                "Voice ID had no endpoint in the region that the request is signed for. Use one of "
                f"{', '.join(REGIONS)}.",
            )


def account_of(access_key_id: str) -> str | None:
    """Return the account that an access key id stands for where no credentials are checked: 12 digits."""
    return access_key_id if is_account_id(access_key_id) else None


def region_of_host(host: str) -> str | None:
    """Return the region in the name of an endpoint of AWS, or None for another host."""
    found = _HOST.fullmatch(host.lower())
    return found[1] if found else None


def check_account_id(account_id: str) -> None:
    """Raise TypeError or ValueError unless an argument is the id of an AWS account."""
    check_arguments(account_id=(account_id, TEXT))
    if not is_account_id(account_id):
        raise ValueError("account_id must be the 12 digits of an AWS account")


def check_region_name(region_name: str) -> None:
    """Raise TypeError or ValueError unless an argument may be the name of a region."""
    check_arguments(region_name=(region_name, TEXT))
    if not _REGION.fullmatch(region_name):
        raise ValueError("region_name must be the name of a region, such as us-east-1")


def is_account_id(text: str) -> bool:
    """Return whether a text is the id of an AWS account."""
    return _ACCOUNT_ID.fullmatch(text) is not None
