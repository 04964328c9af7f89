"""Tells the names and addresses of this machine from those of others.

For the SDK and for Local Voice ID.
"""

import functools
import ipaddress


@functools.lru_cache(maxsize=64)  # A client may send any number of host names.
def is_loopback(host: str) -> bool:
    """Return whether a host name, or an address without brackets, is of the loopback interface (RFC 6761)."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
