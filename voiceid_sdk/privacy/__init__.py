"""Keeps sensitive values out of text, data and log records."""

from typing import TYPE_CHECKING, Final

from voiceid_sdk._lazy_names import lazy_names
from voiceid_sdk.privacy.marks import REDACTED, reveal_values

if TYPE_CHECKING:
    from voiceid_sdk.privacy.log_records import redact, redacted_record
    from voiceid_sdk.privacy.text import scrub

__all__ = ["REDACTED", "redact", "redacted_record", "reveal_values", "scrub"]

_MODULES: Final = {
    "redact": f"{__name__}.log_records",
    "redacted_record": f"{__name__}.log_records",
    "scrub": f"{__name__}.text",
}
"""The modules of the names that are imported lazily, because every program imports the marks."""

if not TYPE_CHECKING:  # Type checkers would take any name for an attribute of the package.
    __getattr__, __dir__ = lazy_names(__name__, _MODULES)
