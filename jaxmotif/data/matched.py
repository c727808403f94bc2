"""Negatives out of the genome: regions outside the peaks that are like them in GC content and repeats."""

from typing import NamedTuple

import numpy as np

from jaxmotif import dna
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import windows
from jaxmotif.data.files.genome import Genome
from jaxmotif.data.files.loci import Loci, touching

# Shares of letters in lower case that part regions into classes: none, some, about half, most.
_REPEATS = (1e-9, 0.25, 0.5, 0.75)
_CLASSES = len(_REPEATS) + 1
# How far a region may be from its peak, one round after the other: other chromosomes, classes of repeats, and
# share of G and C. A peak that none of them serves has no negative.
_NEAR_GC = 0.02
_ROUNDS = (
    (False, 0, _NEAR_GC),
    (False, 1, _NEAR_GC),
    (True, 0, _NEAR_GC),
    (True, 1, _NEAR_GC),
    (False, _CLASSES, 0.05),
)
_PIECE = 1 << 22  # letters looked at at once, which stay in the cache
_GC, _OTHER, _SOFT = np.int64(1), np.int64(1) << 20, np.int64(1) << 40

_KIND = np.full(256, _OTHER, np.int64)
for _letter in b"ACGTUacgtu":
    _KIND[_letter] = _GC * (chr(_letter) in "CGcg")
_KIND[ord("a") : ord("z") + 1] += _SOFT
_KIND_MASKED = _KIND.copy()  # G and C in lower case are no letters then
for _letter in b"cg":
    _KIND_MASKED[_letter] = _SOFT


class Regions(NamedTuple):
    """Regions of one length that do not overlap each other.

    Attributes:
      chromosome: number of each's chromosome, int (N,).
      start: 0-based, int64 (N,).
      gc: share of G and C among letters, float32 (N,).
      repeats: share of letters in lower case, float32 (N,).
    """

    chromosome: np.ndarray
    start: np.ndarray
    gc: np.ndarray
    repeats: np.ndarray


def negatives(
    data: Dataset, loci: Loci, genome: Genome, outside: list[Loci], seed: int, margin: int = 0
) -> Dataset:
    """Returns a region of the genome for each sequence, where there is one that is like it.

    Regions tile the chromosomes on which the sequences lie from a random letter on, so that none overlaps
    another; those that hold N or lie in `outside` are none. Each sequence has the one nearest in GC content
    among those with about as many letters in lower case (repeats) on its own chromosome, else on others; see
    `_ROUNDS`. No region is taken twice.

    Args:
      data: sequences, N.
      loci: where they lie, N, in the genome's own names.
      genome: to take regions from.
      outside: intervals that regions must not overlap, in the genome's own names.
      seed: of where tiles begin, and of what is taken among equals.
      margin: nt that regions keep from `outside`.

    Returns:
      at most N sequences without labels, in the order of the sequences that they are like, with notes of both
      sides' GC content and repeats and of sequences that have none.

    Raises:
      ValueError: if there is no region at all.
    """
    rng = np.random.default_rng([seed, 17])
    names, number = np.unique(loci.chromosome, return_inverse=True)
    number = number.ravel()
    parts = [
        _regions(genome, str(name), own, data.length, _ends(outside, str(name), margin), rng)
        for own, name in enumerate(names)
    ]
    found = Regions(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    wanted = Regions(number, loci.start, *_content(data, loci, genome))
    if genome.repeats == "mask":
        found = Regions(*(column[found.repeats <= windows.MOST_N] for column in found))
    chosen = _assigned(wanted, found, len(names), rng)
    has = chosen >= 0
    if not has.any():
        raise ValueError(
            f"{genome.name} has no region of {data.length} nt outside the peaks that is like one of them in "
            "GC content and repeats: --background=shuffle"
        )
    mine = chosen[has]
    start = found.start[mine]
    # RNA is of one strand, so its regions are read on that of their peak.
    strand = np.full(len(mine), ".") if data.has_complement else loci.strand[has]
    like = Loci(
        names[found.chromosome[mine]], start, start + data.length, strand,
        np.full(len(mine), ""), np.full(len(mine), -1), genome.path,
    )  # fmt: skip
    made = windows.dataset_of(like, windows.letters_of(like, genome))
    return made.with_notes(*_notes(wanted, found, chosen, genome))


def _notes(wanted: Regions, found: Regions, chosen: np.ndarray, genome: Genome) -> list[str]:
    has = chosen >= 0
    mine, same = chosen[has], found.chromosome[chosen[has]] == wanted.chromosome[has]
    shares = [
        f"{name} {ours[has].mean():.3f} of the peaks and {theirs[mine].mean():.3f} of the negatives"
        for name, ours, theirs in (("GC", wanted.gc, found.gc), ("repeats", wanted.repeats, found.repeats))
    ]
    notes = [f"negatives: {has.sum():,} regions of {genome.name} outside the peaks; {', '.join(shares)}"]
    if not found.repeats.any():
        notes.append(f"{genome.name} marks no repeats (letters in lower case): they are not matched")
    apart = np.abs(wanted.gc[has] - found.gc[mine]) > _NEAR_GC
    ours, theirs = (np.digitize(side, _REPEATS) for side in (wanted.repeats[has], found.repeats[mine]))
    for count, what in (
        (apart, f"in GC content by more than {_NEAR_GC:.0%}, up to {_ROUNDS[-1][2]:.0%}"),
        (ours != theirs, "in their class of repeats (none, up to a quarter, half, three quarters, more)"),
    ):
        if count.any():
            notes.append(
                f"negatives that differ from their peak {what}: {int(count.sum()):,} of {len(mine):,}"
            )
    if not same.all():
        notes.append(f"negatives of another chromosome than their peak: {int((~same).sum()):,}")
    if not has.all():
        left = wanted.gc[~has].mean()
        notes.append(
            f"{int((~has).sum()):,} of {len(has):,} peaks (GC {left:.3f}) have no negative: no region that "
            "is left is like them in GC content and repeats"
        )
    return notes


def _ends(outside: list[Loci], name: str, margin: int) -> tuple[np.ndarray, np.ndarray]:
    own = [part.chromosome == name for part in outside]
    start = [part.start[mask] - margin for part, mask in zip(outside, own, strict=True)]
    end = [part.end[mask] + margin for part, mask in zip(outside, own, strict=True)]
    return np.concatenate([np.zeros(0, np.int64), *start]), np.concatenate([np.zeros(0, np.int64), *end])


def _regions(
    genome: Genome, name: str, number: int, length: int, outside, rng: np.random.Generator
) -> Regions:
    """Tiles of a chromosome without N, outside what is given."""
    first = int(rng.integers(0, length))
    count = max(genome.lengths[name] - first, 0) // length
    step = max(_PIECE // length, 1)
    kind = _KIND if genome.repeats == "keep" else _KIND_MASKED
    sums = np.empty(count, np.int64)
    for tile in range(0, count, step):
        last = min(tile + step, count)
        text = genome.text(name, first + tile * length, first + last * length)
        sums[tile:last] = kind[text].reshape(-1, length).sum(axis=1)
    start = first + length * np.arange(count)
    kept = np.flatnonzero((sums & (_SOFT - 1)) < _OTHER)
    kept = kept[~touching(start[kept], start[kept] + length, *outside)]
    lower = sums[kept] >> 40
    read = length if genome.repeats == "keep" else np.maximum(length - lower, 1)
    soft, gc = lower / length, (sums[kept] & (_OTHER - 1)) / read
    return Regions(
        np.full(len(kept), number, np.int32), start[kept], gc.astype(np.float32), soft.astype(np.float32)
    )


def _content(data: Dataset, loci: Loci, genome: Genome) -> tuple[np.ndarray, np.ndarray]:
    """GC among letters and share of lower case of each sequence, float32 (N,)."""
    codes_nl = data.sequences
    letters_n = np.maximum((codes_nl < dna.N).sum(axis=1), 1)
    gc_n = ((codes_nl == 1) | (codes_nl == 2)).sum(axis=1) / letters_n
    soft_n = np.zeros(len(data))
    for row in np.lexsort((loci.start, loci.chromosome)):
        soft_n[row] = genome.soft(str(loci.chromosome[row]), int(loci.start[row]), int(loci.end[row])).mean()
    return gc_n.astype(np.float32), soft_n.astype(np.float32)


def _assigned(wanted: Regions, found: Regions, chromosomes: int, rng: np.random.Generator) -> np.ndarray:
    """Number of a region for each sequence, each taken once; -1 where there is none, int (N,)."""
    chosen, free = np.full(len(wanted.gc), -1), np.ones(len(found.gc), bool)
    ours, theirs = (np.digitize(side.repeats, _REPEATS) for side in (wanted, found))
    for others, classes, tolerance in _ROUNDS:
        if classes == _CLASSES:  # whatever the class
            shifts, ours_now, theirs_now = [0], np.zeros_like(ours), np.zeros_like(theirs)
        else:
            shifts, ours_now, theirs_now = [classes, -classes][: 1 + (classes > 0)], ours, theirs
        for shift in shifts:
            rest = rng.permutation(np.flatnonzero(chosen < 0))
            if not len(rest):
                return chosen
            # Far enough apart that the nearest of another group is beyond any tolerance.
            group = ours_now[rest] + shift
            theirs_group = theirs_now
            if not others:
                width = 3 * _CLASSES
                group, theirs_group = (
                    wanted.chromosome[rest] * width + group,
                    found.chromosome * width + theirs_group,
                )
            candidates = np.flatnonzero(free & np.isin(theirs_group, np.unique(group)))
            keys = 3.0 * theirs_group[candidates] + found.gc[candidates]
            # Among regions of one GC content the order is random.
            order = np.lexsort((rng.random(len(keys)), keys))
            near = _nearest_free(keys[order], 3.0 * group + wanted.gc[rest], tolerance)
            taken = near >= 0
            chosen[rest[taken]] = candidates[order[near[taken]]]
            free[chosen[rest[taken]]] = False
    return chosen


def _nearest_free(keys: np.ndarray, wanted: np.ndarray, tolerance: float) -> np.ndarray:
    """Place among sorted keys of the nearest one that no earlier number took, -1 beyond the tolerance."""
    after: dict[int, int] = {}  # place that is taken -> one nearer to the next free one
    before: dict[int, int] = {}

    def free(links: dict[int, int], place: int) -> int:
        path = []
        while place in links:
            path.append(place)
            place = links[place]
        for one in path:
            links[one] = place
        return place

    chosen = np.full(len(wanted), -1)
    for row, (value, place) in enumerate(
        zip(wanted.tolist(), np.searchsorted(keys, wanted).tolist(), strict=True)
    ):
        high, low = free(after, place), free(before, place - 1)
        above = keys[high] - value if high < len(keys) else np.inf
        below = value - keys[low] if low >= 0 else np.inf
        if min(above, below) <= tolerance:
            nearest = high if above <= below else low
            chosen[row] = nearest
            after[nearest], before[nearest] = nearest + 1, nearest - 1
    return chosen
