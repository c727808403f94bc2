"""Sequences whose motifs are known: planted, by a rule, next to decoys, or none. All are functions of a seed.

Backgrounds are such that nothing but what is planted tells positives from negatives: random letters, or
dinucleotide shuffles of real sequences, whose shuffles are like themselves. (Real sequences are not: what
dinucleotides do not keep, as repeats, tells them from their shuffles, and is no error of a method.)
"""

import dataclasses
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from experiments.truth import rules
from jaxmotif.data import negatives
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.synthetic import koo_eddy
from jaxmotif.data.truth import Truth
from jaxmotif.motifs import align, cores
from jaxmotif.motifs.motif import Motif

# Shares of the positives with the main motif, with each of the others, and of both classes with a decoy.
MAIN, WEAK, DECOY = (0.5, 0.9), (0.02, 0.2), (0.3, 0.6)
FEWEST_WEAK, MOST_WEAK = 2, 4
# Of sets with a rule: share of the positives with the main motif's partner, and share of these that keep it.
PARTNER, KEEPING = (0.1, 0.2), (0.5, 1.0)
# Planted motifs that are more alike could not be told apart in a list.
ALIKE = 0.5
# Repeats of a control: units of so many letters, of so much in all, in this share of the sequences.
UNIT, REPEAT, WITH_REPEAT = (1, 4), (12, 30), 0.4


class Planted(NamedTuple):
    """A motif that lies in a known share of the positives.

    Attributes:
      name: of its factor.
      motif: without flat flanks.
      share: of the positives that were meant to have it.
      decoy: whether it is as frequent in the negatives, so that it tells nothing.
    """

    name: str
    motif: Motif
    share: float
    decoy: bool = False


@dataclasses.dataclass(frozen=True, eq=False)
class MadeSet:
    """Sequences and what is true of them.

    Attributes:
      name: of the set.
      kind: "planted in random", ...: sets of one kind are averaged.
      data: labelled if it brings its negatives; else positives, and `discover` makes shuffles.
      planted: the motifs in it, the main one first; () for a control.
      rule: that two of them keep, or None.
    """

    name: str
    kind: str
    data: Dataset
    planted: tuple[Planted, ...] = ()
    rule: rules.Rule | None = None

    @property
    def labelled(self) -> bool:
        """Returns whether the negatives are given."""
        return self.data.labels is not None


class Size(NamedTuple):
    """How many sequences a class has, and how long they are (nt)."""

    sequences: int
    length: int


def make(kind: str, number: int, seed: int, size: Size, source: np.ndarray | None = None) -> MadeSet:
    """Returns set `number` of a kind.

    Args:
      kind: of `PLANTED` or `CONTROLS`.
      number: of the set, from 0.
      seed: root of everything random; sets of other kinds and numbers have other random numbers.
      size: of each class.
      source: uint8 (S, L') sequences, L' at least the length, of which backgrounds are shuffles; None takes
        letters of an order-2 Markov chain.

    Raises:
      ValueError: for an unknown kind, or sources shorter than the sequences.
    """
    known = {**PLANTED, **CONTROLS}
    if kind not in known:
        raise ValueError(f"unknown kind {kind!r}; known: {', '.join(known)}")
    rng = np.random.default_rng([seed, number, zlib.crc32(kind.encode())])
    return MadeSet(name_of(kind, number), kind, *known[kind](rng, size, source))


def name_of(kind: str, number: int) -> str:
    """Returns the name of a set, "planted-in-random-001"."""
    return f"{kind.replace(' ', '-')}-{number + 1:03}"


def _planted(background: Callable) -> Callable:
    def made(rng, size: Size, source):
        chosen = choose(rng)
        codes, truth = plant(rng, chosen, background(rng, size, source))
        return Dataset(codes, truth=truth), chosen

    return made


def _with_rule(background: Callable) -> Callable:
    def made(rng, size: Size, source):
        sides: list[int] = []
        while sides[:1] != [0] or len(sides) < 2:
            chosen = list(choose(rng))
            sides = [i for i, one in enumerate(chosen) if rules.has_sides(one.motif)]
        partner = sides[1]
        chosen[partner] = chosen[partner]._replace(share=float(rng.uniform(*PARTNER)))
        rule = rules.draw(rng, (0, partner), chosen[partner].share * float(rng.uniform(*KEEPING)))
        present = _present(rng, chosen, np.ones(size.sequences, bool))
        present, holds = rules.together(rng, rule, present)
        motifs = [one.motif for one in chosen]
        codes, truth = rules.plant(rng, motifs, rule, present, holds, background(rng, size, source))
        return Dataset(codes, truth=truth), tuple(chosen), rule

    return made


def _with_decoy(background: Callable) -> Callable:
    def made(rng, size: Size, source):
        *chosen, last = choose(rng, 1)
        decoy = last._replace(share=float(rng.uniform(*DECOY)), decoy=True)
        twice = Size(2 * size.sequences, size.length)
        positive = np.arange(twice.sequences) < size.sequences
        codes, truth = plant(rng, [*chosen, decoy], background(rng, twice, source), positive)
        return Dataset(codes, positive.astype(np.float32), truth=truth), (*chosen, decoy)

    return made


def _nothing(background: Callable, labelled: bool = False) -> Callable:
    def made(rng, size: Size, source):
        if not labelled:
            return Dataset(background(rng, size, source)), ()
        codes = background(rng, Size(2 * size.sequences, size.length), source)
        return Dataset(codes, (np.arange(len(codes)) < size.sequences).astype(np.float32)), ()

    return made


def choose(rng: np.random.Generator, more: int = 0) -> tuple[Planted, ...]:
    """Returns a main motif and 2 to 4 weak ones of the twelve factors of Koo & Eddy (2019), and `more`.

    Shares are uniform in `MAIN`, and in the logarithm in `WEAK`. No two are alike.
    """
    names, motifs = list(koo_eddy.KOO_EDDY_IDS), koo_eddy.koo_eddy_motifs()
    own = [dataclasses.replace(motif, ppm=motif.ppm[slice(*cores.core(motif))]) for motif in motifs]
    count = 1 + int(rng.integers(FEWEST_WEAK, MOST_WEAK + 1)) + more
    chosen: list[int] = []
    for i in rng.permutation(len(own)).tolist():
        if len(chosen) < count and not _alike(own[i], [own[j] for j in chosen]):
            chosen.append(i)
    weak = np.exp(rng.uniform(*np.log(WEAK), size=count - 1))
    shares = [float(rng.uniform(*MAIN)), *weak.tolist()]
    return tuple(Planted(names[i], own[i], share) for i, share in zip(chosen, shares, strict=True))


def _alike(motif: Motif, others: Sequence[Motif]) -> bool:
    return bool(others) and align.similarities(motif.ppm, [one.ppm for one in others])[0].max() > ALIKE


def plant(
    rng: np.random.Generator,
    planted: Sequence[Planted],
    background_nl: np.ndarray,
    positive: np.ndarray | None = None,
) -> tuple[np.ndarray, Truth]:
    """Returns sequences with motifs at random places on random strands, uint8 (N, L), and where they lie.

    Exactly round(share N) positives have each, drawn independently of the other motifs; of a decoy as many
    negatives, too. Motifs do not overlap.

    Args:
      rng: of what is drawn.
      planted: the motifs.
      background_nl: letters around them, uint8 (N, L).
      positive: bool (N,); None: all.
    """
    count, length = background_nl.shape
    positive = np.ones(count, bool) if positive is None else positive
    present = _present(rng, planted, positive)
    # In random order along the sequence, those that are there first.
    order = np.argsort(rng.random(present.shape) + ~present, axis=1)
    ids = np.where(present, 2 * np.arange(len(planted)) + rng.integers(0, 2, present.shape), -1)
    pool = koo_eddy.pool_of([one.motif for one in planted])
    needed = sum(one.motif.width for one in planted) + len(planted) + 1
    if needed > length:
        raise ValueError(f"{len(planted)} motifs need {needed} nt, but sequences have {length}")
    sites_nl, truth = koo_eddy.plant(rng, np.take_along_axis(ids, order, axis=1), pool, length, 1)
    return np.where(truth.columns() > 0, sites_nl, background_nl).astype(np.uint8), truth


def _present(rng: np.random.Generator, planted: Sequence[Planted], positive: np.ndarray) -> np.ndarray:
    """Which sequences have which motif, bool (N, motifs): the stated shares, each drawn by itself."""
    present = np.zeros((len(positive), len(planted)), bool)
    for column, one in enumerate(planted):
        for of_class in [positive] + [~positive] * one.decoy:
            rows = np.flatnonzero(of_class)
            present[rng.choice(rows, round(one.share * len(rows)), replace=False), column] = True
    return present


def random_letters(rng: np.random.Generator, size: Size, source=None) -> np.ndarray:
    """Returns independent letters, all equally likely, uint8 (N, L)."""
    return rng.integers(0, 4, size, dtype=np.uint8)


def at_rich(rng: np.random.Generator, size: Size, source=None) -> np.ndarray:
    """Returns independent letters, four of five A or T."""
    return rng.choice(4, size, p=[0.4, 0.1, 0.1, 0.4]).astype(np.uint8)


def cpg_rich(rng: np.random.Generator, size: Size, source=None) -> np.ndarray:
    """Returns letters of a first-order Markov chain, two of three C or G, and G after C more often still.

    A dinucleotide shuffle of such a sequence is as likely as the sequence.
    """
    steps = np.tile([0.17, 0.33, 0.33, 0.17], (4, 1))
    steps[1] = [0.12, 0.22, 0.54, 0.12]
    return _chain(rng, size, steps[None].repeat(4, 0))


def shuffles(rng: np.random.Generator, size: Size, source: np.ndarray | None = None) -> np.ndarray:
    """Returns dinucleotide shuffles of pieces of real sequences, or of an order-2 Markov chain's letters."""
    if source is None:
        # Some words three times as frequent as others, as in genomes.
        steps = rng.dirichlet(np.full(4, 6.0), (4, 4))
        codes = _chain(rng, size, steps)
    else:
        if source.shape[1] < size.length:
            raise ValueError(
                f"backgrounds of {source.shape[1]} nt are shorter than the {size.length} nt of a set"
            )
        codes = _pieces(rng, size, source)
    return negatives.shuffle(codes, int(rng.integers(2**31)))


def _pieces(rng: np.random.Generator, size: Size, source: np.ndarray) -> np.ndarray:
    """Random pieces, of sequences that differ as long as there are enough."""
    rows = np.concatenate([rng.permutation(len(source)) for _ in range(-(-size.sequences // len(source)))])[
        : size.sequences
    ]
    starts = rng.integers(0, source.shape[1] - size.length + 1, size.sequences)
    return source[rows[:, None], starts[:, None] + np.arange(size.length)]


def repeats(rng: np.random.Generator, size: Size, source=None) -> np.ndarray:
    """Returns random letters in which some sequences have a repeat of 12 to 30 nt, as (CA)n or A's."""
    codes = random_letters(rng, size)
    for row in np.flatnonzero(rng.random(size.sequences) < WITH_REPEAT):
        unit = rng.integers(0, 4, int(rng.integers(UNIT[0], UNIT[1] + 1)))
        width = int(rng.integers(REPEAT[0], REPEAT[1] + 1))
        start = int(rng.integers(0, size.length - width + 1))
        codes[row, start : start + width] = np.resize(unit, width)
    return codes


def _chain(rng: np.random.Generator, size: Size, steps: np.ndarray) -> np.ndarray:
    """Letters that depend on the two before: steps (4, 4, 4), probabilities of the next letter."""
    until, uniform = np.cumsum(steps, axis=2), rng.random(size)
    until[:, :, -1] = 1.0
    codes = rng.integers(0, 4, size, dtype=np.uint8)
    for place in range(1, size.length):
        known = until[codes[:, max(place - 2, 0)], codes[:, place - 1]]
        codes[:, place] = (uniform[:, place, None] >= known).sum(axis=1)
    return codes


PLANTED: Mapping[str, Callable] = {
    "planted in random": _planted(random_letters),
    "planted in shuffles": _planted(shuffles),
    "decoys in random": _with_decoy(random_letters),
    "decoys in shuffles": _with_decoy(shuffles),
    "rules in random": _with_rule(random_letters),
    "rules in shuffles": _with_rule(shuffles),
}
CONTROLS: Mapping[str, Callable] = {
    "random": _nothing(random_letters),
    "CpG-rich": _nothing(cpg_rich),
    "AT-rich": _nothing(at_rich),
    "shuffles": _nothing(shuffles, labelled=True),
    "repeats": _nothing(repeats, labelled=True),
}
