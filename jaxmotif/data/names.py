"""Names of sequences: those that nobody gave, and the coordinates that a name may carry."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

# As bedtools, samtools, UCSC and most peak callers write it, also after "name::" or "range=".
COORDINATES = re.compile(r"(?:^|\s|::|=)([\w.]+):([\d,]{1,24})-([\d,]{1,24})(?=$|[\s(:/_])")
# Ensembl: chromosome:GRCh38:7:1001:1100:-1, from 1.
_ENSEMBL = re.compile(r"(?:^|\s)\w+:[\w.]+:([\w.]+):(\d{1,18}):(\d{1,18}):(-?1)(?=$|\s)")
# Signac chr1-1000-1100, Galaxy hg38_chr1_1000_1100_-: many other names look like these, so they count only
# where the interval is as long as the record.
_LOOSE = (
    re.compile(r"(?:^|\s|::)([\w.]+)-(\d{1,18})-(\d{1,18})(?=$|\s)"),
    re.compile(r"(?:^|\s|::)(?:\w+_)?(chr[A-Za-z0-9.]+)_(\d{1,18})_(\d{1,18})(?:_([+-]))?(?=$|\s)"),
    re.compile(r"(?:^|\s|::)([\w.]+)_(\d{1,18})_(\d{1,18})(?:_([+-]))?(?=$|\s)"),
)
_OTHER_STRAND = re.compile(r"^\(-\)|^:-1?(?=$|\s)|^/rc\b|\bstrand=-")
_TWO_NUMBERS = re.compile(r"[-_:]\d[\d,]*[-_:]\d")
_CHR = re.compile(r"^chr(omosome)?[_.]?", re.IGNORECASE)
# As UCSC and Ensembl call the genome of mitochondria.
_ORGANELLE = {"M": "MT"}
_MOST = 10**18  # int64


class Locus(NamedTuple):
    """The interval of a chromosome that a name gives.

    Attributes:
      chrom: chromosome.
      start: 0-based position of its first letter.
      reverse: whether the record is the other strand of it.
      fits: whether it is as long as the record; where it is not, `start` is that of a stretch of the record's
        length in the middle of it: near, but not to the letter.
      first: number of the first letter by the name's own count, 0 or 1.
    """

    chrom: str
    start: int
    reverse: bool
    fits: bool
    first: int = 0


class NumberedNames(Sequence):
    """The names "seq1", "seq2", ... as a list that holds numbers only: millions of rows need no strings.

    Attributes:
      numbers: int64 (N,), from 0; row i is called seq<numbers[i] + 1>. A range takes no memory.
    """

    __hash__ = None  # compared by content, as a list

    def __init__(self, numbers: range | np.ndarray):
        self.numbers = numbers

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return [f"seq{number + 1}" for number in self.numbers[index]]
        return f"seq{int(self.numbers[index]) + 1}"

    def __eq__(self, other) -> bool:
        if isinstance(other, NumberedNames):
            return np.array_equal(np.asarray(self.numbers), np.asarray(other.numbers))
        if isinstance(other, list):
            return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))
        return NotImplemented

    def __repr__(self) -> str:
        shown = ", ".join(repr(name) for name in self[:3])
        return f"[{shown}{', ...' if len(self) > 3 else ''}]"

    def take(self, indices: np.ndarray) -> "NumberedNames":
        """Returns the names of the rows `indices`, (n,)."""
        return NumberedNames(np.asarray(self.numbers, dtype=np.int64)[indices])


def plain_chromosome(name: str) -> str:
    """Returns a chromosome's name without "chr": chr7, Chr7 and 7 are the same one, and chrM and MT."""
    plain = _CHR.sub("", name) or name
    return _ORGANELLE.get(plain, plain)


def plain_chromosomes(names_n: np.ndarray) -> np.ndarray:
    """Returns `plain_chromosome` of each of N names, (N,)."""
    different, number = np.unique(names_n, return_inverse=True)
    return np.array([plain_chromosome(name) for name in different.tolist()], str)[number.ravel()]


def _numbers(name: str, length: int) -> tuple[str, int, int, bool] | None:
    """Chromosome, both numbers and strand, of the first way of writing them that the name has."""
    if not _TWO_NUMBERS.search(name):  # most names; the rest takes longer
        return None
    match = COORDINATES.search(name)
    if match is not None:
        first, last = (text.replace(",", "") for text in match.groups()[1:])
        if not (first and last) or max(int(first), int(last)) >= _MOST:
            return None
        return match[1], int(first), int(last), bool(_OTHER_STRAND.search(name[match.end() :].lstrip()))
    match = _ENSEMBL.search(name)
    if match is not None:
        return match[1], int(match[2]), int(match[3]), match[4] == "-1"
    for pattern in _LOOSE:
        match = pattern.search(name)
        if match is not None and int(match[3]) - int(match[2]) in (length, length - 1):
            return match[1], int(match[2]), int(match[3]), "-" in match.groups()[3:]
    return None


def locus(name: str, length: int) -> Locus | None:
    """Returns the interval that the name of a record of so many letters gives; None if it gives none.

    The length tells from where the name counts: end - start is the record's length where the first letter is
    number 0 and the end is left out (bedtools, twoBitToFa, Signac), end - start + 1 where the first letter is
    number 1 (samtools faidx, UCSC, Ensembl). Every name is told for itself, so files may be mixed.

    Examples:
      >>> locus("chr1:1001-1100", 100)
      Locus(chrom='chr1', start=1000, reverse=False, fits=True, first=1)
    """
    found = _numbers(name, length)
    if found is None:
        return None
    chrom, start, end, reverse = found
    if end - start + 1 == length:
        # A name that counts from 1 has no letter 0.
        return Locus(chrom, start - 1, reverse, start > 0, 1)
    if end - start == length:
        return Locus(chrom, start, reverse, True)
    return Locus(chrom, start + (end - start - length) // 2, reverse, False)


def places(
    names: Sequence[str], record_lengths: Sequence[int] | np.ndarray, offsets: Sequence[int], length: int
) -> tuple[np.ndarray | None, np.ndarray | None, tuple[str, ...]]:
    """Returns chromosome and 0-based start of rows cut from records, and notes on how names were understood.

    Args:
      names: N names of records.
      record_lengths: nt of each record.
      offsets: where each row begins in its record, negative where it was padded.
      length: of all rows, nt.

    Returns:
      chrom ("" where a name gives none) and start (-1 there), both (N,) or both None where no name gives
      coordinates; and notes.
    """
    chrom, start = [], []
    unfit = from_one = 0
    for name, record, offset in zip(names, record_lengths, offsets, strict=True):
        found = locus(name, int(record))
        if found is None:
            chrom.append("")
            start.append(-1)
            continue
        # A record of the other strand begins at the end of its interval.
        cut = int(record) - int(offset) - length if found.reverse else int(offset)
        chrom.append(found.chrom)
        start.append(found.start + cut)
        unfit += not found.fits
        from_one += found.first if found.fits else 0
    if not any(chrom):
        return None, None, ()
    notes = []
    if from_one:
        notes.append(
            f"coordinates in {from_one:,} of {len(chrom):,} names count from 1, told by the records' lengths"
        )
    if unfit:
        notes.append(
            f"coordinates in {unfit:,} of {len(chrom):,} names are of another length than their records; "
            "sites there have no place in the genome"
        )
    return np.array(chrom), np.array(start, np.int64), tuple(notes)


def numbered(names: Sequence[str]) -> tuple[list[str], int]:
    """Returns names that are all distinct, and how many were repeated ones.

    Records that share a name get it with _1, _2, ... in their order, after a blank where the name gives
    coordinates, which stay readable. Numbers are left out that would make a name that is there.
    """
    counts = Counter(names)
    if len(counts) == len(names):
        return list(names), 0
    taken, used, made = set(counts), Counter(), []
    for name in names:
        if counts[name] > 1:
            written = (COORDINATES, _ENSEMBL, *_LOOSE)
            mark = " " if any(pattern.search(name) for pattern in written) else "_"
            used[name] += 1
            while (new := f"{name}{mark}{used[name]}") in taken:
                used[name] += 1
            taken.add(new)
            made.append(new)
        else:
            made.append(name)
    return made, sum(count for count in counts.values() if count > 1)
