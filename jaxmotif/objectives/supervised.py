"""Binary cross-entropy of labels given sequences; params are a network's weights."""

import jax
import jax.numpy as jnp
import optax

from jaxmotif import dna, keys
from jaxmotif.models import forward
from jaxmotif.models.blocks import map_batches
from jaxmotif.models.spec import NetworkSpec
from jaxmotif.objectives import ranking
from jaxmotif.objectives.objective import Objective

STRANDS = ("given", "random")
CRITERIA = ("loss", "auroc")


def penalty(params, l2: float, l1: float) -> jax.Array:
    """l2 * sum of squares + l1 * sum of magnitudes over all kernels and the output bias.

    No factor 1/2, and nothing on normalisation: what Koo & Eddy's program minimised.
    """
    total = jnp.zeros(())
    for path, leaf in jax.tree_util.tree_leaves_with_path(params):
        if path[-1].key in ("kernel", "bias"):
            total = total + l2 * jnp.sum(leaf * leaf)
            if l1:
                total = total + l1 * jnp.sum(jnp.abs(leaf))
    return total


def predict_both_strands(spec: NetworkSpec, variables, codes_bl, strands: str) -> jax.Array:
    """Logits (B, outputs); with strands="random" the mean over both strands of each sequence."""
    x_bl4 = dna.one_hot(codes_bl)
    logits = forward.predict(spec, variables, x_bl4)
    if strands == "given":
        return logits
    reverse = forward.predict(spec, variables, dna.reverse_complement_one_hot(x_bl4))
    return (logits + reverse) / 2


def supervised(
    spec: NetworkSpec,
    *,
    l2: float = 0.0,
    l1: float = 0.0,
    strands: str = "given",
    criterion: str = "loss",
    batch_size: int = 500,
    conv_impl: str = "auto",
) -> Objective:
    """The objective for data {"sequences": uint8 (N, L), "labels": float32 (N, outputs)}.

    Args:
      spec: the network.
      l2, l1: strengths of the penalty on kernels and output bias.
      strands: "given" reads sequences as they are; "random" turns each around with probability one
        half at every step and averages both strands for validation.
      criterion: what the best epoch is chosen by, the validation's "loss" or its "auroc".
      batch_size: rows per chunk in validation.
      conv_impl: see `layers.conv1d`.

    Raises:
      ValueError: for an unknown `strands` or `criterion`.
    """
    if criterion not in CRITERIA:
        raise ValueError(f"unknown criterion {criterion!r}; known: {', '.join(CRITERIA)}")
    if strands not in STRANDS:
        raise ValueError(f"unknown strands {strands!r}; known: {', '.join(STRANDS)}")

    def init(key, batch):
        del batch
        variables = forward.init(spec, key)
        return variables["params"], variables["batch_stats"]

    def loss(params, batch_stats, batch, key):
        codes_bl = batch["sequences"]
        if strands == "random":
            turn = jax.random.bernoulli(keys.stream(key, "strand"), 0.5, (codes_bl.shape[0], 1))
            codes_bl = jnp.where(turn, dna.reverse_complement(codes_bl), codes_bl)
        variables = {"params": params, "batch_stats": batch_stats}
        logits, batch_stats = forward.apply_train(spec, variables, dna.one_hot(codes_bl), key, conv_impl)
        cross_entropy = optax.sigmoid_binary_cross_entropy(logits, batch["labels"]).mean()
        total = cross_entropy + penalty(params, l2, l1)
        return total, (batch_stats, {"cross_entropy": cross_entropy})

    def validate(params, batch_stats, data):
        variables = {"params": params, "batch_stats": batch_stats}
        logits = map_batches(
            lambda codes: predict_both_strands(spec, variables, codes, strands),
            data["sequences"],
            batch_size,
        )
        labels = data["labels"]
        cross_entropy = optax.sigmoid_binary_cross_entropy(logits, labels).mean()
        auroc = jnp.nanmean(jax.vmap(ranking.auroc, in_axes=1)(labels, logits))
        total = cross_entropy + penalty(params, l2, l1)
        report = {"loss": total, "cross_entropy": cross_entropy, "auroc": auroc}
        return report | ({"criterion": -auroc} if criterion == "auroc" else {})

    return Objective(init, loss, validate)
