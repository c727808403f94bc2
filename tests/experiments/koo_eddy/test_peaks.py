"""Real peaks as one set: windows of a made-up genome, whose overlaps are known by their places."""

import gzip

import numpy as np
import pytest

from experiments.koo_eddy import peaks
from jaxmotif import dna

LENGTH = 60
PEAKS = 40


def letters(codes):
    return "".join("ACGT"[code] for code in codes)


@pytest.fixture(scope="module")
def genome():
    return letters(np.random.default_rng(5).integers(0, 4, 40_000))


def windows(genome, places):
    """Every second one from the other strand."""
    found = [genome[start : start + LENGTH] for start in places]
    turned = [text[::-1].translate(str.maketrans("ACGT", "TGCA")) for text in found]
    return [
        other if number % 2 else text for number, (text, other) in enumerate(zip(found, turned, strict=True))
    ]


def table(path, sequences, bound=None):
    bound = [1] * len(sequences) if bound is None else bound
    rows = [f"A\te{n}\t{text}\t{b}" for n, (text, b) in enumerate(zip(sequences, bound, strict=True))]
    with gzip.open(path, "wt") as stream:
        stream.write("\n".join(["FoldID\tEventID\tseq\tBound", *rows]) + "\n")


@pytest.fixture(name="places")
def fixture_places(genome, tmp_path):
    """A panel of three experiments; the starts of (train, test) peaks of each."""
    rng = np.random.default_rng(1)
    free = rng.permutation(np.arange(0, 39_900, 100))
    a, b, c = (free[n * 60 : n * 60 + 60] for n in range(3))
    # Of B's training peaks five overlap A's by 50 nt, five by 30; five of B's and test peaks of A by 45.
    b = b.copy()
    b[:5], b[5:10], b[10:15] = a[:5] + 10, a[5:10] + 30, a[PEAKS : PEAKS + 5] + 15
    places = {"A": (a[:PEAKS], a[PEAKS:]), "B": (b[:PEAKS], b[PEAKS:]), "C": (c, None)}
    for name, (train, test) in places.items():
        table(tmp_path / f"{name}_K562_AC.seq.gz", windows(genome, train))
        if test is not None:
            shuffles = windows(genome, test + 7)
            table(
                tmp_path / f"{name}_K562_B.seq.gz",
                [*windows(genome, test), *shuffles],
                [1] * len(test) + [0] * len(test),
            )
    return places


def overlaps(one, other):
    return LENGTH - abs(int(one) - int(other)) >= 40


def starts(places, name):
    """Of all peaks of an experiment, for training and for tests."""
    return np.concatenate([part for part in places[name] if part is not None])


def truth(places, start):
    """Whether a peak of each experiment shares 40 nt with the one at `start`."""
    return tuple(int(any(overlaps(start, other) for other in starts(places, name))) for name in "ABC")


def of_place(genome, dataset):
    """{start: labels} of each sequence, whichever strand it is of."""
    found = {}
    for codes, labels in zip(dataset.sequences, dataset.labels, strict=True):
        turned = dna.reverse_complement(codes[None])[0]
        start = max(genome.find(letters(codes)), genome.find(letters(turned)))
        assert start >= 0 and start not in found
        found[start] = tuple(labels.astype(int))
    return found


def test_peaks_of_several_experiments_have_the_labels_of_all(genome, places, tmp_path):
    splits = peaks.load(tmp_path)
    assert splits.train.targets == ("A", "B", "C")
    parts = [of_place(genome, part) for part in splits.parts]
    for part in parts:
        for start, labels in part.items():
            assert labels == truth(places, start)
    train, valid, test = (set(part) for part in parts)
    fitted = train | valid
    assert sum(labels == (1, 1, 0) for part in parts for labels in part.values()) == 5 + 5 + 5
    # Negatives of test files are no peaks; a fifth of C's peaks is held out.
    assert len(test) == 20 + 20 + 12
    # The five of B that lie on test peaks of A are left out, and nothing else.
    wanted = (
        {int(s) for name in "ABC" for s in starts(places, name)}
        - test
        - {int(s) for s in places["B"][0][10:15]}
    )
    assert fitted == wanted and not train & valid and valid
    for one, other in ((train, valid), (fitted, test)):
        assert not any(overlaps(a, b) for a in one for b in other)
    assert "5 training peaks that share a stretch with a test peak are left out" in splits.train.notes[-1]


def test_fewer_peaks_keep_their_labels(genome, places, tmp_path):
    few = peaks.load(tmp_path, most=10)
    fitted = of_place(genome, few.train) | of_place(genome, few.valid)
    tested = of_place(genome, few.test)
    assert 25 <= len(fitted) <= 30 == len(tested)
    for start, labels in (fitted | tested).items():
        assert labels == truth(places, start)


def test_panels_that_are_no_set_are_refused(genome, tmp_path):
    table(tmp_path / "A_AC.seq.gz", windows(genome, [0, 200]))
    with pytest.raises(ValueError, match="holds one experiment"):
        peaks.load(tmp_path)
    table(tmp_path / "B_AC.seq.gz", windows(genome, [400]), [0])
    with pytest.raises(ValueError, match="holds no peak"):
        peaks.load(tmp_path)


def test_two_experiments_of_one_factor_are_told_by_their_names(genome, tmp_path):
    for name, start in (("SP1_K562", 0), ("SP1_HepG2", 1000), ("YY1_K562", 2000)):
        table(tmp_path / f"{name}_AC.seq.gz", windows(genome, start + 100 * np.arange(10)))
    assert peaks.load(tmp_path).test.targets == ("SP1_HepG2", "SP1_K562", "YY1")
