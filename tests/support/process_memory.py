"""The memory of processes, from Linux's /proc."""

import sys
from pathlib import Path

CAN_BE_READ = sys.platform == "linux"


def peak_memory(process_id: int) -> int:
    """Return the most memory that a process has needed so far, in bytes."""
    return _read(process_id, "VmHWM")


def own_memory() -> int:
    """Return the memory that this process needs now, in bytes."""
    return _read("self", "VmRSS")


def _read(process_id: int | str, name: str) -> int:
    status = Path(f"/proc/{process_id}/status").read_text()
    return int(status.partition(f"{name}:")[2].split()[0]) * 1024
