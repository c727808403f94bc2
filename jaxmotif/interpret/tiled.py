"""Predictions for sequences of any length: windows of the network's length along each of them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif import dna
from jaxmotif.data import regions
from jaxmotif.data.files.windows import MOST_N
from jaxmotif.data.regions import Region
from jaxmotif.models.answers import ANSWERS
from jaxmotif.models.network import Network

# Windows that go through the network together.
ROWS = 4096


class Tiled(NamedTuple):
    """What the members of a network say of the windows of one region.

    Attributes:
      region: the letters, see `regions.Region`.
      start: int64 (n,), where each window begins in the region's letters.
      logits: float32 (members, n, outputs).
      unknown: bool (n,), whether more than half of each window's letters are N.
      task: of the network.
    """

    region: Region
    start: np.ndarray
    logits: np.ndarray
    unknown: np.ndarray
    task: str = "multilabel"

    @property
    def probabilities(self) -> np.ndarray:
        """Returns what every member's outputs say, float64 (members, n, outputs).

        Probabilities of labels, and of one class among several; values, or expected counts, of networks that
        were trained on these.
        """
        return ANSWERS[self.task].of(self.logits.astype(np.float64))

    def scores(self, output: int) -> np.ndarray:
        """Returns an output on its scale, see `Network.score`, of every member, float64 (members, n)."""
        return ANSWERS[self.task].on_scale(self.logits.astype(np.float64), output)

    def best(self, output: int = 0, sign: int = 1) -> int:
        """Returns the window with the highest mean score of an output, the first of equal ones.

        With a `sign` of -1 it is the lowest. Windows that are N in more than half are taken only where there
        is no other.
        """
        mean = sign * self.scores(output).mean(axis=0)
        left_out = self.unknown & ~self.unknown.all()
        return int(np.where(left_out, -np.inf, mean).argmax())


def spread(values: np.ndarray) -> np.ndarray:
    """Returns the sample standard deviation over the first axis, the members; NaN where there is one only."""
    if len(values) < 2:
        return np.full(values.shape[1:], np.nan)
    return values.std(axis=0, ddof=1, dtype=np.float64)


def over_regions(
    network: Network, given: Iterable[Region], stride: int | None = None, rows: int = ROWS
) -> Iterator[Tiled]:
    """Yields the predictions for every window of regions, in order.

    Args:
      network: trained networks.
      given: regions, none of them shorter than the network's sequences.
      stride: nt from one window to the next, half of the network's length by default; the last window ends
        with the region.
      rows: windows that are predicted together, of as many regions as it takes.

    Raises:
      ValueError: for a stride below 1 or above the network's length, or a region that is too short.
    """
    stride = max(network.length // 2, 1) if stride is None else stride
    if stride > network.length:
        raise ValueError(f"a stride of {stride} nt leaves letters unread: windows have {network.length} nt")
    waiting: list[tuple[Region, np.ndarray]] = []
    count = 0
    for region in given:
        start = regions.tile_starts(len(region.codes), network.length, stride)
        waiting.append((region, start))
        count += len(start)
        if count >= rows:
            yield from _predicted(network, waiting, rows)
            waiting, count = [], 0
    if waiting:
        yield from _predicted(network, waiting, rows)


def _predicted(network: Network, waiting: list[tuple[Region, np.ndarray]], rows: int) -> Iterator[Tiled]:
    blocks = _blocks(waiting, network.length, rows)
    logits_mnt = np.concatenate([network.logits(block, by_member=True) for block in blocks], axis=1)
    ends = np.cumsum([len(start) for _, start in waiting])
    for (region, start), end in zip(waiting, ends.tolist(), strict=True):
        before_n = np.concatenate([[0], np.cumsum(region.codes == dna.N)])  # N before each letter
        unknown = before_n[start + network.length] - before_n[start] > MOST_N * network.length
        yield Tiled(region, start, logits_mnt[:, end - len(start) : end], unknown, network.task)


def _blocks(waiting: list[tuple[Region, np.ndarray]], width: int, rows: int) -> Iterator[np.ndarray]:
    """The windows of regions, about `rows` at a time: those of a chromosome are never all in memory."""
    parts, count = [], 0
    for region, start in waiting:
        view_nl = np.lib.stride_tricks.sliding_window_view(region.codes, width)
        for first in range(0, len(start), rows):
            parts.append(view_nl[start[first : first + rows]])
            count += len(parts[-1])
            if count >= rows:
                yield np.concatenate(parts)
                parts, count = [], 0
    if parts:
        yield np.concatenate(parts)


def predict_tiles(network: Network, sequences: Sequence, stride: int | None = None) -> list[Tiled]:
    """Returns what every member says of windows along sequences of any length.

    Sequences shorter than the network's are padded with N on both sides.

    Args:
      network: trained networks.
      sequences: strings, or codes uint8 (n,), of different lengths.
      stride: nt from one window to the next, half of the network's length by default; the last window ends
        with the sequence.

    Raises:
      ValueError: for a stride below 1 or above the network's length, or an empty sequence.

    Examples:
      >>> import jaxmotif as jm
      >>> net = jm.Network.from_spec(jm.zoo.get("CNN-25 (4)", length=50, outputs=1), members=3)
      >>> long, short = jm.predict_tiles(net, ["ACGTA" * 24, "ACGT"])
      >>> long.start.tolist(), long.logits.shape, short.region.padded
      ([0, 25, 50, 70], (3, 4, 1), True)
    """
    given = []
    for number, one in enumerate(sequences):
        codes = dna.encode([one])[0] if isinstance(one, str) else np.asarray(one)
        if codes.ndim != 1 or codes.dtype != np.uint8 or not codes.size or codes.max() > dna.N:
            raise ValueError(f"sequence {number} is neither letters nor codes 0..{dna.N} (n,)")
        given.append(regions.padded(f"seq{number + 1}", codes, network.length))
    return list(over_regions(network, given, stride))
