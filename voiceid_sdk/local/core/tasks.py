"""Background tasks that are due at a moment: stored, and run by the next request.

Each request first runs the tasks that are due. So a caller sees the state that the real service would have by
then, with a manual clock, with a running one, and after a restart. Jobs that call a model are the exception:
with a running clock, a background thread of the service runs them, because no request shall wait for them.
"""

from typing import Final

import attrs

from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.storage.store import Record, Store, Table


@attrs.frozen
class ScheduledTask(Record):
    """A background task, and when it is due."""

    kind: str
    domain_id: str
    subject_id: str
    at: float


SCHEDULED_TASKS: Final = Table(
    "scheduled_tasks",
    ScheduledTask,
    unique=[("kind", "domain_id", "subject_id")],
    indexes=[("at",)],
    is_personal=False,
)


def schedule(context: RequestContext, kind: str, domain_id: str, at: float, subject_id: str = "") -> None:
    """Schedule a task, in place of an earlier one of the same kind for the same subject."""
    known = context.store.get(SCHEDULED_TASKS, kind=kind, domain_id=domain_id, subject_id=subject_id)
    if known is not None:
        context.store.save(SCHEDULED_TASKS, attrs.evolve(known, at=at))
        return
    context.store.add(SCHEDULED_TASKS, ScheduledTask(kind, domain_id, subject_id, at))
    context.settings.on_schedule()


def schedule_by(context: RequestContext, kind: str, domain_id: str, at: float) -> None:
    """Schedule a task, unless one of the same kind for the same domain is due earlier."""
    known = context.store.get(SCHEDULED_TASKS, kind=kind, domain_id=domain_id, subject_id="")
    if known is None or at < known.at:
        schedule(context, kind, domain_id, at)


def cancel(context: RequestContext, kind: str, domain_id: str, subject_id: str = "") -> None:
    """Remove a scheduled task, if there is one."""
    context.store.remove(SCHEDULED_TASKS, kind=kind, domain_id=domain_id, subject_id=subject_id)


def next_task(
    store: Store, until: float, *, only: str | None = None, without: str | None = None
) -> ScheduledTask | None:
    """Return the earliest task that is due by ``until`` (epoch seconds).

    Args:
        store: where tasks are kept.
        until: when it has to be due.
        only: the kind of the task; any unless given.
        without: a kind that is left out.
    """
    condition = "at <= ? AND (? IS NULL OR kind = ?) AND (? IS NULL OR kind != ?)"
    found = store.select(
        SCHEDULED_TASKS,
        f"WHERE {condition} ORDER BY at, sequence LIMIT 1",
        *(until, only, only, without, without),
    )
    return found[0] if found else None
