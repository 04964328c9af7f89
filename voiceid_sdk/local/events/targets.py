"""Targets of events: a function, a file of JSON lines, or a URL."""

import contextlib
import errno
import http.client
import json
import logging
import os
import re
import socket
import ssl
import stat
import threading
from collections.abc import Callable, Generator
from http import HTTPStatus
from pathlib import Path
from typing import Final, Protocol, TypeAlias
from urllib.parse import urlsplit

from voiceid_sdk._files import as_path, naming_argument
from voiceid_sdk.local.protocol.aws_json import log_unexpected
from voiceid_sdk.local.protocol.documents import Document

RESPONSE_SECONDS: Final = 5.0
"""How long a URL may take to accept the connection, and for each part of its response."""

DELIVERY_SECONDS: Final = 15.0
"""How long a URL may take for the whole of its response, from the connection on."""

Receiver: TypeAlias = Callable[[Document], object]
"""A function that takes each event as EventBridge delivers it."""

_APPEND: Final = (
    os.O_RDWR
    | os.O_APPEND
    | os.O_CREAT
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)  # A pipe without a reader does not block.
)
_PRINTABLE: Final = re.compile(r"[!-~]+")
_SUCCESSES: Final = range(200, 300)
_SERVER_ERRORS: Final = range(500, 600)

_logger: Final = logging.getLogger(__name__)


class Target(Protocol):
    """Receives events, each as a line of JSON."""

    @property
    def name(self) -> str:
        """The name of the target in the outbox, which is the same after a restart."""
        ...

    @property
    def may_take_long(self) -> bool:
        """Whether delivery takes too long for a request to wait for it."""
        ...

    def deliver(self, event: str) -> bool:
        """Deliver an event; return False if it has to be tried again."""
        ...


class FunctionTarget:
    """Calls a function. If it raises, the event is not tried again.

    Args:
        function: the function.
        name: its name in the outbox.
    """

    may_take_long = False

    def __init__(self, function: Receiver, name: str) -> None:
        self._function = function
        self.name: str = name

    def deliver(self, event: str) -> bool:
        """Call the function."""
        try:
            self._function(json.loads(event))
        except (Exception, SystemExit) as error:  # a subscriber must not fail the request
            log_unexpected(error)
        return True


class FileTarget:
    """Appends each event to a file as a line of JSON. The file may be moved away at any time.

    Args:
        path: a regular file; if missing, it is created for its owner alone. A symbolic link is not followed.

    Raises:
        TypeError: the path is none.
        FileAccessError: the file cannot be written.
    """

    may_take_long = False

    def __init__(self, path: str | os.PathLike[str]) -> None:
        with naming_argument("target", action="written"):
            self._path = as_path(path, "target").absolute()
            # The outbox keeps the name as text, in which bytes that are not UTF-8 are escaped.
            self.name: str = os.fsencode(self._path).decode("utf-8", "backslashreplace")
            with _opened(self._path):
                pass

    def deliver(self, event: str) -> bool:
        """Write the event."""
        try:
            with _opened(self._path) as descriptor:
                _append_line(descriptor, f"{event}\n".encode())
        except OSError as error:
            _logger.warning("an event could not be written: %s", type(error).__name__)
            return False
        return True


@contextlib.contextmanager
def _opened(path: Path) -> Generator[int]:
    descriptor = os.open(path, _APPEND, 0o600)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "The file for events must be a regular file, or no file yet")
        yield descriptor
    finally:
        os.close(descriptor)


def _append_line(descriptor: int, line: bytes) -> None:
    """Append a line; if that fails, the file is cut back to the length before."""
    size = os.lseek(descriptor, 0, os.SEEK_END)
    rest = _unfinished_line(descriptor, size, len(line))
    if line.startswith(rest):  # A process was killed while it wrote this line.
        size -= len(rest)
        os.ftruncate(descriptor, size)
    else:
        line = b"\n" + line
    try:
        written = 0
        while written < len(line):
            written += os.write(descriptor, line[written:])
    except BaseException:
        os.ftruncate(descriptor, size)
        raise


def _unfinished_line(descriptor: int, size: int, limit: int) -> bytes:
    """Return what follows the last end of a line in a file, of its last ``limit`` bytes."""
    os.lseek(descriptor, max(0, size - limit), os.SEEK_SET)
    return os.read(descriptor, limit).rpartition(b"\n")[2]


class UrlTarget:
    """Posts each event as JSON.

    A 2xx response is a success. Delivery is tried again if the URL cannot be reached or responds with 429 or
    5xx. After any other response the event is given up, because another attempt would have the same result.

    Args:
        url: ``http://`` or ``https://``.

    Raises:
        ValueError: the URL is not valid.
    """

    may_take_long = True

    def __init__(self, url: str) -> None:
        self.name = url
        try:
            parts = urlsplit(url)
            self._host, self._port = parts.hostname or "", parts.port
            self._host.encode("idna")
        except ValueError:
            raise _not_a_url() from None
        is_complete = parts.scheme in {"http", "https"} and self._host and self._port != 0
        if not is_complete or "@" in parts.netloc or parts.fragment or not _PRINTABLE.fullmatch(url):
            raise _not_a_url()
        self._is_secure = parts.scheme == "https"
        self._path = f"{parts.path or '/'}{parts.query and '?'}{parts.query}"
        try:
            self._connection(self._tls())
        except (OSError, http.client.HTTPException) as error:
            raise ValueError(
                f"there is no connection for events: {type(error).__name__}; check the environment variables "
                "SSL_CERT_FILE and SSLKEYLOGFILE"
            ) from None

    def deliver(self, event: str) -> bool:
        """Post the event."""
        try:
            status = self._post(event)
        except (OSError, http.client.HTTPException) as error:
            _logger.warning("an event could not be sent: %s", type(error).__name__)
            return False
        if status in _SUCCESSES:
            return True
        _logger.warning("the target of an event responded with %d", status)
        return status != HTTPStatus.TOO_MANY_REQUESTS and status not in _SERVER_ERRORS

    def _post(self, event: str) -> int:
        tls = self._tls()
        with contextlib.closing(self._connection(tls)) as connection:
            # Connected here, so that the time limit covers the TLS handshake, too.
            address = (self._host, self._port or connection.default_port)
            with (
                socket.create_connection(address, RESPONSE_SECONDS) as connected,
                _cut_off_after(DELIVERY_SECONDS, connected),
            ):
                if tls is not None:
                    connection.sock = tls.wrap_socket(connected, server_hostname=self._host)
                else:
                    connection.sock = connected
                connection.request("POST", self._path, event.encode(), {"Content-Type": "application/json"})
                return connection.getresponse().status

    def _tls(self) -> ssl.SSLContext | None:
        return ssl.create_default_context() if self._is_secure else None

    def _connection(self, tls: ssl.SSLContext | None) -> http.client.HTTPConnection:
        """Return a connection that is not open yet."""
        if tls is None:
            return http.client.HTTPConnection(self._host, self._port)
        return http.client.HTTPSConnection(self._host, self._port, context=tls)


@contextlib.contextmanager
def _cut_off_after(seconds: float, connected: socket.socket) -> Generator[None]:
    """End a connection unless the block ends in time; a timeout of a socket only limits each wait for it."""
    with connected.dup() as same:  # TLS takes the descriptor away from the first
        timer = threading.Timer(seconds, _shut_down, [same])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()


def _shut_down(connected: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the other side has ended it
        connected.shutdown(socket.SHUT_RDWR)


def _not_a_url() -> ValueError:
    return ValueError(
        "the URL for events must be an http:// or https:// one in ASCII, with a valid host and port, and "
        "without a user name or a fragment"
    )
