"""Records what an SDK really sends: ``python -m tests.support.record_requests FILE COMMAND ...``.

The command is a program that takes the steps, such as those in ``clients/``. The files are in ``requests/``;
``test_interoperability.py`` replays them.
"""

import platform
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.sdk_scenario import let, running


def main(file: Path, command: Sequence[str]) -> None:
    """Let the command carry out the steps through a proxy that records the requests."""
    sent: list[bytes] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), signed=True) as settings,
        closing(socket.create_server(("127.0.0.1", 0))) as listener,
    ):
        address = urlsplit(settings["AWS_ENDPOINT_URL_VOICE_ID"])
        assert address.port is not None
        server = (address.hostname or "", address.port)
        threading.Thread(target=_tap, args=(listener, server, sent.append), daemon=True).start()
        tapped = f"http://127.0.0.1:{listener.getsockname()[1]}"
        for outcome in let(command, {**settings, "AWS_ENDPOINT_URL_VOICE_ID": tapped}):
            print(outcome["status"], outcome.get("code", ""))  # noqa: T201 - it is a program
    # What SDKs say of the machine that they run on is not signed, and nobody's business.
    file.write_bytes(b"".join(sent).replace(platform.release().encode(), b"6.1.0"))


def _tap(listener: socket.socket, address: tuple[str, int], keep: Callable[[bytes], object]) -> None:
    while True:
        client, _ = listener.accept()
        server = socket.create_connection(address)
        for ways in ((client, server, keep), (server, client, len)):
            threading.Thread(target=_pass_on, args=ways, daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket, keep: Callable[[bytes], object]) -> None:
    """Send on what comes, until no more does."""
    with suppress(OSError):
        while part := source.recv(65536):
            keep(part)
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
