"""A server that does nothing but answer: ``python -m benchmarks.bare_server`` prints its port.

How uneven its answers are is the machine's doing and the client's; a busy machine makes any server uneven.
"""

import asyncio
from typing import Final

_ANSWER: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class _Answering(asyncio.Protocol):
    """Takes each piece that comes for a request: those of a benchmark come whole."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        self._transport = transport

    def data_received(self, data: bytes) -> None:  # noqa: ARG002 - whatever is asked
        self._transport.write(_ANSWER)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Answering, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
