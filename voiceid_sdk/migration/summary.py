"""The counts of an inventory."""

import attrs

__all__ = ["Summary"]


@attrs.frozen(kw_only=True)
class Summary:
    """How many records of each kind an inventory has. It contains no ids, so it can be passed on."""

    files: int
    """Files that were found."""
    domains: int
    """Domains, described or only named."""
    speakers: int
    """Speakers of any status."""
    opted_out: int
    """Speakers who opted out."""
    enrolled: int
    """Speakers who are enrolled, and did not opt out."""
    fraudsters: int
    """Fraudsters, with those who were deleted."""
    watchlists: int
    """Watchlists that are described."""
    jobs: int
    """Batch jobs."""
    recordings: int
    """Recordings that manifests name."""
    damaged_lines: int
    """Lines that could not be read, and files as a whole."""
    conflicts: dict[str, int]
    """Conflicts by kind."""
    gaps: dict[str, int]
    """Gaps by kind."""

    def to_dict(self) -> dict[str, object]:
        """Return the counts as plain, JSON-ready Python."""
        return attrs.asdict(self)
