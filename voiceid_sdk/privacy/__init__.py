"""Keeps sensitive values out of text, data and log records."""

from typing import TYPE_CHECKING, Final

from voiceid_sdk.privacy.marks import REDACTED, reveal_values

if TYPE_CHECKING:
    from voiceid_sdk.privacy.log_records import redact, redacted_record
    from voiceid_sdk.privacy.text import scrub

__all__ = ["REDACTED", "redact", "redacted_record", "reveal_values", "scrub"]

_MODULES: Final = {"redact": "log_records", "redacted_record": "log_records", "scrub": "text"}
"""The modules of the names that are imported lazily, because every program imports the marks."""

if not TYPE_CHECKING:  # Type checkers would take any name for an attribute of the package.

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import importlib

        found = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
        globals()[name] = found
        return found
