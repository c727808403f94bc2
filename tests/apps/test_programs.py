"""Where compiled programs are kept, and that another file of the same length needs no others."""

import dataclasses
import os
import pathlib
import stat
import subprocess
import sys

import jax
import numpy as np
import pytest

from jaxmotif.apps import programs
from jaxmotif.apps.discover import pipeline
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.dataset import Dataset

TELL = "import os; from jaxmotif.apps import programs as p; print(p.keep()); print(os.environ.get(p.FOLDER))"


def _told(**environment) -> list[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JAX_")}
    done = subprocess.run(
        [sys.executable, "-c", TELL],
        env=kept | environment,
        cwd=pathlib.Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not done.stderr
    return done.stdout.splitlines()


def test_the_users_cache_folder_and_who_wins(tmp_path):
    own = tmp_path / "cache"
    folder = own / "jaxmotif" / "jax" / programs.machine()
    assert _told(XDG_CACHE_HOME=str(own)) == [str(folder)] * 2
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert _told(HOME=str(tmp_path), XDG_CACHE_HOME="")[0].startswith(f"{tmp_path}/.cache/jaxmotif/jax/")
    assert _told(XDG_CACHE_HOME=str(own), JAX_COMPILATION_CACHE_DIR="/elsewhere") == ["/elsewhere"] * 2
    assert _told(XDG_CACHE_HOME=str(own), JAX_COMPILATION_CACHE_DIR="") == ["None", ""]


def test_a_home_that_cannot_be_written_keeps_nothing(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    for home in (file, pathlib.Path("/proc/none")):
        assert _told(XDG_CACHE_HOME=str(home)) == ["None", "None"]


def test_the_oldest_go_first(tmp_path, monkeypatch):
    monkeypatch.setattr(programs, "MOST", 350)
    monkeypatch.setattr(programs, "LEFT", 200)
    (tmp_path / "machine").mkdir()
    for age in range(4):
        path = tmp_path / "machine" / str(age)
        path.write_bytes(b"x" * 100)
        os.utime(path, (1000 - age, 1000 - age))
    programs._trim(tmp_path)
    assert sorted(path.name for path in tmp_path.glob("*/*")) == ["0", "1"]


def _planted(count: int) -> Dataset:
    rng = np.random.default_rng(count)
    codes = rng.integers(0, 4, (count, 40)).astype(np.uint8)
    for row, start in enumerate(rng.integers(0, 30, count)):
        codes[row, start : start + 9] = [3, 2, 0, 1, 3, 1, 0, 1, 2]
    return Dataset(codes)


@pytest.fixture
def compiled():
    """The programs that were compiled or looked up so far, by name."""
    names = []

    def listen(event, _, **known):
        if event == "/jax/core/compile/backend_compile_duration":
            names.append(known.get("fun_name"))

    jax.monitoring.register_event_duration_secs_listener(listen)
    yield names
    jax.monitoring.unregister_event_duration_listener(listen)


def test_another_file_of_the_same_length_compiles_nothing(compiled):
    """Shuffles, training, prediction, reading, importance and scanning."""
    settings = Settings(database="", network="peaks (8)", seeds=1)
    train = settings.train.with_fields(epochs=8, batch_size=32, learning_rate=0.01)
    settings = dataclasses.replace(settings, train=train)
    first = pipeline.discover(_planted(240), settings)
    assert len(first.motifs) and len(compiled)
    compiled.clear()
    second = pipeline.discover(_planted(317), settings)
    assert len(second.motifs)
    assert compiled == []
