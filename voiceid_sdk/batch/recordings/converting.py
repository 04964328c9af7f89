"""Recordings for batch jobs: checked, and converted to what the service takes."""

from collections.abc import Callable
from os import PathLike
from typing import BinaryIO, Final, Literal

from voiceid_sdk._files import write_whole
from voiceid_sdk.batch.recordings.inspecting import (
    NOT_EMPTY,
    READABLE,
    WHOLE,
    ChannelChoice,
    InvalidRecordingError,
    Layout,
    RecordingInfo,
    check_recording,
    inspect_recording,
    opened,
)
from voiceid_sdk.errors import ManifestError, Problem, RequestValidationError

__all__ = ["RecordingInfo", "check_recording", "convert", "inspect_recording"]

_EXTRA: Final = frozenset({"numpy", "soundfile", "soxr"})


def convert(
    source: str | PathLike[str] | bytes,
    target: str | PathLike[str] | None = None,
    *,
    channel: int | Literal["mix"] | None = None,
    max_seconds: float | None = None,
) -> bytes:
    """Return a recording as the service takes it: WAV, 8 kHz, 16-bit PCM, one or two channels.

    It reads what libsndfile reads: WAV in every encoding, FLAC, Ogg, MP3 and more; it needs the extra
    ``audio`` for that. A source that already is what is asked for is returned as it is. The same source gives
    the same bytes. The artist's tag, which Local Voice ID takes for the label of a voice, is kept; of
    ``left;right``, the label of the channel that is picked.

    Args:
        source: the file's path, or its content.
        target: the path of a file to write the result to as well, whole or not at all, and readable for its
            owner alone.
        channel: the channel to keep, counted from 0, or ``"mix"`` for the mean of all channels. One or two
            channels are kept as they are unless given. A channel that is picked is channel 0 of the result.
        max_seconds: how many seconds to take, from the beginning; all unless given.

    Raises:
        ManifestError: the source cannot be read, is cut off, holds no audio or lacks the channel; or the
            result would be larger than the service takes, 20 MB, which is 21.8 minutes of one channel.
        RequestValidationError: ``channel`` or ``max_seconds`` cannot be meant.
        ModuleNotFoundError: the extra ``audio`` is not installed.
        OSError: the target cannot be written.
    """
    _check_arguments(channel, max_seconds)
    refused = None
    content = b""
    try:
        with opened(source) as file:
            content = _converted(file, channel, max_seconds)
    except InvalidRecordingError as error:
        refused = error
    except OSError:
        refused = InvalidRecordingError(READABLE)
    if refused is not None:  # raised here, the error has no context; that may hold the file's name
        raise ManifestError(
            f"The {refused.problem}", problems=(refused.problem,), next_step=refused.next_step
        )
    if target is not None:
        write_whole(target, content, private=True)
    return content


def _check_arguments(channel: int | str | None, max_seconds: float | None) -> None:
    problems: list[Problem] = []
    if channel not in (None, "mix") and not (isinstance(channel, int) and channel >= 0):
        problems.append(Problem(parameter="channel", rule='must be the number of a channel or "mix"'))
    if max_seconds is not None and not max_seconds > 0:
        problems.append(Problem(parameter="max_seconds", rule="must be more than 0"))
    if problems:
        raise RequestValidationError.of("convert", tuple(problems))


def _converted(file: BinaryIO, channel: ChannelChoice, max_seconds: float | None) -> bytes:
    layout = Layout.of(file)
    if not layout.size:
        raise InvalidRecordingError(NOT_EMPTY)
    if layout.is_cut_off:
        raise InvalidRecordingError(WHOLE)
    if _needs_no_conversion(layout, channel, max_seconds):
        file.seek(0)
        return file.read()
    file.seek(0)
    return _resampler()(file, channel=channel, max_seconds=max_seconds)


def _resampler() -> Callable[..., bytes]:
    try:
        # The package does without the extra.
        from voiceid_sdk.batch.recordings.resampling import resample
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        raise ModuleNotFoundError(
            f"{error.name} is not installed; it comes with the extra: pip install 'voiceid-sdk[audio]'",
            name=error.name,
        ) from None
    except OSError:  # on a system for which soundfile does not bring libsndfile along
        raise ModuleNotFoundError(
            "soundfile does not find libsndfile; install it with the system's packages", name="soundfile"
        ) from None
    return resample


def _needs_no_conversion(layout: Layout, channel: ChannelChoice, max_seconds: float | None) -> bool:
    """Return whether the service takes the file, and there is nothing to leave out."""
    if any(layout.broken_rules()) or layout.header is None:
        return False
    keeps_channels = channel is None or (layout.header.channels == 1 and channel in (0, "mix"))
    return keeps_channels and (max_seconds is None or layout.seconds <= max_seconds)
