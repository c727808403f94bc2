"""One Linen network that reads a spec, used only as a pair of pure functions.

variables = init(spec, key)
logits, batch_stats = apply_train(spec, variables, x, key)
logits = predict(spec, variables, x)
(map, code), batch_stats = encode(spec, variables, x, key)
logits = predict_part(spec, variables, x, start, end)
maps = features(spec, variables, x, layer)
"""

import flax.linen as nn
import jax
import jax.numpy as jnp

from jaxmotif import keys
from jaxmotif.models import layers
from jaxmotif.models.recurrent import BiLSTM, open_forget_gates
from jaxmotif.models.spec import Conv, Dense, Highway, NetworkSpec, conv_shapes, output_units, pool_stride

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
    decay: float
    conv_impl: str = "auto"

    @nn.compact
    def __call__(self, x, train: bool, pool: bool):
        layer, is_conv = self.layer, isinstance(self.layer, Conv)
        units = layer.filters if is_conv else layer.units
        shape = (layer.kernel, x.shape[-1], units) if is_conv else (x.shape[-1], units)
        kernel = self.param("kernel", _INITIALIZERS[self.initializer], shape)
        if is_conv:
            h = layers.conv1d(x, kernel, stride=layer.stride, padding=layer.padding, impl=self.conv_impl)
        else:
            h = x @ kernel
        if layer.bias:
            fan_in = kernel.size // units
            h = h + self.param("bias", _bias_initializer(self.initializer, fan_in), (units,))
        pool = pool and is_conv and layer.pool > 1
        if layer.norm == "none":
            h = layers.activate(layer.activation, h)
            return _pool(h, layer) if pool else h
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
        if pool:
            # Normalisation is affine in each channel and every activation here is increasing, so the
            # largest normalised value stands where the largest (gamma < 0: smallest) raw value does,
            # rounding included. Pooling first leaves `pool` times less element-wise work.
            sign = jnp.where(gamma < 0, -1.0, 1.0)
            h = sign * _pool(sign * h, layer)
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


class Network(nn.Module):
    """The network of `spec`: one-hot (B, L, 4) -> logits (B, outputs)."""

    spec: NetworkSpec
    conv_impl: str = "auto"

    @nn.compact
    def __call__(
        self,
        x_bl4,
        *,
        train: bool = False,
        key=None,
        until: int | None = None,
        keep=None,
        tap: bool = False,
        part=None,
        cut: str = "sequence",
    ):
        """`until=i` returns convolution i's map (B, P, F) after activation, before pooling.

        `tap` returns that of the first convolution beside the logits.

        `keep` = (mask (F,), fill (F,)) replaces the first layer's pooled channels by `fill` where the
        mask is 0: that filter is ablated.

        `part` = (start (B,), end (B,)) lets the recurrent layers see these positions alone, see `predict_part`.
        """
        spec, h = self.spec, x_bl4

        def layer(config, name):
            return Layer(
                config, spec.initializer, spec.norm_epsilon, spec.norm_decay, self.conv_impl, name=name
            )

        def drop(h, rate, name):
            if not train or rate == 0:
                return h
            return layers.dropout(keys.stream(key, name), h, rate)

        ends = None
        if part is not None and cut == "sequence":
            h, ends = _moved(h, part[0]), part[1] - part[0]
            h = _cut(h, ends, 0.0)
        for index, conv in enumerate(spec.convs):
            name = f"conv{index + 1}"
            if ends is not None:
                # What lies behind the end is no part of the sequence: not pooled, and zeros to the next layer.
                h = _pool(_cut(layer(conv, name)(h, train, pool=False), ends, -jnp.inf), conv)
                ends = -(-ends // pool_stride(conv))
                h = _cut(h, ends, 0.0)
                continue
            if until == index:
                return layer(conv, name)(h, train, pool=False)
            if tap and index == 0:
                first = layer(conv, name)(h, train, pool=False)
                h = _pool(first, conv)
            else:
                h = layer(conv, name)(h, train, pool=True)
            if keep is not None and index == 0:
                mask, fill = keep
                h = mask * h + (1 - mask) * fill
            h = drop(h, conv.dropout, name)
        if part is not None and cut == "features":
            step = conv_shapes(spec)[-1].jump * pool_stride(spec.convs[-1]) if spec.convs else 1
            h, ends = _moved(h, part[0] // step), -(-part[1] // step) - part[0] // step
        if spec.recurrent:
            h = BiLSTM(spec.recurrent, name="recurrent")(h, train=train, key=key, lengths=ends)
        elif spec.reduce == "flatten":
            h = h.reshape(h.shape[0], -1)
        elif spec.reduce == "max_mean":
            h = jnp.concatenate([h.max(axis=1), h.mean(axis=1)], axis=-1)
        else:
            h = h.max(axis=1) if spec.reduce == "max" else h.mean(axis=1)
        for index, dense in enumerate(spec.dense):
            name = f"dense{index + 1}"
            h = drop(layer(dense, name)(h, train, pool=False), dense.dropout, name)
        if spec.highway:
            h = HighwayLayers(spec.highway, spec.initializer, name="highway")(h)
        output = Dense(output_units(spec), activation="linear", norm=spec.output_norm, bias=True, dropout=0.0)
        logits = layer(output, "output")(h, train, pool=False)
        if spec.two_way:
            logits = logits[:, 0::2] - logits[:, 1::2]
        return (first, logits) if tap else logits


def init(spec: NetworkSpec, key: jax.Array) -> dict:
    """Fresh variables {"params", "batch_stats"}; a second call with the same key gives the same."""
    variables = Network(spec).init(key, jnp.zeros((1, spec.length, 4)), train=False)
    return {"params": open_forget_gates(variables["params"]), "batch_stats": variables.get("batch_stats", {})}


def apply_train(spec: NetworkSpec, variables, x_bl4, key, conv_impl: str = "auto"):
    """Logits (B, outputs) with dropout and batch statistics, and the updated running statistics."""
    logits, updates = Network(spec, conv_impl).apply(
        variables, x_bl4, train=True, key=key, mutable=["batch_stats"]
    )
    return logits, updates.get("batch_stats", {})


def encode(spec: NetworkSpec, variables, x_bl4, key, conv_impl: str = "auto"):
    """((first map (B, P, F) before its pooling, logits (B, outputs)), running statistics), in one pass.

    With `key` as in training: dropout (behind the first map) and batch statistics. None predicts.
    """
    encoded, updates = Network(spec, conv_impl).apply(
        variables, x_bl4, train=key is not None, key=key, tap=True, mutable=["batch_stats"]
    )
    return encoded, updates.get("batch_stats", {})


def predict(spec: NetworkSpec, variables, x_bl4, keep=None) -> jax.Array:
    """Logits (B, outputs); `keep` = (mask (F,), fill (F,)) ablates first-layer filters."""
    return Network(spec).apply(variables, x_bl4, keep=keep)


CUTS = ("sequence", "features")


def predict_part(spec: NetworkSpec, variables, x_bl4, start_b, end_b, cut: str = "sequence") -> jax.Array:
    """Logits (B, outputs) of a recurrent network that sees positions start to end of each sequence alone.

    `cut` "sequence" gives the network the shorter sequence, "features" cuts what convolutions have made of the
    whole one, so that steps at the edges have seen beyond them (the authors' program). With pooling, a
    step counts if any of its positions do.

    Raises:
      ValueError: for a network without time steps, another `cut`, or convolutions whose maps do not begin
        with the sequence (VALID, stride) where the sequence is cut.
    """
    if not spec.recurrent:
        raise ValueError(f"{spec.name} has no time steps: temporal scores need a recurrent network")
    if cut not in CUTS:
        raise ValueError(f"unknown cut {cut!r}; known: {', '.join(CUTS)}")
    if cut == "sequence" and any(c.padding == "VALID" or c.stride > 1 for c in spec.convs):
        raise ValueError(f"{spec.name}: sequences can only be cut in front of SAME convolutions of stride 1")
    return Network(spec).apply(variables, x_bl4, part=(start_b, end_b), cut=cut)


def mean_first_layer(spec: NetworkSpec, variables, x_bl4) -> jax.Array:
    """Mean over sequences and positions of the first layer's pooled map, (F,)."""
    first = spec.convs[0]
    pooled = _pool(features(spec, variables, x_bl4, 0), first)
    return pooled.mean((0, 1))


def features(spec: NetworkSpec, variables, x_bl4, layer: int, conv_impl: str = "auto") -> jax.Array:
    """Map of convolution `layer` (0-based) after its activation, before its pooling: (B, P, F)."""
    if not 0 <= layer < len(spec.convs):
        raise ValueError(f"{spec.name} has {len(spec.convs)} convolutions, asked for number {layer + 1}")
    return Network(spec, conv_impl).apply(variables, x_bl4, until=layer)
