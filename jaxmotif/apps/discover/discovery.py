"""What a discovery found, in memory."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from jaxmotif.apps.discover.learner import Learner
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.dataset import Splits
from jaxmotif.motifs.motif_set import MotifSet


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Discovery:
    """Trained networks and the motifs that they learned.

    Attributes:
      settings: how they were found.
      splits: the sequences, labelled, by what they were used for.
      networks: the networks of each objective, the one that ranks first first.
      motifs: the distinct motifs in rank order, with evidence, matches and sites in the positives.
      metrics: accuracy and counts, as in metrics.json.
      scores: objective -> (networks, N) scores of the test sequences.
      targets: number of motifs in the database.
    """

    settings: Settings
    splits: Splits
    networks: Sequence[Learner]
    motifs: MotifSet
    metrics: Mapping
    scores: Mapping[str, np.ndarray]
    targets: int

    def __repr__(self) -> str:
        return f"Discovery({self.motifs!r}, held-out AUROC {self.metrics['test']['auroc']:.4f})"
