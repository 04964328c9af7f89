"""Every error that botocore, urllib3 and the system have for a call."""

import builtins
import http.client
import io
import ssl
from collections import defaultdict
from typing import Any, Final

import botocore.exceptions
from botocore.response import StreamingBody
from urllib3 import HTTPResponse


def every_class(base: type[Exception], module: Any) -> list[type[Exception]]:
    return [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, base)]


def made(kind: type[Exception]) -> Exception:
    """Return an error of a class of botocore, whatever its constructor needs."""
    if issubclass(kind, botocore.exceptions.ClientError):
        return kind({"Error": {"Code": "Unknown"}}, "DescribeDomain")
    try:
        return kind(**_Anything(error="no", msg="no", value="no", errors=[]))
    except (KeyError, TypeError):
        return kind.__new__(kind)


class _Anything(defaultdict[str, str]):
    """Keyword arguments for every format of a message."""

    def __init__(self, **given: Any) -> None:
        names = "name provider error_msg endpoint_url profile_name config_file cred_var path reason report"
        names += " service_name region_name operation waiter_name bucket key valid_values parameter_name"
        names += " http_status_code model_name known_versions data_path api_version proxy_url param type"
        super().__init__(str, {**dict.fromkeys(names.split(), "no"), **given})


IN_CALLS = [
    kind
    for kind in every_class(botocore.exceptions.BotoCoreError, botocore.exceptions)
    if "Stub" not in kind.__name__  # those are for the test that uses the stub
]

SYSTEM_ERRORS = every_class(OSError, builtins)


WHILE_READING: Final = [
    *[kind(5, "no") for kind in SYSTEM_ERRORS],
    ssl.SSLError(1, "no"),
    ssl.SSLError(1, "read operation timed out"),
    TimeoutError("no"),
    http.client.IncompleteRead(b"", 5),
    http.client.LineTooLong("no"),
]
"""Errors of a connection while a body is read."""


def failing_body(error: Exception) -> StreamingBody:
    """Return a body of botocore, whose connection fails with an error when urllib3 reads it."""

    class Failing(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            del buffer
            raise error

    raw: Any = HTTPResponse(Failing(), preload_content=False, decode_content=False)
    return StreamingBody(raw, content_length=5)
