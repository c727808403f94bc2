"""The regions of given sequences that activate a neuron most: where its motifs lie in them, and a footprint.

Wei et al. 2021, "Motif syntax discovery and validation", Fig. 6c-f.
"""

import os
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif import files
from jaxmotif.apps.decode.genome import Genome
from jaxmotif.apps.decode.layer_motifs import LayerMotifs
from jaxmotif.motifs import footprint
from jaxmotif.neuronmotif import chain, windows
from jaxmotif.neuronmotif.syntax import arrangements
from jaxmotif.neuronmotif.syntax.dictionary import Word
from jaxmotif.report.charts import Chart, Series
from jaxmotif.report.sections import Charts

MOST = 12  # neurons


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
      footprint: mean signal around the centres (`footprint.footprint`), or None without a signal.
      missing: why there is no footprint, where a signal is given.
    """

    channel: int
    text: str
    words: tuple[str, ...]
    activations: np.ndarray
    sequences: np.ndarray
    centres: np.ndarray
    hits: np.ndarray
    fits: np.ndarray
    footprint: np.ndarray | None = None
    missing: str = ""


def with_syntax(layer: LayerMotifs, most: int = MOST) -> list[int]:
    """Indices of at most `most` neurons with syntax.

    Those with two motifs or more in their main arrangement come first, then those of whose leaves it holds
    most sequences.
    """
    main = {found.neuron: found.arrangements[0] for found in layer.syntaxes if found.arrangements}
    return sorted(main, key=lambda index: (len(main[index].words) < 2, -main[index].sequences, index))[:most]


def find(
    network: chain.ConvChain, layer: LayerMotifs, codes_nl: np.ndarray, genome: Genome | None = None
) -> list[TopRegions]:
    """Returns what lies around the top regions of neurons `with_syntax`, but of those nothing activates.

    A sequence has one region, at its strongest window; at most `footprint.TOP` of them count.

    Args:
      network: what `layer` is of.
      layer: the decoded layer.
      codes_nl: sequences, uint8 (N, L), L at least the receptive field.
      genome: where they lie along a signal, for footprints.
    """
    indices = with_syntax(layer)
    if not indices:
        return []
    neurons = layer.decoded.neurons[indices]
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
        hits, fits = positions(codes_nl[rows], centres, words)
        shape, missing = _footprint(genome, rows, centres) if genome else (None, "")
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
                shape,
                missing,
            )
        )
    return found


def positions(
    codes_nl: np.ndarray, centres_n: np.ndarray, words: Sequence[Word]
) -> tuple[np.ndarray, np.ndarray]:
    """Returns `hits` and `fits` of `TopRegions`, half a sequence or `footprint.FLANK` letters to each side.

    A hit counts at its middle letter.
    """
    length = codes_nl.shape[1]
    flank = min(footprint.FLANK, length // 2)
    at_np = centres_n[:, None] + np.arange(-flank, flank + 1)
    hits, fits = [], []
    for word in words:
        counts = footprint.motif_positions(codes_nl, centres_n, word.motif, flank)
        hits.append(counts if word.motif.has_complement else counts[:1])
        start_np = at_np - word.motif.width // 2
        fits.append(((start_np >= 0) & (start_np + word.motif.width <= length)).sum(axis=0))
    return np.stack(hits), np.stack(fits)


def _footprint(genome: Genome, rows, centres) -> tuple[np.ndarray | None, str]:
    try:
        return footprint.footprint(genome.path, genome.places(rows, centres)), ""
    except ValueError as error:  # a signal without reads there shall not cost the page
        return None, str(error)


def save(path: str | os.PathLike, found: Sequence[TopRegions]) -> None:
    """Writes an .npz: "neurons", and for each the fields of `TopRegions` as n7_centres, n7_hits, ..."""
    arrays = {"neurons": np.array([one.channel for one in found])}
    for one in found:
        for name in ("words", "activations", "sequences", "centres", "hits", "fits", "footprint"):
            value = getattr(one, name)
            if value is not None:
                arrays[f"n{one.channel}_{name}"] = np.asarray(value)
    with files.atomic_path(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, **arrays)


def sections(found: Sequence[TopRegions]) -> list[Charts]:
    """Returns a chart per neuron of where its motifs lie and, where there is a signal, of its footprint."""
    dashed = " Dashed: on the other strand." if any(one.hits.shape[1] > 1 for one in found) else ""
    made = [
        Charts(
            "Motifs around the top regions",
            [_positions_chart(one) for one in found],
            f"The sequences that activate a neuron most, {footprint.TOP:,} at most, laid on each other by "
            "the middle of its receptive field: in which share of them a motif's middle lies at a position "
            f"(p < 0.0001), of those whose sequence reaches there.{dashed}",
        )
    ]
    drawn = [_footprint_chart(one) for one in found if one.footprint is not None]
    missing = " ".join(f"Neuron {one.channel} has none: {one.missing}." for one in found if one.missing)
    if drawn or missing:
        made.append(
            Charts(
                "Footprints",
                drawn,
                "Mean signal around the same regions, each divided by its mean over "
                f"{2 * footprint.FLANK + 1} letters. {missing}",
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
    footprint_l = np.asarray(one.footprint)
    x = _axis(len(footprint_l))
    return Chart(
        f"Neuron {one.channel}",
        [Series("signal", x, footprint_l * len(x))],
        "nt from the centre",
        "signal / mean",
        (x[0], x[-1]),
        caption=one.text,
    )


def _axis(size: int) -> np.ndarray:
    return np.arange(size) - size // 2
