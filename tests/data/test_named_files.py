"""Named sets of a user's files, prepared from small files of the same layout; nothing is downloaded."""

import gzip
import json
import subprocess
import sys

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.data import named
from jaxmotif.data.files import deep_sets
from jaxmotif.data.synthetic import grammar
from tests.helpers.compare import assert_same
from tests.helpers.deep_files import write_basset, write_deepsea

pytest.importorskip("tensorflow_datasets")
COUNTS = {"train": 30, "valid": 12, "test": 9}
NAME = "GATA1_K562"


def _write_panel(folder):
    """Peaks with a planted word, as DeepBind's archives hold them."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (260, 40)).astype(np.uint8)
    codes[:, 10:18] = dna.encode(["AGATAAGC"])[0]
    texts = dna.decode(codes)
    for part, some in (("AC", texts[:200]), ("B", texts[200:])):
        rows = "".join(f"A\tseq_{i}_peak\t{text}\t1\n" for i, text in enumerate(some))
        with gzip.open(folder / f"{NAME}_{part}.seq.gz", "wt") as stream:
            stream.write("FoldID\tEventID\tseq\tBound\n" + rows)
    return texts


def test_basset(tmp_path, monkeypatch):
    path = tmp_path / "set.h5"
    truth = write_basset(path, COUNTS, length=20, targets=3)
    expected = deep_sets.basset(path)
    assert_same(named.load_named("basset", tmp_path / "data", path), expected)
    monkeypatch.setattr(deep_sets, "basset", None)  # a second call reads what is there
    found = named.load_named("basset", tmp_path / "data", path)
    assert_same(found, expected)
    np.testing.assert_array_equal(found.valid.sequences, truth["valid"][0])
    (info,) = (tmp_path / "data").rglob("dataset_info.json")
    assert "Kelley" in info.read_text() and info.parent.name == "1.0.0"
    assert json.loads(info.read_text())["name"] == "basset"


def test_deepsea_and_other_content_is_another_variant(tmp_path):
    source, data = tmp_path / "deepsea", tmp_path / "data"
    source.mkdir()
    write_deepsea(source, COUNTS, length=20, targets=3)
    first = named.load_named("deepsea", data, source)
    assert_same(first, deep_sets.deepsea(source))
    write_deepsea(source, COUNTS | {"test": 5}, length=20, targets=3)
    assert len(named.load_named("deepsea", data, source).test) == 5
    assert len(list((data / "tfds").glob("deepsea-*"))) == 2


def test_deepsea_cut_to_twelve_factors_and_to_what_they_bind(tmp_path):
    """Columns 592, 602, ... of 919 by hand, as the supplement of Koo & Eddy numbers them."""
    source, data = tmp_path / "deepsea", tmp_path / "data"
    source.mkdir()
    counts = {"train": 60, "valid": 40, "test": 40}
    truth = write_deepsea(source, counts, length=20, targets=919, positive=0.05)
    found = named.load_named("deepsea_truncated", data, source)
    assert_same(named.load_named("deepsea_truncated", data, source), found)
    columns = [592, 602, 344, 345, 635, 636, 349, 642, 359, 361, 661, 369]
    assert found.train.targets[:3] == ("Arid3a", "CEBPB", "FOSL1") and len(found.train.targets) == 12
    for name, (codes, labels) in truth.items():
        rows = [row for row in range(len(codes)) if any(labels[row, column] for column in columns)]
        assert 1 < len(rows) < len(codes)
        part = getattr(found, name)
        np.testing.assert_array_equal(part.sequences, codes[rows])
        np.testing.assert_array_equal(part.labels, labels[rows][:, columns])
    (info,) = data.rglob("dataset_info.json")
    assert "Koo, Peter" in info.read_text()
    (source / "valid.mat").unlink()
    with pytest.raises(ValueError, match="valid.mat"):
        named.load_named("deepsea_truncated", data, source)


def test_an_experiment_of_the_panel(tmp_path):
    source = tmp_path / "panel"
    source.mkdir()
    texts = _write_panel(source)
    found = named.load_named("encode_panel", tmp_path / "data", source, experiment=NAME, seed=1)
    again = named.load_named("encode_panel", tmp_path / "data", source, experiment=NAME, seed=1)
    assert_same(found, again)
    tests = found.test.sequences[found.test.is_positive]
    assert sorted(dna.decode(tests)) == sorted(texts[200:])
    # Each peak has a shuffle, on its own side.
    learned = sum(len(part) for part in (found.train, found.valid))
    assert learned == 2 * 200 and found.train.labels.mean() == pytest.approx(0.5, abs=0.02)
    groups = [set(part.group.tolist()) for part in (found.train, found.valid)]
    assert len(found.valid) and not groups[0] & groups[1]
    with pytest.raises(ValueError, match="unknown experiment 'CTCF'; known: GATA1_K562"):
        named.load_named("encode_panel", tmp_path / "data", source, experiment="CTCF")


def test_the_planted_grammar_keeps_its_truth(tmp_path):
    found = named.load_named("neuronmotif_grammar", tmp_path, n=30, seed=2)
    assert_same(found, grammar.grammar_splits(2, 30))


def test_builders_are_registered_and_need_no_tensorflow(tmp_path):
    code = (
        "import sys, importlib\n"
        "import jaxmotif.data.named as named\n"
        "assert 'tensorflow_datasets' not in sys.modules\n"
        "import tensorflow_datasets as tfds\n"
        "for room, names in (('synthetic', named.NAMES), ('files', named.FROM_FILES)):\n"
        "    for name in names:\n"
        "        importlib.import_module(f'jaxmotif.data.{room}.builders.{name}')\n"
        "        builder = tfds.builder_cls(name)\n"
        "        assert (builder.name, str(builder.VERSION)) == (name, '1.0.0'), name\n"
        "assert 'tensorflow' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "name,source,message",
    [
        ("basset", "", "data set 'basset' needs a source that is there, got '.'"),
        ("basset", "no.h5", "needs a source that is there"),
        ("basset", ".", "needs a source"),
        ("deepsea", "file", "file is no folder"),
        ("koo_eddy", "file", "data set 'koo_eddy' comes from no files"),
    ],
)
def test_sources_that_are_none_are_named(name, source, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(ValueError, match=message):
        named.load_named(name, tmp_path / "data", source)
