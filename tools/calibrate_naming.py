"""Prints how often motifs that are nobody's get a name, and how often known ones get that of their family.

    tools/calibrate_naming [--seed=1] [--repeats=1000] [--database=JASPAR2024]

The rule is `jaxmotif.motifs.naming`; next to it stand the same with E up to .05 and
Tomtom's first match. The limits were chosen on other random motifs of these kinds.
"""

import dataclasses
import sys
from collections.abc import Iterator, Sequence

import numpy as np
from absl import flags

from jaxmotif.motifs import hits, jaspar, naming, tomtom
from jaxmotif.motifs.align import similarities
from jaxmotif.motifs.motif import Motif, trim
from jaxmotif.motifs.ppm import information_content

# Shuffles that are as similar to their motif as this are still that motif.
ALIKE = 0.6
SITES = 50  # behind a noisy matrix, unless the row says otherwise
# Bits a column below which part of a target is a spacer, on average.
SPACER_BITS = 0.35


# What stands next to the rule: (query, hits with E <= .05) -> those that name it.
OTHERS = {
    "the same with E <= .05": lambda query, own: naming.named(
        query, [dataclasses.replace(hit, e=0) for hit in own]
    ),
    "Tomtom, E <= .05": lambda query, own: own,
    "Tomtom, E <= .01": lambda query, own: [hit for hit in own if hit.e <= 0.01],
}


@dataclasses.dataclass(frozen=True)
class Trial:
    """Queries of one kind; `own` has the target that each was made from, nothing for nobody's motifs."""

    name: str
    queries: Sequence[Motif]
    own: Sequence[Motif] = ()


def main(argv: list[str]) -> None:
    values = flags.FlagValues()
    flags.DEFINE_integer("seed", 1, "Of everything random.", flag_values=values)
    flags.DEFINE_integer("repeats", 1000, "Random motifs of each kind.", flag_values=values)
    flags.DEFINE_string("database", "JASPAR2024", "The targets.", flag_values=values)
    values(argv)
    targets = jaspar.database(values.database)
    rng = np.random.default_rng(values.seed)
    print("| motifs | number | named |", *(f" {name} |" for name in OTHERS), sep="")
    print("|---" * (3 + len(OTHERS)) + "|")
    for trial in [*strangers(targets, rng, values.repeats), *relatives(targets, rng)]:
        print(row(trial, targets), flush=True)


def row(trial: Trial, targets: Sequence[Motif]) -> str:
    """Returns the share with a name by each rule; of known motifs also the share named by their family."""
    found = hits.by_query(
        hits.hits(tomtom.match(trial.queries, targets), trial.queries, targets, e_max=0.05),
        len(trial.queries),
    )
    cells = []
    for rule in (naming.named, *OTHERS.values()):
        names = [rule(query, own) for query, own in zip(trial.queries, found, strict=True)]
        text = f"{np.mean([bool(own) for own in names]):.1%}"
        if trial.own:
            right = [bool(n) and related(n[0].target, t) for n, t in zip(names, trial.own, strict=True)]
            text += f", right {np.mean(right):.1%}"
        cells.append(text)
    return " | ".join([f"| {trial.name}", f"{len(trial.queries):,}", *cells]) + " |"


def related(one: Motif, other: Motif) -> bool:
    """Returns whether two targets are of one factor or share a family; dimers are of two families."""
    families = [set(motif.tf_family.split("::")) - {""} for motif in (one, other)]
    return one.alt_name.upper() == other.alt_name.upper() or bool(families[0] & families[1])


def strangers(targets: Sequence[Motif], rng: np.random.Generator, repeats: int) -> Iterator[Trial]:
    """Yields motifs that should have no name."""
    for bits in (0.5, 2, 5, 8, 12):
        yield Trial(f"random, {bits:g} bits", [_random(rng, bits) for _ in range(repeats)])
    for name, letters in (("GC-rich", (0.2, 0.8, 0.8, 0.2)), ("AT-rich", (0.8, 0.2, 0.2, 0.8))):
        yield Trial(f"random {name}, 8 bits", [_random(rng, 8, letters) for _ in range(repeats)])
    shuffles = [
        Motif("shuffle", ppm, target.nsites)
        for target in targets
        for ppm in [rng.permutation(target.ppm) for _ in range(3)]
        if similarities(target.ppm, [ppm])[0][0] < ALIKE
    ]
    yield Trial("shuffled columns", shuffles)
    spacers = list(_spacers(targets))
    yield Trial("spacers of long targets", [Motif("spacer", ppm, 500) for ppm in spacers])
    cores = [_with_core(rng, ppm) for ppm in spacers for _ in range(20)]
    yield Trial("spacers around 8 random bits", [Motif("core", ppm, 500) for ppm in cores])
    weak = [0.6 * ppm + 0.4 * rng.dirichlet([0.3] * 4, len(ppm)) for ppm in spacers for _ in range(20)]
    yield Trial("spacers under weak random columns", [Motif("weak", ppm, 500) for ppm in weak])


def relatives(targets: Sequence[Motif], rng: np.random.Generator) -> Iterator[Trial]:
    """Yields noisy motifs of the database."""
    for sites in (20, 50, 200):
        yield _noisy(f"{sites} sites", targets, rng, [target.ppm for target in targets], sites)
    trimmed = [trim(target, pad=0).ppm for target in targets]
    yield _noisy("without flanks", targets, rng, trimmed)
    yield _noisy("2 to 4 random columns on both sides", targets, rng, [_flanked(rng, t.ppm) for t in targets])
    for share in (0.1, 0.2, 0.3):
        mixed = [(1 - share) * target.ppm + share / 4 for target in targets]
        yield _noisy(f"{share:.0%} background", targets, rng, mixed)
    for width in (6, 7):
        longer = [i for i, ppm in enumerate(trimmed) if len(ppm) >= width + 2]
        first = [trimmed[i][:width] for i in longer]
        yield _noisy(f"first {width} informative columns", [targets[i] for i in longer], rng, first)


def _noisy(name: str, own: Sequence[Motif], rng, ppms: Sequence[np.ndarray], sites: int = SITES) -> Trial:
    counts = [np.array([rng.multinomial(sites, p / p.sum()) for p in ppm]) for ppm in ppms]
    return Trial(name, [Motif("noisy", n / sites, sites) for n in counts], own)


def _flanked(rng, ppm: np.ndarray) -> np.ndarray:
    left, right = (rng.dirichlet([5] * 4, rng.integers(2, 5)) for _ in range(2))
    return np.concatenate([left, ppm, right])


def _random(rng, bits: float, letters: Sequence[float] = (0.5,) * 4) -> Motif:
    """A motif of 6 to 20 Dirichlet columns, made sharper or flatter until it has so many bits in all."""
    ppm = _with_bits(rng.dirichlet(letters, rng.integers(6, 21)), bits)
    return Motif("random", ppm, float(rng.choice([20, 50, 200, 1000])))


def _with_bits(ppm: np.ndarray, bits: float) -> np.ndarray:
    low, high = 0.0, 100.0
    logs = np.log(ppm + 1e-12)
    for _ in range(60):
        power = (low + high) / 2
        found = np.exp(power * (logs - logs.max(axis=1, keepdims=True)))
        found /= found.sum(axis=1, keepdims=True)
        low, high = (power, high) if information_content(found).sum() < bits else (low, power)
    return found


def _spacers(targets: Sequence[Motif]) -> Iterator[np.ndarray]:
    """The flattest 6 to 14 columns of each target that has such a spacer and six columns more."""
    for target in targets:
        bits = information_content(target.ppm)
        for width in (6, 8, 10, 12, 14):
            if target.width >= width + 6:
                sums = np.convolve(bits, np.ones(width), "valid")
                start = int(sums.argmin())
                if sums[start] <= SPACER_BITS * width:
                    yield target.ppm[start : start + width]


def _with_core(rng, ppm: np.ndarray) -> np.ndarray:
    start = rng.integers(0, len(ppm) - 5)
    core = _with_bits(rng.dirichlet([0.5] * 4, 6), 8)
    return np.concatenate([ppm[:start], core, ppm[start + 6 :]])


if __name__ == "__main__":
    main(sys.argv)
