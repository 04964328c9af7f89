"""Objects on disk: complete or absent, with any key; and a folder that was filled by hand."""

import errno
import hashlib
import itertools
import os
import random
import shutil
import stat
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.s3_requests import Answer, Wire
from voiceid_sdk.local.s3 import paths
from voiceid_sdk.local.s3.errors import S3Error
from voiceid_sdk.local.s3.objects import Bucket
from voiceid_sdk.local.s3.records import ObjectInfo

ODD_KEYS = (
    "a/",
    "a//b",
    "/a",
    "./a",
    "../a",
    "a/../../b",
    "..",
    "a/./b",
    ".local-s3/lock",
    ".LOCAL-S3/lock",
    "long/" + "n" * 300,
    "n/" * 500,
    "nul\0key",
    "\U0001f600" * 100,
)
PLAIN_KEYS = ("a", "a b", "ä", "deep/in/a", "con", "a.", "back\\slash", "..a", "a?b*c", ".hidden")

needs_links = pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links")
needs_modes = pytest.mark.skipif(sys.platform == "win32", reason="needs modes of POSIX")


def put(wire: Wire, key: str, content: bytes, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return wire("PUT", f"/bucket/{quote(key)}", content, named)


def get(wire: Wire, key: str) -> Answer:
    return wire("GET", f"/bucket/{quote(key)}")


def keys(wire: Wire) -> list[str]:
    return wire("GET", "/bucket?list-type=2").texts("Key")


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("key", [*ODD_KEYS, *PLAIN_KEYS], ids=range(len(ODD_KEYS) + len(PLAIN_KEYS)))
def test_any_key_is_kept_inside_its_bucket(wire: Wire, root: Path, key: str) -> None:
    before = files_in(root.parent)
    assert put(wire, key, b"content").status == 200
    assert get(wire, key).body == b"content"
    assert all(path.is_relative_to(root / "bucket") for path in files_in(root.parent) if path not in before)
    assert wire("GET", "/bucket?list-type=2&encoding-type=url").texts("Key") == [quote(key)]
    assert wire("DELETE", f"/bucket/{quote(key)}").status == 204
    assert get(wire, key).status == 404
    assert files_in(root / "bucket") == [root / "bucket/.local-s3" / name for name in ("bucket.json", "lock")]


def test_keys_do_not_get_into_each_others_way(wire: Wire) -> None:
    every = (*ODD_KEYS, *PLAIN_KEYS, "a/b", "a/b/c", "A", "deep", "deep/in")
    for key in every:
        put(wire, key, key.encode())
    assert [get(wire, key).body.decode() for key in every] == list(every)
    for key in every[::2]:
        wire("DELETE", f"/bucket/{quote(key)}")
    assert [get(wire, key).status for key in every] == [404 if n % 2 == 0 else 200 for n in range(len(every))]


def test_a_plain_key_is_a_file(wire: Wire, root: Path) -> None:
    put(wire, "deep/in/a.wav", b"content")
    assert (root / "bucket/deep/in/a.wav").read_bytes() == b"content"


def test_a_deleted_object_leaves_no_folder(wire: Wire, root: Path) -> None:
    put(wire, "deep/in/a.wav", b"content")
    wire("DELETE", "/bucket/deep/in/a.wav")
    assert [path.name for path in (root / "bucket").iterdir()] == [".local-s3"]


def test_a_folder_that_was_filled_by_hand_is_a_bucket(root: Path) -> None:
    (root / "Old_Bucket/deep").mkdir(parents=True)
    (root / "Old_Bucket/deep/a.wav").write_bytes(b"content")
    wire = Wire(root)
    assert wire("GET", "/").texts("Name") == ["Old_Bucket"]
    assert wire("GET", "/Old_Bucket?list-type=2").texts("Key") == ["deep/a.wav"]
    answer = wire("GET", "/Old_Bucket/deep/a.wav")
    assert (answer.body, answer.headers["etag"]) == (b"content", '"9a0364b9e99bb480dd25e1f0284c8555"')
    assert files_in(root) == [root / "Old_Bucket/deep/a.wav"], "reading writes nothing"


def test_a_file_that_was_changed_by_hand_is_another_object(wire: Wire, root: Path) -> None:
    put(wire, "a", b"content", x_amz_meta_voice="ana")
    (root / "bucket/a").write_bytes(b"by hand")
    answer = get(wire, "a")
    assert (answer.body, "x-amz-meta-voice" in answer.headers) == (b"by hand", False)
    assert answer.headers["etag"].strip('"') == hashlib.md5(b"by hand").hexdigest()


def test_a_copied_folder_keeps_what_is_known_of_its_objects(wire: Wire, root: Path, tmp_path: Path) -> None:
    put(wire, "a", b"content", x_amz_meta_voice="ana", Content_Type="audio/wav")
    put(wire, "a//b", b"odd", x_amz_meta_voice="ben")
    shutil.copytree(root, tmp_path / "copy", copy_function=shutil.copyfile)
    copied = Wire(tmp_path / "copy")
    assert [get(copied, key).headers["x-amz-meta-voice"] for key in ("a", "a//b")] == ["ana", "ben"]
    assert get(copied, "a").headers["content-type"] == "audio/wav"


def test_the_label_beside_a_recording_is_metadata(wire: Wire, root: Path) -> None:
    put(wire, "a.wav", b"content", x_amz_meta_n="1")
    (root / "bucket/a.wav.voice").write_text("ana\n")
    assert get(wire, "a.wav").headers["x-amz-meta-voice"] == "ana"
    put(wire, "a.wav", b"content", x_amz_meta_voice="ben")
    assert get(wire, "a.wav").headers["x-amz-meta-voice"] == "ben"


@pytest.mark.parametrize("label", [b"an\nother: header", b"\xff", b"\xc3\xa4", b""])
def test_a_label_that_is_no_header_is_left_out_of_the_headers(wire: Wire, root: Path, label: bytes) -> None:
    put(wire, "a.wav", b"content")
    (root / "bucket/a.wav.voice").write_bytes(label)
    answer = get(wire, "a.wav")
    assert (answer.body, "x-amz-meta-voice" in answer.headers) == (b"content", False)


@needs_links
def test_links_do_not_lead_out_of_a_bucket(wire: Wire, root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret").write_text("secret")
    put(wire, "a", b"content")
    bucket = root / "bucket"
    (bucket / "to-file").symlink_to(tmp_path / "outside/secret")
    (bucket / "to-folder").symlink_to(tmp_path / "outside")
    (bucket / "to-records").symlink_to(bucket / ".local-s3/bucket.json")
    (bucket / "loop").symlink_to(bucket / "loop")
    (bucket / "round").symlink_to(bucket)
    (bucket / "inside").symlink_to(bucket / "a")
    (root / "linked-bucket").symlink_to(tmp_path / "outside")
    for key in ("to-file", "to-folder/secret", "to-records", "loop", "round/a"):
        assert get(wire, key).status == 404, key
    assert get(wire, "inside").body == b"content"
    assert keys(wire) == ["a", "inside"]
    assert wire("GET", "/linked-bucket/secret").code == "NoSuchBucket"
    for key in ("to-folder/secret", "to-folder/new", "to-file", "round/a"):
        assert put(wire, key, b"written").status == 200
        assert get(wire, key).body == b"written"
        assert wire("DELETE", f"/bucket/{key}").status == 204
    assert (tmp_path / "outside/secret").read_text() == "secret"
    assert [path.name for path in (tmp_path / "outside").iterdir()] == ["secret"]
    assert get(wire, "a").body == b"content"


@needs_links
def test_what_is_no_regular_file_is_no_object(wire: Wire, root: Path) -> None:
    os.mkfifo(root / "bucket/pipe")
    assert get(wire, "pipe").status == 404
    assert keys(wire) == []


@needs_modes
def test_names_that_are_no_utf_8_are_left_out(wire: Wire, root: Path) -> None:
    (root / "bucket" / os.fsdecode(b"an\xe9.wav")).write_bytes(b"content")
    put(wire, "a", b"content")
    assert keys(wire) == ["a"]


@needs_modes
def test_only_its_owner_may_read_an_object_and_what_is_known_of_it(root: Path) -> None:
    before = os.umask(0)
    try:
        wire = Wire(root)
        wire("PUT", "/bucket")
        put(wire, "deep/a", b"content", x_amz_meta_voice="ana")
        put(wire, "deep//a", b"content")
        wire(
            "PUT",
            "/bucket/a?partNumber=1&uploadId=" + wire("POST", "/bucket/a?uploads").text("UploadId"),
            b"x",
        )
    finally:
        os.umask(before)
    modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in root.rglob("*")}
    assert modes == {(True, 0o700), (False, 0o600)}


def test_on_a_file_system_that_folds_case_keys_stay_apart(
    wire: Wire, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a file system finds ``a`` under the name ``A``, too, which is played here."""
    put(wire, "a/b", b"lower")
    monkeypatch.setattr(paths, "_folds_case", lambda _: True)
    exists = os.path.lexists
    monkeypatch.setattr("os.path.lexists", lambda path: exists(path) or exists(str(path).lower()))
    for key in ("A/b", "a/B", "A/B"):
        assert put(wire, key, key.encode()).status == 200
    assert [get(wire, key).body for key in ("a/b", "A/b", "a/B", "A/B")] == [b"lower", b"A/b", b"a/B", b"A/B"]
    assert keys(wire) == ["A/B", "A/b", "a/B", "a/b"]
    assert [path.name for path in (root / "bucket").iterdir() if path.name != ".local-s3"] == ["a"]


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_content_that_cannot_be_written_leaves_nothing(
    wire: Wire, root: Path, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    put(wire, "a", b"content")
    before = files_in(root)

    def fail(_: int) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr("os.fsync", fail)
    assert put(wire, "a", b"other").status in (403, 500, 503)
    assert files_in(root) == before
    assert get(wire, "a").body == b"content"


def test_a_deletion_removes_the_properties_of_an_object_whose_file_is_gone(wire: Wire, root: Path) -> None:
    wire("PUT", "/bucket/customer-42.wav", b"content", {"x-amz-meta-voice": "ana"})
    (root / "bucket/customer-42.wav").unlink()
    assert wire("DELETE", "/bucket/customer-42.wav").status == 204
    assert not any(b"customer-42" in path.read_bytes() for path in root.rglob("*") if path.is_file())


def steps_of_a_write(wire: Wire, key: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Answer]]:
    """Return writes of an object, each of which is interrupted one step later than the one before."""
    replace = Path.replace

    for count in itertools.count():
        left = [count]

        def interrupted(path: Path, target: Path, left: list[int] = left) -> Path:
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
            return replace(path, target)

        def write() -> Answer:
            with monkeypatch.context() as patch:
                patch.setattr(Path, "replace", interrupted)
                return put(wire, key, b"new", x_amz_meta_n="new")

        yield write


@pytest.mark.parametrize("key", ["a", "a//b"])
def test_an_interrupted_write_leaves_the_old_object_or_the_new(
    wire: Wire, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[bytes, str]] = []
    for write in steps_of_a_write(wire, key, monkeypatch):
        put(wire, key, b"old", x_amz_meta_n="old")
        try:
            write()
        except KeyboardInterrupt:
            pass
        else:
            break
        answer = get(wire, key)
        seen.append((answer.body, answer.headers["x-amz-meta-n"]))
    assert seen == [(b"old", "old"), (b"old", "old"), (b"new", "new")]


@pytest.mark.slow
def test_readers_and_writers_at_the_same_time_see_whole_objects(wire: Wire) -> None:
    put(wire, "a", b"0" * 1000, x_amz_meta_n="0")
    wrong: list[object] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            answer = get(wire, "a")
            name = answer.headers.get("x-amz-meta-n", "")
            if answer.status != 200 or answer.body != name.encode() * 1000:
                wrong.append((answer.status, answer.body[:1], name))

    def write(name: str) -> None:
        for _ in range(10):
            put(wire, "a", name.encode() * 1000, x_amz_meta_n=name)

    readers = [threading.Thread(target=read) for _ in range(2)]
    writers = [threading.Thread(target=write, args=(name,)) for name in "123"]
    for thread in (*readers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    assert wrong == []


def test_of_many_writers_who_want_to_be_the_first_one_is(wire: Wire) -> None:
    answers: list[int] = []

    def write() -> None:
        answers.append(put(wire, "a", b"content", If_None_Match="*").status)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + [412] * 7


@pytest.mark.slow
def test_large_objects_are_not_held_in_memory(wire: Wire) -> None:
    size = 24 * 1024 * 1024

    class Zeros:
        left = size

        def read(self, wanted: int) -> bytes:
            part = bytes(min(wanted, self.left))
            self.left -= len(part)
            return part

    tracemalloc.start()
    request = wire.folder.read(
        method="PUT", path="/bucket/a", query="", headers=[("Host", "localhost")], body=Zeros()
    )
    assert wire.folder.handle(request).status == 200
    request = wire.folder.read(
        method="GET", path="/bucket/a", query="", headers=[("Host", "localhost")], body=Zeros()
    )
    body = wire.folder.handle(request).body
    assert not isinstance(body, bytes)
    assert sum(map(len, iter(lambda: body.read(65536), b""))) == size
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * 1024 * 1024


@pytest.mark.slow
@given(content=st.binary(max_size=200), first=st.integers(0, 220), last=st.none() | st.integers(0, 220))
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=2 * settings().max_examples
)
def test_a_range_is_the_piece_of_the_content(
    wire: Wire, content: bytes, first: int, last: int | None
) -> None:
    put(wire, "a", content)
    wanted = f"bytes={first}-{'' if last is None else last}"
    answer = wire("GET", "/bucket/a", headers={"Range": wanted})
    if last is not None and last < first:
        assert (answer.status, answer.body) == (200, content)
    elif first >= len(content):
        assert (answer.status, answer.headers["content-range"]) == (416, f"bytes */{len(content)}")
    else:
        expected = content[first:] if last is None else content[first : last + 1]
        assert (answer.status, answer.body) == (206, expected)
        end = first + len(expected) - 1
        assert answer.headers["content-range"] == f"bytes {first}-{end}/{len(content)}"


@pytest.mark.parametrize(
    ("condition", "status"),
    [('"9a0364b9e99bb480dd25e1f0284c8555"', 206), ('"other"', 200), ("Sat, 28 Nov 2020 00:00:00 GMT", 200)],
)
def test_a_range_of_an_object_that_changed_is_all_of_it(wire: Wire, condition: str, status: int) -> None:
    put(wire, "a", b"content")
    answer = wire("GET", "/bucket/a", headers={"Range": "bytes=0-2", "If-Range": condition})
    assert (answer.status, answer.body) == (status, b"con" if status == 206 else b"content")


def test_an_object_that_changes_faster_than_it_is_read_is_tried_later(
    wire: Wire, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(wire, "a", b"content")
    (root / "bucket/a").write_bytes(b"by hand")
    monkeypatch.setattr(Bucket, "_is_still", lambda *_: False)
    with pytest.raises(S3Error) as caught:
        Bucket(root / "bucket").open("a")
    assert caught.value.status == 503


def test_a_damaged_record_is_as_none(wire: Wire, root: Path, caplog: pytest.LogCaptureFixture) -> None:
    put(wire, "caller-7", b"content", x_amz_meta_n="1")
    (record,) = (root / "bucket/.local-s3/records").rglob("*.json")
    for damage in (
        b"",
        b"{}",
        b"[]",
        b'{"key": 1, "versions": []}',
        b'{"key": "a", "versions": [{"size": "x"}]}',
    ):
        record.write_bytes(damage)
        answer = get(wire, "caller-7")
        assert (answer.body, answer.headers.get("x-amz-meta-n")) == (b"content", None)
    assert "damaged" in caplog.text
    assert "caller-7" not in caplog.text


def test_what_a_killed_process_left_is_removed_after_a_day(wire: Wire, root: Path) -> None:
    unfinished = root / "bucket/.local-s3/unfinished"
    put(wire, "a", b"content")
    for name, age in (("old", 25 * 3600), ("new", 23 * 3600)):
        (unfinished / name).write_bytes(b"half")
        os.utime(unfinished / name, (time.time() - age,) * 2)
    put(wire, "a", b"content")
    assert [path.name for path in unfinished.iterdir()] == ["new"]


def test_a_writer_that_waited_for_a_bucket_that_is_gone_does_not_make_it_again(
    wire: Wire, root: Path
) -> None:
    bucket = Bucket(root / "bucket")
    status: list[int] = []
    with bucket.locked():
        waiting = threading.Thread(target=lambda: status.append(put(wire, "a", b"content").status))
        waiting.start()
        deadline = time.monotonic() + 20
        while not list((root / "bucket/.local-s3/unfinished").glob("*")) and time.monotonic() < deadline:
            time.sleep(0.001)
        shutil.rmtree(root / "bucket")
    waiting.join()
    assert status == [404]
    assert not (root / "bucket").exists()


@pytest.mark.slow
def test_no_request_is_an_internal_error_or_leaves_the_folder(wire: Wire, root: Path, tmp_path: Path) -> None:
    """Requests are put together at random from pieces that belong and pieces that do not."""
    (tmp_path / "secret").write_text("secret")
    chance = random.Random(7)
    pieces = [
        "bucket",
        "a",
        "..",
        "%2e%2e",
        ".local-s3",
        "lock",
        "",
        "%00",
        "%ff",
        "secret",
        "b" * 300,
        "%2F",
    ]
    queries = [
        "list-type=2",
        "uploads",
        "uploadId=x",
        "partNumber=1",
        "delete",
        "tagging",
        "location",
        "max-keys=1",
    ]
    queries += [
        "prefix=%00",
        "delimiter=/",
        "continuation-token=Li4=",
        "versionId=null",
        "marker=..",
        "x-id=X",
    ]
    headers = {
        "Range": ["bytes=0-", "bytes=-1", "x"],
        "If-Match": ["*", '"x"'],
        "If-None-Match": ["*"],
        "x-amz-copy-source": ["/bucket/a", "/bucket/..%2f..%2fsecret", "%00", "bucket", "/../secret"],
        "x-amz-content-sha256": ["STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x", "UNSIGNED-PAYLOAD"],
        "x-amz-decoded-content-length": ["1", "x"],
        "x-amz-checksum-crc32": ["AAAAAA==", "x"],
        "Content-MD5": ["x"],
        "x-amz-tagging": ["a=b", "%ff", "=&="],
        "x-amz-meta-a": ["b", "\u00e9"],
    }
    bodies = [
        b"",
        b"content",
        b"<Delete><Object><Key>a</Key></Object></Delete>",
        b"<Tagging><TagSet/></Tagging>",
    ]
    bodies += [b"1\r\na\r\n0\r\n\r\n", b"<", b"\xff"]
    for _ in range(3000):
        method = chance.choice(["GET", "PUT", "HEAD", "POST", "DELETE", "PATCH"])
        target = "/" + "/".join(chance.choices(pieces, k=chance.randrange(4)))
        target += "?" + "&".join(chance.sample(queries, chance.randrange(3)))
        named = {
            name: chance.choice(headers[name]) for name in chance.sample(sorted(headers), chance.randrange(3))
        }
        answer = wire(method, target, chance.choice(bodies), named)
        assert answer.status not in (500, 503), (method, target, named)
        assert b"secret" not in answer.body.replace(b"secret</Key>", b"")
        if method == "DELETE":
            wire("PUT", "/bucket")
    assert {path.name for path in tmp_path.iterdir()} == {"s3", "secret"}
    assert (tmp_path / "secret").read_text() == "secret"


def test_a_bucket_that_is_removed_during_a_write_stays_removed(wire: Wire, root: Path) -> None:
    bucket = Bucket(root / "bucket")
    info = ObjectInfo(size=0, modified_ns=0, md5="", etag="")
    with bucket.new_file() as file:
        shutil.rmtree(root / "bucket")
        with pytest.raises(S3Error) as caught:
            bucket.commit("a", file, info, lambda _: None)
    assert caught.value.code == "NoSuchBucket"
    assert not (root / "bucket").exists()
