"""What Local Voice ID promises: rules with their sources, for any client that can call operations.

A rule is a sentence, where it comes from, and a function that raises AssertionError where it does not hold.
The function uses a ``Stage``: a service of its own, and a driver that calls it. ``test_conformance.py``
drives it in process; any other way to call an operation and get its answer as the wire has it will do.

Sources: "model" is the service model; "API reference", "administrator guide", "quota page" and
"CloudFormation handler" are AWS's; "observed" is a response of AWS's that other programs look for; "choice"
is ours, explained in ``docs/local-voice-id.md``.
"""

import importlib
from typing import Final

from tests.local.conformance.rules import RULES, Rule

__all__ = ["RULES", "TOPICS", "Rule"]

_TOPICS: Final = (
    "requests",
    "domain_access",
    "domains",
    "keys",
    "tags",
    "client_tokens",
    "pages",
    "speakers",
    "watchlists",
    "quotas",
    "jobs",
    "enrollment_jobs",
    "registration_jobs",
    "sessions",
    "authentication",
    "fraud_detection",
    "kept_results",
    "enrollment_on_calls",
)

TOPICS: Final = tuple(importlib.import_module(f"{__name__}.{topic}") for topic in _TOPICS)
"""The modules with rules; each adds its own to RULES."""
