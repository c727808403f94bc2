"""Pairs of planted motifs that keep a rule: order, relative strand, and how far they lie apart."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from jaxmotif.data.synthetic import koo_eddy
from jaxmotif.data.truth import Truth
from jaxmotif.motifs import align
from jaxmotif.motifs.motif import Motif

# Letters between the two motifs, and by how many these may be more or fewer.
SPACING, PLAY = (3, 15), (0, 3)
# A motif that is so much like its own other strand has neither a strand nor an order that could be read.
SAME_TURNED = 0.75


class Rule(NamedTuple):
    """How a second motif stands to a first one where they come together.

    Attributes:
      motifs: places of the first and the second in the list of planted motifs.
      order: where the second lies, read on the strand of the first.
      strand: whether both lie on one strand.
      spacing: least and most letters between them, all numbers in between equally likely.
      share: of the positives in which they stand so. Elsewhere either lies anywhere, on any strand.
    """

    motifs: tuple[int, int]
    order: Literal["after", "before"]
    strand: Literal["same", "opposite"]
    spacing: tuple[int, int]
    share: float

    def record(self, names: Sequence[str]) -> dict:
        """Returns the rule for a row of results, with the motifs' names."""
        return self._asdict() | {"motifs": [names[i] for i in self.motifs], "spacing": list(self.spacing)}


def has_sides(motif: Motif) -> bool:
    """Returns whether a motif's strand can be told: it is no palindrome."""
    turned = motif.ppm[::-1, ::-1]
    return bool(align.similarities(motif.ppm, [turned], both=False)[0][0] < SAME_TURNED)


def draw(rng: np.random.Generator, motifs: tuple[int, int], share: float) -> Rule:
    """Returns a rule, every kind of it equally likely."""
    middle, play = (int(rng.integers(low, high + 1)) for low, high in (SPACING, PLAY))
    order: Literal["after", "before"] = "after" if rng.random() < 0.5 else "before"
    strand: Literal["same", "opposite"] = "same" if rng.random() < 0.5 else "opposite"
    return Rule(motifs, order, strand, (middle - play, middle + play), share)


def together(rng: np.random.Generator, rule: Rule, present: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns which sequences have which motifs, bool (N, K), and in which the rule holds, bool (N,).

    The rule holds in exactly round(share N) sequences with the first motif. As many have the second one as
    before, those without the rule drawn from all others.

    Args:
      rng: of what is drawn.
      rule: for two of the motifs.
      present: bool (N, K), before.

    Raises:
      ValueError: where too few sequences have the motifs.
    """
    first, second = rule.motifs
    holds = np.zeros(len(present), bool)
    count, of = round(rule.share * len(present)), int(present[:, second].sum())
    if count > (fewest := min(of, int(present[:, first].sum()))):
        raise ValueError(f"a rule in {count} sequences, but a motif in {fewest} only")
    holds[rng.choice(np.flatnonzero(present[:, first]), count, replace=False)] = True
    own = holds.copy()
    own[rng.choice(np.flatnonzero(~holds), of - count, replace=False)] = True
    present = present.copy()
    present[:, second] = own
    return present, holds


def plant(
    rng: np.random.Generator,
    motifs: Sequence[Motif],
    rule: Rule,
    present: np.ndarray,
    holds: np.ndarray,
    background_nl: np.ndarray,
) -> tuple[np.ndarray, Truth]:
    """Returns sequences with motifs, two of them by the rule where it holds, and where they lie.

    Pairs that keep the rule, and all other motifs, lie at random places on random strands, without overlap.

    Args:
      rng: of what is drawn.
      motifs: K motifs.
      rule: for two of them.
      present: bool (N, K), which sequences have which.
      holds: bool (N,), in which the rule holds; they have both.
      background_nl: letters around the motifs, uint8 (N, L).
    """
    (count, length), kinds = background_nl.shape, len(motifs)
    pool = koo_eddy.pool_of(motifs)
    least, most = rule.spacing
    needed = sum(motif.width for motif in motifs) + most + kinds + 1
    if needed > length:
        raise ValueError(f"{kinds} motifs and a rule need {needed} nt, but sequences have {length}")
    # A pair is placed as one matrix, a kind for each spacing; what it holds is put in its place afterwards.
    wide = [
        motifs[rule.motifs[0]].width + motifs[rule.motifs[1]].width + gap for gap in range(least, most + 1)
    ]
    with_pairs = [*pool, *(np.full((width, 4), 0.25) for width in wide for _ in "+-")]
    there = np.concatenate([present, holds[:, None]], axis=1)
    there[np.ix_(holds, rule.motifs)] = False
    kind = np.tile(np.arange(kinds + 1), (count, 1))
    kind[:, -1] += rng.integers(0, len(wide), count)
    ids = np.where(there, 2 * kind + rng.integers(0, 2, there.shape), -1)
    order = np.argsort(rng.random(there.shape) + ~there, axis=1)
    _, placed = koo_eddy.plant(rng, np.take_along_axis(ids, order, axis=1), with_pairs, length, 1)
    truth = _apart(placed, rule, pool)
    letters_nl = koo_eddy.sample(rng.random((count, length)), truth)
    return np.where(truth.columns() > 0, letters_nl, background_nl).astype(np.uint8), truth


def _apart(placed: Truth, rule: Rule, pool: Sequence[np.ndarray]) -> Truth:
    """The truth with the two motifs of each pair in its place; `pool` is without pairs."""
    first, second = (2 * i for i in rule.motifs)
    second += rule.strand == "opposite"
    left, right = (first, second) if rule.order == "after" else (second, first)
    pair = placed.motif_id >= len(pool)
    gap, turned = np.divmod(np.where(pair, placed.motif_id - len(pool), 0), 2)
    # Read on the other strand, the pair's right motif comes first, turned.
    lefts, rights = np.array([left, right ^ 1]), np.array([right, left ^ 1])
    widths = np.array([len(ppm) for ppm in pool])
    own = np.where(pair, lefts[turned], placed.motif_id)
    other = np.where(pair, rights[turned], -1)
    other_start = placed.start + widths[lefts[turned]] + rule.spacing[0] + gap
    ids = np.stack([own, other], axis=2).reshape(len(placed), -1)
    start = np.stack([placed.start, np.where(pair, other_start, -1)], axis=2).reshape(len(placed), -1)
    # In order along the sequence, what is not there last.
    order = np.argsort(np.where(ids >= 0, start, placed.length), axis=1, kind="stable")[:, : len(pool) // 2]
    ids, start = (np.take_along_axis(values, order, axis=1) for values in (ids, start))
    return Truth(ids, start, tuple(pool), placed.length)
