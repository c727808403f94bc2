"""What the motifs that a reading shows are worth: the same rule for every reading."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from experiments.truth import scoring
from jaxmotif.data.synthetic import koo_eddy
from jaxmotif.evaluate import recovery
from jaxmotif.motifs import tomtom
from jaxmotif.motifs.motif import Motif, is_informative, trim


class Score(NamedTuple):
    """Motifs against the twelve factors.

    Attributes:
      shown: motifs with a column above half a bit; others say nothing and are not counted.
      right: of these, those that match a planted factor.
      correlations: of each factor that is found, Pearson's over the planted matrix's columns, of the best of
        the motifs that match it.
    """

    shown: int
    right: int
    correlations: dict[str, float]


def planted() -> dict[str, Motif]:
    """Returns the twelve motifs, by factor."""
    return dict(zip(koo_eddy.KOO_EDDY_IDS, koo_eddy.koo_eddy_motifs(), strict=True))


def score(
    motifs: Sequence[Motif], database: Sequence[Motif], truth: Mapping[str, Motif], e_max: float
) -> Score:
    """Returns what motifs are worth.

    Every motif, cut to its informative columns and three more on each side, is compared with the database by
    Tomtom. It is right if its E-value with a matrix of `recovery.ALLOW` is at most `e_max`; a factor is
    found if a motif is right by its matrices.

    Args:
      motifs: as a reading shows them, on either strand.
      database: known motifs, those of ALLOW among them.
      truth: the planted matrices, by factor.
      e_max: see above.
    """
    shown = [motif for motif in motifs if is_informative(motif)]
    # What is wider is no motif: shown, but like nothing.
    queries = [(motif, cut) for motif in shown if (cut := trim(motif)).width <= tomtom.MAX_WIDTH]
    if not queries:
        return Score(len(shown), 0, {})
    hits_qm = tomtom.match([cut for _, cut in queries], database).e <= e_max
    own = [motif.name.rpartition(".")[0] or motif.name for motif in database]
    right, correlations = np.zeros(len(queries), bool), {}
    for factor, matrix in truth.items():
        ids = {name.rpartition(".")[0] for name in recovery.ALLOW[factor]}
        matched = hits_qm[:, [name in ids for name in own]].any(axis=1)
        right |= matched
        if matched.any():
            correlations[factor] = max(
                scoring.correlation(queries[at][0], matrix) for at in np.flatnonzero(matched)
            )
    return Score(len(shown), int(right.sum()), correlations)
