"""The filters of all networks of a round as candidate motifs."""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif.apps.discover.learner import Learner
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
      filters: (learner, seed, filter) of each that was merged into a motif, 0-based.
      distinct: number of merged motifs, which come first.
      read: number of informative filters.
      silent: number of the others.
    """

    motifs: list[Motif]
    filters: list[list[tuple[int, int, int]]]
    distinct: int
    read: int
    silent: int

    def like(self, motif: Motif) -> list[tuple[int, int, int]]:
        """Returns the filters of all candidates that are the motif, or a part of it."""
        own = [one.ppm for one in self.motifs]
        likeness, *_ = align.similarities(motif.ppm, own, both=motif.has_complement)
        alike = np.flatnonzero(likeness >= merge.SIMILARITY)
        return sorted({place for i in alike for place in self.filters[i]})


def read(learners: Sequence[Learner], data: Dataset, site_p: float) -> Candidates:
    """Returns the motifs of all learners' informative filters, read on the positives of `data`.

    Args:
      learners: networks.
      data: sequences that they were trained on.
      site_p: p-value of sites, see `cores.searched`.
    """
    motifs, origin, silent = [], [], 0
    for number, one in enumerate(learners):
        found = filter_motifs.informative(one.network, data.positives, 1, one.readout)
        motifs += found.motifs
        origin += [(number, *place) for place in found.origin]
        silent += found.silent
    if not motifs:
        return Candidates([], [], 0, 0, silent)
    # Filters of one network are evidence once, however many there are.
    merged = merge.merge(motifs, [(number, seed) for number, seed, _ in origin])
    wanted = cores.searched([own.motif for own in merged], site_p, data)
    filters = [[origin[member.index] for member in own.members] for own in merged]
    narrow = [i for i, motif in enumerate(wanted.motifs) if motif.width > CORE + 1]
    cores_of = [_core(wanted.motifs[i], wanted.background) for i in narrow]
    filters += [filters[i] for i in narrow]
    return Candidates(wanted.motifs + cores_of, filters, len(merged), len(motifs), silent)


def _core(motif: Motif, background) -> Motif:
    bits_w = information_content(motif.ppm, background)
    first = int(np.argmax(np.convolve(bits_w, np.ones(CORE), "valid")))
    return dataclasses.replace(motif, ppm=motif.ppm[first : first + CORE])
