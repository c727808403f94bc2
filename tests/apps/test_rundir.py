"""What belongs to a run: the settings of its training and the content of its files, not their paths."""

import dataclasses
import hashlib
import shutil

import pytest

from jaxmotif import cores, files
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
    files.write_text(folder / "metrics.jsonl", '{"epoch": 1}\n')  # training has begun
    for change, said in (({"seeds": 4}, "seeds: 3 -> 4"), ({"length": 6}, "length: 0 -> 6")):
        with pytest.raises(ValueError, match=f"holds a run of another config .{said}"):
            _open(folder, path, **change)


def test_a_run_that_goes_on_with_other_programs_says_so(tmp_path, capsys):
    settings = Settings(sequences="peaks.fa")
    folder = rundir.open_run(tmp_path / "run", settings)
    rundir.open_run(folder, settings)
    assert capsys.readouterr().err == ""
    begun = files.read_json(folder / "env.json")
    files.write_json(
        folder / "env.json", begun | {"few_optimizations": not begun["few_optimizations"], "threads": -1}
    )
    rundir.open_run(folder, settings)
    told = capsys.readouterr().err
    assert "threads: -1 -> " in told and "few optimizations: " in told


def test_what_cannot_be_written_is_told_before_anything_is(tmp_path):
    (tmp_path / "file").write_text("")
    for out in ("file", "file/below"):
        with pytest.raises(ValueError, match="file is a file, not a directory"):
            rundir.is_finished(tmp_path / out, Settings())
    with pytest.raises(ValueError, match="cannot write /proc/here"):
        rundir.is_finished("/proc/here/there", Settings())
    assert not rundir.is_finished(tmp_path / "new" / "run", Settings())
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.fixture(name="finished")
def fixture_finished(tmp_path):
    """A file, and the run directory of a finished run of it with two results."""
    path = tmp_path / "peaks.fa"
    path.write_text("".join(f">p{i}\nACGTTGCA\n" for i in range(60)))
    _, folder = _open(tmp_path / "run", path)
    (folder / "checkpoints").mkdir()
    for name in ("motifs.meme", "supervised/network.npz"):
        files.write_text(folder / name, f"what {name} holds")
    rundir.finish(folder, ["all is said"])
    return path, folder


def test_missing_and_changed_results_are_made_again(finished, capsys):
    path, folder = finished
    (folder / "page.html").write_text("of another command")
    assert _open(folder, path)[0] and not capsys.readouterr().err
    (folder / "supervised" / "network.npz").unlink()
    (folder / "motifs.meme").write_text("somebody's own")
    assert not _open(folder, path)[0]
    assert (
        "motifs.meme, supervised/network.npz missing or changed; analysing again" in capsys.readouterr().err
    )
    assert (folder / "motifs.meme.changed").read_text() == "somebody's own"
    assert not (folder / rundir.SUMMARY).exists()


def test_what_another_command_writes_is_no_result_of_the_run(finished):
    path, folder = finished
    (folder / "motifs.meme").write_text("somebody's own")
    assert not _open(folder, path)[0]
    for name in ("motifs.meme", "dashboard/dashboard.html"):
        files.write_text(folder / name, "written anew")
    rundir.finish(folder, ["all is said"])
    (folder / "motifs.meme.changed").unlink()
    (folder / "dashboard" / "dashboard.html").write_text("of other sequences")
    assert _open(folder, path)[0]


def test_a_damaged_summary_is_not_said(finished, capsys):
    path, folder = finished
    for content in (b"all is sane\n", b"\xff"):
        (folder / rundir.SUMMARY).write_bytes(content)
        assert not rundir.is_finished(folder, Settings(sequences=str(path)), None)
        assert "summary.txt missing or changed; analysing again" in capsys.readouterr().err
    (folder / rundir.OUTPUTS).unlink()
    with pytest.raises(ValueError, match="summary.txt cannot be read"):
        rundir.summary(folder)


def test_a_damaged_record_of_results_vouches_for_none(finished, capsys):
    path, folder = finished
    outside = folder.parent / "mine.txt"
    outside.write_text("my own")
    # Torn, of another kind, and with a file that is not the run's.
    for content in ("", "[]", "{", '{"../mine.txt": "0"}', f'{{"{outside}": "0"}}', '{"": "0"}'):
        rundir.finish(folder, ["all is said"])
        assert _open(folder, path)[0]
        (folder / rundir.OUTPUTS).write_text(content)
        assert not _open(folder, path)[0]
        assert "outputs.json missing or changed; analysing again" in capsys.readouterr().err
        assert not (folder / rundir.OUTPUTS).exists() and not (folder / rundir.SUMMARY).exists()
    assert outside.read_text() == "my own" and not list(folder.parent.rglob("*.changed"))


def test_what_an_analysis_had_written_when_it_was_killed_is_not_kept_as_changed(finished):
    path, folder = finished
    _open(folder, path, site_p=1e-3)
    (folder / "motifs.meme").write_text("of other settings")  # then it was killed
    assert not _open(folder, path, site_p=1e-3)[0]
    assert not list(folder.rglob("*.changed"))


def test_a_run_that_failed_at_its_start_blocks_nothing(tmp_path):
    path = tmp_path / "peaks.fa"
    path.write_text("".join(f">p{i}\nACGTTGCA\n" for i in range(60)))
    _, folder = _open(tmp_path / "run", path, length=4)
    (folder / "checkpoints").mkdir()
    for name in ("metrics.jsonl", f"{files.PARTIAL}network.npz"):
        (folder / name).touch()
    rundir.lock.release(folder)
    assert not _open(folder, path, length=6)[0]
    (folder / "config.json").write_text("")  # the power failed
    assert not _open(folder, path)[0] and not list(folder.glob(f"{files.PARTIAL}*"))
    (folder / "metrics.jsonl").write_text('{"epoch": 1}\n')
    with pytest.raises(ValueError, match="another config .length: 0 -> 6"):
        _open(folder, path, length=6)


def test_a_run_without_its_records_is_not_trusted(finished):
    path, folder = finished
    for name in ("config.json", "inputs.json"):
        content = (folder / name).read_text()
        for torn in ("", content[: len(content) // 2], "[]", None):
            (folder / name).unlink()
            if torn is not None:
                (folder / name).write_text(torn)
            with pytest.raises(ValueError, match=f"{name}"):
                _open(folder, path)
            (folder / name).write_text(content)
    assert _open(folder, path)[0]
    (folder / "config.json").unlink()
    settings = Settings(sequences=str(path))
    rundir.open_run(folder, settings, resume=False, inputs=reading.read(settings).inputs)
    assert (folder.with_name("run.old-1") / "motifs.meme").exists() and not (folder / "motifs.meme").exists()


def test_another_number_of_threads_is_told(finished, capsys, monkeypatch):
    path, folder = finished
    _open(folder, path)
    assert "threads" not in capsys.readouterr().err
    monkeypatch.setenv(cores.THREADS, "7")
    _open(folder, path)
    assert f"threads: {cores.usable()} -> 7" in capsys.readouterr().err


def test_what_was_half_written_is_swept(finished):
    path, folder = finished
    (folder / "supervised" / f"{files.PARTIAL}network-abc.npz").write_text("half")
    _open(folder, path)
    assert not list(folder.rglob(f"{files.PARTIAL}*"))


@pytest.mark.parametrize("left", ["layer2/neuron0.npz", "a/CNN/checkpoints/3/_CHECKPOINT_METADATA"])
def test_parts_of_a_run_without_its_config_are_not_trusted(tmp_path, left):
    settings = Settings(sequences="peaks.fa")
    files.write_text(tmp_path / "run" / left, "of unknown settings")
    with pytest.raises(ValueError, match="holds a run without its config.json"):
        rundir.is_finished(tmp_path / "run", settings)
    # Runs of their own below a folder say nothing of it.
    config = (tmp_path / "run" / left).parent / "config.json"
    files.write_text(config, "{}")
    assert not rundir.is_finished(tmp_path / "run", settings)
    config.unlink()
    rundir.open_run(tmp_path / "run", settings, resume=False)
    assert (tmp_path / "run.old-1" / left).exists() and not (tmp_path / "run" / left).exists()
