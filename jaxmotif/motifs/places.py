"""Where sites lie: in the row that was scanned, in the record that the row is of, and in the genome."""

import dataclasses
from collections.abc import Sequence

import numpy as np

_BED_SCORE_MAX = 1000
_TURNED = {"+": "-", "-": "+"}


@dataclasses.dataclass(frozen=True, eq=False)
class Rows:
    """What sites need to know of the sequences in which they lie.

    Attributes:
      names: N names.
      length: of every sequence, in nt.
      chrom: N names of chromosomes, "" where unknown, or None.
      start: int (N,), 0-based start on the chromosome, or None.
      reverse: bool (N,), whether a row is the other strand of its interval, or None.
      offset: int (N,), 0-based position in its record at which each row begins, negative where it was padded;
        None where rows are records.
      record_length: int (N,), nt of each row's record, or None as `offset`.
      placed: bool (N,), whether `start` is where a row lies to the letter; None: wherever there is a
        chromosome.
    """

    names: Sequence[str]
    length: int
    chrom: np.ndarray | None = None
    start: np.ndarray | None = None
    reverse: np.ndarray | None = None
    offset: np.ndarray | None = None
    record_length: np.ndarray | None = None
    placed: np.ndarray | None = None

    @classmethod
    def of(cls, sequences) -> "Rows":
        """Returns the rows of a `data.Dataset`, or of codes (N, L), which are called seq1, seq2, ..."""
        if hasattr(sequences, "sequences"):
            return cls(*(getattr(sequences, field.name) for field in dataclasses.fields(cls)))
        return cls([f"seq{i + 1}" for i in range(len(sequences))], np.shape(sequences)[1])

    def take(self, which: np.ndarray) -> "Rows":
        """Returns some of the rows, chosen by an index or boolean array (N,)."""
        chosen = np.arange(len(self.names))[which]
        arrays = {
            field.name: value[chosen]
            for field in dataclasses.fields(self)
            if isinstance(value := getattr(self, field.name), np.ndarray)
        }
        return dataclasses.replace(self, names=[self.names[int(i)] for i in chosen], **arrays)

    @property
    def first(self) -> np.ndarray:
        """Returns int (N,): where the record's letters begin in each row."""
        return np.maximum(-self._offset, 0)

    @property
    def last(self) -> np.ndarray:
        """Returns int (N,): where the record's letters end in each row; padding follows."""
        if self.record_length is None:
            return np.full(len(self.names), self.length)
        return np.minimum(self.record_length - self._offset, self.length)

    @property
    def in_genome(self) -> np.ndarray:
        """Returns bool (N,): whether sites of each row have a place in the genome."""
        known = np.zeros(len(self.names), bool) if self.chrom is None else np.asarray(self.chrom) != ""
        return known if self.placed is None else known & self.placed

    def in_chromosome(self, row: int, start: int, end: int, strand: str) -> tuple[str, int, int, str]:
        """Returns chromosome, start, end and strand in the genome of a stretch of a row that lies in it."""
        if self.reverse is not None and self.reverse[row]:
            start, end, strand = self.length - end, self.length - start, _TURNED[strand]
        first = int(np.asarray(self.start)[row]) + start
        return str(np.asarray(self.chrom)[row]), first, first + end - start, strand

    @property
    def _offset(self) -> np.ndarray:
        return np.zeros(len(self.names), np.int64) if self.offset is None else np.asarray(self.offset)


def off_padding(sites, rows: Rows):
    """Returns the sites that lie wholly on letters of their records."""
    row = sites.sequence
    return sites.take((sites.start >= rows.first[row]) & (sites.end <= rows.last[row]))


def in_records(sites, rows: Rows):
    """Returns the same sites with positions in their records: 0 <= start < end <= the record's length."""
    by = rows._offset[sites.sequence]
    return dataclasses.replace(sites, start=sites.start + by, end=sites.end + by)


def densities(sites, rows: Rows, width: int, bins: int) -> np.ndarray:
    """Returns how dense the middles of a motif's sites are along the rows, float64 (at most `bins`,).

    A bin's sites are divided by the number of places in it at which a site of this width can have its middle,
    over all rows: bins of 2 and of 3 nt, bins at the ends and bins that are padding in some of the rows
    compare. Sites spread evenly give even densities.

    Args:
      sites: of one motif in these rows (`scan.Sites`).
      rows: what was scanned.
      width: of the motif.
      bins: at most so many, of equal width over the whole row; fewer, so that none is narrower than the
        others by more than its share of one nt.
    """
    bins = max(rows.length // -(-rows.length // bins), 1)
    starts = np.arange(max(rows.length - width + 1, 0))
    possible = np.zeros(rows.length + 2, np.int64)  # rows in which a site can begin at each position
    fits = rows.last - rows.first >= width
    np.add.at(possible, rows.first[fits], 1)
    np.add.at(possible, rows.last[fits] - width + 1, -1)
    possible = possible.cumsum()[: len(starts)]
    bin_of = lambda start: ((2 * start + width) * bins // (2 * rows.length)).clip(max=bins - 1)
    places = np.bincount(bin_of(starts), weights=possible, minlength=bins)
    found = np.bincount(bin_of(sites.start), minlength=bins)
    return np.divide(found, places, out=np.zeros(bins), where=places > 0)


def left_out(sites, rows: Rows) -> tuple[str, ...]:
    """Returns a note on sites that `bed` leaves out; none where no row has a place in the genome."""
    known = rows.in_genome
    count = int(np.count_nonzero(~known[sites.sequence]))
    if not count or not known.any():
        return ()
    return (
        f"{count:,} of {len(sites):,} sites are in sequences whose names give no coordinates, or an interval "
        "of another length: sites.bed leaves them out",
    )


def bed(sites, rows: Rows, names: Sequence[str]) -> str:
    """Returns sites as lines of BED6, sorted by chromosome (as text), start, end and strand.

    Columns: chromosome, start, end (0-based, half-open), motif, score (-10 log10 p, at most 1000), strand of
    the chromosome. Sites in rows without a place in the genome are left out.

    Raises:
      ValueError: where no row has a place.
    """
    if not rows.in_genome.any():
        count = len(rows.names)
        raise ValueError(
            f"{count} of {count} sequences have no coordinates such as chr1:100-200, of their own length, in "
            "their names, so sites have no place in a BED file"
        )
    sites, lines = sites.take(rows.in_genome[sites.sequence]), []
    for i, start, end, strand, m, p in zip(
        *(column.tolist() for column in (sites.sequence, sites.start, sites.end, sites.strand, sites.motif)),
        sites.p.tolist(),
        strict=True,
    ):
        chrom, first, last, strand = rows.in_chromosome(i, start, end, strand)
        if first < 0:
            continue
        score = min(round(-10 * np.log10(max(p, 1e-300))), _BED_SCORE_MAX)
        lines.append((chrom, first, last, names[m], score, strand))
    lines.sort(key=lambda line: (line[0], line[1], line[2], line[5], line[3]))
    return "".join("\t".join(map(str, line)) + "\n" for line in lines)
