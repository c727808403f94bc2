"""Predictions as lines of a table."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from jaxmotif.apps.streams import field
from jaxmotif.interpret.tiled import Tiled, spread
from jaxmotif.models.network import Network

COLUMNS = (
    "sequence",
    "chrom",
    "start",
    "end",
    "class",
    "tiles",
    "probability",
    "probability_sd",
    "logit",
    "logit_sd",
)


class Target(NamedTuple):
    """A class to tell of: its output and name; `sign` is -1 where its logit is minus the output's, else 1."""

    output: int
    name: str
    sign: int = 1


def targets(network: Network, wanted: Sequence[str] = ()) -> list[Target]:
    """Returns the classes to tell of: those wanted, or one for each output.

    Where one output has two classes, that is the first: the other is what is left.

    Raises:
      ValueError: for a class that the network does not have.
    """
    if not wanted:
        return [Target(*pair) for pair in enumerate(network.classes[: network.outputs])]
    found = sorted({network.target_index(name) for name in wanted})
    against = [network.outputs == 1 and number > 0 for number in found]
    return [
        Target(0 if other else number, network.classes[number], -1 if other else 1)
        for number, other in zip(found, against, strict=True)
    ]


def lines(one: Tiled, width: int, shown: Sequence[Target], every_tile: bool = False) -> Iterator[str]:
    """Yields the lines of one region: for each class its best tile, or every tile.

    Args:
      one: predictions.
      width: of a tile, nt.
      shown: classes to tell of.
      every_tile: whether all tiles are told instead of the best one.
    """
    chances, region = one.probabilities, one.region
    chance_sd, logit_sd = spread(chances), spread(one.logits)
    for output, name, sign in shown:
        for tile in range(len(one.start)) if every_tile else [one.best(output, sign)]:
            start, end = region.place(int(one.start[tile]), width)
            chance = float(chances[:, tile, output].mean())
            values = (
                chance if sign > 0 else 1 - chance,
                float(chance_sd[tile, output]),
                sign * float(one.logits[:, tile, output].mean(dtype="float64")),
                float(logit_sd[tile, output]),
            )
            cells = (region.name, region.chrom, start, end, name, len(one.start), *values)
            yield "\t".join(map(field, cells)) + "\n"
