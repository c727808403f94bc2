"""Round after round: what the motifs found so far explain is taken away, and networks learn the rest."""

import dataclasses
import pathlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif import dna
from jaxmotif.apps.discover import candidates
from jaxmotif.apps.discover.candidates import Candidates
from jaxmotif.apps.discover.learner import Learner, rows_of
from jaxmotif.data import negatives
from jaxmotif.data.dataset import Dataset, Splits, concatenate
from jaxmotif.data.judge import kinds
from jaxmotif.errors import Failed
from jaxmotif.evaluate import classification
from jaxmotif.models import saved
from jaxmotif.motifs.successive import Part, Search, Taken

# Shuffles of each positive in a test: the more there are, the rarer motifs can be told. Sequences of a
# part, at most: more cost time and change little.
SHUFFLES, MOST = 10, 16000
# Standard errors by which networks have to be better than chance on what is left, for another round: few,
# since a round too many costs time only.
LEFT_ERRORS = 1.0


class Round(NamedTuple):
    """What the networks of one round found.

    Attributes:
      learner: the networks.
      candidates: motifs of their filters.
      taken: those that say something that no motif before has said.
      splits: what the networks were trained on: all of it in the first round, what was left in a later one.
    """

    learner: Learner
    candidates: Candidates
    taken: list[Taken]
    splits: Splits


def search(
    train: Callable[[Splits, pathlib.Path | None], Learner],
    splits: Splits,
    shuffled: bool,
    most: int,
    site_p: float,
    folder: pathlib.Path | None = None,
    seed: int = 0,
) -> list[Round]:
    """Trains networks, takes their motifs, and trains others on what is left, until nothing new is found.

    Args:
      train: (parts, folder of checkpoints) -> networks of one objective.
      splits: labelled parts.
      shuffled: whether the negatives are shuffles of the positives, see `are_shuffles`.
      most: rounds.
      site_p: p-value of sites.
      folder: where later rounds keep theirs, in round_2, round_3, ...; None keeps nothing.
      seed: of the letters in the place of what is taken away.
    """
    own = started(splits, shuffled, seed)
    rounds: list[Round] = []
    left = splits
    for number in range(1, most + 1):
        place = folder if folder is None or number == 1 else folder / f"{saved.LATER_ROUND}{number}"
        try:
            learner = train(left, place)
        except Failed:
            if number == 1:
                raise
            break
        rounds.append(take(own, learner, left, site_p))
        if not rounds[-1].taken:
            break
        taken = [one for past in rounds for one in past.taken]
        left = without(splits, own, taken, shuffled, seed + number)
        if not _knows_more(learner, left.valid):
            break
    return rounds


def _knows_more(learner: Learner, left: Dataset) -> bool:
    """Whether networks still tell the classes apart where their motifs are taken away.

    Their AUROC is compared with 1/2, by the normal approximation of Mann and Whitney's test.
    """
    labels_n = left.known_labels[:, 0]
    positives, others = int((labels_n == 1).sum()), int((labels_n == 0).sum())
    if not positives or not others:
        return False
    auroc = classification.auroc(labels_n, learner.scores(left.sequences).mean(axis=0))
    error = np.sqrt((positives + others + 1) / (12 * positives * others))
    return bool(auroc - 0.5 > LEFT_ERRORS * error)


def are_shuffles(splits: Splits, labelled: bool) -> bool:
    """Returns whether the negatives are shuffles of the positives: ours, or some that the user made."""
    return not labelled or kinds.shuffles(concatenate(splits.parts)) is True


def started(splits: Splits, shuffled: bool, seed: int) -> Search:
    """Returns a search in which nothing is taken yet."""
    # Thresholds need no more negatives than there are; p-values do.
    train = part_of(splits.train, False, seed)
    valid, test = (part_of(part, shuffled, seed) for part in (splits.valid, splits.test))
    return Search(train, valid, test, splits.train.has_complement)


def take(own: Search, learner: Learner, splits: Splits, site_p: float) -> Round:
    """Returns the motifs of some networks that say something of their own."""
    read = candidates.read(learner, splits.train, site_p)
    return Round(learner, read, own.take(read.motifs), splits)


def of_negatives(learner: Learner, splits: Splits, site_p: float, seed: int) -> Round:
    """Returns what the networks know the user's negatives by: one round with the classes exchanged."""
    swap = lambda data: dataclasses.replace(data, labels=1 - data.known_labels)
    train, valid, test = map(swap, splits.parts)
    swapped = dataclasses.replace(splits, train=train, valid=valid, test=test)
    # Taking a filter away costs the same whichever class is called positive, but its sign would turn.
    unmeasured = dataclasses.replace(learner, importance=None)
    return take(started(swapped, False, seed), unmeasured, swapped, site_p)


def part_of(data: Dataset, shuffled: bool, seed: int) -> Part:
    """Returns sequences to test on: at most `MOST`, one of each group and class, evenly spread over the set.

    Where the negatives are shuffles, several of each positive.
    """
    rows = []
    for of_class in (data.is_positive, ~data.is_positive):
        own = np.flatnonzero(of_class)
        own = own[np.sort(np.unique(data.known_group[own], return_index=True)[1])]
        rows.append(own[rows_of(own, MOST // (1 + SHUFFLES) if shuffled else MOST // 2)])
    positives = data.sequences[rows[0]]
    if not shuffled or not len(positives):
        codes = [positives, data.sequences[rows[1]]]
    else:
        codes = [positives, *(negatives.shuffle(positives, seed + 1 + i) for i in range(SHUFFLES))]
    found = np.concatenate(codes)
    return Part(found, np.arange(len(found)) < len(positives))


def without(splits: Splits, own: Search, taken: Sequence[Taken], shuffled: bool, seed: int) -> Splits:
    """Returns the parts with random letters in the place of the motifs' sites, and shuffles made anew."""
    rng = np.random.default_rng(seed)

    def erased(data: Dataset) -> Dataset:
        hit = np.zeros(data.sequences.shape, bool)
        for one in taken:
            hit |= own.covered(data.sequences, one.motif, one.threshold)
        hit &= data.sequences != dna.N
        codes = data.sequences.copy()
        codes[hit] = rng.choice(4, int(hit.sum()), p=np.array(own.background) / sum(own.background))
        return dataclasses.replace(data, sequences=codes)

    def of(data: Dataset) -> Dataset:
        if not shuffled or not len(data):
            return erased(data)
        return negatives.shuffled_negatives(erased(data.positives), seed)

    train, valid, test = map(of, splits.parts)
    return dataclasses.replace(splits, train=train, valid=valid, test=test)
