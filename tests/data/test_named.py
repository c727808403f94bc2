"""Named data sets: through tensorflow-datasets, from .npz files, and what is refused."""

import subprocess
import sys

import numpy as np
import pytest

from jaxmotif.data import named
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.data.files import archive
from jaxmotif.data.synthetic import koo_eddy
from tests.helpers.compare import assert_same

OPTIONS = dict(seed=3, n=60, length=150, min_gap=2)


@pytest.fixture(scope="module")
def generated():
    return koo_eddy.koo_eddy_splits(**OPTIONS)


def test_prepared_set_equals_the_generated_one_and_is_kept(tmp_path, generated, monkeypatch):
    pytest.importorskip("tensorflow_datasets")
    assert_same(named.load_named("koo_eddy", tmp_path, **OPTIONS), generated)
    monkeypatch.setattr(koo_eddy, "koo_eddy_splits", None)  # a second call reads what is there
    assert_same(named.load_named("koo_eddy", tmp_path, **OPTIONS), generated)
    (info,) = tmp_path.rglob("dataset_info.json")
    assert "Koo" in info.read_text() and info.parent.name == "1.0.0"


def test_preparing_needs_no_tensorflow_and_prints_nothing(tmp_path):
    pytest.importorskip("tensorflow_datasets")
    code = (
        "import sys\n"
        "from jaxmotif.data import named\n"
        "assert 'tensorflow_datasets' not in sys.modules\n"
        f"named.load_named('koo_eddy', {str(tmp_path)!r}, n=20)\n"
        "assert 'tensorflow_datasets' in sys.modules and 'tensorflow' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("stem", ["koo_eddy-seed3-n60-length150-min_gap2", "koo_eddy"])
def test_an_npz_file_is_taken_first(tmp_path, generated, stem, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    archive.save(tmp_path / f"{stem}.npz", generated, {"name": "koo_eddy", **OPTIONS})
    assert_same(named.load_named("koo_eddy", tmp_path, **OPTIONS), generated)


def test_without_file_or_package_it_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(ValueError, match=r"pip install jaxmotif\[data\], or put koo_eddy-seed0-n20"):
        named.load_named("koo_eddy", tmp_path, n=20)


def test_any_npz_file_has_a_name(tmp_path):
    arrays = {f"{part}/sequences": np.eye(4, 7, dtype=np.uint8) for part in archive.PARTS}
    np.savez(tmp_path / "mine.npz", **arrays)
    splits = named.load_named("mine", tmp_path)
    np.testing.assert_array_equal(splits.test.sequences, np.eye(4, 7))
    assert splits.test.labels is None and splits.test.names == ["seq1", "seq2", "seq3", "seq4"]
    with pytest.raises(ValueError, match="no options"):
        named.load_named("mine", tmp_path, n=4)


def test_all_fields_survive_an_archive(tmp_path):
    part = Dataset(
        np.array([[0, 1, 4], [3, 3, 2]], np.uint8),
        np.float32([[1, 0], [0, np.nan]]),
        ["a", "b"],
        ("left", "right"),
        chrom=["chr1", ""],
        start=[10, -1],
        group=[5, 5],
        notes=("cropped",),
    )
    splits = Splits(part, part.take([1]), part.take([]))
    archive.save(tmp_path / "x.npz", splits, {"name": "x"})
    loaded, recipe = archive.load(tmp_path / "x.npz")
    assert recipe == {"name": "x"}
    assert_same(loaded, splits)


def test_bad_input_is_refused(tmp_path, generated):
    with pytest.raises(ValueError, match="unknown data set 'koo'; known: koo_eddy"):
        named.load_named("koo", tmp_path)
    with pytest.raises(ValueError, match="no option 'size'; known: seed, n"):
        named.load_named("koo_eddy", tmp_path, size=3)
    archive.save(tmp_path / "koo_eddy.npz", generated, {"name": "koo_eddy", **OPTIONS})
    with pytest.raises(ValueError, match="'seed': 3.*not with .*'seed': 4"):
        named.load_named("koo_eddy", tmp_path, **{**OPTIONS, "seed": 4})
    whole = (tmp_path / "koo_eddy.npz").read_bytes()
    (tmp_path / "koo_eddy.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="no .npz file that can be read"):
        named.load_named("koo_eddy", tmp_path, **OPTIONS)
    (tmp_path / "koo_eddy.npz").write_bytes(b"")
    with pytest.raises(ValueError, match="no .npz file that can be read"):
        named.load_named("koo_eddy", tmp_path, **OPTIONS)
    np.savez(tmp_path / "half.npz", **{"train/sequences": np.zeros((1, 2), np.uint8)})
    with pytest.raises(ValueError, match="no valid/sequences"):
        named.load_named("half", tmp_path)
    np.savez(tmp_path / "odd.npz", **{f"{p}/sequences": np.zeros((1, 2)) for p in archive.PARTS})
    with pytest.raises(ValueError, match="part train: sequences must be uint8"):
        named.load_named("odd", tmp_path)
    with pytest.raises(ValueError, match="no such file"):
        archive.load(tmp_path / "none.npz")
    with pytest.raises(ValueError, match="should end in .npz"):
        archive.save(tmp_path / "x.npy", generated)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    pytest.importorskip("tensorflow_datasets")
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="cannot write"):
        named.load_named("koo_eddy", tmp_path / "file" / "data", n=20)


def test_processes_that_prepare_the_same_set_together_all_get_it(tmp_path, generated):
    pytest.importorskip("tensorflow_datasets")
    code = (
        "from jaxmotif.data import named\n"
        f"splits = named.prepare('koo_eddy', {str(tmp_path)!r}, **{OPTIONS})\n"
        "print(int(splits.train.sequences.astype(int).sum()))"
    )
    begun = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(3)]
    sums = [int(one.communicate()[0] or -1) for one in begun]
    assert sums == [int(generated.train.sequences.astype(int).sum())] * 3
    assert not [one for one in tmp_path.rglob("*") if "incomplete" in one.name or one.name.startswith(".")]
