"""What simple properties tell: features as brute force counts them, the discriminant as scikit-learn's."""

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import roc_auc_score

from jaxmotif import dna
from jaxmotif.data import negatives
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.judge import composition, lengths, task


def letters(seed, count, length=60, gc=0.5):
    rng = np.random.default_rng(seed)
    return rng.choice(4, (count, length), p=[(1 - gc) / 2, gc / 2, gc / 2, (1 - gc) / 2]).astype(np.uint8)


def padded(seed, count, low, high, length=60):
    """Rows of a file of records of `low` to `high` nt, padded as its reader does."""
    codes = letters(seed, count, length)
    own = np.random.default_rng(seed).integers(low, high + 1, count)
    left = (length - own) // 2
    places = np.arange(length)
    inside = (places >= left[:, None]) & (places < (left + own)[:, None])
    return Dataset(np.where(inside, codes, 4).astype(np.uint8), offset=-left, record_length=own)


def labelled(*sets):
    labels = np.repeat([1, 0], [len(sets[0]), len(sets[1])])
    return task.concatenate(
        [
            Dataset(d.sequences, y, offset=d.offset, record_length=d.record_length)
            for d, y in zip(sets, np.split(labels, [len(sets[0])]), strict=True)
        ]
    )


def test_properties_as_counted_by_hand():
    data = Dataset(dna.encode(["NACGTNNACN", "GGGGGGGGGG"]), offset=[-1, 3], record_length=[9, 20])
    found = composition.properties(data)
    # The last N of the first is one of its own, since nine letters follow one of padding.
    assert found["length"].tolist() == [[1, 0, 1], [0, 0, 0]]
    assert found["N"].tolist() == [[3, 2], [0, 0]]
    assert found["GC"][:, 0].tolist() == [0.5, 1]
    # AC, CG, GT, AC: AC and GT are one, CG is its own other strand and counts twice.
    assert sorted(found["dinucleotides"][0][found["dinucleotides"][0] > 0].tolist()) == [0.4, 0.6]
    assert composition.padding(Dataset(data.sequences)).tolist() == [[1, 1], [0, 0]]
    other = Dataset(dna.reverse_complement(data.sequences))
    np.testing.assert_allclose(composition.properties(other)["dinucleotides"], found["dinucleotides"])
    np.testing.assert_allclose(found["dinucleotides"].sum(axis=1), 1)


def test_the_discriminant_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 4)) @ rng.normal(size=(4, 4))
    y = x[:, 0] + rng.normal(size=300) > 0
    ours = composition.discriminant(x[:200], y[:200], x[200:])
    theirs = LinearDiscriminantAnalysis(solver="lsqr").fit(x[:200], y[:200]).decision_function(x[200:])
    assert np.corrcoef(ours, theirs)[0, 1] > 0.999
    assert not composition.discriminant(np.ones((9, 2)), np.arange(9) > 4, np.ones((3, 2))).any()


def test_auroc_is_that_of_scikit_learn():
    rng = np.random.default_rng(1)
    for levels in (2, 5, 1000):
        y, score = rng.random(90) < 0.3, rng.integers(levels, size=90).astype(float)
        assert lengths.auroc(y, score) == pytest.approx(roc_auc_score(y, score))


def test_what_simple_properties_reach():
    parts = [
        labelled(Dataset(letters(seed, 400, gc=0.55)), Dataset(letters(seed + 10, 400))) for seed in (0, 1)
    ]
    scores = composition.scores(*parts)
    reached = {name: roc_auc_score(parts[1].is_positive, own) for name, own in scores.items()}
    assert reached["length"] == reached["N"] == 0.5
    gc = (parts[1].sequences % 3 > 0).mean(axis=1)
    assert reached["GC"] == pytest.approx(roc_auc_score(parts[1].is_positive, gc), abs=0.01)
    assert abs(reached["dinucleotides"] - reached["GC"]) < 0.03 and list(scores)[-1] == "all of these"


def test_shuffles_leave_n_where_it_is():
    data = padded(2, 200, 20, 60)
    codes = data.sequences.copy()
    codes[np.random.default_rng(3).random(codes.shape) < 0.02] = 4
    pairs = negatives.shuffled_negatives(
        Dataset(codes, offset=data.offset, record_length=data.record_length), 0
    )
    ours, theirs = pairs.positives, pairs.negatives
    np.testing.assert_array_equal(ours.sequences == 4, theirs.sequences == 4)
    for name in ("length", "N", "GC"):
        np.testing.assert_allclose(composition.properties(ours)[name], composition.properties(theirs)[name])
    assert lengths.giveaway(pairs) is None


def test_lengths_that_tell_the_classes_apart_are_cut_or_refused():
    whole, short = padded(4, 200, 60, 60), padded(5, 200, 44, 50)
    assert lengths.giveaway(labelled(whole, padded(6, 200, 60, 60))) is None
    mixed = lambda seed: padded(seed, 200, 40, 60)
    assert lengths.giveaway(labelled(mixed(7), mixed(8))) is None
    parts, _ = task.divide(task.Given(whole, short))
    assert parts.train.length == 44 and (parts.train.sequences < 4).all()
    assert "cut to their middle 44 nt of 60" in parts.notes[0]
    # Rows begin where they did in their records.
    assert set(parts.train.offset[parts.train.is_positive].tolist()) == {8}
    assert (parts.train.offset >= -0).all()
    with pytest.raises(ValueError, match=r"AUROC 1.000: positives fill 60 nt .* negatives fill 47 nt of 60"):
        task.divide(task.Given(whole, short, cut=False))
    with pytest.raises(ValueError, match="length and N alone tell the classes apart"):
        task.divide(task.Given(whole, padded(9, 200, 20, 25)))
    masked = Dataset(
        np.where(np.random.default_rng(0).random((200, 60)) < 0.02, 4, whole.sequences).astype(np.uint8)
    )
    with pytest.raises(ValueError, match=r"AUROC .*positives fill 60 nt of 60 .*0.0% N; negatives .*1.9% N"):
        task.divide(task.Given(whole, masked))


def test_lengths_of_the_test_count_too():
    parts = [padded(seed, 100, low, 60) for seed, low in ((10, 60), (11, 60), (12, 60), (13, 50))]
    found, _ = task.divide(task.Given(*parts))
    assert found.test.length == 50
    found, _ = task.divide(task.Given(parts[0], parts[1], padded(14, 100, 48, 52)))
    assert found.test.length == 48
    # Positives with shuffles, which are as long as they are.
    assert task.divide(task.Given(parts[0], test=padded(15, 60, 40, 50)))[0].test.length == 60
