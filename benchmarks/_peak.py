"""How much memory a measurement took."""

import resource
import sys


def peak_mib() -> float:
    """Return the most memory, in MiB, that this process has held since it began."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in KiB, macOS in bytes.
    return peak / 1024 if sys.platform == "linux" else peak / 1024**2
