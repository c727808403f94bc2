"""Letters of the words that a spacing scan puts into backgrounds."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from jaxmotif import dna
from jaxmotif.dna import N
from jaxmotif.motifs.motif import Motif
from jaxmotif.neuronmotif.leaves.decoded import Decoded
from jaxmotif.neuronmotif.syntax.placement import Placement
from jaxmotif.neuronmotif.syntax.segments import bits

# A column with less information keeps the background's letter: its most probable one says nothing.
INFORMATIVE = 0.25


class ScanWord(NamedTuple):
    """A word as letters.

    Attributes:
      name: of the word.
      letters: codes, uint8 (W,), 4 where the background shows; the first and the last are letters.
      before, after: columns of its motif in front of them and behind them; distances count from those.
      strands: "+-", or "+" for a palindrome and for RNA.
    """

    name: str
    letters: np.ndarray
    before: int = 0
    after: int = 0
    strands: str = "+-"

    def on(self, strand: str) -> np.ndarray:
        """Returns the letters as they lie on a strand, (W,)."""
        return self.letters if strand == "+" else np.asarray(dna.reverse_complement(self.letters))

    def before_on(self, strand: str) -> int:
        """Returns the motif's columns to the left of the letters on a strand."""
        return self.before if strand == "+" else self.after

    @property
    def text(self) -> str:
        """The letters of the whole motif, N where the background shows."""
        return "N" * self.before + dna.decode(self.letters[None])[0] + "N" * self.after

    def equals(self, other: "ScanWord") -> bool:
        """Returns whether both are one word."""
        return self.name == other.name and self.text == other.text


def of_ppm(name: str, ppm: np.ndarray, has_complement: bool = True) -> ScanWord | None:
    """Returns the consensus of the columns with 0.25 bit or more; None where there is none.

    Args:
      name: of the word.
      ppm: (W, 4).
      has_complement: whether it is looked for on both strands.
    """
    ppm_w4 = np.asarray(ppm)
    return _trimmed(name, np.where(bits(ppm_w4) >= INFORMATIVE, ppm_w4.argmax(axis=1), N), has_complement)


def of(word: Motif | str | ScanWord, name: str = "") -> ScanWord:
    """Returns a word from a motif, or from letters such as "CACGTG" or "TGACNNNGTCA".

    Raises:
      ValueError: if no letter is left, or for what is neither.
    """
    if isinstance(word, ScanWord):
        return word
    if isinstance(word, Motif):
        found = of_ppm(word.name, word.ppm, word.has_complement)
        if found is None:
            raise ValueError(f"{word.name} has no column with {INFORMATIVE} bit or more")
        return found
    if not isinstance(word, str):
        raise ValueError(f"a word is a motif or its letters, not {type(word).__name__}")
    found = _trimmed(name or word, dna.encode([word])[0], dna.alphabet_of([word]) == dna.ALPHABET)
    if found is None:
        raise ValueError(f"{word!r} has no letters")
    return found


def _trimmed(name: str, codes_w: np.ndarray, has_complement: bool) -> ScanWord | None:
    held = np.flatnonzero(codes_w < N)
    if not len(held):
        return None
    low, high = int(held[0]), int(held[-1]) + 1
    letters = codes_w[low:high].astype(np.uint8)
    before, after = low, len(codes_w) - high
    # With unlike flanks the two strands would differ in where the same letters are counted from.
    same = before == after and np.array_equal(letters, dna.reverse_complement(letters))
    return ScanWord(name, letters, before, after, "+-" if has_complement and not same else "+")


def own_words(
    decoded: Decoded, index: int, placements: tuple[Placement, ...], names: Mapping[int, str]
) -> dict[int, ScanWord]:
    """Returns a neuron's words as its own leaves show them, not as the layer's merged motifs do.

    Leaves are added where the word lies in them, with the number of their sequences.

    Args:
      decoded: the layer.
      index: of the neuron, into `decoded.neurons`.
      placements: words in its leaves (`Syntax.placements`).
      names: {index of the word in the dictionary: its name}.

    Returns:
      {index of the word: its letters}, words with most sequences first; without those that have no
      informative column.
    """
    counts: dict[int, np.ndarray] = {}
    for leaf, number, start, end, strand in placements:
        sum_w4 = counts.setdefault(number, np.zeros((end - start, 4)))
        low, high = max(start, 0), min(end, decoded.width)
        here_w4 = np.zeros_like(sum_w4)
        here_w4[low - start : high - start] = decoded.ppm[index, leaf, low:high] * decoded.nsites[index, leaf]
        sum_w4 += here_w4 if strand == "+" else here_w4[::-1, ::-1]
    found = {}
    for number in sorted(counts, key=lambda number: -counts[number].sum()):
        total_w1 = counts[number].sum(axis=1, keepdims=True)
        ppm_w4 = np.where(total_w1 > 0, counts[number] / np.where(total_w1 > 0, total_w1, 1), 0.25)
        word = of_ppm(names[number], ppm_w4, dna.has_complement(decoded.alphabet))
        if word is not None:
            found[number] = word
    return found
