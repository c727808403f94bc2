"""What belongs to a run: the settings of its training and the content of its files, not their paths."""

import dataclasses
import hashlib
import shutil

import pytest

from jaxmotif import files
from jaxmotif.apps import rundir
from jaxmotif.apps.discover import reading
from jaxmotif.apps.discover.settings import Settings


def _open(folder, path, **changes):
    settings = dataclasses.replace(Settings(sequences=str(path)), **changes)
    inputs = reading.read(settings).inputs
    finished = rundir.is_finished(folder, settings, inputs)
    return finished, rundir.open_run(folder, settings, inputs=inputs)


def test_a_file_replaced_under_its_name_is_another_input(shared_cases, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first, second = (shared_cases / "case06" / name for name in ("first.fa", "second.fa"))
    shutil.copy(first, "peaks.fa")
    finished, folder = _open("run", "peaks.fa")
    assert not finished
    files.write_text(folder / rundir.SUMMARY, "all is said\n")
    for same in ("peaks.fa", "./peaks.fa", tmp_path / "peaks.fa", first):
        assert _open("run", same)[0] and rundir.summary("run") == ["all is said"]
    shutil.copy(second, "peaks.fa")
    with pytest.raises(ValueError) as caught:
        _open("run", "peaks.fa")
    old, new = (hashlib.sha256(path.read_bytes()).hexdigest() for path in (first, second))
    assert f"sha256 {old} -> {new}" in str(caught.value) and "--noresume" in str(caught.value)
    assert "peaks.fa" in str(caught.value) and rundir.summary("run") == ["all is said"]
    with pytest.raises(ValueError, match="holds a run of other input .negatives: none -> "):
        _open("run", first, negatives=str(second))


def test_settings_of_the_analysis_go_on_and_others_do_not(tmp_path):
    path = tmp_path / "peaks.fa"
    path.write_text("".join(f">p{i}\nACGTTGCA\n" for i in range(60)))
    database = tmp_path / "db.meme"
    database.write_text("MEME version 4\n")
    _, folder = _open(tmp_path / "run", path)
    for change in ({"site_p": 1e-3}, {"max_shown": 2}, {"database": str(database)}):
        files.write_text(folder / rundir.SUMMARY, "all is said\n")
        finished, _ = _open(folder, path, **change)
        assert not finished and not (folder / rundir.SUMMARY).exists()
    # A database of another content is another analysis, not another run.
    files.write_text(folder / rundir.SUMMARY, "all is said\n")
    assert _open(folder, path, database=str(database))[0]
    database.write_text("MEME version 5\n")
    assert not _open(folder, path, database=str(database))[0]
    for change, said in (({"seeds": 4}, "seeds: 3 -> 4"), ({"length": 6}, "length: 0 -> 6")):
        with pytest.raises(ValueError, match=f"holds a run of another config .{said}"):
            _open(folder, path, **change)


def test_what_cannot_be_written_is_told_before_anything_is(tmp_path):
    (tmp_path / "file").write_text("")
    for out in ("file", "file/below"):
        with pytest.raises(ValueError, match="file is a file, not a directory"):
            rundir.is_finished(tmp_path / out, Settings())
    with pytest.raises(ValueError, match="cannot write /proc/here"):
        rundir.is_finished("/proc/here/there", Settings())
    assert not rundir.is_finished(tmp_path / "new" / "run", Settings())
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
