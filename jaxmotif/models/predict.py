"""Predictions of a network as one call."""

import numpy as np

from jaxmotif.models.network import Network


def predict(network: Network, sequences, batch_size: int | None = None) -> np.ndarray:
    """Returns the probability of every target of every sequence, float32 (N, T).

    Of networks that were trained on values or counts it is the value, or the expected count. It follows from
    the mean logit over members and, where the network was trained so, over both strands;
    `Network.probabilities` and `Network.logits` have those of each member.

    Args:
      network: trained networks.
      sequences: uint8 (N, L) base codes, strings of one length, or a data set.
      batch_size: rows at a time; None chooses by the device.

    Raises:
      ValueError: for other sequences than the network reads.

    Examples:
      >>> import jaxmotif as jm
      >>> net = jm.Network.from_spec(jm.zoo.get("CNN-25 (4)", length=50, outputs=2))
      >>> jm.predict(net, ["ACGTA" * 10] * 3).shape
      (3, 2)
    """
    return network.probabilities(sequences, batch_size=batch_size)
