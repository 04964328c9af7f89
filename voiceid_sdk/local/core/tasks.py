"""Work that falls due at a moment: kept in the store, done when the service is next asked anything.

There is no background thread. Each request first catches up with the clock, so what a caller sees is what
would have happened by then, on a manual clock as on a running one, and after a restart as well.
"""

from typing import Final

import attrs

from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.storage.store import Record, Store, Table


@attrs.frozen
class ScheduledTask(Record):
    """A step of background work."""

    kind: str
    domain_id: str
    subject_id: str
    at: float


SCHEDULED_TASKS: Final = Table(
    "scheduled_tasks", ScheduledTask, unique=[("kind", "domain_id", "subject_id")], indexes=[("at",)]
)


def schedule(context: RequestContext, kind: str, domain_id: str, at: float, subject_id: str = "") -> None:
    """Have the step ``kind`` done at a moment, instead of any earlier plan for it."""
    cancel(context, kind, domain_id, subject_id)
    context.store.add(SCHEDULED_TASKS, ScheduledTask(kind, domain_id, subject_id, at))


def cancel(context: RequestContext, kind: str, domain_id: str, subject_id: str = "") -> None:
    """Forget a planned step, if there is one."""
    context.store.remove(SCHEDULED_TASKS, kind=kind, domain_id=domain_id, subject_id=subject_id)


def next_task(store: Store, until: float) -> ScheduledTask | None:
    """Return the earliest step that is due by ``until``."""
    found = store.select(SCHEDULED_TASKS, "WHERE at <= ? ORDER BY at, sequence LIMIT 1", until)
    return found[0] if found else None
