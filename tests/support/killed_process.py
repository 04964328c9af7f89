"""The process that is killed while it serves a file: again and again, each time as a new copy of this one.

A copy of a process that has imported everything takes a moment; a new process takes a hundred times that.
"""

import json
import os
import signal
import socket
import time
from pathlib import Path
from typing import Any, Final

from tests.support.silent_jobs import QuickRecognizer
from voiceid_sdk.local import LocalVoiceID, Timing
from voiceid_sdk.local.http.access import AccessRules
from voiceid_sdk.local.http.application import HttpApplication
from voiceid_sdk.local.http.server import serve
from voiceid_sdk.local.protocol.aws_json import CONTENT_TYPE

DATA: Final = "voiceid.sqlite"
"""The name of the file."""

TIMING: Final = Timing(encryption_update=0.01, job_start=0.005, job_request=0.0002)
"""Jobs that start and end within one life, or do not."""


def main() -> None:
    """Give each order that comes in on standard input to a copy, kill that one, and say how it ended.

    The second message after an order says that the time until the kill begins to run.
    """
    orders = socket.socket(fileno=0)
    while True:
        message, descriptors, _, _ = socket.recv_fds(orders, 65536, 1)
        if not message:
            return
        order = json.loads(message)
        process = os.fork()
        if not process:
            try:
                _live(order, socket.socket(fileno=descriptors[0]))
            finally:
                os._exit(1)
        os.close(descriptors[0])
        orders.recv(1)
        time.sleep(order["seconds"])
        os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
        orders.sendall(json.dumps(os.waitstatus_to_exitcode(status)).encode())


def _live(order: dict[str, Any], connection: socket.socket) -> None:
    service = open_service(Path(order["folder"]))
    if order["over_http"]:
        serve(HttpApplication(service, AccessRules()), connection)
    for line in connection.makefile("rb"):
        operation, _, body = line.partition(b" ")
        headers = {"X-Amz-Target": f"VoiceID.{operation.decode()}", "Content-Type": CONTENT_TYPE}
        response = service.handle(headers, body)
        connection.sendall(b"%d %b\n" % (response.status, response.body))


def open_service(folder: Path, **options: Any) -> LocalVoiceID:
    """Return a service on the file in a folder, with what stands in for S3 beside it."""
    return LocalVoiceID(folder / DATA, s3_root=folder, recognizer=QuickRecognizer(), timing=TIMING, **options)


if __name__ == "__main__":
    main()
