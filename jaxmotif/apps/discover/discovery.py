"""What a discovery found, in memory."""

import dataclasses
import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif.apps.discover import pairs
from jaxmotif.apps.discover.classes import ByClass
from jaxmotif.apps.discover.learner import Learner
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.dataset import Dataset, Splits, concatenate
from jaxmotif.motifs.motif_set import MotifSet
from jaxmotif.report.pair_table import PairRow

# Koo & Eddy 2019: below this pooling after the first layer, filters tend to hold parts of motifs.
SMALL_POOL = 4
# Where the interval of the AUROC begins below this, motifs are not to be trusted.
LEAST_AUROC = 0.6
# Simple properties that come so close to the networks' AUROC explain it.
SIMPLE = 0.02
# With fewer independent held-out groups a percentile interval covers less than it says.
FEW = 20
# Below this many positives a motif that MEME finds may be missed.
SMALL = 450


class Note(NamedTuple):
    """What a user should know.

    Attributes:
      text: a sentence.
      level: "info" of what happened to the sequences, "warning" of what makes the result doubtful.
    """

    text: str
    level: str

    def __str__(self) -> str:
        return f"{'warning' if self.level == 'warning' else 'note'}: {self.text}"


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
      others: motifs that the held-out sequences do not confirm, and variants of listed ones.
      of_negatives: confirmed motifs of the user's negatives, with sites in these; None where those are
        shuffles.
      said: what was read, in lines.
      by_class: what is known of the classes of peaks, where there are several.
    """

    settings: Settings
    splits: Splits
    networks: Sequence[Learner]
    motifs: MotifSet
    metrics: Mapping
    scores: Mapping[str, np.ndarray]
    targets: int
    others: MotifSet
    of_negatives: MotifSet | None = None
    said: tuple[str, ...] = ()
    by_class: ByClass | None = None

    def __repr__(self) -> str:
        return f"Discovery({self.motifs!r}, held-out AUROC {self.metrics['test']['auroc']:.4f})"

    @functools.cached_property
    def own(self) -> Dataset:
        """Returns the sequences of the user's own file, the rows of sites; a test file is not among them."""
        splits = self.splits
        return concatenate([splits.train, splits.valid] + ([] if self.settings.test else [splits.test]))

    @functools.cached_property
    def pairs(self) -> list[PairRow]:
        """Returns how the listed motifs lie to each other in the positives, most significant first."""
        return pairs.tested(self.motifs, self.own)

    @property
    def nested(self) -> np.ndarray:
        """Returns which of `others` are confirmed variants or parts of listed motifs, bool (others,)."""
        level = self.settings.level
        return np.array([bool(k.variant_of) and (k.e or 0) <= level for k in self.others.evidence], bool)

    @property
    def notes(self) -> list[Note]:
        """Returns what a user should know, each once; the page and the terminal show the same."""
        told = [*self.splits.notes, *(text for one in self.networks for text in one.notes)]
        told += self.motifs.notes
        return [
            *(Note(text, "info") for text in dict.fromkeys(told)),
            *(Note(text, "warning") for text in self._warnings()),
        ]

    def _warnings(self) -> Iterator[str]:
        """What speaks against the motifs."""
        one, test = self.networks[0], self.metrics["test"]
        first = one.network.architecture.convs[0]
        if one.objective == "supervised" and first.pool < SMALL_POOL and first.activation != "exp":
            yield f"First pooling of {first.pool}: filters may hold parts of motifs."
        if test["auroc_ci"][0] < LEAST_AUROC:
            yield "The networks hardly tell the classes apart; motifs below are not to be trusted."
        simple = self.metrics["composition"]
        best = max(simple, key=lambda name: simple[name]["auroc"])
        if LEAST_AUROC < simple[best]["auroc"] > test["auroc"] - SIMPLE:
            yield (
                f"Without any motif ({best}) an AUROC of {simple[best]['auroc']:.4f} is reached on the "
                "held-out sequences: motifs below may tell no more than that."
            )
        independent = len(np.unique(self.splits.test.known_group))
        if independent < FEW:
            yield (
                f"Only {independent} independent groups of sequences are held out: the AUROC is rough, and "
                "its interval too narrow."
            )
        positives = sum(int(part.is_positive.sum()) for part in (self.splits.train, self.splits.valid))
        if positives < SMALL:
            yield (
                f"{positives} positives to learn from are few for a network: MEME or STREME do better there. "
                "What is not found here may still be there."
            )
        if not len(self.motifs):
            yield "No motif is significant on the held-out sequences."
