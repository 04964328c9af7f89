"""Converting recordings to what the service takes."""

import functools
import importlib
import struct
import sys
import tracemalloc
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.recording_files import (
    EXACT,
    FORMATS,
    PCM_16,
    UNFILLED_SIZES,
    Samples,
    beside,
    chunk,
    decoded,
    found,
    level,
    recording,
    riff,
    sines,
    speech,
    with_size,
)
from voiceid_sdk.batch.recordings import check_recording, convert, inspect_recording
from voiceid_sdk.batch.recordings.resampling import resample
from voiceid_sdk.errors import FileAccessError, ManifestError, RequestValidationError
from voiceid_sdk.local.voices.recordings import read_wav

RATES = (8000, 11025, 16000, 22050, 32000, 44100, 48000, 96000)
TELEPHONE = (100, 300, 1000, 2100, 3390)
"""Frequencies that speech has on the telephone, in Hz."""

ROUNDING = -100
"""What rounding to 16 bits leaves, in dB of full scale."""

EDGE = 200
"""Samples in which a filter has not heard enough yet, or no more."""

LEFT, RIGHT = sines([500], 0.5, 8000), sines([1200], 0.5, 8000)


def decibels(ratio: Samples) -> Samples:
    return 20 * np.log10(ratio)


def middle(signal: Samples) -> Samples:
    return signal[EDGE:-EDGE]


@functools.cache
def two_voices(rate: int, format_: str) -> bytes:
    return recording(beside(speech(0.1, rate), speech(0.1, rate, voice=1)), rate, format_)


def refusal(source: bytes | Path, **asked: Any) -> ManifestError:
    with pytest.raises(ManifestError) as caught:
        convert(source, **asked)
    return caught.value


# --- What comes out -------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(
    ("format_", "rate"),
    [(name, rate) for name in FORMATS for rate in RATES if not name.startswith("MP3") or rate <= 48000],
)
def test_every_format_becomes_what_the_service_takes(format_: str, channels: int, rate: int) -> None:
    signal = speech(0.25, rate)
    source = recording(signal if channels == 1 else beside(signal, signal), rate, format_)
    content = convert(source)
    info = inspect_recording(content)
    assert (info.encoding, info.sample_rate, info.channels, info.problems) == ("PCM-16", 8000, channels, ())
    assert info.seconds == pytest.approx(0.25, abs=0.0002)
    expected = speech(0.25, 8000)
    difference = decoded(content)[:, 0] - expected
    assert level(middle(difference)) < level(expected) - 14


@pytest.mark.parametrize(
    "format_",
    ["AIFF PCM_16", "AU ULAW", "CAF PCM_24", "OGG OPUS", "RF64 PCM_16", "W64 FLOAT", "WAV IMA_ADPCM"],
)
def test_other_formats_are_read_as_well(format_: str) -> None:
    content = convert(recording(beside(speech(0.5, 16000), speech(0.5, 16000)), 16000, format_))
    assert inspect_recording(content).channels == 2
    assert check_recording(content, min_seconds=0.2) == ()


@pytest.mark.parametrize("rate", RATES)
def test_what_telephone_speech_has_comes_through_as_it_is(rate: int) -> None:
    content = convert(recording(sines(TELEPHONE, 1, rate), rate, "WAV FLOAT"))
    peaks, rest = found(middle(decoded(content)[:, 0]), TELEPHONE)
    assert np.abs(decibels(peaks / (0.5 / len(TELEPHONE)))).max() < 0.01
    assert level(rest) < ROUNDING


@pytest.mark.parametrize("rate", [rate for rate in RATES if rate > 8000])
def test_what_cannot_be_kept_does_not_come_back_as_something_else(rate: int) -> None:
    above = [frequency for frequency in (4050, 4400, 5000, 7000, 12000, 20000) if frequency < rate / 2]
    content = convert(recording(sines(above, 1, rate), rate, "WAV FLOAT"))
    assert level(middle(decoded(content)[:, 0])) < ROUNDING


@given(st.floats(60, 3600), st.sampled_from(RATES))
def test_a_sine_stays_that_sine_at_that_moment(frequency: float, rate: int) -> None:
    content = convert(recording(sines([frequency], 0.25, rate), rate, "WAV FLOAT"))
    samples, expected = middle(decoded(content)[:, 0]), middle(sines([frequency], 0.25, 8000))
    (peak,), rest = found(samples, [frequency])
    assert abs(decibels(peak / 0.5)) < 0.01
    assert level(rest) < ROUNDING
    assert level(samples / peak - expected / 0.5) < ROUNDING + 7


@given(st.integers(1, 200_000), st.sampled_from(RATES), st.sampled_from([None, 1, "mix"]))
def test_the_size_of_the_blocks_makes_no_difference(block: int, rate: int, channel: int | None) -> None:
    source = two_voices(rate, "WAV PCM_16")
    whole = resample(BytesIO(source), channel=channel, max_seconds=None)
    assert resample(BytesIO(source), channel=channel, max_seconds=None, block=block) == whole


@pytest.mark.parametrize("format_", EXACT)
def test_16_bits_at_8_khz_are_not_changed(format_: str) -> None:
    samples = np.arange(-32768, 32768, 7) / 32768
    assert np.array_equal(decoded(convert(recording(samples, 8000, format_)))[:, 0], samples)


def test_the_same_source_gives_the_same_bytes() -> None:
    source = recording(speech(1, 44100), 44100, "OGG VORBIS")
    assert convert(source) == convert(source)


@pytest.mark.parametrize("format_", FORMATS)
def test_what_was_converted_is_not_converted_again(format_: str) -> None:
    once = convert(recording(speech(0.5, 16000), 16000, format_, artist="Ana"))
    assert convert(once) == once


def test_the_result_is_written_where_it_is_wanted(tmp_path: Path) -> None:
    source, target = tmp_path / "call.flac", tmp_path / "call.wav"
    source.write_bytes(recording(speech(0.5, 16000), 16000, "FLAC PCM_16"))
    content = convert(source, target)
    assert target.read_bytes() == content
    assert target.stat().st_mode & 0o777 == 0o600
    assert sorted(tmp_path.iterdir()) == [source, target]


def test_a_file_may_take_the_place_of_its_source(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(recording(speech(0.5, 16000), 16000))
    convert(str(path), str(path))
    assert check_recording(path) == ()


def test_the_content_decides_about_the_format_and_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "call.raw"
    path.write_bytes(recording(speech(0.5, 16000), 16000))
    assert check_recording(convert(path)) == ()


# --- Level ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [8000, 44100])
def test_what_is_too_loud_goes_to_full_scale_and_not_around_it(rate: int) -> None:
    content = convert(recording(sines([300], 0.5, rate, peak=1.5), rate, "WAV FLOAT"))
    samples, expected = decoded(content)[:, 0], sines([300], 0.5, 8000, peak=1.5)
    loud = np.abs(expected) > 1.01
    assert np.max(samples) == 32767 / 32768
    assert np.min(samples) == -1
    assert np.array_equal(np.sign(samples[loud]), np.sign(expected[loud]))


def test_samples_are_rounded_to_the_nearest() -> None:
    steps = np.array([0.0, 0.4, 0.6, 1.4, -0.4, -0.6, -1.4]) / 32768
    content = convert(recording(steps, 8000, "WAV DOUBLE"))
    assert (decoded(content)[:, 0] * 32768).tolist() == [0, 0, 1, 1, 0, -1, -1]


# --- Channels -------------------------------------------------------------------------------------------


def test_both_channels_stay_unless_one_is_asked_for() -> None:
    both = recording(beside(LEFT, RIGHT), format_="WAV PCM_24")
    assert np.array_equal(decoded(convert(both)), np.round(beside(LEFT, RIGHT) * 32768) / 32768)


@given(st.sampled_from(RATES), st.sampled_from(FORMATS[:-1]), st.integers(0, 1))
def test_a_channel_that_is_picked_is_that_channel(rate: int, format_: str, channel: int) -> None:
    both = two_voices(rate, format_)
    assert np.array_equal(decoded(convert(both, channel=channel))[:, 0], decoded(convert(both))[:, channel])


def test_one_of_many_channels_can_be_picked() -> None:
    many = recording(beside(LEFT, LEFT, LEFT, RIGHT, LEFT, LEFT))
    assert np.array_equal(decoded(convert(many, channel=3)), decoded(recording(RIGHT)))


def test_a_mix_is_the_mean_of_all_channels() -> None:
    mixed = decoded(convert(recording(beside(LEFT, RIGHT, LEFT, RIGHT), 8000, "WAV FLOAT"), channel="mix"))
    assert np.abs(mixed[:, 0] - (LEFT + RIGHT) / 2).max() < 0.51 / 32768


@pytest.mark.parametrize("channel", [None, 0, "mix"])
def test_of_one_channel_there_is_only_one_choice(channel: int | None) -> None:
    one = recording(LEFT)
    assert convert(one, channel=channel) == one


def test_a_channel_that_is_not_there_is_refused() -> None:
    error = refusal(recording(beside(LEFT, RIGHT)), channel=2)
    assert [problem.parameter for problem in error.problems] == ["channel"]


def test_more_than_two_channels_cannot_all_stay() -> None:
    assert "one must be chosen" in str(refusal(recording(beside(LEFT, RIGHT, LEFT))))


# --- Length ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [8000, 44100])
@pytest.mark.parametrize("max_seconds", [0.1, 0.25, 0.499])
def test_the_beginning_alone_can_be_taken(max_seconds: float, rate: int) -> None:
    source = recording(beside(speech(0.5, rate), speech(0.5, rate, voice=1)), rate)
    frames = round(max_seconds * 8000)
    assert np.array_equal(
        decoded(convert(source, max_seconds=max_seconds)), decoded(convert(source))[:frames]
    )


@pytest.mark.parametrize("max_seconds", [0.5, 7, float("inf")])
def test_no_more_is_taken_than_there_is(max_seconds: float) -> None:
    good = recording(LEFT)
    assert convert(good, max_seconds=max_seconds) == good
    assert convert(recording(LEFT, format_="WAV PCM_24"), max_seconds=max_seconds) == convert(
        recording(LEFT, format_="WAV PCM_24")
    )


def test_no_audio_is_no_recording() -> None:
    assert "must have audio" in str(refusal(recording(LEFT), max_seconds=0.00001))


def mu_law_silence(seconds: int) -> bytes:
    """Return a file that is small for what is in it."""
    form = struct.pack("<HHIIHH", 7, 1, 8000, 8000, 1, 8)
    return riff(chunk(b"fmt ", form), chunk(b"data", b"\xff" * (8000 * seconds)))


def test_a_result_that_the_service_would_not_take_is_refused() -> None:
    long = mu_law_silence(1311)
    error = refusal(long)
    assert "20 MB" in str(error)
    assert "max_seconds=" in str(error)
    assert inspect_recording(convert(long, max_seconds=1310)).seconds == 1310


def test_a_long_recording_is_converted_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    path.write_bytes(recording(beside(speech(2, 48000), speech(2, 48000)), 48000)[:44])
    minutes = 2
    with path.open("r+b") as file:
        size = 48000 * 4 * 60 * minutes
        file.seek(4)
        file.write(struct.pack("<I", size + 36))
        file.seek(40)
        file.write(struct.pack("<I", size))
        file.truncate(44 + size)
    tracemalloc.start()
    content = convert(path, channel=0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(content) == 44 + 16000 * 60 * minutes
    assert peak < 2.3 * len(content) + 3_000_000


# --- Labels ---------------------------------------------------------------------------------------------


@functools.cache
def labelled(format_: str, artist: str | None) -> bytes:
    return recording(beside(LEFT[:800], RIGHT[:800]), 8000, format_, artist=artist)


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(
    ("artist", "channel", "label"),
    [
        ("Zoë", None, "Zoë"),
        ("agent;Ana", None, "agent;Ana"),
        ("agent;Ana", 0, "agent"),
        ("agent; Ana ", 1, "Ana"),
        ("agent;", 1, None),
        ("Ana", 1, "Ana"),
        ("Ana", "mix", "Ana"),
        ("Ana;Ana", "mix", "Ana"),
        ("agent;Ana", "mix", None),
        (None, None, None),
    ],
)
def test_the_label_of_the_voice_is_kept(
    artist: str | None, channel: int | None, label: str | None, format_: str
) -> None:
    content = convert(labelled(format_, artist), channel=channel)
    if channel is None and label is not None:
        labels = [read_wav(content, number).label for number in (0, 1)]
        assert labels == (label.split(";") * 2)[:2]
    else:
        assert read_wav(content, 0).label == label


def test_a_label_behind_the_audio_is_kept() -> None:
    tags = chunk(b"LIST", b"INFO" + chunk(b"INAM", b"call\0") + chunk(b"IART", b"Ana\0"))
    source = riff(chunk(b"fmt ", PCM_16), chunk(b"data", b"\1\0" * 800), tags)
    assert read_wav(convert(source, max_seconds=0.05), 0).label == "Ana"


# --- Bad input ------------------------------------------------------------------------------------------

GOOD_FLAC = recording(speech(1, 16000), 16000, "FLAC PCM_16")
GOOD_MP3 = recording(speech(3, 16000), 16000, "MP3 MPEG_LAYER_III")


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        (b"", "must not be empty"),
        (b"\0" * 100, "must be audio that libsndfile reads"),
        (b"speaker,age\nana,42\n", "must be audio that libsndfile reads"),
        (recording(LEFT)[:30], "must be audio that libsndfile reads"),
        (riff(chunk(b"fmt ", PCM_16), chunk(b"data", b"")), "must have audio"),
        (recording(LEFT, 16000)[:-1], "must be complete"),
        (recording(LEFT, 16000)[:1000], "must be complete"),
        (recording(LEFT, 8000)[:-1], "must be complete"),
        (recording(LEFT, 8000, "WAV ULAW")[:1000], "must be complete"),
        (GOOD_FLAC[: len(GOOD_FLAC) // 2], "must be complete"),
        (GOOD_MP3[: len(GOOD_MP3) // 2], "must be complete"),
        (recording(LEFT, 6000), "must be sampled at 8 kHz or more"),
        (recording(np.array([0.0, np.nan] * 4000), 16000, "WAV FLOAT"), "must have finite samples"),
        (recording(np.array([0.0, np.inf] * 4000), 8000, "WAV DOUBLE"), "must have finite samples"),
    ],
)
def test_bad_input_is_refused_with_what_to_do(source: bytes, rule: str) -> None:
    error = refusal(source)
    (problem,) = error.problems
    assert (problem.parameter, problem.rule[: len(rule)]) == ("source", rule)
    assert error.next_step


def test_a_lying_header_is_refused() -> None:
    source = recording(LEFT, 16000)
    place = source.index(b"data") + 4
    assert "must be complete" in str(
        refusal(source[:place] + struct.pack("<I", 2_000_000_000) + source[place + 4 :])
    )


def test_a_length_that_was_left_open_reaches_to_the_end() -> None:
    source = recording(LEFT)
    place = source.index(b"data") + 4
    left_open = source[:4] + b"\xff" * 4 + source[8:place] + b"\xff" * 4 + source[place + 4 :]
    assert convert(left_open) == source


@pytest.mark.parametrize("size", UNFILLED_SIZES)
@pytest.mark.parametrize(
    ("rate", "format_"), [(8000, "WAV PCM_16"), (44100, "WAV PCM_24"), (8000, "WAV ULAW")]
)
def test_a_length_that_was_never_filled_in_is_corrected(size: int, rate: int, format_: str) -> None:
    source = recording(sines([500], 0.5, rate), rate, format_)
    assert convert(with_size(source, size)) == convert(source)


@pytest.mark.parametrize("size", UNFILLED_SIZES)
def test_half_a_sample_behind_an_unfilled_length_is_left_out(size: int) -> None:
    assert convert(with_size(recording(LEFT) + b"x", size)) == recording(LEFT)


def id3_tag(content: bytes, *, footer: bool = False) -> bytes:
    head = bytes([4, 0, 0x10 if footer else 0, 0, 0, len(content) >> 7, len(content) & 0x7F])
    return b"ID3" + head + content + (b"3DI" + head) * footer


@pytest.mark.parametrize("tags", [1, 2])
@pytest.mark.parametrize("footer", [False, True])
@pytest.mark.parametrize(
    ("format_", "rate"),
    [
        ("WAV PCM_16", 8000),
        ("WAV PCM_16", 16000),
        ("WAV ULAW", 8000),
        ("AIFF PCM_16", 16000),
        ("AU PCM_16", 8000),
        ("AU ULAW", 8000),
        ("FLAC PCM_16", 16000),
    ],
)
def test_a_tag_in_front_of_the_audio_is_left_out(format_: str, rate: int, *, footer: bool, tags: int) -> None:
    source = recording(speech(0.5, rate), rate, format_)
    assert convert(id3_tag(bytes(501), footer=footer) * tags + source) == convert(source)


def test_a_tag_in_front_of_an_unfilled_length_is_left_out() -> None:
    source = recording(LEFT, 16000)
    assert convert(id3_tag(bytes(20)) + with_size(source, 0x7FFFF000)) == convert(source)


def test_a_tag_that_reaches_into_the_audio_is_refused() -> None:
    assert "libsndfile reads" in str(refusal(id3_tag(bytes(90))[:-50] + recording(LEFT, 16000)))


def test_what_stands_behind_the_audio_is_left_out() -> None:
    assert convert(recording(LEFT) + b"more") == recording(LEFT)


def without_length(mp3: bytes) -> bytes:
    """Return an MP3 file as one that was recorded from a stream: without its first frame."""
    return mp3[mp3.index(mp3[:2], 4) :]


def test_an_mp3_file_that_does_not_say_how_long_it_is_is_refused() -> None:
    assert "Xing or Info" in str(refusal(without_length(GOOD_MP3)))


def test_a_tag_before_an_mp3_file_makes_no_difference() -> None:
    tag = b"ID3\4\0\0" + bytes([0, 0, 60, 10]) + bytes(60 * 128 + 10)
    assert convert(tag + GOOD_MP3) == convert(GOOD_MP3)
    assert "Xing or Info" in str(refusal(tag + without_length(GOOD_MP3)))


@pytest.mark.parametrize("name", ["customer-42.wav", "\0"])
def test_a_file_that_is_not_there_is_refused_without_its_name(name: str, tmp_path: Path) -> None:
    error = refusal(tmp_path / name)
    assert "exists" in str(error)
    assert "customer" not in repr((error, error.__context__, error.__cause__))


def test_an_error_chains_nothing_that_could_hold_a_name(tmp_path: Path) -> None:
    path = tmp_path / "customer-42.mp3"
    path.write_bytes(b"no music")
    assert refusal(path).__context__ is None


def test_a_target_that_cannot_be_written_is_an_error_without_its_name(tmp_path: Path) -> None:
    with pytest.raises(FileAccessError, match=r"^target names a file") as caught:
        convert(recording(LEFT), tmp_path / "missing" / "customer-42.wav")
    assert "customer" not in repr((caught.value, caught.value.__context__))


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ({"channel": -1}, "channel"),
        ({"channel": "left"}, "channel"),
        ({"max_seconds": 0}, "max_seconds"),
        ({"max_seconds": float("nan")}, "max_seconds"),
    ],
)
def test_what_cannot_be_meant_is_refused(asked: dict[str, Any], parameter: str) -> None:
    with pytest.raises(RequestValidationError) as caught:
        convert(recording(LEFT), **asked)
    assert caught.value.parameter == parameter


@given(st.sampled_from(FORMATS), st.integers(0, 400), st.binary(min_size=1, max_size=4))
def test_damage_gives_a_recording_or_a_typed_error(format_: str, place: int, damage: bytes) -> None:
    source = recording(beside(LEFT[:900], RIGHT[:900]), 16000, format_, artist="Ana")
    try:
        content = convert(source[:place] + damage + source[place + len(damage) :])
    except ManifestError:
        return
    assert inspect_recording(content).problems == ()


# --- Without the extra ----------------------------------------------------------------------------------


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return what makes a module one that is not installed."""

    def hide(module: str) -> None:
        monkeypatch.delitem(sys.modules, "voiceid_sdk.batch.recordings.resampling")
        monkeypatch.setitem(sys.modules, module, None)

    return hide


@pytest.mark.parametrize("module", ["numpy", "soundfile", "soxr"])
def test_the_extra_is_named_when_it_is_missing(module: str, without: Callable[[str], None]) -> None:
    source = recording(LEFT, 16000)
    without(module)
    with pytest.raises(ModuleNotFoundError, match=rf"{module} .* pip install 'voiceid-sdk\[audio\]'"):
        convert(source)


def test_libsndfile_is_named_when_the_system_lacks_it(
    without: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(name: str) -> None:
        raise OSError(name)

    source = recording(LEFT, 16000)
    without("nothing")
    monkeypatch.setattr(importlib, "import_module", fail)
    with pytest.raises(ModuleNotFoundError, match="libsndfile"):
        convert(source)


def test_what_is_good_already_needs_no_extra(without: Callable[[str], None]) -> None:
    good = recording(LEFT)
    without("soxr")
    assert convert(good) == good


def test_another_module_that_is_missing_is_not_blamed_on_the_extra(without: Callable[[str], None]) -> None:
    source = recording(LEFT, 16000)
    without("numpy.typing")
    with pytest.raises(ModuleNotFoundError) as caught:
        convert(source)
    assert "audio" not in str(caught.value)
