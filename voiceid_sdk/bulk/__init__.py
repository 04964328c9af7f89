"""Run one operation over many items: concurrent calls, at the rate that the service allows.

Each function returns a ``Run``. Iterating over it makes the calls, and yields one ``Outcome`` for each item::

    for outcome in bulk.opt_out_speakers(domain, ids):
        if not outcome.ok:
            print(outcome.index, outcome.error)
"""

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
from voiceid_sdk.bulk.report import Failed, IndexSet, Report
from voiceid_sdk.bulk.running import Options, Outcome, Run

__all__ = [
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
