"""One Linen network that reads a spec, used only as a pair of pure functions.

variables = init(spec, key)
logits, batch_stats = apply_train(spec, variables, x, key)
logits = predict(spec, variables, x)
(map, code), batch_stats = encode(spec, variables, x, key)
logits = predict_part(spec, variables, x, start, end)
maps = features(spec, variables, x, layer)
"""

import typing
from collections.abc import Callable, Mapping

import flax.core
import flax.linen as nn
import jax
import jax.numpy as jnp

from jaxmotif import keys
from jaxmotif.config import one_of
from jaxmotif.models import layers
from jaxmotif.models.recurrent import BiLSTM, open_forget_gates
from jaxmotif.models.spec import Conv, Dense, Highway, NetworkSpec, conv_shapes, output_units, pool_stride

# Settings of training that need not be the network's own, see `Forward`.
HELD = ("dropout", "norm_decay")
_INITIALIZERS = {
    "glorot": nn.initializers.glorot_uniform(),
    "he": nn.initializers.he_normal(),
    # U(-1 / sqrt(fan_in), 1 / sqrt(fan_in)), of biases too: Torch's.
    "fan_in": nn.initializers.variance_scaling(1 / 3, "fan_in", "uniform"),
}


def _bias_initializer(name: str, fan_in: int):
    if name != "fan_in":
        return nn.initializers.zeros
    bound = fan_in**-0.5
    return lambda key, shape, dtype=jnp.float32: jax.random.uniform(key, shape, dtype, -bound, bound)


def _pool(h, conv: Conv):
    return layers.max_pool(h, conv.pool, pool_stride(conv), conv.pool_padding)


class Layer(nn.Module):
    """Weights -> (pooling) -> norm -> activation, for a `Conv` or a `Dense`."""

    layer: Conv | Dense
    initializer: str
    epsilon: float
    decay: float | jax.Array
    dtype: str

    @nn.compact
    def __call__(self, x, train: bool, pool: bool):
        layer = self.layer
        conv = layer if isinstance(layer, Conv) else None
        units = layer.filters if isinstance(layer, Conv) else layer.units
        shape = (conv.kernel, x.shape[-1], units) if conv else (x.shape[-1], units)
        kernel = self.param("kernel", _INITIALIZERS[self.initializer], shape)
        if conv:
            h = layers.conv1d(x, kernel, stride=conv.stride, padding=conv.padding, dtype=self.dtype)
        else:
            h = layers.product(x, kernel, self.dtype)
        if layer.bias:
            fan_in = kernel.size // units
            h = h + self.param("bias", _bias_initializer(self.initializer, fan_in), (units,))
        if not pool or (conv and conv.pool == 1):
            conv = None  # from here on, what is pooled
        if layer.norm == "none":
            h = layers.activate(layer.activation, h)
            return _pool(h, conv) if conv else h
        gamma = self.param("gamma", nn.initializers.ones, (units,))
        beta = self.param("beta", nn.initializers.zeros, (units,))
        mean = self.variable("batch_stats", "mean", jnp.zeros, (units,))
        variance = self.variable("batch_stats", "variance", jnp.ones, (units,))
        if train:
            batch_mean, batch_variance = layers.moments(h)
            if not self.is_initializing():
                mean.value = self.decay * mean.value + (1 - self.decay) * batch_mean
                variance.value = self.decay * variance.value + (1 - self.decay) * batch_variance
        else:
            batch_mean, batch_variance = mean.value, variance.value
        if conv:
            # Normalisation is affine in each channel and every activation here is increasing, so the
            # largest normalised value stands where the largest (gamma < 0: smallest) raw value does,
            # rounding included. Pooling first leaves `pool` times less element-wise work.
            sign = jnp.where(gamma < 0, -1.0, 1.0)
            h = sign * _pool(sign * h, conv)
        h = layers.normalize(h, batch_mean, batch_variance, gamma, beta, self.epsilon)
        return layers.activate(layer.activation, h)


def _moved(h_bpc, start_b):
    """Every row's positions from its start on first; what is in front of it comes last."""
    return jax.vmap(lambda h, start: jnp.roll(h, -start, axis=0))(h_bpc, start_b)


def _cut(h_bpc, end_b, fill: float):
    """`fill` from every row's end on."""
    return jnp.where(jnp.arange(h_bpc.shape[1])[:, None] < end_b[:, None, None], h_bpc, fill)


class HighwayLayers(nn.Module):
    """See `spec.Highway`: (B, C) -> (B, units)."""

    highway: Highway
    initializer: str

    @nn.compact
    def __call__(self, x):
        units = self.highway.units

        def dense(name, x, bias=None):
            bias = bias or _bias_initializer(self.initializer, x.shape[-1])
            return nn.Dense(units, kernel_init=_INITIALIZERS[self.initializer], bias_init=bias, name=name)(x)

        h = jax.nn.relu(dense("inputs", x))
        for number in range(self.highway.layers):
            gate_bias = nn.initializers.constant(self.highway.gate_bias)
            gate = jax.nn.sigmoid(dense(f"gate{number + 1}", h, gate_bias))
            h = gate * jax.nn.relu(dense(f"layer{number + 1}", h)) + (1 - gate) * h
        return h


class Forward(nn.Module):
    """The network of `spec`: one-hot (B, L, 4) -> logits (B, outputs). Convolutions count from 1.

    With a `key` a method trains: dropout and batch statistics. Without one it predicts. `held` may have other
    values of HELD, traced ones too: "dropout" wherever the network has dropout, and "norm_decay".
    """

    spec: NetworkSpec
    held: Mapping[str, jax.Array] = flax.core.FrozenDict()

    def setup(self):
        spec, decay = self.spec, self.held.get("norm_decay", self.spec.norm_decay)

        def layer(config):
            return Layer(config, spec.initializer, spec.norm_epsilon, decay, spec.compute_dtype)

        for number, conv in enumerate(spec.convs, 1):
            setattr(self, f"conv{number}", layer(conv))
        if spec.recurrent:
            self.recurrent = BiLSTM(spec.recurrent)
        for number, dense in enumerate(spec.dense, 1):
            setattr(self, f"dense{number}", layer(dense))
        if spec.highway:
            self.highway = HighwayLayers(spec.highway, spec.initializer)
        self.output = layer(
            Dense(output_units(spec), activation="linear", norm=spec.output_norm, bias=True, dropout=0.0)
        )

    def __call__(self, x_bl4, key=None, intervene: Mapping[int, Callable] | None = None):
        """Returns the logits (B, outputs); `intervene`: see `trunk`."""
        return self.head(self.trunk(x_bl4, key, intervene)[-1], key)

    def full_map(self, layer: int, h, key=None):
        """Returns convolution `layer`'s map (B, P, F) after activation, before pooling."""
        return getattr(self, f"conv{layer}")(h, key is not None, pool=False)

    def pooled_map(self, layer: int, h, key=None):
        """Returns the same map after pooling, with `pool` times less element-wise work."""
        return getattr(self, f"conv{layer}")(h, key is not None, pool=True)

    def trunk(self, h, key=None, intervene=None, *, first: int = 1, last: int | None = None) -> list:
        """Returns `h` and what each convolution from `first` to `last` hands on, pooled.

        Args:
          h: what convolution `first` reads; one-hot (B, L, 4) is read by the first.
          key: see the class.
          intervene: {layer: function (B, P, F) -> (B, P, F)} of what these layers hand on.
          first, last: layers; the default is all of them.
        """
        handed = [h]
        for layer in range(first, (len(self.spec.convs) if last is None else last) + 1):
            h = self.pooled_map(layer, handed[-1], key)
            if intervene and layer in intervene:
                h = intervene[layer](h)
            handed.append(self.drop(h, f"conv{layer}", self.spec.convs[layer - 1].dropout, key))
        return handed

    def head(self, h, key=None, lengths=None):
        """Returns the logits of the last convolution's map, of which rows have `lengths` (B,) positions."""
        spec = self.spec
        if spec.recurrent:
            rate = self.rate(spec.recurrent.dropout)
            h = self.recurrent(h, train=key is not None, key=key, lengths=lengths, rate=rate)
        elif spec.reduce == "flatten":
            h = h.reshape(h.shape[0], -1)
        elif spec.reduce == "max_mean":
            h = jnp.concatenate([h.max(axis=1), h.mean(axis=1)], axis=-1)
        else:
            h = h.max(axis=1) if spec.reduce == "max" else h.mean(axis=1)
        for number, dense in enumerate(spec.dense, 1):
            name = f"dense{number}"
            h = self.drop(getattr(self, name)(h, key is not None, pool=False), name, dense.dropout, key)
        if spec.highway:
            h = self.highway(h)
        logits = self.output(h, key is not None, pool=False)
        return logits[:, 0::2] - logits[:, 1::2] if spec.two_way else logits

    def rate(self, own: float):
        """Returns the rate of dropout where the network has `own`: a layer without dropout stays without."""
        return self.held.get("dropout", own) if own else own

    def drop(self, h, name: str, rate: float, key=None):
        """Returns `h` after the dropout of the layer called `name`."""
        if key is None or rate == 0:
            return h
        return layers.dropout(keys.stream(key, name), h, self.rate(rate))


def init(spec: NetworkSpec, key: jax.Array) -> dict:
    """Returns fresh variables {"params", "batch_stats"}; a second call with the same key gives the same."""
    variables = Forward(spec).init(key, jnp.zeros((1, spec.length, 4)))
    return {"params": open_forget_gates(variables["params"]), "batch_stats": variables.get("batch_stats", {})}


def check_variables(spec: NetworkSpec, variables: Mapping) -> None:
    """Checks that there is an array of the right shape for everything that a network has.

    Raises:
      ValueError: for one that is missing, unknown or of another shape.
    """
    shapes = lambda tree: {
        jax.tree_util.keystr(path, simple=True, separator="/"): leaf.shape
        for path, leaf in jax.tree_util.tree_leaves_with_path(tree)
    }
    wanted = shapes(jax.eval_shape(lambda: init(spec, jax.random.key(0))))
    found = shapes(variables)
    for name in sorted({*wanted, *found}):
        if wanted.get(name) != found.get(name):
            raise ValueError(
                f"{name} of {spec.name} is {found.get(name, 'missing')}, wanted {wanted.get(name, 'nothing')}"
            )


def apply_train(spec: NetworkSpec, variables, x_bl4, key, held: Mapping = flax.core.FrozenDict()):
    """Returns logits (B, outputs) with dropout and batch statistics, and the updated running statistics.

    `held`: see `Forward`.
    """
    logits, updates = Forward(spec, flax.core.FrozenDict(held)).apply(
        variables, x_bl4, key, mutable=["batch_stats"]
    )
    return logits, updates.get("batch_stats", {})


def encode(spec: NetworkSpec, variables, x_bl4, key, held: Mapping = flax.core.FrozenDict()):
    """Returns ((first map (B, P, F) before pooling, logits (B, outputs)), running statistics), in one pass.

    With `key` as in training: dropout (behind the first map) and batch statistics. None predicts. `held`: see
    `Forward`.
    """

    def run(network: Forward, x_bl4):
        conv = spec.convs[0]
        first = network.full_map(1, x_bl4, key)
        h = network.drop(_pool(first, conv), "conv1", conv.dropout, key)
        return first, network.head(network.trunk(h, key, first=2)[-1], key)

    network = Forward(spec, flax.core.FrozenDict(held))
    encoded, updates = network.apply(variables, x_bl4, method=run, mutable=["batch_stats"])
    return encoded, updates.get("batch_stats", {})


def predict(
    spec: NetworkSpec, variables, x_bl4, intervene: Mapping[int, Callable] | None = None
) -> jax.Array:
    """Returns logits (B, outputs); `intervene`: see `Forward.trunk`."""
    logits = Forward(spec).apply(variables, x_bl4, intervene=intervene)
    return typing.cast(jax.Array, logits)


def ablate(mask_f, fill_f) -> Callable:
    """Returns the intervention that replaces channels by `fill_f` where `mask_f` is 0."""
    return lambda h_bpf: mask_f * h_bpf + (1 - mask_f) * fill_f


CUTS = ("sequence", "features")


def predict_part(spec: NetworkSpec, variables, x_bl4, start_b, end_b, cut: str = "sequence") -> jax.Array:
    """Returns logits (B, outputs) of a recurrent network that sees only positions start to end.

    `cut` "sequence" gives the network the shorter sequence, "features" cuts what convolutions have made of
    the whole one, so that steps at the edges have seen beyond them (the authors' program). With pooling, a
    step counts if any of its positions do.

    Raises:
      ValueError: for a network without time steps, another `cut`, or convolutions whose maps do not begin
        with the sequence (VALID, stride) where the sequence is cut.
    """
    if not spec.recurrent:
        raise ValueError(f"{spec.name} has no time steps: temporal scores need a recurrent network")
    one_of("cut", cut, CUTS)
    if cut == "sequence" and any(c.padding == "VALID" or c.stride > 1 for c in spec.convs):
        raise ValueError(f"{spec.name}: sequences can only be cut in front of SAME convolutions of stride 1")

    def sequence(network: Forward, h):
        ends = end_b - start_b
        h = _cut(_moved(h, start_b), ends, 0.0)
        for layer, conv in enumerate(spec.convs, 1):
            # What lies behind the end is no part of the sequence: not pooled, and zeros to the next layer.
            h = _pool(_cut(network.full_map(layer, h), ends, -jnp.inf), conv)
            ends = -(-ends // pool_stride(conv))
            h = _cut(h, ends, 0.0)
        return network.head(h, lengths=ends)

    def features(network: Forward, h):
        step = conv_shapes(spec)[-1].jump * pool_stride(spec.convs[-1]) if spec.convs else 1
        h = _moved(network.trunk(h)[-1], start_b // step)
        return network.head(h, lengths=-(-end_b // step) - start_b // step)

    logits = Forward(spec).apply(variables, x_bl4, method=sequence if cut == "sequence" else features)
    return typing.cast(jax.Array, logits)


def mean_map(spec: NetworkSpec, variables, x_bl4, layer: int = 1) -> jax.Array:
    """Returns the mean over positions of what convolution `layer` hands on, (B, F)."""
    return _pool(features(spec, variables, x_bl4, layer), spec.convs[layer - 1]).mean(1)


def features(spec: NetworkSpec, variables, x_bl4, layer: int) -> jax.Array:
    """Returns the map of convolution `layer` (from 1) after its activation, before its pooling: (B, P, F)."""
    if not 1 <= layer <= len(spec.convs):
        raise ValueError(f"{spec.name} has convolutions 1 to {len(spec.convs)}, asked for number {layer}")

    def run(network: Forward, x_bl4):
        return network.full_map(layer, network.trunk(x_bl4, last=layer - 1)[-1])

    logits = Forward(spec).apply(variables, x_bl4, method=run)
    return typing.cast(jax.Array, logits)
