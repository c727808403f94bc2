"""Compiled programs are kept in the user's cache folder, so that later commands do not compile them again."""

import contextlib
import hashlib
import os
import pathlib
import platform
import sys
import warnings

from jaxmotif import cores

FOLDER = "JAX_COMPILATION_CACHE_DIR"
# Every program is kept, however quick to compile. Where features that are no instructions count as missing
# (XLA's "prefer-no-gather" on some processors) XLA compiles again and would print an error for each program.
SETTINGS = {
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
# A run leaves some 5 MB. Above the first number of bytes the oldest go, down to the second.
MOST, LEFT = 1 << 30, 1 << 29


def keep() -> pathlib.Path | None:
    """Has JAX, which is not imported yet, keep compiled programs, and returns where.

    JAX_COMPILATION_CACHE_DIR wins, also where it is empty, which keeps none; else it is
    jaxmotif/jax/MACHINE in XDG_CACHE_HOME or ~/.cache. Nothing is kept, without a word, where that cannot be
    written, or where JAX is imported already.
    """
    if FOLDER in os.environ:
        return pathlib.Path(os.environ[FOLDER]) if os.environ[FOLDER] else None
    if "jax" in sys.modules:
        return None
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = pathlib.Path(home) / "jaxmotif" / "jax" / machine()
    try:
        # What lies there is run: nobody else may write into it.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _trim(folder.parent)
    except OSError:
        return None
    if not os.access(folder, os.W_OK | os.X_OK):
        return None
    os.environ[FOLDER] = str(folder)
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    # A full disk, or a file that was cut off: it is compiled then, as ever.
    warnings.filterwarnings("ignore", "Error (reading|writing) persistent compilation cache entry")
    return folder


def machine() -> str:
    """Returns a name for processors of one kind and number.

    Programs use all instructions of the processor they were compiled on, and are cut for its number of
    cores, or of threads that was asked for; a home folder may be that of many machines.
    """
    known = [platform.machine(), platform.processor(), str(cores.threads())]
    with contextlib.suppress(OSError):
        first = pathlib.Path("/proc/cpuinfo").read_text().partition("\n\n")[0]
        kinds = ("vendor_id", "cpu family", "model", "flags", "CPU ", "Features")
        known += [line for line in first.splitlines() if line.startswith(kinds)]
    return hashlib.sha256("\n".join(known).encode()).hexdigest()[:12]


def _trim(folder: pathlib.Path) -> None:
    """Removes the programs of which the last use is longest ago, where there are too many."""
    entries = [(path, path.stat()) for path in folder.glob("*/*") if path.is_file()]
    total = sum(stat.st_size for _, stat in entries)
    if total <= MOST:
        return
    for path, stat in sorted(entries, key=lambda entry: max(entry[1].st_atime, entry[1].st_mtime)):
        if total <= LEFT:
            break
        path.unlink(missing_ok=True)
        total -= stat.st_size
