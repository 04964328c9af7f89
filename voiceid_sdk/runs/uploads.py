"""Uploads: reads and converts recordings, and writes them and manifests to S3."""

import contextlib
import hashlib
import tempfile
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar

import attrs

from voiceid_sdk import service_model
from voiceid_sdk._arguments import check_types
from voiceid_sdk._cleanup import EndingWith
from voiceid_sdk._files import as_path, naming_argument
from voiceid_sdk._values import COUNT
from voiceid_sdk.batch import validation
from voiceid_sdk.batch.manifests import EnrollmentManifest, RegistrationManifest
from voiceid_sdk.batch.requests import AudioSpecification
from voiceid_sdk.batch.s3_objects import digest_of, has_object, write_object
from voiceid_sdk.boto3_typing import S3Client
from voiceid_sdk.errors import (
    FileAccessError,
    ManifestError,
    Problem,
    RequestValidationError,
    WaitCancelledError,
)
from voiceid_sdk.progress import ProgressOption, track_progress
from voiceid_sdk.waiting import Clock, check_wait_options

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")
ManifestT = TypeVar("ManifestT", EnrollmentManifest, RegistrationManifest)


_CONVERTIBLE: Final = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".aif", ".aiff", ".au")
"""Suffixes of formats that libsndfile reads."""


@attrs.frozen
class Upload:
    """A file to upload."""

    path: Path = attrs.field(repr=False)
    digest: str
    origin: Path = attrs.field(repr=False)
    """The file that it was converted from, or the file itself."""


@attrs.frozen
class _Recording:
    """A recording to upload: a file as it is, or one channel of it converted."""

    path: Path = attrs.field(repr=False)
    channel: int | None


@attrs.frozen(kw_only=True)
class Uploader:
    """Uploads the recordings and manifests of a batch."""

    s3: S3Client = attrs.field(repr=False)
    bucket: str = attrs.field(repr=False)
    prefix: str = attrs.field(repr=False)
    kms_key_id: str | None
    """The KMS key that encrypts the objects; the bucket's default encryption when None."""
    convert: bool
    """Whether recordings are converted before the upload."""
    workers: int
    """How many files are read or uploaded at a time."""
    progress: ProgressOption
    cancel: threading.Event
    clock: Clock | None

    def __attrs_post_init__(self) -> None:
        check_types(
            "batch",
            bucket=(self.bucket, (str,), "must be the name of an S3 bucket"),
            prefix=(self.prefix, (str,), "must be the beginning of an S3 key"),
            convert=(self.convert, (bool,), "must be True or False"),
            workers=(self.workers, COUNT, "must be a whole number, at least 1"),
        )
        check_wait_options(None, cancel=self.cancel, function="batch")

    def check(self) -> None:
        """Check bucket, prefix and number of workers.

        Raises:
            RequestValidationError: an argument breaks a rule.
        """
        problems: list[Problem] = []
        if service_model.shape_violations("S3Uri", f"s3://{self.bucket}") or "/" in self.bucket:
            problems.append(Problem(parameter="bucket", rule="must be the name of an S3 bucket"))
        elif service_model.shape_violations("S3Uri", self._uri("recordings", f"{digest_of(b'')}.wav")):
            problems.append(Problem(parameter="prefix", rule="must be the beginning of an S3 key"))
        if self.workers < 1:
            problems.append(Problem(parameter="workers", rule="must be at least 1"))
        if problems:
            raise RequestValidationError.of("batch", tuple(problems))

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The suffixes of recordings that can be uploaded, or converted first."""
        return _CONVERTIBLE if self.convert else (".wav",)

    @property
    def results_uri(self) -> str:
        """The S3 folder of the results."""
        return self._uri("results")

    def manifest_uri(self, content: bytes) -> str:
        """Return the URI of a manifest, named by the digest of its content."""
        return self._uri("manifests", f"{digest_of(content)}.json")

    @contextlib.contextmanager
    def staged(self, manifest: ManifestT) -> Generator[tuple[ManifestT, Mapping[str, Upload]]]:
        """Read and convert all recordings; the block gets the manifest with S3 URIs, and the files by URI.

        The URI of a recording is the one in the manifest, or else has the digest of its content. Converted
        files exist until the block ends.

        Raises:
            ManifestError: the manifest or a file has a problem; ``problems`` lists all of them.
            FileAccessError: the folder for temporary files cannot be used.
        """
        __tracebackhide__ = True
        with _temporary_folder() if self.convert else contextlib.nullcontext(Path()) as folder:

            def read(item: tuple[int, _Recording]) -> Upload | tuple[Problem, ...]:
                number, source = item
                return _read(source, folder / f"{number}.wav")

            sources = list(dict.fromkeys(filter(None, map(self._source, _audio(manifest)))))
            found = self._each("reading", read, list(enumerate(sources)))
            yield self._placed(manifest, dict(zip(sources, found, strict=True)))

    def _placed(
        self, manifest: ManifestT, found: Mapping[_Recording, Upload | tuple[Problem, ...]]
    ) -> tuple[ManifestT, dict[str, Upload]]:
        __tracebackhide__ = True
        uploads: dict[str, Upload] = {}
        problems: list[Problem] = []

        def place(audio: AudioSpecification, at: Problem) -> AudioSpecification:
            source = self._source(audio)
            if source is None:
                return audio
            result = found[source]
            name = result.digest if isinstance(result, Upload) else "unread"
            uri = audio.s3_uri or self._uri("recordings", f"{name}.wav")
            if not isinstance(result, Upload):
                problems.extend(replace(at, rule=problem.rule) for problem in result)
            elif uploads.setdefault(uri, result).digest != result.digest:
                problems.append(replace(at, rule="must not have the URI of another recording"))
            # A converted recording has only the channel that was chosen.
            channel_id = audio.channel_id if source.channel is None else 0
            return attrs.evolve(audio, s3_uri=uri, path=None, channel_id=channel_id)

        requests = [
            attrs.evolve(
                request,
                audio_specifications=[
                    place(audio, _problem(position, request.request_id, number, audio))
                    for number, audio in enumerate(request.audio_specifications)
                ],
            )
            for position, request in enumerate(manifest.requests)
        ]
        staged = attrs.evolve(manifest, requests=requests)
        uris = {audio.s3_uri for audio in _audio(staged) if audio.s3_uri is not None}
        files = {uri: uploads[uri].path if uri in uploads else None for uri in uris}
        problems += validation.problems(staged.requests, None, files)
        if problems:
            origins = {str(upload.path): str(upload.origin) for upload in uploads.values()}
            raise ManifestError.of(
                "The manifest",
                tuple(replace(one, file=origins.get(one.file or "", one.file)) for one in problems),
            )
        return staged, uploads

    def upload(self, uploads: Mapping[str, Upload]) -> None:
        """Upload the recordings that are not in S3 yet."""

        def put(item: tuple[str, Upload]) -> None:
            uri, upload = item
            with naming_argument("path", FileAccessError, "read"):
                content = upload.path.read_bytes()
            if digest_of(content) != upload.digest:
                raise ManifestError("A recording changed before its upload", next_step="Repeat the call.")
            self._put(uri, content)

        for _ in self._each("uploading", put, list(uploads.items())):
            pass

    def upload_manifest(self, content: bytes) -> None:
        """Upload a manifest unless it is in S3 already."""
        self._put(self.manifest_uri(content), content)

    def _put(self, uri: str, content: bytes) -> None:
        if not has_object(self.s3, uri, digest_of(content)):
            write_object(self.s3, uri, content, kms_key_id=self.kms_key_id)

    def _source(self, audio: AudioSpecification) -> _Recording | None:
        if audio.path is None:
            return None
        return _Recording(audio.path, audio.channel_id if self.convert else None)

    def _each(
        self, doing: str, work: Callable[[ItemT], ResultT], items: Sequence[ItemT]
    ) -> Iterator[ResultT]:
        """Yield the result of each item, in order; after an error, no other item is begun."""
        pool = ThreadPoolExecutor(self.workers)
        with track_progress(
            self.progress, what=f"{doing} recordings", unit="file", total=len(items), clock=self.clock
        ) as meter:
            try:
                for result in pool.map(work, items):
                    if self.cancel.is_set():
                        raise WaitCancelledError("The batch was cancelled before a job was started")
                    meter.advance()
                    yield result
            finally:
                pool.shutdown(cancel_futures=True)

    def _uri(self, *parts: str) -> str:
        return "/".join(filter(None, (f"s3://{self.bucket}", self.prefix.strip("/"), *parts)))


@contextlib.contextmanager
def _temporary_folder() -> Generator[Path]:
    """Make a folder for converted recordings, and remove it when the block ends."""
    with naming_argument("TMPDIR", FileAccessError, "written"):
        folder = tempfile.TemporaryDirectory(prefix="voiceid-sdk-")

    def remove() -> None:
        with naming_argument("TMPDIR", FileAccessError, "emptied"):
            folder.cleanup()

    with EndingWith(remove):
        yield Path(folder.name)


def _audio(manifest: EnrollmentManifest | RegistrationManifest) -> Iterator[AudioSpecification]:
    for request in manifest.requests:
        yield from request.audio_specifications


def _problem(position: int, request_id: str, number: int, audio: AudioSpecification) -> Problem:
    place = f"requests[{position}].audio_specifications[{number}]"
    return Problem(parameter=place, rule="", request_id=request_id, file=str(audio.path))


def _read(source: _Recording, target: Path) -> Upload | tuple[Problem, ...]:
    """Return a file to upload, converted if necessary, or its problems."""
    try:
        if source.channel is not None:
            from voiceid_sdk.batch.recordings.converting import convert

            converted = convert(source.path, target, channel=source.channel)
            return Upload(target, digest_of(converted), source.path)
        # Read in pieces, because a file that was not checked yet may be of any size.
        digest = hashlib.sha256()
        with as_path(source.path, "path").open("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
        return Upload(source.path, digest.hexdigest(), source.path)
    except ManifestError as error:
        return error.problems
    except OSError as error:
        # The text of the error has the name of the file.
        return (Problem(parameter="recording", rule=f"cannot be read or converted ({error.strerror})"),)
