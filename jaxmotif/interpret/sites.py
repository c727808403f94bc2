"""The strongest sites of every filter: where they are, and the letters there."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import dna
from jaxmotif.interpret import batching


class TopSites(NamedTuple):
    """Sites of K filters, strongest first; equal activations in the order of the sequences.

    Attributes:
      sequence: int64 (K, n) index of the sequence.
      start: int64 (K, n) 0-based start of the window; negative if it begins before the sequence.
      activation: float32 (K, n).
    """

    sequence: np.ndarray
    start: np.ndarray
    activation: np.ndarray


def top_sites(
    features: Callable,
    sequences,
    *,
    width: int,
    left: int,
    stride: int = 1,
    n: int = 100,
    batch_size: int | None = None,
) -> TopSites:
    """The n sequences with the highest activation of each filter, and its strongest site in each.

    One site a sequence, since neighbours of a strong site are strong too and show the same letters.
    The arguments are those of `filters.activation_ppms`; n is cut to the number of sequences.
    Whether a site exceeds a threshold is for the caller to see from its activation.

    Raises:
      ValueError: for n < 1, or as `filters.activation_ppms` does.
    """
    codes_nl = batching.check_sequences(sequences)
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n}")
    features = batching.as_partial(features)
    shape = batching.geometry(features, codes_nl, width, left, stride)
    if batch_size is None:
        batch_size = batching.default_batch_size(len(codes_nl), shape.positions * shape.filters)
    parts = [
        (_strongest_of_batch(features, codes_nl[index]), index, valid)
        for index, valid in batching.batches(len(codes_nl), batch_size)
    ]
    activation_nk = np.concatenate([np.asarray(part[0])[valid] for part, _, valid in parts])
    position_nk = np.concatenate([np.asarray(part[1])[valid] for part, _, valid in parts])
    if not np.all(np.isfinite(activation_nk)):
        k = int(np.flatnonzero(~np.isfinite(activation_nk).all(axis=0))[0])
        raise ValueError(f"filter {k} has activations that are not finite")
    order_kn = np.argsort(-activation_nk, axis=0, kind="stable")[:n].T
    filters_k1 = np.arange(shape.filters)[:, None]
    return TopSites(
        order_kn,
        shape.starts()[position_nk[order_kn, filters_k1]],
        activation_nk[order_kn, filters_k1],
    )


@jax.jit
def _strongest_of_batch(features, codes_bl):
    map_bpk = features(dna.one_hot(codes_bl)).astype(jnp.float32)
    return jnp.max(map_bpk, axis=1), jnp.argmax(map_bpk, axis=1)


def site_windows(sequences, sites: TopSites, width: int) -> np.ndarray:
    """The letters of every site, uint8 (K, n, W); 4 beyond the sequence.

    Raises:
      ValueError: if `sequences` are not uint8 (N, L).
    """
    codes_nl = batching.check_sequences(sequences)
    position_knw = sites.start[..., None] + np.arange(width)
    inside_knw = (position_knw >= 0) & (position_knw < codes_nl.shape[1])
    letters_knw = codes_nl[sites.sequence[..., None], np.where(inside_knw, position_knw, 0)]
    return np.where(inside_knw, letters_knw, np.uint8(4))
