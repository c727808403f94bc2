"""The table of a layer's neurons; what opens below a row is drawn by the page's script."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from jaxmotif.apps.decode.layer_data import NeuronRow
from jaxmotif.apps.decode.leaf_block import block, strongest
from jaxmotif.neuronmotif.diagnosis import Regions
from jaxmotif.report import templates

# Kinds to filter by: value, label, whether a neuron is of the kind.
KINDS: tuple[tuple[str, str, Callable[[NeuronRow], bool]], ...] = (
    ("live", "live", lambda row: not row.dead),
    ("dead", "dead", lambda row: row.dead),
    ("mixture", "mixture", lambda row: row.mixture),
    ("pure", "live, no mixture", lambda row: not row.dead and not row.mixture),
    ("matched", "with a known motif", lambda row: bool(row.matches)),
    ("unmatched", "live, no known motif", lambda row: not row.dead and not row.matches),
)
_SHOWN = 3  # matches in a row; the rest stands below

# Class, heading and order of sorting of each column.
_EFFECT = ("number effect", "Effect", "number")  # only where effects were measured
_NULL = ("number null", "Null q", "number")  # only with null networks
_HEADS = (
    ("name", "Neuron", "number"),
    ("state", "State", "number"),
    _EFFECT,
    ("number", "Largest", "number"),
    ("number", "Consensus", "number"),
    ("number", "Leaves", "number"),
    ("number samples", "Sequences", "number"),
    ("number", "Agreement", "number"),
    ("lead-logo", "Logo", ""),
    ("known", "Known motif, own q", "number"),
    _NULL,
    ("known", "Layer's word, its q", "number"),
)


class Item(NamedTuple):
    """A neuron as the template shows it; a number that is None leaves its cell empty.

    Attributes:
      index: place in the page's data block.
      row: the neuron.
      kinds: those of KINDS that it is of, in one line.
      maximum: largest activation.
      consensus: of the strongest leaf, as a share of that leaf's largest activation.
      bar: the same, within 0..1.
      agreement: of two ways of decoupling.
      rhat: the largest of the walk.
    """

    index: int
    row: NeuronRow
    kinds: str
    maximum: float | None
    consensus: float | None
    bar: float
    agreement: float | None
    rhat: float | None


def item(index: int, row: NeuronRow) -> Item:
    """Returns what the table shows of a neuron."""
    share = _consensus(row)
    return Item(
        index,
        row,
        " ".join(value for value, _, is_kind in KINDS if is_kind(row)),
        _finite(row.maximum),
        share,
        min(max(share or 0.0, 0.0), 1.0),
        _finite(row.agreement),
        _finite(row.rhat),
    )


@dataclass(frozen=True)
class NeuronTable:
    """A section with one row a neuron, sortable and filtered by text and kind.

    Attributes:
      title: of the section.
      rows: in the order of the table.
      database: name of the known motifs, for the text.
      regions: limits of the diagnosis.
      others: what other methods read, see `LayerReport`.
      halves: whether leaves come from the maps below, see `Decoded.halves`.
    """

    title: str
    rows: Sequence[NeuronRow]
    database: str = ""
    regions: Regions = Regions()
    others: str = ""
    halves: bool = False

    def html(self) -> Markup:
        """Returns the section's body."""
        effects = next((row.effect.answer for row in self.rows if row.effect), None)
        nulls = any(row.null for row in self.rows)
        absent = [head for head, there in ((_EFFECT, effects), (_NULL, nulls)) if not there]
        return templates.render(
            "neurons.html",
            "jaxmotif.apps.decode",
            items=[item(i, row) for i, row in enumerate(self.rows)],
            heads=[head for head in _HEADS if head not in absent],
            effects=effects,
            nulls=nulls,
            kinds=[(value, label, sum(map(is_kind, self.rows))) for value, label, is_kind in KINDS],
            shown=_SHOWN,
            database=self.database,
            others=self.others,
            halves=self.halves,
            data=block(self.rows, self.regions),
        )


def _consensus(row: NeuronRow) -> float | None:
    if not row.leaves or row.leaves[strongest(row)].maximum <= 0:
        return None
    leaf = row.leaves[strongest(row)]
    return _finite(leaf.consensus / leaf.maximum)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
