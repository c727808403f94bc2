"""Whether the table of pairs tells how two planted motifs stand to each other."""

from collections.abc import Sequence
from typing import NamedTuple

from experiments.truth.rules import Rule
from jaxmotif.motifs import align
from jaxmotif.motifs.motif import Motif
from jaxmotif.report.pair_table import PairRow

# False discovery rate up to which an arrangement is told.
LEVEL = 0.05


class Expected(NamedTuple):
    """How two listed motifs lie where the planted ones keep the rule.

    Attributes:
      strand: "same" or "opposite".
      order: "a b" if the second follows the first where that is on its "+" strand, else "b a".
      gaps: least and most letters between them.
    """

    strand: str
    order: str
    gaps: tuple[int, int]


def expected(rule: Rule, planted: tuple[Motif, Motif], listed: tuple[Motif, Motif]) -> Expected:
    """Returns how two listed motifs lie, by how they align with the planted ones of a rule.

    Args:
      rule: of the planted motifs, in its order.
      planted: the two motifs.
      listed: what was found of either; narrower or wider, on either strand.
    """
    (first, second), (own, other) = planted, listed
    placed, turned = align.align(first, own), align.align(second, other)
    start = placed.offset
    # The second planted motif with no letter between, read on the strand of the first.
    ahead = first.width if rule.order == "after" else -second.width
    shift = turned.offset
    if rule.strand == "opposite":
        shift = second.width - turned.offset - other.width
    other_start = ahead + shift
    gap = other_start - (start + own.width) if rule.order == "after" else start - (other_start + other.width)
    flipped = (placed.strand == "-", (turned.strand == "-") != (rule.strand == "opposite"))
    after = (rule.order == "after") != flipped[0]
    return Expected(
        "same" if flipped[0] == flipped[1] else "opposite",
        "a b" if after else "b a",
        (rule.spacing[0] + gap, rule.spacing[1] + gap),
    )


def judged(
    rule: Rule,
    planted: Sequence[Motif],
    listed: Sequence[Motif],
    best: Sequence[int],
    pairs: Sequence[PairRow],
) -> dict:
    """Returns what the table of pairs says of a rule: `told` (q up to `LEVEL`), and whether that is `right`.

    Right is an arrangement that contradicts the rule in nothing: strand, order and gap are the rule's, or
    open.

    Args:
      rule: the truth.
      planted, listed: the motifs.
      best: place in `listed` of what was found of each planted motif, -1 for nothing.
      pairs: of the listed motifs.
    """
    a, b = (best[i] for i in rule.motifs)
    if a < 0 or b < 0:
        return {"listed": False, "told": False, "right": False}
    row = next((one for one in pairs if {one.pair.a, one.pair.b} == {a, b}), None)
    told = row is not None and row.arranged_q is not None and row.arranged_q <= LEVEL
    if row is None or row.pair.best is None or not told:
        return {"listed": True, "told": False, "right": False}
    found = row.pair.best
    truth = expected(rule, tuple(planted[i] for i in rule.motifs), (listed[a], listed[b]))
    # The table reads order on the strand of its own first motif: on the other one where both lie there.
    swap = row.pair.a != a and truth.strand == "same"
    order = {"a b": "b a", "b a": "a b"}[truth.order] if swap else truth.order
    right = found.strand in (truth.strand, "any") and found.order in (order, "any")
    if found.gap is not None:
        right = right and truth.gaps[0] <= found.gap <= truth.gaps[1]
    return {
        "listed": True,
        "told": True,
        "right": bool(right),
        "arrangement": f"{found.text}, {'any gap' if found.gap is None else found.gap}",
        "expected": f"{truth.strand}, {order}, {truth.gaps[0]} to {truth.gaps[1]}",
    }
