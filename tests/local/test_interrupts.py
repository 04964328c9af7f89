"""An interrupt at any moment leaves Local Voice ID usable, and loses no change and no event."""

import contextlib
import json
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import voiceid_sdk
from tests.support.attacks import SOAK
from tests.support.interrupts import Interrupted, each_line
from tests.support.own_thread import on_its_own_thread
from tests.support.servers import PATIENCE
from voiceid_sdk.local import LocalVoiceID, ManualClock
from voiceid_sdk.local.storage.store import Store

pytestmark = pytest.mark.uncovered

STEP = 1 if SOAK else 13
"""Every line is interrupted in `nox -s soak`, every 13th one elsewhere."""


def ask(service: LocalVoiceID, operation: str, **members: Any) -> Any:
    """Return the members of an answer with the status 200."""
    headers = {"X-Amz-Target": f"VoiceID.{operation}", "Content-Type": "application/x-amz-json-1.0"}
    response = service.handle(headers, json.dumps(members).encode())
    assert response.status == 200, response.body
    return json.loads(response.body or b"{}")


def in_another_thread(work: Callable[[], Any]) -> Any:
    """Return the result of a function that must not wait for a lock of this thread."""
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(work()), daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert results, "the request failed, or waits for ever"
    return results[0]


@on_its_own_thread
def test_a_request_that_is_interrupted_at_any_line_is_done_or_not_and_the_next_one_succeeds(
    tmp_path: Path, tries: Counter[str]
) -> None:
    received: list[str] = []
    written = tmp_path / "events.jsonl"
    with LocalVoiceID(tmp_path / "v.db" if SOAK else None, clock=ManualClock()) as service:
        service.events.subscribe(lambda event: received.append(str(event["id"])))
        service.events.subscribe(written)
        service.faults.delay(0.001)
        key = {"KmsKeyId": "k"}
        domain = ask(service, "CreateDomain", Name="n", ServerSideEncryptionConfiguration=key)["Domain"]
        domain_id = domain["DomainId"]

        def opt_out(name: str) -> Any:
            return ask(service, "OptOutSpeaker", DomainId=domain_id, SpeakerId=name)

        def names() -> list[str]:
            found = ask(service, "ListSpeakers", DomainId=domain_id, MaxResults=100)["SpeakerSummaries"]
            return [speaker["CustomerSpeakerId"] for speaker in found]

        def scenario(interrupted: Interrupted) -> None:
            with contextlib.suppress(KeyboardInterrupt), interrupted():
                opt_out("interrupted")
            assert in_another_thread(names) in ([], ["interrupted"])
            assert in_another_thread(lambda: opt_out("next"))["Speaker"]["Status"] == "OPTED_OUT"
            changed = names()
            assert changed in (["next"], ["interrupted", "next"])
            # An event for each change that was committed, at least once, for either target.
            events = [json.loads(event)["id"] for event in written.read_text().splitlines()]
            assert len(set(events)) == len(set(received)) == len(changed)
            for name in changed:
                ask(service, "DeleteSpeaker", DomainId=domain_id, SpeakerId=name)
            written.write_text("")
            received.clear()

        lines = list(each_line(scenario, voiceid_sdk, step=STEP))
        tries["Interrupts at a line of a request"] += len(lines)
        assert lines[-1] > 300


def test_a_transaction_that_an_interrupt_left_open_is_rolled_back_by_the_next_one() -> None:
    store = Store(None, [])
    store.transaction().__enter__()
    store.set_fact("left", "open")
    with store.transaction():
        assert store.get_fact("left") is None
    store.close()


def test_a_service_cannot_be_called_from_inside_its_own_transaction() -> None:
    with LocalVoiceID() as service:
        with pytest.raises(RuntimeError, match="inside one of its own transactions"):
            service._transactions.run(lambda _: service.disable_key("k"))
        service.disable_key("k")


@on_its_own_thread
def test_a_second_call_of_close_finishes_what_an_interrupted_one_has_begun(
    tmp_path: Path, tries: Counter[str]
) -> None:
    def scenario(interrupted: Interrupted) -> None:
        service = LocalVoiceID(tmp_path / "v.db", clock=ManualClock())
        service.events.subscribe(tmp_path / "events.jsonl")
        with contextlib.suppress(KeyboardInterrupt), interrupted():
            service.close()
        service.close()

    tries["Interrupts at a line of close"] += len(list(each_line(scenario, voiceid_sdk, step=STEP)))
    LocalVoiceID(tmp_path / "v.db").close()
