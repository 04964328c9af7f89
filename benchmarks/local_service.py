"""Local Voice ID over HTTP: its speed against moto's server, its evenness, and the growth of its memory."""

import http.client
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import repeat
from typing import Final

from benchmarks.http_load import request, send_all, send_at_rate
from benchmarks.measuring import Measure, Row, interleave, ratios
from benchmarks.running_servers import Server, bare, exchange, local_voice_id, moto

PAGE_SIZE: Final = 100

_LIST: Final = "VoiceID.ListSpeakers"


def measure(*, quick: bool) -> Iterator[Row]:
    """Describe one speaker many times, then list a large domain."""
    with local_voice_id() as ours, moto() as motos:
        yield _against_moto(ours, motos, quick=quick)
    with local_voice_id() as ours, bare() as idle:
        yield from _evenness(ours, idle, quick=quick)
    with local_voice_id() as ours:
        yield from _large_domain(ours, quick=quick)


def _against_moto(ours: Server, motos: Server, *, quick: bool) -> Row:
    domain_id = ours.domain()
    send_all(ours.port, [ours.on_speaker("OptOutSpeaker", domain_id, 1)])
    describe = ours.on_speaker("DescribeSpeaker", domain_id, 1)
    ssm = {"service": "ssm", "version": "1.1"}
    parameter: dict[str, object] = {"Name": "load", "Value": "a value", "Type": "String"}
    motos.call("AmazonSSM.PutParameter", parameter, **ssm)
    get = request(motos.port, "AmazonSSM.GetParameter", {"Name": "load"}, **ssm)

    def each(server: Server, sent: bytes, times: int) -> Measure:
        return lambda: send_all(server.port, repeat(sent, times)).each

    variants = {
        "ours": each(ours, describe, 200 if quick else 3_000),
        "moto's": each(motos, get, 50 if quick else 500),
    }
    return Row(
        what="seconds of a DescribeSpeaker, of those of moto's SSM GetParameter",
        figures=ratios(interleave(variants, 2 if quick else 5), "ours", "moto's"),
        must=0.2,
    )


def _evenness(ours: Server, bare: Server, *, quick: bool) -> Iterator[Row]:
    domain_id = ours.domain()
    send_all(ours.port, [ours.on_speaker("OptOutSpeaker", domain_id, 1)])
    describe = ours.on_speaker("DescribeSpeaker", domain_id, 1)
    capacity = 1 / send_all(ours.port, repeat(describe, 500 if quick else 5_000)).each

    def uneven(server: Server) -> Measure:
        def measure() -> float:
            load = send_at_rate(server.port, repeat(describe, int(capacity)), capacity / 2)
            return load.percentile(99) / load.percentile(50)

        return measure

    found = interleave({"ours": uneven(ours), "bare": uneven(bare)}, 1 if quick else 7)
    yield Row(
        what="the 99th percentile of a DescribeSpeaker's time at half load, of the median",
        figures=tuple(found["ours"]),
        must=5,
        reason="It is wall-clock time and needs both cores of an idle machine. It cannot be better than that "
        "of the server that does nothing.",
    )
    yield Row(
        what="the same of a server that does nothing: the machine's own part", figures=tuple(found["bare"])
    )


def _large_domain(server: Server, *, quick: bool) -> Iterator[Row]:
    speakers = 2_000 if quick else 100_000
    described = speakers // 10
    domain_id = server.domain()
    send_all(
        server.port, (server.on_speaker("OptOutSpeaker", domain_id, number) for number in range(speakers))
    )

    with closing(server.connect()) as connection:
        _page_requests(connection, domain_id)  # the first list allocates memory that later ones use again
        before = server.megabytes()
        pages = _page_requests(connection, domain_id)
        if len(pages) * PAGE_SIZE != speakers:
            raise RuntimeError("not everyone was listed")
        send_all(
            server.port,
            (server.on_speaker("DescribeSpeaker", domain_id, number) for number in range(described)),
        )
        yield Row(
            what=f"memory that grows while {speakers:,} speakers are listed and {described:,} described",
            figures=(server.megabytes() - before,),
            unit="MB",
            must=5,
        )

        def seconds(requests: Sequence[dict[str, object]]) -> float:
            began = time.perf_counter()
            for page in requests:
                exchange(connection, _LIST, page)
            return time.perf_counter() - began

        variants = {"first": lambda: seconds(pages[:10]), "last": lambda: seconds(pages[-10:])}
        yield Row(
            what="seconds of a list's last pages, of those of its first",
            figures=ratios(interleave(variants, 2 if quick else 15), "last", "first"),
            must=1.25,
        )


def _page_requests(connection: http.client.HTTPConnection, domain_id: str) -> list[dict[str, object]]:
    """List all speakers of a domain, and return the requests that this took."""
    requests: list[dict[str, object]] = [{"DomainId": domain_id, "MaxResults": PAGE_SIZE}]
    while token := exchange(connection, _LIST, requests[-1]).get("NextToken"):
        requests.append({**requests[0], "NextToken": token})
    return requests
