"""How many cores this process may use."""

import os


def usable() -> int:
    """Returns the number of cores that this process may run on, as `taskset` and containers leave it."""
    if hasattr(os, "sched_getaffinity"):
        return max(len(os.sched_getaffinity(0)), 1)
    return os.cpu_count() or 1
