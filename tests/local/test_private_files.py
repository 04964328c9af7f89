"""Every file that Local Voice ID writes is its owner's alone, whole, and follows no link."""

import errno
import os
import stat
from pathlib import Path

import pytest

from voiceid_sdk.local import LocalVoiceID, ManualClock, StoreError, StoreFormatError, folder_s3_client
from voiceid_sdk.local.events.targets import FileTarget

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has other permissions and links")


def test_every_file_and_folder_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with LocalVoiceID(tmp_path / "v.db", s3_root=tmp_path / "s3", clock=ManualClock()) as service:
            service.events.subscribe(tmp_path / "events.jsonl")
            domain = service.client().create_domain(name="n", kms_key_id="k")
            domain.speaker("alice").opt_out()
            service.export_domain(domain.domain_id, tmp_path / "domain.json")
            client = folder_s3_client(tmp_path / "s3")
            client.create_bucket(Bucket="bucket")
            client.put_object(Bucket="bucket", Key="a/b.wav", Body=b"audio", Metadata={"voice": "alice"})
            found = {path: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    finally:
        os.umask(before)
    assert {path.name for path in found} >= {
        "v.db", "v.db-wal", "v.db-lock", "events.jsonl", "domain.json", "b.wav",
    }  # fmt: skip
    assert {path for path, mode in found.items() if mode & 0o077} == set()


@pytest.mark.parametrize("written", [0, 3])
def test_an_event_that_does_not_fit_on_the_disk_leaves_no_part_of_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    path = tmp_path / "events.jsonl"
    target = FileTarget(path)
    assert target.deliver('{"number": 1}')
    write = os.write

    def fill(descriptor: int, content: bytes) -> int:
        write(descriptor, content[:written])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", fill)
        assert not target.deliver('{"number": 2}')
    assert path.read_text() == '{"number": 1}\n'
    assert target.deliver('{"number": 2}')
    assert path.read_text() == '{"number": 1}\n{"number": 2}\n'


@pytest.mark.parametrize(
    ("there", "after"),
    [('{"a": 1}\n{"number"', '{"a": 1}\n'), ("another program's line", "another program's line\n")],
)
def test_an_event_is_never_glued_to_an_unfinished_line(tmp_path: Path, there: str, after: str) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(there)
    assert FileTarget(path).deliver('{"number": 2}')
    assert path.read_text() == after + '{"number": 2}\n'


def test_a_link_or_a_pipe_is_no_file_for_events(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        FileTarget(tmp_path / "link")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="regular file"):
        FileTarget(tmp_path / "pipe")
    assert not (tmp_path / "elsewhere").exists()


def test_a_data_file_that_cannot_be_used_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("loop", "folder", "pipe", "none/v.db", "nul\0", "n" * 300):
        with pytest.raises(StoreError, match=r"^path: the data file"):
            LocalVoiceID(tmp_path / name)


@pytest.mark.parametrize("position", [0, 100])
def test_a_damaged_data_file_is_an_error_of_ours(tmp_path: Path, position: int) -> None:
    path = tmp_path / "v.db"
    LocalVoiceID(path).close()
    content = bytearray(path.read_bytes())
    content[position : position + 600] = b"\xff" * 600
    path.write_bytes(content)
    with pytest.raises(StoreFormatError, match=r"^path: "):
        LocalVoiceID(path)


def test_the_error_about_a_damaged_data_file_shows_nothing_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "v.db"
    LocalVoiceID(path).close()
    whole = path.read_bytes()
    for damage in (b"CR\x81ATE TABLE", b"CREATE canary"):
        path.write_bytes(whole.replace(b"CREATE TABLE", damage))
        with pytest.raises(StoreFormatError, match=r"a damaged one \(") as caught:
            LocalVoiceID(path)
        assert not any(word in str(caught.value) for word in ("canary", "ATE", "schema"))
