"""Segments: the parts of a leaf's PPM that carry a motif."""

import dataclasses
import math
from typing import NamedTuple

import numpy as np

from jaxmotif.config import check
from jaxmotif.motifs.motif import Motif
from jaxmotif.neuronmotif.leaves.decoded import Decoded


@dataclasses.dataclass(frozen=True)
class SegmentSettings:
    """How motifs are cut out of a leaf (Wei et al. 2021, Methods, "Motif discovery").

    Attributes:
      pseudosites: M of the Laplace smoothing, in sequences of flat composition; M = 80.
      bits: a column of the smoothed PPM with more information belongs to a motif.
      flank: columns added on both sides of those; parts that then overlap or touch are one.
      shortest: narrowest segment kept, columns ("longer than 8").
      adapt: where a receptive field is narrower than `shortest`, flanks that its ends cut off count as
        columns. There, and where all sequences of a neuron are known (`Decoded.exact`), M and the number of
        sequences that a leaf needs are a tenth of what there is, at most (`thresholds`). Not in the paper.

    Raises:
      ValueError: for negative pseudosites, bits or flank, or shortest below 1.
    """

    pseudosites: float = 80.0
    bits: float = 1.0
    flank: int = 3
    shortest: int = 9
    adapt: bool = True

    def __post_init__(self):
        check(self, at_least={"pseudosites": 0, "bits": 0, "flank": 0, "shortest": 1})


PAPER = SegmentSettings(adapt=False)
# The authors' program takes 2 - H > 1 with the entropy H in nats: H < 1 nat, which is more than 0.557 bit.
# (It also extends by two columns only downstream; the flank here stays that of the text.)
CODE = SegmentSettings(bits=2 - 1 / math.log(2), adapt=False)
# Of a leaf's sequences M at most, and of a neuron's the fewest that a leaf needs, where both adapt. From 800
# sequences on, M is the paper's.
_SHARE = 0.1


class MotifCore(NamedTuple):
    """One motif of one leaf.

    Attributes:
      neuron: index into `Decoded.neurons`.
      leaf: number of the leaf.
      start, end: [start, end) in the receptive field.
      motif: the PPM there, not smoothed, with the leaf's number of sequences.
    """

    neuron: int
    leaf: int
    start: int
    end: int
    motif: Motif


def is_narrow(width: int, settings: SegmentSettings) -> bool:
    """Returns whether segments of a receptive field of `width` letters have the flanks that it cuts off."""
    return settings.adapt and width < settings.shortest


class Thresholds(NamedTuple):
    """What leaves of C neurons, T each, need to be read.

    Attributes:
      fewest: sequences of a leaf, (C,) whole numbers.
      pseudosites: M of each leaf's smoothing, (C, T).
    """

    fewest: np.ndarray
    pseudosites: np.ndarray


def thresholds(decoded: Decoded, settings: SegmentSettings = PAPER, fewest: int = 1) -> Thresholds:
    """Returns what the leaves of a layer need to be read.

    Few sequences say little of many, and M and `fewest` see to that. But a strict neuron may have a handful
    of sequences altogether. Where all of them were tried, or the receptive field is so narrow that there are
    not many, they are what there is to know.

    Args:
      decoded: the layer.
      settings: whether these numbers adapt, and M.
      fewest: sequences that a leaf needs where they do not.

    Raises:
      ValueError: if `fewest` is below 1.
    """
    if fewest < 1:
        raise ValueError(f"a leaf needs at least 1 sequence, not {fewest}")
    nsites_ct = np.asarray(decoded.nsites, np.float64)
    m_ct, fewest_c = np.full(nsites_ct.shape, settings.pseudosites), np.full(len(nsites_ct), fewest)
    if settings.adapt:
        all_known_c = np.asarray(decoded.exact, bool) | is_narrow(decoded.width, settings)
        m_ct = np.where(all_known_c[:, None], np.minimum(m_ct, _SHARE * nsites_ct), m_ct)
        # Compared before they are whole: a first layer's sequences are up to 2^53.
        share_c = np.ceil(np.minimum(_SHARE * nsites_ct.sum(axis=1), fewest)).astype(int)
        fewest_c = np.where(all_known_c, np.clip(share_c, 1, fewest), fewest_c)
    return Thresholds(fewest_c, m_ct)


def smoothed(
    ppm: np.ndarray, nsites: np.ndarray | float, pseudosites: np.ndarray | float = PAPER.pseudosites
) -> np.ndarray:
    """Returns PPM' = (N PPM + M / 4) / (N + M), of the shape of `ppm` (Wei et al. 2021, Methods).

    Args:
      ppm: (..., R, 4).
      nsites: N, sequences behind each, (...).
      pseudosites: M, one number or (...).
    """
    sites, more = (np.asarray(n, dtype=np.float64)[..., None, None] for n in (nsites, pseudosites))
    total = sites + more
    return (np.asarray(ppm) * sites + more / 4) / np.where(total > 0, total, 1)


def bits(ppm: np.ndarray) -> np.ndarray:
    """Returns information of each column against equal frequencies, bits, (..., R) for a PPM (..., R, 4)."""
    ppm = np.asarray(ppm, dtype=np.float64)
    return 2 + (ppm * np.log2(np.where(ppm > 0, ppm, 1))).sum(axis=-1)


def runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """Returns [start, end) of each stretch of true values in (R,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(flags, dtype=np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def spans(ppm: np.ndarray, nsites: float, settings: SegmentSettings = PAPER) -> list[tuple[int, int]]:
    """Returns [start, end) of every motif in one leaf, ascending.

    Args:
      ppm: of a leaf, (R, 4), not smoothed.
      nsites: sequences it is made of.
      settings: what counts as a motif.

    Raises:
      ValueError: unless the PPM has shape (R, 4).
    """
    ppm_r4 = np.asarray(ppm)
    if ppm_r4.ndim != 2 or ppm_r4.shape[1] != 4:
        raise ValueError(f"a leaf's PPM has shape (R, 4), not {ppm_r4.shape}")
    width, flank = len(ppm_r4), settings.flank
    core_r = bits(smoothed(ppm_r4, nsites, settings.pseudosites)) > settings.bits
    beyond = flank if is_narrow(width, settings) else 0
    inside = np.zeros(width + 2 * beyond, dtype=bool)
    for column in np.flatnonzero(core_r) + beyond:
        inside[max(column - flank, 0) : column + flank + 1] = True
    found = [(start, end) for start, end in runs(inside) if end - start >= settings.shortest]
    return [(max(start - beyond, 0), min(end - beyond, width)) for start, end in found]


def segments(decoded: Decoded, settings: SegmentSettings = PAPER, fewest: int = 1) -> list[MotifCore]:
    """Returns the motifs of all leaves of a layer, by neuron, leaf and position.

    Args:
      decoded: the layer.
      settings: what counts as a motif.
      fewest: leaves of fewer sequences are left out, see `thresholds`.

    Raises:
      ValueError: if `fewest` is below 1.
    """
    needed, found = thresholds(decoded, settings, fewest), []
    enough = np.asarray(decoded.nsites) >= needed.fewest[:, None]
    for neuron, leaf in zip(*np.nonzero(enough), strict=True):
        ppm_r4, nsites = decoded.ppm[neuron, leaf], float(decoded.nsites[neuron, leaf])
        own = dataclasses.replace(settings, pseudosites=float(needed.pseudosites[neuron, leaf]))
        for start, end in spans(ppm_r4, nsites, own):
            name = f"L{decoded.layer}n{decoded.neurons[neuron]}_{leaf}_{start}"
            ppm_w4 = ppm_r4[start:end]
            motif = Motif(name, ppm_w4, nsites, source=decoded.name, alphabet=decoded.alphabet)
            found.append(MotifCore(int(neuron), int(leaf), start, end, motif))
    return found
