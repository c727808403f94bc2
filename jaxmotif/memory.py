"""How much memory there is, so that what is too large is told before it is tried."""

import os
import pathlib

# A process that needs more than this share of what is free is in danger of being killed.
SHARE = 0.9
# How many times larger than its gzip a file of text may be; --gzip_limit sets it.
gzip_limit = 100
_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def free() -> int | None:
    """Returns bytes that this process may still take, or None where that is not known.

    The smallest of what the system has, what a container may have, and what `ulimit -v` leaves.
    """
    found = []
    try:
        lines = pathlib.Path("/proc/meminfo").read_text().splitlines()
        found += [1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")]
    except (OSError, ValueError, IndexError):
        pass
    for path in _LIMITS:
        try:
            found.append(int(pathlib.Path(path).read_text()))
        except (OSError, ValueError):  # no container, or "max"
            pass
    try:
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if limit != resource.RLIM_INFINITY:
            pages = int(pathlib.Path("/proc/self/statm").read_text().split()[0])
            found.append(max(limit - pages * os.sysconf("SC_PAGE_SIZE"), 0))
    except (ImportError, OSError, ValueError):
        pass
    return min(found) if found else None


def check(size: int, what: str) -> None:
    """Checks that there is memory for something.

    Args:
      size: bytes.
      what: what is said to need them, in the plural.

    Raises:
      ValueError: if they do not fit, with both numbers.
    """
    left = free()
    if left is not None and size > SHARE * left:
        raise ValueError(
            f"{what} need {size / 1e9:,.1f} GB of memory, of which {left / 1e9:,.1f} GB are free"
        )


def of_device(device) -> int | None:
    """Returns bytes that may still be taken of a device's own memory; None where JAX does not know them.

    Args:
      device: a `jax.Device`.
    """
    stats = device.memory_stats() or {}
    if "bytes_limit" not in stats:
        return None
    return max(int(SHARE * stats["bytes_limit"]) - stats.get("bytes_in_use", 0), 0)
