"""Scores every prefix and every suffix of a sequence by a recurrent network (temporal output scores)."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import dna
from jaxmotif.interpret import batching
from jaxmotif.models import host_blocks


class TemporalScores(NamedTuple):
    """Of N sequences, (N, L) each.

    forward[n, i] is the score of positions 0..i, backward[n, i] that of positions i..L-1: the whole
    network reads the part, both directions (Lanchantin et al. 2017, Section 3.2).
    """

    forward: np.ndarray
    backward: np.ndarray


def temporal_scores(score: Callable, sequences) -> TemporalScores:
    """Returns scores of all prefixes and suffixes; the 2 L parts of a sequence are one batch.

    Args:
      score: (x (B, L, 4), start (B,), end (B,)) -> (B,), of positions start to end only.
      sequences: uint8 (N, L).
    """
    codes_nl = batching.check_sequences(sequences)
    own = jax.tree_util.Partial(_one, batching.as_partial(score))
    parts = host_blocks.over_blocks(own, codes_nl, 1)
    return TemporalScores(parts[:, 0], parts[:, 1])


def _one(score, codes_1l):
    (codes_l,), length = codes_1l, codes_1l.shape[1]
    at = jnp.arange(length)
    start = jnp.concatenate([jnp.zeros_like(at), at])
    end = jnp.concatenate([at + 1, jnp.full_like(at, length)])
    x_bl4 = jnp.broadcast_to(dna.one_hot(codes_l), (2 * length, length, 4))
    return score(x_bl4, start, end).reshape(1, 2, length)
