"""Decides the status of a speaker from all statements. An opt-out always wins.

The decision depends on the content and the times of the statements, never on the order in which the sources
were read.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import attrs

from voiceid_sdk.migration.reading import facts

OPT_OUT: Final = "OPT_OUT"
OPT_OUT_UNDONE: Final = "OPT_OUT_UNDONE"
STATUS: Final = "STATUS"


class Evidence(NamedTuple):
    """A statement about a speaker, and its place."""

    domain: str
    customer: str
    generated: str
    kind: str
    status: str
    at: float | None
    created_at: float | None
    accessed_at: float | None
    origin: str
    origin_id: str
    source: int
    line: int


@attrs.frozen(kw_only=True)
class Decision:
    """The status of a speaker, and how it was decided."""

    status: str = ""
    """The status; empty when no source has it."""
    decisive: Evidence | None = attrs.field(default=None, repr=False)
    """The statement that decided."""
    opted_out_since: float | None = None
    """The earliest dated statement of an opt-out."""
    deleted_at: float | None = None
    """When the speaker was deleted, unless there was anything of the speaker afterwards."""
    conflict: str = ""
    """How the sources disagree; empty when they do not."""
    is_unreadable: bool = False
    """Whether a damaged line names the speaker and may have been an opt-out."""
    opt_out_failed: bool = False
    """Whether an opt-out was tried and failed, and the speaker is not opted out otherwise."""


_STATES: Final = frozenset({facts.ENROLLED, facts.EXPIRED, facts.PENDING, facts.OPTED_OUT, facts.DELETED})

_BY_WEIGHT: Final = (
    facts.REQUEST,
    facts.DAMAGED,
    facts.OUTPUT,
    facts.CONTACT,
    facts.SESSION,
    facts.EVENT,
    facts.LISTED,
)
"""Kinds of source; of statements of the same time, the later in this list counts."""

_WEIGHTS: Final = {kind: weight for weight, kind in enumerate(_BY_WEIGHT)}


def decide(statements: Sequence[Evidence]) -> Decision:
    """Return the decision about a speaker.

    Args:
        statements: all statements about one speaker, in any order.
    """
    states = [one for one in statements if one.status in _STATES]
    opt_outs = [one for one in states if one.status == facts.OPTED_OUT]
    if opt_outs:
        return _opted_out(states, opt_outs)
    is_unreadable = any(one.status == facts.UNREADABLE for one in statements)
    opt_out_failed = any(one.status == facts.OPT_OUT_FAILED for one in statements)
    if not states:
        return Decision(is_unreadable=is_unreadable, opt_out_failed=opt_out_failed)
    newest = max(states, key=_age)
    disagree = any(one.kind == facts.LISTED and one.status != newest.status for one in states)
    is_deleted = newest.status == facts.DELETED
    return Decision(
        status=newest.status,
        decisive=newest,
        deleted_at=newest.at if is_deleted else None,
        conflict=STATUS if disagree else "",
        is_unreadable=is_unreadable,
        opt_out_failed=opt_out_failed,
    )


def _opted_out(states: Sequence[Evidence], opt_outs: Sequence[Evidence]) -> Decision:
    newest = max(opt_outs, key=_age)
    since = min((one.at for one in opt_outs if one.at is not None), default=None)
    others = [one for one in states if one.status != facts.OPTED_OUT]
    contrary = [one for one in others if one.status != facts.DELETED and _contradicts(one, newest)]
    deletions = [one.at for one in others if one.status == facts.DELETED and one.at is not None]
    last_deletion = max(deletions, default=None)
    conflict = ""
    if contrary:
        last = max(contrary, key=_age).at
        is_undone = (
            last is not None
            and newest.at is not None
            and any(newest.at <= deletion <= last for deletion in deletions)
        )
        conflict = OPT_OUT_UNDONE if is_undone else OPT_OUT
    latest = max((one.at for one in states if one.at is not None), default=None)
    return Decision(
        status=facts.OPTED_OUT,
        decisive=newest,
        opted_out_since=since,
        deleted_at=last_deletion if last_deletion == latest else None,
        conflict=conflict,
    )


def _contradicts(other: Evidence, opt_out: Evidence) -> bool:
    """Return whether a statement of another status cannot be explained as older than an opt-out.

    A list shows what is, so one that shows another status contradicts, however old it is. Requests and
    outputs of jobs have no time; nearly all speakers who opted out had been enrolled before.
    """
    if other.kind == facts.LISTED:
        return True
    if other.at is None:
        return False
    return opt_out.at is None or other.at > opt_out.at


def _age(one: Evidence) -> tuple[bool, float, int, str, int, int, str]:
    """Return what statements are compared by. The id comes last, because a line can have several records."""
    is_dated, at, weight = one.at is not None, one.at or 0.0, _WEIGHTS[one.kind]
    return (is_dated, at, weight, one.status, one.source, one.line, one.generated)


@attrs.frozen(kw_only=True)
class Identity:
    """The ids and times of a speaker."""

    generated: str = attrs.field(default="", repr=False)
    earlier: tuple[str, ...] = attrs.field(default=(), repr=False)
    """Other ids that the service chose for the same customer, such as before a deletion."""
    created_at: float | None = None
    accessed_at: float | None = None


def identify(statements: Sequence[Evidence]) -> Identity:
    """Return the ids and times of a speaker; the id in the newest statement is the present one."""
    named = [one for one in statements if one.generated]
    if not named:
        return Identity()
    newest = max(named, key=lambda one: (one.kind != facts.DAMAGED, *_age(one)))
    listed = [one for one in named if one.kind == facts.LISTED and one.generated == newest.generated]
    return Identity(
        generated=newest.generated,
        earlier=tuple(sorted({one.generated for one in named} - {newest.generated})),
        created_at=min((one.created_at for one in listed if one.created_at is not None), default=None),
        accessed_at=max((one.accessed_at for one in listed if one.accessed_at is not None), default=None),
    )
