"""Predictions as lines of a table."""

from collections.abc import Iterator, Sequence

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


def targets(network: Network, wanted: Sequence[str] = ()) -> list[tuple[int, str]]:
    """Returns number and name of the outputs to tell of: those wanted, or all.

    Where one output has two classes, it is that of the first: the other is what is left.

    Raises:
      ValueError: for a class that the network does not have.
    """
    names = network.classes[: network.outputs]
    for name in wanted:
        if name not in names:
            raise ValueError(f"{network.name} has no class {name!r}; it has: {', '.join(names)}")
    return [(number, name) for number, name in enumerate(names) if not wanted or name in wanted]


def lines(
    one: Tiled, width: int, shown: Sequence[tuple[int, str]], every_tile: bool = False
) -> Iterator[str]:
    """Yields the lines of one region: for each class its best tile, or every tile.

    Args:
      one: predictions.
      width: of a tile, nt.
      shown: number and name of outputs.
      every_tile: whether all tiles are told instead of the best one.
    """
    chances, region = one.probabilities, one.region
    chance_sd, logit_sd = spread(chances), spread(one.logits)
    for output, name in shown:
        for tile in range(len(one.start)) if every_tile else [one.best(output)]:
            start, end = region.place(int(one.start[tile]), width)
            values = (
                float(chances[:, tile, output].mean()),
                float(chance_sd[tile, output]),
                float(one.logits[:, tile, output].mean(dtype="float64")),
                float(logit_sd[tile, output]),
            )
            cells = (region.name, region.chrom, start, end, name, len(one.start), *values)
            yield "\t".join(map(field, cells)) + "\n"
