"""The published limits of enrollments and batch jobs, which are not in the model.

Source: the quota page and the job schemas of the administrator guide.
"""

from typing import Final

MANIFEST_VERSION: Final = "1.0"
"""The only version of manifests and output files."""

SPEAKERS_PER_JOB: Final = 10_000
"""How many requests the manifest of an enrollment job may have."""

FRAUDSTERS_PER_JOB: Final = 500
"""How many requests the manifest of a registration job may have."""

RECORDINGS_PER_REQUEST: Final = 10
"""How many recordings a request may have."""

RECORDING_BYTES: Final = 20 * 1024 * 1024
"""The largest recording: 20 MB, read as mebibytes."""

SAMPLE_RATE: Final = 8000
"""Samples a second in a recording."""

ENROLLMENT_SECONDS: Final = 30.0
"""Net speech that an enrollment needs, in a job and in a call, in seconds."""
