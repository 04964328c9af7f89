"""Redacts the log records of boto3 and of the libraries that it uses."""

import copy
import functools
import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, TracebackType
from typing import TYPE_CHECKING, Any, Final, TypeVar

from voiceid_sdk.privacy.marks import REDACTED

if TYPE_CHECKING:
    # Imported for types alone: it costs start-up time, and a program with log records has imported it.
    import logging

_H = TypeVar("_H", bound="logging.Handler")

LIBRARIES: Final = frozenset({"boto3", "botocore", "s3transfer", "urllib3"})
"""The libraries that write requests and answers into their logs."""


def redact(handler: _H) -> _H:
    """Make a log handler show nothing sensitive from the logs of boto3 and of what it stands on.

    Their records keep the words that stand in the library's own source, and the values that are known to be
    harmless: numbers, and the names of operations, events and functions. All else is left out: parameters,
    headers, bodies, URLs, signatures, and what exceptions say. Records of other loggers stay as they are, and
    so does what other handlers show.

    Args:
        handler: any handler; it is changed, and may be set up further as usual.

    Returns:
        The same handler, as in ``logging.getLogger().addHandler(redact(logging.StreamHandler()))``.
    """
    # A logger's filter does not see the records of child loggers. A handler's filter may replace a record
    # only from Python 3.12 on. A formatter is easily exchanged, and some handlers ask none. But every handler
    # gets its records through this one method, before its filters and its formatter do.
    if not isinstance(vars(handler).get("handle"), _RedactedHandle):
        vars(handler)["handle"] = _RedactedHandle(handler.handle)
    return handler


class _RedactedHandle:
    """A handler's ``handle``, given redacted records."""

    def __init__(self, handle: "Callable[[logging.LogRecord], object]") -> None:
        self._handle = handle

    def __call__(self, record: "logging.LogRecord") -> object:
        return self._handle(redacted_record(record))


def redacted_record(record: "logging.LogRecord") -> "logging.LogRecord":
    """Return a copy of a log record that ``redact`` would show, or the record itself where there is no need.

    For logging systems that take records otherwise than through handlers.

    Args:
        record: a record of any logger; it is not changed.
    """
    if record.name.partition(".")[0] not in LIBRARIES:
        return record
    safe = copy.copy(record)
    safe.msg, safe.args = _shown_message(record), ()
    # Another handler's formatter leaves the whole message here.
    vars(safe).pop("message", None)
    safe.exc_text = _shown_exception(record)
    safe.exc_info = None
    safe.stack_info = record.stack_info and REDACTED
    return safe


_CONVERSION: Final = re.compile(r"%(?:\([^)]*\))?[-#0 +]*\d*(?:\.\d*)?[hlL]?([a-zA-Z%])")

_HARMLESS: Final[Mapping[str, tuple[int, ...]]] = {
    "Event %s: calling handler %s": (0,),
    "Looking for credentials via: %s": (0,),
    "Registering retry handlers for service: %s": (0,),
    "Setting %s timeout as %s": (0,),
    "Setting config variable for %s to %r": (0,),
    # Scheme, method and version. The others are host, port, URL, status and length.
    '%s://%s:%s "%s %s %s" %s %s': (0, 3, 5),
}
"""Where a message has strings that are names of the library's own, by position."""


def _shown_message(record: "logging.LogRecord") -> str:
    """Return the message with its harmless arguments, or nothing of one that was put together elsewhere."""
    message: object = record.msg
    if not isinstance(message, str) or message not in _texts_in(record.name):
        return REDACTED
    if not record.args:
        return message
    # A single dictionary stands in place of the tuple.
    arguments = record.args if isinstance(record.args, tuple) else ()
    harmless = _HARMLESS.get(message, ())
    shown = (
        str(argument) if position in harmless else _shown_argument(argument)
        for position, argument in enumerate(arguments)
    )
    return _CONVERSION.sub(lambda found: "%" if found[1] == "%" else next(shown, REDACTED), message)


@functools.cache
def _texts_in(module: str) -> frozenset[str]:
    """Return the strings in the source of a loaded module, all of which anybody may read.

    Its loggers have its name, and a message that is not among them was made at run time, such as an f-string.
    """
    loader: Any = getattr(getattr(sys.modules.get(module), "__spec__", None), "loader", None)
    try:
        code: object = loader.get_code(module)
    except (AttributeError, ImportError, OSError):
        # A module without source or bytecode on the disk, or none at all.
        return frozenset()
    return frozenset(_strings_in(code))


def _strings_in(constant: object) -> Iterator[str]:
    if isinstance(constant, str):
        yield constant
    elif isinstance(constant, CodeType):
        for inner in constant.co_consts:
            yield from _strings_in(inner)


def _shown_argument(argument: object) -> str:
    if argument is None or isinstance(argument, (int, float)):
        return str(argument)
    if isinstance(argument, BaseException):
        return type(argument).__qualname__
    if inspect.isroutine(argument) or isinstance(argument, type):
        return argument.__qualname__
    if type(argument).__name__ == "OperationModel":
        return str(getattr(argument, "name", REDACTED))
    return type(argument).__qualname__ if callable(argument) else REDACTED


def _shown_exception(record: "logging.LogRecord") -> str | None:
    """Return the traceback without what the exceptions say and without source lines: both may hold values."""
    if not record.exc_info:
        return record.exc_text and REDACTED
    shown: list[str] = []
    error = record.exc_info[1]
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        kind = type(error)
        last = f"{kind.__module__}.{kind.__qualname__}: {REDACTED}"
        places = _places(error.__traceback__)
        shown.append("\n".join(["Traceback (most recent call last):", *places, last]))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    # As Python itself does, the first cause comes first.
    return "\n\n".join(reversed(shown)) or None


def _places(traceback: TracebackType | None) -> Iterator[str]:
    while traceback is not None:
        code = traceback.tb_frame.f_code
        yield f'  File "{code.co_filename}", line {traceback.tb_lineno}, in {code.co_name}'
        traceback = traceback.tb_next
