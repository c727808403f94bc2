"""Compiling with few optimisations, for smoke runs: nearly all of their time is XLA's."""

import importlib.util
import mmap
import os
import pathlib
import sys

_EMITTERS = "xla_cpu_use_fusion_emitters"


SMOKE = "smoke"
_NOTE = (
    "note: a smoke run shows whether everything runs; its programs are compiled with few optimisations, and "
    "numbers and seconds are not those of other scales"
)


def for_scale(scale: str) -> None:
    """Compiles quickly at the scale "smoke", and says so on stderr; env.json of the run says it, too."""
    if scale == SMOKE and quickly():
        print(_NOTE, file=sys.stderr, flush=True)


def quickly() -> bool:
    """Has JAX compile with few optimisations, and loops by XLA's simpler emitters, from here on.

    What is computed is the same but for rounding. The flag of the emitters counts in a process that has not
    used JAX's devices yet. Variables of the environment that say otherwise win.

    Returns:
      whether that is so from here on; False where the environment says something itself.
    """
    import jax  # here because lists of items do without

    if "JAX_DISABLE_MOST_OPTIMIZATIONS" in os.environ:
        return False
    jax.config.update("jax_disable_most_optimizations", True)
    flags = os.environ.get("XLA_FLAGS", "")
    if _EMITTERS not in flags and _is_known(_EMITTERS):
        os.environ["XLA_FLAGS"] = f"{flags} --{_EMITTERS}=false".strip()
    return True


def _is_known(flag: str) -> bool:
    """Whether this XLA has a flag: one that it does not know ends the process."""
    found = importlib.util.find_spec("jaxlib")
    if found is None or found.origin is None:
        return False
    libraries = sorted(pathlib.Path(found.origin).parent.glob("*.so"), key=lambda path: -path.stat().st_size)
    for library in libraries[:1]:
        with library.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as code:
            return code.find(flag.encode() + b"\0") >= 0
    return False
