"""Checksums of uploads: computed right, compared with what the client says, and kept."""

import base64
import hashlib
import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.s3_requests import Wire
from voiceid_sdk.local.s3 import crc
from voiceid_sdk.local.s3.chunked import ChunkedBody
from voiceid_sdk.local.s3.crc import Crc

CONTENT = b"123456789"
DIGESTS = {
    "crc32": (0xCBF43926).to_bytes(4, "big"),
    "crc32c": (0xE3069283).to_bytes(4, "big"),
    "crc64nvme": (0xAE8B14860A799888).to_bytes(8, "big"),
    "sha1": hashlib.sha1(CONTENT).digest(),
    "sha256": hashlib.sha256(CONTENT).digest(),
}
"""The CRCs are the check values of their catalogue."""


def encoded(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def bit_by_bit(polynomial: int, size: int, data: bytes) -> int:
    """Return a reflected CRC by its definition."""
    register = ones = (1 << 8 * size) - 1
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (polynomial if register & 1 else 0)
    return register ^ ones


@pytest.mark.parametrize(
    ("made", "polynomial", "size"),
    [(crc.crc32c(), 0x82F63B78, 4), (crc.crc64nvme(), 0x9A6C9329AC4BC9B5, 8)],
)
@given(data=st.binary(max_size=300), cut=st.integers(0, 300))
def test_a_crc_is_that_of_its_definition_however_the_data_comes(
    made: Crc, polynomial: int, size: int, data: bytes, cut: int
) -> None:
    assert made.update(made.update(0, data[:cut]), data[cut:]) == bit_by_bit(polynomial, size, data)


@pytest.mark.parametrize("made", [Crc(0xEDB88320, 4)])
@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 70_000, 200_000])
def test_data_that_is_cut_into_lanes_has_the_same_crc(made: Crc, size: int) -> None:
    data = bytes(number * number % 251 for number in range(size))
    assert made.update(0, data) == zlib.crc32(data)
    assert made.update(zlib.crc32(b"before"), data) == zlib.crc32(b"before" + data)


@pytest.mark.parametrize("name", DIGESTS)
def test_a_right_checksum_is_kept_and_given_back(wire: Wire, name: str) -> None:
    value = encoded(DIGESTS[name])
    answer = wire("PUT", "/bucket/a", CONTENT, {f"x-amz-checksum-{name}": value})
    assert (answer.status, answer.headers[f"x-amz-checksum-{name}"]) == (200, value)
    found = wire("GET", "/bucket/a", headers={"x-amz-checksum-mode": "ENABLED"})
    assert found.headers[f"x-amz-checksum-{name}"] == value
    assert f"x-amz-checksum-{name}" not in wire("GET", "/bucket/a").headers


@pytest.mark.parametrize("name", DIGESTS)
def test_content_with_another_checksum_is_refused(wire: Wire, name: str) -> None:
    wire("PUT", "/bucket/a", b"before")
    answer = wire("PUT", "/bucket/a", b"other", {f"x-amz-checksum-{name}": encoded(DIGESTS[name])})
    assert (answer.status, answer.code) == (400, "BadDigest")
    assert wire("GET", "/bucket/a").body == b"before"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Content-MD5": encoded(hashlib.md5(b"other").digest())}, "BadDigest"),
        ({"Content-MD5": "nonsense"}, "InvalidDigest"),
        ({"Content-MD5": "AAAA"}, "InvalidDigest"),
        ({"x-amz-content-sha256": hashlib.sha256(b"other").hexdigest()}, "XAmzContentSHA256Mismatch"),
        ({"x-amz-checksum-crc32": "nonsense"}, "InvalidRequest"),
        ({"x-amz-checksum-crc32": "AAAA"}, "InvalidRequest"),
        ({"x-amz-checksum-crc32": "AAAAAA==", "x-amz-checksum-crc32c": "AAAAAA=="}, "InvalidRequest"),
        ({"x-amz-sdk-checksum-algorithm": "SHA256"}, "InvalidRequest"),
        ({"x-amz-sdk-checksum-algorithm": "MD2"}, "InvalidRequest"),
        ({"x-amz-sdk-checksum-algorithm": "SHA256", "x-amz-checksum-crc32": "AAAAAA=="}, "InvalidRequest"),
        ({"x-amz-trailer": "x-amz-meta-a"}, "InvalidRequest"),
    ],
)
def test_what_cannot_be_checked_or_is_wrong_is_refused(
    wire: Wire, headers: dict[str, str], code: str
) -> None:
    answer = wire("PUT", "/bucket/a", CONTENT, headers)
    assert (answer.status, answer.code) == (400, code)
    assert wire("GET", "/bucket/a").status == 404


def test_a_right_md5_and_sha256_pass(wire: Wire) -> None:
    headers = {
        "Content-MD5": encoded(hashlib.md5(CONTENT).digest()),
        "x-amz-content-sha256": hashlib.sha256(CONTENT).hexdigest(),
    }
    assert wire("PUT", "/bucket/a", CONTENT, headers).status == 200


def chunks(*parts: bytes, trailers: bytes = b"") -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n" + trailers + b"\r\n"


def chunked(**headers: str) -> dict[str, str]:
    given_ = {
        "Content-Encoding": "aws-chunked",
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": str(len(CONTENT)),
    }
    return given_ | {name.replace("_", "-"): value for name, value in headers.items()}


@pytest.mark.parametrize("name", DIGESTS)
def test_content_in_chunks_with_a_checksum_behind_it(wire: Wire, name: str) -> None:
    trailers = f"x-amz-checksum-{name}:{encoded(DIGESTS[name])}\r\n".encode()
    body = chunks(CONTENT[:4], CONTENT[4:], trailers=trailers)
    headers = chunked(x_amz_trailer=f"x-amz-checksum-{name}", Content_Encoding="aws-chunked,gzip")
    assert wire("PUT", "/bucket/a", body, headers).status == 200
    answer = wire("GET", "/bucket/a")
    assert (answer.body, answer.headers["content-encoding"]) == (CONTENT, "gzip")
    wrong = chunks(b"987654321", trailers=trailers)
    assert wire("PUT", "/bucket/a", wrong, headers).code == "BadDigest"


def test_chunks_with_signatures_are_read(wire: Wire) -> None:
    signature = b"0" * 64
    body = b"9;chunk-signature=%b\r\n%b\r\n0;chunk-signature=%b\r\n\r\n" % (signature, CONTENT, signature)
    headers = chunked(x_amz_content_sha256="STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
    assert wire("PUT", "/bucket/a", body, headers).status == 200
    assert wire("GET", "/bucket/a").body == CONTENT


TRAILER = b"x-amz-checksum-crc32:y/Q5Jg==\r\n"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"9\r\n",
        b"9\r\n123456789",
        b"9\r\n123456789\r\n",
        b"9\r\n123456789\r\n0\r\n",
        b"9\r\n123456789\r\n0\r\n" + TRAILER,
        b"9\r\n123456789XX0\r\n" + TRAILER + b"\r\n",
        b"z\r\n123456789\r\n0\r\n" + TRAILER + b"\r\n",
        b"-9\r\n123456789\r\n0\r\n" + TRAILER + b"\r\n",
        b"8\r\n12345678\r\n0\r\n" + TRAILER + b"\r\n",
        b"9\r\n123456789\r\n0\r\n\r\n",
        b"9\r\n123456789\r\n0\r\n" + TRAILER + b"\r\nmore",
        b"9\r\n123456789\r\n0\r\n" + TRAILER + TRAILER + b"\r\n",
        b"9\r\n123456789\r\n0\r\nno trailer\r\n\r\n",
        b"9\r\n123456789\r\n0\r\nx-amz-meta-a:b\r\n\r\n",
        b"9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:" + b"A" * 2000 + b"\r\n\r\n",
        b"f" * 5000,
    ],
    ids=range(17),
)
def test_chunks_that_are_not_whole_are_refused(wire: Wire, body: bytes) -> None:
    answer = wire("PUT", "/bucket/a", body, chunked(x_amz_trailer="x-amz-checksum-crc32"))
    assert (answer.status, wire("GET", "/bucket/a").status) == (400, 404)


def test_trailers_that_were_not_announced_are_refused(wire: Wire) -> None:
    answer = wire("PUT", "/bucket/a", chunks(CONTENT, trailers=TRAILER), chunked())
    assert (answer.status, answer.code) == (400, "MalformedTrailerError")


@pytest.mark.parametrize(("length", "status"), [("8", 400), ("9", 200), ("", 400)])
def test_the_length_of_content_in_chunks_is_checked(wire: Wire, length: str, status: int) -> None:
    headers = chunked(x_amz_decoded_content_length=length)
    assert wire("PUT", "/bucket/a", chunks(CONTENT), headers).status == status


@given(parts=st.lists(st.binary(min_size=1, max_size=40), max_size=5), size=st.integers(1, 9))
def test_chunks_together_are_the_content(parts: list[bytes], size: int) -> None:
    class Trickle(io.BytesIO):
        def read(self, _: int | None = -1, /) -> bytes:
            return super().read(size)

    body = ChunkedBody(Trickle(chunks(*parts)), with_trailers=False)
    assert b"".join(iter(lambda: body.read(7), b"")) == b"".join(parts)
