"""From sequences to what can be trained on: negatives for positives, and parts that share no sequence."""

from collections.abc import Sequence

from jaxmotif.data import negatives, splits
from jaxmotif.data.dataset import Dataset, Splits


def with_negatives(data: Dataset, seed: int = 0) -> Dataset:
    """Returns positives, each followed by a dinucleotide shuffle of it, with labels 1 and 0.

    Sequences that have no other shuffle are left out, and a note counts them
    (`negatives.shuffled_negatives`).

    Args:
      data: N sequences without labels, or with the label 1 only.
      seed: root of the shuffles.

    Returns:
      up to 2 N sequences with labels (2 N, 1). Both of a pair stay on one side of every split.

    Raises:
      ValueError: if there are negatives already, no sequences, or none that has a shuffle.

    Examples:
      >>> import jaxmotif as jm
      >>> data = jm.Dataset.from_strings(["ACGTTGCATTACGA"])
      >>> jm.with_negatives(data).labels.ravel().tolist()
      [1.0, 0.0]
    """
    if data.labels is not None and not data.is_positive.all():
        count = int((~data.is_positive).sum())
        raise ValueError(f"{count} of {len(data)} sequences are negatives already")
    return negatives.shuffled_negatives(data, seed)


def split(
    data: Dataset,
    seed: int = 0,
    fractions: Sequence[float] = (0.8, 0.1, 0.1),
    by_chromosome: bool = False,
) -> Splits:
    """Returns training, validation and test parts that share no sequence, on either strand.

    Loci that overlap or lie within 100 nt of each other, and sequences that share 40 letters, stay together
    (`judge.groups`).

    Args:
      data: what to divide.
      seed: root of the random parts; unused with `by_chromosome`.
      fractions: shares of the three parts; unused with `by_chromosome`.
      by_chromosome: whether whole chromosomes validate and test: 7, and 8 and 9, where these are there, else
        about a tenth of the sequences each. Needs coordinates in names; `splits.by_chromosome` takes others.

    Raises:
      ValueError: for fractions that do not sum to 1, missing coordinates, or a part without sequences.

    Examples:
      >>> import jaxmotif as jm
      >>> letters = ["".join("ACGT"[i // 4**k % 4] for k in range(4)) for i in range(100)]
      >>> parts = jm.split(jm.Dataset.from_strings(letters))
      >>> len(parts.train), len(parts.valid), len(parts.test)
      (80, 10, 10)
    """
    return splits.by_chromosome(data) if by_chromosome else splits.split(data, seed, fractions)
