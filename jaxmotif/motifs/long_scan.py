"""Scanning of any amount of sequence in pieces, with memory that does not grow with it.

The same sites, scores and p-values as `scan.scan` of whole records gives, and q-values.
"""

import concurrent.futures
import functools
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif import cores as machine
from jaxmotif import dna
from jaxmotif.motifs import backgrounds, pwm, scan
from jaxmotif.motifs.backgrounds import Composition
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.score_tables import looked_for

# Letters of one thread's turn.
_SEGMENT = 1 << 19
_NEVER = np.iinfo(np.int32).max
_FOUND = np.dtype([("record", np.int32), ("start", np.int64), ("kernel", np.int32), ("score", np.int32)])


class Row(NamedTuple):
    """A site.

    Attributes:
      record: name.
      start, end: 0-based, half-open.
      motif: index.
      strand: "+", or "-" where the other strand reads as the motif.
      score: log-odds, bits.
      p: probability that a random word scores as high, one strand.
      q: least false discovery rate at which it is listed among the words of its motif.
    """

    record: str
    start: int
    end: int
    motif: int
    strand: str
    score: float
    p: float
    q: float


def letter_counts(pieces: Iterable, both: bool) -> Composition:
    """Returns the composition of all letters of pieces, see `backgrounds.of`; `both`: of both strands."""
    counts = np.zeros(4)
    for piece in pieces:
        counts += np.bincount(piece.codes, minlength=5)[:4]
    a, c, g, t = ((counts + 1) / (counts + 1).sum()).tolist()
    own = a, c, g, t
    return Composition(backgrounds.both_strands(own) if both else own, own, own[::-1])


class LongScan:
    """A scan that is fed with pieces; its sites wait in a file until all ranks are known.

    Attributes:
      notes: what a user should know, e.g. of motifs too short for p.
      motifs: as they are looked for, without flat flanks.
      words: int64 (M,), words of each motif that were looked at, both strands where both are scanned. Those
        that hold N, of assembly gaps say, are no tests and count only where they are listed.
    """

    def __init__(
        self, motifs: Sequence[Motif], p: float, composition: Composition, both: bool, file: str | os.PathLike
    ):
        """Makes a scan.

        Args:
          motifs: to look for, without their flat flanks; each at the p that it can reach.
          p: largest p-value of a site, one strand.
          composition: of the letters that are going to be scanned.
          both: whether both strands are scanned; motifs of RNA never are.
          file: where sites wait; it is overwritten.

        Raises:
          ValueError: for no motif, or p outside (0, 1].
        """
        wanted = looked_for(motifs, p, composition, both)
        self.notes, self.motifs, self._file = wanted.notes, wanted.motifs, file
        self._tables, self._tails, count = wanted.tables, wanted.tails, len(motifs)
        self._widths = self._tables.widths
        p_k = [float(own) for own in wanted.p] * 2
        least = [pwm.least_score(*tail, own) for tail, own in zip(self._tails, p_k, strict=True)]
        self._least = np.array(least, np.int64)
        self._least[count:][~wanted.both] = _NEVER
        self._strands = 1 + wanted.both
        self.words = np.zeros(count, np.int64)
        best = [lowest + len(tail) - 1 for lowest, tail in self._tails]
        # How many words had each score, from the least that is listed on.
        self._counts = [np.zeros(max(b - a + 1, 0), np.int64) for a, b in zip(least, best, strict=True)]
        self._names: list[str] = []

    def feed(self, pieces: Iterable) -> None:
        """Scans records that come in pieces, see `data.files.stream.Piece`.

        Args:
          pieces: of all records that there are; a record may begin at any position.
        """
        carry, widest = np.zeros(0, np.uint8), int(self._widths.max())
        begun = False
        with (
            open(self._file, "wb") as stream,
            concurrent.futures.ThreadPoolExecutor(machine.usable()) as pool,
        ):
            for piece in pieces:
                if not begun:
                    self._names.append(piece.name)
                    carry = np.zeros(0, np.uint8)
                block = np.concatenate([carry, piece.codes])
                known = _known(block)
                # Words that begin later are whole in the next block, for every motif: so sites stay sorted.
                limit = len(block) if piece.last else max(len(block) - widest + 1, 0)
                self.words += _words(known, limit, self._widths[: len(self.words)]) * self._strands
                for found in self._found(block, limit, known, pool):
                    found["record"] = len(self._names) - 1
                    found["start"] += piece.start - len(carry)
                    found.tofile(stream)
                carry = block[limit:]
                begun = not piece.last

    def _found(self, block: np.ndarray, limit: int, known: np.ndarray, pool) -> Iterator[np.ndarray]:
        """Words of a block that begin in its first `limit` letters, in order, a part after the other."""
        one = functools.partial(self._segment, block, limit)
        for hits, (start, kernels, scores) in pool.map(one, range(0, limit, _SEGMENT)):
            for kernel in np.unique(kernels).tolist():
                own, counts = scores[kernels == kernel] - self._least[kernel], self._counts[kernel]
                counts += np.bincount(own, minlength=len(counts))
            stretch = np.searchsorted(known[0], start, side="right") - 1
            with_n = (stretch < 0) | (start + self._widths[kernels] > np.append(known[1], 0)[stretch])
            self.words += np.bincount(kernels[with_n] % len(self.words), minlength=len(self.words))
            yield hits

    def _segment(self, block: np.ndarray, limit: int, first: int):
        """The sites that begin in one part of a block; start, kernel and score of all listed words."""
        end = min(first + _SEGMENT, limit)
        letters = block[first : end + int(self._widths.max()) - 1]
        start, kernel, score = self._tables.above(letters, self._least)
        own = start < end - first
        start, kernel, score = start[own] + first, kernel[own], score[own]
        count = len(self.words)
        motif, reverse = kernel % count, kernel // count
        order = np.lexsort((reverse, motif, start))
        same = (np.diff(start[order]) == 0) & (np.diff(motif[order]) == 0)
        kept = order[scan.best_strands(same, score[order])]
        hits = np.empty(len(kept), _FOUND)
        hits["start"], hits["kernel"], hits["score"] = start[kept], kernel[kept], score[kept]
        return hits, (start, kernel, score)

    @property
    def found(self) -> int:
        """Returns how many words are listed, those on both strands twice."""
        return int(sum(counts.sum() for counts in self._counts))

    def rows(self, most_q: float = 1.0) -> Iterator[Row]:
        """Yields the sites by record, start and motif, as the records were fed.

        q is Benjamini and Hochberg's over the words of a motif (`words`), of which those that are not listed
        count as p = 1: never smaller than with their own p.

        Args:
          most_q: sites with a larger q are left out.
        """
        count = len(self.words)
        p, q = self._p_values(), self._q_values()
        with open(self._file, "rb") as stream:
            while len(part := np.fromfile(stream, _FOUND, 1 << 16)):
                for record, start, kernel, score in part.tolist():
                    at = score - int(self._least[kernel])
                    if q[kernel][at] > most_q:
                        continue
                    yield Row(
                        self._names[record],
                        start,
                        start + int(self._widths[kernel]),
                        kernel % count,
                        "-" if kernel >= count else "+",
                        score / pwm.STEPS_PER_BIT,
                        float(p[kernel][at]),
                        float(q[kernel][at]),
                    )

    def _p_values(self) -> list[np.ndarray]:
        """p of each score of each kernel, from its least score on."""
        places = zip(self._tails, self._least.tolist(), self._counts, strict=True)
        return [
            np.minimum(tail[max(least - lowest, 0) :], 1)[: len(counts)]
            for (lowest, tail), least, counts in places
        ]

    def _q_values(self) -> list[np.ndarray]:
        """q of each score of each kernel, from its least score on."""
        count, p = len(self.words), self._p_values()
        found: list[np.ndarray] = [np.zeros(0)] * (2 * count)
        for motif in range(count):
            pair = (motif, motif + count)
            values = np.concatenate([p[kernel] for kernel in pair])
            times = np.concatenate([self._counts[kernel][: len(p[kernel])] for kernel in pair])
            order = np.argsort(values, kind="stable")
            rank = np.cumsum(times[order])
            scaled = np.full(len(values), np.inf)
            np.divide(values[order] * self.words[motif], rank, out=scaled, where=times[order] > 0)
            q = np.empty(len(values))
            q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1)
            found[motif], found[motif + count] = np.split(q, [len(p[motif])])
        return found


def _known(block: np.ndarray) -> np.ndarray:
    """Where the stretches without N of a block begin and end, int64 (2, n)."""
    known = np.concatenate([[False], block != dna.N, [False]])
    return np.flatnonzero(known[1:] != known[:-1]).reshape(-1, 2).T


def _words(known: np.ndarray, limit: int, widths: np.ndarray) -> np.ndarray:
    """How many words of each width without N begin in the first `limit` letters of a block, int64 (M,)."""
    begin, end = known
    last = np.minimum(end - widths[:, None] + 1, limit)
    return np.maximum(last - begin, 0).sum(axis=1)
