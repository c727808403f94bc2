"""Chromosomes of any organism are held out by name or by size, and only where that leaves enough."""

import numpy as np
import pytest

from jaxmotif.data import names, splits
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.judge import chromosomes
from jaxmotif.data.splits import Division


def on(**counts):
    """Sequences on chromosomes so called, without a letter in common."""
    chrom = np.repeat(list(counts), list(counts.values()))
    codes = np.random.default_rng(0).integers(0, 4, (len(chrom), 30)).astype(np.uint8)
    return Dataset(codes, np.arange(len(chrom)) % 2, chrom=chrom, start=np.arange(len(chrom)) * 1000)


HUMAN = {f"chr{i}": 100 for i in range(1, 23)} | {"chrX": 60}


def test_names_with_and_without_chr_are_the_same():
    known = ["chr7", "7", "Chr7", "CHR7", "chromosome7", "2L", "chrIV", "scaffold_12", "chr", ""]
    plain = ["7", "7", "7", "7", "7", "2L", "IV", "scaffold_12", "chr", ""]
    assert [names.plain_chromosome(name) for name in known] == plain
    assert names.plain_chromosomes(np.array(known)).tolist() == plain
    for counts in (HUMAN, {name.removeprefix("chr"): count for name, count in HUMAN.items()}):
        parts = splits.divide(on(**counts))
        assert {names.plain_chromosome(name) for name in parts.valid.chrom} == {"7"}
        assert {names.plain_chromosome(name) for name in parts.test.chrom} == {"8", "9"}
        assert parts.held_out == "chromosomes 8, 9"
        assert "chromosome 7 validates, chromosomes 8, 9 test" in parts.notes[0]


@pytest.mark.parametrize(
    "counts",
    [
        {"2L": 230, "2R": 210, "3L": 245, "3R": 280, "4": 10, "X": 220, "Y": 5},
        {"I": 23, "II": 81, "III": 32, "IV": 153, "V": 58, "VI": 27, "VII": 109, "X": 75, "XII": 108},
        {f"scaffold_{i}": 1 + i % 7 for i in range(300)},
        {f"chr{i}": 30 for i in range(1, 6)},
        {f"chr{i}": 2 for i in range(1, 10)} | {f"chr{i}": 400 for i in range(10, 15)},
    ],
)
def test_others_by_size(counts):
    data = on(**counts)
    valid, test = chromosomes.by_size(chromosomes.of(data))
    assert (valid, test) == chromosomes.by_size(chromosomes.of(data.take(np.arange(len(data))[::-1])))
    parts = splits.divide(data)
    assert parts.held_out.startswith("chromosome")
    assert len(parts.train) + len(parts.valid) + len(parts.test) == len(data)
    for part in (parts.valid, parts.test):
        assert 0.05 * len(data) <= len(part) <= 0.3 * len(data)
    assert not {"X", "Y"} & {*parts.valid.chrom, *parts.test.chrom}


def test_at_random_where_chromosomes_do_not_allow_it():
    few = on(chr1=60, chr2=60, chr3=60, chr4=60)
    assert splits.divide(few).held_out == splits.RANDOM
    assert splits.divide(on(**HUMAN), Division("random")).held_out == splits.RANDOM
    # All positives of the rest lie on one.
    data = on(**HUMAN)
    uneven = Dataset(data.sequences, data.chrom == "chr1", chrom=data.chrom, start=data.start)
    assert splits.divide(uneven).held_out == splits.RANDOM
    some = Dataset(
        data.sequences, data.labels, chrom=np.where(data.start == 0, "", data.chrom), start=data.start
    )
    assert splits.divide(some).held_out == splits.RANDOM


def test_named_ones():
    data = on(**HUMAN)
    parts = splits.divide(data, Division(valid_chromosomes=("3",), test_chromosomes=("chr4", "X")))
    assert set(parts.valid.chrom) == {"chr3"} and set(parts.test.chrom) == {"chr4", "chrX"}
    parts = splits.divide(data, Division(test_chromosomes=("chr7",)))
    assert set(parts.test.chrom) == {"chr7"} and len(parts.valid)
    whole = splits.divide(data, Division(fractions=(0.9, 0.1, 0.0)))
    assert set(whole.valid.chrom) == {"chr7"} and len(whole.train) == 2160 and not len(whole.test)
    with pytest.raises(ValueError, match="test_chromosomes: no sequence lies on 'chrU'; .* chr1, chr2, chr3"):
        splits.divide(data, Division(test_chromosomes=("chr1", "chrU")))
    with pytest.raises(ValueError, match="named for a random split"):
        Division("random", ("chr1",))
    with pytest.raises(ValueError, match="though the test sequences are given"):
        Division(test_chromosomes=("chr1",), fractions=(0.9, 0.1, 0.0))
