"""Run one operation over many items: concurrent calls, at the rate that the service allows.

Each function returns a ``Run``, or an ``AsyncRun`` for async handles. Iterating over it makes the calls, and
yields one ``Outcome`` for each item.

Example:
    >>> for outcome in bulk.opt_out_speakers(domain, ["customer-7", "customer-8"]):
    ...     print(outcome.index, outcome.ok)
    0 True
    1 True
"""

from typing import TYPE_CHECKING, Final

from voiceid_sdk._lazy_names import lazy_names
from voiceid_sdk.bulk.operations import (
    associate_fraudsters,
    delete_fraudsters,
    delete_speakers,
    describe_fraudsters,
    describe_speakers,
    disassociate_fraudsters,
    evaluate_sessions,
    opt_out_speakers,
    run,
    tag_domains,
)
from voiceid_sdk.bulk.options import AsyncOptions, Options
from voiceid_sdk.bulk.outcomes import Outcome
from voiceid_sdk.bulk.report import Failed, IndexSet, Report
from voiceid_sdk.bulk.running import Run

if TYPE_CHECKING:
    from voiceid_sdk.bulk.async_running import AsyncRun

__all__ = [
    "AsyncOptions",
    "AsyncRun",
    "Failed",
    "IndexSet",
    "Options",
    "Outcome",
    "Report",
    "Run",
    "associate_fraudsters",
    "delete_fraudsters",
    "delete_speakers",
    "describe_fraudsters",
    "describe_speakers",
    "disassociate_fraudsters",
    "evaluate_sessions",
    "opt_out_speakers",
    "run",
    "tag_domains",
]

# asyncio costs start-up time, and only async programs need it.
_MODULES: Final = {"AsyncRun": f"{__name__}.async_running"}

if not TYPE_CHECKING:  # Type checkers would take any name for an attribute of the package.
    __getattr__, __dir__ = lazy_names(__name__, _MODULES)
