"""How much memory there is, so that what is too large is told before it is tried."""

import gc
import os
import pathlib
from collections.abc import Callable

# A process that needs more than this share of what is free is in danger of being killed.
SHARE = 0.9
# How many times larger than its gzip a file of text may be; --gzip_limit sets it.
gzip_limit = 100
# A compiled program maps about a dozen pieces of memory. A compiler that gets no more ends the process, with
# gigabytes free, so programs are dropped once they take this share of the pieces that a process may have.
MAPS_SHARE = 0.5
_MAPS, _MOST_MAPS = "/proc/self/maps", "/proc/sys/vm/max_map_count"
# Rows that a network reads at a time on each device; --block_rows sets it, 0 leaves it to those who read.
block_rows = 0
# What is known of functions, and keeps them, is forgotten with their programs.
known_of_programs: list[Callable[[], None]] = []
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


def drop_programs() -> bool:
    """Drops what JAX has compiled, where it takes too many maps of memory; it is compiled again when used.

    Called where long work comes to its next part: hours of other networks compile thousands of programs.

    Returns:
      whether it did.
    """
    try:
        most = int(pathlib.Path(_MOST_MAPS).read_text())
        with open(_MAPS, "rb") as lines:
            count = sum(1 for _ in lines)
    except (OSError, ValueError):  # another system
        return False
    if count <= MAPS_SHARE * most:
        return False
    import jax

    jax.clear_caches()
    for forget in known_of_programs:
        forget()
    gc.collect()
    return True
