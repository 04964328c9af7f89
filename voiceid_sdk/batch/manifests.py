"""Manifests: the lists of requests that batch jobs read."""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import ClassVar, Final, Generic, TypeVar

import attrs

from voiceid_sdk._arguments import as_list, as_tuple, check_callable, check_types
from voiceid_sdk._display.displayed import Printed
from voiceid_sdk._values import COUNT
from voiceid_sdk.batch import s3_objects, validation
from voiceid_sdk.batch.requests import AudioSpecification, EnrollmentRequest, RegistrationRequest
from voiceid_sdk.batch.sources import json_documents
from voiceid_sdk.batch.sources.csv_tables import RequestTable
from voiceid_sdk.batch.sources.folders import recordings_in
from voiceid_sdk.batch.sources.request_ids import RequestIds
from voiceid_sdk.batch.sources.text_files import TextSource
from voiceid_sdk.batch.validation import Recordings
from voiceid_sdk.boto3_typing import S3Client
from voiceid_sdk.errors import ManifestError, Problem, RequestValidationError
from voiceid_sdk.service_model.limits import FRAUDSTERS_PER_JOB, SPEAKERS_PER_JOB

RequestT = TypeVar("RequestT", EnrollmentRequest, RegistrationRequest)

_SUFFIXES: Final = (".wav",)


def _shown(requests: tuple[object, ...]) -> str:
    return f"<{len(requests)} request{'' if len(requests) == 1 else 's'}>"


def _enrollments(requests: Iterable[EnrollmentRequest]) -> tuple[EnrollmentRequest, ...]:
    return as_tuple(requests, "requests", item_class=EnrollmentRequest, function="EnrollmentManifest")


def _registrations(requests: Iterable[RegistrationRequest]) -> tuple[RegistrationRequest, ...]:
    return as_tuple(requests, "requests", item_class=RegistrationRequest, function="RegistrationManifest")


@attrs.frozen(weakref_slot=False)
class _Manifest(Printed, Generic[RequestT]):
    """The base of both kinds of manifest."""

    _LIST: ClassVar[str]
    _MAX_REQUESTS: ClassVar[int]

    requests: tuple[RequestT, ...]

    def problems(self, *, recordings: Recordings | None = None) -> tuple[Problem, ...]:
        """Return every reason why the service would reject the manifest, without raising an error.

        Args:
            recordings: as for ``validate``.
        """
        return tuple(validation.problems(self.requests, self._MAX_REQUESTS, recordings))

    def validate(self, *, recordings: Recordings | None = None) -> None:
        """Check everything for which the service would reject the manifest.

        Args:
            recordings: the files of the recordings, to check these as well: a folder that stands for S3, with
                ``s3://bucket/key`` as the file ``bucket/key``, or a mapping from S3 URIs to files or their
                content. A recording with a ``path`` is read from there.

        Raises:
            ManifestError: there are problems; ``problems`` lists all of them.
        """
        if problems := self.problems(recordings=recordings):
            raise ManifestError.of("The manifest", problems)

    def to_json(self) -> str:
        """Return the manifest in the service's format, one request a line, with sensitive values.

        Raises:
            ManifestError: a recording has no ``s3_uri``.
        """
        return json_documents.write(self.requests, self._LIST)

    def upload(self, s3: S3Client, uri: str) -> None:
        """Check the manifest and write it to S3. Calls PutObject of S3.

        Args:
            s3: a boto3 S3 client.
            uri: the URI of the new object, such as ``s3://bucket/manifest.json``; a job is started with it.

        Raises:
            ManifestError: the service would reject the manifest, or a recording has no ``s3_uri``.
            ResourceNotFoundError: there is no such bucket.
            AccessDeniedError: the object may not be written.
        """
        self.validate()
        s3_objects.write_object(s3, uri, self.to_json().encode())

    def _parts(self, size: int | None) -> Iterator[tuple[RequestT, ...]]:
        at_once = self._MAX_REQUESTS if size is None else size
        rule = f"must be 1 to {self._MAX_REQUESTS:,}, which is what one job takes"
        check_types("split", size=(at_once, COUNT, rule))
        if not 1 <= at_once <= self._MAX_REQUESTS:
            raise RequestValidationError.of("split", (Problem(parameter="size", rule=rule),))
        starts = range(0, len(self.requests), at_once)
        return (self.requests[start : start + at_once] for start in starts)


@attrs.frozen(weakref_slot=False)
class EnrollmentManifest(_Manifest[EnrollmentRequest]):
    """Speakers to enroll.

    Args:
        requests: one for each speaker.
    """

    _LIST: ClassVar[str] = "SpeakerEnrollmentRequests"
    _MAX_REQUESTS: ClassVar[int] = SPEAKERS_PER_JOB

    requests: tuple[EnrollmentRequest, ...] = attrs.field(converter=_enrollments, repr=_shown)
    """The requests, in their order."""

    @classmethod
    def from_json(cls, content: str | bytes) -> "EnrollmentManifest":
        """Read a manifest in the service's format.

        Args:
            content: a whole manifest, such as ``to_json`` returns.

        Raises:
            ManifestError: ``content`` is something else.
        """
        return cls(json_documents.read(content, cls._LIST, EnrollmentRequest))

    @classmethod
    def from_json_lines(cls, source: TextSource) -> "EnrollmentManifest":
        """Read requests from a text that has one on each line, in the service's format.

        A recording that is not in S3 has a ``Path`` instead of an ``S3Uri``; it is relative to the text's own
        folder. A request without a ``RequestId`` gets the speaker's id for one, so that the same text always
        gives the same ids.

        Args:
            source: the path of a file, an open file, or lines.

        Raises:
            ManifestError: a line is something else; ``problems`` name every such line.
        """
        ids = RequestIds()
        return cls(
            json_documents.read_lines(
                source, EnrollmentRequest, lambda request: ids.of_speaker(request.speaker_id)
            )
        )

    @classmethod
    def from_csv(
        cls, source: TextSource, *, columns: Mapping[str, str] | None = None
    ) -> "EnrollmentManifest":
        """Read requests from a CSV file with a row for each recording.

        The first row names the columns: ``speaker_id``, ``s3_uri`` or ``path`` or both, and optionally
        ``request_id`` and ``channel_id`` (0 when it is empty or missing); other columns are ignored. Rows
        with the same request id become one request. Without request ids, rows with the same speaker become
        one request, whose id is the speaker's.

        The file is UTF-8, or UTF-16 with a byte order mark, and separated by commas, semicolons or tabs. A
        ``path`` is relative to its folder.

        Args:
            source: the path of a file, an open file, or lines.
            columns: the names of columns in the file, by the names above: ``{"speaker_id": "Customer"}``.

        Raises:
            ManifestError: the file is no such table; ``problems`` name every row and column.
        """
        table, ids = RequestTable(source, columns, with_speakers=True), RequestIds()
        found: dict[tuple[str, str], list[AudioSpecification]] = {}
        speakers: dict[str, str] = {}
        for row in table.rows():
            if row.request_id and speakers.setdefault(row.request_id, row.speaker_id) != row.speaker_id:
                rule = "must be the speaker of the earlier rows with this request id"
                table.add_problem(row.number, "speaker_id", rule, row.request_id)
            key = (row.request_id, row.speaker_id)
            found.setdefault(key, []).append(table.text.located(row.audio))
        table.raise_problems()
        return cls(
            EnrollmentRequest(
                request_id=request_id or ids.of_speaker(speaker_id),
                speaker_id=speaker_id,
                audio_specifications=audio,
            )
            for (request_id, speaker_id), audio in found.items()
        )

    @classmethod
    def from_folder(
        cls,
        folder: str | os.PathLike[str],
        *,
        speaker_id: Callable[[Path], str | None] = lambda path: path.stem,
        channel_id: int = 0,
        suffixes: Collection[str] = _SUFFIXES,
    ) -> "EnrollmentManifest":
        """Make requests of the recordings in a folder and in the folders inside it.

        Linked folders are read as well, each once.

        Recordings of the same speaker become one request, with the speaker's id for its own.

        Args:
            folder: the folder.
            speaker_id: returns the speaker of a file from its path, or None to leave the file out; by
                default, the file's name without its suffix.
            channel_id: the channel with the speakers' voices, 0 or 1.
            suffixes: the suffixes of recordings, in lower case.

        Raises:
            ManifestError: a folder cannot be read, a link leads nowhere, a recording is no regular file, or a
                name is not UTF-8.

        Example:
            >>> from voiceid_sdk.batch import EnrollmentManifest
            >>> manifest = EnrollmentManifest.from_folder("recordings")
            >>> [request.speaker_id for request in manifest.requests]
            ['customer-7']
        """
        check_callable(speaker_id, "speaker_id")
        found: dict[str, list[AudioSpecification]] = {}
        for path in recordings_in(folder, as_list(suffixes, "suffixes")):
            speaker = speaker_id(path)
            if speaker is not None:
                found.setdefault(speaker, []).append(AudioSpecification(path=path, channel_id=channel_id))
        return cls(
            EnrollmentRequest(request_id=speaker, speaker_id=speaker, audio_specifications=audio)
            for speaker, audio in found.items()
        )

    def split(self, size: int | None = None) -> Iterator["EnrollmentManifest"]:
        """Yield manifests of a size that one job takes, with the same requests in the same order.

        Args:
            size: the number of requests in each; 10,000 when None, which is the limit.

        Raises:
            RequestValidationError: ``size`` is less than 1, or more than one job takes.
        """
        return map(EnrollmentManifest, self._parts(size))


@attrs.frozen(weakref_slot=False)
class RegistrationManifest(_Manifest[RegistrationRequest]):
    """Fraudsters to register.

    Args:
        requests: one for each fraudster.
    """

    _LIST: ClassVar[str] = "FraudsterRegistrationRequests"
    _MAX_REQUESTS: ClassVar[int] = FRAUDSTERS_PER_JOB

    requests: tuple[RegistrationRequest, ...] = attrs.field(converter=_registrations, repr=_shown)
    """The requests, in their order."""

    @classmethod
    def from_json(cls, content: str | bytes) -> "RegistrationManifest":
        """Read a manifest in the service's format.

        Args:
            content: a whole manifest, such as ``to_json`` returns.

        Raises:
            ManifestError: ``content`` is something else.
        """
        return cls(json_documents.read(content, cls._LIST, RegistrationRequest))

    @classmethod
    def from_json_lines(cls, source: TextSource) -> "RegistrationManifest":
        """Read requests from a text that has one on each line, in the service's format.

        A recording that is not in S3 has a ``Path`` instead of an ``S3Uri``; it is relative to the text's own
        folder. A request without a ``RequestId`` gets one that follows from the names of its recordings, so
        that the same text always gives the same ids.

        Args:
            source: the path of a file, an open file, or lines.

        Raises:
            ManifestError: a line is something else; ``problems`` name every such line.
        """
        ids = RequestIds()

        def request_id(request: RegistrationRequest) -> str:
            return ids.of_recordings(request.audio_specifications)

        return cls(json_documents.read_lines(source, RegistrationRequest, request_id))

    @classmethod
    def from_csv(
        cls, source: TextSource, *, columns: Mapping[str, str] | None = None
    ) -> "RegistrationManifest":
        """Read requests from a CSV file with a row for each recording.

        The first row names the columns: ``s3_uri`` or ``path`` or both, and optionally ``request_id`` and
        ``channel_id`` (0 when it is empty or missing); other columns are ignored. Rows with the same request
        id become one request. A row without a request id is a request of its own, with an id made from the
        name of its recording.

        The file is UTF-8, or UTF-16 with a byte order mark, and separated by commas, semicolons or tabs. A
        ``path`` is relative to its folder.

        Args:
            source: the path of a file, an open file, or lines.
            columns: the names of columns in the file, by the names above: ``{"s3_uri": "Recording"}``.

        Raises:
            ManifestError: the file is no such table; ``problems`` name every row and column.
        """
        table, ids = RequestTable(source, columns, with_speakers=False), RequestIds()
        found: dict[str, list[AudioSpecification]] = {}
        for row in table.rows():
            request_id = row.request_id or ids.of_recordings([row.audio])
            found.setdefault(request_id, []).append(table.text.located(row.audio))
        table.raise_problems()
        return cls(_requests(found))

    @classmethod
    def from_folder(
        cls,
        folder: str | os.PathLike[str],
        *,
        request_id: Callable[[Path], str | None] | None = None,
        channel_id: int = 0,
        suffixes: Collection[str] = _SUFFIXES,
    ) -> "RegistrationManifest":
        """Make requests of the recordings in a folder and in the folders inside it.

        Linked folders are read as well, each once.

        Args:
            folder: the folder.
            request_id: the request that a file belongs to, from its path; None leaves the file out. By
                default, each file is a request of its own, named by its path inside the folder without its
                ending: ``2026/call-7``.
            channel_id: the channel with the fraudsters' voices, 0 or 1.
            suffixes: the suffixes of recordings, in lower case.

        Raises:
            ManifestError: a folder cannot be read, a link leads nowhere, a recording is no regular file, or a
                name is not UTF-8.
        """

        def place(path: Path) -> str:
            return path.relative_to(folder).with_suffix("").as_posix()

        check_callable(request_id, "request_id")
        found: dict[str, list[AudioSpecification]] = {}
        for path in recordings_in(folder, as_list(suffixes, "suffixes")):
            name = (request_id or place)(path)
            if name is not None:
                found.setdefault(name, []).append(AudioSpecification(path=path, channel_id=channel_id))
        return cls(_requests(found))

    def split(self, size: int | None = None) -> Iterator["RegistrationManifest"]:
        """Yield manifests of a size that one job takes, with the same requests in the same order.

        Args:
            size: the number of requests in each; 500 when None, which is the limit.

        Raises:
            RequestValidationError: ``size`` is less than 1, or more than one job takes.
        """
        return map(RegistrationManifest, self._parts(size))


def _requests(recordings: Mapping[str, Iterable[AudioSpecification]]) -> Iterator[RegistrationRequest]:
    for request_id, audio in recordings.items():
        yield RegistrationRequest(request_id=request_id, audio_specifications=audio)
