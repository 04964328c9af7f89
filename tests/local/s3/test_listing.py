"""Lists of objects: the pages together equal one sorted list of all keys."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.s3_requests import Wire
from voiceid_sdk.local.s3 import listing
from voiceid_sdk.local.s3.paths import BucketPaths

KEYS = st.lists(
    st.text(st.sampled_from("ab/.-ä\U0001f600"), min_size=1, max_size=7), min_size=1, max_size=8, unique=True
)
PREFIXES = st.text(st.sampled_from("ab/."), max_size=3)
DELIMITERS = st.sampled_from(["", "/", "b", "//", "ä"])


def expected(keys: list[str], prefix: str, delimiter: str) -> tuple[list[str], list[str]]:
    """Return the keys and the common prefixes of a list, by S3's definition of them."""
    contents, common = list[str](), list[str]()
    for key in sorted(keys, key=str.encode):
        if not key.startswith(prefix):
            continue
        head, found, _ = key[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
        if not found:
            contents.append(key)
        elif (rolled := prefix + head + delimiter) not in common:
            common.append(rolled)
    return contents, common


@pytest.mark.slow
@given(
    keys=KEYS, prefix=PREFIXES, delimiter=DELIMITERS, limit=st.integers(1, 4), version=st.sampled_from([1, 2])
)
@settings(deadline=None)
def test_pages_hold_each_key_and_prefix_once_and_in_order(
    keys: list[str], prefix: str, delimiter: str, limit: int, version: int
) -> None:
    with TemporaryDirectory() as folder:
        wire = Wire(Path(folder))
        wire("PUT", "/bucket")
        for key in keys:
            wire("PUT", f"/bucket/{quote(key)}")
        given_ = f"prefix={quote(prefix)}&delimiter={quote(delimiter)}&max-keys={limit}&encoding-type=url"
        target = f"/bucket?list-type=2&{given_}" if version == 2 else f"/bucket?{given_}"
        contents, common, marker = list[str](), list[str](), ""
        for _ in range(len(keys) + 1):
            page = wire("GET", target + marker)
            here = [unquote(key) for key in page.texts("Key")]
            prefixes = [unquote(each) for each in page.texts("Prefix")[1:]]
            assert len(here) + len(prefixes) <= limit
            contents += here
            common += prefixes
            if page.text("IsTruncated") == "false":
                break
            assert len(here) + len(prefixes) == limit
            if version == 2:
                marker = f"&continuation-token={quote(page.text('NextContinuationToken'))}"
            else:
                marker = f"&marker={page.text('NextMarker') if delimiter else quote(here[-1])}"
        assert (contents, common) == expected(keys, prefix, delimiter)


def test_folders_with_a_common_prefix_are_not_looked_into(root: Path, wire: Wire) -> None:
    for number in range(3):
        for name in "abc":
            wire("PUT", f"/bucket/{number}/{name}")
    looked: list[str] = []
    paths = BucketPaths(root / "bucket")
    plain_key = paths.plain_key

    def look(name: str) -> str | None:
        looked.append(name)
        return plain_key(name)

    paths.plain_key = look  # type: ignore[method-assign] # only of this instance
    page = listing.page(
        listing.keys_of(paths), prefix="", delimiter="/", after="", limit=10, is_there=lambda _: True
    )
    assert page.prefixes == ["0/", "1/", "2/"]
    assert looked == ["0/a", "1/a", "2/a"]


def test_an_empty_folder_is_no_prefix(root: Path, wire: Wire) -> None:
    (root / "bucket/empty").mkdir()
    page = wire("GET", "/bucket?delimiter=/")
    assert (page.texts("Key"), page.texts("CommonPrefixes")) == ([], [])


def test_an_object_that_goes_meanwhile_is_left_out(root: Path, wire: Wire) -> None:
    for key in "abc":
        wire("PUT", f"/bucket/{key}")
    walk = listing.keys_of(BucketPaths(root / "bucket"))
    page = listing.page(walk, prefix="", delimiter="", after="", limit=2, is_there=lambda key: key != "b")
    assert (page.keys, page.is_truncated) == (["a", "c"], False)


def test_a_file_by_hand_with_the_key_of_an_object_elsewhere_is_listed_once(root: Path, wire: Wire) -> None:
    wire("PUT", "/bucket/a")
    wire("PUT", "/bucket/a/b", b"elsewhere")
    wire("DELETE", "/bucket/a")
    (root / "bucket/a").mkdir()
    (root / "bucket/a/b").write_bytes(b"by hand")
    assert wire("GET", "/bucket?list-type=2").texts("Key") == ["a/b"]
    assert wire("GET", "/bucket/a/b").body == b"elsewhere"


def test_every_key_of_a_page_can_be_read_back_from_the_document(wire: Wire) -> None:
    key = "<&>\"'\r\n ]]>"
    wire("PUT", f"/bucket/{quote(key)}")
    assert wire("GET", "/bucket?list-type=2").texts("Key") == [key]


@pytest.mark.slow
def test_a_page_of_a_large_bucket_reads_that_page_alone(
    root: Path, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(40):
        folder = root / f"bucket/{number:02}"
        folder.mkdir()
        for name in range(25):
            (folder / f"{name:02}").write_bytes(b"x")
    opened = []
    scan = os.scandir

    def counted(path: Path) -> object:
        opened.append(Path(path))
        return scan(path)

    monkeypatch.setattr("os.scandir", counted)
    page = wire("GET", "/bucket?list-type=2&max-keys=30&start-after=20/10")
    assert page.texts("Key")[::29] == ["20/11", "21/15"]
    # Python 3.13's iterdir() calls scandir(), for the folder of keys that are no paths.
    folders = [folder.relative_to(root).as_posix() for folder in opened if folder.name != "objects"]
    assert folders == ["bucket", "bucket/20", "bucket/21"]
