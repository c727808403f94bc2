"""The filters of all networks of a round as candidate motifs."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif.apps.discover.learner import Learner
from jaxmotif.data.dataset import Dataset
from jaxmotif.interpret import filter_motifs
from jaxmotif.motifs import align, cores, merge
from jaxmotif.motifs.motif import Motif


class Candidates(NamedTuple):
    """Distinct motifs of filters.

    Attributes:
      motifs: merged, without flat flanks.
      filters: (learner, seed, filter) of each that was merged into a motif, 0-based.
      read: number of informative filters.
      silent: number of the others.
    """

    motifs: list[Motif]
    filters: list[list[tuple[int, int, int]]]
    read: int
    silent: int

    def like(self, motif: Motif) -> list[tuple[int, int, int]]:
        """Returns the filters of all candidates that are the motif, or a part of it."""
        both = motif.has_complement
        likeness, *_ = align.similarities(motif.ppm, [own.ppm for own in self.motifs], both=both)
        alike = np.flatnonzero(likeness >= merge.SIMILARITY)
        return sorted(place for i in alike for place in self.filters[i])


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
        return Candidates([], [], 0, silent)
    # Filters of one network are evidence once, however many there are.
    merged = merge.merge(motifs, [(number, seed) for number, seed, _ in origin])
    wanted = cores.searched([own.motif for own in merged], site_p, data)
    filters = [[origin[member.index] for member in own.members] for own in merged]
    return Candidates(wanted.motifs, filters, len(motifs), silent)
