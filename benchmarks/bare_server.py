"""A server with a constant response: ``python -m benchmarks.bare_server`` prints its port.

The spread of its response times comes from the machine and the client, so no server can have a smaller one.
"""

import asyncio
from typing import Final

_RESPONSE: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class _Responding(asyncio.Protocol):
    """Treats each piece of data as one request, because the benchmark's requests arrive whole."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:  # noqa: ARG002 - every request gets the same response
        self._transport.write(_RESPONSE)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Responding, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
