"""Mutual information between a sequence's local and global codes: GRIM, learning without labels.

Lee & Koo (2021), "Representation learning of genomic sequence motifs via information maximization". The
first convolution's map is the local code, the network's output the global code, and a dinucleotide
shuffle of each sequence is its negative. What the text leaves open is an option; docs/results/grim.md
tells how the defaults were found.
"""

import functools
from collections.abc import Mapping

import jax
import jax.numpy as jnp

from jaxmotif import dna, keys, shuffling
from jaxmotif.config import one_of
from jaxmotif.models import forward, layers
from jaxmotif.models.blocks import is_counted, map_batches, mean_of
from jaxmotif.models.spec import NetworkSpec, pool_stride
from jaxmotif.objectives import infomax_config, supervised
from jaxmotif.objectives.infomax_config import InfoMaxConfig
from jaxmotif.objectives.objective import NOTHING, Objective

CODES = ("linear", "softmax", "unit", "sigmoid", "one")
HELD = (*supervised.HELD, *infomax_config.HELD)
_NONNEGATIVE = ("relu", "exp", "sigmoid", "softplus")
READINGS = ("position", "filter", "mixed")
FAILURE = (
    "the global code has no positive component for any sequence, so every score is 0 and nothing can be "
    "learned any more; bound the code (softmax)"
)
_SHUFFLE_ROWS = 1024  # rows shuffled at once, which bounds memory


def global_code(z_bp: jax.Array, config: InfoMaxConfig, held: Mapping = NOTHING) -> jax.Array:
    """Returns the network's output (B, p) bounded as `config.code` says; `held` as in `Objective.held`."""
    scale, floor = (held.get(name, getattr(config, name)) for name in ("scale", "floor"))
    if config.code == "softmax":
        return scale * jax.nn.softmax(z_bp)
    if config.code == "unit":
        return scale * z_bp * jax.lax.rsqrt(jnp.sum(z_bp * z_bp, -1, keepdims=True) + 1e-12)
    if config.code == "sigmoid":
        return scale * (floor + (1 - floor) * jax.nn.sigmoid(z_bp))
    return jnp.ones_like(z_bp) if config.code == "one" else z_bp


def _by_index(code_bp: jax.Array, index_b: jax.Array) -> jax.Array:
    return jnp.take_along_axis(code_bp, index_b[:, None], -1)


def discriminate(
    local_blf: jax.Array, code_bp: jax.Array, axis: int, nonnegative: bool = False, by_index: bool = False
) -> jax.Array:
    """Returns the scores D: the largest entry of the outer product of local and global code (Eq. 2).

    The largest product of two numbers from two ranges is one of the four products of their ends. So
    the work is L d + p a sequence, not L d p, and there is no tensor of that size. Rounding is
    monotone: the result equals that of the outer product bit for bit.

    Args:
      local_blf: local code (B, L, d).
      code_bp: global code (B, p).
      axis: 2 compares all filters at one position, giving (B, L); 1 all positions of one filter,
        giving (B, d).
      nonnegative: both codes are known to be; then it is the product of the two maxima, and the
        smallest entries need not be looked for.
      by_index: the ends of the global code are taken by their places, not by their values. With values, a
        code of traced settings gave gradients that are NaN, as a maximum that no entry equals would.
    """
    top = _by_index(code_bp, code_bp.argmax(-1)) if by_index else code_bp.max(-1, keepdims=True)
    if nonnegative:
        return local_blf.max(axis) * top
    high, low = local_blf.max(axis), local_blf.min(axis)
    bottom = _by_index(code_bp, code_bp.argmin(-1)) if by_index else code_bp.min(-1, keepdims=True)
    return jnp.maximum(jnp.maximum(high * top, high * bottom), jnp.maximum(low * top, low * bottom))


def information(own: jax.Array, other: jax.Array) -> jax.Array:
    """Returns Deep InfoMax's Jensen-Shannon estimate (Eq. 1) plus 2 log 2, which is 0 where D says nothing.

    Args:
      own, other: scores D of the local codes of a sequence and of its shuffle, any shape.

    Returns:
      the same shape; at most 2 log 2, and log 2 where `other` cannot be negative.
    """
    return 2 * jnp.log(2.0) - jax.nn.softplus(-own) - jax.nn.softplus(other)


def local_codes(
    spec: NetworkSpec,
    config: InfoMaxConfig,
    variables,
    codes_bl,
    shuffles_bl,
    key=None,
    held: Mapping = NOTHING,
):
    """Returns local codes (B, L, d) of both, global code (B, p) of the sequences, running statistics.

    With `key` as in training, see `forward.encode`; `held` as in `Objective.held`.
    """
    (own, z_bp), batch_stats = forward.encode(spec, variables, dna.one_hot(codes_bl), key, held)
    other = forward.features(spec, variables, dna.one_hot(shuffles_bl), 1)
    if config.local == "pooled":
        first = spec.convs[0]
        own, other = (layers.max_pool(x, first.pool, pool_stride(first)) for x in (own, other))
    return own, other, global_code(z_bp, config, held), batch_stats


def nonnegative(spec: NetworkSpec, config: InfoMaxConfig) -> bool:
    """Returns whether neither code can be below zero, whatever the weights."""
    return spec.convs[0].activation in _NONNEGATIVE and config.code in ("softmax", "sigmoid", "one")


def estimate(
    spec: NetworkSpec, config: InfoMaxConfig, own, other, code_bp, axis: int = 2, by_index: bool = False
) -> jax.Array:
    """Returns nats per sequence, (B,): `information` over positions (axis 2: Eq. 3) or filters (1).

    `by_index`: see `discriminate`.
    """
    sign = nonnegative(spec, config)
    values = information(*(discriminate(c, code_bp, axis, sign, by_index) for c in (own, other)))
    return values.sum(1) if config.reduction == "sum" else values.mean(1)


# As `supervised`: equal arguments give the same objective.
@functools.lru_cache(maxsize=64)
def infomax(
    spec: NetworkSpec,
    config: InfoMaxConfig = InfoMaxConfig(),
    *,
    l2: float = 0.0,
    l1: float = 0.0,
    strands: str = "given",
    batch_size: int | None = None,
) -> Objective:
    """Returns the objective for data {"sequences": uint8 (N, L), "shuffles": uint8 (N, L)}.

    `shuffles` of the training data serve under `config.shuffles == "fixed"` alone; those of the
    validation data always, so that epochs can be compared.

    Reported: "estimate", the information in nats a sequence (sum or mean of `information`); its
    "ceiling" L log 2, which holds for non-negative codes; "collapsed", the share of sequences without a
    positive component of h. "loss" is minus the estimate, plus the penalty.

    Args:
      spec: the encoder; its output is the global code of p = `spec.outputs` numbers.
      l2, l1, strands, batch_size: see `supervised.supervised`.

    Raises:
      ValueError: for an unknown `strands`, or a first convolution with batch normalisation, by which
        a shuffle's code would depend on other statistics than its source's.
    """
    one_of("strands", strands, supervised.STRANDS)
    if spec.convs[0].norm != "none":
        raise ValueError(f"{spec.name}: InfoMax needs a first convolution without normalisation (norm none)")

    def init(key, batch, held=NOTHING):
        del batch, held
        variables = forward.init(spec, key)
        return variables["params"], {
            "batch_stats": variables["batch_stats"],
            "updates": jnp.zeros((), jnp.int32),
        }

    def prepare(key, data, count=None):
        if config.shuffles == "fixed":
            return {}
        return {"shuffles": fresh_shuffles(key, data["sequences"], count)}

    def measure(own, other, code_bp, weight, held):
        """Returns, (B,) each, weighted information, that of Eq. 3 only, and whether the code collapsed."""
        collapsed = (code_bp.max(-1) <= 0).astype(jnp.float32)
        by_index = bool(held.keys() & set(infomax_config.HELD))
        judge = functools.partial(estimate, spec, config, own, other, code_bp, by_index=by_index)
        if config.reading == "filter":
            by_filter = judge(1)
            return by_filter, by_filter, collapsed
        by_position = judge(2)
        if config.reading == "position":
            return by_position, by_position, collapsed
        by_filter = judge(1)
        return (1 - weight) * by_position + weight * by_filter, by_position, collapsed

    def ceiling(own):
        units = own.shape[2] if config.reading == "filter" else own.shape[1]
        return jnp.log(2.0) * (units if config.reduction == "sum" else 1)

    def loss(params, model_state, batch, key, held=NOTHING):
        codes_bl, shuffles_bl = batch["sequences"], batch["shuffles"]
        if strands == "random":
            turn = jax.random.bernoulli(keys.stream(key, "strand"), 0.5, (codes_bl.shape[0], 1))
            codes_bl, shuffles_bl = (
                jnp.where(turn, dna.reverse_complement(x), x) for x in (codes_bl, shuffles_bl)
            )
        own, other, code_bp, batch_stats = local_codes(
            spec, config, variables(params, model_state), codes_bl, shuffles_bl, key, held
        )
        weight = config.weight(model_state["updates"], held)
        weighted, by_position, collapsed = measure(own, other, code_bp, weight, held)
        model_state = {"batch_stats": batch_stats, "updates": model_state["updates"] + 1}
        metrics = {"estimate": by_position.mean(), "ceiling": ceiling(own), "collapsed": collapsed.mean()}
        total = supervised.penalty(params, held.get("l2", l2), held.get("l1", l1)) - weighted.mean()
        return total, (model_state, metrics)

    def validate(params, model_state, data, count=None, held=NOTHING):
        known = variables(params, model_state)
        # The weight that training ends with: losses of different epochs are of one kind.
        weight = config.weight(jnp.float32(config.weight_updates), held)

        def chunk(rows):
            own, other, code_bp, _ = local_codes(
                spec, config, known, rows["sequences"], rows["shuffles"], None, held
            )
            top = jnp.full(len(own), ceiling(own))
            return *measure(own, other, code_bp, weight, held), top

        weighted, by_position, collapsed, top = map_batches(chunk, data, batch_size, count)
        least = collapsed if count is None else jnp.where(is_counted(collapsed, count), collapsed, 1)
        return {
            "loss": supervised.penalty(params, held.get("l2", l2), held.get("l1", l1))
            - mean_of(weighted, count),
            "estimate": mean_of(by_position, count),
            "ceiling": top[0],
            "collapsed": mean_of(collapsed, count),
            # Under ReLU the smallest local code is 0, and so is then every score. Others can recover.
            "failed": (least.min() > 0) & (spec.convs[0].activation == "relu"),
        }

    def variables(params, model_state):
        return {"params": params, "batch_stats": model_state["batch_stats"]}

    return Objective(init, loss, validate, prepare, variables, FAILURE, counts_rows=True, held=HELD)


def fresh_shuffles(key: jax.Array, codes_nl: jax.Array, count=None) -> jax.Array:
    """Returns a dinucleotide shuffle of every row (N, L), drawn again where it equals its source.

    With `count`, which may be traced, whole chunks behind the first `count` rows are left as they are.
    """
    rows = codes_nl.shape[0]
    size = min(_SHUFFLE_ROWS, rows)
    index = jnp.arange(-(-rows // size) * size).reshape(-1, size) % rows
    needed = len(index) if count is None else (count + size - 1) // size

    def shuffle(i, chunks_csl):
        return chunks_csl.at[i].set(shuffling.other_shuffle(keys.at(key, i), chunks_csl[i]))

    shuffled = jax.lax.fori_loop(0, needed, shuffle, codes_nl[index])
    return shuffled.reshape(-1, codes_nl.shape[1])[:rows]
