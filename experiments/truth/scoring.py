"""What a list of motifs is worth: against what was planted, and on held-out sequences."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from experiments.truth.sets import Planted
from jaxmotif.motifs import align
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.motif_set import MotifSet

# Similarity (`align.similarities`) from which a listed motif is a planted one.
FOUND = 0.75
# From here on it may be a planted one that was drawn badly.
BLURRED = 0.5


class Verdict(NamedTuple):
    """A list against the truth.

    Attributes:
      true: motifs of the list that are a planted one, each of these once.
      repeated: others that are like a planted motif that is in the list already.
      false: all others.
      blurred: of the false ones, those that are somewhat like a planted motif.
      decoys: of the false ones, those that are as frequent in the negatives.
      best: for each planted motif the place in the list of the motif that is it, -1 where none is.
    """

    true: int
    repeated: int
    false: int
    blurred: int
    decoys: int
    best: tuple[int, ...]


def false_share(counts: Mapping[str, int], blurred: bool = True) -> float:
    """Returns the share of a list that is false; 0 of an empty list. Its mean over sets is the FDR.

    Args:
      counts: "true", "repeated", "false" and "blurred", see `Verdict`.
      blurred: whether blurred motifs are false; else they are taken as the planted ones that they are like.
    """
    listed = counts["true"] + counts["repeated"] + counts["false"]
    return (counts["false"] - (0 if blurred else counts["blurred"])) / max(listed, 1)


def against(motifs: Sequence[Motif], planted: Sequence[Planted]) -> Verdict:
    """Returns what of a list is planted.

    A listed motif is the planted one that it is most like, if by `FOUND` at least. Of several that are the
    same one, the first in the list is true.
    """
    best = [-1] * len(planted)
    true = repeated = blurred = decoys = 0
    for place, motif in enumerate(motifs):
        likeness = [0.0]
        if planted:
            likeness = align.similarities(motif.ppm, [one.motif.ppm for one in planted])[0]
        which = int(np.argmax(likeness))
        if likeness[which] < FOUND:
            blurred += likeness[which] >= BLURRED
        elif planted[which].decoy:
            decoys += 1
        elif best[which] >= 0:
            repeated += 1
        else:
            best[which], true = place, true + 1
    return Verdict(true, repeated, len(motifs) - true - repeated, int(blurred), decoys, tuple(best))


def correlation(found: Motif, planted: Motif) -> float:
    """Returns Pearson's correlation of two matrices over the planted one's columns, in the best alignment.

    Where the found one has no column all letters are equally likely.
    """
    placed = align.align(planted, found)
    own = found.ppm if placed.strand == "+" else found.ppm[::-1, ::-1]
    whole = np.full(planted.ppm.shape, 0.25)
    first, last = max(placed.offset, 0), min(placed.offset + len(own), len(whole))
    whole[first:last] = own[first - placed.offset : last - placed.offset]
    if np.ptp(whole) == 0:
        return 0.0
    return float(np.corrcoef(whole.ravel(), planted.ppm.ravel())[0, 1])


def at_q(listed: MotifSet, others: MotifSet, level: float) -> list[Motif]:
    """Returns the motifs that a list by false discovery rate would hold, the most significant first.

    Of those that were tested, all with q up to the level, but variants of listed ones.
    """
    found = [
        (known.q, motif)
        for own in (listed, others)
        for motif, known in zip(own.motifs, own.evidence, strict=True)
        if known.q is not None and known.q <= level and not known.variant_of
    ]
    return [motif for _, motif in sorted(found, key=lambda one: one[0])]


def families(motifs: MotifSet) -> tuple[list[str], int]:
    """Returns the distinct families (or factors, where no family is known) of named motifs, and how many
    motifs have no name.
    """
    names = [
        (hits[0].target.tf_family or hits[0].target.alt_name or hits[0].target.name) if hits else ""
        for hits in motifs.named
    ]
    return sorted(set(filter(None, names))), names.count("")
