"""The tool that breaks runs: what it calls recovered, refused and lost; a few faults of a real command."""

import shutil
import signal
import sys
import time

import faults
import numpy as np
import pytest

from tests.helpers import sequence_files

# Makes its result of a state that it keeps, and meets a state that was damaged in one of several ways.
PROGRAM = """
import pathlib, sys
way, run = sys.argv[1], pathlib.Path(sys.argv[2].partition("=")[2])
run.mkdir(exist_ok=True)
state = run / "state"
if not state.exists() or (way, *sys.argv[3:]) in (("mends",), ("refuses", "--noresume")):
    state.write_text("whole")
if state.read_text() != "whole":
    if way == "fails":
        raise OSError("what is this?")
    if way != "trusts":
        sys.exit([print("error: the state is damaged", file=sys.stderr), 2][1])
(run / "motifs.meme").write_text(state.read_text())
"""


@pytest.mark.parametrize(
    ("way", "outcome"),
    [
        ("mends", "recovered"),
        ("refuses", "refused"),
        ("refuses for ever", "lost"),
        ("trusts", "accepted"),
        ("fails", "lost"),
    ],
)
def test_outcomes_are_told_apart(tmp_path, way, outcome):
    command = faults.Command("toy", [sys.executable, "-c", PROGRAM, way], tmp_path, "out")
    run = tmp_path / "run"
    shutil.copytree(command.whole, run)
    assert command.again(run) == "recovered"
    (run / "state").write_text("wHole")
    assert command.again(run) == outcome


def test_damage_is_what_it_says(tmp_path):
    rng, path = np.random.default_rng(0), tmp_path / "file"
    for _ in range(20):
        path.write_bytes(bytes(50))
        faults.flip(path, rng)
        assert int.from_bytes(path.read_bytes()).bit_count() == 1 and path.stat().st_size == 50
    sizes = set()
    for _ in range(20):
        path.write_bytes(bytes(50))
        faults.cut(path, rng)
        sizes.add(path.stat().st_size)
    assert sizes == {0, 25, 49}
    path.write_bytes(bytes(50))
    assert faults.damaged(tmp_path, faults.remove, rng) and not path.exists()
    assert not faults.damaged(tmp_path, faults.remove, rng)


@pytest.fixture(name="discover", scope="module")
def fixture_discover(tmp_path_factory):
    """`discover` on a few sequences, with an undisturbed run of it."""
    folder, rng = tmp_path_factory.mktemp("faults"), np.random.default_rng(0)
    path = sequence_files.write_fasta(folder / "peaks.fa", rng.integers(0, 4, (120, 40)).astype(np.uint8))
    database = sequence_files.write_database(folder / "db.meme", 3, {})
    quick = ["--seeds=1", f"--database={database}", "--set=train.epochs=3", "--set=train.save_every=1"]
    words = [sys.executable, "-m", "jaxmotif.apps.cli", "discover", str(path), *quick]
    return faults.Command("discover", words, folder, "out")


def test_a_killed_and_damaged_training_ends_as_it_would_have(discover, tmp_path):
    """A bit of a checkpoint flips, the resumed run is killed, and the checkpoint before is cut short."""
    rng, run = np.random.default_rng(0), tmp_path / "run"
    faults.interrupted(discover, run)
    assert not (run / "checkpoints" / "3").exists()
    (arrays,) = (run / "checkpoints" / "2" / "state" / "d").iterdir()
    faults.flip(arrays, rng)
    process = discover.start(run)
    while process.poll() is None and not (run / "checkpoints" / "damaged_2").exists():
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    (arrays,) = (run / "checkpoints" / "1" / "state" / "d").iterdir()
    faults.cut(arrays, rng)
    assert discover.again(run) == "recovered"
    assert sorted(file.name for file in (run / "checkpoints").glob("damaged_*")) == ["damaged_1", "damaged_2"]


def test_a_run_goes_on_when_a_full_disk_has_room_again(discover):
    with faults.small_disk(100) as place:
        if place is None:
            pytest.skip("only root can mount a small disk")
    size = sum(path.stat().st_size for path in discover.whole.rglob("*") if path.is_file())
    assert faults.full_disk(discover, size // 2 // 1024) == "recovered"


def test_of_two_processes_one_does_the_work(discover, tmp_path):
    assert faults.two_at_once(discover, tmp_path / "run", 0.0) == "recovered"
