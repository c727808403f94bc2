"""The two synthetic tasks of Lee & Koo (2021), "Experimental Overview".

The text leaves open which strands are planted, how the number of motifs is distributed and whether one may
occur twice in Task 1; these are options or, as in Koo & Eddy's benchmark on which both are built: both
strands, uniform counts, with replacement.
"""

import numpy as np

from jaxmotif.data import negatives, splits
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.data.synthetic import koo_eddy
from jaxmotif.data.truth import Truth
from jaxmotif.motifs import jaspar
from jaxmotif.motifs.motif import Motif

TASK1 = tuple(name for name in koo_eddy.KOO_EDDY_IDS if name != "Arid3a")
# The first is in every positive sequence.
TASK2 = ("SRF", "CEBPB", "FOSL1", "MAFK", "MAX", "SP1")


def motifs_of(factors: tuple[str, ...]) -> list[Motif]:
    """Returns the planted motifs of these factors, from JASPAR 2016."""
    ids = [koo_eddy.KOO_EDDY_IDS[name] for name in factors]
    return jaspar.select(jaspar.load("JASPAR2016"), ids)


def task1_splits(
    seed: int,
    n: int = 25_000,
    length: int = 200,
    min_gap: int = 1,
    fewest: int = 3,
    most: int = 5,
    both_strands: int = 1,
) -> Splits:
    """Returns task 1: `fewest` to `most` motifs of eleven factors per sequence, labels (N, 11), .7 / .1 / .2.

    Args:
      seed: of everything drawn.
      n: number of sequences in all.
      length: of each, in nt.
      min_gap: least number of nt around each motif.
      fewest, most: the number of motifs in a sequence is uniform between them.
      both_strands: 0 plants motifs as given, 1 their reverse complements too.

    Raises:
      ValueError: as `koo_eddy.koo_eddy_splits`, and unless 1 <= fewest <= most.
    """
    if not 1 <= fewest <= most:
        raise ValueError(f"need 1 <= fewest <= most, got fewest = {fewest} and most = {most}")
    law = np.where(np.arange(1, most + 1) >= fewest, 1.0, 0.0) / (most - fewest + 1)
    return koo_eddy.koo_eddy_splits(
        seed, n, length, min_gap, motifs_of(TASK1), count_law=law, both_strands=bool(both_strands)
    )


def task2_splits(
    seed: int,
    n: int = 25_000,
    length: int = 200,
    min_gap: int = 1,
    fewest: int = 1,
    most: int = 3,
    both_strands: int = 1,
) -> Splits:
    """Makes task 2: SRF and `fewest` to `most` of five others in every positive; negatives are shuffles.

    Half of the `n` sequences are positives, each with one exact dinucleotide shuffle, labels (N, 1). The
    two are one group and stay on one side of the split into .7 / .1 / .2. The others are drawn with
    replacement; SRF lies at a random place among them. A negative's truth is empty.

    Args:
      seed, length, min_gap, both_strands: as in `task1_splits`.
      n: number of sequences in all, even.
      fewest, most: number of motifs beside SRF.

    Raises:
      ValueError: for n below 20 or odd, unless 0 <= fewest <= most, or if they do not fit.
    """
    if n < 20 or n % 2:
        raise ValueError(f"need an even n of at least 20, got n = {n}")
    if not 0 <= fewest <= most or min_gap < 0:
        raise ValueError(
            f"need 0 <= fewest <= most and min_gap >= 0, got fewest = {fewest}, most = {most}, "
            f"min_gap = {min_gap}"
        )
    pool = koo_eddy.pool_of(motifs_of(TASK2))
    koo_eddy.check_fit(pool, most + 1, length, min_gap)
    rng = np.random.default_rng(seed)
    half = n // 2
    others = rng.integers(fewest, most + 1, size=half)
    columns = np.arange(most + 1)
    drawn = 2 * rng.integers(1, len(TASK2), size=(half, most + 1))
    place = rng.integers(0, others + 1)
    drawn = np.where(columns == place[:, None], 0, drawn)
    if both_strands:
        drawn += rng.integers(0, 2, size=drawn.shape)
    codes_nl, truth = koo_eddy.plant(
        rng, np.where(columns <= others[:, None], drawn, -1), pool, length, min_gap
    )
    labelled = negatives.shuffled_negatives(Dataset(codes_nl), seed)
    # Sequence, shuffle, sequence, ...; `group` is the row of the sequence.
    empty = (labelled.known_labels[:, :1] < 0.5).repeat(most + 1, axis=1)
    both = truth.take(labelled.group)
    truth = Truth(np.where(empty, -1, both.motif_id), np.where(empty, -1, both.start), pool, length)
    whole = Dataset(
        labelled.sequences,
        labelled.labels,
        labelled.names,
        labelled.targets,
        group=labelled.group,
        truth=truth,
        notes=labelled.notes,
    )
    return splits.split(whole, seed, koo_eddy.FRACTIONS)
