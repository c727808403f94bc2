"""Units of values and counts: networks are trained on numbers near 1, and speak of the user's own."""

import dataclasses
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from jaxmotif.data.targets import COUNTS, VALUES, Kind
from jaxmotif.models.network import Network
from jaxmotif.models.spec import NetworkSpec


class Units(NamedTuple):
    """What is taken off each target, and what the rest is divided by.

    Targets of one table may differ in size a thousandfold; a step of the optimiser is as large for all.

    Attributes:
      kind: of the targets.
      offset: float64 (T,), mean of the training rows; 0 of counts.
      scale: float64 (T,), their standard deviation; of counts the mean.
    """

    kind: Kind
    offset: np.ndarray
    scale: np.ndarray

    def of(self, labels_nt: np.ndarray) -> np.ndarray:
        """Returns targets in these units, float32 (N, T); labels and classes as they are."""
        if self.kind not in VALUES:
            return labels_nt
        return ((labels_nt - self.offset) / self.scale).astype(np.float32)

    def undone(self, network: Network) -> Network:
        """Returns a network trained on targets in these units as one that gives the user's own.

        The last layer is linear: it takes the scale into its weights, and of counts, whose outputs are
        logarithms, into its bias.
        """
        if self.kind not in VALUES:
            return dataclasses.replace(network, task=self.kind)
        params = dict(network.variables["params"])
        output = dict(params["output"])
        if self.kind == COUNTS:
            output["bias"] = output["bias"] + jnp.asarray(np.log(self.scale), jnp.float32)
        else:
            scale, offset = (jnp.asarray(own, jnp.float32) for own in (self.scale, self.offset))
            output["kernel"] = output["kernel"] * scale
            output["bias"] = output["bias"] * scale + offset
        variables = {**network.variables, "params": {**params, "output": output}}
        return dataclasses.replace(network, variables=variables, task=self.kind)


def units(kind: Kind, labels_nt: np.ndarray, spec: NetworkSpec, names: tuple[str, ...]) -> Units:
    """Returns the units in which targets of training rows have mean 0 and deviation 1, or counts mean 1.

    Args:
      kind: of the targets.
      labels_nt: (N, T), NaN where unknown.
      spec: of the network to be trained.
      names: of the targets, for messages.

    Raises:
      ValueError: for a target of which nothing is known or that does not vary, and for values from a network
        whose output is not linear.
    """
    count = labels_nt.shape[1]
    if kind not in VALUES:
        return Units(kind, np.zeros(count), np.ones(count))
    if spec.two_way or spec.output_norm != "none":
        raise ValueError(f"{spec.name}: its output is of labels; {kind} needs a linear one")
    values_nt = np.asarray(labels_nt, np.float64)
    unknown = np.isnan(values_nt).all(axis=0)
    if unknown.any():
        raise ValueError(f"target {names[int(unknown.argmax())]!r}: nothing is known of the training rows")
    flat = np.nanmax(values_nt, axis=0) == np.nanmin(values_nt, axis=0)
    if flat.any():
        raise ValueError(f"target {names[int(flat.argmax())]!r}: all training rows have the same value")
    if kind == COUNTS:
        return Units(kind, np.zeros(count), np.nanmean(values_nt, axis=0))
    return Units(kind, np.nanmean(values_nt, axis=0), np.nanstd(values_nt, axis=0))
