"""Recurrent layers of a network: two stacks of LSTMs, one on each direction of the positions."""

import typing

import flax.linen as nn
import jax
import jax.numpy as jnp

from jaxmotif import keys
from jaxmotif.models import layers
from jaxmotif.models.spec import Recurrent


class BiLSTM(nn.Module):
    """(B, T, C) -> (B, 2 units): mean over time of either stack's last layer.

    The forward stack reads from the first position on, the backward stack from the last; they meet in the
    output alone (Lanchantin et al. 2017, Section 2.2). With `lengths` (B,) a row ends after so many
    positions: both stacks and the mean see no more. `rate` is another rate of dropout than
    the layers' own.
    """

    recurrent: Recurrent

    @nn.compact
    def __call__(self, x_btc, *, train: bool, key=None, lengths=None, rate=None):
        config, steps = self.recurrent, x_btc.shape[1]
        rate = config.dropout if rate is None else rate
        if lengths is None:
            weight_bt1 = jnp.full((1, steps, 1), 1 / steps)
        else:
            seen_bt = jnp.arange(steps) < lengths[:, None]
            weight_bt1 = (seen_bt / jnp.maximum(lengths[:, None], 1))[..., None]
        means = []
        for direction in ("forward", "backward"):
            h: jax.Array = x_btc
            for number in range(config.layers):
                # As the authors: every weight N(0, 1 / (inputs + units)).
                spread = nn.initializers.normal((h.shape[-1] + config.units) ** -0.5)
                name = f"{direction}{number + 1}"
                cell = nn.OptimizedLSTMCell(
                    config.units, kernel_init=spread, recurrent_kernel_init=spread, name=name
                )
                rnn = nn.RNN(cell, reverse=direction == "backward", keep_order=True)
                h = typing.cast(jax.Array, rnn(h, seq_lengths=lengths))
                if train and config.dropout and key is not None:
                    h = layers.dropout(keys.stream(key, name), h, rate)
            means.append((h * weight_bt1).sum(axis=1))
        return jnp.concatenate(means, axis=-1)


def open_forget_gates(params) -> dict:
    """Returns the same parameters with every forget gate's bias at 1, where training should start."""

    def change(path, leaf):
        names = [part.key for part in path]
        return jnp.ones_like(leaf) if names[-2:] == ["hf", "bias"] else leaf

    return jax.tree_util.tree_map_with_path(change, params)
