"""Scores by target, and two networks compared target by target."""

import json

import numpy as np
import pytest
import scipy.stats

from experiments.deep_networks import compare, launcher, scores
from jaxmotif.data.dataset import Dataset


def test_scores_of_targets_by_their_definition():
    rng = np.random.default_rng(0)
    labels = (rng.random((40, 3)) < 0.3).astype(np.uint8)
    labels[:, 1] = 0  # a target without a positive
    test = Dataset(rng.integers(0, 4, (40, 12), dtype=np.uint8), labels, targets=("a", "b", "c"))
    logits = rng.normal(size=(2, 40, 3))
    found = scores.of(logits, test)
    assert np.isnan(found.auroc[:, 1]).all() and np.isnan(found.aupr[:, 1]).all()
    for member in range(2):
        for target in (0, 2):
            y, s = labels[:, target] == 1, logits[member, :, target]
            wins = (s[y][:, None] > s[~y]).mean()
            assert found.auroc[member, target] == pytest.approx(wins)
            ordered = y[np.argsort(-s)]
            precision = np.cumsum(ordered) / np.arange(1, 41)
            assert found.aupr[member, target] == pytest.approx(precision[ordered].mean())
    assert found.means("aupr")[0] == pytest.approx((found.aupr[0, 0] + found.aupr[0, 2]) / 2)
    assert found.positives.tolist() == labels.sum(axis=0).tolist() and found.sequences == 40
    with pytest.raises(ValueError, match="both classes"):
        scores.of(logits[:, :, 1:2], Dataset(test.sequences, labels[:, 1:2]))


def run_of(place, name, targets, aupr, positives=None, sequences=100):
    place.mkdir()
    aupr = np.atleast_2d(aupr)
    positives = np.arange(len(targets)) + 5 if positives is None else np.asarray(positives)
    scores.save(place, scores.Scores(tuple(targets), aupr / 2, aupr, positives, sequences))
    (place / "table.json").write_text(json.dumps([{"model": name}]))
    return str(place)


def test_a_comparison_pairs_targets_by_name_and_tests_one_side(tmp_path, capsys):
    rng = np.random.default_rng(1)
    targets = [f"t{i}" for i in range(12)]
    x = rng.random((2, 12))
    y = x + 0.05 + 0.02 * rng.normal(size=(2, 12))
    x[:, 3] = np.nan
    order = rng.permutation(12)
    first = run_of(tmp_path / "x", "Basset", targets, x)
    second = run_of(tmp_path / "y", "BD-10", [targets[i] for i in order], y[:, order], order + 5)
    folder = tmp_path / "out"
    launcher.main(["deep_networks", "--config=compare", f"--compare={first},{second}", f"--workdir={folder}"])
    assert "one-sided t p" in capsys.readouterr().out
    row = json.loads((folder / "table.json").read_text())[0]
    keep = np.arange(12) != 3
    expected = scipy.stats.ttest_1samp((y - x).mean(axis=0)[keep], 0, alternative="greater").pvalue
    assert (row["x"], row["y"], row["targets"]) == ("Basset", "BD-10", 11)
    assert row["one-sided t p"] == pytest.approx(expected, rel=0.05)
    assert row["mean difference"] == pytest.approx(np.mean((y - x).mean(axis=0)[keep]), abs=1e-4)
    each = json.loads((folder / "targets.json").read_text())
    assert [one["target"] for one in each] == [t for t in targets if t != "t3"]
    for name in ("table.md", "compare.png", "compare.svg"):
        assert (folder / name).stat().st_size
    assert "data:image/svg+xml" in (folder / "report.html").read_text()
    # The dumped config makes the same again.
    again = tmp_path / "again"
    launcher.main(["deep_networks", f"--config={folder / 'config.json'}", f"--workdir={again}"])
    assert json.loads((again / "table.json").read_text()) == [row]


def test_runs_are_named_from_everywhere_and_other_ones_go_elsewhere(tmp_path, monkeypatch):
    for name, aupr in (("x", [0.1, 0.2, 0.3]), ("y", [0.2, 0.2, 0.5]), ("z", [0.3, 0.5, 0.4])):
        run_of(tmp_path / name, name, ["a", "b", "c"], aupr)
    monkeypatch.chdir(tmp_path)
    for runs in ("x,y", "x,z", f"x,{tmp_path}/y"):
        launcher.main(["deep_networks", "--config=compare", f"--compare={runs}"])
    written = [
        json.loads((place / "config.json").read_text())["runs"] for place in (tmp_path / "runs").iterdir()
    ]
    assert sorted(written) == [[str(tmp_path / name) for name in pair] for pair in ("xy", "xz")]


def test_what_cannot_be_compared_is_named(tmp_path):
    targets = ["a", "b", "c"]
    first = run_of(tmp_path / "x", "N", targets, [0.1, 0.2, 0.3])
    other_set = run_of(tmp_path / "y", "N", targets, [0.1, 0.2, 0.3], sequences=99)
    other_targets = run_of(tmp_path / "z", "N", ["d", "e", "f"], [0.1, 0.2, 0.3])
    same = run_of(tmp_path / "w", "N", targets, [0.2, 0.3, 0.5])
    for runs, message in (
        ((first, other_set), "same sequences"),
        ((first, other_targets), "0 targets in common"),
        ((first, str(tmp_path)), "no scores.npz"),
    ):
        with pytest.raises(ValueError, match=message):
            compare.pairs(compare.Comparison(runs))
    with pytest.raises(ValueError, match="two runs"):
        compare.build(first, [])
    with pytest.raises(ValueError, match="two runs"):
        launcher.main(["deep_networks", "--config=compare", f"--workdir={tmp_path / 'none'}"])
    assert not (tmp_path / "none").exists()
    assert compare.pairs(compare.Comparison((first, same))).names == ("N (x)", "N (w)")
