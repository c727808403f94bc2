"""How many neurons the memory there is holds side by side."""

import pathlib
import resource

import jax

# Share of what is free that a plan takes; the rest is for programs, samples and whatever else runs.
SHARE = 0.75


def free_bytes() -> int:
    """Returns bytes that this process can still take, of the first device's memory or of the machine's.

    A machine's is what Linux calls available, less where a control group or the shell (`ulimit -v`) allows
    less; where nothing says, 16 GiB.
    """
    stats = None if jax.default_backend() == "cpu" else jax.local_devices()[0].memory_stats()
    if stats and "bytes_limit" in stats:
        return max(stats["bytes_limit"] - stats.get("bytes_in_use", 0), 0)
    known = [found for found in (_available(), _of_group(), _of_process()) if found is not None]
    return max(min(known, default=16 << 30), 0)


def side_by_side(each: int, most: int) -> int:
    """Returns how many neurons of so many bytes each to take at once: at least 1, at most `most`."""
    return int(max(1, min(most, SHARE * free_bytes() // max(each, 1))))


def _available() -> int | None:
    return _field("/proc/meminfo", "MemAvailable:")


def _of_process() -> int | None:
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    used = _field("/proc/self/status", "VmSize:")
    return None if limit == resource.RLIM_INFINITY or used is None else limit - used


def _of_group() -> int | None:
    try:
        folder = pathlib.Path("/sys/fs/cgroup")
        limit, used = ((folder / f"memory.{name}").read_text().strip() for name in ("max", "current"))
        counts = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):
        return None
    if not (limit.isdecimal() and used.isdecimal()):
        return None
    # What files left in the cache is given back when somebody asks.
    return int(limit) - int(used) + int(counts.get("inactive_file", 0))


def _field(path: str, name: str) -> int | None:
    """Bytes of a line "name: 123 kB"."""
    try:
        lines = pathlib.Path(path).read_text().splitlines()
    except OSError:
        return None
    found = next((line.split() for line in lines if line.startswith(name)), None)
    return int(found[1]) << 10 if found else None
