"""Settings and fixtures for the whole suite."""

import importlib.util
import mmap
import os
import pathlib


def _is_known(flag: str) -> bool:
    """Whether this XLA has a flag: one that it does not know ends the process."""
    folder = pathlib.Path(importlib.util.find_spec("jaxlib").origin).parent
    for library in sorted(folder.glob("*.so"), key=lambda path: -path.stat().st_size)[:1]:
        with library.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as code:
            return code.find(flag.encode() + b"\0") >= 0
    return False


os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("MPLBACKEND", "Agg")
# Compiled programs are kept between runs, and shared by workers and by the commands that tests start:
# compiling is nearly all of the suite's time. tools/test sets the same.
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(pathlib.Path(__file__).parents[1] / ".cache" / "jax"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
# Most tests run small programs once: compiling them with few optimisations, and their loops by XLA's simpler
# emitters, takes a fifth of the time. tests/optimized runs them as users have them, in a process of its own,
# for which tools/test sets the first variable to 0.
if os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1") == "1":
    _flags = os.environ.get("XLA_FLAGS", "")
    if "fusion_emitters" not in _flags and _is_known("xla_cpu_use_fusion_emitters"):
        os.environ["XLA_FLAGS"] = f"{_flags} --xla_cpu_use_fusion_emitters=false".strip()

import pytest  # noqa: E402

from jaxmotif import memory  # noqa: E402

# Real data that lies beside a checkout in some places; never part of the project.
SHARED = pathlib.Path(os.environ.get("JAXMOTIF_SHARED", pathlib.Path(__file__).parents[2] / "shared"))


@pytest.fixture(autouse=True, scope="module")
def few_memory_maps():
    yield
    memory.drop_programs()


@pytest.fixture(scope="session")
def shared_data() -> pathlib.Path:
    """The folder of real data sets, or a skip where there is none."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder} (set JAXMOTIF_SHARED)")
    return folder


@pytest.fixture(scope="session")
def shared_cases() -> pathlib.Path:
    """The folder of small inputs that once failed, or a skip where there is none."""
    folder = SHARED / "cases"
    if not folder.is_dir():
        pytest.skip(f"no cases at {folder} (set JAXMOTIF_SHARED)")
    return folder


def pytest_make_parametrize_id(val):
    """Names bytes by their number: gzip writes the time, and workers have to collect the same names."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None
