"""Writing files whole or not at all."""

import os
import stat
import traceback
from pathlib import Path

import pytest

from voiceid_sdk._files import write_whole, writing_whole

on_posix = pytest.mark.skipif(os.name != "posix", reason="Windows has other permissions, links and devices")


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def fail(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"\x00\xff\r\n", b"\x00\xff\r\n"), ("größer\r\nals\n", "größer\r\nals\n".encode()), ("", b"")],
)
def test_bytes_are_written_as_they_are_and_text_as_utf_8(
    tmp_path: Path, content: bytes | str, expected: bytes
) -> None:
    write_whole(tmp_path / "file", content, private=True)
    assert (tmp_path / "file").read_bytes() == expected


def test_a_path_may_be_a_string_without_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_whole("file", "content", private=False)
    assert (tmp_path / "file").read_text() == "content"


@on_posix
def test_a_private_file_is_readable_for_its_owner_alone_even_where_another_stood(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch(0o644)
    write_whole(path, "content", private=True)
    assert mode_of(path) == 0o600


@on_posix
def test_a_private_file_was_never_readable_for_others(tmp_path: Path) -> None:
    with writing_whole(tmp_path / "file", private=True):
        assert [mode_of(path) for path in tmp_path.iterdir()] == [0o600]


@on_posix
def test_the_mode_of_other_files_is_that_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    write_whole(tmp_path / "file", "content", private=False)
    assert mode_of(tmp_path / "file") == mode_of(tmp_path / "usual")


def test_readers_see_the_old_content_until_the_new_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with writing_whole(path, private=True) as file:
        file.write("new")
        file.flush()
        assert path.read_text() == "old"
    assert path.read_text() == "new"


def test_the_content_is_on_the_disk_before_the_file_takes_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[int, bool]] = []
    path = tmp_path / "file"
    monkeypatch.setattr(
        os, "fsync", lambda descriptor: synced.append((os.fstat(descriptor).st_size, path.exists()))
    )
    write_whole(path, "content", private=True)
    assert synced == [(len("content"), False)]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, OSError])
def test_a_block_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, error: type[BaseException]
) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(error), writing_whole(path, private=True) as file:  # noqa: PT012 - the block is the subject
        file.write("half")
        raise error
    assert [(found.name, found.read_text()) for found in tmp_path.iterdir()] == [("file", "old")]


@pytest.mark.parametrize(("owner", "name"), [(os, "fsync"), (Path, "replace")])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, owner: object, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):  # noqa: PT012 - the same
        patch.setattr(owner, name, fail)
        write_whole(path, "new", private=True)
    assert [(found.name, found.read_text()) for found in tmp_path.iterdir()] == [("file", "old")]


def test_two_writers_of_one_file_have_a_temporary_file_each(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with writing_whole(path, private=True) as one, writing_whole(path, private=True) as other:
        one.write("one")
        other.write("other")
        assert len(list(tmp_path.iterdir())) == 2
    assert path.read_text() == "one"
    assert list(tmp_path.iterdir()) == [path]


@on_posix
def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("untouched")
    (tmp_path / "link").symlink_to("elsewhere")
    write_whole(tmp_path / "link", "content", private=True)
    assert not (tmp_path / "link").is_symlink()
    assert (tmp_path / "elsewhere").read_text() == "untouched"


@on_posix
def test_a_link_in_the_place_of_the_temporary_file_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "urandom", bytes)
    (tmp_path / f".{bytes(8).hex()}.part").symlink_to("elsewhere")
    with pytest.raises(FileExistsError):
        write_whole(tmp_path / "file", "content", private=True)
    assert not (tmp_path / "elsewhere").exists()


@on_posix
def test_a_pipe_or_a_device_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="regular file"):
        write_whole(tmp_path / "pipe", "content", private=True)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


@pytest.mark.parametrize("path", ["missing-folder/canary.json", "canary"])
def test_an_error_names_no_file(tmp_path: Path, path: str) -> None:
    (tmp_path / "canary").mkdir()
    with pytest.raises(OSError, match=r"\w") as caught:
        write_whole(tmp_path / path, "content", private=True)
    assert "canary" not in "".join(traceback.format_exception_only(caught.value))
    assert "canary" not in repr(vars(caught.value)) + repr(caught.value.args)
    assert (caught.value.filename, caught.value.__context__) == (None, None)
