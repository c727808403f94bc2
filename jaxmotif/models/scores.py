"""Scores of networks beyond that of one class: of all classes, of parts of sequences, without filters."""

from typing import TYPE_CHECKING, cast

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif.models import predictions
from jaxmotif.models.host_blocks import fixed, over_blocks

if TYPE_CHECKING:
    from jaxmotif.models.network import Network


class Scores:
    """What a `network.Network` gives as pure functions."""

    def log_probabilities(self) -> jax.tree_util.Partial:
        """Returns (B, L, 4) -> log probabilities (B, classes) of inputs as they are, on one strand.

        One output gives two classes, for and against.

        Raises:
          ValueError: for a network of values or counts.
        """
        net = cast("Network", self)
        net.check_probability("no class to be sure of")
        function = predictions.log_probabilities(net._predict, net.outputs, net.task)
        return jax.tree_util.Partial(function, net.variables)

    def part_probability(self, cut: str = "sequence", target: int | str = 0) -> jax.tree_util.Partial:
        """Returns (x (B, L, 4), start (B,), end (B,)) -> (B,), a class's probability there.

        Args:
          cut: see `forward.predict_part`.
          target: number or name of the class.

        Raises:
          ValueError: for a network without time steps, or of values or counts.
        """
        net = cast("Network", self)
        spec, both = net._architecture("read parts of sequences"), net.strands == "random"
        if not net.recurrent:
            raise ValueError(f"{spec.name} has no time steps: temporal scores need a recurrent network")
        net.check_probability("no probability of parts of a sequence")
        function = predictions.part(spec, both, cut, *net._output(target), net.task)
        return jax.tree_util.Partial(function, net.variables)

    def ablated_score(
        self,
        sequences,
        layer: int = 1,
        target: int | str | None = 0,
        scaled: bool = True,
    ) -> jax.tree_util.Partial:
        """Returns (x (B, L, 4), keep (K,) of 0. and 1.) -> logits (B,), for `interpret.ablation`.

        A filter with keep 0 hands on its mean over `sequences` and positions.

        Args:
          sequences: uint8 (N, L) or a `Dataset`, whose means stand in for a filter.
          layer: convolution, from 1.
          target: see `score`; None: all outputs, logits (B, T), for `interpret.effects`.
          scaled: whether logits of classes are log p / (1 - p), as `score` gives, or as `logits` gives.

        Raises:
          ValueError: for a network made from a function, or of several members (take one by `member`).
        """
        net = cast("Network", self)
        spec = net._architecture("be ablated")
        if len(net) > 1:
            raise ValueError(
                f"{spec.name}: filters of {len(net)} members are not the same; ablate each member"
            )
        codes_nl = predictions.codes(sequences, net.name, net.length)
        mean_map = jax.tree_util.Partial(fixed(predictions.mean_map, spec, layer), net.member_variables(0))
        fill_k = jnp.asarray(over_blocks(mean_map, codes_nl).mean(axis=0, dtype=np.float64), jnp.float32)
        output, against = (None, False) if target is None else net._output(target)
        both, scale = net.strands == "random", net.task if scaled else None
        function = predictions.ablated(spec, both, layer, output, against, scale)
        return jax.tree_util.Partial(function, (net.variables, fill_k))
