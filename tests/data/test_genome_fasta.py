"""Letters of a genome by coordinates, against the letters that were written."""

import os

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.data.files.genome import GenomeFasta


@pytest.fixture(scope="module")
def chromosomes():
    rng = np.random.default_rng(0)
    return {name: rng.integers(0, 5, size).astype(np.uint8) for name, size in
            {"chr1": 1003, "chr2": 120, "chrM": 60, "tiny": 7, "none": 0}.items()}  # fmt: skip


def write(path, chromosomes, width=60, end="\n", last="\n", lower=True):
    text = ""
    for name, codes in chromosomes.items():
        letters = dna.decode(codes[None])[0] if len(codes) else ""
        letters = "".join(c.lower() if lower and i % 7 == 3 else c for i, c in enumerate(letters))
        lines = [letters[i : i + width] for i in range(0, len(letters), width)]
        text += f">{name} length={len(codes)}{end}" + "".join(f"{line}{end}" for line in lines)
    path.write_bytes((text.removesuffix(end) + last).encode())
    return path


def check(genome, chromosomes):
    assert genome.lengths == {name: len(codes) for name, codes in chromosomes.items()}
    rng = np.random.default_rng(1)
    for name, codes in chromosomes.items():
        padded = np.concatenate([np.full(200, 4, np.uint8), codes, np.full(300, 4, np.uint8)])
        for _ in range(40):
            start = int(rng.integers(-150, len(codes) + 50))
            end = start + int(rng.integers(0, 200))
            np.testing.assert_array_equal(genome.letters(name, start, end), padded[start + 200 : end + 200])


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("width", [60, 7, 5000])
@pytest.mark.parametrize("last", ["\n", ""])
def test_letters_are_those_that_were_written(chromosomes, tmp_path, width, end, last):
    check(GenomeFasta(write(tmp_path / "g.fa", chromosomes, width, end, last)), chromosomes)


def test_samtools_index_is_used_unless_it_is_older(chromosomes, tmp_path):
    path = write(tmp_path / "g.fa", {"chr1": chromosomes["chr1"]})
    first = path.read_bytes().index(b"\n") + 1
    index = tmp_path / "g.fa.fai"
    index.write_text(f"other\t1003\t{first}\t60\t61\n")
    os.utime(path, (1, 1))
    check(GenomeFasta(path), {"other": chromosomes["chr1"]})
    os.utime(index, (0, 0))
    check(GenomeFasta(path), {"chr1": chromosomes["chr1"]})


BAD = {
    "missing": (None, "no such file"),
    "empty": (b"", "is empty"),
    "gzip": (b"\x1f\x8b0000", "gunzip it first"),
    "no FASTA": (b"chr1\t5\t9\n", "its first letter is not >"),
    "uneven": (b">a\nACGT\nAC\nACGT\n", "lines of a are not equally long"),
    "blank": (b">a\nACGT\n\nACGT\n", "lines of a are not equally long"),
    "long last": (b">a\nACGT\nACGTACGT\n", "lines of a are not equally long"),
    "twice": (b">a\nACGT\n>a\nACGT\n", "record 2 has the name of another"),
    "unnamed": (b">\nACGT\n", "record 1 has no name"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_say_so_in_one_line(case, tmp_path):
    content, message = BAD[case]
    path = tmp_path / "g.fa"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as error:
        GenomeFasta(path)
    assert "\n" not in str(error.value) and "g.fa" in str(error.value)


def test_bad_indices_and_places(tmp_path):
    path = write(tmp_path / "g.fa", {"chr1": np.zeros(100, np.uint8)})
    genome = GenomeFasta(path)
    with pytest.raises(ValueError, match="no chromosome 'chr2'"):
        genome.letters("chr2", 0, 5)
    with pytest.raises(ValueError, match="the end is before the start"):
        genome.letters("chr1", 5, 4)
    for text, message in (
        ("chr1\t100\n", "line 1: no line"),
        ("chr1\t9000\t6\t60\t61\n", "would end beyond"),
    ):
        (tmp_path / "g.fa.fai").write_text(text)
        with pytest.raises(ValueError, match=message):
            GenomeFasta(path)
    # As samtools faidx writes a record without letters.
    (tmp_path / "g.fa.fai").write_text("none\t0\t6\t0\t0\nchr1\t100\t6\t60\t61\n")
    assert GenomeFasta(path).lengths == {"none": 0, "chr1": 100}
    assert not len(GenomeFasta(path).letters("none", 0, 0))
