"""The convolutions of a trained network as one chain: where substructures come from."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

import jax.numpy as jnp
import numpy as np

from jaxmotif import dna
from jaxmotif.models import layers
from jaxmotif.models.network import Network
from jaxmotif.models.spec import Conv, NetworkSpec
from jaxmotif.neuronmotif.function_chain import FunctionChain, FunctionSubstructure
from jaxmotif.neuronmotif.substructure import Substructure, Weights, check_neurons


@dataclasses.dataclass(frozen=True)
class ConvChain:
    """Convolutions and their weights, without padding, whatever the network they come from has.

    Attributes:
      name: of the network.
      convs: the layers; their padding says nothing here.
      weights: of each.
      alphabet: that motifs are written in, "ACGT" or, for RNA, "ACGU".
    """

    name: str
    convs: tuple[Conv, ...]
    weights: tuple[Weights, ...]
    alphabet: str = dna.ALPHABET
    # Whether seeds can carry motifs of the layer below.
    has_seeds: ClassVar[bool] = True

    def check_layer(self, layer: int, neurons: Iterable[int] = ()) -> None:
        """Raises ValueError unless `layer` (from 1) is a convolution and `neurons` (from 0) are in it."""
        if not 1 <= layer <= len(self.convs):
            raise ValueError(f"{self.name} has convolutions 1 to {len(self.convs)}, not a layer {layer}")
        check_neurons(self, layer, neurons)

    def channels(self, layer: int) -> int:
        """Neurons of convolution `layer`, from 1."""
        return self.convs[layer - 1].filters

    def substructure(self, layer: int, neurons=None, maps: bool = False) -> Substructure:
        """Returns what `neurons` (channels from 0; None: all) of convolution `layer` (from 1) see.

        The maps below are known in any case, whatever `maps` says.
        """
        self.check_layer(layer)
        last = self.weights[layer - 1]
        kernel, bias = jnp.moveaxis(last.kernel, -1, 0), last.bias
        if neurons is not None:
            neurons = jnp.asarray(neurons)
            kernel, bias = kernel[neurons], bias[neurons]
        return Substructure(self.weights[: layer - 1], kernel, bias, self.convs[:layer])

    def upper_bounds(self, layer: int) -> np.ndarray:
        """Returns activations of convolution `layer` that no sequence exceeds, (F,), by interval arithmetic.

        By interval arithmetic. The bound of the first layer is attained; deeper ones only prove that a neuron
        is dead where they are not above 0.
        """
        high, low = np.ones(4), np.zeros(4)
        before = None
        for conv, weights in zip(self.convs[:layer], self.weights[:layer], strict=True):
            kernel, bias = np.asarray(weights.kernel, np.float64), np.asarray(weights.bias, np.float64)
            if before is None:  # one letter a position, not any mixture of them
                high, low = kernel.max(axis=1).sum(0) + bias, kernel.min(axis=1).sum(0) + bias
            else:
                # Every activation here rises, so the ends of the interval stay its ends.
                top, bottom = (
                    np.asarray(layers.activate(before.activation, jnp.asarray(v)), np.float64)
                    for v in (high, low)
                )
                rise, fall = np.maximum(kernel, 0).sum(0), np.minimum(kernel, 0).sum(0)
                high, low = top @ rise + bottom @ fall + bias, bottom @ rise + top @ fall + bias
            before = conv
        return high


def fold(kernel, bias=None, gamma=None, beta=None, mean=None, variance=None, epsilon: float = 0.0) -> Weights:
    """Returns a convolution and its batch normalisation with fixed statistics as one convolution."""
    kernel = np.asarray(kernel, np.float64)
    bias = np.zeros(kernel.shape[-1]) if bias is None else np.asarray(bias, np.float64)
    if gamma is not None:
        scale = np.asarray(gamma, np.float64) / np.sqrt(np.asarray(variance, np.float64) + epsilon)
        kernel, bias = (
            kernel * scale,
            (bias - np.asarray(mean, np.float64)) * scale + np.asarray(beta, np.float64),
        )
    return Weights(jnp.asarray(kernel, jnp.float32), jnp.asarray(bias, jnp.float32))


def from_variables(
    name: str, convs: Sequence[Conv], variables: Mapping, epsilon: float, alphabet: str = dna.ALPHABET
) -> ConvChain:
    """Returns the convolutions conv1, conv2, ... of `variables` {"params", "batch_stats"}.

    Raises:
      ValueError: if weights are missing or do not fit the layers.
    """
    weights, channels = [], 4
    for number, conv in enumerate(convs, 1):
        parts = dict(variables["params"].get(f"conv{number}", {}))
        parts |= variables.get("batch_stats", {}).get(f"conv{number}", {})
        shape = (conv.kernel, channels, conv.filters)
        needed = (
            ["kernel"] + ["bias"] * conv.bias + ["gamma", "beta", "mean", "variance"] * (conv.norm == "batch")
        )
        for part in needed:
            if part not in parts:
                raise ValueError(f"{name}: convolution {number} has no {part}")
            want = shape if part == "kernel" else (conv.filters,)
            if tuple(parts[part].shape) != want:
                raise ValueError(
                    f"{name}: {part} of convolution {number} has shape {tuple(parts[part].shape)}, not {want}"
                )
            if not np.isfinite(np.asarray(parts[part])).all():
                raise ValueError(f"{name}: {part} of convolution {number} holds values that are not finite")
        weights.append(fold(**{part: parts[part] for part in needed}, epsilon=epsilon))
        channels = conv.filters
    return ConvChain(name, tuple(convs), tuple(weights), alphabet)


Chain = ConvChain | FunctionChain


def of(network: "Chain | Network") -> "Chain":
    """Returns the convolutions (or maps) of a network's first member; a chain is returned as it is.

    Raises:
      ValueError: for a network without convolutions.
    """
    if not isinstance(network, Network):
        return network
    if network.spec is None:
        return FunctionChain(network)
    return from_network(network.spec, network.member_variables(0), network.alphabet)


def neuron(network: "Chain | Network", layer: int, channel: int) -> "Substructure | FunctionSubstructure":
    """Returns what one neuron of a network's first member sees: a pure function of its receptive field.

    Its `width` is the receptive field's, R letters; `activation(x)` takes codes (n, R) or one-hot (n, R, 4)
    and returns (n,), before the activation function where the network is one of ours.

    Args:
      network: any that can be decoded.
      layer: number of the convolution, from 1.
      channel: number of the neuron, from 0.

    Raises:
      ValueError: for a layer or neuron that is not there.

    Examples:
      >>> import jaxmotif as jm
      >>> net = jm.Network.from_spec(jm.zoo.get("CNN-25 (4)", length=50, outputs=1))
      >>> one = jm.neuron(net, layer=1, channel=0)
      >>> one.activation(jm.one_hot(["ACGTACGTACGTACGTACG"])).shape
      (1,)
    """
    found = of(network)
    found.check_layer(layer, [channel])
    return found.substructure(layer, [channel]).neuron(0)


def from_network(spec: NetworkSpec, variables: Mapping, alphabet: str = dna.ALPHABET) -> ConvChain:
    """Returns the convolutions of a network of ours.

    Raises:
      ValueError: if it has none, or the weights do not fit.
    """
    if not spec.convs:
        raise ValueError(f"{spec.name} has no convolution that could be decoded")
    return from_variables(spec.name, spec.convs, variables, spec.norm_epsilon, alphabet)
