"""Commands in several processes on this machine: process 0 does what they say, the others train with it."""

import pathlib
import signal

import jax
import numpy as np
import pytest

from jaxmotif import dna, files
from jaxmotif.motifs import formats
from tests.helpers import sequence_files, started

pytestmark = pytest.mark.skipif(
    jax.device_count() < 8,
    reason="needs the settings of tests/multidevice: see test_members for the XLA_FLAGS",
)
EPOCHS, SAVED = 40, 20


@pytest.fixture(scope="module")
def peaks(tmp_path_factory) -> pathlib.Path:
    """Sequences with a planted word."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (200, 40), np.uint8)
    word = dna.encode(["TGACTCATTAGC"])[0]
    for row, start in enumerate(rng.integers(0, 28, len(codes))):
        codes[row, start : start + len(word)] = word
    path = tmp_path_factory.mktemp("peaks") / "peaks.fa"
    return sequence_files.write_fasta(path, codes)


def _discover(peaks: pathlib.Path, out: pathlib.Path) -> list[str]:
    settings = (
        f"train.schedule.epochs={EPOCHS}",
        f"train.schedule.save_every={SAVED}",
        "train.schedule.patience=0",
    )
    flags = [f"--out={out}", "--network=CNN-25 (4)", "--seeds=2", *(f"--set={one}" for one in settings)]
    return ["-m", "jaxmotif", "discover", str(peaks), *flags]


@pytest.fixture(scope="module")
def finished(peaks, tmp_path_factory) -> tuple[pathlib.Path, list[str]]:
    """The directory of a run in two processes, and what each of them has said."""
    out = tmp_path_factory.mktemp("two") / "run"
    with started.started(started.together(2, *_discover(peaks, out)), XLA_FLAGS="") as running:
        assert running.codes() == [0, 0], [running.text(0), running.text(1)]
        return out, [running.text(0), running.text(1)]


def test_motifs_of_two_processes_are_the_bytes_of_one(peaks, finished, tmp_path):
    with started.started([_discover(peaks, tmp_path / "run")], XLA_FLAGS="") as running:
        assert running.codes() == [0], running.text(0)
        alone = running.text(0)
    out, said = finished
    for name in ("motifs.meme", "sites.tsv", "tomtom.tsv"):
        assert (out / name).read_bytes() == (tmp_path / "run" / name).read_bytes(), name
    assert formats.read(str(out / "motifs.meme"))
    # Process 0 says what a run of one says; the other one nothing.
    assert "training on cpu: 2 processes, 2 devices" in said[0] and "report: " in said[0]
    assert "training on cpu: " in alone and "2 processes" not in alone
    assert said[1] == ""
    assert {path.name for path in out.iterdir()} == {path.name for path in (tmp_path / "run").iterdir()}


def test_whoever_is_told_to_stop_or_killed_ends_all_and_the_same_command_continues(peaks, finished, tmp_path):
    out = tmp_path / "run"
    metrics = out / "metrics.jsonl"
    trained = lambda epochs: lambda: metrics.exists() and metrics.read_text().count("\n") >= epochs
    with started.started(started.together(2, *_discover(peaks, out)), XLA_FLAGS="") as running:
        running.wait_until(trained(4))
        running.send(1, signal.SIGTERM)
        assert running.codes() == [143, 143], [running.text(0), running.text(1)]
        assert "stopped by SIGTERM after epoch" in running.text(0) and running.text(1) == ""
    with started.started(started.together(2, *_discover(peaks, out)), XLA_FLAGS="") as running:
        running.wait_until(trained(SAVED + 2))
        running.send(1, signal.SIGKILL)
        assert running.codes() == [1, -signal.SIGKILL], running.text(0)
        last = running.text(0).splitlines()[-1]
        assert last.startswith(
            "error: another process of this run has ended, or cannot be reached; the same command"
        )
    assert not (out / "network.npz").exists()
    with started.started(started.together(2, *_discover(peaks, out)), XLA_FLAGS="") as running:
        assert running.codes() == [0, 0], [running.text(0), running.text(1)]
    whole, resumed = (files.load_npz(folder / "network.npz") for folder in (finished[0], out))
    assert whole.keys() == resumed.keys()
    for name, value in whole.items():
        np.testing.assert_array_equal(resumed[name], value, err_msg=name)
    assert (out / "motifs.meme").read_bytes() == (finished[0] / "motifs.meme").read_bytes()


def test_all_end_with_the_code_of_bad_input(peaks, tmp_path):
    command = [*_discover(peaks, tmp_path / "run"), "--database=JASPAR1999"]
    with started.started(started.together(2, *command), XLA_FLAGS="") as running:
        assert running.codes() == [2, 2]
        assert running.text(0).startswith("error: ") and running.text(0).count("\n") == 1
        assert running.text(1) == ""
