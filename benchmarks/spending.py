"""The time that a measurement takes, and the time that other programs use meanwhile."""

import os
import time
from pathlib import Path
from typing import Final

_STATISTICS: Final = Path("/proc/stat")
_IDLE: Final = slice(3, 5)
"""The columns idle and iowait."""
_GUEST: Final = 8
"""The first of the columns whose time is contained in others."""


class Spending:
    """Counts from its construction on."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._own = _own_cpu()
        self._all = _all_cpu()

    def seconds(self) -> float:
        """Return the time that has passed."""
        return time.monotonic() - self._began

    def cpu_seconds(self) -> float:
        """Return the CPU time of this process and of its child processes that have ended."""
        return _own_cpu() - self._own

    def others(self) -> float | None:
        """Return the share of the processor's time that other programs used; None if unknown."""
        now = _all_cpu()
        if now is None or self._all is None:
            return None
        share = (now - self._all - self.cpu_seconds()) / (self.seconds() * (os.cpu_count() or 1))
        return max(0.0, share)


def _own_cpu() -> float:
    found = os.times()
    return found.user + found.system + found.children_user + found.children_system


def _all_cpu() -> float | None:
    """Return the seconds that all processors have been busy since the system began, on Linux."""
    if not _STATISTICS.exists():
        return None
    first, *_ = _STATISTICS.read_text(encoding="ascii").splitlines()
    ticks = [int(number) for number in first.split()[1:]][:_GUEST]
    return (sum(ticks) - sum(ticks[_IDLE])) / os.sysconf("SC_CLK_TCK")
