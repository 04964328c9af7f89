"""The migration kit: brings together what customers kept of their Voice ID data, opt-outs first."""

from voiceid_sdk.migration.inventory import Inventory
from voiceid_sdk.migration.records import (
    Conflict,
    ConflictKind,
    DamagedLine,
    DomainRecord,
    EnrollmentRecord,
    FraudsterRecord,
    Gap,
    GapKind,
    JobRecord,
    Recording,
    Reference,
    SourceKind,
    SpeakerRecord,
    Statement,
    WatchlistRecord,
)
from voiceid_sdk.migration.summary import Summary
from voiceid_sdk.migration.writing.manifests import ManifestReport

__all__ = [
    "Conflict",
    "ConflictKind",
    "DamagedLine",
    "DomainRecord",
    "EnrollmentRecord",
    "FraudsterRecord",
    "Gap",
    "GapKind",
    "Inventory",
    "JobRecord",
    "ManifestReport",
    "Recording",
    "Reference",
    "SourceKind",
    "SpeakerRecord",
    "Statement",
    "Summary",
    "WatchlistRecord",
]
