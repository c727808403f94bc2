"""Trained networks and how to read and ask them, whatever they were trained for."""

import dataclasses
from collections.abc import Callable, Sequence, Sized
from typing import NamedTuple

import numpy as np

from jaxmotif.data.dataset import Dataset
from jaxmotif.interpret.filter_motifs import Readout
from jaxmotif.models.network import Network
from jaxmotif.motifs.evidence import Ablation
from jaxmotif.training.config import ScheduleConfig

# (seed, filter) pairs behind one motif, 0-based.
FilterGroup = list[tuple[int, int]]


class Lost(NamedTuple):
    """What held-out sequences lose without each group of filters; 0 where a seed has none of them.

    Attributes:
      nats: (groups, seeds), nats a sequence.
      auroc: (groups, seeds), or None without labels.
    """

    nats: np.ndarray
    auroc: np.ndarray | None = None

    def of(self, group: int) -> Ablation:
        """Returns what each network loses without one group."""
        auroc = () if self.auroc is None else tuple(self.auroc[group].tolist())
        return Ablation(tuple(self.nats[group].tolist()), auroc)


@dataclasses.dataclass(frozen=True)
class Learner:
    """All seeds of one objective.

    Attributes:
      objective: "supervised" or "infomax".
      network: the trained networks, a member a seed.
      history: rows of metrics.jsonl.
      readout: how their first layer is read.
      scores: uint8 (N, L) -> (seeds, N), larger for sequences like the positives.
      importance: (groups, held-out sequences) -> `Lost` without each group's filters. None where filters
        cannot be taken away, as of a network made from a function.
      contributions: uint8 (N, L) -> (N, L), what each letter contributes to the score; None where that has no
        meaning, without labels.
      schedule: how they were trained, as fitted to the number of sequences.
      notes: what happened to the sequences on the way that a user should know.
      target: which of several targets they are asked about; "" where there is one.
    """

    objective: str
    network: Network
    history: list[dict]
    readout: Readout
    scores: Callable[[np.ndarray], np.ndarray]
    importance: Callable[[Sequence[FilterGroup], Dataset], Lost] | None
    contributions: Callable[[np.ndarray], np.ndarray] | None = None
    schedule: ScheduleConfig = ScheduleConfig()
    notes: tuple[str, ...] = ()
    target: str = ""


def rows_of(data: Sized, most: int) -> np.ndarray:
    """Returns at most `most` rows, evenly spread."""
    return np.linspace(0, len(data) - 1, min(len(data), most)).astype(int)


def masks_of(groups: Sequence[FilterGroup], seed: int, units: int) -> tuple[list[int], np.ndarray]:
    """Returns the groups with a filter of this seed, and their filters as 0/1 (groups, units)."""
    present = [g for g, group in enumerate(groups) if any(s == seed for s, _ in group)]
    masks = np.zeros((len(present), units), np.float32)
    for row, g in enumerate(present):
        masks[row, [k for s, k in groups[g] if s == seed]] = 1
    return present, masks
