"""What a discovery on a table of targets found, in memory."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from jaxmotif.apps.discover.by_target.accuracy import SAID, Told
from jaxmotif.apps.discover.by_target.association import Association
from jaxmotif.apps.discover.by_target.networks import Trained
from jaxmotif.apps.discover.discovery import FEW, SMALL, Note
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.dataset import Splits
from jaxmotif.data.targets import VALUES, Kind
from jaxmotif.motifs.motif_set import MotifSet

# Of the first metric, above what says nothing (an AUROC of .5, a correlation of 0): less is next to nothing.
LEAST = {True: 0.1, False: 0.6}
# What composition tells alone comes so close to the networks that it explains them.
SIMPLE = 0.02


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class ByTarget:
    """Trained networks with an output for each target, and the motifs that go with them.

    Attributes:
      settings: how they were found.
      kind: of the targets.
      splits: the sequences with all targets, by what they were used for.
      trained: the networks.
      motifs: distinct ones in rank order, with evidence, matches and sites in all sequences.
      others: motifs that the held-out sequences do not confirm, and variants of listed ones.
      associations: motifs by targets, on the held-out sequences.
      told: how well each target is told.
      metrics: accuracy and counts, as in metrics.json.
      database: number of motifs in the database.
      notes_of: what the search has to say.
      said: what was read, in lines.
    """

    settings: Settings
    kind: Kind
    splits: Splits
    trained: Trained
    motifs: MotifSet
    others: MotifSet
    associations: Sequence[Association]
    told: Sequence[Told]
    metrics: Mapping
    database: int
    notes_of: tuple[str, ...] = ()
    said: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return (
            f"ByTarget({self.motifs!r}, {self.metrics['test']['metric']} {self.metrics['test']['mean']:.4f})"
        )

    @property
    def targets(self) -> tuple[str, ...]:
        """Returns the names of the targets."""
        return self.splits.train.targets

    @property
    def nested(self) -> np.ndarray:
        """Returns which of `others` are confirmed variants or parts of listed motifs, bool (others,)."""
        level = self.settings.level
        return np.array([bool(k.variant_of) and (k.e or 0) <= level for k in self.others.evidence], bool)

    @property
    def notes(self) -> list[Note]:
        """Returns what a user should know, each once; the page and the terminal show the same."""
        told = dict.fromkeys((*self.splits.notes, *self.trained.notes, *self.notes_of, *self.motifs.notes))
        return [*(Note(text, "info") for text in told), *(Note(text, "warning") for text in self._warnings())]

    def _warnings(self) -> Iterator[str]:
        """What speaks against the motifs."""
        name = next(iter(self.told[0].metrics))
        least = LEAST[self.kind in VALUES]
        hardly = [one.name for one in self.told if (value := one.metrics[name]) and value[1] < least]
        if hardly:
            yield (
                f"The networks hardly tell {_listed(hardly)} ({SAID[name]}, lower end of the interval, below "
                f"{least:g}): motifs of these are not to be trusted."
            )
        simple = [
            one.name
            for one in self.told
            if (value := one.metrics[name])
            and one.simple is not None
            and least < one.simple > value[0] - SIMPLE
        ]
        if simple:
            yield (
                f"Without any motif, length, N, GC content and dinucleotides tell {_listed(simple)} as "
                "well as the networks do: motifs of these may tell no more than that."
            )
        independent = len(np.unique(self.splits.test.known_group))
        if independent < FEW:
            yield f"Only {independent} independent groups of sequences are held out: all numbers are rough."
        rows = len(self.splits.train) + len(self.splits.valid)
        if rows < SMALL:
            yield f"{rows} sequences to learn from are few: what is not found may still be there."
        if not len(self.motifs):
            yield "No motif is significant on the held-out sequences."


def _listed(names: Sequence[str], most: int = 6) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} others" if len(names) > most else "")
