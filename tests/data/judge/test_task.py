"""What a user brought becomes one task: negatives of one kind, nothing of the test in the training."""

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.data import negatives
from jaxmotif.data.dataset import Dataset, Splits, concatenate
from jaxmotif.data.judge import kinds, task
from jaxmotif.data.judge.task import Given
from jaxmotif.data.splits import Division

PARTS = ("train", "valid", "test")


@pytest.fixture(autouse=True)
def quick_shuffles(monkeypatch):
    """Other negatives in the place of shuffles, whose program would be compiled for every size."""
    monkeypatch.setattr(negatives, "_shuffle", lambda key, codes_nl, chunk: codes_nl[:, ::-1])


def random_data(seed, count, length=60, **fields):
    codes = np.random.default_rng(seed).integers(0, 4, (count, length)).astype(np.uint8)
    return Dataset(codes, names=[f"r{seed}_{i}" for i in range(count)], **fields)


def names_of(parts):
    return [set(getattr(parts, part).names) for part in PARTS]


def test_parts_of_positives_come_with_shuffles_and_groups():
    data = random_data(0, 300)
    parts, labelled = task.divide(Given(data), Division(seed=3))
    assert not labelled and parts.held_out.startswith("a random tenth")
    assert [len(getattr(parts, part)) for part in PARTS] == [480, 60, 60]
    assert len(set(parts.test.group.tolist())) == 30


def test_what_the_test_shares_with_the_training_does_not_train():
    data = random_data(1, 200)
    other = dna.reverse_complement(data.sequences[60:80])
    shifted = np.concatenate([data.sequences[80:90, 15:], random_data(2, 10, 15).sequences], axis=1)
    own = random_data(3, 40)
    test = Dataset(np.concatenate([data.sequences[:60], other, shifted, own.sequences]))
    parts, _ = task.divide(Given(data, test=test, names=("a/train.fa", "", "a/test.fa", "")))
    assert len(parts.test.positives) == len(test)
    left = {name for part in names_of(parts)[:2] for name in part if not name.endswith("_shuffled")}
    assert left == set(data.names[90:])
    assert parts.notes == (
        "90 of 200 sequences of train.fa are copies, other strands or overlapping neighbours of some in "
        "test.fa and were left out",
    )
    assert parts.held_out.startswith("test.fa; validation: a random tenth")
    with pytest.raises(ValueError, match=r"train.fa: 40 sequences, at least 50 .*\(160 of 200 also occur in"):
        task.divide(Given(data, test=data.take(range(160)), names=("train.fa", "", "test.fa", "")))


def test_loci_of_the_test_do_not_train():
    chrom, start = np.array(["chr1"] * 100), np.arange(100) * 1000
    data = random_data(4, 100, chrom=chrom, start=start)
    test = random_data(5, 30, chrom=["1"] * 30, start=start[:30] + 150)
    parts, _ = task.divide(Given(data, test=test))
    assert {name for part in names_of(parts)[:2] for name in part} >= set(data.names[30:])
    assert len(parts.train.positives) + len(parts.valid.positives) == 70


def test_windows_of_few_regions_stay_together():
    regions = random_data(6, 60, 260).sequences
    codes = np.concatenate([regions[:, at : at + 100] for at in range(0, 160, 20)])
    region = np.tile(np.arange(60), 8)
    for places in (
        {},
        {"chrom": ["chr1"] * 480, "start": region * 10_000 + np.repeat(range(0, 160, 20), 60)},
    ):
        data = Dataset(codes, names=[str(i) for i in region], **places)
        found = names_of(task.divide(Given(data))[0])
        # Windows of a region have one name, which is numbered.
        train, valid, test = ({name.split("_")[0] for name in part} for part in found)
        assert not train & test and not train & valid and not valid & test
        assert 4 <= len(test) <= 8


def test_own_negatives_of_training_also_test():
    positives, own, test = random_data(7, 300), random_data(8, 300), random_data(9, 100)
    parts, labelled = task.divide(Given(positives, own, test, names=("p.fa", "n.fa", "t.fa", "")))
    train, valid, held = names_of(parts)
    assert labelled and held >= set(test.names) and len(held) == 160
    assert not held & (train | valid) and len(train | valid | held) == 700
    assert parts.notes == ("no negatives come with t.fa: 60 of the 300 negatives were held out for it",)
    given = Given(positives, own, test, random_data(10, 50))
    assert sum(map(len, names_of(task.divide(given)[0]))) == 750
    with pytest.raises(ValueError, match="54 negatives of the training are too few.*--test_negatives"):
        task.divide(Given(positives, own.take(range(54)), test))


def test_negatives_of_another_kind_are_refused():
    positives, own, test = random_data(11, 100), random_data(12, 100), random_data(13, 50)
    # The halves on either side of a letter that a sequence also begins and ends with change places.
    codes = test.sequences
    codes[:, [0, 30, 59]] = 0
    swapped = np.concatenate([codes[:, 30:], codes[:, 1:31]], axis=1)
    shuffled = Dataset(np.concatenate([codes, swapped]), np.repeat([1, 0], 50))
    labelled = Dataset(np.concatenate([test.sequences, own.sequences[:50]]), np.repeat([1, 0], 50))
    assert kinds.shuffles(shuffled) is True and kinds.shuffles(labelled) is False
    assert len(task.divide(Given(positives, test=shuffled))[0].test) == 100
    assert len(task.divide(Given(positives, random_data(14, 100), labelled))[0].test) == 100
    with pytest.raises(ValueError, match="negatives of t.fa are no shuffles.*--negatives"):
        task.divide(Given(positives, test=labelled, names=("p.fa", "", "t.fa", "")))
    with pytest.raises(ValueError, match="negatives of t.fa are shuffles.*those of n.fa are not"):
        task.divide(Given(positives, own, shuffled, names=("p.fa", "n.fa", "t.fa", "")))
    with pytest.raises(ValueError, match="negatives of the test only"):
        task.divide(Given(positives, test=test, test_negatives=own))
    with pytest.raises(ValueError, match="without test sequences"):
        task.divide(Given(positives, own, test_negatives=own))
    with pytest.raises(ValueError, match="t.fa has labels; a file of negatives"):
        task.divide(Given(positives, own, labelled, own, names=("p.fa", "n.fa", "t.fa", "m.fa")))


def test_counts_are_those_of_the_user():
    one = random_data(15, 1)
    with pytest.raises(ValueError, match="500 sequences, 1 of them distinct"):
        task.divide(Given(one.take(np.zeros(500, int))))
    data = concatenate([one.take(np.zeros(500, int)), random_data(16, 60)])
    parts, _ = task.divide(Given(data))
    assert len(parts.valid) == len(parts.test) == 12 and len(parts.train) == 1096
    with pytest.raises(ValueError, match="x.fa: 49 sequences, at least 50"):
        task.divide(Given(random_data(17, 49), names=("x.fa", "", "", "")))
    with pytest.raises(ValueError, match="x.fa: 30 negative sequences"):
        task.divide(Given(data, random_data(18, 30), names=("x.fa", "n.fa", "", "")))


def test_parts_of_a_user_lose_what_lies_in_a_later_one():
    data = random_data(19, 100)
    parts = Splits(data.take(range(60)), data.take(range(50, 75)), data.take(range(70, 100)))
    found = task.checked(parts)
    assert [len(getattr(found, part)) for part in PARTS] == [50, 20, 30]
    assert len(found.notes) == 2 and "10 of 60 training sequences" in found.notes[0]
    with pytest.raises(ValueError, match="every validation sequence also occurs in the test"):
        task.checked(Splits(data.take(range(60)), data.take(range(60, 75)), data.take(range(60, 100))))


def test_what_is_in_both_classes_is_counted():
    data, others = random_data(20, 100), random_data(21, 100)
    mixed = Dataset(np.concatenate([others.sequences, dna.reverse_complement(data.sequences[:7])]))
    parts, _ = task.divide(Given(data, mixed))
    assert parts.notes == ("7 positives are also among the negatives (copies or other strands)",)


def test_sequences_of_one_name_are_numbered():
    data = Dataset(random_data(6, 120).sequences, names=["peak"] * 119 + ["other"])
    parts, _ = task.divide(Given(data))
    positives = concatenate([part.positives for part in (parts.train, parts.valid, parts.test)])
    assert set(positives.names) == {f"peak_{i}" for i in range(1, 120)} | {"other"}
    assert "119 of 120 sequences shared their names, which are numbered now" in parts.notes
