"""uvicorn's protocol with limits for all that a stranger can send, keep waiting, or leave unread."""

import asyncio
import contextlib
import re
import socket
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

REQUEST_SECONDS: Final = 30.0
"""How long a client may take from the connection, or from a request's first byte, to its last byte."""

WRITE_SECONDS: Final = 30.0
"""How long a client may leave a response unread."""

MAX_CONNECTIONS: Final = 256
"""Connections at a time. Each may have a part of a body, a response and further requests in memory."""

MAX_HEAD_BYTES: Final = 64 * 1024
"""Bytes of a request line and its headers, and of what comes between or after the chunks of a body."""

_MAX_UNREAD: Final = 64 * 1024
"""Bytes of further requests that are received while one is handled."""

MAX_DISCARDED_BODY: Final = 128 * 1024**2
"""Bytes of a body that are discarded after a response that did not need it."""

MAX_DISCARDED_HEAD: Final = 1024**2
"""Bytes that are discarded after a response to a head, or to what comes between or after chunks."""

_PIECE: Final = 4096
"""Bytes of a body in chunks that are parsed at a time."""

_HEAD_END: Final = re.compile(rb"\n\r?\n")
_UPGRADE: Final = re.compile(rb"(?<=\n)upgrade(?=:)", re.IGNORECASE)
_UPGRADE_NAME: Final = b"upgrade"
_RENAMED: Final = b"x-upgrade"

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_TOO_LARGE: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
_BUSY: Final = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
_CLOSE: Final = b"Connection: close\r\nContent-Length: 0\r\n\r\n"


class _RespondingTransport(asyncio.Transport):
    """Makes sure that clients get whole responses, although the server may close the connection after them.

    Head and body of a response leave in one send, because some clients, among them Go's, lose a response
    whose body comes after the server has closed. ``close`` first discards what the client is still sending,
    because the system resets a connection that is closed with unread bytes, and the response is lost.

    Args:
        transport: the transport of the connection.
        loop: the event loop.
        write_seconds: how long the client may leave a response unread after ``close``.
    """

    def __init__(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, write_seconds: float
    ) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._write_seconds = write_seconds
        self._abandoning: asyncio.TimerHandle | None = None
        self._parts: list[bytes] = []
        self.awaits_head = False
        """Whether there is a request whose response has not begun."""
        self.expected = 0
        """How many bytes may be discarded at the end; 0 if the client has sent a whole request."""
        self._to_discard = 0

    def get_extra_info(self, name: str, default: object = None) -> object:
        return self._transport.get_extra_info(name, default)

    @property
    def is_discarding(self) -> bool:
        """Whether it closes as soon as the client has sent all."""
        return self._to_discard > 0

    def is_closing(self) -> bool:
        return self.is_discarding or self._transport.is_closing()

    def pause_reading(self) -> None:
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()

    def abort(self) -> None:
        self._transport.abort()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write data; the head of a response waits for the body, or for ``flush``."""
        if self.is_discarding:
            return
        self._parts.append(bytes(data))
        if self.awaits_head and data != _CONTINUE:
            self.awaits_head = False
        else:
            self.flush()

    def close(self) -> None:
        """Write what is waiting, and close once the client has sent all, or as much as is expected."""
        if self.is_closing():
            return
        self.flush()
        self._to_discard = self.expected
        if not self.is_discarding:
            self._close()
            return
        self._transport.resume_reading()
        if self._transport.can_write_eof():  # not with TLS
            with contextlib.suppress(OSError):  # of a client that is gone
                self._transport.write_eof()

    def close_now(self) -> None:
        """Write what is waiting, and close."""
        self.flush()
        self._to_discard = 0
        self._close()

    def closed(self) -> None:
        """Give up the time limit, because the connection has ended."""
        if self._abandoning is not None:
            self._abandoning.cancel()
            self._abandoning = None

    def discard(self, size: int) -> None:
        """Count bytes that came after ``close``, and close if they are more than expected."""
        self._to_discard -= size
        if not self.is_discarding:
            self._close()

    def _close(self) -> None:
        """Close the connection once all is sent, or when the client has not read it in time."""
        # After a second close(), a transport with TLS has no buffer that can be measured.
        if not self._transport.is_closing():
            self._transport.close()
        if self._abandoning is None and self._transport.get_write_buffer_size():
            self._abandoning = self._loop.call_later(self._write_seconds, self._transport.abort)

    def flush(self) -> None:
        """Write what is waiting."""
        if self._parts:
            self._transport.write(b"".join(self._parts))
            self._parts.clear()


class _LimitedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with limits of time and of memory.

    A request is parsed when the one before it has its response. So a client that sends many at once has one
    of them in memory, and the bytes of a few. ``Upgrade`` is never followed, as HTTP allows: such requests
    are served as HTTP/1.1, with their bodies, because clients that offer HTTP/2 send them.
    """

    request_seconds = REQUEST_SECONDS
    write_seconds = WRITE_SECONDS
    max_connections = MAX_CONNECTIONS

    _deadline: asyncio.TimerHandle | None = None
    _write_deadline: asyncio.TimerHandle | None = None
    _has_begun = False
    """Whether there was a request on this connection."""
    _is_receiving = False
    """Whether a part of a request was received, but not its end."""
    _is_in_body = False
    _body_left: int | None = None
    """Bytes of the body that are still to come; None if it comes in chunks."""
    _without_content = 0
    """Bytes since the last that were content of a body: of a head, or between and after chunks."""

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # uvicorn's own
        self._unparsed = b""
        self._last_bytes = b"\n"
        self._is_parsing = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvicorn's own
        self._responding = _RespondingTransport(transport, self.loop, self.write_seconds)
        if len(self.connections) >= self.max_connections:
            self.transport = self._responding
            self._close_with(_BUSY)
            return
        super().connection_made(self._responding)
        vars(transport)["max_size"] = _MAX_UNREAD  # asyncio receives four times as much at once otherwise.
        # asyncio does this only for sockets that were made with the protocol's number. Without it, a part
        # of a response waits until the client acknowledges the one before, which takes 40 ms.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._clear_deadline()
        self._clear_write_deadline()
        self._responding.closed()
        self._unparsed = b""
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._clear_write_deadline()
        self._write_deadline = self.loop.call_later(self.write_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        self._clear_write_deadline()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            if self._responding.is_discarding:
                self._unparsed = b""
                self._responding.discard(len(data))
            return
        self._unset_keepalive_if_required()
        self._unparsed += data
        self._parse()

    def eof_received(self) -> bool:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride] # uvicorn declares None
        """Return whether the connection stays open, because a client that sends no more waits for a response.

        It stays open for as long as a request may take, because a client that is gone looks the same. With
        TLS it does not, because asyncio closes such a connection in any case.
        """
        if self._is_answering() and self.transport.get_extra_info("ssl_object") is None:
            self.cycle.keep_alive = False
            self._set_deadline()
            return True
        self._responding.close_now()  # with a response that is waiting to be written
        return False

    def on_message_begin(self) -> None:
        super().on_message_begin()
        state = self.scope.setdefault("state", {})
        state["hang_up"] = self._responding.close_now
        state["allow_more_time"] = self._set_deadline

    def on_headers_complete(self) -> None:
        self._is_in_body = self._has_begun = True
        self._responding.expected = MAX_DISCARDED_BODY
        self._responding.awaits_head = True
        self._without_content = 0
        headers = dict(self.headers)
        if _RENAMED in headers:
            self.headers[:] = [
                (_UPGRADE_NAME if name == _RENAMED else name, value) for name, value in self.headers
            ]
        is_chunked = b"transfer-encoding" in headers
        self._body_left = None if is_chunked else int(headers.get(b"content-length", b"0"))
        parser: Any = self.parser  # which the type checkers infer differently
        if parser.get_method() == b"CONNECT":
            raise ValueError  # This is no proxy, so the request is invalid here.
        if self.expect_100_continue and parser.get_http_version() == "1.0":
            self.expect_100_continue = False  # HTTP/1.0 has no such responses (RFC 9110, section 10.1.1).
        super().on_headers_complete()
        self.headers = []  # Headers after the body are dropped: they are none of the request's own.

    def on_body(self, body: bytes) -> None:
        self._without_content = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._is_receiving = self._is_in_body = False
        self._responding.expected = 0
        self._without_content = 0
        self._last_bytes = b"\n"
        self._clear_deadline()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self._responding.flush()  # the head of a response without a body
        super().on_response_complete()
        if not self._is_parsing and self._unparsed:
            self._unset_keepalive_if_required()
            self._parse()

    def _parse(self) -> None:
        """Parse what was received, up to the end of a request that has no response yet."""
        self._is_parsing = True
        try:
            while self._unparsed and not self.transport.is_closing() and not self._is_answering():
                if not self._is_receiving:
                    self._is_receiving = True
                    self._responding.expected = MAX_DISCARDED_HEAD
                piece = self._next_piece()
                if not piece:
                    break
                if not (self._is_in_body and self._body_left is not None):
                    self._without_content += len(piece)
                if self._without_content > MAX_HEAD_BYTES:
                    self._responding.expected = MAX_DISCARDED_HEAD
                    self._close_with(_TOO_LARGE)
                else:
                    super().data_received(piece)
        finally:
            self._is_parsing = False
        # A request that came as a whole, as nearly all do, needs no time limit.
        if self._is_receiving and self._deadline is None:
            self._set_deadline()
        if len(self._unparsed) > _MAX_UNREAD and not self.transport.is_closing():
            self.flow.pause_reading()

    def shutdown(self) -> None:
        super().shutdown()
        if self.transport.is_closing():
            self._responding.close_now()

    def _is_answering(self) -> bool:
        """Return whether there is a request that was received and has no response."""
        if self._is_in_body or not self._has_begun:
            return False
        return not self.cycle.response_complete

    def _next_piece(self) -> bytes:
        """Take the next bytes that can be parsed at once: of a head, or of a body, but not of both."""
        size = len(self._unparsed)
        if not self._is_in_body:
            return self._next_of_head()
        size = min(size, _PIECE if self._body_left is None else self._body_left)
        if self._body_left is not None:
            self._body_left -= size
        return self._take(size)

    def _next_of_head(self) -> bytes:
        """Take bytes of a head, up to its end; the name of the header Upgrade is replaced."""
        before = self._last_bytes
        found = _HEAD_END.search(before + self._unparsed[: MAX_HEAD_BYTES + 1])
        size = found.end() - len(before) if found else min(len(self._unparsed), MAX_HEAD_BYTES + 1)
        if found is None:
            last_line = self._unparsed[:size].rpartition(b"\n")[2]
            is_at_start = b"\n" in self._unparsed[:size] or before.endswith(b"\n")
            if is_at_start and _UPGRADE_NAME.startswith(last_line.lower()):
                size -= len(last_line)  # The rest of the name and its colon have to come first.
        taken = self._take(size)
        if not taken:
            return taken
        self._last_bytes = b"\n" if found else (before + taken)[-2:]
        if _UPGRADE_NAME not in taken.lower():
            return taken
        # With the byte before, so that a name at the beginning is found only if a line begins there.
        return _UPGRADE.sub(_RENAMED, before[-1:] + taken)[len(before[-1:]) :]

    def _take(self, size: int) -> bytes:
        taken, self._unparsed = self._unparsed[:size], self._unparsed[size:]
        return taken

    def _close_with(self, status: bytes) -> None:
        self.transport.write(status + _CLOSE)
        self.transport.close()

    def _set_deadline(self) -> None:
        self._clear_deadline()
        self._deadline = self.loop.call_later(self.request_seconds, self._responding.close_now)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _clear_write_deadline(self) -> None:
        if self._write_deadline is not None:
            self._write_deadline.cancel()
            self._write_deadline = None


def limited_protocol(
    *, request_seconds: float, write_seconds: float, max_connections: int
) -> type[asyncio.Protocol]:
    """Return the protocol with other limits of time, in seconds, and of connections."""
    limits = {
        "request_seconds": request_seconds,
        "write_seconds": write_seconds,
        "max_connections": max_connections,
    }
    return type("Protocol", (_LimitedProtocol,), limits)
