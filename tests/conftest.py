"""Settings and fixtures for the whole suite."""

import os
import pathlib

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("NUMBA_CACHE_DIR", str(pathlib.Path(__file__).parents[1] / ".cache" / "numba"))

import pytest  # noqa: E402

# Real data that lies beside a checkout in some places; never part of the project.
SHARED = pathlib.Path(os.environ.get("JAXMOTIF_SHARED", pathlib.Path(__file__).parents[2] / "shared"))


@pytest.fixture(scope="session")
def shared_data() -> pathlib.Path:
    """The folder of real data sets, or a skip where there is none."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder} (set JAXMOTIF_SHARED)")
    return folder
