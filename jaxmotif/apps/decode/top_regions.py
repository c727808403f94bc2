"""The regions of given sequences that activate a neuron most: where its motifs lie in them, and a footprint.

Wei et al. 2021, "Motif syntax discovery and validation", Fig. 6c-f.
"""

import os
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from jaxmotif import files
from jaxmotif.apps.decode.genome import Genome
from jaxmotif.apps.decode.layer_motifs import LayerMotifs
from jaxmotif.apps.decode.signals import Signal
from jaxmotif.motifs import footprint
from jaxmotif.motifs.footprint import FLANK, Footprint
from jaxmotif.neuronmotif import chain, windows
from jaxmotif.neuronmotif.syntax import arrangements
from jaxmotif.neuronmotif.syntax.dictionary import Word
from jaxmotif.report.charts import Chart, Series
from jaxmotif.report.sections import Charts

MOST = 12  # neurons
# Letters of the genome beyond the flank, so that a motif whose middle lies at its end is whole.
_BEYOND = 40


class TopRegions(NamedTuple):
    """n regions of one neuron, the strongest first, W motifs and F letters on both sides of the centres.

    Attributes:
      channel: of the neuron.
      text: its main arrangement.
      words: names of the motifs, W.
      activations: float32 (n,).
      sequences: number of the sequence each region lies in, (n,).
      centres: letter of it that is position 0, the middle of the receptive field, (n,).
      hits: of each motif on its strands, two or for RNA one, at positions -F .. F, (W, 2 or 1, 2 F + 1).
      fits: regions in whose sequence a hit there would lie, (W, 2 F + 1).
      footprints: mean signals around the centres, by name.
      missing: of each signal without a footprint, why.
    """

    channel: int
    text: str
    words: tuple[str, ...]
    activations: np.ndarray
    sequences: np.ndarray
    centres: np.ndarray
    hits: np.ndarray
    fits: np.ndarray
    footprints: Mapping[str, Footprint] = MappingProxyType({})
    missing: Mapping[str, str] = MappingProxyType({})


def with_syntax(layer: LayerMotifs, most: int = MOST) -> list[int]:
    """Indices of at most `most` neurons with syntax.

    Those with two motifs or more in their main arrangement come first, then those of whose leaves it holds
    most sequences.
    """
    main = {found.neuron: found.arrangements[0] for found in layer.syntaxes if found.arrangements}
    return sorted(main, key=lambda index: (len(main[index].words) < 2, -main[index].sequences, index))[:most]


class Around(NamedTuple):
    """What top regions are looked at in, `flank` letters to both sides of their centres.

    Attributes:
      codes_nl: the sequences, uint8 (N, L), L at least the receptive field.
      genome: extends them; None: motifs are looked for in half a sequence to each side, at most.
      signals: that are averaged.
      flank: letters on both sides.
    """

    codes_nl: np.ndarray
    genome: Genome | None = None
    signals: Sequence[Signal] = ()
    flank: int = FLANK


def find(network: chain.ConvChain, layer: LayerMotifs, around: Around) -> list[TopRegions]:
    """Returns what lies around the top regions of neurons `with_syntax`, but of those nothing activates.

    A sequence has one region, at its strongest window; at most `footprint.TOP` of them count.

    Args:
      network: what `layer` is of.
      layer: the decoded layer.
      around: sequences and what is known around them.
    """
    indices = with_syntax(layer)
    if not indices:
        return []
    neurons, codes_nl = layer.decoded.neurons[indices], around.codes_nl
    given = windows.windows_under(network, layer.decoded.layer, neurons, codes_nl, one_each=True)
    top, found = given.strongest(footprint.TOP), []
    for at, index in enumerate(indices):
        count = int((top.values[at] > 0).sum())
        one = layer.syntaxes[index]
        numbers = dict.fromkeys(number for number, _ in one.arrangements[0].words)
        words = [
            word for word in map(one.words.__getitem__, numbers) if word.motif.width <= codes_nl.shape[1]
        ]
        if not count or not words:
            continue
        rows = top.sequences[at, :count]
        centres = top.positions[at, :count] * given.step + given.width // 2
        hits, fits = positions(around, rows, centres, words)
        averaged = {signal.name: signal.around(rows, centres, around.flank) for signal in around.signals}
        found.append(
            TopRegions(
                int(neurons[at]),
                arrangements.as_text(one).split("\n")[0],
                tuple(word.name for word in words),
                top.values[at, :count],
                rows,
                centres,
                hits,
                fits,
                {name: one for name, one in averaged.items() if isinstance(one, Footprint)},
                {name: one for name, one in averaged.items() if isinstance(one, str)},
            )
        )
    return found


def positions(
    around: Around, rows_n: np.ndarray, centres_n: np.ndarray, words: Sequence[Word]
) -> tuple[np.ndarray, np.ndarray]:
    """Returns `hits` and `fits` of `TopRegions`. A hit counts at its middle letter.

    Without a genome they reach half a sequence to each side, at most.
    """
    if around.genome:
        flank = around.flank
        codes, inside = around.genome.around(rows_n, centres_n, flank + _BEYOND)
        centres_n = np.full(len(codes), flank + _BEYOND)
    else:
        codes = around.codes_nl[rows_n]
        flank, inside = min(around.flank, codes.shape[1] // 2), np.ones(codes.shape, bool)
    # Letters up to each one that are outside, so that any stretch without one is told by its two ends.
    outside = np.concatenate([np.zeros((len(codes), 1), int), np.cumsum(~inside, axis=1)], axis=1)
    at_np = centres_n[:, None] + np.arange(-flank, flank + 1)
    hits, fits = [], []
    for word in words:
        counts = footprint.motif_positions(codes, centres_n, word.motif, flank)
        hits.append(counts if word.motif.has_complement else counts[:1])
        start_np, last = at_np - word.motif.width // 2, codes.shape[1] - word.motif.width
        begin = np.clip(start_np, 0, last)
        within = [np.take_along_axis(outside, ends, axis=1) for ends in (begin, begin + word.motif.width)]
        fits.append(((begin == start_np) & (within[0] == within[1])).sum(axis=0))
    return np.stack(hits), np.stack(fits)


def save(path: str | os.PathLike, found: Sequence[TopRegions]) -> None:
    """Writes an .npz: "neurons", and for each the fields of `TopRegions` as n7_centres, n7_hits, ...

    Footprints are n7_signals, their names (S,), n7_footprints (S, 2 F + 1) and n7_sites (S,).
    """
    arrays = {"neurons": np.array([one.channel for one in found])}
    for one in found:
        for name in ("words", "activations", "sequences", "centres", "hits", "fits"):
            arrays[f"n{one.channel}_{name}"] = np.asarray(getattr(one, name))
        if one.footprints:
            arrays[f"n{one.channel}_signals"] = np.array(list(one.footprints))
            arrays[f"n{one.channel}_footprints"] = np.stack([f.mean for f in one.footprints.values()])
            arrays[f"n{one.channel}_sites"] = np.array([f.sites for f in one.footprints.values()])
    with files.atomic_path(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, **arrays)


def sections(found: Sequence[TopRegions], around: Around) -> list[Charts]:
    """Returns a chart per neuron of where its motifs lie and, where there are signals, of its footprints."""
    dashed = " Dashed: on the other strand." if any(one.hits.shape[1] > 1 for one in found) else ""
    reach = f" Letters beyond a sequence: {around.genome.fasta.name}." if around.genome else ""
    made = [
        Charts(
            "Motifs around the top regions",
            [_positions_chart(one) for one in found],
            f"The sequences that activate a neuron most, {footprint.TOP:,} at most, laid on each other by "
            "the middle of its receptive field: in which share of them a motif's middle lies at a position "
            f"(p < 0.0001), of those whose sequence reaches there.{reach}{dashed}",
        )
    ]
    drawn = [_footprint_chart(one) for one in found if one.footprints]
    missing = " ".join(
        f"Neuron {one.channel} has none of {name}: {text}."
        for one in found
        for name, text in one.missing.items()
    )
    if drawn or missing:
        made.append(
            Charts(
                "Footprints",
                drawn,
                "Mean signals around the same regions, each region's divided by its mean over "
                f"{2 * around.flank + 1:,} letters; behind a signal's name the regions that count, which "
                f"have all of these letters and signal in them. {missing}",
            )
        )
    return made


def _positions_chart(one: TopRegions) -> Chart:
    x = _axis(one.fits.shape[1])
    share = one.hits / np.where(one.fits > 0, one.fits, np.nan)[:, None]
    series = [
        Series(f"{name} ({strand})", x, share[number, side], color=number, dashed=strand == "-")
        for number, name in enumerate(one.words)
        for side, strand in enumerate("+-"[: share.shape[1]])
    ]
    highest = float(np.nanmax(share))
    return Chart(
        f"Neuron {one.channel}, {len(one.centres):,} regions",
        series,
        "nt from the centre",
        "share of regions",
        (x[0], x[-1]),
        (0, 1.05 * highest or 1),
        caption=one.text,
    )


def _footprint_chart(one: TopRegions) -> Chart:
    named = [(f"{name}, {found.sites:,} sites", found.mean) for name, found in one.footprints.items()]
    x = _axis(len(named[0][1]))
    # The legend is left out where there is one curve.
    title = named[0][0] if len(named) == 1 else f"{len(named)} signals"
    return Chart(
        f"Neuron {one.channel}, {title}",
        [Series(name, x, mean * len(x)) for name, mean in named],
        "nt from the centre",
        "signal / mean",
        (x[0], x[-1]),
        caption=one.text,
    )


def _axis(size: int) -> np.ndarray:
    return np.arange(size) - size // 2
