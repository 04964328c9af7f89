"""What Local Voice ID promises: rules with their sources, for any client that can call operations.

A rule is a sentence, where it comes from, and a function that raises AssertionError where it does not hold.
The function uses a ``Stage``: a service of its own, and a driver that calls it. ``test_conformance.py``
drives it in process; any other way to call an operation and get its answer as the wire has it will do.

Sources: "model" is the service model; "API reference", "administrator guide", "quota page" and
"CloudFormation handler" are AWS's; "observed" is a response of AWS's that other programs look for; "choice"
is ours, explained in ``docs/local-voice-id.md``.
"""

import importlib
import pkgutil
from typing import Final

from tests.local.conformance.rules import RULES, Rule

__all__ = ["RULES", "TOPICS", "Rule"]

TOPICS: Final = tuple(
    importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)
)
"""The modules of this folder; each adds its rules to RULES."""
