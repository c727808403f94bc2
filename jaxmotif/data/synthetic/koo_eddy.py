"""Synthetic sequences with planted motifs: the benchmark of Koo & Eddy (2019)."""

from collections.abc import Sequence

import numpy as np

from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.data.truth import Truth
from jaxmotif.motifs import jaspar
from jaxmotif.motifs.motif import Motif

# Matrices of JASPAR 2016, CORE vertebrates, by transcription factor, in the order of the labels.
KOO_EDDY_IDS = {
    "Arid3a": "MA0151.1",
    "CEBPB": "MA0466.2",
    "FOSL1": "MA0477.1",
    "Gabpa": "MA0062.2",
    "MAFK": "MA0496.1",
    "MAX": "MA0058.3",
    "MEF2A": "MA0052.3",
    "NFYB": "MA0502.1",
    "SP1": "MA0079.3",
    "SRF": "MA0083.3",
    "STAT1": "MA0137.3",
    "YY1": "MA0095.2",
}
# Probabilities of 1, 2, ... motifs in a sequence. The paper says "1 to 5"; these are what its code
# drew.
COUNT_LAW = (0.50, 0.25, 0.17, 0.05, 0.03)
FRACTIONS = (0.7, 0.1, 0.2)


def koo_eddy_motifs() -> list[Motif]:
    """Returns the twelve motifs of the benchmark from JASPAR 2016, in the order of `KOO_EDDY_IDS`."""
    return jaspar.select(jaspar.load("JASPAR2016"), list(KOO_EDDY_IDS.values()))


def koo_eddy(
    seed: int,
    n: int = 25_000,
    length: int = 200,
    min_gap: int = 1,
    motifs: Sequence[Motif] | None = None,
    count_law: Sequence[float] = COUNT_LAW,
    both_strands: bool = True,
) -> tuple[Dataset, Truth]:
    """Makes random sequences with a few planted motifs each: Koo & Eddy (2019), "Synthetic dataset".

    The number of motifs follows `count_law`; motifs are drawn with replacement, uniform over all
    matrices and both strands, and lie in the order drawn. The gaps before, between and after them
    are uniform numbers scaled to the free length and rounded, drawn anew until they fill it
    exactly. Positions outside motifs are uniform, those inside follow the matrix. A label is 1
    where that motif was planted, on either strand; no sequence is without.

    Args:
      seed: of everything drawn.
      n: number of sequences.
      length: of each, in nt.
      min_gap: least number of nt in each gap, ends included. The paper promises 1; its code allowed
        0.
      motifs: what to plant; default `koo_eddy_motifs()`.
      count_law: probabilities of 1, 2, ... motifs in a sequence.
      both_strands: plant reverse complements too.

    Returns:
      the sequences with labels (n, number of motifs), and the truth, which the data set holds too.

    Raises:
      ValueError: for n < 1, a negative gap, a count law that does not sum to 1, no motifs, or if
        the most motifs allowed do not fit into `length` at their widest.
    """
    motifs = koo_eddy_motifs() if motifs is None else list(motifs)
    law = np.asarray(count_law, dtype=np.float64)
    if n < 1 or min_gap < 0:
        raise ValueError(f"need n >= 1 and min_gap >= 0, got n = {n} and min_gap = {min_gap}")
    if law.ndim != 1 or not np.all(law >= 0) or not abs(law.sum() - 1) < 1e-6:
        raise ValueError(f"count_law must be probabilities that sum to 1, got {tuple(count_law)}")
    if not motifs:
        raise ValueError("no motifs to plant")
    most = int(np.flatnonzero(law)[-1]) + 1
    pool = pool_of(motifs)
    check_fit(pool, most, length, min_gap)
    rng = np.random.default_rng(seed)
    count = 1 + rng.choice(len(law), size=n, p=law / law.sum())
    present = np.arange(len(law)) < count[:, None]
    drawn = rng.integers(len(pool), size=present.shape)
    if not both_strands:
        drawn -= drawn % 2
    codes_nl, truth = plant(rng, np.where(present, drawn, -1), pool, length, min_gap)
    return labelled(truth, codes_nl, motifs), truth


def pool_of(motifs: Sequence[Motif]) -> tuple[np.ndarray, ...]:
    """Returns the matrices of all motifs, each followed by that of its other strand."""
    return tuple(ppm for motif in motifs for ppm in (motif.ppm, motif.ppm[::-1, ::-1]))


def check_fit(pool: Sequence[np.ndarray], most: int, length: int, min_gap: int) -> None:
    """Raises ValueError unless `most` of the widest matrices fit into `length` with their gaps."""
    widest = max(len(ppm) for ppm in pool)
    needed = most * widest + (most + 1) * min_gap
    if needed > length:
        raise ValueError(
            f"{most} motifs of {widest} nt with gaps of {min_gap} need {needed} nt, "
            f"but sequences have {length}"
        )


def plant(
    rng: np.random.Generator, motif_id: np.ndarray, pool: Sequence[np.ndarray], length: int, min_gap: int
) -> tuple[np.ndarray, Truth]:
    """Returns sequences uint8 (n, length) with the matrices `motif_id` (n, M) of `pool`, and the truth.

    -1 pads rows of fewer than M. Gaps and letters are drawn as `koo_eddy` says.
    """
    widths = np.array([len(ppm) for ppm in pool])
    present = motif_id >= 0
    count = present.sum(axis=1)
    width = np.where(present, widths[motif_id], 0)
    free = length - width.sum(axis=1) - (count + 1) * min_gap
    gap = min_gap + _gaps(rng, count, free, motif_id.shape[1])
    start = np.cumsum(gap[:, :-1], axis=1) + np.cumsum(width, axis=1) - width
    truth = Truth(motif_id, np.where(present, start, -1), tuple(pool), length)
    return sample(rng.random((len(motif_id), length)), truth), truth


def _gaps(rng: np.random.Generator, count: np.ndarray, free: np.ndarray, most: int) -> np.ndarray:
    """int (n, most + 1): for each row count + 1 numbers that sum to `free`, then zeros."""
    used = np.arange(most + 1) <= count[:, None]
    gap = np.zeros(used.shape, dtype=np.int64)
    open_rows = np.arange(len(count))
    while open_rows.size:
        u = np.where(used[open_rows], rng.random((open_rows.size, most + 1)), 0.0)
        u *= (free[open_rows] / u.sum(axis=1))[:, None]
        gap[open_rows] = np.rint(u).astype(np.int64)
        open_rows = open_rows[gap[open_rows].sum(axis=1) != free[open_rows]]
    return gap


def sample(uniform: np.ndarray, truth: Truth) -> np.ndarray:
    """Returns sequences drawn from placed motifs: inverse transform sampling, A before C before G before T.

    Args:
      uniform: numbers in [0, 1), (N, L).
      truth: of N sequences of length L.

    Returns:
      uint8 (N, L): everywhere the first letter whose cumulative probability exceeds `uniform`.
    """
    cumulative = np.cumsum(truth.table(), axis=1)
    # Exactly 1 from the last possible letter on, whatever the rounding.
    cumulative /= cumulative[:, 3:]
    columns_nl = truth.columns()
    codes_nl = np.zeros(columns_nl.shape, dtype=np.uint8)
    for letter in range(3):
        codes_nl += uniform >= cumulative[:, letter][columns_nl]
    return codes_nl


def labelled(truth: Truth, codes_nl: np.ndarray, motifs: Sequence[Motif]) -> Dataset:
    """Returns the sequences with labels (N, number of motifs): 1 where the motif was planted at all."""
    labels = np.zeros((len(truth), len(motifs)), dtype=np.float32)
    row, column = np.nonzero(truth.motif_id >= 0)
    labels[row, truth.motif[row, column]] = 1
    return Dataset(
        codes_nl,
        labels,
        truth=truth,
        targets=tuple(motif.alt_name or motif.name for motif in motifs),
    )


def koo_eddy_splits(
    seed: int,
    n: int = 25_000,
    length: int = 200,
    min_gap: int = 1,
    motifs: Sequence[Motif] | None = None,
    **options,
) -> Splits:
    """Makes `koo_eddy` in random order, cut into 0.7 / 0.1 / 0.2: 17,500, 2,500 and 5,000 of 25,000.

    Raises:
      ValueError: as `koo_eddy`, and for n < 10, where a part would be empty.
    """
    if n < 10:
        raise ValueError(f"three parts need n >= 10, got {n}")
    dataset, _ = koo_eddy(seed, n, length, min_gap, motifs, **options)
    return cut(dataset, np.random.default_rng([seed, 1]).permutation(n))


def cut(dataset: Dataset, order: np.ndarray, fractions: Sequence[float] = FRACTIONS) -> Splits:
    """Returns the sequences in `order`, cut by `fractions`; the last part takes what rounding leaves."""
    edges = [round(len(order) * fractions[0]), round(len(order) * (fractions[0] + fractions[1]))]
    return Splits(*(dataset.take(part) for part in np.split(order, edges)))
