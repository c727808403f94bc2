"""Measures what every nucleotide of a sequence means to a score: gradients, differences, and mutations.

`score` is any pure function of one-hot (B, L, 4) -> (B,), best a difference of logits: probabilities of
confident networks have no gradient left. Where a sequence has N all values of a position are zero.
"""

import functools
from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import dna
from jaxmotif.config import one_of
from jaxmotif.interpret import batching, mutants, programs, rescale
from jaxmotif.models import blocks, convolution, host_blocks
from jaxmotif.models.network import Network

STEPS = 32


def gradient(score: Callable, x_bl4: jax.Array) -> jax.Array:
    """Returns d score / d x, (B, L, 4)."""
    return jax.grad(lambda x: score(x).sum())(x_bl4)


def corrected(gradient_bl4: jax.Array) -> jax.Array:
    """Returns the gradient less its mean over the four letters (Majdandzic et al. 2023).

    One-hot sequences lie on a plane; what points out of it is arbitrary, since no sequence goes there.
    """
    return gradient_bl4 - gradient_bl4.mean(axis=-1, keepdims=True)


def signed_saliency(score: Callable, x_bl4: jax.Array) -> jax.Array:
    """Returns gradient times input, (B, L)."""
    return (gradient(score, x_bl4) * x_bl4).sum(axis=-1)


def saliency(score: Callable, x_bl4: jax.Array) -> jax.Array:
    """Returns |gradient times input|, (B, L): Lanchantin et al. 2017, Equations 5 and 6."""
    return jnp.abs(signed_saliency(score, x_bl4))


def corrected_saliency(score: Callable, x_bl4: jax.Array) -> jax.Array:
    """Returns corrected gradient times input, (B, L)."""
    return (corrected(gradient(score, x_bl4)) * x_bl4).sum(axis=-1)


def integrated_gradients(
    score: Callable, x_bl4: jax.Array, baseline_bl4=None, steps: int = STEPS
) -> jax.Array:
    """Returns (x - baseline) times the mean gradient on the straight line between them, (B, L, 4).

    Their sum is score(x) - score(baseline), to the precision of the Gauss-Legendre rule with `steps` nodes
    (Sundararajan, Taly & Yan 2017). The default baseline is a quarter of each letter
    where there is one, and nothing where the sequence has N.
    """
    if baseline_bl4 is None:
        baseline_bl4 = 0.25 * x_bl4.sum(axis=-1, keepdims=True)
    nodes, weights = np.polynomial.legendre.leggauss(steps)
    baseline_bl4 = jnp.broadcast_to(jnp.asarray(baseline_bl4, x_bl4.dtype), x_bl4.shape)
    difference_bl4 = x_bl4 - baseline_bl4

    def add(total_bl4, node):
        place, weight = node
        return total_bl4 + weight * gradient(score, baseline_bl4 + place * difference_bl4), None

    rule = (jnp.asarray((nodes + 1) / 2, x_bl4.dtype), jnp.asarray(weights / 2, x_bl4.dtype))
    return difference_bl4 * jax.lax.scan(add, jnp.zeros_like(x_bl4), rule)[0]


def mutagenesis(score: Callable, x_bl4: jax.Array) -> jax.Array:
    """Returns score(x with this letter here) - score(x), exact, for every letter and position, (B, L, 4).

    Only what a letter can change is computed again, see `mutants`. Where a sequence has N they are 0.
    """
    return mutants.changes(score, x_bl4)


def mutation_effect(score: Callable, x_bl4: jax.Array) -> jax.Array:
    """Returns the score's mean loss over the three other letters at each position, (B, L)."""
    has_bl = x_bl4.sum(axis=-1) > 0
    return jnp.where(has_bl, -mutagenesis(score, x_bl4).sum(axis=-1) / 3, 0.0)


def integrated(score: Callable, x_bl4: jax.Array) -> jax.Array:
    """Returns integrated gradients at each position, (B, L)."""
    return integrated_gradients(score, x_bl4).sum(axis=-1)


def corrected_gradient(score: Callable, x_bl4: jax.Array) -> jax.Array:
    """Returns the corrected gradient of every letter, (B, L, 4)."""
    return _where_known(x_bl4, corrected(gradient(score, x_bl4)))


def corrected_mutagenesis(score: Callable, x_bl4: jax.Array) -> jax.Array:
    """Returns the score with each letter in turn, less its mean over the four, (B, L, 4)."""
    return _where_known(x_bl4, corrected(mutagenesis(score, x_bl4)))


def rescaled(score: Callable, x_bl4: jax.Array, references_brl4: jax.Array | None = None) -> jax.Array:
    """Returns the hypothetical contributions by DeepLIFT's rescale rule, a mean over references, (B, L, 4).

    Without references they are dinucleotide shuffles of each sequence, see `rescale`.
    """
    if references_brl4 is None:
        references_brl4 = dna.one_hot(rescale.shuffles(rescale.codes(x_bl4)), x_bl4.dtype)
    return _where_known(x_bl4, rescale.contributions(score, x_bl4, references_brl4))


def rescaled_there(score: Callable, x_bl4: jax.Array, references_brl4: jax.Array | None = None) -> jax.Array:
    """Returns `rescaled` of the letters that are there, (B, L)."""
    return (rescaled(score, x_bl4, references_brl4) * x_bl4).sum(axis=-1)


def _where_known(x_bl4: jax.Array, value_bl4: jax.Array) -> jax.Array:
    return jnp.where(x_bl4.sum(axis=-1, keepdims=True) > 0, value_bl4, 0.0)


# One number a position, for strips and windows.
METHODS = {
    "saliency": saliency,
    "signed": signed_saliency,
    "corrected": corrected_saliency,
    "integrated": integrated,
    "mutagenesis": mutation_effect,
    "rescale": rescaled_there,
}
# One number a letter and position, for TF-MoDISco.
HYPOTHETICAL = {
    "corrected": corrected_gradient,
    "mutagenesis": corrected_mutagenesis,
    "rescale": rescaled,
}


# Of these only values of a score are read, so that functions of one program need compiling once.
_BY_VALUES = (mutation_effect, corrected_mutagenesis)

# A class by number or name, None for the first, or several of them.
Targets = int | str | Sequence[int | str] | None


def attribute(
    network: Network | Callable,
    sequences,
    method: str = "saliency",
    batch_size: int = 128,
    *,
    target: Targets = None,
    references=rescale.SHUFFLES,
) -> np.ndarray:
    """Returns one value per position of many sequences, (N, L), by a method of METHODS.

    Of a list of T targets it returns (T, N, L).

    Args:
      network: a network, whose logit of `target` is read, or any pure score x (B, L, 4) -> (B,). Given as
        `jax.tree_util.Partial(function, variables)` a score is compiled once for all variables; by
        "mutagenesis" any score is, that does the same with other arrays.
      sequences: uint8 (N, L) base codes, strings of one length, or a data set.
      method: "saliency", "signed", "corrected", "integrated", "mutagenesis" or "rescale" (whose values sum to
        the score less its mean over the references).
      batch_size: sequences at a time, at most.
      target: number (from 0) or name of a network's class, or a list of them; None is the first.
      references: what "rescale" compares with: how many dinucleotide shuffles of each sequence, or base codes
        uint8, (R, L) for all of them or (N, R, L).

    Raises:
      ValueError: for an unknown method or target, other sequences, or a score of several targets.

    Examples:
      >>> import jaxmotif as jm
      >>> net = jm.Network.from_spec(jm.zoo.get("CNN-25 (4)", length=50, outputs=2))
      >>> jm.attribute(net, ["ACGTA" * 10], "integrated", target="output2").shape
      (1, 50)
      >>> score = lambda x: x[:, 1, 2]  # G at the second position
      >>> jm.attribute(score, ["AGCT"]).tolist()
      [[0.0, 1.0, 0.0, 0.0]]
    """
    one_of("method", method, METHODS)
    compared = None if method != "rescale" else references
    return _over_targets(network, sequences, METHODS[method], batch_size, target, compared)


def hypothetical_contributions(
    network: Network | Callable,
    sequences,
    method: str = "corrected",
    batch_size: int = 128,
    *,
    target: Targets = None,
    references=rescale.SHUFFLES,
) -> np.ndarray:
    """Returns what each letter would contribute at each position of many sequences, (N, L, 4).

    These times one-hot are the contributions of the letters that are there; TF-MoDISco (Shrikumar et al.
    2018) reads both, as (N, 4, L). Four letters of a position sum to 0, but with "rescale"; where there is N
    all are 0. Of an ensemble it is the mean over the networks, of T targets (T, N, L, 4).

    Args:
      network: a network, whose logit of `target` is read, or any pure score x (B, L, 4) -> (B,), as for
        `attribute`.
      sequences: uint8 (N, L) base codes, strings of one length, or a data set.
      method: "corrected" (gradient less its mean over the letters, Majdandzic et al. 2023), "mutagenesis"
        (change of the score with each letter in turn, exact, less its mean over the letters), or "rescale"
        (DeepLIFT's rescale rule against shuffles, Shrikumar et al. 2017; those of the letters that are there
        sum to the score less its mean over the references).
      batch_size: sequences at a time, at most.
      target: number (from 0) or name of a network's class, or a list of them; None is the first.
      references: what "rescale" compares with: how many dinucleotide shuffles of each sequence, or base codes
        uint8, (R, L) for all of them or (N, R, L).

    Raises:
      ValueError: as `attribute`.

    Examples:
      >>> import jaxmotif as jm
      >>> score = lambda x: x[:, 1, 2]  # G at the second position
      >>> jm.hypothetical_contributions(score, ["ACT"])[0].tolist()
      [[0.0, 0.0, 0.0, 0.0], [-0.25, -0.25, 0.75, -0.25], [0.0, 0.0, 0.0, 0.0]]
    """
    one_of("method", method, HYPOTHETICAL)
    compared = None if method != "rescale" else references
    return _over_targets(network, sequences, HYPOTHETICAL[method], batch_size, target, compared)


def _over_targets(network, sequences, reading: Callable, batch_size: int, target, references) -> np.ndarray:
    """What `reading` says of one target, or with a leading axis of several."""
    read = functools.partial(_over_batches, network, sequences, reading, batch_size, references=references)
    if isinstance(target, (list, tuple, np.ndarray)):
        if not len(target):
            raise ValueError("there is at least 1 target, got none")
        return np.stack([read(one) for one in target])
    return read(target)


def _over_batches(network, sequences, reading: Callable, batch_size: int, target, references) -> np.ndarray:
    """What `reading` (score, x) -> (B, ...) says of all sequences, a batch at a time."""
    codes_nl = batching.check_sequences(sequences)
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    if isinstance(network, Network):
        if codes_nl.shape[1] != network.length:
            raise ValueError(f"{network.name} reads {network.length} nt, sequences have {codes_nl.shape[1]}")
        network = network.score(0 if target is None else target)
    elif target is not None:
        raise ValueError(f"a score has no target {target!r}; give a network, or the score of that target")
    score = batching.as_partial(network)
    size = min(batch_size, len(codes_nl))
    x = jax.ShapeDtypeStruct((size, codes_nl.shape[1], 4), jnp.float32)
    shape = batching.shape_of(score, x)
    if shape != (size,):
        raise ValueError(
            f"the score of {size} sequences must be ({size},), one number each, not {shape}; "
            "choose one target, as Network.score(target=...) does"
        )
    if reading in _BY_VALUES and score is not network:
        with convolution.whole():
            rows = blocks.block_rows(len(codes_nl), batch_size)
            score = programs.shared(network, x, jax.ShapeDtypeStruct((rows, *x.shape[1:]), x.dtype))
    compared = None
    if references is not None:
        compared = _references(references, codes_nl)
        batch_size = max(batch_size // (compared if isinstance(compared, int) else compared.shape[1]), 1)
    shuffles = compared if isinstance(compared, int) else 0
    own = jax.tree_util.Partial(host_blocks.fixed(_of_block, reading, shuffles), score)
    rows = codes_nl, None if shuffles else compared
    return host_blocks.over_blocks(own, rows, blocks.block_rows(len(codes_nl), batch_size))


def _references(references, codes_nl: np.ndarray) -> int | np.ndarray:
    """How many shuffles, or base codes (N, R, L)."""
    if isinstance(references, (int, np.integer)):
        if references < 1:
            raise ValueError(f"there is at least 1 reference, got {references}")
        return int(references)
    given = np.asarray(references)
    given = given[None] if given.ndim == 2 else given
    count, length = codes_nl.shape
    if given.dtype != np.uint8 or given.ndim != 3 or given.shape[2] != length or not given.shape[1]:
        raise ValueError(
            f"references are a number, or uint8 (R, {length}) or ({count}, R, {length}), not "
            f"{given.dtype} {given.shape}"
        )
    if given.shape[0] not in (1, count) or given.max() > dna.N:
        raise ValueError(f"references of {given.shape[0]} sequences, codes up to {given.max()}, for {count}")
    return np.broadcast_to(given, (count, *given.shape[1:]))


def _of_block(reading, shuffles, score, rows):
    """What `reading` says of codes (B, L), compared with shuffles, references (B, R, L), or nothing."""
    codes_bl, against = rows
    against = rescale.shuffles(codes_bl, shuffles) if shuffles else against
    if against is None:
        return reading(score, dna.one_hot(codes_bl))
    return reading(score, dna.one_hot(codes_bl), dna.one_hot(against))
