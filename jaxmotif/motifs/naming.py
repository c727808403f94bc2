"""When a match gives a motif its name.

Tomtom's E-value does not decide by itself. Flat columns lie on flat columns at a small distance, so that weak
motifs match long, mostly flat targets, whatever they are: of random motifs of half a bit every one is "CTCF"
at E <= .001. A name needs information, on the same columns of both motifs, that agrees. The limits are
calibrated by tools/calibrate_naming (docs/results/naming.md).
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from jaxmotif.motifs import tomtom
from jaxmotif.motifs.hits import Hit
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.ppm import information_content

# Largest E-value of a name.
MOST_E = 0.01
# Bits in which query and target agree, at least, and as a share of all bits of the query.
FEWEST_BITS = 4.0
LEAST_SHARE = 0.5
# Least similarity of the columns that lie on each other.
LEAST_SIMILARITY = 0.85


class Agreement(NamedTuple):
    """How much of a query and a target agrees where they lie on each other.

    Attributes:
      bits: over the overlapping columns, the information of the column that has less of it, times their
        correlation where that is positive: what both say, and say alike.
      share: those bits of all bits of the query. Low where the query's informative columns lie beside the
        target, or on its flat columns.
      similarity: -1 to 1, correlation of all overlapping columns together: a column counts as far as it
        prefers letters.
    """

    bits: float
    share: float
    similarity: float


def agreement(query: Motif, hit: Hit) -> Agreement:
    """Returns how much of a query and the target of its hit agrees, in the hit's alignment.

    Matrices have Tomtom's pseudo-count; information is in bits against each motif's own background, by which
    columns are centred for correlations, too.

    Raises:
      ValueError: if the hit puts no column of the target on the query.
    """
    x_v4, x_bits = _centred(query)
    y_w4, y_bits = _centred(hit.target)
    if hit.strand == "-":
        y_w4, y_bits = y_w4[::-1, ::-1], y_bits[::-1]
    start, end = max(0, -hit.offset), min(len(x_v4), len(y_w4) - hit.offset)
    if start >= end:
        raise ValueError(f"{hit.target.name} at offset {hit.offset} does not lie on {query.name}")
    total = float(x_bits.sum())
    x_o4, x_bits = x_v4[start:end], x_bits[start:end]
    y_o4, y_bits = y_w4[start + hit.offset : end + hit.offset], y_bits[start + hit.offset : end + hit.offset]
    correlation_o = _cosine((x_o4 * y_o4).sum(1), np.square(x_o4).sum(1), np.square(y_o4).sum(1))
    bits = float((np.minimum(x_bits, y_bits) * np.maximum(correlation_o, 0)).sum())
    similarity = _cosine((x_o4 * y_o4).sum(), np.square(x_o4).sum(), np.square(y_o4).sum())
    return Agreement(bits, bits / total if total > 0 else 0.0, float(similarity))


def named(query: Motif, hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """Returns the hits of a query that may give it their name, in the given order; the first is its name.

    E is at most .01; target and query agree in 4 bits or more and in half of the query's; and the
    overlapping columns have a similarity of .85 or more (`agreement`). Without such a hit the motif has no
    match, whatever Tomtom lists.

    Args:
      query: a motif.
      hits: of that motif (`hits.hits`), best first.
    """
    return tuple(hit for hit in hits if hit.e <= MOST_E and agrees(query, hit))


def agrees(query: Motif, hit: Hit) -> bool:
    """Returns whether a hit may give its query a name but for its E-value; see `named`."""
    found = agreement(query, hit)
    return found.bits >= FEWEST_BITS and found.share >= LEAST_SHARE and found.similarity >= LEAST_SIMILARITY


def title(target: Motif) -> str:
    """Returns what to call a motif of a database: its factor's family, where that is known, and its name.

    Members of a family share motifs: a match names the family rather than the factor.

    Examples:
      >>> import numpy as np
      >>> import jaxmotif as jm
      >>> from jaxmotif.motifs import naming
      >>> elk4 = jm.Motif("MA0076.3", np.eye(4)[[1, 1, 2, 2, 0, 0]], 9, "ELK4", tf_family="Ets-related")
      >>> naming.title(elk4)
      'Ets-related: ELK4'
    """
    name = target.alt_name or target.name
    return f"{target.tf_family}: {name}" if target.tf_family else name


def _centred(motif: Motif) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities less the background (W, 4), and bits (W,)."""
    ppm_w4 = tomtom.with_pseudocount(motif)
    return ppm_w4 - np.asarray(motif.background), information_content(ppm_w4, motif.background)


def _cosine(dot, x_square, y_square):
    """Cosine of vectors by their products; 0 where one of them has no length."""
    length = np.sqrt(x_square * y_square)
    return np.where(length > 0, dot / np.where(length > 0, length, 1), 0.0)
