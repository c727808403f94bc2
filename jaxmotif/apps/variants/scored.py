"""Variants from a VCF to lines of a table."""

import collections
import itertools
import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif.apps import motif_files
from jaxmotif.apps.predict.table import Target
from jaxmotif.apps.progress import Progress
from jaxmotif.apps.streams import field
from jaxmotif.data.files import content
from jaxmotif.data.files.genome import Genome
from jaxmotif.data.files.vcf import Variant, read_vcf
from jaxmotif.interpret import variants
from jaxmotif.interpret.tiled import spread
from jaxmotif.interpret.variants import Allele
from jaxmotif.models.answers import Answer
from jaxmotif.models.network import Network
from jaxmotif.motifs import pwm
from jaxmotif.motifs.best_words import BestWords

# Variants that are scored together.
ROWS = 1024
_REASONS = {
    variants.MISMATCH: "have another reference allele than the genome",
    variants.SYMBOL: "are told by symbols, not by letters",
    variants.LONG: "are longer than half of what the networks read",
    variants.SAME: "have no alternative that differs",
    variants.NO_CHROMOSOME: "lie on chromosomes that the genome does not have",
}


def columns(answer: Answer) -> tuple[str, ...]:
    """Returns the names of columns, which say on which scale the numbers are."""
    place = ("chrom", "pos", "id", "ref", "alt", "status", answer.output)
    scores = (f"{answer.scale}_ref", f"{answer.scale}_alt", "difference", "difference_sd", "unit")
    return (*place, *scores, "gained", "lost")


class Known(NamedTuple):
    """Motifs whose gain and loss is told: their names, their words, None without any, and notes."""

    names: list[str]
    words: BestWords | None
    notes: tuple[str, ...]


def known_motifs(run: str, motifs: str, p: float) -> Known:
    """Returns the motifs of a file or, without one, of a run; a note says so where the run has none.

    Names are those of the file, with the factor's where it is known.

    Args:
      run: directory or file of weights.
      motifs: a motif file, a run, or a JASPAR release; "" for the motifs of `run`.
      p: largest p-value of a site.

    Raises:
      ValueError: for a file that cannot be read, or p outside (0, 1].
    """
    pwm.check_p(p)
    found, notes = (motif_files.read_any(motifs), []) if motifs else motif_files.of_run(run)
    if not found:
        return Known([], None, (f"{notes[0]}; gained and lost are empty (--motifs)",))
    words = BestWords(found, p, found[0].background)
    return Known([motif_files.label(motif) for motif in found], words, words.looked_for.notes)


class Scored:
    """Lines of a table of variants, and what is to be said of them.

    Attributes:
      counts: how many alleles there were of each status.
    """

    def __init__(self, network: Network, genome: Genome, known: Known, shown: Sequence[Target]):
        """Makes it.

        Args:
          network: trained networks.
          genome: what the variants are of.
          known: motifs, see `known_motifs`.
          shown: classes to tell of.
        """
        self._network, self._genome, self._known, self._shown = network, genome, known, shown
        self._source = ""
        self.counts: collections.Counter[str] = collections.Counter()

    def lines(self, path: str) -> Iterator[str]:
        """Yields the lines of a VCF's variants, in order.

        Raises:
          ValueError: for a file that cannot be read, or of which no variant can be scored.
        """
        self._source, progress, done = content.short_name(path), Progress("scored", "allele"), 0
        # A file is read twice, to say how long it will take: that is quick, and what is wrong is said first.
        total = sum(1 for _ in read_vcf(path)) if path not in content.STDIN and os.path.isfile(path) else None
        every = read_vcf(path)
        while block := list(itertools.islice(every, ROWS)):
            yield from self._block(block)
            done += len(block)
            progress(done, total)
        progress.close()
        if done and not self.counts[variants.SCORED]:
            told = "; ".join(f"{count:,} {_REASONS[status]}" for status, count in self.counts.items())
            raise ValueError(f"{self._source}: none of {done:,} alleles can be scored: {told}")

    @property
    def notes(self) -> list[str]:
        """Returns what a user should know."""
        total = sum(self.counts.values())
        told = [
            f"{self._source}: {self.counts[status]:,} of {total:,} alleles {reason}"
            for status, reason in _REASONS.items()
            if self.counts[status]
        ]
        if self._source and not total:
            told.append(f"{self._source}: a header and no variants")
        return [*told, *self._known.notes]

    def _block(self, block: Sequence[Variant]) -> Iterator[str]:
        found = [variants.allele(one, self._genome, self._network.length) for one in block]
        self.counts.update(status for status, _ in found)
        alleles = [allele for _, allele in found if allele is not None]
        rows = iter(self._of_alleles(alleles)) if alleles else iter(())
        for one, (status, allele) in zip(block, found, strict=True):
            cells = (one.chrom, one.start + 1, one.name, one.ref, one.alt, status)
            numbers = [[""] * 8] if allele is None else next(rows)
            for values in numbers:
                yield "\t".join(map(field, (*cells, *values))) + "\n"

    def _of_alleles(self, alleles: Sequence[Allele]) -> Iterator[list[list]]:
        """The cells of each allele, a list for every class."""
        found = variants.effects(self._network, self._genome, alleles)
        values_mnt = (found.reference, found.alternative, found.difference)
        means = [one.mean(axis=0, dtype=np.float64) for one in values_mnt]
        deviation = spread(found.difference)
        for row, allele in enumerate(alleles):
            changed = self._changed(allele)
            yield [
                [
                    name,
                    *(sign * float(one[row, output]) + 0.0 for one in means),  # no -0
                    float(deviation[row, output]),
                    self._network.answer.unit,
                    *changed,
                ]
                for output, name, sign in self._shown
            ]

    def _changed(self, allele: Allele) -> tuple[str, str]:
        """Motifs that are gained and lost, as text."""
        words, start = self._known.words, allele.start
        if words is None:
            return "", ""
        left = self._genome.letters(allele.chrom, start - words.flank, start)
        end = start + len(allele.ref)
        right = self._genome.letters(allele.chrom, end, end + words.flank)
        before, after = (
            words.p_values(np.concatenate([left, own, right]), len(left), len(left) + len(own))
            for own in (allele.ref, allele.alt)
        )
        is_site = lambda p: p <= words.looked_for.p * (1 + 1e-12)
        listed = lambda which: ";".join(
            f"{self._known.names[i]}={before[i]:.2g}>{after[i]:.2g}" for i in np.flatnonzero(which)
        )
        return listed(is_site(after) & ~is_site(before)), listed(is_site(before) & ~is_site(after))
