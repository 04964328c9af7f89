"""Converts recordings to the format of the service."""

from collections.abc import Callable
from io import SEEK_END
from os import PathLike
from typing import BinaryIO, Final, Literal

from voiceid_sdk._arguments import check_types
from voiceid_sdk._files import as_path, naming_argument, write_whole
from voiceid_sdk._values import NUMBER
from voiceid_sdk.batch.recordings.correcting import corrected
from voiceid_sdk.batch.recordings.inspecting import (
    NOT_EMPTY,
    READABLE,
    WHOLE,
    ChannelChoice,
    InvalidRecordingError,
    Layout,
    opened,
)
from voiceid_sdk.errors import FileAccessError, ManifestError, Problem, RequestValidationError

__all__ = ["convert"]

_EXTRA: Final = frozenset({"numpy", "soundfile", "soxr"})


def convert(
    source: str | PathLike[str] | bytes,
    target: str | PathLike[str] | None = None,
    *,
    channel: int | Literal["mix"] | None = None,
    max_seconds: float | None = None,
) -> bytes:
    """Return a recording in the format of the service: WAV, 8 kHz, 16-bit PCM, one or two channels.

    It reads all formats of libsndfile: WAV in every encoding, FLAC, Ogg, MP3 and more. This needs the
    extra ``audio``. A source that has the format already is returned unchanged. An ID3 tag in front of
    the audio is left out, and a length that was never filled in is corrected. The same source gives the
    same bytes. The artist tag, which Local Voice ID uses as the label of a voice, is kept; of
    ``left;right``, the result has the label of the chosen channel.

    Args:
        source: the file's path, or its content.
        target: the path of a file to write the result to as well, whole or not at all, and readable for its
            owner alone.
        channel: the channel to keep, counted from 0, or ``"mix"`` for the mean of all channels; one or two
            channels are kept when None. A chosen channel is channel 0 of the result.
        max_seconds: how many seconds to keep, from the beginning; all when None.

    Raises:
        ManifestError: the source cannot be read, is incomplete, or lacks audio or the channel; or the result
            would exceed the limit of the service, 20 MB, which is 21.8 minutes of one channel.
        RequestValidationError: ``channel`` or ``max_seconds`` breaks a rule.
        ModuleNotFoundError: the extra ``audio`` is not installed.
        FileAccessError: the target cannot be written.
    """
    _check_arguments(channel, max_seconds)
    invalid = None
    content = b""
    try:
        with opened(source, "source") as file:
            content = _converted(file, channel, max_seconds)
    except InvalidRecordingError as error:
        invalid = error
    except OSError:
        invalid = InvalidRecordingError(READABLE)
    if invalid is not None:  # raised here, it has no context, whose text could have the file's name
        raise ManifestError(
            f"The {invalid.problem}", problems=(invalid.problem,), next_step=invalid.next_step
        )
    if target is not None:
        with naming_argument("target", FileAccessError, "written"):
            write_whole(as_path(target, "target"), content, private=True)
    return content


def _check_arguments(channel: int | str | None, max_seconds: float | None) -> None:
    rule = "must be more than 0"
    check_types("convert", max_seconds=(max_seconds, (*NUMBER, type(None)), rule))
    problems: list[Problem] = []
    if channel not in (None, "mix") and not (isinstance(channel, int) and channel >= 0):
        problems.append(Problem(parameter="channel", rule='must be the number of a channel or "mix"'))
    if max_seconds is not None and not max_seconds > 0:
        problems.append(Problem(parameter="max_seconds", rule=rule))
    if problems:
        raise RequestValidationError.of("convert", tuple(problems))


def _converted(file: BinaryIO, channel: ChannelChoice, max_seconds: float | None) -> bytes:
    if not file.seek(0, SEEK_END):
        raise InvalidRecordingError(NOT_EMPTY)
    file = corrected(file)
    layout = Layout.of(file)
    if layout.is_cut_off:
        raise InvalidRecordingError(WHOLE)
    if _needs_no_conversion(layout, channel, max_seconds):
        file.seek(0)
        return file.read()
    file.seek(0)
    return _resampler()(file, channel=channel, max_seconds=max_seconds)


def _resampler() -> Callable[..., bytes]:
    try:
        # From the extra `audio`.
        from voiceid_sdk.batch.recordings.resampling import resample
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        raise ModuleNotFoundError(
            f"{error.name} is not installed; it comes with the extra: pip install 'voiceid-sdk[audio]'",
            name=error.name,
        ) from None
    except OSError:  # the wheel of soundfile has no libsndfile for this system
        raise ModuleNotFoundError(
            "soundfile does not find libsndfile; install it with the system's packages", name="soundfile"
        ) from None
    return resample


def _needs_no_conversion(layout: Layout, channel: ChannelChoice, max_seconds: float | None) -> bool:
    """Return whether the file has the format of the service, and all of it is kept."""
    if any(layout.broken_rules()) or layout.header is None:
        return False
    keeps_channels = channel is None or (layout.header.channels == 1 and channel in (0, "mix"))
    return keeps_channels and (max_seconds is None or layout.seconds <= max_seconds)
