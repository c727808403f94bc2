"""Of which kind negatives are: dinucleotide shuffles of the positives, or sequences of their own."""

import numpy as np

from jaxmotif import dna
from jaxmotif.data.dataset import Dataset

# Above the first share of negatives with the dinucleotide counts of a positive they are shuffles, below the
# second they are not; in between there are both.
SHUFFLES, OTHERS = 0.9, 0.1
# Fewer whole records than this in a class say nothing.
FEWEST = 10
SAMPLE = 5000


def shuffles(data: Dataset) -> bool | None:
    """Returns whether the negatives are dinucleotide shuffles of the positives; None where one cannot tell.

    Only records that were neither cropped nor padded count: of a shuffle that was cropped nothing is kept.
    """
    whole = np.ones(len(data), bool)
    if data.offset is not None and data.record_length is not None:
        whole = (data.offset == 0) & (data.record_length == data.length)
    positive = data.is_positive
    ours, theirs = data.sequences[whole & positive], data.sequences[whole & ~positive]
    if min(len(ours), len(theirs)) < FEWEST:
        return None
    # A part of the negatives tells; of the positives, any may be the source.
    theirs = theirs[np.unique(np.linspace(0, len(theirs) - 1, min(len(theirs), SAMPLE)).astype(int))]
    known = {
        row.tobytes()
        for begin in range(0, len(ours), SAMPLE)
        for row in dinucleotides(ours[begin : begin + SAMPLE])
    }
    share = np.mean([row.tobytes() in known for row in dinucleotides(theirs)])
    return True if share >= SHUFFLES else False if share <= OTHERS else None


def dinucleotides(codes_nl: np.ndarray) -> np.ndarray:
    """Returns how often each two letters follow each other, N counted as a letter, int64 (N, 25)."""
    size = dna.N + 1
    pairs_np = codes_nl[:, :-1].astype(np.int64) * size + codes_nl[:, 1:]
    pairs_np += np.arange(len(codes_nl))[:, None] * size**2
    return np.bincount(pairs_np.ravel(), minlength=len(codes_nl) * size**2).reshape(len(codes_nl), size**2)
