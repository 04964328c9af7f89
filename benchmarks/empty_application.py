"""An empty ASGI application on uvicorn with httptools: run as a module, it prints its port.

It costs what the HTTP server itself costs, so no application on the same server can cost less.
"""

import socket

import uvicorn

from voiceid_sdk.local.http.asgi import Receive, Scope, Send
from voiceid_sdk.local.http.server import uvicorn_config

_BODY = b"{}"
_HEADERS = [(b"content-length", b"2")]


async def respond(_: Scope, __: Receive, send: Send) -> None:
    """Send the same response to every request."""
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})


def main() -> None:
    """Serve with the settings of Local Voice ID, without its limits on requests and connections."""
    config = uvicorn_config(respond, "httptools")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
