"""What must not be shown: which values are sensitive, and how text, data and log records lose them."""

import copy
import functools
import inspect
import itertools
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import CodeType, TracebackType
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar, cast, get_args, get_origin

import attrs

if TYPE_CHECKING:
    # Costs start-up time, and records come from those who have imported it.
    import logging

__all__ = ["REDACTED", "redact", "redacted_record", "scrub"]

REDACTED: Final = "[redacted]"
"""What stands where a sensitive value was."""


# --- Data -----------------------------------------------------------------------------------------------


class _Marker:
    """Marks a field in ``Annotated``; compared by identity."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


SENSITIVE: Final = _Marker("SENSITIVE")
"""Marks a field whose value is never shown."""

FREE_TEXT: Final = _Marker("FREE_TEXT")
"""Marks a field with prose of the service, which may name what is sensitive in the data around it."""


def redact_marked_fields(_: type, fields: list["attrs.Attribute[Any]"]) -> list["attrs.Attribute[Any]"]:
    """Keep the marked fields of an attrs class out of its ``repr``; an attrs ``field_transformer``."""
    return [field.evolve(repr=_show_nothing) if marker_of(field) else field for field in fields]


def _show_nothing(value: object) -> str:
    return "None" if value is None else REDACTED


def marker_of(field: "attrs.Attribute[Any]") -> _Marker | None:
    """Return the privacy marker in a field's annotation, if it has one."""
    if get_origin(field.type) is not Annotated:
        return None
    return next((extra for extra in get_args(field.type)[1:] if isinstance(extra, _Marker)), None)


def sensitive_values(data: "attrs.AttrsInstance") -> Iterator[str]:
    """Yield the strings in ``data``, and in the data inside it, whose fields are marked as sensitive."""
    for field in attrs.fields(type(data)):
        value: object = getattr(data, field.name)
        if attrs.has(type(value)):
            yield from sensitive_values(cast("attrs.AttrsInstance", value))
        elif marker_of(field) is SENSITIVE and isinstance(value, str):
            yield value


_CONSTANT: Final = re.compile(r"[A-Z][A-Z_]{0,63}")


def shown_constant(value: str) -> str:
    """Return a value that should be an enumeration's, or ``[redacted]`` when it has not even the form."""
    return value if _CONSTANT.fullmatch(value) else REDACTED


# --- Text -----------------------------------------------------------------------------------------------

_LONGEST_TEXT: Final = 4_000
"""How much of a text is shown, in characters; a proxy's error page can be any length."""

_LONGEST_WORD: Final = 3
"""Values up to this length are looked for as words of their own: inside others they stand by chance."""

# Text may have been quoted several times on its way: JSON in JSON, a URL in a URL.
_BACKSLASHES: Final = r"\\{1,8}"
_PERCENT: Final = r"%(?:25){0,4}"
_AMPERSAND: Final = r"\\{0,8}&(?:amp;){0,4}"

_SPELLINGS_OF_THEIR_OWN: Final = {
    **{character: f"{_BACKSLASHES}{letter}" for character, letter in zip("\b\t\n\f\r", "btnfr", strict=True)},
    **{
        character: f"{_AMPERSAND}{name};"
        for character, name in zip("&<>\"'", ("amp", "lt", "gt", "quot", "apos"), strict=True)
    },
    " ": r"\+",
    "\\": r"\\{1,64}",
}


@functools.lru_cache(maxsize=1_024)
def _spellings(character: str) -> str:
    """Return a pattern for a character as it is, and as JSON, Python, URLs and HTML may write it."""
    if character.isascii() and character.isalnum():
        return character
    code = ord(character)
    utf_8 = [f"{octet:02x}" for octet in character.encode("utf-8", "surrogatepass")]
    utf_16 = re.findall("....", character.encode("utf-16-be", "surrogatepass").hex())
    spellings = [
        rf"\\{{0,8}}{re.escape(character)}",
        "".join(f"{_BACKSLASHES}u{unit}" for unit in utf_16),
        "".join(f"{_BACKSLASHES}x{octet}" for octet in utf_8),
        f"{_BACKSLASHES}(?:x{code:02x}|U{code:08x})",
        "".join(f"{_PERCENT}{octet}" for octet in utf_8),
        f"{_AMPERSAND}#(?:0{{0,8}}{code}|x0{{0,8}}{code:x});",
    ]
    if character in _SPELLINGS_OF_THEIR_OWN:
        spellings.append(_SPELLINGS_OF_THEIR_OWN[character])
    return f"(?:{'|'.join(spellings)})"


def _finder(value: str) -> re.Pattern[str]:
    """Return a pattern that finds each place where ``value`` stands, overlapping ones too, as group 1."""
    # A run of backslashes counts as one: how many there are depends on how often the text was quoted.
    pattern = "".join(map(_spellings, re.sub(r"\\+", r"\\", value)))
    if len(value) <= _LONGEST_WORD:
        pattern = rf"(?<![^\W_]){pattern}(?![^\W_])"
    return re.compile(f"(?=({pattern}))", re.IGNORECASE)


@functools.cache
def _recognisable() -> re.Pattern[str]:
    """Return a pattern for what has a form of its own, as group 1: generated ids and the names of S3 objects.

    A key may hold nearly everything: in quotes it ends with them, else with white space.
    """
    s3 = (
        rf"(?:s3[an]?{_spellings(':')}{_spellings('/') * 2}|arn:aws[a-z-]*:s3:::"
        r"|https?://[^\s'\"<>/]{0,255}\bs3[.-])"
    )
    forms = (
        rf"(?<='){s3}[^']*",
        rf"(?<=\"){s3}[^\"]*",
        rf"{s3}[^\s'\"<>]*",
        rf"id{_spellings('#')}[A-Za-z0-9]+",
    )
    return re.compile(f"({'|'.join(forms)})", re.IGNORECASE)


_S3_PREFIX: Final = re.compile(r"^s3://(?=([^/]*)/?(.*))", re.DOTALL)

_LONGEST_SPELLING: Final = 12
"""How many characters an escape makes of one, unless it is escaped again."""


def scrub(text: str, values: Iterable[str] = ()) -> str:
    """Return ``text`` without generated ids, the names of S3 objects, and the given sensitive values.

    A value is found in any case, escaped or not, and inside other words; one of up to three characters only
    as a word of its own. What goes beyond 4,000 characters is cut off.

    Args:
        text: text of the service or of another library.
        values: sensitive values that may stand in it, such as those of the request that it speaks of.
    """
    parts = {part for value in values for part in _parts(value)}
    # A value that begins within the limit is found even where it goes on beyond.
    margin = _LONGEST_SPELLING * max([100, *map(len, parts)])
    searched = text[: _LONGEST_TEXT + margin]
    folded = searched.casefold()
    present = (_finder(part) for part in parts if _longest_plain_run(part) in folded)
    spans: list[tuple[int, int]] = []
    for finder in (_recognisable(), *present):
        found = (match.span(1) for match in finder.finditer(searched))
        spans += itertools.takewhile(lambda span: span[0] < _LONGEST_TEXT, found)
    return _without(text, spans)


def _parts(value: str) -> Iterator[str]:
    """Yield what text may name of a value: all of it, and of ids and S3 URIs what follows their prefix."""
    # Splitting s3://bucket/key gives the bucket, the key, and both together.
    for part in (value, value.removeprefix("id#"), *_S3_PREFIX.split(value)):
        if part.strip():
            yield part


def _longest_plain_run(value: str) -> str:
    """Return the longest part of a value that no escape changes, to see quickly whether to look closer."""
    return max(re.findall("[A-Za-z0-9]+", value), key=len, default="").lower()


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """Return as much of the text as is shown, with ``[redacted]`` for the spans in it, which may overlap."""
    shown: list[str] = []
    at = 0
    for start, end in sorted(spans):
        if start >= at:
            shown += text[at:start], REDACTED
        at = max(at, end)
    shown.append(text[at:_LONGEST_TEXT])
    if len(text) > max(at, _LONGEST_TEXT):
        shown.append("…")
    return "".join(shown)


# --- Log records ----------------------------------------------------------------------------------------

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
