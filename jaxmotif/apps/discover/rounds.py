"""Round after round: what the motifs found so far explain is taken away, and networks learn the rest."""

import dataclasses
import pathlib
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif import dna
from jaxmotif.apps.discover import candidates
from jaxmotif.apps.discover.candidates import Candidates
from jaxmotif.apps.discover.learner import Learner, rows_of
from jaxmotif.apps.discover.settings import FILTERS, SEQLETS, WORDS
from jaxmotif.apps.progress import PLAIN_INTERVAL
from jaxmotif.data import negatives
from jaxmotif.data.dataset import Dataset, Splits, concatenate
from jaxmotif.data.judge import kinds
from jaxmotif.errors import Failed
from jaxmotif.evaluate import classification
from jaxmotif.interpret import erasure, seqlets
from jaxmotif.models import saved
from jaxmotif.motifs.evidence import Effect
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.successive import TAKEN_P, Part, Search, Taken

# Shuffles of each positive where motifs are looked for, and where they are tested: the more there are, the
# rarer motifs can be told. Sequences of a part, at most: more cost time and change little.
SOUGHT, TESTED, MOST = 4, 10, 50_000
# Standard errors by which networks have to be better than chance on what is left, for another round: few,
# since a round too many costs time only.
LEFT_ERRORS = 1.0
# p up to which motifs are sure.
SURE_P = 1e-6


class Plan(NamedTuple):
    """How motifs are looked for.

    Attributes:
      shuffled: whether the negatives are shuffles of the positives, see `are_shuffles`.
      rounds: of training, at most.
      readings: where candidates come from, see `settings.READINGS`.
      site_p: p-value of sites.
      seed: of shuffles, and of the letters in the place of what is taken away.
    """

    shuffled: bool
    rounds: int = 1
    readings: tuple[str, ...] = (FILTERS, WORDS)
    site_p: float = 1e-4
    seed: int = 0


class Round(NamedTuple):
    """What the networks of one round found.

    Attributes:
      learner: the networks.
      candidates: motifs of their filters, and words.
      taken: those that say something that no motif before has said.
      splits: what the networks were trained on: all of it in the first round, what was left in a later one.
      effects: what the networks make of the sites of each, in the held-out positives; None where not known.
    """

    learner: Learner
    candidates: Candidates
    taken: list[Taken]
    splits: Splits
    effects: list[Effect | None]


def search(
    train: Callable[[Splits, pathlib.Path | None], Learner],
    splits: Splits,
    plan: Plan,
    folder: pathlib.Path | None = None,
) -> list[Round]:
    """Trains networks, takes their motifs, and trains others on what is left, until nothing new is found.

    Args:
      train: (parts, folder of checkpoints) -> networks of one objective.
      splits: labelled parts.
      plan: how motifs are looked for.
      folder: where later rounds keep theirs, in round_2, round_3, ...; None keeps nothing.
    """
    own = started(splits, plan)
    rounds: list[Round] = []
    left = splits
    for number in range(1, plan.rounds + 1):
        place = folder if folder is None or number == 1 else folder / f"{saved.LATER_ROUND}{number}"
        try:
            learner = train(left, place)
        except Failed:
            if number == 1:
                raise
            break
        print(f"looking for motifs: {', '.join(plan.readings)}", file=sys.stderr, flush=True)
        rounds.append(take(own, learner, left, plan))
        print(f"{len(rounds[-1].taken)} motifs found and tested", file=sys.stderr, flush=True)
        if number == plan.rounds or not rounds[-1].taken:
            break
        taken = [one for past in rounds for one in past.taken]
        left = without(splits, own, taken, plan.shuffled, plan.seed + number)
        if not knows_more(learner, left.valid):
            break
    return rounds


def knows_more(learner: Learner, left: Dataset) -> bool:
    """Returns whether networks still tell the classes apart where their motifs are taken away.

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


def started(splits: Splits, plan: Plan) -> Search:
    """Returns a search in which nothing is taken yet."""
    shuffles = (SOUGHT, TESTED, TESTED) if plan.shuffled else (0, 0, 0)
    train, valid, test = (
        part_of(part, count, plan.seed) for part, count in zip(splits.parts, shuffles, strict=True)
    )
    return Search(train, valid, test, splits.train.has_complement)


def take(own: Search, learner: Learner, splits: Splits, plan: Plan) -> Round:
    """Returns the motifs of some networks, and over-represented words, that say something of their own.

    Words are counted again in what those that were taken leave, until none of them says anything; weak motifs
    are taken when the sure ones are hidden, since what is left of these looks like a weak one.
    """
    read = Candidates([], [], 0, 0, 0)
    if FILTERS in plan.readings:
        read = candidates.read(learner, splits.train, plan.site_p)
    among: dict[str, np.ndarray | None] = {}
    if SEQLETS in plan.readings and learner.contributions is not None:
        among[SEQLETS] = seqlets.attended(learner.contributions(own.train.codes), own.train.positive)
    if WORDS in plan.readings:
        among[WORDS] = None
    counted: dict[str, list[Motif]] = {name: [] for name in among}
    left, taken = dict(enumerate(read.motifs)), []
    told = Looks()
    for most_p in (SURE_P, TAKEN_P) if among else (TAKEN_P,):
        filters, more = left, True
        while more:
            words = {name: dict(enumerate(own.words(letters))) for name, letters in among.items()}
            more = _taken(own, {FILTERS: filters, **words}, most_p)
            taken += more
            told(len(taken))
            for name, found in words.items():
                counted[name] += found.values()
            for one in more:
                if one.reading == FILTERS:
                    del left[one.index]
            filters = {}
            more = more if among else []
    effects = _effects(learner, splits.test.positives, taken, own.background)
    return Round(learner, read._replace(words=counted), taken, splits, effects)


class Looks:
    """Tells of looks for motifs that take long: how many there will be hangs on what they find."""

    def __init__(self):
        self._begin = self._last = time.monotonic()
        self._next = self._begin + PLAIN_INTERVAL

    def __call__(self, found: int) -> None:
        """Tells, after each look, how many motifs there are so far."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + PLAIN_INTERVAL
            print(
                f"looking for motifs: {found} so far, {now - self._begin:.0f} s; the last look took "
                f"{now - self._last:.0f} s, and there are more as long as they find some",
                file=sys.stderr,
                flush=True,
            )
        self._last = now


def _taken(own: Search, found: Mapping[str, Mapping[int, Motif]], most_p: float) -> list[Taken]:
    """What is taken of the candidates of some readings, each with its number within these."""
    source = [(name, i) for name, motifs in found.items() for i in motifs]
    taken = own.take([motif for motifs in found.values() for motif in motifs.values()], most_p)
    return [one._replace(reading=source[one.index][0], index=source[one.index][1]) for one in taken]


def _effects(learner: Learner, positives: Dataset, taken: list[Taken], background) -> list[Effect | None]:
    if learner.contributions is None or not len(positives):  # without labels a score has no unit
        return [None] * len(taken)
    score = lambda codes: learner.scores(codes).mean(axis=0)
    return [erasure.effect(score, positives.sequences, one.motif, one.threshold, background) for one in taken]


def of_negatives(learner: Learner, splits: Splits, plan: Plan) -> Round:
    """Returns what the networks know the user's negatives by: one round with the classes exchanged."""
    swapped = exchanged(splits)
    # Taking a filter away costs the same whichever class is called positive, but signs would turn.
    unmeasured = dataclasses.replace(learner, importance=None, contributions=None)
    plan = plan._replace(shuffled=False)
    return take(started(swapped, plan), unmeasured, swapped, plan)


def exchanged(splits: Splits) -> Splits:
    """Returns the parts with the negatives as positives and the other way round."""
    train, valid, test = (dataclasses.replace(data, labels=1 - data.known_labels) for data in splits.parts)
    return dataclasses.replace(splits, train=train, valid=valid, test=test)


def part_of(data: Dataset, shuffles: int, seed: int) -> Part:
    """Returns sequences to look or test on: at most `MOST`, one of each group and class, evenly spread.

    Args:
      data: labelled sequences.
      shuffles: of each positive, in the place of the negatives; 0 takes the negatives that there are.
      seed: of the shuffles.
    """
    rows = []
    for of_class in (data.is_positive, ~data.is_positive):
        own = np.flatnonzero(of_class)
        own = own[np.sort(np.unique(data.known_group[own], return_index=True)[1])]
        rows.append(own[rows_of(own, MOST // (1 + (shuffles or 1)))])
    positives = data.sequences[rows[0]]
    if not shuffles or not len(positives):
        codes = [positives, data.sequences[rows[1]]]
    else:
        codes = [positives, *(negatives.shuffle(positives, seed + 1 + i) for i in range(shuffles))]
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
