"""Where the user's sequences lie in a genome, and the letters around them."""

from typing import NamedTuple

import numpy as np

from jaxmotif import dna
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import genome, windows
from jaxmotif.data.names import plain_chromosome


class Places(NamedTuple):
    """Where N sequences of one length lie along chromosomes, with the chromosomes' names of one file.

    Attributes:
      chrom: of each sequence, N.
      start: 0-based, (N,); a sequence that was padded may begin before its chromosome.
      reverse: whether a sequence is of the other strand, (N,).
      width: of the sequences.
      lengths: of the chromosomes.
    """

    chrom: list[str]
    start: np.ndarray
    reverse: np.ndarray
    width: int
    lengths: dict[str, int]

    def of(self, sequences_n, positions_n) -> list[tuple[str, int, str]]:
        """Returns (chromosome, position, strand) of positions in sequences, 0-based.

        Positions in the padding of a sequence at a chromosome's end may lie beyond it.
        """
        found = []
        for row, position in zip(sequences_n, positions_n, strict=True):
            reverse = bool(self.reverse[row])
            place = int(self.start[row] + (self.width - 1 - position if reverse else position))
            found.append((self.chrom[row], place, "-" if reverse else "+"))
        return found

    def inside(self, sequences_n, positions_n) -> list[tuple[str, int, str]]:
        """Returns `of`, without the places that lie beyond a chromosome."""
        found = self.of(sequences_n, positions_n)
        return [one for one in found if 0 <= one[1] < self.lengths[one[0]]]


def locate(data: Dataset, source: str, lengths: dict[str, int], file: str) -> Places:
    """Returns where sequences lie along the chromosomes of a file; chr7 and 7 are the same one.

    Args:
      data: sequences with their coordinates.
      source: the file they are from, for messages.
      lengths: of the chromosomes in `file`.
      file: a signal or a genome, for messages.

    Raises:
      ValueError: for sequences without coordinates, of another length than these, on a chromosome that the
        file does not have, or outside it.
    """
    chrom = np.full(len(data), "") if data.chrom is None else data.chrom
    start = np.zeros(len(data), np.int64) if data.start is None else data.start
    width, placed, found = data.sequences.shape[1], data.placed, []
    plain = {plain_chromosome(name): name for name in lengths}
    for row, name in enumerate(data.names):
        if chrom[row] and not placed[row]:
            raise ValueError(
                f"{source}: record {name!r} is not as long as the interval in its name, so where it lies in "
                f"{file} is unknown"
            )
        if not chrom[row]:
            raise ValueError(f"{source}: record {name!r} does not say chr:start-end, which {file} is read by")
        own = str(chrom[row])
        own = own if own in lengths else plain.get(plain_chromosome(own), "")
        if not own:
            known = ", ".join(list(lengths)[:5])
            raise ValueError(
                f"{source}: record {name!r}, but {file} has {len(lengths)} chromosomes: {known}, ..."
            )
        if start[row] + width <= 0 or start[row] >= lengths[own]:
            raise ValueError(
                f"{source}: record {name!r} lies outside {own}, which has {lengths[own]} letters in {file}"
            )
        found.append(own)
    return Places(found, start, data.reverse, width, lengths)


class Genome(NamedTuple):
    """The genome that the sequences are of.

    Attributes:
      fasta: its letters.
      places: of the sequences in it.
    """

    fasta: genome.Genome
    places: Places

    def around(self, sequences_n, positions_n, flank: int) -> tuple[np.ndarray, np.ndarray]:
        """Returns the letters around positions in sequences, in the sequences' direction.

        Returns:
          uint8 (n, 2 * flank + 1), N beyond a chromosome, and which of them are inside, bool of that shape.
        """
        rows = self.places.of(sequences_n, positions_n)
        codes = np.empty((len(rows), 2 * flank + 1), np.uint8)
        inside = np.empty(codes.shape, bool)
        offsets = np.arange(-flank, flank + 1)
        for row, (chromosome, place, strand) in enumerate(rows):
            letters = self.fasta.letters(chromosome, place - flank, place + flank + 1)
            known = (place + offsets >= 0) & (place + offsets < self.places.lengths[chromosome])
            codes[row] = dna.reverse_complement(letters) if strand == "-" else letters
            inside[row] = known[::-1] if strand == "-" else known
        return codes, inside


def read(path: str, data: Dataset, source: str) -> Genome:
    """Returns the genome, FASTA or 2bit, in which the sequences lie; their letters are compared with it.

    Raises:
      ValueError: for a file that is neither, sequences that it does not have (see `locate`), and one of
        whose letters, but for N, less than 90 % are those of the genome.
    """
    fasta = genome.open_genome(path)
    places = locate(data, source, fasta.lengths, path)
    windows.check_letters(data, fasta, source)
    return Genome(fasta, places)
