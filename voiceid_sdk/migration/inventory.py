"""The inventory: everything that customers kept of their Voice ID data, joined."""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from voiceid_sdk import _types
from voiceid_sdk._cleanup import CleaningUp
from voiceid_sdk._files import as_path
from voiceid_sdk.errors import Problem, RequestValidationError
from voiceid_sdk.migration.joining import findings, loading, statements
from voiceid_sdk.migration.joining.store import Store
from voiceid_sdk.migration.listing import Listing
from voiceid_sdk.migration.reading.sources import StrPath, source_files
from voiceid_sdk.migration.records import (
    Conflict,
    DamagedLine,
    DomainRecord,
    EnrollmentRecord,
    FraudsterRecord,
    Gap,
    JobRecord,
    Recording,
    SpeakerRecord,
    WatchlistRecord,
)
from voiceid_sdk.migration.summary import Summary
from voiceid_sdk.migration.writing import domain_files, manifests, table_files
from voiceid_sdk.migration.writing.folders import naming_folder
from voiceid_sdk.migration.writing.manifests import ManifestReport, Recordings
from voiceid_sdk.migration.writing.tables import TABLES

__all__ = ["Inventory"]


class ImportsDomains(Protocol):
    """A service that domains are imported into: ``LocalVoiceID``."""

    def import_domain(self, source: StrPath) -> str:
        """Add the domain in a file and return its id."""
        ...


class Inventory:
    """Everything in an archive of Voice ID data, with the source of every fact.

    It is held in a private temporary database, so that millions of records need little memory. Use it as a
    context manager, or call ``close``, to delete the database.

    Example:
        >>> with Inventory.read(["archive"]) as inventory:
        ...     print(len(inventory.summary().conflicts))
        0
    """

    def __init__(self, store: Store, names: list[str]) -> None:
        self._store = store
        self._listing = Listing(store, names)
        self._files = len(names)

    @classmethod
    def read(cls, sources: StrPath | Iterable[StrPath], *, domain_id: str | None = None) -> "Inventory":
        """Read and join everything in files and folders. Nothing there is changed.

        Args:
            sources: a file or folder, or several, in any order. Folders are read with all that is in them.
                The kind of each record is recognized by its members; files may be compressed with gzip,
                bzip2 or xz.
            domain_id: the domain of records that name no domain, if no other record implies it.

        Raises:
            RequestValidationError: a source does not exist.
        """
        files = source_files(sources)
        store = Store()
        try:
            loading.read_files(store, files)
            statements.join(store, domain_id)
        except BaseException as passing:
            with CleaningUp(after=passing):
                store.close()
            raise
        return cls(store, [file.name for file in files])

    def close(self) -> None:
        """Delete the database; the inventory cannot be used any more."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with CleaningUp(after=error):
            self.close()

    def __repr__(self) -> str:
        return f"<Inventory of {self._files:,} file{'' if self._files == 1 else 's'}>"

    # --- What there is, and what is wrong -----------------------------------------------------------------

    def summary(self) -> Summary:
        """Return how much there is of everything."""
        count = self._store.count
        return Summary(
            files=self._files,
            domains=count("known_domains"),
            speakers=count("speakers"),
            opted_out=count("speakers", "WHERE status = 'OPTED_OUT'"),
            enrolled=count("speakers", "WHERE status = 'ENROLLED'"),
            fraudsters=count("(SELECT DISTINCT domain, entity_id FROM entities WHERE kind = 'FRAUDSTER')"),
            watchlists=count("(SELECT DISTINCT domain, entity_id FROM entities WHERE kind = 'WATCHLIST')"),
            jobs=count("(SELECT DISTINCT domain, entity_id FROM entities WHERE kind = 'JOB')"),
            recordings=count("(SELECT DISTINCT domain, customer, uri, channel FROM recordings)"),
            damaged_lines=count("(SELECT DISTINCT source, line FROM damage)"),
            conflicts=findings.conflict_counts(self._store),
            gaps=findings.gap_counts(self._store),
        )

    def speakers(self) -> Iterator[SpeakerRecord]:
        """Yield every speaker with all statements, in the order of domains and ids."""
        return self._listing.speakers()

    def opt_outs(self) -> Iterator[SpeakerRecord]:
        """Yield every speaker who opted out."""
        return self._listing.opt_outs()

    def enrollments(self) -> Iterator[EnrollmentRecord]:
        """Yield every enrollment in events and in outputs of jobs."""
        return self._listing.enrollments()

    def recordings(self) -> Iterator[Recording]:
        """Yield every recording that a manifest names for a speaker."""
        return self._listing.recordings()

    def domains(self) -> Iterator[DomainRecord]:
        """Yield every domain that the sources name, described or not."""
        return self._listing.domains()

    def watchlists(self) -> Iterator[WatchlistRecord]:
        """Yield every watchlist that is described or has a fraudster."""
        return self._listing.watchlists()

    def fraudsters(self) -> Iterator[FraudsterRecord]:
        """Yield every fraudster, also those who were deleted."""
        return self._listing.fraudsters()

    def jobs(self) -> Iterator[JobRecord]:
        """Yield every batch job."""
        return self._listing.jobs()

    def conflicts(self) -> Iterator[Conflict]:
        """Yield all contradictions between sources, opt-outs first."""
        return self._listing.conflicts()

    def gaps(self) -> Iterator[Gap]:
        """Yield all gaps, those that may hide an opt-out first."""
        return self._listing.gaps()

    def damaged_lines(self) -> Iterator[DamagedLine]:
        """Yield every line that could not be read, in the order of files and lines."""
        return self._listing.damaged_lines()

    # --- What becomes of it -------------------------------------------------------------------------------

    def write_csv(self, folder: StrPath) -> None:
        """Write every table as a CSV file, which only its owner may read.

        Args:
            folder: where to; it is made if it is not there.

        Raises:
            FileAccessError: a file cannot be written.
        """
        table_files.write_tables(self._store, _made(folder), "csv")

    def write_json_lines(self, folder: StrPath) -> None:
        """Write every table as a file of JSON lines, which only its owner may read.

        Args:
            folder: where to; it is made if it is not there.

        Raises:
            FileAccessError: a file cannot be written.
        """
        table_files.write_tables(self._store, _made(folder), "jsonl")

    def to_pandas(self, table: str) -> "_types.DataFrame":
        """Return a table as a pandas data frame, with times in UTC.

        Args:
            table: the name of the table: ``opt-outs``, ``speakers``, ``statements``, ``enrollments``,
                ``recordings``, ``domains``, ``tags``, ``watchlists``, ``fraudsters``, ``jobs``,
                ``conflicts``, ``gaps`` or ``damaged-lines``.

        Raises:
            RequestValidationError: there is no such table.
            ConfigurationError: pandas is not installed.
        """
        if table not in TABLES:
            problem = Problem(parameter="table", rule=f"must be one of {', '.join(TABLES)}")
            raise RequestValidationError.of("Inventory.to_pandas", (problem,))
        return table_files.data_frame(self._store, TABLES[table])

    def write_domain_files(self, folder: StrPath) -> list[str]:
        """Write each domain as a file that Local Voice ID imports, and return the domains' ids.

        Args:
            folder: where to; it is made if it is not there. The files are named ``<domain id>.json``.

        Raises:
            FileAccessError: a file cannot be written.
        """
        target = _made(folder)
        ids = domain_files.domain_ids(self._store)
        for domain_id in ids:
            domain_files.write_domain(self._store, domain_id, target / f"{domain_id}.json")
        return ids

    def import_into(self, service: ImportsDomains) -> list[str]:
        """Import every domain into Local Voice ID, and return the domains' ids.

        Args:
            service: a ``LocalVoiceID``.

        Raises:
            DomainFileError: the service has one of the domains already.
        """
        with tempfile.TemporaryDirectory(prefix="voiceid-migration-") as folder:
            ids = self.write_domain_files(folder)
            return [service.import_domain(Path(folder, f"{domain_id}.json")) for domain_id in ids]

    def write_enrollment_manifests(
        self, folder: StrPath, *, recordings: Recordings | None = None, include_expired: bool = False
    ) -> ManifestReport:
        """Write manifests to enroll all enrolled speakers again from the recordings that exist.

        They contain no speaker who opted out in any domain, and no speaker whose opt-out is in doubt.

        Args:
            folder: where to; it is made if it is not there. The files are named ``<domain id>-0001.json`` and
                so on, with at most 10,000 speakers each.
            recordings: which recordings exist: a folder that stands for S3, with ``s3://bucket/key`` as the
                file ``bucket/key``, or a function that receives an S3 URI. When None, all recordings in
                manifests are assumed to exist.
            include_expired: whether to include speakers whose voiceprints expired. The law may have required
                their deletion.

        Raises:
            FileAccessError: a file cannot be written.
        """
        return manifests.write_manifests(
            self._store, _made(folder), recordings, include_expired=include_expired
        )


def _made(folder: StrPath) -> Path:
    with naming_folder():
        path = as_path(folder, "folder")
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path
