"""Inspects recordings: their format, and every reason why the service would reject them."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from io import SEEK_END, BytesIO
from os import PathLike
from typing import BinaryIO, Final, Literal, NamedTuple, TypeAlias

import attrs

from voiceid_sdk import _wav
from voiceid_sdk._arguments import check_types
from voiceid_sdk._files import as_path
from voiceid_sdk._values import COUNT, NUMBER
from voiceid_sdk._wav import BYTES_PER_SAMPLE, PCM, Chunk, Header
from voiceid_sdk.errors import Problem
from voiceid_sdk.service_model.limits import RECORDING_BYTES, SAMPLE_RATE

MAX_CHANNELS: Final = 2

ChannelChoice: TypeAlias = int | Literal["mix"] | None
"""The channel to keep, counted from 0, or the mean of all channels, or all channels for None."""

_ONCE: Final = frozenset({b"fmt ", b"data"})
_ENCODINGS: Final = {
    (PCM, 8): "PCM-8",
    (PCM, 16): "PCM-16",
    (PCM, 24): "PCM-24",
    (PCM, 32): "PCM-32",
    (0x0003, 32): "float-32",
    (0x0003, 64): "float-64",
    (0x0006, 8): "A-law",
    (0x0007, 8): "mu-law",
}


class RecordingRule(NamedTuple):
    """A rule for recordings, and the next step when one breaks it."""

    text: str
    next_step: str


READABLE: Final = RecordingRule(
    "must be a file that exists and can be read", "Give the path of a file, or its bytes."
)
NOT_EMPTY: Final = RecordingRule("must not be empty", "Record or copy it again.")
WHOLE: Final = RecordingRule("must be complete: its header announces more audio", "Record or copy it again.")
WITH_AUDIO: Final = RecordingRule("must have audio", "Record or copy it again.")


class InvalidRecordingError(Exception):
    """The source of a conversion, or another of its arguments, breaks a rule."""

    def __init__(self, rule: RecordingRule, *, parameter: str = "source") -> None:
        super().__init__(rule.text)
        self.problem: Problem = Problem(parameter=parameter, rule=rule.text)
        self.next_step: str = rule.next_step


@attrs.frozen(kw_only=True)
class RecordingInfo:
    """The format of a recording, and its problems."""

    size: int = 0
    """The size in bytes."""
    encoding: str | None = None
    """``"PCM-16"``, which the service accepts, or another: ``"mu-law"``, ``"float-32"``.

    None when the file is not a WAV file, or has a rare encoding.
    """
    sample_rate: int | None = None
    """Samples a second; None when the file is not a WAV file."""
    channels: int | None = None
    """The number of channels; None when the file is not a WAV file."""
    seconds: float = 0.0
    """The duration in seconds; 0 unless it is a WAV file in PCM, mu-law, A-law or float."""
    non_silent_seconds: tuple[float, ...] = ()
    """The seconds of each channel that are not silent; empty unless it is 16-bit PCM within the limits.

    A frame of 20 ms is silent if its energy is at most -60 dB of full scale. Music and noise are not silent
    either, so the service may find less speech.
    """
    problems: tuple[Problem, ...] = ()
    """Every reason why the service would reject the file, whatever the channel."""

    def check(self, channel_id: int = 0, *, min_seconds: float | None = None) -> tuple[Problem, ...]:
        """Return every reason why the service would reject a channel of the recording.

        Args:
            channel_id: the channel that the manifest names, 0 or 1.
            min_seconds: how many seconds of the channel must not be silent. An enrollment needs 30 s of net
                speech in all recordings of a request together: add up ``non_silent_seconds`` for that.

        Raises:
            RequestValidationError: an argument is no number.
        """
        check_types(
            "check_recording",
            channel_id=(channel_id, COUNT, "must be the number of a channel: 0 or 1"),
            min_seconds=(min_seconds, (*NUMBER, type(None)), "must be a number of seconds, or None"),
        )
        return (*self.problems, *self._problems_of_channel(channel_id, min_seconds))

    def _problems_of_channel(self, channel_id: int, min_seconds: float | None) -> Iterator[Problem]:
        if self.channels is not None and channel_id not in range(min(self.channels, MAX_CHANNELS)):
            yield Problem(parameter="channel_id", rule="must be a channel of the recording: 0, or 1 of two")
        elif self.non_silent_seconds:
            sounding = self.non_silent_seconds[channel_id]
            if not sounding:
                yield problem("must not be silent")
            elif min_seconds is not None and round(sounding, 3) < min_seconds:
                shown = f"{min(min_seconds, sys.maxsize):g}"  # larger whole numbers may not fit a float
                yield problem(f"must have at least {shown} seconds that are not silent")


def inspect_recording(recording: str | PathLike[str] | bytes) -> RecordingInfo:
    """Return the format of a recording, and its problems. It needs no extra.

    It never raises an error about the file: a file that cannot be read has this as its problem.

    Args:
        recording: the file's path, or its content.

    Raises:
        TypeError: ``recording`` is neither a path nor bytes.
    """
    try:
        with opened(recording, "recording") as file:
            layout = Layout.of(file)
            sounding = layout.non_silent_seconds(file)
    except OSError:
        return RecordingInfo(problems=(problem(READABLE.text),))
    header = layout.header
    return RecordingInfo(
        size=layout.size,
        encoding=_ENCODINGS.get((header.coding, header.bits)) if header else None,
        sample_rate=header.sample_rate if header else None,
        channels=header.channels if header else None,
        seconds=layout.seconds,
        non_silent_seconds=sounding,
        problems=tuple(map(problem, layout.broken_rules())),
    )


def check_recording(
    recording: str | PathLike[str] | bytes, channel_id: int = 0, *, min_seconds: float | None = None
) -> tuple[Problem, ...]:
    """Return every reason why the service would reject a recording. It needs no extra.

    WAV, 8 kHz, 16-bit PCM, one or two channels, at most 20 MB: these are the service's rules. Source: the
    administrator guide's job schemas. The SDK adds two rules, because the guide does not describe such files:
    header and data must agree, and the channel must not be silent. A length that its program never filled in
    means "to the end of the file".

    Args:
        recording: the file's path, or its content.
        channel_id: the channel that the manifest names, 0 or 1.
        min_seconds: how many seconds of the channel must not be silent; any number when None.

    Returns:
        Problems whose ``parameter`` is ``recording`` or ``channel_id``. They have neither content nor name of
        the file.

    Raises:
        RequestValidationError: ``channel_id`` or ``min_seconds`` is no number.
        TypeError: ``recording`` is neither a path nor bytes.
    """
    return inspect_recording(recording).check(channel_id, min_seconds=min_seconds)


def problem(rule: str) -> Problem:
    """Return a problem of a recording."""
    return Problem(parameter="recording", rule=rule)


def opened(recording: str | PathLike[str] | bytes, parameter: str) -> AbstractContextManager[BinaryIO]:
    """Return the open file of a recording.

    Args:
        recording: the file's path, or its content.
        parameter: the name of the public argument, for the error.

    Raises:
        TypeError: it is neither a path nor bytes.
        OSError: there is no such file, or it cannot be read.
    """
    if isinstance(recording, bytes):
        return BytesIO(recording)
    return as_path(recording, parameter).open("rb")


@attrs.frozen
class Layout:
    """The parts of a WAV file, as its headers describe them."""

    size: int
    announced_size: int
    chunks: tuple[Chunk, ...]
    header: Header | None
    data: Chunk | None

    @classmethod
    def of(cls, file: BinaryIO) -> "Layout":
        """Return the layout of a file; without header and data unless it is a RIFF/WAVE file."""
        size = file.seek(0, SEEK_END)
        chunks = tuple(_wav.chunks(file))
        by_name = {chunk.name: chunk for chunk in chunks}
        form = by_name.get(b"fmt ")
        return cls(
            size=size,
            announced_size=_wav.announced_size(file) if chunks else size,
            chunks=chunks,
            header=Header.parse(form.read(file)) if form else None,
            data=by_name.get(b"data"),
        )

    @property
    def is_cut_off(self) -> bool:
        """Whether there is less audio than the header announces."""
        data = self.data
        return data is not None and data.end > self.size

    @property
    def seconds(self) -> float:
        """The duration; 0 when the header does not give it."""
        header = self.header
        coded = header is not None and (header.coding, header.bits) in _ENCODINGS
        if header is None or self.data is None or not coded or not header.block_align * header.sample_rate:
            return 0.0
        there = min(self.data.end, self.size) - self.data.start
        return there // header.block_align / header.sample_rate

    def non_silent_seconds(self, file: BinaryIO) -> tuple[float, ...]:
        """Return the seconds of each channel that are not silent; empty when that is not measured."""
        header = self.header
        if header is None or self.data is None or not header.is_pcm_16:
            return ()
        if self.size > RECORDING_BYTES or header.channels > MAX_CHANNELS:
            return ()
        samples = self.data.read(file)
        return tuple(
            _wav.non_silent_seconds(
                _wav.one_channel(samples, channel, header.channels),
                header.sample_rate,
                level=_wav.QUIET_SPEECH_LEVEL,
            )
            for channel in range(header.channels)
        )

    def broken_rules(self) -> Iterator[str]:
        """Yield every rule that the file breaks."""
        if not self.size:
            yield NOT_EMPTY.text
        elif self.header is None or self.data is None:
            yield "must be a WAV file (RIFF/WAVE) with a format header and audio"
        else:
            yield from _broken_by_header(self.header)
            yield from self._broken_by_data(self.header, self.data)
        if self.size > RECORDING_BYTES:
            yield "must be at most 20 MB"

    def _broken_by_data(self, header: Header, data: Chunk) -> Iterator[str]:
        if len([chunk for chunk in self.chunks if chunk.name in _ONCE]) > len(_ONCE):
            yield "must have one format header and one block of audio"
        if self.is_cut_off:
            yield WHOLE.text
        # The padding byte of the last chunk may be missing or not counted.
        elif not data.is_left_open and (
            self.chunks[-1].end > self.size or abs(self.announced_size - self.size) > 1
        ):
            yield "must be as long as its header says"
        if not data.size:
            yield WITH_AUDIO.text
        elif header.is_pcm_16 and not data.is_left_open and data.size % (header.block_align or 1):
            yield "must have whole samples of every channel"


def _broken_by_header(header: Header) -> Iterator[str]:
    if not header.is_pcm_16:
        yield "must be 16-bit PCM"
    elif (
        header.block_align != header.channels * BYTES_PER_SAMPLE
        or header.byte_rate != header.sample_rate * header.block_align
    ):
        yield "must have a header whose figures agree (channels, sample rate, block align, byte rate)"
    if header.sample_rate != SAMPLE_RATE:
        yield "must be sampled at 8 kHz"
    if header.channels not in range(1, MAX_CHANNELS + 1):
        yield "must have one or two channels"
