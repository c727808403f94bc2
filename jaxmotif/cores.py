"""How many cores and which instructions a process has: what the last bits of a result depend on."""

import itertools
import os
import pathlib
import re
from collections.abc import Sequence

# XLA cuts work for as many threads as there are cores; this says otherwise, if it is set before JAX starts.
THREADS = "PJRT_NPROC"
# Sets of instructions for numbers that compilers choose among.
_NUMBERS = re.compile(r"(sse4|avx|fma|f16c|amx|asimd|sve|bf16)\w*")


def usable() -> int:
    """Returns the number of cores that this process may run on, as `taskset` and containers leave it."""
    if hasattr(os, "sched_getaffinity"):
        return max(len(os.sched_getaffinity(0)), 1)
    return os.cpu_count() or 1


def threads() -> int:
    """Returns for how many threads XLA cuts its work on a CPU: the cores, or as many as were asked for."""
    asked = os.environ.get(THREADS, "")
    return int(asked) if asked.isdecimal() and int(asked) else usable()


# As many as the slowest machine of today has; on more cores a run is slower for it.
FIXED = 2


def fix_threads(argv: Sequence[str]) -> None:
    """Has XLA, not started yet, cut its work for `FIXED` threads where `argv` asks for --deterministic.

    Sums are then added in one order whatever the number of cores, and results are the same bytes. Where
    the environment names a number of threads already, that stays.
    """
    if _asks_for_determinism(argv[1:]):
        os.environ.setdefault(THREADS, str(FIXED))


def _asks_for_determinism(arguments: Sequence[str]) -> bool:
    """Reads --deterministic as absl does, which comes later, when a command has defined its flags."""
    asked = False
    for argument in itertools.takewhile(lambda one: one != "--", arguments):
        name, given, value = argument.lstrip("-").partition("=")
        if argument.startswith("-") and name in ("deterministic", "nodeterministic"):
            asked = name == "deterministic" and (not given or value.lower() in ("true", "t", "1"))
    return asked


def instructions() -> str:
    """Returns the processor's sets of instructions for numbers, in alphabetical order; "" if not known."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    flags = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return " ".join(sorted(flag for flag in flags.split() if _NUMBERS.fullmatch(flag)))
