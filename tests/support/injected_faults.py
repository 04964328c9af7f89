"""Faults at random points of a program: of the network, of the service, of files and of threads.

One seed makes one series of faults.
"""

import errno
import os
import random
import string
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import botocore.exceptions
import pytest

from tests.support.canned_responses import Answer, failure, success, web_page

CODES: Final = (
    "AccessDeniedException",
    "ConflictException",
    "ExpiredTokenException",
    "InternalServerException",
    "MoonPhaseException",
    "ResourceNotFoundException",
    "ServiceQuotaExceededException",
    "ThrottlingException",
    "ValidationException",
)
ERRNOS: Final = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EDQUOT, errno.EROFS, errno.EMFILE)
SYSTEM_ERRORS: Final[tuple[type[OSError], ...]] = (
    BrokenPipeError,
    ConnectionAbortedError,
    ConnectionRefusedError,
    ConnectionResetError,
    InterruptedError,
    TimeoutError,
    OSError,
)


def every_botocore_error() -> list[Exception]:
    """Return an error of every class of botocore's errors that needs no response."""
    found: list[Exception] = []
    classes: list[Any] = [botocore.exceptions.BotoCoreError]
    while classes:
        kind = classes.pop()
        classes += kind.__subclasses__()
        # A stub raises its errors for the test that uses it.
        if kind.__module__ == "botocore.exceptions" and "Stub" not in kind.__name__:
            fields = {name: "x" for _, name, _, _ in string.Formatter().parse(kind.fmt) if name}
            try:
                found.append(kind(**fields))
            except TypeError:  # its constructor needs more than the fields of its message
                found.append(kind.__new__(kind))
    return sorted(found, key=lambda error: type(error).__name__)


BOTOCORE_ERRORS: Final = every_botocore_error()


def botocore_error(chance: random.Random) -> Exception:
    """Return one of botocore's errors, without the traceback and the context of its last use.

    Each use would otherwise add to them, with the frames and all their values.
    """
    error = chance.choice(BOTOCORE_ERRORS)
    error.__context__ = error.__cause__ = None
    return error.with_traceback(None)


ANSWERS: Final[tuple[Answer, ...]] = (
    *(failure(code, status=status) for code in CODES for status in (400, 429, 500)),
    *(web_page(status) for status in (200, 302, 403, 404, 500, 502, 503, 504)),
    Answer(200, b""),
    Answer(200, b'{"Watchlist": {"Watch'),
    Answer(200, b"\xff\xfe\x00"),
    Answer(200, b"[]"),
    Answer(204, b""),
    success(Watchlist=None),
    success(Watchlist=[1]),
    success(Watchlist={"DomainId": "Zbcdefghijklmnopqrst01"}),
)


class Faults:
    """Decides where a fault comes, and counts the faults by kind.

    Args:
        seed: makes the decisions repeatable.
        share: the share of the points at which a fault comes.
    """

    def __init__(self, seed: int, share: float) -> None:
        self.chance = random.Random(seed)
        self.share = share
        self.injected: Counter[str] = Counter()

    def comes(self, kind: str, share: float = 1.0) -> bool:
        """Return whether a fault comes at this point, and count it."""
        if self.chance.random() >= self.share * share:
            return False
        self.injected[kind] += 1
        return True

    def of_network(self) -> Exception | Answer:
        """Return what the network or the service gives in place of an answer."""
        chance = self.chance
        kind = chance.randrange(4)
        if kind == 0:
            return botocore_error(chance)
        if kind == 1:
            return chance.choice(SYSTEM_ERRORS)(chance.choice(ERRNOS), "injected")
        return chance.choice(ANSWERS)

    def of_system(self) -> OSError:
        """Return an error of the operating system."""
        return OSError(self.chance.choice(ERRNOS), "injected")

    def interrupt(self, kind: str, share: float = 1.0) -> None:
        """Raise KeyboardInterrupt if one comes."""
        if self.comes(kind, share):
            raise KeyboardInterrupt

    @contextmanager
    def in_files(self) -> Iterator[None]:
        """Let calls that write files fail."""

        def failing(name: str) -> Callable[..., Any]:
            work = getattr(os, name)

            def call(*arguments: Any, **named: Any) -> Any:
                if self.comes("OSErrors of files", 0.5):
                    raise self.of_system()
                return work(*arguments, **named)

            return call

        with pytest.MonkeyPatch.context() as patch:
            for name in ("open", "fsync", "replace"):
                patch.setattr(os, name, failing(name))
            yield
