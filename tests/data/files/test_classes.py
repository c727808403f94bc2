"""Windows of several classes and their labels, against all pairs of intervals."""

import numpy as np
import pytest

from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import classes, windows
from jaxmotif.data.files.genome import open_genome
from jaxmotif.data.files.loci import Loci

LENGTH = 80


def some(rng, count, source):
    start = rng.integers(200, 5000, count)
    end = start + rng.integers(30, 200, count)
    names = np.array(["chr1", "chr2"])[rng.integers(0, 2, count)]
    summit = np.where(rng.random(count) < 0.7, start + 10, -1)
    return Loci(names, start, end, np.full(count, "."), np.full(count, "x"), summit, source)


@pytest.fixture(scope="module", name="genome")
def fixture_genome(tmp_path_factory):
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("classes") / "g.fa"
    path.write_text("".join(f">chr{i}\n{''.join(rng.choice(list('ACGT'), 6000))}\n" for i in (1, 2)))
    return open_genome(path)


def test_labels_are_those_of_all_pairs(genome):
    rng = np.random.default_rng(1)
    sets = {"a": some(rng, 30, "a.bed"), "b": some(rng, 20, "b.bed"), "c": some(rng, 3, "c.bed")}
    made, found = classes.cut(sets, genome, LENGTH)
    data = made.data
    labels = found.of(data)
    assert found.names == ("a", "b", "c") and labels.shape == (len(data), 3)
    for row in range(len(data)):
        chrom, start = data.chrom[row], int(data.start[row])
        middle = start + LENGTH // 2
        for column, own in enumerate(sets.values()):
            here = own.chromosome == chrom
            member = (here & (abs(own.middle - middle) <= LENGTH // 4)).any()
            overlap = (here & (own.start < start + LENGTH) & (own.end > start)).any()
            expected = 1 if member else np.nan if overlap else 0
            np.testing.assert_equal(float(labels[row, column]), float(expected))
    # Every interval has a window that it belongs to.
    for column, own in enumerate(sets.values()):
        for chrom, at in zip(own.chromosome, own.middle, strict=True):
            near = (data.chrom == chrom) & (abs(data.start + LENGTH // 2 - at) <= LENGTH // 4)
            assert (labels[near, column] == 1).any()
    assert np.isnan(labels).any() and len(data) < 53
    several = int(((labels == 1).sum(axis=1) > 1).sum())
    assert data.notes[-1].endswith(f"c {int((labels[:, 2] == 1).sum())}; {several} windows belong to several")
    others = Dataset(data.sequences[:2], names=["x", f"{data.names[0]}_shuffled"])
    assert (found.of(others) == 0).all()
    single = classes.cut({"a": sets["a"]}, genome, LENGTH)[0]
    assert len(single.data) == len(windows.around(single.loci, LENGTH)) <= 30


def test_classes_are_files_or_names():
    rng = np.random.default_rng(2)
    sets = [some(rng, 5, "x/one.narrowPeak.gz"), some(rng, 5, "two.bed")]
    assert list(classes.by_file(sets)) == ["one", "two"]
    with pytest.raises(ValueError, match="both of class 'one'"):
        classes.by_file([*sets, some(rng, 5, "y/one.bed")])
    own = sets[0]
    own = Loci(
        own.chromosome, own.start, own.end, own.strand, np.array(list("abbac")), own.summit, own.source
    )
    found = classes.by_name(own)
    assert list(found) == ["a", "b", "c"] and found["b"].start.tolist() == own.start[1:3].tolist()
    with pytest.raises(ValueError, match="1 different names in column 4"):
        classes.by_name(sets[1])
