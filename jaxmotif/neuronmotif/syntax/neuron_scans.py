"""Spacing scans of the words that each neuron of a layer was found to have."""

import dataclasses
import itertools
from collections.abc import Sequence

import numpy as np

from jaxmotif.neuronmotif.function_chain import FunctionSubstructure
from jaxmotif.neuronmotif.leaves.decoded import Decoded
from jaxmotif.neuronmotif.settings import Scanning
from jaxmotif.neuronmotif.substructure import Substructure
from jaxmotif.neuronmotif.syntax import arrangements, scan_words, spacing_scan
from jaxmotif.neuronmotif.syntax.arrangements import Syntax
from jaxmotif.neuronmotif.syntax.pair_scan import PairScan

# Other words of a neuron that are tried as the third one.
_OTHERS = 3


def scanned(
    substructure: Substructure | FunctionSubstructure,
    decoded: Decoded,
    syntaxes: Sequence[Syntax],
    settings: Scanning = Scanning(),
    seed: int = 0,
) -> list[Syntax]:
    """Returns the syntaxes of a layer with scans of their pairs of words, and distances from these.

    All neurons meet the same random letters, all four equally often, as those that are sampled do.

    Args:
      substructure: of the decoded neurons, in their order.
      decoded: the layer.
      syntaxes: of its neurons.
      settings: what is scanned; `pairs` 0: nothing.
      seed: root of the random letters.
    """
    if not settings.pairs:
        return list(syntaxes)
    count = settings.screening + settings.backgrounds
    codes_nr = spacing_scan.random_backgrounds(decoded.width, count, seed)
    found = []
    for one in syntaxes:
        scans = scan_neuron(substructure.neuron(one.neuron), decoded, one, codes_nr, settings)
        found.append(arrangements.with_scans(one, scans))
    return found


def scan_neuron(
    neuron: Substructure | FunctionSubstructure,
    decoded: Decoded,
    syntax: Syntax,
    codes_nr: np.ndarray,
    settings: Scanning,
) -> list[PairScan]:
    """Returns scans of a neuron's pairs of words, those found in most sequences first.

    A word makes a pair with itself where a leaf holds it twice. Pairs that do not fit into the receptive
    field side by side are left out. Where there are more words, the one that helps a pair most is told.

    Args:
      neuron: one.
      decoded: its layer.
      syntax: its words and their places.
      codes_nr: backgrounds, see `spacing_scan.scan_pair`.
      settings: what is scanned.
    """
    names = {p.word: syntax.words[p.word].name for p in syntax.placements}
    words = scan_words.own_words(decoded, syntax.neuron, syntax.placements, names)
    scans = []
    for first, second in _pairs(decoded, syntax, list(words))[: settings.pairs]:
        if len(words[first].letters) + len(words[second].letters) > neuron.width:
            continue
        scan = spacing_scan.scan_pair(neuron, words[first], words[second], codes_nr, settings)
        others = [word for number, word in words.items() if number not in (first, second)][:_OTHERS]
        third = spacing_scan.best_third(neuron, scan, others, codes_nr, settings)
        scans.append(dataclasses.replace(scan, third=third))
    return scans


def _pairs(decoded: Decoded, syntax: Syntax, numbers: list[int]) -> list[tuple[int, int]]:
    """Pairs of words, with most sequences in leaves that hold both first; then those of no leaf."""
    sequences: dict[tuple[int, ...], float] = {}
    for leaf, placed in itertools.groupby(syntax.placements, key=lambda placed: placed.leaf):
        here = sorted((p.word for p in placed if p.word in numbers), key=numbers.index)
        for pair in set(itertools.combinations(here, 2)):
            more = float(decoded.nsites[syntax.neuron, leaf])
            sequences[pair] = sequences.get(pair, 0.0) + more
    for pair in itertools.combinations(numbers, 2):
        sequences.setdefault(pair, 0.0)
    order = sorted(sequences, key=lambda pair: (-sequences[pair], *map(numbers.index, pair)))
    return [(first, second) for first, second in order]
