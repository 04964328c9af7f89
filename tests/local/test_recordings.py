"""Reading WAV files and measuring speech."""

import struct

import pytest

from voiceid_sdk.local.voices.recordings import RecordingError, read_wav, speech_seconds, tone, wav

PCM = struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def riff(*chunks: bytes) -> bytes:
    return chunk(b"RIFF", b"WAVE" + b"".join(chunks))


def test_samples_are_read() -> None:
    assert read_wav(wav(b"\1\0\2\0"), 0).samples == b"\1\0\2\0"


def test_a_channel_is_taken_out_of_two() -> None:
    both = wav(b"\1\0\2\0\3\0\4\0", channels=2)
    assert (read_wav(both, 0).samples, read_wav(both, 1).samples) == (b"\1\0\3\0", b"\2\0\4\0")


def test_a_label_is_read_from_the_info_list() -> None:
    assert read_wav(wav(b"", label="alice"), 0).label == "alice"


def test_a_label_may_be_given_for_each_channel() -> None:
    both = wav(b"", channels=2, label="agent; alice ")
    assert [read_wav(both, channel).label for channel in (0, 1)] == ["agent", "alice"]


def test_one_label_is_for_both_channels() -> None:
    both = wav(b"", channels=2, label="alice")
    assert [read_wav(both, channel).label for channel in (0, 1)] == ["alice", "alice"]


def test_a_channel_may_be_without_a_label() -> None:
    assert read_wav(wav(b"", channels=2, label="agent;"), 1).label is None


def test_a_label_from_elsewhere_goes_first() -> None:
    assert read_wav(wav(b"", label="alice"), 0, "bob").label == "bob"


def test_a_recording_without_a_label_has_none() -> None:
    assert read_wav(wav(b""), 0).label is None
    assert read_wav(riff(chunk(b"fmt ", PCM), chunk(b"LIST", b"adtl"), chunk(b"data", b"")), 0).label is None


def test_other_chunks_are_passed_over() -> None:
    content = riff(chunk(b"junk", b"odd"), chunk(b"fmt ", PCM), chunk(b"data", b"\1\0"), chunk(b"id3 ", b"x"))
    assert read_wav(content, 0).samples == b"\1\0"


def test_the_extensible_form_of_pcm_is_read() -> None:
    guid = bytes.fromhex("0100000000001000800000aa00389b71")
    form = struct.pack("<HHIIHH", 0xFFFE, 1, 8000, 16000, 2, 16) + struct.pack("<HHI", 22, 16, 4) + guid
    assert read_wav(riff(chunk(b"fmt ", form), chunk(b"data", b"\1\0")), 0).samples == b"\1\0"


def test_what_is_cut_off_is_read_to_its_last_whole_sample() -> None:
    assert read_wav(wav(b"\1\0\2\0\3\0")[:-3], 0).samples == b"\1\0"
    assert read_wav(wav(b"\1\0\2\0\3\0\4\0", channels=2)[:-2], 1).samples == b"\2\0"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not a WAV file"),
        (b"RIFF", "not a WAV file"),
        (b"RIFX0000WAVE", "not a WAV file"),
        (riff(), "not a WAV file"),
        (riff(chunk(b"fmt ", PCM)), "not a WAV file"),
        (riff(chunk(b"fmt ", PCM[:8]), chunk(b"data", b"")), "not a WAV file"),
        (
            riff(chunk(b"fmt ", struct.pack("<HHIIHH", 7, 1, 8000, 8000, 1, 8)), chunk(b"data", b"")),
            "16-bit PCM",
        ),
        (
            riff(chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)), chunk(b"data", b"")),
            "16-bit PCM",
        ),
        (
            riff(chunk(b"fmt ", struct.pack("<HHIIHH", 0xFFFE, 1, 8000, 0, 2, 16)), chunk(b"data", b"")),
            "16-bit PCM",
        ),
        (wav(b"", sample_rate=44100), "8 kHz"),
        (wav(b"", channels=3), "two channels"),
        (
            riff(chunk(b"fmt ", struct.pack("<HHIIHH", 1, 0, 8000, 0, 0, 16)), chunk(b"data", b"")),
            "two channels",
        ),
    ],
)
def test_other_files_are_refused_with_the_reason(content: bytes, says: str) -> None:
    with pytest.raises(RecordingError, match=says):
        read_wav(content, 0)


def test_a_missing_channel_is_refused() -> None:
    with pytest.raises(RecordingError, match="channel"):
        read_wav(wav(b""), 1)


@pytest.mark.parametrize("seconds", [0, 0.02, 1, 2.5])
def test_a_tone_counts_whole(seconds: float) -> None:
    assert speech_seconds(tone(seconds)) == seconds


def test_silence_does_not_count() -> None:
    assert speech_seconds(bytes(16000)) == 0
    assert speech_seconds(tone(1) + bytes(16000) + tone(0.5)) == 1.5


def test_noise_below_the_level_does_not_count() -> None:
    assert speech_seconds(struct.pack("<2h", 300, -300) * 4000) == 0
    assert speech_seconds(struct.pack("<2h", 350, -350) * 4000) == 1


def test_half_a_sample_at_the_end_is_left_out() -> None:
    assert speech_seconds(tone(1) + b"\1") == 1


@pytest.mark.parametrize("size", [0, 0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
def test_a_length_that_was_never_filled_in_reaches_to_the_end(size: int) -> None:
    content = wav(tone(1))
    place = content.index(b"data") + 4
    unfilled = content[:place] + size.to_bytes(4, "little") + content[place + 4 :]
    assert read_wav(unfilled, 0).samples == tone(1)
