"""The filters of the networks of a round as candidate motifs, and over-represented words next to them."""

import dataclasses
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from jaxmotif.apps.discover.learner import FilterGroup, Learner
from jaxmotif.apps.discover.settings import FILTERS
from jaxmotif.data.dataset import Dataset
from jaxmotif.interpret import filter_motifs
from jaxmotif.motifs import align, cores, merge
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.ppm import information_content

# The most informative columns of a filter are a candidate, too: what lies next to them may be chance.
CORE = 8


class Candidates(NamedTuple):
    """Distinct motifs of filters.

    Attributes:
      motifs: merged, without flat flanks; then the most informative columns of the wider ones.
      filters: (seed, filter) of each that was merged into a motif, 0-based.
      distinct: number of merged motifs, which come first.
      read: number of informative filters.
      silent: number of the others.
      words: reading ("words", "seqlets") -> words that it finds over-represented, as they are and as their
        sites draw them.
    """

    motifs: list[Motif]
    filters: list[FilterGroup]
    distinct: int
    read: int
    silent: int
    words: Mapping[str, list[Motif]] = {}

    def readings(self, motif: Motif, source: str) -> tuple[str, ...]:
        """Returns which readings have the motif or a part of it, or it comes from `source`."""
        own = {FILTERS: self.motifs, **self.words}
        return tuple(name for name, found in own.items() if name == source or _alike(motif, found).size)

    def like(self, motif: Motif, source: int | None = None) -> FilterGroup:
        """Returns the filters of candidates that are the motif or a part of it, and those of its `source`.

        Drawn anew from its sites, a motif may look otherwise than the candidate that it comes from.
        """
        alike = _alike(motif, self.motifs).tolist()
        alike += [] if source is None else [source]
        return sorted({place for i in alike for place in self.filters[i]})


def _alike(motif: Motif, others: list[Motif]) -> np.ndarray:
    """Which of the others are the motif or a part of it."""
    if not others:
        return np.zeros(0, int)
    likeness, *_ = align.similarities(motif.ppm, [one.ppm for one in others], both=motif.has_complement)
    return np.flatnonzero(likeness >= merge.SIMILARITY)


def read(learner: Learner, data: Dataset, site_p: float) -> Candidates:
    """Returns the motifs of the networks' informative filters, read on the positives of `data`.

    Args:
      learner: networks.
      data: sequences that they were trained on.
      site_p: p-value of sites, see `cores.searched`.
    """
    found = filter_motifs.informative(learner.network, data.positives, 1, learner.readout)
    if not found.motifs:
        return Candidates([], [], 0, 0, found.silent)
    # Filters of one network are evidence once, however many there are.
    merged = merge.merge(found.motifs, [seed for seed, _ in found.origin])
    wanted = cores.searched([own.motif for own in merged], site_p, data)
    filters = [[found.origin[member.index] for member in own.members] for own in merged]
    narrow = [i for i, motif in enumerate(wanted.motifs) if motif.width > CORE + 1]
    cores_of = [_core(wanted.motifs[i], wanted.background) for i in narrow]
    filters += [filters[i] for i in narrow]
    return Candidates(wanted.motifs + cores_of, filters, len(merged), len(found.motifs), found.silent)


def _core(motif: Motif, background) -> Motif:
    bits_w = information_content(motif.ppm, background)
    first = int(np.argmax(np.convolve(bits_w, np.ones(CORE), "valid")))
    return dataclasses.replace(motif, ppm=motif.ppm[first : first + CORE])
