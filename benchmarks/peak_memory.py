"""The most memory that a process had in use. It imports little, because that would be measured, too."""

import sys
from pathlib import Path


def peak_megabytes() -> float:
    """Return the most memory that this process had in use.

    On Linux, ``ru_maxrss`` of a child begins at the peak of its parent, so the kernel's own figure is better.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (peak,) = (
            line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM")
        )
        return int(peak.split()[1]) / 1024
    import resource  # not on Windows

    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / 1024 / 1024 if sys.platform == "darwin" else size / 1024
