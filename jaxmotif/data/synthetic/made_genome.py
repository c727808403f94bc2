"""A made genome with peaks: isochores, CpG islands, repeats, gaps, and motifs planted near the summits.

What is not planted at peaks but is of the genome's own, wherever it lies, are GC boxes in CpG islands, and
families of repeats, in lower case: who takes these for motifs of the peaks has looked at wrong negatives.
"""

import dataclasses
import os
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np

from jaxmotif import dna, files
from jaxmotif.motifs.motif import Motif

_ROW, _STRETCH = 2000, 50  # letters of one chain, and chains in a stretch of one GC content
_ISLAND, _EVERY = (500, 1500), 10_000  # nt of an island, and one in so many nt
_BOX, _BOX_EVERY = "GGGGCGGGG", 90  # GC boxes of islands
_FAMILIES = ((300, 0.55), (1000, 0.38), (450, 0.45))  # length and GC of families of repeats
_AWAY = 0.1  # share of letters in which a copy differs from its family
_GAP = 2000  # N at the beginning of each chromosome
_BLACK = 5000  # nt of a region of satellites, in the blacklist
_JITTER = 15  # nt of a planted motif's middle about the summit, one standard deviation
_LAND = 1200  # nt that peaks keep from each other


@dataclasses.dataclass(frozen=True)
class Made:
    """Letters, and what lies where.

    Attributes:
      codes: uint8 of each chromosome, 0..3, 4 is N.
      soft: which letters are in lower case.
      peaks: (chromosome, start, end, name, summit) of each.
      sites: (chromosome, start, end, motif, strand) of each planted motif, 0-based, the end left out.
      islands: (chromosome, start, end).
      blacklist: (chromosome, start, end).
    """

    codes: Mapping[str, np.ndarray]
    soft: Mapping[str, np.ndarray]
    peaks: list[tuple[str, int, int, str, int]]
    sites: list[tuple[str, int, int, str, str]]
    islands: list[tuple[str, int, int]]
    blacklist: list[tuple[str, int, int]]

    def write(self, folder: str | os.PathLike) -> None:
        """Writes genome.fa, peaks.narrowPeak, truth.bed, islands.bed and blacklist.bed into a folder.

        And for each motif MOTIF.narrowPeak, the peaks that have it: classes.
        """
        folder = pathlib.Path(folder)
        records = []
        for name, codes in self.codes.items():
            letters = np.frombuffer(b"ACGTN", np.uint8)[codes] | (0x20 * self.soft[name]).astype(np.uint8)
            text = letters.tobytes().decode()
            records.append(f">{name}\n" + "\n".join(text[i : i + 60] for i in range(0, len(text), 60)) + "\n")
        files.write_text(folder / "genome.fa", "".join(records))
        rows = [
            (chrom, start, end, name, 500, ".", 10, 10, 8, summit - start)
            for chrom, start, end, name, summit in self.peaks
        ]
        parts = {
            (chrom, start // _LAND + step, name)
            for chrom, start, _, name, _ in self.sites
            for step in (-1, 0, 1)
        }
        classes = {
            f"{motif}.narrowPeak": [
                row for row in rows if (row[0], (row[1] + row[-1]) // _LAND, motif) in parts
            ]
            for motif in sorted({site[3] for site in self.sites})
        }
        sites = [(chrom, start, end, name, 0, strand) for chrom, start, end, name, strand in self.sites]
        for file, own in (
            ("peaks.narrowPeak", rows),
            ("truth.bed", sites),
            ("islands.bed", self.islands),
            ("blacklist.bed", self.blacklist),
            *classes.items(),
        ):
            files.write_text(folder / file, "".join("\t".join(map(str, row)) + "\n" for row in own))


def made_genome(
    motifs: Sequence[Motif],
    size: int = 20_000_000,
    chromosomes: int = 10,
    peaks: int = 2000,
    shares: Sequence[float] = (0.7, 0.4),
    in_islands: float = 0.4,
    seed: int = 0,
) -> Made:
    """Makes a genome, and peaks with motifs planted at their summits, on either strand.

    Args:
      motifs: what is planted; each lies in a share of the peaks, side by side where there are two.
      size: letters of the genome.
      chromosomes: of equal length.
      peaks: number of peaks; fewer where there is no room.
      shares: of the peaks that have each motif.
      in_islands: share of the peaks that lie in CpG islands, as far as there are as many islands; a tenth of
        the others lie in repeats.
      seed: of everything drawn.

    Raises:
      ValueError: for other than one share a motif, or chromosomes shorter than 100,000 nt.
    """
    if len(shares) != len(motifs):
        raise ValueError(f"{len(shares)} shares for {len(motifs)} motifs")
    length = size // chromosomes
    if length < 100_000:
        raise ValueError(f"chromosomes of {length:,} nt; at least 100,000 are needed")
    rng = np.random.default_rng(seed)
    families = [_chain(rng, np.full(1, gc), size, 1.0)[0] for size, gc in _FAMILIES]
    codes, soft = {}, {}
    found = Made(codes, soft, [], [], [], [])
    for number in range(chromosomes):
        name = f"chr{number + 1}"
        codes[name], soft[name], islands, repeats = _chromosome(rng, length, families)
        black = int(rng.integers(_GAP, length - _BLACK))
        unit = rng.integers(0, 4, 171, dtype=np.uint8)
        codes[name][black : black + _BLACK] = np.resize(unit, _BLACK)
        soft[name][black : black + _BLACK] = True
        found.blacklist.append((name, black, black + _BLACK))
        found.islands.extend((name, int(start), int(end)) for start, end in islands)
        own = peaks * (number + 1) // chromosomes - peaks * number // chromosomes
        free = (black - _LAND, black + _BLACK + _LAND)
        summits = _summits(rng, own, length, islands, repeats, in_islands, free)
        _plant(rng, found, name, summits, motifs, shares)
    return found


def _chain(rng: np.random.Generator, gc: np.ndarray, length: int, cpg: float) -> np.ndarray:
    """Letters of a first-order chain for each GC content, uint8 (rows, length); CG is so much rarer."""
    base = np.stack([(1 - gc) / 2, gc / 2, gc / 2, (1 - gc) / 2], axis=1)
    steps = np.repeat(base[:, None], 4, axis=1)
    steps[:, 1, 2] *= cpg
    steps /= steps.sum(axis=2, keepdims=True)
    limits = np.cumsum(steps, axis=2)[:, :, :3]
    rows, now = np.arange(len(gc)), np.zeros(len(gc), np.int64)
    codes = np.empty((length, len(gc)), np.uint8)
    for at in range(length):
        now = (rng.random(len(gc))[:, None] > limits[rows, now]).sum(axis=1)
        codes[at] = now
    return codes.T


def _chromosome(rng: np.random.Generator, length: int, families: Sequence[np.ndarray]):
    """Letters, which are in lower case, islands (n, 2), and middles of repeats (m,)."""
    stretches = rng.uniform(0.36, 0.5, -(-length // (_ROW * _STRETCH)))
    codes = _chain(rng, np.repeat(stretches, _STRETCH), _ROW, 0.25).ravel()[:length].copy()
    soft = np.zeros(length, bool)
    middles = []
    # About a third of the letters, as copies of families on either strand, some of them cut off.
    for _ in range(int(0.33 * length / np.mean([len(one) for one in families]))):
        copy = families[int(rng.integers(len(families)))]
        copy = copy[: int(rng.integers(len(copy) // 2, len(copy) + 1))]
        copy = np.where(rng.random(len(copy)) < _AWAY, rng.integers(0, 4, len(copy)), copy).astype(np.uint8)
        start = int(rng.integers(_GAP, length - len(copy)))
        codes[start : start + len(copy)] = copy if rng.random() < 0.5 else dna.reverse_complement(copy)
        soft[start : start + len(copy)] = True
        middles.append(start + len(copy) // 2)
    islands = []
    box = dna.encode([_BOX])[0]
    count = length // _EVERY
    # One in each part of the chromosome, so that they do not touch.
    starts = _GAP + (np.arange(count) * _EVERY + rng.integers(0, _EVERY - 2 * _ISLAND[1], count))
    made = _chain(rng, rng.uniform(0.6, 0.7, count), _ISLAND[1], 1.0)
    for start, size, letters in zip(starts, rng.integers(*_ISLAND, count), made, strict=True):
        if start + size + _LAND > length:
            continue
        own = letters[:size].copy()
        for at in rng.integers(0, size - len(box), size // _BOX_EVERY):
            own[at : at + len(box)] = box if rng.random() < 0.5 else dna.reverse_complement(box)
        codes[start : start + size], soft[start : start + size] = own, False
        islands.append((start, start + size))
    codes[:_GAP] = dna.N
    return codes, soft, np.array(islands).reshape(-1, 2), np.array(middles)


def _summits(rng, count: int, length: int, islands, repeats, in_islands: float, free) -> list[int]:
    """Summits that lie `_LAND` apart and not in `free`; those in islands first."""
    kinds = rng.multinomial(count, [in_islands, (1 - in_islands) * 0.9, (1 - in_islands) * 0.1])
    inside = np.concatenate([rng.integers(start + 150, end - 150, 1) for start, end in islands] or [[]])
    places = [
        (rng.permutation(inside), kinds[0]),
        (rng.permutation(repeats), kinds[2]),
        (rng.integers(_GAP + _LAND, length - _LAND, 20 * count), count),
    ]
    chosen: list[int] = []
    taken = np.zeros(length // _LAND + 2, bool)  # by parts: neighbours are looked at, too
    for candidates, most in places:
        left = min(int(most), count - len(chosen))
        for place in map(int, candidates):
            part = place // _LAND
            if not left:
                break
            outside = not (free[0] < place < free[1]) and _GAP + _LAND < place < length - _LAND
            if outside and not taken[part - 1 : part + 2].any():
                taken[part] = True
                chosen.append(place)
                left -= 1
    return sorted(chosen)


def _plant(rng, found: Made, name: str, summits: Sequence[int], motifs, shares) -> None:
    """Writes motifs about the summits, and adds peaks and sites."""
    codes = found.codes[name]
    for summit in summits:
        occupied: list[tuple[int, int]] = []
        for motif, share in zip(motifs, shares, strict=True):
            if rng.random() >= share:
                continue
            width = len(motif.ppm)
            start = summit + round(float(rng.normal(0, _JITTER))) - width // 2
            # Next to what is there already.
            for low, high in occupied:
                if start < high + 2 and low < start + width + 2:
                    start = high + 2
            letters = (rng.random((width, 1)) > np.cumsum(motif.ppm, axis=1)[:, :3]).sum(axis=1)
            reverse = rng.random() < 0.5
            codes[start : start + width] = dna.reverse_complement(letters) if reverse else letters
            occupied.append((start, start + width))
            found.sites.append((name, start, start + width, motif.name, "-" if reverse else "+"))
        low, high = (int(rng.integers(60, 300)) for _ in range(2))
        number = len(found.peaks) + 1
        found.peaks.append((name, summit - low, summit + high, f"peak{number}", summit))
