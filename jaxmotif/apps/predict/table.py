"""Predictions as lines of a table."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from jaxmotif.apps.streams import field
from jaxmotif.interpret.tiled import Tiled, spread
from jaxmotif.models.answers import ANSWERS, Answer
from jaxmotif.models.network import Network


def columns(answer: Answer) -> tuple[str, ...]:
    """Returns the names of columns: what the networks say, and their scores, each with its deviation.

    Where both are one, as of values, there is no second one.
    """
    told = dict.fromkeys([answer.name, answer.scale])
    numbers = [name + end for name in told for end in ("", "_sd")]
    return ("sequence", "chrom", "start", "end", answer.output, "tiles", *numbers)


class Target(NamedTuple):
    """A class to tell of: its output and name; `sign` is -1 where its score is minus the output's."""

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
    told, region, answer = one.probabilities, one.region, ANSWERS[one.task]
    told_sd = spread(told)
    for output, name, sign in shown:
        scores = one.scores(output)
        scores_sd = spread(scores)
        for tile in range(len(one.start)) if every_tile else [one.best(output, sign)]:
            start, end = region.place(int(one.start[tile]), width)
            mean = float(told[:, tile, output].mean())
            values = [mean if sign > 0 else 1 - mean, float(told_sd[tile, output])]
            if answer.scale != answer.name:
                values += [sign * float(scores[:, tile].mean()), float(scores_sd[tile])]
            cells = (region.name, region.chrom, start, end, name, len(one.start), *values)
            yield "\t".join(map(field, cells)) + "\n"
