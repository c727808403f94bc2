"""TF-MoDISco's results: files of the layout that `modisco motifs` writes, and damaged ones."""

import gzip

import h5py
import numpy as np
import pytest

import jaxmotif as jm
from jaxmotif.apps import cli
from jaxmotif.motifs import formats, jaspar

FLANK = np.full((12, 4), 0.25)


def _ppm(word):
    return 0.04 + 0.84 * np.eye(4)[["ACGT".index(letter) for letter in word]]


def _pattern(group, name, shares, count, depth=1):
    """One pattern as tf-modisco-lite saves it, with the seqlets, and subpatterns of the same layout."""
    own, rng = group.create_group(name), np.random.default_rng(count)
    own["sequence"] = shares
    own["contrib_scores"] = own["hypothetical_contribs"] = rng.normal(size=shares.shape)
    seqlets = own.create_group("seqlets")
    seqlets["n_seqlets"] = np.array([count])
    starts = rng.integers(0, 100, count)
    seqlets["start"], seqlets["end"] = starts, starts + len(shares)
    seqlets["example_idx"], seqlets["is_revcomp"] = np.arange(count), np.arange(count) % 2 == 0
    seqlets["sequence"] = np.eye(4, dtype=np.float32)[rng.integers(0, 4, (count, len(shares)))]
    for number in range(depth):
        _pattern(own, f"subpattern_{number}", shares[::-1], count // 2, 0)


@pytest.fixture(name="path")
def fixture_path(tmp_path):
    path = tmp_path / "modisco_results.h5"
    with h5py.File(path, "w") as file:
        file.attrs["window_size"] = 200
        positive, negative = file.create_group("pos_patterns"), file.create_group("neg_patterns")
        for number in range(12):
            shares = np.concatenate([FLANK, _ppm("TGACTCA"), FLANK]) if number else _ppm("AGATAAGG")
            _pattern(positive, f"pattern_{number}", shares, 40 + number)
        # Half of the seqlets have an N at one place, all of them at another.
        shares = np.concatenate([FLANK, _ppm("CACCTG"), FLANK])
        shares[14], shares[15] = shares[14] / 2, 0
        _pattern(negative, "pattern_0", shares, 30)
    return path


def test_patterns_are_motifs_in_the_order_of_their_numbers(path):
    found = jm.read_motifs(path)
    names = [f"pos_patterns.pattern_{i}" for i in range(12)] + ["neg_patterns.pattern_0"]
    assert [motif.name for motif in found] == names
    assert [motif.nsites for motif in found] == [*range(40, 52), 30]
    assert [motif.consensus for motif in found[:3]] == ["AGATAAGG", "TGACTCA", "TGACTCA"]
    for motif, word in zip(found[:2], ("AGATAAGG", "TGACTCA"), strict=True):
        np.testing.assert_allclose(motif.ppm, _ppm(word), atol=1e-12)
        assert motif.source == "modisco_results.h5"
    expected = _ppm("CACCTG")
    expected[3] = 0.25
    np.testing.assert_allclose(found[-1].ppm, expected, atol=1e-12)


def test_a_result_is_matched_and_is_a_database(path, tmp_path, capsys):
    known = [jm.Motif("AP1", _ppm("TGACTCA"), 50), jm.Motif("B", _ppm("CACCTG"), 9)]
    jm.write_motifs(tmp_path / "x.meme", known)
    with pytest.warns(UserWarning, match="only 2 targets"):
        cli.dispatch(["jaxmotif", "match", str(path), str(tmp_path / "x.meme"), "--e=.01"])
    rows = [line.split("\t")[:2] for line in capsys.readouterr().out.splitlines()[1:]]
    assert ["pos_patterns.pattern_1", "AP1"] in rows and ["pos_patterns.pattern_0", "AP1"] not in rows
    assert len(jaspar.database(path)) == 13
    jm.read_motifs(path)[:2].to_meme(tmp_path / "again.meme")
    assert jm.read_motifs(tmp_path / "again.meme")[1].consensus == "TGACTCA"


def test_a_result_without_patterns_is_an_empty_set(tmp_path):
    for name, groups in (("none.h5", ()), ("empty.h5", ("pos_patterns", "neg_patterns"))):
        with h5py.File(tmp_path / name, "w") as file:
            file.attrs["window_size"] = 400
            for group in groups:
                file.create_group(group)
        assert len(jm.read_motifs(tmp_path / name)) == 0
        with pytest.raises(ValueError, match=f"{name}: no motif in the file"):
            formats.read(tmp_path / name)


def _refused(path, message):
    with pytest.raises(ValueError, match=message) as error:
        formats.read(path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)


def test_damaged_and_foreign_files_say_what_they_are(path, tmp_path):
    whole = path.read_bytes()
    short, foreign, old = (tmp_path / name for name in ("short.h5", "keras.h5", "old.h5"))
    short.write_bytes(whole[: len(whole) // 2])
    _refused(short, r"no TF-MoDISco result that can be read \(.*truncated")
    packed = tmp_path / "x.h5.gz"
    packed.write_bytes(gzip.compress(whole[:4000]))
    _refused(packed, "is gzipped HDF5: unpack it first")
    with h5py.File(foreign, "w") as file:
        file["model_weights/conv/kernel"] = np.zeros(3)
    _refused(foreign, "is HDF5 without pos_patterns or neg_patterns: no TF-MoDISco result")
    with h5py.File(old, "w") as file:
        file.create_group("metacluster_idx_to_submetacluster_results/metacluster_0")
    _refused(old, "before its lite version: modisco convert")


@pytest.mark.parametrize(
    "part, value, message",
    [
        ("sequence", None, "pattern_1 has no sequence"),
        ("seqlets/n_seqlets", None, "pattern_1 has no seqlets/n_seqlets"),
        ("sequence", np.zeros((4, 31)), r"sequence must be \(width, 4\), not \(4, 31\)"),
        ("sequence", np.zeros((0, 4)), r"sequence must be \(width, 4\)"),
        ("sequence", np.full((5, 4), -0.1), "shares of letters, from 0 to 1"),
        ("sequence", np.full((5, 4), np.nan), "shares of letters, from 0 to 1"),
        ("sequence", np.full((5, 4), 0.5), "must sum to 1, not 2"),
        ("seqlets/n_seqlets", np.array([0]), "n_seqlets must be one number above 0"),
    ],
)
def test_malformed_patterns_are_named(path, part, value, message):
    with h5py.File(path, "a") as file:
        pattern = file["pos_patterns/pattern_1"]
        del pattern[part]
        if value is not None:
            pattern[part] = value
    _refused(path, message)
