"""What a network loses on its targets, by what these are: labels, one class, real values or counts."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax

from jaxmotif.data.targets import COUNTS, MULTICLASS, MULTILABEL, REGRESSION


def _one_class(logits_bc, labels_bc) -> jax.Array:
    # Times the classes, so that the mean over classes is a row's cross-entropy.
    return -labels_bc * jax.nn.log_softmax(logits_bc) * logits_bc.shape[-1]


def _poisson(logits_bt, counts_bt) -> jax.Array:
    # Without log y!, which no network changes.
    return jnp.exp(logits_bt) - counts_bt * logits_bt


# Kind -> (outputs (B, T), known targets (B, T)) -> (B, T): cross-entropy of each label; of the one class of a
# row, over its columns; squared error; minus the logarithm of Poisson's probability, where outputs are the
# logarithms of rates.
LOSSES: dict[str, Callable[[jax.Array, jax.Array], jax.Array]] = {
    MULTILABEL: optax.sigmoid_binary_cross_entropy,
    MULTICLASS: _one_class,
    REGRESSION: lambda z_bt, y_bt: jnp.square(z_bt - y_bt),
    COUNTS: _poisson,
}
# What the mean of each is called in reports.
NAMES = {
    MULTILABEL: "cross_entropy",
    MULTICLASS: "cross_entropy",
    REGRESSION: "squared_error",
    COUNTS: "poisson",
}


def correlation(truth_n, predicted_n, known_n=None) -> jax.Array:
    """Returns Pearson's correlation of one target, float32 (); NaN where one of both does not vary.

    Args:
      truth_n, predicted_n: (N,).
      known_n: bool (N,), which rows count; None counts all.
    """
    weight_n = jnp.ones(truth_n.shape) if known_n is None else known_n.astype(jnp.float32)
    total = jnp.maximum(weight_n.sum(), 1)
    centred = []
    for values_n in (truth_n, predicted_n):
        values_n = jnp.where(weight_n > 0, values_n, 0.0)
        centred.append(weight_n * (values_n - (weight_n * values_n).sum() / total))
    x_n, y_n = centred
    scale = jnp.sqrt((x_n * x_n).sum() * (y_n * y_n).sum())
    return jnp.where(scale > 0, (x_n * y_n).sum() / jnp.where(scale > 0, scale, 1.0), jnp.nan)
