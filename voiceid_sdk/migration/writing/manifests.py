"""Writes manifests to enroll speakers again from the recordings that exist."""

import errno
import itertools
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import attrs

from voiceid_sdk._files import as_path, naming_argument, write_whole
from voiceid_sdk.batch import AudioSpecification, EnrollmentManifest, EnrollmentRequest
from voiceid_sdk.errors import FileAccessError
from voiceid_sdk.migration.joining.store import Store
from voiceid_sdk.migration.writing.folders import naming_folder
from voiceid_sdk.service_model.limits import RECORDINGS_PER_REQUEST, SPEAKERS_PER_JOB

Recordings = str | os.PathLike[str] | Callable[[str], bool]
"""A folder that stands for S3, with ``s3://bucket/key`` as the file ``bucket/key``, or a function that
returns whether the recording with an S3 URI exists."""


@attrs.frozen(kw_only=True)
class ManifestReport:
    """How many speakers are in enrollment manifests, and why others are not."""

    manifests: int = 0
    """How many manifests were written, of at most 10,000 speakers each."""
    speakers: int = 0
    """How many speakers are in them."""
    opted_out: int = 0
    """How many speakers have recordings and were left out because they opted out."""
    opted_out_elsewhere: int = 0
    """How many were left out because the same id opted out in another domain."""
    in_doubt: int = 0
    """How many were left out because a damaged line may have been their opt-out, or an opt-out failed."""
    not_enrolled: int = 0
    """How many were left out because they are not enrolled: deleted, expired, pending or unknown."""
    without_recording: int = 0
    """How many enrolled speakers were left out because none of their recordings exists."""
    refused: int = 0
    """How many were left out because the service would reject the id or every recording."""


_NO_DOMAIN: Final = "unknown-domain"


def write_manifests(
    store: Store, folder: Path, recordings: Recordings | None, *, include_expired: bool
) -> ManifestReport:
    """Write the manifests of each domain for the speakers who may be enrolled again.

    Args:
        store: the database.
        folder: where to.
        recordings: which recordings exist; all when None.
        include_expired: whether expired speakers are enrolled as well.
    """
    writer = _Writer(store, _exists(recordings), include_expired=include_expired)
    rows = store.execute("SELECT DISTINCT domain FROM recordings ORDER BY domain").fetchall()
    for (domain,) in rows:
        requests = writer.requests(domain)
        for number in itertools.count(1):
            part = list(itertools.islice(requests, SPEAKERS_PER_JOB))
            if not part:
                break
            path = folder / f"{domain or _NO_DOMAIN}-{number:04}.json"
            with naming_folder():
                write_whole(path, EnrollmentManifest(part).to_json(), private=True)
            writer.count("manifests")
    return ManifestReport(**writer.counts)


def _exists(recordings: Recordings | None) -> Callable[[str], bool]:
    if recordings is None:
        return lambda _: True
    if callable(recordings):
        return recordings
    naming = naming_argument("recordings", FileAccessError, "read")
    with naming:
        root = as_path(recordings, "recordings")
        if not stat.S_ISDIR(root.stat().st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))

    def exists(uri: str) -> bool:
        with naming:
            try:
                return (root / uri.removeprefix("s3://")).is_file()
            except OSError as error:
                if error.errno != errno.ENAMETOOLONG:
                    raise
        return False

    return exists


class _Writer:
    """Chooses the speakers to enroll, and counts the reasons against the others."""

    def __init__(self, store: Store, exists: Callable[[str], bool], *, include_expired: bool) -> None:
        self._store = store
        self._exists = exists
        self._statuses = {"ENROLLED", "EXPIRED"} if include_expired else {"ENROLLED"}
        self.counts: dict[str, int] = {}

    def count(self, what: str) -> None:
        """Count one more."""
        self.counts[what] = self.counts.get(what, 0) + 1

    def requests(self, domain: str) -> Iterator[EnrollmentRequest]:
        """Yield a request for each speaker of a domain who may be enrolled again."""
        rows = self._store.execute(
            """
            SELECT r.customer, r.uri, r.channel, s.status, s.doubt, EXISTS (
                SELECT 1 FROM speakers o WHERE o.customer = r.customer AND o.status = 'OPTED_OUT')
            FROM recordings r LEFT JOIN speakers s ON s.domain = r.domain AND s.customer = r.customer
            WHERE r.domain = ? GROUP BY r.customer, r.uri, r.channel
            ORDER BY r.customer, MAX(r.has_enrolled) DESC, r.uri, r.channel
            """,
            domain,
        )
        for customer, group in itertools.groupby(rows, key=lambda row: str(row[0])):
            found = list(group)
            reason = self._reason_against(*found[0][3:])
            existing = [row[1:3] for row in found if self._exists(row[1])]
            audio = [AudioSpecification(s3_uri=uri, channel_id=channel) for uri, channel in existing]
            accepted = [one for one in audio if _is_accepted(customer, one)]
            if not reason and not accepted:
                reason = "refused" if existing else "without_recording"
            self.count(reason or "speakers")
            if not reason:
                yield EnrollmentRequest(
                    request_id=customer,
                    speaker_id=customer,
                    audio_specifications=accepted[:RECORDINGS_PER_REQUEST],
                )

    def _reason_against(self, status: str | None, doubt: str | None, is_opted_out: int) -> str:
        """Return why a speaker is left out, as the counter of that, or an empty text."""
        if status == "OPTED_OUT":
            return "opted_out"
        if is_opted_out:
            return "opted_out_elsewhere"
        if doubt:
            return "in_doubt"
        return "" if status in self._statuses else "not_enrolled"


def _is_accepted(customer: str, audio: AudioSpecification) -> bool:
    """Return whether the service would accept a request with this speaker and recording."""
    request = EnrollmentRequest(request_id=customer, speaker_id=customer, audio_specifications=[audio])
    return not EnrollmentManifest([request]).problems()
