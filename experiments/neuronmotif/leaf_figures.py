"""Leaves of one neuron under each other, known motifs above, other methods below: Wei et al. 2021, Fig. 3."""

import pathlib
import textwrap
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from experiments.neuronmotif.decoded_runs import Layer
from experiments.neuronmotif.known_motifs import Known, Match
from jaxmotif.motifs.logo import draw_logo
from jaxmotif.motifs.motif import Motif
from jaxmotif.neuronmotif.syntax import shifts
from jaxmotif.report import figures

# Leaves of one neuron that are drawn, those of most sequences; known motifs above them.
MOST_LEAVES, MOST_KNOWN = 16, 3
# Sequences of what is drawn.
FEWEST = 20
# Leaves of each of two neurons on opposite strands.
TWIN_LEAVES = 3


class Row(NamedTuple):
    """A row of logos.

    Attributes:
      label: at its left.
      ppm: (W, 4).
      place: column of the figure that its first one lies in.
    """

    label: str
    ppm: np.ndarray
    place: int


def figure(path: pathlib.Path, title: str, rows: Sequence[Row]) -> None:
    """Writes rows of logos on one axis of letters, PNG or SVG by the ending of the name."""
    first = min(row.place for row in rows)
    width = max(row.place + len(row.ppm) for row in rows) - first
    inches = 2.35 + 0.09 * max(width, 40)
    heading = textwrap.fill(title, int(13 * inches))  # of 9 points
    above = 0.3 + 0.15 * len(heading.splitlines())
    drawing = figures.new_figure(inches, 0.42 * len(rows) + above + 0.1)
    for ax, row in zip(drawing.subplots(len(rows), 1, squeeze=False)[:, 0], rows, strict=True):
        padded = np.full((width, 4), 0.25)
        padded[row.place - first : row.place - first + len(row.ppm)] = row.ppm
        draw_logo(ax, padded, limits=(0, 2))
        ax.set_ylabel(row.label, rotation=0, ha="right", va="center", fontsize=6.5)
        ax.set_yticks([0, 2], ["0", "2"], fontsize=5)
        ax.set_xticks([])
        ax.spines[["top", "right"]].set_visible(False)
        ax.spines[["left", "bottom"]].set(linewidth=0.4, color="0.5")
    height = drawing.get_figheight()
    drawing.suptitle(heading, fontsize=9, y=1 - 0.1 / height, va="top")
    edges = dict(left=1.75 / inches, right=0.98, top=1 - above / height, bottom=0.1 / height)
    drawing.subplots_adjust(hspace=0.25, **edges)
    figures.save(drawing, path)


def chosen(known: Known) -> int | None:
    """Returns the neuron (index) to show: most known motifs, then the smallest q; None where none has any."""
    of_neuron: dict[int, list[Match]] = {}
    for match in known.matches["named"]:
        of_neuron.setdefault(match.neuron, []).append(match)
    if not of_neuron:
        return None
    return min(of_neuron, key=lambda i: (-_different(of_neuron[i]), min(one.hit.q for one in of_neuron[i])))


def _different(matches: Sequence[Match]) -> int:
    return len({match.hit.label for match in matches})


def shown_leaves(layer: Layer, neuron: int, most: int = MOST_LEAVES) -> tuple[np.ndarray, int]:
    """Returns the leaves of a neuron that are drawn, those with most sequences, and the strongest of them."""
    found = layer.decoded
    enough = np.flatnonzero(found.nsites[neuron] >= min(FEWEST, found.nsites[neuron].max()))
    enough = np.sort(enough[np.argsort(-found.nsites[neuron][enough], kind="stable")[:most]])
    return enough, int(enough[np.argmax(found.leaf_maximum[neuron][enough])])


def strongest(layer: Layer, neuron: int, most: int) -> tuple[np.ndarray, int]:
    """Returns the leaves of a neuron with the largest activations, of those that count, and the first."""
    found = layer.decoded
    enough = np.flatnonzero(found.nsites[neuron] >= FEWEST)
    ordered = enough[np.argsort(-found.leaf_maximum[neuron][enough], kind="stable")[:most]]
    return np.sort(ordered), int(ordered[0])


def leaves(layer: Layer, neuron: int, shown: tuple[np.ndarray, int] | None = None) -> list[Row]:
    """Returns leaves of a neuron in their order, each where it lies like the strongest one.

    Args:
      layer: decoded.
      neuron: index of the neuron.
      shown: which leaves, and the one that they are laid on; None: see `shown_leaves`.
    """
    found, (enough, lead) = layer.decoded, shown or shown_leaves(layer, neuron)
    moved, _ = shifts.best_shifts(found.ppm[neuron, lead], found.ppm[neuron, enough])
    return [
        Row(
            f"leaf {leaf}, n {int(found.nsites[neuron, leaf]):,}\nA {found.leaf_maximum[neuron, leaf]:.2g}, "
            f"consensus {found.consensus[neuron, leaf]:.2g}",
            found.ppm[neuron, leaf],
            -int(shift),
        )
        for leaf, shift in zip(enough, moved, strict=True)
    ]


def place(target: np.ndarray, ppm: np.ndarray) -> int:
    """Returns the column of a PPM (R, 4) that a target's first one (W, 4) lies on best; may be < 0."""
    x_r4, y_w4 = np.asarray(ppm, float) - 0.25, np.asarray(target, float) - 0.25
    scores = sum(np.correlate(x_r4[:, base], y_w4[:, base], "full") for base in range(4))
    return int(np.argmax(scores)) - (len(y_w4) - 1)


def rows(layer: Layer, known: Known, neuron: int) -> list[Row]:
    """Returns known motifs, leaves, and what every other method shows of the neuron, from the top.

    Args:
      layer: decoded.
      known: what NeuronMotif shows of it.
      neuron: index of the neuron.
    """
    shown = leaves(layer, neuron)
    mine = (one for one in known.matches["named"] if one.neuron == neuron)
    matches = sorted(mine, key=lambda one: one.hit.q)
    top, lead = [], layer.decoded.ppm[neuron][shown_leaves(layer, neuron)[1]]
    taken: set[str] = set()
    for match in matches:
        if match.hit.label in taken or len(taken) == MOST_KNOWN:
            continue
        taken.add(match.hit.label)
        top.append(_known_row(match, lead))
    below = []
    for title, found in list(layer.readings().items())[1:]:
        sites = int(found.nsites[neuron, 0])
        enough = sites >= FEWEST  # letters of a single sequence have 2 bits each
        ppm = found.ppm[neuron, 0] if enough else np.full_like(lead, 0.25)
        moved = shifts.best_shifts(lead, ppm[None])[0][0] if enough else 0
        below.append(Row(f"{title}\nn {sites:,}{'' if enough else ', too few'}", ppm, -int(moved)))
    return [*top, *shown, *below]


def _known_row(match: Match, lead: np.ndarray) -> Row:
    """The known motif on the strand on which it lies better on the leaf."""
    target: Motif = match.hit.target
    strands = (target.ppm, target.ppm[::-1, ::-1])
    places = [place(ppm, lead) for ppm in strands]
    scores = [_score(ppm, lead, at) for ppm, at in zip(strands, places, strict=True)]
    best = int(np.argmax(scores))
    return Row(f"{match.hit.label} ({'+-'[best]})\nq {match.hit.q:.0e}", strands[best], places[best])


def _score(target: np.ndarray, ppm: np.ndarray, at: int) -> float:
    low, high = max(at, 0), min(at + len(target), len(ppm))
    return float(((target[low - at : high - at] - 0.25) * (ppm[low:high] - 0.25)).sum())


class Twins(NamedTuple):
    """Two neurons of a layer, one of which reads the other's motif on the other strand.

    Attributes:
      first, second: their indices.
      likeness: of the strongest leaves, 0 to 1; see `shifts.best_shifts`.
      shift: columns that the second's leaf on the other strand is to be moved by.
    """

    first: int
    second: int
    likeness: float
    shift: int


def twins(layer: Layer) -> Twins | None:
    """Returns the most alike pair of neurons on opposite strands; None where none is as alike as shifts are.

    A motif that is its own reverse complement would make any two neurons that read it such a pair, so neurons
    whose strongest leaf is as alike to its own other strand are left out.
    """
    found = layer.decoded
    live = np.flatnonzero(~found.dead & (found.nsites.max(axis=1) >= FEWEST))
    leaf = {int(neuron): found.ppm[neuron, strongest(layer, int(neuron), 1)[1]] for neuron in live}
    turned = {neuron: ppm[::-1, ::-1] for neuron, ppm in leaf.items()}
    own = {neuron: shifts.best_shifts(ppm, turned[neuron][None])[1][0] for neuron, ppm in leaf.items()}
    one_way = [neuron for neuron in leaf if own[neuron] < shifts.LIKENESS]
    if len(one_way) < 2:
        return None
    others = np.stack([turned[neuron] for neuron in one_way])
    best = Twins(-1, -1, -1.0, 0)
    for i, neuron in enumerate(one_way[:-1]):
        moved, likeness = shifts.best_shifts(leaf[neuron], others[i + 1 :])
        at = int(np.argmax(likeness))
        if likeness[at] > best.likeness:
            best = Twins(neuron, one_way[i + 1 + at], float(likeness[at]), int(moved[at]))
    return best if best.likeness >= shifts.LIKENESS else None


def twin_rows(layer: Layer, pair: Twins) -> list[Row]:
    """Returns the strongest leaves of both neurons, as they are, and last the second's on the other strand.

    Those that were compared have a *; the last row lies where it is most like the first neuron's.
    """
    made, channels = [], layer.decoded.neurons
    for index in (pair.first, pair.second):
        shown = strongest(layer, index, TWIN_LEAVES)
        for leaf, row in zip(shown[0], leaves(layer, index, shown), strict=True):
            mark = " *" if leaf == shown[1] else ""
            made.append(row._replace(label=f"{channels[index]}{mark}: {row.label}"))
    turned = layer.decoded.ppm[pair.second, strongest(layer, pair.second, 1)[1]][::-1, ::-1]
    return [*made, Row(f"{channels[pair.second]} *, other strand", turned, -pair.shift)]
