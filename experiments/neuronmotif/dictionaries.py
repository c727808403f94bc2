"""What the deepest layers' dictionaries hold: counts and gallery of Wei et al. 2021, Figure 5d.

The paper cuts a motif out of every leaf and counts these (9,056); it merges none. Ours are counted like that,
by Tomtom's q alone, and as words: merged, and named by our rule.
"""

from collections.abc import Sequence
from typing import NamedTuple

from experiments.common import published
from experiments.neuronmotif.decoded_runs import Layer
from jaxmotif.motifs.hits import Hit
from jaxmotif.motifs.motif import Motif
from jaxmotif.neuronmotif.syntax import dictionary, known, segments
from jaxmotif.neuronmotif.syntax.dictionary import Word

PAPER = published.NEURONMOTIF_DICTIONARY


class Dictionary(NamedTuple):
    """Motifs of one layer.

    Attributes:
      layer: decoded.
      cores: segments of all leaves, not merged.
      hits: of each those with q of the paper's or less, best first.
      words: merged.
    """

    layer: Layer
    cores: Sequence[segments.MotifCore]
    hits: Sequence[Sequence[Hit]]
    words: Sequence[Word]


def deepest(layers: Sequence[Layer]) -> list[Layer]:
    """Returns the deepest decoded layer of each network."""
    last: dict[str, Layer] = {}
    for layer in layers:
        if layer.network not in last or layer.number > last[layer.network].number:
            last[layer.network] = layer
    return list(last.values())


def of_layer(layer: Layer, database: Sequence[Motif]) -> Dictionary:
    """Returns the motifs of a layer and the known ones among them."""
    cores = segments.segments(layer.decoded, layer.settings.segments, layer.settings.min_sites)
    hits = known.known_motifs([core.motif for core in cores], database, q_max=PAPER["q"])
    words = dictionary.build(cores, database, PAPER["q"]) if cores else []
    return Dictionary(layer, cores, hits, words)


def rows(found: Sequence[Dictionary]) -> list[dict]:
    """Returns two rows for each layer, segments and words, and the paper's below."""
    made = []
    for one in found:
        matched = [of_core for of_core in one.hits if of_core]
        targets = {hit.target.name for of_core in matched for hit in of_core}
        made.append(_row(one.layer.title, "segments, Tomtom's q", len(one.cores), len(matched), len(targets)))
        named = [word for word in one.words if word.named]
        targets = {hit.target.name for word in named for hit in word.named}
        made.append(_row(one.layer.title, "words, named", len(one.words), len(named), len(targets)))
    counts = (PAPER[name] for name in ("motifs", "matched", "known motifs"))
    return [*made, _row("published: BD-10, layer 10", "segments, Tomtom's q", *counts)]


def _row(layer: str, counted: str, motifs: int, matched: int, targets: int) -> dict:
    return {
        "layer": layer,
        "counted": counted,
        "motifs": motifs,
        "matched": matched,
        "novel": motifs - matched,
        "share matched": round(matched / motifs, 3) if motifs else None,
        "known motifs": targets,
    }


def gallery(one: Dictionary) -> list[tuple[Motif, str]]:
    """Returns the word with the smallest q of each known motif, on that motif's strand, and its label."""
    best: dict[str, tuple[Hit, Word]] = {}
    for word in one.words:
        for hit in word.named:
            if hit.target.name not in best or hit.q < best[hit.target.name][0].q:
                best[hit.target.name] = hit, word
    chosen = sorted(best.values(), key=lambda pair: (pair[0].q, pair[0].target.name))
    return [
        (
            word.motif.reverse_complement() if hit.strand == "-" else word.motif,
            f"{hit.label} q {hit.q:.0e}",
        )
        for hit, word in chosen
    ]
