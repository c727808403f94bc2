"""Reads filters as motifs: position probability matrices from the sites at which a filter fires."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from jaxmotif import dna
from jaxmotif.config import one_of
from jaxmotif.interpret import batching
from jaxmotif.models import host_blocks
from jaxmotif.motifs import backgrounds
from jaxmotif.motifs.motif import Motif

RULES = ("koo", "koo-text", "basset")


@dataclasses.dataclass(frozen=True, eq=False)
class FilterMotifs:
    """What `activation_ppms` found, for K filters on maps of P positions.

    Attributes:
      motifs: one Motif per filter, None where the filter has no site.
      ppm: float64 (K, W, 4); zeros where the filter has no site.
      nsites: int64 (K,) number of sites, whatever their weights.
      max_activation: float32 (K,) over all sequences and positions.
      mean_activation: float64 (K,).
      threshold: float32 (K,); a site is strictly above it ("koo-text": not below it). Infinite where
        nothing can be a site.
      position_counts: int64 (K, P) number of sites at every map position.
      starts: int64 (P,) first sequence position of the window of every map position, 0-based;
        negative where the window begins before the sequence.
    """

    motifs: list[Motif | None]
    ppm: np.ndarray
    nsites: np.ndarray
    max_activation: np.ndarray
    mean_activation: np.ndarray
    threshold: np.ndarray
    position_counts: np.ndarray
    starts: np.ndarray


def activation_ppms(  # noqa: PLR0913 - a map's geometry and a rule, each with its own keywords
    features: Callable,
    sequences,
    *,
    width: int,
    left: int,
    stride: int = 1,
    rule: str = "koo",
    threshold: float = 0.5,
    weight: bool | None = None,
    largest=None,
    names: Sequence[str] | None = None,
    source: str = "",
    batch_size: int | None = None,
    alphabet: str = dna.ALPHABET,
) -> FilterMotifs:
    """Returns PPMs of the windows at which filters fire, each column normalised by its own sum.

    Rule "koo" (the sites of the program of Koo and Eddy 2019): all positions whose activation exceeds
    `threshold` times the filter's maximum over all sequences, each weighted by its activation; their
    threshold is 0.5. Rule "koo-text" (their Methods): the first maximum of each sequence, if it is at
    least `threshold` (theirs is 0.7) times the `largest` activation that the filter could have and its
    window lies within the sequence; each counts once. Rule "basset" (Kelley et al. 2016, Methods): sites
    exceed mean + threshold * (max - mean), and each counts once.

    Where a window reaches beyond the sequence, or on a letter other than ACGT, it adds nothing to
    that column. A column that no site reaches is uniform.

    Args:
      features: pure function of one-hot (B, L, 4) to (B, P, K), after the activation and before any
        pooling. Given as `jax.tree_util.Partial(apply, params)`, other parameters do not recompile.
      sequences: uint8 (N, L) base codes, strings of one length, or a data set.
      width: receptive field W of a position.
      left: how far left of p * stride the window of position p begins: p covers the sequence
        positions p * stride - left to p * stride - left + width - 1. (W - 1) // 2 for one SAME
        convolution, 0 for a VALID one.
      stride: sequence positions per map position.
      rule: "koo", "koo-text" or "basset".
      threshold: in [0, 1), as above.
      weight: whether sites are weighted by activation; None is the rule's own choice.
      largest: float (K,), of "koo-text" (see `attainable.largest_activations`); others do not use it.
      names: K motif names; None is filter_0, filter_1 ...
      source: stored with every motif, as the background of the sequences and the alphabet are.
      batch_size: sequences at a time; None chooses by memory.
      alphabet: of the network. Motifs are RNA where it or the sequences' own alphabet is "ACGU".

    Raises:
      ValueError: for sequences of another type, an unknown rule, a threshold outside [0, 1), "koo-text"
        without `largest` of each filter, a wrong number of names, a map whose positions do not lie on the
        sequences, activations that are not finite, or weights that would be negative.
    """
    alphabet = dna.together(alphabet, dna.alphabet_of(sequences))
    codes_nl = batching.check_sequences(sequences)
    own = backgrounds.frequencies(codes_nl)
    own = backgrounds.both_strands(own) if dna.has_complement(alphabet) else own
    one_of("rule", rule, RULES)
    if not 0 <= threshold < 1:
        raise ValueError(f"threshold must lie in [0, 1), got {threshold}")
    features = batching.as_partial(features)
    shape = batching.geometry(features, codes_nl, width, left, stride)
    if names is None:
        names = [f"filter_{k}" for k in range(shape.filters)]
    if len(names) != shape.filters:
        raise ValueError(f"{len(names)} names for {shape.filters} filters")
    if batch_size is None:
        floats = shape.positions * max(shape.filters, 4 * width)
        batch_size = batching.default_batch_size(len(codes_nl), floats)

    if rule == "koo-text" and (largest is None or np.shape(largest) != (shape.filters,)):
        raise ValueError(f'"koo-text" needs the largest activation of each of {shape.filters} filters')

    max_k, mean_k = _maxima(features, codes_nl, shape, batch_size)
    if rule == "koo-text":
        largest_k = np.asarray(largest, np.float32)
        threshold_k = np.where(largest_k > 0, threshold * largest_k, np.inf)
    elif rule == "koo":
        # A share of a maximum that is not positive would select what does not fire.
        threshold_k = np.where(max_k > 0, threshold * max_k, np.inf)
    else:
        threshold_k = np.where(max_k > mean_k, mean_k + threshold * (max_k - mean_k), np.inf)
    threshold_k = threshold_k.astype(np.float32)
    weighted = rule == "koo" if weight is None else weight
    if weighted and np.any(threshold_k < 0):
        k = int(np.argmin(threshold_k))
        raise ValueError(
            f"sites of {names[k]} begin at activation {threshold_k[k]:g}, and weights must not be "
            "negative; use weight=False"
        )
    sites = _Sites(shape, weighted, once=rule == "koo-text")
    counts_kw4, position_counts = _counts(features, codes_nl, sites, batch_size, threshold_k, max_k)
    nsites_k = position_counts.sum(axis=1)
    ppm_kw4 = _normalise(counts_kw4, nsites_k)
    motifs = [
        Motif(name, ppm_kw4[k], float(nsites_k[k]), source=source, background=own, alphabet=alphabet)
        if nsites_k[k]
        else None
        for k, name in enumerate(names)
    ]
    return FilterMotifs(
        motifs, ppm_kw4, nsites_k, max_k, mean_k, threshold_k, position_counts, shape.starts()
    )


def _normalise(counts_kw4: np.ndarray, nsites_k: np.ndarray) -> np.ndarray:
    sums_kw1 = counts_kw4.sum(axis=2, keepdims=True)
    ppm_kw4 = np.where(sums_kw1 > 0, counts_kw4 / np.where(sums_kw1 > 0, sums_kw1, 1), 0.25)
    return np.where(nsites_k[:, None, None] > 0, ppm_kw4, 0)


def _maxima(features, codes_nl, shape, batch_size) -> tuple[np.ndarray, np.ndarray]:
    """Returns the maximum (float32) and mean (float64) activation of every filter, both (K,)."""
    own = jax.tree_util.Partial(_maxima_of_block, features)
    parts = [part for _, part in host_blocks.of_blocks(own, codes_nl, batch_size)]
    max_k = np.asarray([part[0] for part in parts]).max(axis=0)
    sum_k = np.asarray([part[1] for part in parts], np.float64).sum(axis=0)
    if not np.all(np.isfinite(max_k)) or not np.all(np.isfinite(sum_k)):
        k = int(np.flatnonzero(~(np.isfinite(max_k) & np.isfinite(sum_k)))[0])
        raise ValueError(f"filter {k} has activations that are not finite (max {max_k[k]}, sum {sum_k[k]})")
    return max_k, sum_k / (len(codes_nl) * shape.positions)


def _maxima_of_block(features, codes_bl, valid_b):
    map_bpk = features(dna.one_hot(codes_bl)).astype(jnp.float32)
    valid_b11 = valid_b[:, None, None]
    return (
        jnp.max(jnp.where(valid_b11, map_bpk, -jnp.inf), axis=(0, 1)),
        jnp.sum(jnp.where(valid_b11, map_bpk, 0), axis=(0, 1)),
    )


class _Sites(NamedTuple):
    """What counts as a site: `once` is the maximum of a sequence only, with its window within it."""

    shape: batching.Geometry
    weighted: bool
    once: bool


def _counts(features, codes_nl, sites, batch_size, threshold_k, max_k):
    """Counts the letters under the sites, float64 (K, W, 4), and sites at every position, int64 (K, P)."""
    # Weights relative to the maximum: an exponential layer's activations may be huge.
    scale_k = np.where(np.isfinite(threshold_k), max_k, 1).astype(np.float32)
    own = jax.tree_util.Partial(host_blocks.fixed(_counts_of_block, sites), features, threshold_k, scale_k)
    parts = [part for _, part in host_blocks.of_blocks(own, codes_nl, batch_size)]
    counts_kw4 = np.asarray([part[0] for part in parts], np.float64).sum(axis=0)
    position_counts = np.asarray([part[1] for part in parts], np.int64).sum(axis=0)
    return counts_kw4, position_counts


def _counts_of_block(sites, features, threshold_k, scale_k, codes_bl, valid_b):
    shape, weighted, once = sites
    map_bpk = features(dna.one_hot(codes_bl)).astype(jnp.float32)
    if once:
        starts_p = shape.starts()
        inside_p = (starts_p >= 0) & (starts_p + shape.width <= shape.length)
        first_bpk = jnp.argmax(map_bpk, axis=1)[:, None] == np.arange(shape.positions)[:, None]
        fires_bpk = first_bpk & (map_bpk >= threshold_k) & inside_p[:, None]
    else:
        fires_bpk = map_bpk > threshold_k
    fires_bpk &= valid_b[:, None, None]
    weight_bpk = jnp.where(fires_bpk, map_bpk / scale_k if weighted else 1, 0)
    # Summed over sequences and positions, "which letter lies w to the right of a site's start" is
    # one matrix product: sites (B P, K) against windows (B P, 4 W).
    window_bpw4 = dna.one_hot(windows(codes_bl, shape))
    rows = codes_bl.shape[0] * shape.positions
    counts = jnp.matmul(
        weight_bpk.reshape(rows, -1).T,
        window_bpw4.reshape(rows, -1),
        precision=lax.Precision.HIGHEST,
    )
    counts_kw4 = counts.reshape(shape.filters, shape.width, 4)
    return counts_kw4, jnp.sum(fires_bpk, axis=0, dtype=jnp.int32).T


def windows(codes_bl: jax.Array, shape: batching.Geometry) -> jax.Array:
    """Returns the letters under every map position, uint8 (B, P, W); 4 beyond the sequence."""
    starts_p = shape.starts()
    before = max(shape.left, 0)
    after = max(int(starts_p[-1]) + shape.width - shape.length, 0)
    padded = jnp.pad(jnp.asarray(codes_bl), ((0, 0), (before, after)), constant_values=4)
    index_pw = starts_p[:, None] + np.arange(shape.width) + before
    return padded[:, index_pw]
