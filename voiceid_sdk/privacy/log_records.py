"""Redacts the log records of boto3 and of the libraries that it uses."""

import copy
import functools
import inspect
import logging
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, TracebackType
from typing import Any, Final, TypeVar

from voiceid_sdk import _types
from voiceid_sdk.privacy.marks import REDACTED

HandlerT = TypeVar("HandlerT", bound="_types.Handler")

LIBRARIES: Final = frozenset({"boto3", "botocore", "s3transfer", "urllib3"})
"""The libraries that write requests and responses into their logs."""


def redact(handler: HandlerT) -> HandlerT:
    """Make a log handler show nothing sensitive from the logs of boto3 and its dependencies.

    Their records keep the text of the library's own source, and harmless values: numbers, and the names of
    operations, events and functions. Everything else is left out: parameters, headers, bodies, URLs,
    signatures, and the messages of exceptions. Records of other loggers do not change, nor do other handlers.

    Args:
        handler: any handler; it is changed, and can be configured further.

    Returns:
        The same handler, as in ``logging.getLogger().addHandler(redact(logging.StreamHandler()))``.

    Raises:
        TypeError: it is not a ``logging.Handler``.
    """
    _check_class(handler, logging.Handler, "handler")
    # A logger's filter does not receive the records of child loggers. A handler's filter can replace a record
    # only from Python 3.12 on. A formatter is easily replaced, and some handlers use none. But every handler
    # gets its records through this method, before its filters and its formatter.
    if not isinstance(vars(handler).get("handle"), _RedactedHandle):
        vars(handler)["handle"] = _RedactedHandle(handler.handle)
    return handler


class _RedactedHandle:
    """Replaces a handler's ``handle`` and passes it redacted records."""

    def __init__(self, handle: "Callable[[_types.LogRecord], object]") -> None:
        self._handle = handle

    def __call__(self, record: "_types.LogRecord") -> object:
        return self._handle(_redacted(record))


def redacted_record(record: "_types.LogRecord") -> "_types.LogRecord":
    """Return a redacted copy of a record of boto3's logs, or the record itself if it is of another logger.

    For logging systems that do not receive records through handlers.

    Args:
        record: a record of any logger; it is not changed.

    Raises:
        TypeError: it is not a ``logging.LogRecord``.
    """
    _check_class(record, logging.LogRecord, "record")
    return _redacted(record)


def _redacted(record: "_types.LogRecord") -> "_types.LogRecord":
    # The class is not checked here: logging.setLogRecordFactory allows records of other classes.
    if record.name.partition(".")[0] not in LIBRARIES:
        return record
    safe = copy.copy(record)
    safe.msg, safe.args = _shown_message(record), ()
    # The formatter of another handler stores the whole message here.
    vars(safe).pop("message", None)
    safe.exc_text = _shown_exception(record)
    safe.exc_info = None
    safe.stack_info = record.stack_info and REDACTED
    return safe


def _check_class(value: object, expected: type, parameter: str) -> None:
    if not isinstance(value, expected):
        rule = f"must be a logging.{expected.__name__}"
        raise TypeError(f"{parameter} {rule}, not {type(value).__name__}")


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
"""The positions of arguments that are the library's own names, by message."""


def _shown_message(record: "_types.LogRecord") -> str:
    """Return the message with its harmless arguments, or ``[redacted]`` if it is not in the source."""
    message: object = record.msg
    if not isinstance(message, str) or message not in _texts_in(record.name):
        return REDACTED
    if not record.args:
        return message
    # logging passes a single dictionary instead of a tuple.
    arguments = record.args if isinstance(record.args, tuple) else ()
    harmless = _HARMLESS.get(message, ())
    shown = (
        str(argument) if position in harmless else _shown_argument(argument)
        for position, argument in enumerate(arguments)
    )
    return _CONVERSION.sub(lambda found: "%" if found[1] == "%" else next(shown, REDACTED), message)


@functools.cache
def _texts_in(module: str) -> frozenset[str]:
    """Return the strings in the bytecode of a loaded module; they are public, so they are safe to show.

    A logger has the name of its module. A message that is not among the strings was made at run time, for
    example by an f-string, and may contain values.
    """
    loader: Any = getattr(getattr(sys.modules.get(module), "__spec__", None), "loader", None)
    try:
        code: object = loader.get_code(module)
    except (AttributeError, ImportError, OSError):
        # The module does not exist, or has no source or bytecode on the disk.
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


def _shown_exception(record: "_types.LogRecord") -> str | None:
    """Return the traceback without messages and source lines, because both may contain values."""
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
    # The first cause comes first, as in Python itself.
    return "\n\n".join(reversed(shown)) or None


def _places(traceback: TracebackType | None) -> Iterator[str]:
    while traceback is not None:
        code = traceback.tb_frame.f_code
        yield f'  File "{code.co_filename}", line {traceback.tb_lineno}, in {code.co_name}'
        traceback = traceback.tb_next
