"""A dilated residual network on Koo & Eddy's task, as a user has it: a Flax module and its own training.

No chain of convolutions: what a block makes is added to what it read, and nothing is pooled. jaxmotif gets it
as a function with maps (`Network.from_function`), and traces where these look.
"""

import functools
import pathlib
import sys

import flax.linen as nn
import flax.traverse_util
import jax
import jax.numpy as jnp
import numpy as np
import optax

from experiments.common import records
from jaxmotif import files, keys
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.dna import one_hot
from jaxmotif.models.network import Network

FILTERS, KERNEL, TAPS, DILATIONS = 32, 7, 3, (1, 2, 4, 8)
BATCH, RATE = 100, 2e-3
WEIGHTS = "weights.npz"
# Letters that a position of the last map sees, by arithmetic.
WIDTH = KERNEL + (TAPS - 1) * sum(DILATIONS)


class Dilated(nn.Module):
    """A convolution over positions that lie `dilation` apart, zeros beyond the ends."""

    filters: int
    taps: int
    dilation: int

    @nn.compact
    def __call__(self, h_blc: jax.Array) -> jax.Array:
        """Returns (B, L, filters)."""
        span, length = (self.taps - 1) * self.dilation, h_blc.shape[1]
        padded = jnp.pad(h_blc, ((0, 0), (span // 2, span - span // 2), (0, 0)))
        shifted = [padded[:, tap * self.dilation :][:, :length] for tap in range(self.taps)]
        return nn.Dense(self.filters)(jnp.concatenate(shifted, axis=2))


class Residual(nn.Module):
    """GELU of a convolution, blocks that each add GELU of a dilated one, and the largest of each channel."""

    outputs: int

    @nn.compact
    def __call__(self, x_bl4: jax.Array) -> tuple[jax.Array, dict[int, jax.Array]]:
        """Returns logits (B, T), and the map after the first convolution and after each block (B, L, K)."""
        maps = {1: nn.gelu(Dilated(FILTERS, KERNEL, 1)(x_bl4))}
        for number, dilation in enumerate(DILATIONS, 2):
            before = maps[number - 1]
            maps[number] = before + nn.gelu(Dilated(FILTERS, TAPS, dilation)(before))
        return nn.Dense(self.outputs)(maps[len(maps)].max(axis=1)), maps


def network(variables, splits: Splits) -> Network:
    """Returns the module with these weights as a network: nobody says where its maps look."""
    return Network.from_function(
        _called(len(splits.train.targets)),
        splits.train.length,
        variables=variables,
        classes=splits.train.targets,
    )


@functools.cache
def _called(outputs: int):
    """The module as a function; one and the same for equal networks, so that nothing is traced twice."""

    def residual(variables, x_bl4):
        return Residual(outputs).apply(variables, x_bl4)

    return residual


def train(folder: pathlib.Path, config, splits: Splits, resume: bool) -> Network:
    """Returns the network trained on `splits`, of the epoch with the least loss on the validation part.

    Args:
      folder: where its weights are kept.
      config: `seed`, and the epochs of `train`.
      splits: three labelled parts.
      resume: whether weights that are there are read instead.
    """
    path = folder / WEIGHTS
    if resume and records.is_whole(path):
        found = flax.traverse_util.unflatten_dict(files.load_npz(path), sep="/")
        return network(jax.tree.map(jnp.asarray, found), splits)
    module = Residual(len(splits.train.targets))
    key = keys.stream(keys.root(config.seed), "residual")
    variables = module.init(keys.stream(key, "init"), one_hot(splits.train.sequences[:1]))
    adam = optax.adam(RATE)
    labels = np.asarray(splits.train.labels, np.float32)
    state, best, least = adam.init(variables), variables, np.inf
    for epoch in range(config.train.schedule.epochs):
        order = np.random.default_rng([config.seed, epoch]).permutation(len(splits.train))
        order = order[: len(order) // BATCH * BATCH or len(order)]
        for rows in np.array_split(order, max(len(order) // BATCH, 1)):
            variables, state = _update(
                module, adam, variables, state, splits.train.sequences[rows], labels[rows]
            )
        loss = validated(module, variables, splits.valid)
        print(f"residual: epoch {epoch + 1}, loss {loss:.4f}", file=sys.stderr, flush=True)
        if loss < least:
            best, least = variables, loss
            files.save_npz(path, flax.traverse_util.flatten_dict(best, sep="/"))
    records.mark(path, ())
    return network(best, splits)


def _loss(module, variables, codes_bl, labels_bt) -> jax.Array:
    logits_bt, _ = module.apply(variables, one_hot(codes_bl))
    return optax.sigmoid_binary_cross_entropy(logits_bt, labels_bt).mean()


@functools.partial(jax.jit, static_argnums=(0, 1))
def _update(module, adam, variables, state, codes_bl, labels_bt):
    slope = jax.grad(lambda variables: _loss(module, variables, codes_bl, labels_bt))(variables)
    steps, state = adam.update(slope, state)
    return optax.apply_updates(variables, steps), state


_valued = jax.jit(_loss, static_argnums=0)


def validated(module: Residual, variables, part: Dataset) -> float:
    """Returns the mean loss of labelled sequences."""
    labels = np.asarray(part.labels, np.float32)
    parts = [slice(begin, begin + 500) for begin in range(0, len(part), 500)]
    losses = [float(_valued(module, variables, part.sequences[rows], labels[rows])) for rows in parts]
    return float(np.average(losses, weights=[len(part.sequences[rows]) for rows in parts]))
