"""Which bucket and which object a request is for: by its path, or by its host and path.

Source: "Virtual hosting of general purpose buckets" in the S3 user guide.
"""

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import unquote_plus, unquote_to_bytes

from voiceid_sdk.local.s3.errors import S3Error, invalid_argument

MAX_KEY_BYTES: Final = 1024

_AWS_HOST: Final = re.compile(
    r"(?:(?P<bucket>.+)\.)?s3(?:[.-](?:dualstack\.)?[a-z]{2}(?:-[a-z]+)+-[0-9])?\.amazonaws\.com(?:\.cn)?"
)
_LOCAL_HOST: Final = re.compile(r"(?:(?P<bucket>.+)\.)?(?:s3\.localhost|local-s3\.invalid)")


def split_target(host: str, path: str, host_names: Collection[str] = ()) -> tuple[str, str]:
    """Return the bucket and the key of a request; both may be empty.

    Args:
        host: the Host header, with or without a port.
        path: the path, percent-encoded.
        host_names: names of this endpoint beside ``localhost`` and those of AWS; ``bucket.name`` is a bucket.

    Raises:
        S3Error: the path is no UTF-8, or the key is too long.
    """
    bucket = bucket_of_host(host, host_names)
    try:
        decoded = unquote_to_bytes(path.removeprefix("/")).decode()
    except (UnicodeDecodeError, UnicodeEncodeError):
        raise S3Error(400, "InvalidURI", "Couldn't parse the specified URI.") from None
    if not bucket:
        bucket, _, key = decoded.partition("/")
    else:
        key = decoded
    if len(key.encode()) > MAX_KEY_BYTES:
        raise S3Error(400, "KeyTooLongError", "Your key is too long")
    return bucket, key


def bucket_of_host(host: str, host_names: Collection[str] = ()) -> str:
    """Return the bucket that a host names, or an empty string when the path names it."""
    name = _name(host)
    for pattern in (_AWS_HOST, _LOCAL_HOST):
        if found := pattern.fullmatch(name):
            return found["bucket"] or ""
    for own in (*host_names, "localhost"):
        if name.endswith(f".{own.lower()}") and name not in host_names:
            return name.removesuffix(f".{own.lower()}")
    return ""


def is_s3_host(host: str) -> bool:
    """Return whether a host is S3's own name, or that of a bucket under it."""
    return any(pattern.fullmatch(_name(host)) for pattern in (_AWS_HOST, _LOCAL_HOST))


def split_query(query: str) -> dict[str, str]:
    """Return the parameters of a query string, decoded.

    Raises:
        S3Error: one is given twice, or is no UTF-8.
    """
    parameters: dict[str, str] = {}
    for pair in query.split("&"):
        if not pair:
            continue
        try:
            name, value = (unquote_plus(part, errors="strict") for part in pair.partition("=")[::2])
        except UnicodeDecodeError:
            raise S3Error(400, "InvalidURI", "Couldn't parse the specified URI.") from None
        if name in parameters:
            raise invalid_argument("A query parameter is given more than once.")
        parameters[name] = value
    return parameters


def _name(host: str) -> str:
    """Return a host without its port."""
    name = host.lower()
    return name if name.endswith("]") else name.rpartition(":")[0] or name
