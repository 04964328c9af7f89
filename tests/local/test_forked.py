"""A forked child: the inherited service is unusable, harmless, and its locks are free."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.attacks import size
from tests.support.servers import PATIENCE
from voiceid_sdk.local import (
    LocalVoiceID,
    ManualClock,
    StoreInUseError,
    mock_voice_id,
)
from voiceid_sdk.local.storage.store import Store

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

if not hasattr(os, "fork"):
    pytest.skip("Windows has no fork", allow_module_level=True)

pytestmark = [
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
    pytest.mark.usefixtures("no_earlier_clients"),
]

KEY = {"KmsKeyId": "k"}


def in_child(work: Callable[[], object]) -> str:
    """Return what a function returns in a forked child, as text; fails if it takes longer than 10 seconds."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            signal.alarm(10)
            try:
                said = str(work())
            except BaseException as error:  # the parent hears of it
                said = f"{type(error).__name__}: {error}"
            os.write(writer, said.encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        said = answer.read()
    assert os.waitpid(child, 0)[1] == 0, "the child hung, or was killed"
    return said


@pytest.fixture
def service(tmp_path: Path) -> Iterator[LocalVoiceID]:
    with LocalVoiceID(tmp_path / "v.db", s3_root=tmp_path, clock=ManualClock()) as service:
        yield service


USES: dict[str, Callable[[LocalVoiceID], object]] = {
    "handle": lambda service: service.handle({}, b"{}"),
    "client": lambda service: service.client(),
    "boto3_client": lambda service: service.boto3_client(),
    "session": lambda service: service.session,
    "start_call": lambda service: service.start_call("a" * 22, "contact"),
    "call": lambda service: service.call("a" * 22, "contact"),
    "export_domain": lambda service: service.export_domain("a" * 22),
    "import_domain": lambda service: service.import_domain({"domain": {"domain_id": "a" * 22}}),
    "disable_key": lambda service: service.disable_key("k"),
    "enable_key": lambda service: service.enable_key("k"),
    "events": lambda service: service.events.subscribe(print),
    "faults": lambda service: service.faults.clear(),
    "accept": lambda service: service.accept({}, b"{}"),
}


def test_every_use_in_a_child_raises_an_error_that_says_why(service: LocalVoiceID) -> None:
    def use_all() -> str:
        said = dict.fromkeys(USES, "no error")
        for name, use in USES.items():
            try:
                use(service)
            except Exception as error:
                said[name] = f"{type(error).__name__}: {error}"
        return json.dumps(said)

    expected = "StoreInheritedError: this LocalVoiceID belongs to the process"
    said = json.loads(in_child(use_all))
    assert {name: text for name, text in said.items() if not text.startswith(expected)} == {}


def test_the_same_holds_for_a_service_in_memory_and_a_child_of_the_child() -> None:
    with LocalVoiceID() as service:
        said = in_child(lambda: in_child(lambda: service.disable_key("k")))
    assert said.startswith("StoreInheritedError")


def test_a_client_that_was_made_before_the_fork_says_so_as_well(service: LocalVoiceID) -> None:
    client: Any = service.boto3_client()
    client.list_domains()
    assert "belongs to the process" in in_child(client.list_domains)


def test_a_mock_that_was_active_at_the_fork_says_so_and_sends_nothing_to_aws() -> None:
    import boto3

    client: Any = boto3.client(
        "voice-id", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    with mock_voice_id():
        client.list_domains()
        assert "belongs to the process" in in_child(client.list_domains)


def test_closing_it_in_a_child_leaves_it_to_the_parent(service: LocalVoiceID) -> None:
    domain = json.loads(
        service.handle(
            {"X-Amz-Target": "VoiceID.CreateDomain", "Content-Type": "application/x-amz-json-1.0"},
            json.dumps({"Name": "n", "ServerSideEncryptionConfiguration": KEY}).encode(),
        ).body
    )
    assert in_child(service.close) == "None"
    files = sorted(path.name for path in Path(str(service._s3_root)).iterdir())
    assert files == ["v.db", "v.db-lock", "v.db-wal"]
    assert service.export_domain(domain["Domain"]["DomainId"])
    with pytest.raises(StoreInUseError):
        LocalVoiceID(Path(str(service._s3_root)) / "v.db")


def open_when_told(path: Path, test: "Connection[str, None]") -> None:
    """Open a file when the test says so, and send the error."""
    test.recv()
    try:
        LocalVoiceID(path).close()
    except Exception as error:
        test.send(f"{type(error).__name__}: {error}")
    else:
        test.send("no error")


def test_a_child_cannot_open_the_file_of_its_parent_even_after_it_was_closed(
    service: LocalVoiceID, tmp_path: Path
) -> None:
    service.disable_key("k")
    context = multiprocessing.get_context("fork")
    child, test = context.Pipe()
    process = context.Process(target=open_when_told, args=(tmp_path / "v.db", test))
    process.start()
    test.close()
    service.close()
    child.send(None)
    assert child.recv().startswith("StoreInheritedError: path: a process that was forked")
    process.join(PATIENCE)
    assert process.exitcode == 0
    LocalVoiceID(tmp_path / "v.db").close()


def test_a_child_opens_a_file_that_was_closed_before_the_fork(tmp_path: Path) -> None:
    LocalVoiceID(tmp_path / "v.db").close()
    assert in_child(lambda: LocalVoiceID(tmp_path / "v.db").close()) == "None"


def test_a_child_may_have_a_service_of_its_own(service: LocalVoiceID, tmp_path: Path) -> None:
    def work() -> str:
        with LocalVoiceID(tmp_path / "other.db") as own:
            own.disable_key("k")
            own.events.subscribe(print)
        return "fine"

    assert in_child(work) == "fine"


LOCKED: dict[str, Callable[[LocalVoiceID], Any]] = {
    "the service": lambda service: service._store._lock,
    "its sessions": lambda service: service._sessions._lock,
    "its faults": lambda service: service.faults._lock,
    "its clock": lambda service: service.clock._lock,  # type: ignore[attr-defined] # of a ManualClock
}


@pytest.mark.parametrize("name", LOCKED)
def test_a_lock_that_another_thread_holds_at_the_fork_is_free_in_the_child(
    service: LocalVoiceID, name: str
) -> None:
    lock = LOCKED[name](service)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        held.set()
        done.wait()

    thread = threading.Thread(target=lock.run, args=(hold,))
    thread.start()
    held.wait()
    assert in_child(lambda: lock.run(lambda: "free")) == "free"
    done.set()
    thread.join()
    assert lock.run(lambda: "free") == "free"


def test_a_child_that_leaves_a_transaction_of_its_parent_changes_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "v.db", [])

    def leave_transaction() -> None:
        block.__exit__(None, None, None)

    block = store.transaction()
    with block:
        store.set_fact("from", "the parent")
        assert in_child(leave_transaction).startswith("StoreInheritedError")
    assert store.get_fact("from") == "the parent"
    store.close()


FORKING = """
    import os, signal, sys
    from voiceid_sdk.local import LocalVoiceID
    service = LocalVoiceID(sys.argv[1])
    client = service.boto3_client()
    key = {"KmsKeyId": "k"}
    domain = client.create_domain(Name="n", ServerSideEncryptionConfiguration=key)["Domain"]["DomainId"]
    for number in range(int(sys.argv[2])):
        client.opt_out_speaker(DomainId=domain, SpeakerId=f"s{number}")
        child = os.fork()
        if child == 0:
            try:
                client.opt_out_speaker(DomainId=domain, SpeakerId=f"c{number}")
            except RuntimeError:
                del client, service
                sys.exit(7)  # with all that Python does at its end
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    client.opt_out_speaker(DomainId=domain, SpeakerId="last")
    print(domain, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
def test_children_that_use_it_and_end_lose_nothing_of_the_parent(tmp_path: Path, tries: Counter[str]) -> None:
    forks = size(2, 2_000)
    path = tmp_path / "v.db"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(FORKING), str(path), str(forks)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    tries["Forks that use and leave the parent's service"] += forks
    with LocalVoiceID(path) as service:
        exported: Any = service.export_domain(done.stdout.strip())
        assert service._store.opened()._database.rows("PRAGMA integrity_check") == [("ok",)]
    speakers = [speaker["customer_speaker_id"] for speaker in exported["speakers"]]
    assert speakers == [*(f"s{number}" for number in range(forks)), "last"]


OPENING = """
    import sys
    from voiceid_sdk.local import LocalVoiceID, StoreInUseError
    try:
        LocalVoiceID(sys.argv[1])
    except StoreInUseError:
        sys.exit(7)
"""


@pytest.mark.slow
def test_reading_the_files_in_the_owners_process_does_not_make_room_for_a_second_owner(
    service: LocalVoiceID, tmp_path: Path
) -> None:
    service.disable_key("k")
    for path in tmp_path.iterdir():
        path.read_bytes()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", textwrap.dedent(OPENING), str(tmp_path / "v.db")]
    assert subprocess.run(command, env=environment, check=False).returncode == 7
    link = tmp_path / "link.db"
    link.symlink_to(tmp_path / "v.db")
    with pytest.raises(StoreInUseError):
        LocalVoiceID(link)


def test_no_lock_file_is_left_and_one_that_is_left_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "v.db-lock").touch()
    LocalVoiceID(tmp_path / "v.db").close()
    assert [path.name for path in tmp_path.iterdir()] == ["v.db"]


def test_an_owner_that_opened_the_lock_file_just_before_it_was_removed_locks_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from voiceid_sdk.local.storage import file_lock

    path = tmp_path / "lock"
    opened: list[int] = []

    def open_and_lose(name: str, flags: int) -> int:
        descriptor = os.open(name, flags | file_lock._FLAGS, 0o600)
        opened.append(descriptor)
        if len(opened) == 1:
            path.unlink()
        return descriptor

    monkeypatch.setattr(file_lock, "_open", open_and_lose)
    lock = file_lock.FileLock(path)
    assert len(opened) == 2
    with pytest.raises(BlockingIOError):
        file_lock.FileLock(path)
    lock.release()
    lock.release()
    assert not path.exists()
