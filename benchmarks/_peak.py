"""How much memory a measurement took."""

import resource
import sys


def peak_mib() -> float:
    """Return the most memory, in MiB, that this process has held since it began."""
    return _peak(resource.RUSAGE_SELF)


def peak_mib_of_children() -> float:
    """Return the most memory, in MiB, that one of the processes has held that this one began and ended."""
    return _peak(resource.RUSAGE_CHILDREN)


def _peak(whose: int) -> float:
    peak = resource.getrusage(whose).ru_maxrss
    # Linux counts in KiB, macOS in bytes.
    return peak / 1024 if sys.platform == "linux" else peak / 1024**2
