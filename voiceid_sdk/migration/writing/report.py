"""The report of an inventory: its counts, and where to look first. It has no ids, so it can be passed on."""

from collections.abc import Iterator, Mapping
from typing import Final

from voiceid_sdk.migration.records import ConflictKind, GapKind
from voiceid_sdk.migration.summary import Summary
from voiceid_sdk.migration.writing.manifests import ManifestReport

_CONFLICTS: Final[Mapping[ConflictKind, str]] = {
    ConflictKind.OPT_OUT: "speakers opted out in one source and not in another; opted out wins",
    ConflictKind.OPT_OUT_UNDONE: "speakers opted out, were deleted and enrolled again; opted out wins",
    ConflictKind.SPEAKER_IDS: "customers share a generated id; statements about it count for each",
    ConflictKind.STATUS: "speakers have different statuses, none of them opted out; the newest wins",
    ConflictKind.FIELDS: "descriptions of the same time differ",
    ConflictKind.WATCHLISTS: "fraudsters have different watchlists; they are on all of them",
    ConflictKind.TAGS: "tags have several values; the last in alphabetical order wins",
}

_GAPS: Final[Mapping[GapKind, str]] = {
    GapKind.OPT_OUT_WITHOUT_SPEAKER: "lines or files mention an opt-out without a readable speaker",
    GapKind.OPT_OUT_FAILED: "speakers have an opt-out that failed",
    GapKind.STATUS_UNREADABLE: "speakers are in a damaged line that may have been an opt-out",
    GapKind.OPT_OUT_WITHOUT_CUSTOMER_ID: "opted-out speakers are known by the generated id only",
    GapKind.LIST_INCOMPLETE: "lists lack their last page, with all opt-outs on it",
    GapKind.FILE_UNREAD: "files are not JSON, or could not be read to their end",
    GapKind.SPEAKER_WITHOUT_CUSTOMER_ID: "speakers are known by the generated id only",
    GapKind.SPEAKER_WITHOUT_GENERATED_ID: "speakers are known by the customer's id only",
    GapKind.SPEAKER_WITHOUT_DOMAIN: "speakers have no known domain",
    GapKind.SPEAKER_WITHOUT_STATUS: "speakers have no status in any source",
    GapKind.ENROLLED_WITHOUT_RECORDING: "speakers are enrolled, and no recording of them is known",
    GapKind.DOMAIN_NOT_DESCRIBED: "domains are known by their id only",
    GapKind.WATCHLIST_NOT_DESCRIBED: "watchlists are known by their id only",
    GapKind.JOB_WITHOUT_OUTPUT: "jobs have no output among the sources",
}

_LEFT_OUT: Final[Mapping[str, str]] = {
    "opted_out": "opted out",
    "opted_out_elsewhere": "opted out in another domain",
    "in_doubt": "may have opted out: a damaged line, or an opt-out that failed",
    "not_enrolled": "are not enrolled",
    "without_recording": "have no recording that exists",
    "refused": "have an id or recordings that the service would reject",
}


def report(summary: Summary, manifests: ManifestReport) -> str:
    """Return the report as Markdown."""
    return "\n".join(_lines(summary, manifests))


def _lines(summary: Summary, manifests: ManifestReport) -> Iterator[str]:
    yield "# Inventory of Voice ID data\n"
    yield f"**{summary.opted_out:,} of {summary.speakers:,} speakers opted out**; all of them are in"
    yield f"`tables/opt-outs`. Of the others, {summary.enrolled:,} are enrolled.\n"
    yield "| | How many |\n| --- | ---: |"
    for name in ("files", "domains", "speakers", "fraudsters", "watchlists", "jobs", "recordings"):
        yield f"| {name.capitalize()} | {getattr(summary, name):,} |"
    yield "\n## Look at these first\n"
    # The number comes last, so that each line is also right for one.
    yield f"- damaged lines (`tables/damaged-lines` has file and line): {summary.damaged_lines:,}"
    for conflict, count in summary.conflicts.items():
        yield f"- {_CONFLICTS[ConflictKind(conflict)]} (`tables/conflicts`, {conflict}): {count:,}"
    for gap, count in summary.gaps.items():
        yield f"- {_GAPS[GapKind(gap)]} (`tables/gaps`, {gap}): {count:,}"
    yield "\n## Enrollment manifests\n"
    yield f"- manifests: {manifests.manifests:,}"
    yield f"- speakers in them: {manifests.speakers:,}\n"
    yield "Speakers who are in no manifest although recordings of them are known, because they\n"
    for name, reason in _LEFT_OUT.items():
        yield f"- {reason}: {getattr(manifests, name):,}"
    yield ""
