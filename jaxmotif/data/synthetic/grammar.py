"""Sequences with a planted grammar: a pair of motifs with a flexible gap, and one with a fixed gap."""

from typing import NamedTuple

import numpy as np

from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.data.synthetic.koo_eddy import cut, pool_of, sample
from jaxmotif.data.truth import Truth
from jaxmotif.motifs import jaspar
from jaxmotif.motifs.motif import Motif

# JASPAR 2016: two pairs of motifs of different families.
SOFT_IDS, FIXED_IDS = ("MA0466.2", "MA0035.3"), ("MA0095.2", "MA0062.2")


class Rule(NamedTuple):
    """The right motif begins `gap` letters behind the left one's end, smallest and largest gap included."""

    left: Motif
    right: Motif
    gap: tuple[int, int]


def rules(soft: tuple[int, int] = (5, 12), fixed: int = 4) -> tuple[Rule, Rule]:
    """Returns CEBPB before Gata1 with a gap of 5 to 12, YY1 before Gabpa with one of 4."""
    known = jaspar.load("JASPAR2016")
    (a, b), (c, d) = [jaspar.select(known, list(ids)) for ids in (SOFT_IDS, FIXED_IDS)]
    return Rule(a, b, soft), Rule(c, d, (fixed, fixed))


def grammar(
    seed: int, n: int, length: int = 120, grammar_rules: tuple[Rule, ...] | None = None, far: int = 3
) -> Dataset:
    """Makes random sequences in which every rule has its two motifs, in a part of its own.

    A label says whether the rule holds. Where it does not, its motifs are there, too: too close, too
    far apart (by at least `far` letters), in the other order, or one of them alone, at equal odds. Motifs
    lie on the forward strand, anywhere in their part; parts come in random order.

    Raises:
      ValueError: for n < 1, or if a part cannot hold a rule's motifs with the gaps it needs.
    """
    grammar_rules = grammar_rules or rules()
    motifs = [motif for rule in grammar_rules for motif in (rule.left, rule.right)]
    pool, part = pool_of(motifs), length // len(grammar_rules)
    if n < 1:
        raise ValueError(f"need n >= 1, got {n}")
    rng = np.random.default_rng(seed)
    count = len(grammar_rules)
    order = rng.permuted(np.tile(np.arange(count), (n, 1)), axis=1)
    ids, starts = np.full((n, 2 * count), -1), np.full((n, 2 * count), -1)
    labels = rng.integers(0, 2, size=(n, count)).astype(np.float32)
    for number, rule in enumerate(grammar_rules):
        widths = rule.left.width, rule.right.width
        widest = part - sum(widths)
        if widest < rule.gap[1] + far:
            raise ValueError(
                f"{sum(widths)} nt of motifs and gaps to {rule.gap[1] + far} do not fit into {part} nt"
            )
        wrong = [g for g in range(widest + 1) if g <= rule.gap[0] - far or g >= rule.gap[1] + far]
        right = np.arange(rule.gap[0], rule.gap[1] + 1)
        for row in range(n):
            slot = int(np.flatnonzero(order[row] == number)[0])
            first, second = 4 * number, 4 * number + 2
            kind = 3 if labels[row, number] else rng.integers(0, 3)
            gap = int(rng.choice(right if kind == 3 else wrong))
            if kind == 0:  # one alone
                chosen, wide = ((first, widths[0]), (second, widths[1]))[rng.integers(0, 2)]
                ids[row, 2 * slot] = chosen
                starts[row, 2 * slot] = slot * part + rng.integers(0, part - wide + 1)
                continue
            if kind == 1:  # the other order, at a gap that would be right
                gap, first, second = int(rng.choice(right)), second, first
            lead = len(pool[first])
            begin = slot * part + int(rng.integers(0, part - sum(widths) - gap + 1))
            ids[row, 2 * slot : 2 * slot + 2] = first, second
            starts[row, 2 * slot : 2 * slot + 2] = begin, begin + lead + gap
    truth = Truth(ids, starts, tuple(pool), length)
    targets = tuple(f"{rule.left.alt_name}-{rule.right.alt_name}" for rule in grammar_rules)
    return Dataset(sample(rng.random((n, length)), truth), labels, truth=truth, targets=targets)


def grammar_splits(seed: int, n: int = 20_000, length: int = 120) -> Splits:
    """Makes `grammar`, cut into 0.7 / 0.1 / 0.2."""
    return cut(grammar(seed, n, length), np.arange(n))
