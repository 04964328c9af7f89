"""The WAV format, as both sides of the wire read it."""

import struct
from io import BytesIO

import pytest

from voiceid_sdk import _wav


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def riff(*chunks: bytes) -> BytesIO:
    return BytesIO(chunk(b"RIFF", b"WAVE" + b"".join(chunks)))


def test_a_chunk_is_told_as_it_is_announced_and_read_as_far_as_it_goes() -> None:
    file = BytesIO(riff(chunk(b"data", b"12345678")).getvalue()[:-5])
    (data,) = _wav.chunks(file)
    assert (data.name, data.size, data.read(file)) == (b"data", 8, b"123")


def test_a_chunk_of_odd_size_is_padded() -> None:
    file = riff(chunk(b"odd ", b"1"), chunk(b"next", b"22"))
    assert [found.read(file) for found in _wav.chunks(file)] == [b"1", b"22"]


def test_only_the_first_thousand_chunks_are_looked_at() -> None:
    assert len(list(_wav.chunks(riff(bytes(80_000))))) == 1000


def test_the_artist_is_found_in_any_list() -> None:
    marks = chunk(b"LIST", b"adtl" + chunk(b"IART", b"no artist"))
    info = chunk(b"LIST", b"INFO" + chunk(b"INAM", b"call\0") + chunk(b"IART", b"Zo\xc3\xab\0"))
    assert _wav.artist(riff(marks, info)) == "Zo\u00eb"
    assert _wav.artist(riff(marks)) is None


@pytest.mark.parametrize(
    ("label", "channel", "own"),
    [
        ("Ana", 0, "Ana"),
        ("Ana", 1, "Ana"),
        ("agent; Ana ", 1, "Ana"),
        ("agent;", 1, None),
        ("agent;Ana", 2, None),
        ("", 0, None),
        (None, 0, None),
    ],
)
def test_a_label_is_for_all_channels_or_there_is_one_for_each(
    label: str | None, channel: int, own: str | None
) -> None:
    assert _wav.label_of_channel(label, channel) == own


@pytest.mark.parametrize("rate", [0, 49, 50, 8000, 44100])
def test_full_scale_sounds_at_any_sample_rate(rate: int) -> None:
    samples = b"\xff\x7f" * rate
    assert _wav.non_silent_seconds(samples, rate) == pytest.approx(float(rate >= 50), abs=0.01)


@pytest.mark.parametrize("place", [0, 1, 159])
def test_a_frame_is_not_silent_wherever_its_loud_sample_is(place: int) -> None:
    silent = [0] * 160
    loud = [*silent[:place], 5000, *silent[place + 1 :]]
    samples = struct.pack("<480h", *silent, *loud, *silent)
    assert _wav.non_silent_seconds(samples, 8000) == 0.02


@pytest.mark.parametrize(("amplitude", "seconds"), [(327, 0), (328, 1)])
def test_sound_is_louder_than_40_db_below_full_scale(amplitude: int, seconds: int) -> None:
    assert _wav.non_silent_seconds(struct.pack("<h", amplitude) * 8000, 8000) == seconds


@pytest.mark.parametrize("size", [0, 0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
def test_audio_with_a_placeholder_for_its_size_extends_to_the_end(size: int) -> None:
    file = BytesIO(riff(chunk(b"junk", b"1"), b"data" + struct.pack("<I", size) + bytes(30)).getvalue())
    _, data = _wav.chunks(file)
    assert (data.size, data.is_left_open) == (30, True)


@pytest.mark.parametrize("size", [31, 2_000_000_000, 0x7FFF0000, 0x80000001, 0xFFFF0000])
def test_any_other_size_is_no_placeholder(size: int) -> None:
    (data,) = _wav.chunks(riff(b"data" + struct.pack("<I", size) + bytes(30)))
    assert (data.size, data.is_left_open) == (size, False)
