"""Clean-up steps, whose errors never replace the interrupt or error that is on its way."""

import contextlib
import logging
from collections.abc import Callable
from types import TracebackType
from typing import Final

_logger: Final = logging.getLogger("voiceid_sdk")


class CleaningUp:
    """A block with a clean-up step: its error is logged if an interrupt or another error is on its way.

    Args:
        after: what is on its way, such as Ctrl-C or a cancellation; None for nothing.
    """

    def __init__(self, *, after: BaseException | None) -> None:
        self._after = after

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if self._after is None or not isinstance(error, Exception):
            return False
        with contextlib.suppress(Exception):  # of a handler of logging
            # The text of an error of the system may have the name of a file.
            names = type(error).__name__, type(self._after).__name__
            _logger.warning("A clean-up failed (%s) after another error (%s)", *names)
        return True


class EndingWith:
    """A block that ends with a clean-up step."""

    def __init__(self, step: Callable[[], object]) -> None:
        self._step = step

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with CleaningUp(after=error):
            self._step()
