"""Where the words of a dictionary lie in the leaves of a neuron, on both strands; those of RNA on one."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif.motifs.motif import informative_span
from jaxmotif.neuronmotif.syntax.dictionary import Word, word_start
from jaxmotif.neuronmotif.syntax.segments import MotifCore

# Cosine of a word with a stretch of a leaf (both less 1/4) from which the word lies there. Of two unrelated
# sharp columns it is 1 in 4 and -1/3 else, so over W columns its standard deviation is 1 / sqrt(3 W):
# 0.7 is 4.2 of them for a word of 12 columns. Leaves that still mix shifts need less, 0.6.
LIKENESS = 0.7
# A stretch that says much less than the word does is a shadow of it: share of the word's squared length.
_ENERGY = 0.2
# Words may share this part of the narrower one's informative columns.
_SHARED = 0.25
# A word this much like its reverse complement, in place, has no strand.
_PALINDROME = 0.95


class Placement(NamedTuple):
    """A word in a leaf.

    Attributes:
      leaf: number of the leaf.
      word: index of the word in the dictionary.
      start, end: [start, end) in the receptive field of the columns that count as the word (`Word.span`);
        outside it where the field cuts the word off.
      strand: "+", or "-" where the word's reverse complement lies there; always "+" for a palindrome and
        for RNA.
    """

    leaf: int
    word: int
    start: int
    end: int
    strand: str


class Shape(NamedTuple):
    """What placing needs of a word: its informative columns."""

    core: tuple[int, int]
    span: tuple[int, int]
    x_w4: np.ndarray
    is_palindrome: bool
    has_complement: bool

    @classmethod
    def of(cls, word: Word) -> "Shape":
        low, high = informative_span(word.motif.ppm, pad=0)
        x_w4 = word.motif.ppm[low:high] - 0.25
        energy = np.square(x_w4).sum()
        same = energy > 0 and (x_w4 * x_w4[::-1, ::-1]).sum() / energy >= _PALINDROME
        return cls((low, high), word.span, x_w4, bool(same), word.motif.has_complement)

    @property
    def width(self) -> int:
        return len(self.x_w4)

    @property
    def strands(self) -> str:
        """Those that it is looked for on."""
        return "+-" if self.has_complement and not self.is_palindrome else "+"

    def on(self, strand: str) -> np.ndarray:
        return self.x_w4 if strand == "+" else self.x_w4[::-1, ::-1]


def of_members(segments: Sequence[MotifCore], words: Sequence[Word]) -> dict[int, list[Placement]]:
    """Words where the merging of segments put them: {neuron: placements}, neurons without a word left out.

    Args:
      segments: those that the words' members count.
      words: the dictionary.
    """
    found: dict[int, list[Placement]] = {}
    for number, word in enumerate(words):
        shape = Shape.of(word)
        for index, offset, strand in word.members:
            segment = segments[index]
            width = word.motif.width
            first = segment.start + word_start(segment.motif.width, width, offset, strand)
            core = first + (shape.core[0] if strand == "+" else width - shape.core[1])
            placed = _placement(segment.leaf, number, shape, core, strand)
            found.setdefault(segment.neuron, []).append(placed)
    return found


def place(
    leaf: int,
    ppm: np.ndarray,
    shapes: Mapping[int, Shape],
    members: Sequence[Placement] = (),
    likeness: float = LIKENESS,
) -> list[Placement]:
    """Words in one leaf, from left to right, none on another.

    Those that merging put there come first. Then every stretch of the leaf is compared with every word, so
    that a motif below the segments' threshold, or one inside a long segment, is found as well; of those
    that lie on each other the one that explains more of the leaf stays.

    Args:
      leaf: number of the leaf.
      ppm: of the leaf, (R, 4), smoothed (`segments.smoothed`), so that few sequences say little.
      shapes: {index of the word: its shape}, the words looked for.
      members: of this leaf.
      likeness: smallest cosine between a word and a stretch of the leaf.

    Raises:
      ValueError: for a likeness outside (0, 1].
    """
    if not 0 < likeness <= 1:
        raise ValueError(f"the likeness lies in (0, 1], not {likeness}")
    y_r4 = np.asarray(ppm, np.float64) - 0.25
    ranked = [(0, -_explained(y_r4, shapes[m.word], m), m) for m in members]
    for number, shape in shapes.items():
        if shape.width > len(y_r4):
            continue
        stretches_p4w = np.lib.stride_tricks.sliding_window_view(y_r4, shape.width, axis=0)
        energy_p, energy = np.square(stretches_p4w).sum(axis=(1, 2)), np.square(shape.x_w4).sum()
        for strand in shape.strands:
            dot_p = np.einsum("paw,wa->p", stretches_p4w, shape.on(strand))
            alike_p = (dot_p >= likeness * np.sqrt(energy_p * energy)) & (energy_p >= _ENERGY * energy)
            for core in np.flatnonzero(alike_p).tolist():
                placed = _placement(leaf, number, shape, core, strand)
                ranked.append((1, -float(dot_p[core] / np.sqrt(energy)), placed))
    chosen: list[tuple[int, int, Placement]] = []
    for _, _, placed in sorted(ranked):
        start = _core_start(shapes[placed.word], placed)
        end = start + shapes[placed.word].width
        if all(
            min(end, other_end) - max(start, other_start)
            <= _SHARED * min(end - start, other_end - other_start)
            for other_start, other_end, _ in chosen
        ):
            chosen.append((start, end, placed))
    return [placed for *_, placed in sorted(chosen)]


def _placement(leaf: int, number: int, shape: Shape, core: int, strand: str) -> Placement:
    """A word whose informative columns begin at `core` in the leaf."""
    strand = "+" if shape.is_palindrome else strand
    before = shape.core[0] - shape.span[0] if strand == "+" else shape.span[1] - shape.core[1]
    return Placement(leaf, number, core - before, core - before + shape.span[1] - shape.span[0], strand)


def _core_start(shape: Shape, placed: Placement) -> int:
    before = shape.core[0] - shape.span[0] if placed.strand == "+" else shape.span[1] - shape.core[1]
    return placed.start + before


def _explained(y_r4: np.ndarray, shape: Shape, placed: Placement) -> float:
    """Length of the leaf's projection on a word, of what lies inside the receptive field."""
    start = _core_start(shape, placed)
    low, high = max(start, 0), min(start + shape.width, len(y_r4))
    x_w4 = shape.on(placed.strand)[low - start : max(high, low) - start]
    return float((x_w4 * y_r4[low : max(high, low)]).sum() / np.sqrt(np.square(shape.x_w4).sum()))
