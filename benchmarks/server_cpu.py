"""The CPU time of Local Voice ID's server for a request, against an empty application on the same uvicorn."""

import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from benchmarks.http_load import Lockstep, headers, message
from benchmarks.measuring import Measure, Row, Skipped, cheapest, interleave, ratios
from benchmarks.running_servers import Server, bare, local_voice_id
from voiceid_sdk.local import LocalVoiceID
from voiceid_sdk.local.protocol.aws_json import encode

ACCESS_KEY: Final = Credentials("AKIDBENCHMARK", "secret")
_REQUESTS: Final = 10
"""On each connection, in one part of a round."""
_PARTS: Final = 10
"""Of a round, of which the cheapest counts."""
_CUSTOMER: Final = "customer-1"


def measure(*, quick: bool) -> Iterator[Row]:
    """Describe a speaker and evaluate a session many times, without and with signatures; on Linux only."""
    if sys.platform != "linux":
        raise Skipped("only on Linux can a process read the CPU clocks of others")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        data = Path(folder, "open.db")
        domain_id, session_id = _prepare(data)
        copy = shutil.copy(data, Path(folder, "signed.db"))
        ours = stack.enter_context(local_voice_id("--data", str(data)))
        signing = stack.enter_context(
            local_voice_id(
                "--data",
                str(copy),
                environment={
                    "VOICEID_LOCAL_ACCESS_KEY_ID": ACCESS_KEY.access_key,
                    "VOICEID_LOCAL_SECRET_ACCESS_KEY": ACCESS_KEY.secret_key,
                },
            )
        )
        empty = stack.enter_context(bare("benchmarks.empty_application"))
        calls = {
            "DescribeSpeaker": {"DomainId": domain_id, "SpeakerId": _CUSTOMER},
            "EvaluateSession": {"DomainId": domain_id, "SessionNameOrId": session_id},
        }
        measured = {"empty": (empty, "DescribeSpeaker")}
        for operation in calls:
            measured |= {operation: (ours, operation), f"{operation} signed": (signing, operation)}
        variants = {
            name: _cpu(
                server,
                stack.enter_context(
                    closing(Lockstep(server.port, _signed(server.port, operation, calls[operation])))
                ),
            )
            for name, (server, operation) in measured.items()
        }
        found = cheapest(interleave(variants, (2 if quick else 11) * _PARTS), _PARTS)
    yield Row(
        what="CPU of the server for a DescribeSpeaker, of that of an empty application",
        figures=ratios(found, "DescribeSpeaker", "empty"),
        must=2.0,
        aim=1.6,
        reason="Half of the time goes to uvicorn, asyncio, SQLite, JSON and the network.",
    )
    yield Row(
        what="CPU of the server for an EvaluateSession with a kept decision, of the same",
        figures=ratios(found, "EvaluateSession", "empty"),
        must=4.0,
        aim=3.0,
    )
    for operation in calls:
        yield Row(
            what=f"what the check of its signature adds to {operation}",
            figures=_added(found, f"{operation} signed", operation),
            must=1.0,
        )


def _prepare(data: Path) -> tuple[str, str]:
    """Write a state with a speaker and a session with a decision; return the ids of domain and session."""
    with LocalVoiceID(data) as service:
        domain = service.client().create_domain(name="load", kms_key_id="alias/benchmark")
        call = service.start_call(domain.domain_id, "contact", _CUSTOMER)
        call.speak("a voice", seconds=12.0)
        domain.session(call.session_id).evaluate()
        return domain.domain_id, call.session_id


def _signed(port: int, operation: str, members: Mapping[str, object]) -> bytes:
    """Return a request as boto3 signs it."""
    body = encode(members)
    given = headers(f"VoiceID.{operation}")
    del given["X-Amz-Date"], given["Authorization"]
    request = AWSRequest("POST", f"http://127.0.0.1:{port}/", headers=given, data=body)
    SigV4Auth(ACCESS_KEY, "voiceid", "us-east-1").add_auth(request)
    return message(port, dict(request.headers.items()), body)


def _cpu(server: Server, load: Lockstep) -> Measure:
    def measure() -> float:
        before = server.cpu_seconds()
        load.send(_REQUESTS)
        return server.cpu_seconds() - before

    return measure


def _added(found: Mapping[str, list[float]], of: str, to: str) -> tuple[float, ...]:
    return tuple(
        (one - other) / empty for one, other, empty in zip(found[of], found[to], found["empty"], strict=True)
    )
