"""What is wrong with a recording, as data, without an extra."""

import struct
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.recording_files import (
    FORMATS,
    PCM_16,
    UNFILLED_SIZES,
    beside,
    chunk,
    recording,
    riff,
    sines,
    speech,
    with_size,
)
from voiceid_sdk.batch.recordings import RecordingInfo, check_recording, inspect_recording
from voiceid_sdk.batch.recordings.inspecting import Layout
from voiceid_sdk.errors import Problem

SECOND = sines([440], 1, 8000)
GOOD = recording(SECOND)
DATA = chunk(b"data", b"\1\0\2\0" * 80)


def rules(content: bytes, channel_id: int = 0, **least: float) -> list[str]:
    return [problem.rule for problem in check_recording(content, channel_id, **least)]


def header(
    *,
    coding: int = 1,
    channels: int = 1,
    rate: int = 8000,
    byte_rate: int = 16000,
    block: int = 2,
    bits: int = 16,
) -> bytes:
    return struct.pack("<HHIIHH", coding, channels, rate, byte_rate, block, bits)


def loud(form: bytes, content: bytes = b"\0\x20\0\xe0" * 4000) -> bytes:
    """Return a file that is not silent, with a header that may be wrong."""
    return riff(chunk(b"fmt ", form), chunk(b"data", content))


# --- What the service takes -----------------------------------------------------------------------------


def test_a_good_recording_has_no_problems() -> None:
    assert check_recording(GOOD) == ()


def test_both_channels_of_two_are_good() -> None:
    both = recording(beside(SECOND, SECOND))
    assert (rules(both, 0), rules(both, 1)) == ([], [])


def test_a_recording_may_be_given_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(GOOD)
    assert check_recording(path) == check_recording(str(path)) == ()


def test_the_extensible_form_of_pcm_is_good() -> None:
    assert rules(recording(SECOND, format_="WAVEX PCM_16")) == []


def test_other_chunks_before_and_after_the_audio_are_no_problem() -> None:
    content = riff(
        chunk(b"junk", b"odd"), chunk(b"fmt ", PCM_16), chunk(b"data", GOOD[-8000:]), chunk(b"id3 ", b"x")
    )
    assert rules(content) == []


def test_a_byte_of_padding_may_be_missing_at_the_end() -> None:
    assert rules(riff(chunk(b"fmt ", PCM_16), chunk(b"data", GOOD[-8000:]), chunk(b"id3 ", b"x"))[:-1]) == []


# --- What is wrong with a file ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "must not be empty"),
        (b"RIFF", "must be a WAV file"),
        (b"RIFF\4\0\0\0WAVE", "must be a WAV file"),
        (GOOD.replace(b"RIFF", b"RIFX"), "must be a WAV file"),
        (recording(SECOND, format_="FLAC PCM_16"), "must be a WAV file"),
        (riff(chunk(b"fmt ", PCM_16)), "must be a WAV file"),
        (riff(DATA), "must be a WAV file"),
        (riff(chunk(b"fmt ", PCM_16[:8]), DATA), "must be a WAV file"),
        (recording(SECOND, format_="WAV ULAW"), "must be 16-bit PCM"),
        (recording(SECOND, format_="WAV ALAW"), "must be 16-bit PCM"),
        (recording(SECOND, format_="WAV PCM_24"), "must be 16-bit PCM"),
        (recording(SECOND, format_="WAV FLOAT"), "must be 16-bit PCM"),
        (recording(sines([440], 1, 16000), 16000), "must be sampled at 8 kHz"),
        (recording(beside(SECOND, SECOND, SECOND)), "must have one or two channels"),
        (loud(header(channels=0, byte_rate=0, block=0)), "must have one or two channels"),
        (loud(header(block=4)), "must have a header whose figures agree"),
        (loud(header(byte_rate=8000)), "must have a header whose figures agree"),
        (loud(header(channels=2)), "must have a header whose figures agree"),
        (riff(chunk(b"fmt ", PCM_16), chunk(b"data", b"")), "must have audio"),
        (loud(PCM_16, b"\0\x20\0\xe0" * 4000 + b"\1"), "must have whole samples of every channel"),
        (loud(header(channels=2, byte_rate=32000, block=4), b"\0\x20" * 4001), "must have whole samples"),
        (riff(chunk(b"fmt ", PCM_16), chunk(b"data", GOOD[-8000:]), DATA), "must have one format header"),
    ],
)
def test_a_file_that_the_service_would_not_take_is_refused_by_a_rule(content: bytes, rule: str) -> None:
    broken = rules(content)
    assert [text for text in broken if text.startswith(rule)], broken


@pytest.mark.parametrize("lost", [1, 2, 7999, 15990])
def test_a_file_that_is_cut_off_is_not_whole(lost: int) -> None:
    assert rules(GOOD[:-lost])[0] == "must be complete: its header announces more audio"


def test_a_header_that_announces_too_much_is_found_out() -> None:
    place = GOOD.index(b"data") + 4
    lying = GOOD[:place] + struct.pack("<I", 2_000_000_000) + GOOD[place + 4 :]
    assert rules(lying)[0] == "must be complete: its header announces more audio"


@pytest.mark.parametrize("content", [GOOD + b"more", GOOD[:4] + b"\0\0\0\0" + GOOD[8:]])
def test_a_file_longer_or_shorter_than_its_header_says_is_refused(content: bytes) -> None:
    assert rules(content) == ["must be as long as its header says"]


@pytest.mark.parametrize("size", UNFILLED_SIZES)
def test_a_length_that_was_never_filled_in_reaches_to_the_end(size: int) -> None:
    unfilled, whole = inspect_recording(with_size(GOOD, size)), inspect_recording(GOOD)
    assert unfilled == whole
    assert whole.problems == ()


@pytest.mark.parametrize("tail", [b"", chunk(b"id3 ", b"x"), chunk(b"LIST", b"INFO") + chunk(b"junk", b"xx")])
def test_no_audio_between_other_chunks_is_no_audio(tail: bytes) -> None:
    assert "must have audio" in rules(riff(chunk(b"fmt ", PCM_16), chunk(b"data", b""), tail))


def test_a_file_over_20_mb_is_refused_and_not_listened_to(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    with path.open("wb") as file:
        file.write(riff(chunk(b"fmt ", PCM_16), chunk(b"data", b""))[:-4] + struct.pack("<I", 30_000_000))
        file.truncate(44 + 30_000_000)
        file.seek(4)
        file.write(struct.pack("<I", 36 + 30_000_000))
    info = inspect_recording(path)
    assert (info.seconds, info.non_silent_seconds) == (1875, ())
    assert [problem.rule for problem in info.problems] == ["must be at most 20 MB"]


def test_every_problem_is_found_at_once() -> None:
    assert rules(recording(beside(SECOND, SECOND, SECOND), 16000, "WAV PCM_24")) == [
        "must be 16-bit PCM",
        "must be sampled at 8 kHz",
        "must have one or two channels",
    ]


@pytest.mark.parametrize("there", ["missing.wav", ".", "\0", ""])
def test_what_cannot_be_read_has_that_as_its_problem(there: str, tmp_path: Path) -> None:
    problem = Problem(parameter="recording", rule="must be a file that exists and can be read")
    assert check_recording(tmp_path / there) == (problem,)


def test_no_problem_tells_the_name_of_the_file_or_anything_in_it(tmp_path: Path) -> None:
    path = tmp_path / "customer-42.wav"
    assert "customer" not in str(check_recording(path))
    path.write_bytes(recording(SECOND, 16000, artist="Zoe")[:-9])
    info = inspect_recording(path)
    assert "customer" not in repr(info)
    assert "Zoe" not in repr(info)


# --- What is wrong with a channel ------------------------------------------------------------------------


@pytest.mark.parametrize("channel_id", [1, 2, -1])
def test_a_channel_that_is_not_there_is_refused(channel_id: int) -> None:
    assert [problem.parameter for problem in check_recording(GOOD, channel_id)] == ["channel_id"]


def test_a_third_channel_is_refused_even_where_there_is_one() -> None:
    three = recording(beside(SECOND, SECOND, SECOND))
    assert [problem.parameter for problem in check_recording(three, 2)] == ["recording", "channel_id"]


def test_silence_is_refused() -> None:
    assert rules(recording(0 * SECOND)) == ["must not be silent"]


def test_only_the_channel_that_is_asked_for_must_sound() -> None:
    half = recording(beside(SECOND, 0 * SECOND))
    assert (rules(half, 0), rules(half, 1)) == ([], ["must not be silent"])


def test_a_channel_must_sound_for_as_long_as_is_asked() -> None:
    assert rules(GOOD, min_seconds=1) == []
    assert rules(GOOD, min_seconds=30) == ["must have at least 30 seconds that are not silent"]


def test_sound_and_silence_are_told_apart_by_the_frame() -> None:
    content = recording(beside(SECOND, 0.001 * SECOND))
    assert inspect_recording(content).non_silent_seconds == (1.0, 0.0)


def test_speech_sounds_for_less_than_it_lasts() -> None:
    (sounding,) = inspect_recording(recording(speech(10))).non_silent_seconds
    assert 2 < sounding < 8


# --- What a recording is ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("format_", "encoding"),
    [
        ("WAV PCM_U8", "PCM-8"),
        ("WAV PCM_16", "PCM-16"),
        ("WAVEX PCM_24", "PCM-24"),
        ("WAV PCM_32", "PCM-32"),
        ("WAV FLOAT", "float-32"),
        ("WAV DOUBLE", "float-64"),
        ("WAV ULAW", "mu-law"),
        ("WAV ALAW", "A-law"),
    ],
)
def test_a_wav_file_is_described(format_: str, encoding: str) -> None:
    content = recording(sines([440], 0.5, 44100), 44100, format_)
    info = inspect_recording(content)
    assert (info.size, info.encoding, info.sample_rate, info.channels) == (len(content), encoding, 44100, 1)
    assert info.seconds == 0.5


def test_a_rare_encoding_has_no_name_and_no_length() -> None:
    info = inspect_recording(recording(SECOND, format_="WAV IMA_ADPCM"))
    assert (info.encoding, info.sample_rate, info.seconds) == (None, 8000, 0.0)


def test_what_is_no_wav_file_is_described_by_its_size() -> None:
    info = inspect_recording(b"ID3 and so on")
    assert info == RecordingInfo(size=13, problems=info.problems)


# --- Laws ------------------------------------------------------------------------------------------------


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda tail: GOOD[:44] + tail))
def test_any_file_can_be_described(content: bytes) -> None:
    assert inspect_recording(content).size == len(content)


@given(st.integers(0, 60), st.binary(min_size=1, max_size=8))
def test_any_header_can_be_described(place: int, damage: bytes) -> None:
    for content in (GOOD, recording(beside(SECOND[:800], SECOND[:800]))):
        damaged = content[:place] + damage + content[place + len(damage) :]
        for channel_id in (0, 1):
            check_recording(damaged, channel_id, min_seconds=1)


@pytest.mark.parametrize("format_", FORMATS)
def test_only_wav_files_of_16_bits_are_taken(format_: str) -> None:
    assert (rules(recording(SECOND, format_=format_)) == []) == (format_ in ("WAV PCM_16", "WAVEX PCM_16"))


@pytest.mark.parametrize("tail", [bytes(8_000_000), b"fake\0\0\0\0" * 1_000_000], ids=["zeros", "chunks"])
def test_a_long_tail_is_not_looked_through(tail: bytes) -> None:
    class CountedFile(BytesIO):
        reads = 0

        def read(self, size: int | None = -1, /) -> bytes:
            CountedFile.reads += 1
            return super().read(size)

    layout = Layout.of(CountedFile(GOOD + tail))
    assert list(layout.broken_rules()) == ["must be as long as its header says"]
    assert CountedFile.reads < 1_100


def test_a_check_needs_no_extra() -> None:
    program = (
        "import sys; from voiceid_sdk.batch.recordings import check_recording;"
        "print(check_recording(b''), *sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "must not be empty" in ran.stdout
    assert {"numpy", "soundfile", "soxr"}.isdisjoint(ran.stdout.split())
