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
# Most tests run many small programs once each: compiling them with few optimisations takes half as long, or
# less. Tests marked `optimized` run them as users have them.
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
os.environ.setdefault("NUMBA_CACHE_DIR", str(pathlib.Path(__file__).parents[1] / ".cache" / "numba"))

import jax
import pytest

QUICK = "jax_disable_most_optimizations"

# Real data that lies beside a checkout in some places; never part of the project.
SHARED = pathlib.Path(os.environ.get("JAXMOTIF_SHARED", pathlib.Path(__file__).parents[2] / "shared"))

# Every compiled program maps about a dozen pieces of memory, a process may have 65,530, and a compiler that
# gets no more crashes. Well before that, programs of earlier modules are dropped.
MOST_MAPS = 40_000


@pytest.fixture(autouse=True, scope="module")
def few_memory_maps():
    yield
    maps = pathlib.Path("/proc/self/maps")
    if maps.exists() and maps.read_text().count("\n") > MOST_MAPS:
        jax.clear_caches()
        gc.collect()


def _optimize(item):
    before = jax.config.read(QUICK)
    jax.config.update(QUICK, before and item.get_closest_marker("optimized") is None)
    yield
    jax.config.update(QUICK, before)


@pytest.fixture(autouse=True, scope="module")
def optimized_modules(request):
    yield from _optimize(request.node)


@pytest.fixture(autouse=True)
def optimized_tests(request):
    yield from _optimize(request.node)


@pytest.fixture(scope="session")
def shared_data() -> pathlib.Path:
    """The folder of real data sets, or a skip where there is none."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder} (set JAXMOTIF_SHARED)")
    return folder
