"""How neurons are sampled and decoupled, and their words scanned."""

import dataclasses
from typing import Literal

from jaxmotif.config import check

# Walkers are compared in so many groups.
WALKER_GROUPS = 8


@dataclasses.dataclass(frozen=True)
class Sampling:
    """The weighted genetic algorithm (Wei et al. 2021, Methods).

    Attributes:
      population: sequences per neuron; 0: 1000 for every 20 letters of the receptive field, 2000 to 5000.
      generations: most generations.
      patience: generations in a row without a new record of the mean activation after which to stop.
      mutation: "kept": P(letter) ~ max(0, present letter + scale x gradient), as the authors' program;
        "gradient": every letter is drawn from the gradient only, exp where it is negative, as the text says;
        "positions": the text's other reading, the same odds at a few random positions (`mutated`).
      mutated: share of positions that are drawn anew with "positions".
      scale: of the gradient; `relative` to the neuron's own range, so that a network whose
        activations are a hundred times larger is sampled alike.
      relative: see `scale`; it applies to the roulette wheel's fitness too.
      elite: share with the largest activations that is kept.
      preserve: whether these are kept unchanged, or mutated again with all others.
      shifts: "elite": copies of the elite, moved left and right; "random": any sequences.
      shifted: share of the population that is moved, half of it each way.
      rearranged: share of the population, children of crossover, of which two stretches change places or
        one is deleted and another inserted elsewhere: the spacing of motifs changes; 0 in the paper.
      seeds: letters of the motifs that seeds get: "drawn" from their PPM, or its "consensus".
      insertions: motifs of the layer below in every seed; 0: as many as its pool size.
      bins: of equal width over (0, largest activation].
      cap: most sequences of a bin.
      floor: sequences below this share of the neuron's largest activation are left out; 0 in the paper.
      exact_up_to: receptive fields up to this many letters are enumerated, not sampled.
      walk: steps of a Metropolis walk that make the sample representative at every activation, of which the
        second half is sampled; 0: the sample is what the search met, as in the paper.
      doublings: times that the walk is made twice as long at most, until its walkers have mixed.
      walkers: of a neuron, in groups of equal size by where they start.
      mixed: R-hat of these groups up to which the walk counts as mixed.
      polish: best sequences of a neuron that single substitutions improve in the end, until none does.
    """

    population: int = 0
    generations: int = 200
    patience: int = 10
    mutation: Literal["kept", "gradient", "positions"] = "kept"
    mutated: float = 0.05
    scale: float = 8.0
    relative: bool = True
    elite: float = 0.1
    preserve: bool = True
    shifts: Literal["elite", "random"] = "elite"
    shifted: float = 0.2
    rearranged: float = 0.1
    seeds: Literal["drawn", "consensus"] = "drawn"
    insertions: int = 0
    bins: int = 20
    cap: int = 2000
    floor: float = 0.5
    exact_up_to: int = 12
    walk: int = 3200
    doublings: int = 3
    walkers: int = 128
    mixed: float = 1.05
    polish: int = 32

    def __post_init__(self):
        least = dict.fromkeys(("generations", "patience", "bins", "cap"), 1)
        least |= dict.fromkeys(
            ("population", "insertions", "walk", "doublings", "polish", "exact_up_to", "floor"), 0
        )
        least |= {"walkers": 2 * WALKER_GROUPS, "mixed": 1}
        # 12: all 4^12 sequences are enumerated.
        check(
            self,
            at_least=least,
            above={"scale": 0, "mutated": 0},
            at_most={"exact_up_to": 12, "mutated": 1},
            below={"floor": 1},
        )
        if self.walkers % WALKER_GROUPS:
            raise ValueError(f"walkers must be a multiple of {WALKER_GROUPS}, got {self.walkers}")
        if 0 < self.population < 20:
            raise ValueError(f"population must be 0 or at least 20, got {self.population}")
        if not (0 < self.elite and 0 <= self.shifted and self.elite + self.shifted < 1):
            raise ValueError(
                f"elite {self.elite} and shifted {self.shifted} must leave a share for crossover"
            )
        if not 0 <= self.rearranged <= 1 - self.elite - self.shifted:
            raise ValueError(
                f"rearranged {self.rearranged} must be within the share that crossover has, "
                f"{1 - self.elite - self.shifted:.3g}"
            )
        if self.shifts == "elite" and self.shifted > 2 * self.elite:
            raise ValueError(f"only the elite ({self.elite}) is shifted left and right, not {self.shifted}")

    @property
    def walk_most(self) -> int:
        """The most steps of the walk."""
        return self.walk << self.doublings

    def size(self, width: int) -> int:
        """Returns the size of a population on receptive fields of `width` letters."""
        return self.population or min(max(width // 20 * 1000, 2000), 5000)


@dataclasses.dataclass(frozen=True)
class Decoupling:
    """Splitting a neuron's sequences by the positions inside pooling windows.

    Attributes:
      method: "kmeans" as the paper, or "offsets": the places of the pooling winners themselves.
      repeats: times that every pooling is split (the number of hard motifs of a soft one).
      maps: whether sequences are split by the maps below instead, see `leaves.by_maps`: where nothing is
        "unpooled" that it would be split by, "always", or "never", and then such a neuron has one leaf.
      levels: maps that parts are cut by then, at most; each one doubles the leaves there may be.
      features: of k-means: "all" of the feature map, or its "relevant" ones, weighted by how much the
        neuron's activation hangs on them.
      width: features are projected to so many random directions where there are more; 0: never.
      rows: sequences that centres are found from, evenly over activations; all others go to the nearest
        centre. 0: all. Their features are held at once: 12,000 of the widest map of DeepSEA take 2.4 GB. The
        authors' program finds centres from at most 10,000 (100 batches of 100).
      restarts: of k-means from other centres; the smallest inertia wins.
      iterations: of Lloyd's algorithm.
      fewest: a set of fewer sequences is not split further.
      borrow: an empty bin takes the next higher bin's letters, as the authors' program; or it counts nothing.
      draws: sequences drawn from a leaf's PPM for its mean activation.
    """

    method: Literal["kmeans", "offsets"] = "kmeans"
    repeats: int = 1
    maps: Literal["unpooled", "always", "never"] = "unpooled"
    levels: int = 4
    features: Literal["relevant", "all"] = "relevant"
    width: int = 128
    rows: int = 12000
    restarts: int = 3
    iterations: int = 30
    fewest: int = 50
    borrow: bool = False
    draws: int = 100

    def __post_init__(self):
        least = {
            "repeats": 1,
            "levels": 1,
            "width": 0,
            "rows": 0,
            "restarts": 1,
            "iterations": 1,
            "fewest": 2,
            "draws": 1,
        }
        check(self, at_least=least)


@dataclasses.dataclass(frozen=True)
class Scanning:
    """How pairs of words are tried at every distance (`syntax.spacing_scan`).

    Attributes:
      pairs: of each neuron's words that are scanned at most, those of most sequences first; 0: none, and
        distances are those of the sample.
      backgrounds: random sequences that every number is of.
      screening: other ones, on which the place of each distance is chosen.
      placements: places of a distance that are tried at most, evenly over the receptive field.
      share: of backgrounds above 0 from which a distance counts as accepted.
    """

    pairs: int = 6
    backgrounds: int = 200
    screening: int = 8
    placements: int = 16
    share: float = 0.95

    def __post_init__(self):
        least = {"pairs": 0, "backgrounds": 2, "screening": 1, "placements": 1}
        check(self, at_least=least, above={"share": 0}, at_most={"share": 1})


# The text of the paper; it does not say whether every letter is drawn anew, or some.
_TEXT = Sampling(
    population=5000,
    generations=1000,
    mutation="gradient",
    scale=1.0,
    relative=False,
    preserve=True,
    shifts="random",
    rearranged=0.0,
    seeds="consensus",
    insertions=1,
    cap=5000,
    floor=0.0,
    exact_up_to=0,
    walk=0,
    polish=0,
)

SAMPLING = {
    "default": Sampling(),
    "text": _TEXT,
    "text-positions": dataclasses.replace(_TEXT, mutation="positions"),
    # The authors' program.
    "code": Sampling(
        patience=11,
        scale=1.0,
        relative=False,
        preserve=False,
        rearranged=0.0,
        seeds="consensus",
        cap=5000,
        floor=0.0,
        exact_up_to=10,
        walk=0,
        polish=0,
    ),
}

DECOUPLING = {
    "default": Decoupling(),
    "text": Decoupling(maps="never", features="all", width=0),
    "text-positions": Decoupling(maps="never", features="all", width=0),
    "code": Decoupling(maps="never", features="all", width=0, borrow=True),
}
