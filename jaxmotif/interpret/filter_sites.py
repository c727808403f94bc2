"""How many places filters fire at, each counted once however many filters and networks find it."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import dna
from jaxmotif.interpret import batching
from jaxmotif.models import blocks

# Numbers of filters are filled up to multiples of this, so that other networks compile nothing.
_FILTERS = 32


class Reading(NamedTuple):
    """One network's layer as it was read.

    Attributes:
      features: pure function of one-hot (B, L, 4) to (B, P, K).
      shape: how the map lies on the sequences.
      threshold: float32 (K,), above which a filter has a site.
    """

    features: Callable
    shape: batching.Geometry
    threshold: np.ndarray


class Part(NamedTuple):
    """A filter that is a part of a motif.

    Attributes:
      reading: index of the network's reading.
      filter: index of the filter.
      shift: where the motif begins, counted from the first letter of the filter's window. Whether it lies on
        the same strand does not matter: a palindrome's sites are one each.
    """

    reading: int
    filter: int
    shift: int


def distinct(
    readings: Sequence[Reading],
    codes_nl: np.ndarray,
    motifs: Sequence[Sequence[Part]],
    apart: Sequence[int],
) -> np.ndarray:
    """Returns how many different sites each motif's filters fire at, int64 (motifs,).

    A site is a sequence and the position at which the motif begins, which may lie before the sequence, as
    filters' windows may. Of sites that begin closer to each other than `apart` the first counts: a repeat
    inside a motif is read in several frames.

    Args:
      readings: of all networks.
      codes_nl: uint8 (N, L), the sequences that they were read on.
      motifs: the filters behind each motif.
      apart: least distance of two sites of each motif, nt.
    """
    counts = np.zeros(len(motifs), np.int64)
    own = [
        [(m, p) for m, parts in enumerate(motifs) for p in parts if p.reading == r]
        for r in range(len(readings))
    ]
    most = -(-max(map(len, own), default=0) // _FILTERS) * _FILTERS
    if not most:
        return counts
    margin = max(abs(part.shift) for parts in motifs for part in parts) + max(r.shape.width for r in readings)
    largest = max(r.shape.positions * r.shape.filters for r in readings)
    size = batching.default_batch_size(len(codes_nl), largest)
    for index, valid in blocks.batches(len(codes_nl), size):
        seen_mbl = np.zeros((len(motifs), size, codes_nl.shape[1] + 2 * margin), bool)
        for reading, parts in zip(readings, own, strict=True):
            if not parts:
                continue
            filters = np.zeros(most, np.int32)
            threshold = np.full(most, np.inf, np.float32)
            filters[: len(parts)] = [part.filter for _, part in parts]
            threshold[: len(parts)] = reading.threshold[filters[: len(parts)]]
            features = batching.as_partial(reading.features)
            fires_bpf = np.asarray(_fires(features, codes_nl[index], filters, threshold))
            for column, (m, part) in enumerate(parts):
                seen_mbl[m][:, reading.shape.starts() + part.shift + margin] |= fires_bpf[:, :, column]
        counts += _apart(seen_mbl[:, valid], np.asarray(apart))
    return counts


def _apart(seen_mbl: np.ndarray, apart_m: np.ndarray) -> np.ndarray:
    """How many places of each motif are left of those that follow another one too closely, (M,)."""
    last_mb = np.full(seen_mbl.shape[:2], -(2**31))
    counts_m = np.zeros(len(seen_mbl), np.int64)
    for place in range(seen_mbl.shape[2]):
        new_mb = seen_mbl[:, :, place] & (place - last_mb >= apart_m[:, None])
        last_mb[new_mb] = place
        counts_m += new_mb.sum(axis=1)
    return counts_m


@jax.jit
def _fires(features, codes_bl, filters_f, threshold_f):
    return features(dna.one_hot(codes_bl)).astype(jnp.float32)[:, :, filters_f] > threshold_f
