"""Rows made apart and brought together, against rows made by one process."""

import dataclasses
import fcntl
import json

import pytest

from experiments.common import shards
from experiments.grim import launcher as grim
from experiments.koo_eddy import launcher as koo_eddy
from jaxmotif import files
from jaxmotif.apps import lock, rundir
from jaxmotif.data import named
from jaxmotif.data.files import archive
from jaxmotif.data.synthetic import grim as tasks
from jaxmotif.data.synthetic import koo_eddy as benchmark


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    options = named.complete("grim_task1", dict(n=300))
    archive.save(folder / f"{named.label('grim_task1', options)}.npz", tasks.task1_splits(**options))
    options = dict(seed=0, n=300, length=200, min_gap=1)
    archive.save(folder / f"{named.label('koo_eddy', options)}.npz", benchmark.koo_eddy_splits(**options))
    return folder


def _run(module, data_dir, folder, *more):
    common = ["--scale=smoke", f"--data_dir={data_dir}", f"--workdir={folder}", "--set=sequences=300"]
    module.main([module.__name__, *common, "--set=train.schedule.batch_size=40", *more])


def _told(folder):
    """The table, but for when and how long rows were made."""
    rows = json.loads((folder / "table.json").read_text())
    return [{key: value for key, value in row.items() if key not in ("run", "seconds")} for row in rows]


@pytest.mark.parametrize(
    "module,own,apart",
    [
        (grim, ("--config=task1", "--set=models=GRIM-4 (8),CNN-4 (8)"), ["GRIM-4-8-bounded", "CNN-4-8"]),
        (koo_eddy, ("--config=table1", "--set=networks=CNN-25 (4),CNN-50 (4)"), ["CNN-50-4"]),
    ],
)
def test_shards_make_the_table_of_one_process(module, own, apart, data_dir, tmp_path, capsys):
    _run(module, data_dir, tmp_path / "whole", *own)
    for text in ("1/2", "2/2"):
        _run(module, data_dir, tmp_path / "parts", *own, f"--shard={text}")
    second = tmp_path / "parts" / "shard2of2"
    assert all((second / name).is_dir() for name in apart)
    assert not (tmp_path / "parts" / "report.html").exists()
    weights = {path: path.read_bytes() for path in second.glob("*/row.json")}
    _run(module, data_dir, tmp_path / "parts", *own, "--merge")
    assert _told(tmp_path / "parts") == _told(tmp_path / "whole")
    assert (tmp_path / "parts" / "report.html").exists()
    # Taken, not made again.
    for path, content in weights.items():
        assert (tmp_path / "parts" / path.parent.name / path.name).read_bytes() == content
        assert not path.exists()
    assert "shard1of2: " in (said := capsys.readouterr().err) and "shard2of2: " in said


def test_shards_of_another_config_or_that_still_run_are_not_taken(data_dir, tmp_path):
    own = ("--config=task1", "--set=models=CNN-4 (8),CNN-4 (8)-exp")
    _run(grim, data_dir, tmp_path / "run", *own, "--shard=1/2")
    with pytest.raises(ValueError, match="shard1of2 holds rows of another config .seed: 0 -> 1"):
        _run(grim, data_dir, tmp_path / "run", *own, "--seed=1", "--merge")
    folder = tmp_path / "run" / "shard1of2"
    config = grim.build(str(folder / "config.json"), "smoke", 0, [])
    lock.release(folder)
    with (folder / lock.LOCK).open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)  # as another process does
        with pytest.raises(ValueError, match="is in use"):
            shards.gather(tmp_path / "run", config)


@dataclasses.dataclass(frozen=True)
class Few:
    """Settings of nothing."""

    rows: int = 2


def _shard(root, name, content, sha256="0"):
    """A shard with one row, as one process leaves it, or one of --noresume moves it aside."""
    folder = rundir.open_run(root / name, Few(), inputs={"train": {"file": "a", "sha256": sha256}})
    (folder / "row").mkdir()
    (folder / "row" / "row.json").write_text(content)
    lock.release(folder)
    return folder


def test_shards_that_were_moved_aside_are_not_taken(tmp_path):
    _shard(tmp_path, "shard1of2.old-1", "old")
    (_shard(tmp_path, "shard1of2", "new") / "row").rename(tmp_path / "row")
    _shard(tmp_path, "shard2of2.old-1", "old")
    other = tmp_path / "shard2of2.old-1" / "row"
    other.rename(other.with_name("other"))
    shards.gather(tmp_path, Few())
    assert (tmp_path / "row" / "row.json").read_text() == "new" and not (tmp_path / "other").exists()


def test_shards_of_other_files_are_not_taken(tmp_path):
    _shard(tmp_path, "shard1of2", "row", "1")
    folder = rundir.open_run(tmp_path, Few(), inputs={"train": {"file": "a", "sha256": "2"}})
    with pytest.raises(ValueError, match="shard1of2 holds rows of other input .train: a, sha256"):
        shards.gather(folder, Few())
    files.write_json(folder / rundir.INPUTS, {"train": {"file": "b", "sha256": "1"}})
    shards.gather(folder, Few())
    assert (tmp_path / "row" / "row.json").exists()
    lock.release(folder)


def test_what_a_running_shard_is_writing_stays(tmp_path):
    running = rundir.open_run(tmp_path / "shard1of2", Few())
    half = running / f"{files.PARTIAL}weights.npz"
    half.write_text("half")
    killed = tmp_path / f"{files.PARTIAL}table.md"
    killed.write_text("half")
    folder = rundir.open_run(tmp_path, Few())
    assert half.exists() and not killed.exists()
    lock.release(running)
    rundir.open_run(tmp_path, Few())
    assert not half.exists()
    lock.release(folder)


def test_flags_that_cannot_be_together(data_dir, tmp_path):
    for more, words in (
        (("--shard=1/2", "--merge"), "give one of --merge and --shard"),
        (("--shard=3/2",), "--shard wants k/n"),
        (("--shard=1/2", "--sweep=code=4,8"), "a grid has neither shards"),
    ):
        with pytest.raises(ValueError, match=words):
            _run(grim, data_dir, tmp_path / "run", "--config=task1", *more)
