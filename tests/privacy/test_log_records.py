"""Redaction of the log records of boto3 and of the libraries that it uses."""

import copy
import io
import logging
import logging.handlers
import queue
import re
import sys
from collections.abc import Iterator
from functools import partial
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import Any, Final
from unittest.mock import Mock

import pytest

from tests.support.canary import ANSWERS, CANARY, OPERATIONS, REQUESTS, VALUES, call, error_of, has_canary
from tests.support.canned_responses import Canned, failure, success
from voiceid_sdk import VoiceID
from voiceid_sdk.privacy import REDACTED, log_records, redact, redacted_record


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """Return the root logger at DEBUG, and remove the handlers that the test adds."""
    logger = logging.getLogger()
    level, handlers = logger.level, list(logger.handlers)
    logger.setLevel(logging.DEBUG)
    yield logger
    logger.setLevel(level)
    logger.handlers[:] = handlers


def handler_to(stream: io.StringIO) -> logging.Handler:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(message)s"))
    return handler


def record_of(name: str, message: object, *args: object, **attributes: object) -> logging.LogRecord:
    record = logging.LogRecord(name, logging.DEBUG, "file.py", 1, message, args, None)
    vars(record).update(attributes)
    return record


ENDPOINT: Final = "botocore.endpoint"
PARAMETERS: Final = "Making request for %s with params: %s"


def test_logs_of_all_operations_do_not_show_it_and_stay_useful(
    canned: Canned, client: VoiceID, root: logging.Logger
) -> None:
    before, safe, after = io.StringIO(), io.StringIO(), io.StringIO()
    for handler in (handler_to(before), redact(handler_to(safe)), handler_to(after)):
        root.addHandler(handler)
    for operation in OPERATIONS:
        canned.answer(
            success(**ANSWERS.get(operation, {})),
            failure("ValidationException", f"No: {', '.join(VALUES.values())}"),
            OSError(CANARY),
            failure("InternalServerException", CANARY, status=500),
            failure("InternalServerException", CANARY, status=500),
        )
        client.call(operation, **REQUESTS[operation])
        for _ in range(2):
            error_of(lambda: client.call(operation, **REQUESTS[operation]))
    logged = safe.getvalue()
    assert not has_canary(logged)
    assert "Authorization" not in logged
    assert "AKIDEXAMPLE" not in logged
    for operation in OPERATIONS:
        assert f"Making request for {operation} with params: [redacted]" in logged
        assert f"Event needs-retry.voice-id.{operation}: calling handler RetryHandler.needs_retry" in logged
    assert re.search(r"Retry needed, retrying request after delay of: \d", logged)
    assert "OSError: [redacted]" in logged
    assert "Calculating signature using v4 auth." in logged
    # Other handlers, before and after, do not change.
    for unredacted in (before.getvalue(), after.getvalue()):
        assert unredacted.lower().count(CANARY.lower()) > len(OPERATIONS)
        assert "AKIDEXAMPLE" in unredacted
    ours = [line for line in before.getvalue().splitlines() if ":voiceid_sdk:" in line]
    assert not has_canary("\n".join(ours))


def test_errors_of_the_network_in_logs_keep_where_and_what_kind(
    canned: Canned, client: VoiceID, root: logging.Logger
) -> None:
    safe, unsafe = io.StringIO(), io.StringIO()
    root.addHandler(redact(handler_to(safe)))
    root.addHandler(handler_to(unsafe))
    cause = OSError(CANARY)
    canned.default = RuntimeError(CANARY)
    canned.default.__cause__ = cause
    error_of(lambda: call("DescribeSpeaker", client))
    assert has_canary(unsafe.getvalue())
    assert not has_canary(safe.getvalue())
    assert "Exception received when sending HTTP request." in safe.getvalue()
    assert safe.getvalue().index("builtins.OSError: [redacted]") < safe.getvalue().index(
        "builtins.RuntimeError"
    )
    assert re.search(r'  File ".*canned_responses\.py", line \d+, in __call__\n', safe.getvalue())


SHOWN: Final[list[tuple[str, object, tuple[object, ...], str]]] = [
    # Text from the library's source.
    ("botocore.retries.standard", "Not retrying request.", (), "Not retrying request."),
    (
        ENDPOINT,
        "Response received to retry, sleeping for %s seconds",
        (1.5,),
        "Response received to retry, sleeping for 1.5 seconds",
    ),
    ("botocore.retries.standard", "Max attempts of %s reached.", (3,), "Max attempts of 3 reached."),
    (
        "urllib3.connectionpool",
        "Starting new HTTPS connection (%d): %s:%s",
        (1, CANARY, 443),
        "Starting new HTTPS connection (1): [redacted]:443",
    ),
    (
        "urllib3.connectionpool",
        '%s://%s:%s "%s %s %s" %s %s',
        ("https", CANARY, 443, "POST", f"/{CANARY}", "HTTP/1.1", 200, None),
        'https://[redacted]:443 "POST [redacted] HTTP/1.1" 200 None',
    ),
    # Kinds of arguments.
    (ENDPOINT, PARAMETERS, (OSError(CANARY), CANARY), "Making request for OSError with params: [redacted]"),
    (ENDPOINT, PARAMETERS, (CANARY, [CANARY]), "Making request for [redacted] with params: [redacted]"),
    (ENDPOINT, PARAMETERS, (b"...", {CANARY: 1}), "Making request for [redacted] with params: [redacted]"),
    (ENDPOINT, PARAMETERS, (len, str.join), "Making request for len with params: str.join"),
    (ENDPOINT, PARAMETERS, (Canned, Canned().attach), "Making request for Canned with params: Canned.attach"),
    (
        ENDPOINT,
        PARAMETERS,
        (partial(print, CANARY), Canned()),
        "Making request for partial with params: Canned",
    ),
    (ENDPOINT, PARAMETERS, (Mock(name=CANARY), True), "Making request for Mock with params: True"),
    # logging passes a single dictionary instead of a tuple.
    (
        "botocore.parsers",
        "Response headers: %r",
        ({"Authorization": CANARY},),
        "Response headers: [redacted]",
    ),
    # Messages and arguments that do not fit together.
    (ENDPOINT, PARAMETERS, (1,), "Making request for 1 with params: [redacted]"),
    (ENDPOINT, PARAMETERS, (1, 2, CANARY), "Making request for 1 with params: 2"),
    # Messages made at run time, and messages that are not in the library's source.
    (ENDPOINT, f"Making request for {CANARY}", (), REDACTED),
    (ENDPOINT, f"Making request for {CANARY}: %s", (1,), REDACTED),
    (ENDPOINT, OSError(CANARY), (), REDACTED),
    (ENDPOINT, {CANARY: 1}, (), REDACTED),
    ("botocore", CANARY, (), REDACTED),
    ("botocore.there.is.no.such.module", "Not retrying request.", (), REDACTED),
]


@pytest.mark.parametrize(("logger", "message", "args", "expected"), SHOWN)
def test_a_redacted_record_says(
    logger: str, message: object, args: tuple[object, ...], expected: str
) -> None:
    record = redacted_record(record_of(logger, message, *args))
    assert record.getMessage() == expected
    assert not has_canary(repr(vars(record)))


def test_percent_signs_and_widths_of_a_message_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    source = 'TEXT = "%d%% of %(name)s in %-5.1fs, %r"'
    code = compile(source, "made_up.py", "exec")
    module = ModuleType("s3transfer.made_up")
    loader: Any = SimpleNamespace(get_code=lambda _: code)
    module.__spec__ = ModuleSpec(module.__name__, loader)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    record = record_of(module.__name__, "%d%% of %(name)s in %-5.1fs, %r", 5, CANARY, 2.5, None)
    assert redacted_record(record).getMessage() == "5% of [redacted] in 2.5s, None"


def test_the_messages_with_harmless_strings_are_still_the_libraries_own() -> None:
    loaded = [name for name in sys.modules if name.partition(".")[0] in log_records.LIBRARIES]
    texts = frozenset[str]().union(*map(log_records._texts_in, loaded))
    assert set(log_records._HARMLESS) <= texts


def test_records_of_other_loggers_are_left_alone() -> None:
    for name in ("root", "voiceid_sdk", "botocores", "myapp.botocore", ""):
        record = record_of(name, "%s", CANARY)
        assert redacted_record(record) is record


def test_a_record_is_not_changed_for_others() -> None:
    record = record_of(ENDPOINT, PARAMETERS, "x", CANARY, stack_info="stack", request_id="mine")
    record.exc_info = (OSError, OSError(CANARY), None)
    logging.Formatter().format(record)  # leaves its message and the exception's text behind
    before = copy.copy(vars(record))
    redacted = redacted_record(record)
    assert vars(record) == before
    assert not has_canary(repr(vars(redacted)))
    # Attributes that the application added stay.
    assert vars(redacted)["request_id"] == "mine"


def test_texts_of_exceptions_and_stacks_are_left_out() -> None:
    assert redacted_record(record_of(ENDPOINT, "m", exc_text=CANARY)).exc_text == REDACTED
    assert redacted_record(record_of(ENDPOINT, "m", stack_info=CANARY)).stack_info == REDACTED
    nothing = redacted_record(record_of(ENDPOINT, "m", exc_info=(None, None, None)))
    assert (nothing.exc_info, nothing.exc_text) == (None, None)


def test_a_suppressed_context_and_a_circle_of_causes_end_the_traceback() -> None:
    first, second = ValueError(CANARY), KeyError(CANARY)
    first.__cause__, second.__cause__ = second, first
    record = record_of(ENDPOINT, "m", exc_info=(ValueError, first, None))
    text = redacted_record(record).exc_text
    assert text is not None
    assert re.findall(r"builtins\.(\w+)", text) == ["KeyError", "ValueError"]
    third = LookupError(CANARY)
    third.__context__ = first
    for suppress, kinds in ((False, ["KeyError", "ValueError", "LookupError"]), (True, ["LookupError"])):
        third.__suppress_context__ = suppress
        text = redacted_record(record_of(ENDPOINT, "m", exc_info=(LookupError, third, None))).exc_text
        assert text is not None
        assert re.findall(r"builtins\.(\w+)", text) == kinds


class KeepsRecords(logging.Handler):
    """A handler without a formatter, like those of error trackers."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


class PassesOn(logging.Handler):
    """A handler that passes records to another handler without its own filters."""

    def __init__(self, target: logging.Handler) -> None:
        super().__init__()
        self.target = target

    def handle(self, record: logging.LogRecord) -> bool:
        self.target.handle(record)
        return True


def test_every_kind_of_handler_gets_only_redacted_records(root: logging.Logger) -> None:
    log = logging.getLogger(ENDPOINT)
    kept, passed = redact(KeepsRecords()), KeepsRecords()
    logged: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    memory = redact(logging.handlers.MemoryHandler(1, target=KeepsRecords()))
    for handler in (kept, redact(PassesOn(passed)), redact(logging.handlers.QueueHandler(logged)), memory):
        root.addHandler(handler)
    log.debug(PARAMETERS, "x", CANARY)
    target = memory.target
    assert isinstance(target, KeepsRecords)
    for record in (*kept.records, *passed.records, *target.records, logged.get()):
        assert not has_canary(repr(vars(record)))
        assert record.getMessage() == "Making request for [redacted] with params: [redacted]"
    sent = logging.handlers.SocketHandler("localhost", None).makePickle(kept.records[0])
    assert not has_canary(sent.decode("latin-1"))


def test_a_handler_may_be_set_up_before_and_after(root: logging.Logger) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    seen: list[str] = []

    class Look(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            seen.append(record.getMessage())
            return True

    handler.addFilter(Look())
    assert redact(handler) is handler
    assert redact(redact(handler)) is handler
    handler.addFilter(Look())
    handler.setFormatter(logging.Formatter("<%(message)s>"))
    root.addHandler(handler)
    logging.getLogger(ENDPOINT).debug(PARAMETERS, "x", CANARY)
    logging.getLogger("mine").debug("mine %s", CANARY)
    redacted, mine = "Making request for [redacted] with params: [redacted]", f"mine {CANARY}"
    assert stream.getvalue() == f"<{redacted}>\n<{mine}>\n"
    assert seen == [redacted, redacted, mine, mine]
    handler.setLevel(logging.INFO)
    logging.getLogger(ENDPOINT).debug(PARAMETERS, "x", CANARY)
    assert len(seen) == 4


def test_a_record_that_cannot_be_written_is_not_shown_in_the_complaint(
    root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    class FullDisk(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError("no space left")

    root.addHandler(redact(logging.StreamHandler(FullDisk())))
    logging.getLogger(ENDPOINT).debug(PARAMETERS, "x", CANARY)
    complaint = capsys.readouterr().err
    assert "Logging error" in complaint
    assert "Arguments: ()" in complaint
    assert not has_canary(complaint)
