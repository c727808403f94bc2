"""Networks like NeuronMotif's for sequences of 101 nt, and small enough for two cores.

What the paper sets against each other stays: one has wide kernels and poolings, as Basset, the others kernels
of 3 and poolings of 2, as BD-5 and BD-10. BD-10 itself reads 144 nt; eight of its ten convolutions read 72.
"""

import dataclasses
from collections.abc import Sequence

from jaxmotif.models import zoo
from jaxmotif.models.spec import Conv, Dense, NetworkSpec

LENGTH, OUTPUTS = 101, 8
_NORM = dict(norm_epsilon=1e-3, norm_decay=0.99)


def _spec(layers: Sequence[tuple[int, int, int]], hidden: int) -> NetworkSpec:
    """Convolutions as (filters, kernel, pool), and a hidden layer."""
    convs = tuple(
        Conv(
            filters, kernel, pool, padding="VALID", pool_padding="VALID", norm="batch", bias=True, dropout=0.0
        )
        for filters, kernel, pool in layers
    )
    dense = (Dense(hidden, dropout=0.3, norm="batch", bias=True),)
    return NetworkSpec(name="", length=LENGTH, outputs=OUTPUTS, convs=convs, dense=dense, **_NORM)


NETWORKS = {
    "Basset (small)": _spec([(96, 19, 3), (64, 7, 4), (64, 3, 3)], 128),
    "BD-5 (small)": _spec([(32, 3, 2), (48, 3, 2), (64, 3, 2), (64, 3, 2), (64, 3, 1)], 128),
    "BD-8 (small)": _spec(
        [
            *((32, 7, 1), (32, 3, 2), (48, 3, 1), (48, 3, 2)),
            *((64, 3, 1), (64, 3, 2), (64, 3, 1), (64, 3, 1)),
        ],
        128,
    ),
}
# The recipe of each: those of Basset and of BD-10.
PRESETS = {name: "basset" if name.startswith("Basset") else "bd" for name in NETWORKS}


def spec(name: str, length: int | None = None, outputs: int | None = None) -> NetworkSpec:
    """Returns one of these networks, or one of the zoo's, for sequences of `length` nt and `outputs` targets.

    Raises:
      ValueError: for a name that neither has, or sequences that are too short.
    """
    if name not in NETWORKS:
        return zoo.get(name, length=length, outputs=outputs)
    found = dataclasses.replace(NETWORKS[name], name=name)
    return dataclasses.replace(found, length=length or found.length, outputs=outputs or found.outputs)
