"""Uploads in parts."""

import base64
import hashlib
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.support.s3_requests import Answer, Wire
from voiceid_sdk.local.s3 import files, multipart_requests


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multipart_requests, "MIN_PART_BYTES", 3)


def begin(wire: Wire, key: str = "a", **headers: str) -> str:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return wire("POST", f"/bucket/{key}?uploads", headers=named).text("UploadId")


def upload(wire: Wire, upload_id: str, number: int, body: bytes, key: str = "a") -> str:
    return wire("PUT", f"/bucket/{key}?partNumber={number}&uploadId={upload_id}", body).headers["etag"]


def complete(
    wire: Wire,
    upload_id: str,
    parts: Mapping[int, str],
    headers: Mapping[str, str] | None = None,
    key: str = "a",
) -> Answer:
    written = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>" for number, tag in parts.items()
    )
    document = f"<CompleteMultipartUpload>{written}</CompleteMultipartUpload>".encode()
    return wire("POST", f"/bucket/{key}?uploadId={upload_id}", document, headers)


def left(root: Path) -> list[str]:
    """Return what stands in the bucket's folder beside the object, its record and what every bucket has."""
    kept = {"bucket.json", "lock", "a"}
    return [path.name for path in (root / "bucket").rglob("*") if path.is_file() and path.name not in kept]


def test_parts_become_an_object_in_the_order_of_their_numbers(wire: Wire) -> None:
    upload_id = begin(wire, x_amz_meta_voice="ana", Content_Type="audio/wav")
    tags = {
        number: upload(wire, upload_id, number, body)
        for number, body in ((7, b"!"), (2, b"con"), (5, b"tent"))
    }
    assert wire("GET", "/bucket/a").status == 404
    assert complete(wire, upload_id, dict(sorted(tags.items()))).status == 200
    answer = wire("GET", "/bucket/a")
    assert answer.body == b"content!"
    assert (answer.headers["x-amz-meta-voice"], answer.headers["content-type"]) == ("ana", "audio/wav")
    digests = b"".join(hashlib.md5(part).digest() for part in (b"con", b"tent", b"!"))
    assert answer.headers["etag"] == f'"{hashlib.md5(digests).hexdigest()}-3"'


def test_a_part_can_be_read_by_its_number(wire: Wire) -> None:
    upload_id = begin(wire)
    complete(wire, upload_id, {1: upload(wire, upload_id, 1, b"con"), 2: upload(wire, upload_id, 2, b"tent")})
    answer = wire("GET", "/bucket/a?partNumber=2")
    assert (answer.status, answer.body, answer.headers["content-range"]) == (206, b"tent", "bytes 3-6/7")
    assert answer.headers["x-amz-mp-parts-count"] == "2"
    assert wire("GET", "/bucket/a?partNumber=3").code == "InvalidPartNumber"
    assert wire("GET", "/bucket/a?partNumber=1", headers={"Range": "bytes=0-1"}).code == "InvalidRequest"
    wire("PUT", "/bucket/a", b"whole")
    answer = wire("GET", "/bucket/a?partNumber=1")
    assert (answer.status, answer.body, "x-amz-mp-parts-count" in answer.headers) == (206, b"whole", False)


def test_a_part_is_replaced_and_its_old_content_is_gone(wire: Wire, root: Path) -> None:
    upload_id = begin(wire)
    upload(wire, upload_id, 1, b"old")
    tag = upload(wire, upload_id, 1, b"new")
    assert [name for name in left(root) if name.startswith("00001-")] != []
    assert len(left(root)) == 3
    complete(wire, upload_id, {1: tag})
    assert wire("GET", "/bucket/a").body == b"new"


def test_an_upload_that_is_over_leaves_nothing(wire: Wire, root: Path) -> None:
    upload_id = begin(wire)
    complete(wire, upload_id, {1: upload(wire, upload_id, 1, b"content")})
    aborted = begin(wire, "b")
    upload(wire, aborted, 1, b"content", "b")
    assert wire("DELETE", f"/bucket/b?uploadId={aborted}").status == 204
    wire("DELETE", "/bucket/a")
    assert left(root) == []


def test_a_completion_can_be_repeated_when_its_answer_was_lost(wire: Wire) -> None:
    upload_id = begin(wire)
    tags = {1: upload(wire, upload_id, 1, b"content")}
    first, again = complete(wire, upload_id, tags), complete(wire, upload_id, tags)
    assert (again.status, again.text("ETag")) == (200, first.text("ETag"))
    wire("PUT", "/bucket/a", b"another object")
    assert complete(wire, upload_id, tags).code == "NoSuchUpload"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda tags: {}, "MalformedXML"),
        (lambda tags: {2: tags[2], 1: tags[1]}, "InvalidPartOrder"),
        (lambda tags: {1: tags[2], 2: tags[2]}, "InvalidPart"),
        (lambda tags: {1: tags[1], 3: tags[2]}, "InvalidPart"),
        (lambda tags: {0: tags[1]}, "InvalidArgument"),
        (lambda tags: {3: tags[3], 4: tags[4]}, "EntityTooSmall"),
    ],
)
def test_what_cannot_be_completed_stays_as_it_is(
    wire: Wire, change: Callable[[dict[int, str]], dict[int, str]], code: str
) -> None:
    upload_id = begin(wire)
    tags = {
        number: upload(wire, upload_id, number, body)
        for number, body in enumerate((b"con", b"tent", b"x", b"y"), 1)
    }
    assert complete(wire, upload_id, change(tags)).code == code
    assert complete(wire, upload_id, {1: tags[1], 2: tags[2]}).status == 200
    assert wire("GET", "/bucket/a").body == b"content"


@pytest.mark.parametrize("upload_id", ["0" * 64, "..", "../../other", "x", "%00"])
def test_an_upload_that_does_not_exist_is_not_found(wire: Wire, upload_id: str) -> None:
    for method, query in (("PUT", "partNumber=1&"), ("DELETE", ""), ("GET", "")):
        assert wire(method, f"/bucket/a?{query}uploadId={upload_id}").code == "NoSuchUpload"
    assert complete(wire, upload_id, {1: "x"}).code == "NoSuchUpload"


def test_an_upload_belongs_to_its_key(wire: Wire) -> None:
    upload_id = begin(wire)
    assert wire("PUT", f"/bucket/b?partNumber=1&uploadId={upload_id}", b"x").code == "NoSuchUpload"


def test_a_checksum_of_checksums(wire: Wire) -> None:
    upload_id = begin(wire, x_amz_checksum_algorithm="SHA256")
    tags = {1: upload(wire, upload_id, 1, b"con"), 2: upload(wire, upload_id, 2, b"tent")}
    digests = b"".join(hashlib.sha256(part).digest() for part in (b"con", b"tent"))
    expected = base64.b64encode(hashlib.sha256(digests).digest()).decode() + "-2"
    answer = complete(wire, upload_id, tags)
    assert (answer.text("ChecksumSHA256"), answer.text("ChecksumType")) == (expected, "COMPOSITE")
    found = wire("HEAD", "/bucket/a", headers={"x-amz-checksum-mode": "ENABLED"}).headers
    assert (found["x-amz-checksum-sha256"], found["x-amz-checksum-type"]) == (expected, "COMPOSITE")


def test_a_checksum_of_the_whole_object(wire: Wire) -> None:
    upload_id = begin(wire, x_amz_checksum_algorithm="CRC32", x_amz_checksum_type="FULL_OBJECT")
    tags = {1: upload(wire, upload_id, 1, b"con"), 2: upload(wire, upload_id, 2, b"tent")}
    right = base64.b64encode(zlib.crc32(b"content").to_bytes(4, "big")).decode()
    for headers, code in (
        ({"x-amz-checksum-crc32": "AAAAAA=="}, "BadDigest"),
        ({"x-amz-checksum-sha1": "AAAAAA=="}, "InvalidRequest"),
        ({"x-amz-checksum-type": "COMPOSITE"}, "InvalidRequest"),
        ({"x-amz-mp-object-size": "8"}, "InvalidRequest"),
    ):
        assert complete(wire, upload_id, tags, headers).code == code
    given_ = {
        "x-amz-checksum-crc32": right,
        "x-amz-mp-object-size": "7",
        "x-amz-checksum-type": "FULL_OBJECT",
    }
    assert complete(wire, upload_id, tags, given_).text("ChecksumCRC32") == right


@pytest.mark.parametrize(
    "headers",
    [
        {"x-amz-checksum-algorithm": "SHA256", "x-amz-checksum-type": "FULL_OBJECT"},
        {"x-amz-checksum-algorithm": "CRC64NVME", "x-amz-checksum-type": "COMPOSITE"},
        {"x-amz-checksum-algorithm": "MD2"},
        {"x-amz-checksum-type": "FULL_OBJECT"},
    ],
)
def test_checksums_that_s3_does_not_have_are_refused(wire: Wire, headers: dict[str, str]) -> None:
    assert wire("POST", "/bucket/a?uploads", headers=headers).code == "InvalidRequest"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ("bytes=0-6", None),
        ("bytes=0-7", "InvalidRequest"),
        ("bytes=5-2", "InvalidArgument"),
        ("0-6", "InvalidArgument"),
    ],
)
def test_a_piece_of_an_object_becomes_a_part(wire: Wire, wanted: str, code: str | None) -> None:
    wire("PUT", "/bucket/source", b"content")
    upload_id = begin(wire)
    headers = {"x-amz-copy-source": "/bucket/source", "x-amz-copy-source-range": wanted}
    answer = wire("PUT", f"/bucket/a?partNumber=1&uploadId={upload_id}", headers=headers)
    if code is not None:
        assert answer.code == code
        return
    complete(wire, upload_id, {1: answer.text("ETag")})
    assert wire("GET", "/bucket/a").body == b"content"


def test_a_completion_may_depend_on_what_is_there(wire: Wire) -> None:
    upload_id = begin(wire)
    tags = {1: upload(wire, upload_id, 1, b"content")}
    wire("PUT", "/bucket/a", b"before")
    assert complete(wire, upload_id, tags, {"If-None-Match": "*"}).code == "PreconditionFailed"
    wire("DELETE", "/bucket/a")
    assert complete(wire, upload_id, tags, {"If-None-Match": "*"}).status == 200


def test_uploads_are_listed_page_by_page(wire: Wire) -> None:
    begun = [(key.replace("%2F", "/"), begin(wire, key)) for key in ("a", "a", "b%2Fc", "b%2Fd", "e")]
    found: list[tuple[str, str]] = []
    markers = ""
    for _ in range(len(begun)):
        page = wire("GET", f"/bucket?uploads&max-uploads=2{markers}")
        found += zip(page.texts("Key"), page.texts("UploadId"), strict=True)
        if page.text("IsTruncated") == "false":
            break
        markers = (
            f"&key-marker={page.text('NextKeyMarker')}&upload-id-marker={page.text('NextUploadIdMarker')}"
        )
    assert found == begun
    page = wire("GET", "/bucket?uploads&delimiter=/&prefix=&max-uploads=3")
    assert (page.texts("Key"), page.texts("Prefix")[1:]) == (["a", "a"], ["b/"])
    page = wire("GET", "/bucket?uploads&delimiter=/&key-marker=b/")
    assert (page.texts("Key"), page.texts("CommonPrefixes")) == (["e"], [])


def test_a_page_of_parts_reads_the_records_of_its_own_parts(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload_id = begin(wire)
    for number in range(1, 9):
        upload(wire, upload_id, number, b"content")
    read: list[str] = []
    read_file = files.read_file

    def counted(path: Path) -> bytes | None:
        read.append(path.name)
        return read_file(path)

    monkeypatch.setattr(files, "read_file", counted)
    page = wire("GET", f"/bucket/a?uploadId={upload_id}&max-parts=2&part-number-marker=3")
    assert page.texts("PartNumber") == ["4", "5"]
    assert (page.text("IsTruncated"), page.text("NextPartNumberMarker")) == ("true", "5")
    assert [name for name in read if name.startswith("part-")] == [
        f"part-{number:05}.json" for number in (4, 5, 6)
    ]
    last = wire("GET", f"/bucket/a?uploadId={upload_id}&max-parts=2&part-number-marker=6")
    assert (last.texts("PartNumber"), last.text("IsTruncated")) == (["7", "8"], "false")
