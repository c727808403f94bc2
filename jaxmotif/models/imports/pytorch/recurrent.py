"""Operators that are recurrent layers: LSTM, GRU and the plain ones."""

# ruff: noqa: PLR0913 - arguments are those of PyTorch's schema

from collections.abc import Callable

import jax
import jax.numpy as jnp

from jaxmotif.models.imports.pytorch.operators import operator


def _layers(x, starts, params, biases: bool, count: int, both: bool, batch_first: bool, step: Callable):
    """Runs `count` layers, in one direction or both; returns all outputs and the last state of each.

    Args:
      x: (B, L, C), or (L, B, C) unless `batch_first`.
      starts: states (layers * directions, B, H) that `step` carries.
      params: w_ih, w_hh and with `biases` b_ih, b_hh of each layer and direction.
      step: (w_hh, b_hh, carry, input times w_ih plus b_ih) -> (carry, output).
    """
    if params[0].ndim != 2 or len(params) != count * (1 + both) * (2 + 2 * biases):
        raise ValueError("projections are not read")
    h = jnp.swapaxes(x, 0, 1) if batch_first else x
    lasts, each = [], 2 + 2 * biases
    for layer in range(count):
        outputs = []
        for direction in range(1 + both):
            number = layer * (1 + both) + direction
            w_ih, w_hh, *bias = params[number * each : (number + 1) * each]
            b_ih, b_hh = bias or (jnp.zeros(w_ih.shape[0]),) * 2
            carry, out = jax.lax.scan(
                lambda carry, one, w_hh=w_hh, b_hh=b_hh: step(w_hh, b_hh, carry, one),
                tuple(one[number] for one in starts),
                h @ w_ih.T + b_ih,
                reverse=bool(direction),
            )
            outputs.append(out)
            lasts.append(carry)
        h = jnp.concatenate(outputs, axis=-1)
    states = tuple(jnp.stack([one[n] for one in lasts]) for n in range(len(starts)))
    return (jnp.swapaxes(h, 0, 1) if batch_first else h, *states)


def _lstm_step(w_hh, b_hh, carry, inputs):
    h, c = carry
    i, f, g, o = jnp.split(inputs + h @ w_hh.T + b_hh, 4, axis=-1)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    h = jax.nn.sigmoid(o) * jnp.tanh(c)
    return (h, c), h


def _gru_step(w_hh, b_hh, carry, inputs):
    (h,) = carry
    r, z, n = jnp.split(inputs, 3, axis=-1)
    own_r, own_z, own_n = jnp.split(h @ w_hh.T + b_hh, 3, axis=-1)
    r, z = jax.nn.sigmoid(r + own_r), jax.nn.sigmoid(z + own_z)
    n = jnp.tanh(n + r * own_n)
    h = (1 - z) * n + z * h
    return (h,), h


def _plain_step(activation: Callable):
    def step(w_hh, b_hh, carry, inputs):
        h = activation(inputs + carry[0] @ w_hh.T + b_hh)
        return (h,), h

    return step


@operator("lstm.input")
def lstm(x, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first):
    return _layers(x, hx, params, has_biases, num_layers, bidirectional, batch_first, _lstm_step)


def _one_state(step: Callable) -> Callable:
    def apply(x, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first):
        return _layers(x, [hx], params, has_biases, num_layers, bidirectional, batch_first, step)

    return apply


operator("gru.input")(_one_state(_gru_step))
operator("rnn_tanh.input")(_one_state(_plain_step(jnp.tanh)))
operator("rnn_relu.input")(_one_state(_plain_step(jax.nn.relu)))
