"""Settings and fixtures for the whole suite."""

import gc
import os
import pathlib

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("MPLBACKEND", "Agg")
# Compiled programs are kept between runs, and shared by workers and by the commands that tests start:
# compiling is nearly all of the suite's time. tools/test sets the same.
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(pathlib.Path(__file__).parents[1] / ".cache" / "jax"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
os.environ.setdefault("NUMBA_CACHE_DIR", str(pathlib.Path(__file__).parents[1] / ".cache" / "numba"))

import jax
import pytest

# Real data that lies beside a checkout in some places; never part of the project.
SHARED = pathlib.Path(os.environ.get("JAXMOTIF_SHARED", pathlib.Path(__file__).parents[2] / "shared"))

# Every compiled program maps about fourteen pieces of memory, a process may have 65,530, and a compiler that
# gets no more crashes. Well before that, programs of earlier modules are dropped.
MOST_MAPS = 25_000


@pytest.fixture(autouse=True, scope="module")
def few_memory_maps():
    yield
    maps = pathlib.Path("/proc/self/maps")
    if maps.exists() and maps.read_text().count("\n") > MOST_MAPS:
        jax.clear_caches()
        gc.collect()


# Rooms whose tests run many small programs once each: compiling them is nearly all of their time.
QUICK_TO_COMPILE = ("tests/neuronmotif/", "tests/apps/decode/")


@pytest.fixture(autouse=True, scope="module")
def quick_to_compile(request):
    name = "jax_disable_most_optimizations"
    before = jax.config.read(name)
    jax.config.update(name, any(room in request.path.as_posix() for room in QUICK_TO_COMPILE) or before)
    yield
    jax.config.update(name, before)


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
