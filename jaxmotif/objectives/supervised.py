"""Labels, classes, values or counts given sequences; params are a network's weights."""

import functools

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import dna, keys, memory_maps
from jaxmotif.config import one_of
from jaxmotif.data import targets
from jaxmotif.data.targets import MULTILABEL, VALUES, Kind
from jaxmotif.models import forward
from jaxmotif.models.blocks import is_counted, map_batches, mean_of
from jaxmotif.models.spec import NetworkSpec
from jaxmotif.objectives import losses, ranking
from jaxmotif.objectives.objective import NOTHING, Objective

STRANDS = ("given", "random")
CRITERIA = ("loss", "auroc")


def penalty(params, l2, l1) -> jax.Array:
    """Returns l2 * sum of squares + l1 * sum of magnitudes over all kernels and the output bias.

    No factor 1/2, and nothing on normalisation: what Koo & Eddy's program minimised. Both may be traced.
    """
    total = jnp.zeros(())
    for path, leaf in jax.tree_util.tree_leaves_with_path(params):
        if path[-1].key in ("kernel", "bias"):
            total = total + l2 * jnp.sum(leaf * leaf)
            if isinstance(l1, jax.Array) or l1:
                total = total + l1 * jnp.sum(jnp.abs(leaf))
    return total


def predict_both_strands(spec: NetworkSpec, variables, codes_bl, strands: str) -> jax.Array:
    """Returns logits (B, outputs); with strands="random" the mean over both strands of each sequence."""
    x_bl4 = dna.one_hot(codes_bl)
    logits = forward.predict(spec, variables, x_bl4)
    if strands == "given":
        return logits
    reverse = forward.predict(spec, variables, dna.reverse_complement_one_hot(x_bl4))
    return (logits + reverse) / 2


KEYS = ("sequences", "labels", "weights")
# In which members may differ, see `Objective.held`.
HELD = ("l2", "l1", *forward.HELD)


def check(data, spec: NetworkSpec, what: str = "data", kind: Kind = MULTILABEL) -> None:
    """Raises ValueError for data that the supervised objective cannot read.

    Args:
      data: {"sequences", "labels"} and perhaps "weights", with or without a leading members axis.
      spec: the network.
      what: what errors call the data.
      kind: what the labels are, see `data.targets`.
    """
    unknown = [name for name in data if name not in KEYS]
    missing = [name for name in KEYS[:2] if name not in data]
    if unknown or missing:
        raise ValueError(f"{what} hold {', '.join(data)}; wanted: sequences, labels and perhaps weights")
    labels = memory_maps.array_of(data["labels"])
    if labels.shape[-1] != spec.outputs or labels.ndim < 2:
        raise ValueError(f"{what}: labels {labels.shape} for {spec.outputs} outputs of {spec.name}")
    if kind != MULTILABEL:
        names = [f"target{number + 1}" for number in range(spec.outputs)]
        targets.check(kind, labels.reshape(-1, spec.outputs), names, what)
    # A maximum first: there may be billions of labels of one byte.
    elif labels.dtype != np.uint8 or (labels.size and memory_maps.largest(labels) > 1):
        outside = labels[(labels != 0) & (labels != 1) & (labels == labels)]
        if outside.size:
            raise ValueError(f"{what}: labels are 0, 1, or NaN where unknown, got {outside[0]:g}")
    if "weights" in data:
        weights = np.asarray(data["weights"])
        if weights.shape not in (labels.shape, labels.shape[:-1]):
            raise ValueError(f"{what}: weights {weights.shape} for labels {labels.shape}")
        if not np.isfinite(weights).all() or (weights < 0).any():
            raise ValueError(f"{what}: weights must be finite and not negative, got {weights.min():g}")


def needs_mask(data) -> bool:
    """Returns whether labels are unknown or rows weighted, so that the loss must be masked."""
    labels = np.asarray(data["labels"])
    return "weights" in data or (labels.dtype != np.uint8 and bool(np.isnan(labels).any()))


def _mean_loss(kind: str, logits_bt, batch, masked: bool, count=None) -> jax.Array:
    """Mean over all labels, of `count` rows if told; `masked` leaves unknown ones out, weighs the others."""
    labels_bt, loss = batch["labels"], losses.LOSSES[kind]
    if not masked:
        return mean_of(loss(logits_bt, labels_bt), count)
    weights_bt = _weights(batch)
    if count is not None:
        weights_bt = jnp.where(is_counted(weights_bt, count), weights_bt, 0.0)
    # Not NaN * 0: its gradient would be NaN.
    known_bt = jnp.where(jnp.isnan(labels_bt), 0.0, labels_bt)
    loss_bt = loss(logits_bt, known_bt)
    total = weights_bt.sum()
    return jnp.where(total > 0, (weights_bt * loss_bt).sum() / jnp.where(total > 0, total, 1.0), 0.0)


def _weights(batch) -> jax.Array:
    """Weights (B, T), 0 where a label is unknown."""
    labels_bt = batch["labels"]
    weights = batch.get("weights", jnp.ones(labels_bt.shape))
    weights_bt = weights[:, None] if weights.ndim == 1 else weights
    return jnp.where(jnp.isnan(labels_bt), 0.0, jnp.broadcast_to(weights_bt, labels_bt.shape))


# Equal arguments give the same objective, which the trainer then does not compile again.
@functools.lru_cache(maxsize=64)
def supervised(  # noqa: PLR0913 (one objective, seven choices of it)
    spec: NetworkSpec,
    *,
    l2: float = 0.0,
    l1: float = 0.0,
    strands: str = "given",
    criterion: str = "loss",
    masked: bool = False,
    batch_size: int | None = None,
    kind: Kind = MULTILABEL,
) -> Objective:
    """Returns the objective for data {"sequences": uint8 (N, L), "labels": float32 (N, outputs)}.

    Reported is, next to the loss, the mean over targets of the AUROC of labels and classes (each against the
    others), or of Pearson's correlation of values and counts.

    Args:
      spec: the network.
      masked: whether labels may be unknown (NaN) and rows may have "weights", (N,) or (N, outputs): the loss
        is then the weighted mean over the known labels of a batch, and AUROC is that of the known labels.
      l2, l1: strengths of the penalty on kernels and output bias.
      strands: "given" reads sequences as they are; "random" turns each around with probability one
        half at every step and averages both strands for validation.
      criterion: what the best epoch is chosen by, the validation's "loss" or its "auroc".
      batch_size: rows at a time in validation; None chooses by the device.
      kind: what the labels are: "multilabel", 0 and 1 for each output (sigmoid cross-entropy);
        "multiclass", 1 in one column of each row (softmax cross-entropy); "regression", real values (squared
        error); "counts", whose rates the outputs are the logarithms of (Poisson).

    Raises:
      ValueError: for an unknown `strands`, `criterion` or `kind`, and for the AUROC of values.
    """
    one_of("kind", kind, targets.KINDS)
    if kind in VALUES and criterion == "auroc":
        raise ValueError(f"there is no AUROC of {kind}; criterion: loss")
    entropy = losses.NAMES[kind]
    one_of("criterion", criterion, CRITERIA)
    one_of("strands", strands, STRANDS)

    def init(key, batch, held=NOTHING):
        del batch, held
        variables = forward.init(spec, key)
        return variables["params"], variables["batch_stats"]

    def loss(params, batch_stats, batch, key, held=NOTHING):
        codes_bl = batch["sequences"]
        if strands == "random":
            turn = jax.random.bernoulli(keys.stream(key, "strand"), 0.5, (codes_bl.shape[0], 1))
            codes_bl = jnp.where(turn, dna.reverse_complement(codes_bl), codes_bl)
        variables = {"params": params, "batch_stats": batch_stats}
        logits, batch_stats = forward.apply_train(spec, variables, dna.one_hot(codes_bl), key, held)
        mean = _mean_loss(kind, logits, batch, masked)
        total = mean + penalty(params, held.get("l2", l2), held.get("l1", l1))
        return total, (batch_stats, {entropy: mean})

    def validate(params, batch_stats, data, count=None, held=NOTHING):
        variables = {"params": params, "batch_stats": batch_stats}
        logits = map_batches(
            lambda codes: predict_both_strands(spec, variables, codes, strands),
            data["sequences"],
            batch_size,
            count,
        )
        labels = data["labels"]
        mean = _mean_loss(kind, logits, data, masked, count)
        known = ~jnp.isnan(labels) if masked else None
        if count is not None:
            known = is_counted(labels, count) & (jnp.ones(labels.shape, bool) if known is None else known)
        total = mean + penalty(params, held.get("l2", l2), held.get("l1", l1))
        report = {"loss": total, entropy: mean}
        if kind in VALUES:
            predicted = logits if kind == "regression" else jnp.exp(logits)
            by_target = jax.vmap(losses.correlation, in_axes=1)(labels, predicted, known)
            return report | {"pearson": jnp.nanmean(by_target)}
        # Of classes, what tells one from the others.
        scores = jax.nn.log_softmax(logits) if kind == "multiclass" else logits
        auroc = jnp.nanmean(jax.vmap(ranking.auroc, in_axes=1)(labels, scores, known))
        # Without both classes of any target there is no AUROC, in no epoch.
        judged = {"criterion": jnp.where(jnp.isnan(auroc), total, -auroc)} if criterion == "auroc" else {}
        return report | {"auroc": auroc} | judged

    return Objective(init, loss, validate, counts_rows=True, held=HELD)
