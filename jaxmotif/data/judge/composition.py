"""What length, N, GC content and dinucleotides tell about the class of a sequence, without any motif."""

import numpy as np

from jaxmotif import dna
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.judge.kinds import dinucleotides

# Added to the variance of standardised features, so that features that depend on each other do no harm.
_RIDGE = 1e-3
# Places of a dinucleotide and of the one on the other strand: AC and GT are one feature, 10 in all.
_OTHER = np.array([[(3 - j) * 4 + 3 - i for j in range(4)] for i in range(4)]).ravel()
_CHUNK = 8192  # sequences counted at once, which bounds memory
_FIRST = np.flatnonzero(np.arange(16) <= _OTHER)


def properties(data: Dataset) -> dict[str, np.ndarray]:
    """Returns what is measured of sequences by name, each (N, features).

    "length" and "N" are those of `visible`; "GC" is the share of G and C and its square; "dinucleotides" are
    10 shares, of both strands (RNA: 16, of one).
    """
    shares = [
        _content(data.sequences[begin : begin + _CHUNK], data.has_complement)
        for begin in range(0, len(data), _CHUNK)
    ]
    gc_n, both_nd = (np.concatenate(own) for own in zip(*shares, strict=True))
    return {**visible(data), "GC": np.column_stack([gc_n, gc_n**2]), "dinucleotides": both_nd}


def visible(data: Dataset) -> dict[str, np.ndarray]:
    """Returns what a network sees of a record's length and of its N, each (N, features).

    "length" is that of the record inside the row: letters of padding on the left and on the right, and the
    square of their sum; "N" counts letters other than A, C, G and T inside it, and runs of them.
    """
    pads_n2 = padding(data)
    places = np.arange(data.length)
    inside_nl = (places >= pads_n2[:, :1]) & (places < data.length - pads_n2[:, 1:])
    n_nl = (data.sequences >= dna.N) & inside_nl
    begins_n = n_nl[:, 0] + (n_nl[:, 1:] & ~n_nl[:, :-1]).sum(axis=1)
    return {
        "length": np.column_stack([pads_n2, pads_n2.sum(axis=1) ** 2]).astype(float),
        "N": np.column_stack([n_nl.sum(axis=1), begins_n]).astype(float),
    }


def _content(codes_nl: np.ndarray, both: bool) -> tuple[np.ndarray, np.ndarray]:
    """Share of G and C, (N,), and of each dinucleotide of both strands, (N, 10), or of one, (N, 16)."""
    letters_n = np.maximum((codes_nl < dna.N).sum(axis=1), 1)
    gc_n = ((codes_nl == 1) | (codes_nl == 2)).sum(axis=1) / letters_n
    counts_nd = dinucleotides(codes_nl).reshape(-1, 5, 5)[:, :4, :4].reshape(-1, 16)
    if both:
        counts_nd = (counts_nd + counts_nd[:, _OTHER])[:, _FIRST]
    return gc_n, counts_nd / np.maximum(counts_nd.sum(axis=1, keepdims=True), 1)


def padding(data: Dataset) -> np.ndarray:
    """Returns letters that do not belong to the record, on the left and on the right, int64 (N, 2).

    Where nothing is known of records, these are the N at both ends.
    """
    if data.offset is not None and data.record_length is not None:
        right_n = data.length + data.offset - data.record_length
        return np.maximum(np.column_stack([-data.offset, right_n]), 0)
    letter_nl = data.sequences < dna.N
    none_n = ~letter_nl.any(axis=1)
    left_n, right_n = letter_nl.argmax(axis=1), letter_nl[:, ::-1].argmax(axis=1)
    return np.column_stack([np.where(none_n, data.length, left_n), np.where(none_n, 0, right_n)])


def discriminant(train_nf: np.ndarray, labels_n: np.ndarray, test_nf: np.ndarray) -> np.ndarray:
    """Returns Fisher's linear discriminant (1936), fitted on training rows, of test rows, larger for label 1.

    Args:
      train_nf: features (N, F).
      labels_n: bool (N,), both classes.
      test_nf: features (M, F).

    Returns:
      float64 (M,); zeros where no feature varies.
    """
    x_nf, z_mf = _standardised(train_nf, test_nf)
    if not x_nf.shape[1]:
        return np.zeros(len(test_nf))
    means = [x_nf[labels_n].mean(axis=0), x_nf[~labels_n].mean(axis=0)]
    centred_nf = x_nf - np.where(labels_n[:, None], means[0], means[1])
    within_ff = centred_nf.T @ centred_nf / len(x_nf) + _RIDGE * np.eye(x_nf.shape[1])
    weights = np.linalg.solve(within_ff, means[0] - means[1])
    # Rounded, so that equal rows stay equal whatever the order of a sum.
    return np.round(z_mf @ weights, 9)


def regression(train_nf: np.ndarray, values_n: np.ndarray, test_nf: np.ndarray) -> np.ndarray:
    """Returns the linear regression of values on features, fitted on training rows, of test rows, (M,).

    Args:
      train_nf: features (N, F).
      values_n: (N,).
      test_nf: features (M, F).
    """
    x_nf, z_mf = _standardised(train_nf, test_nf)
    middle = values_n.mean()
    within_ff = x_nf.T @ x_nf / len(x_nf) + _RIDGE * np.eye(x_nf.shape[1])
    weights = np.linalg.solve(within_ff, x_nf.T @ (values_n - middle) / len(x_nf))
    return np.round(z_mf @ weights, 9) + middle


def _standardised(train_nf: np.ndarray, test_nf: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Features that vary, of training rows with mean 0 and deviation 1, and those of test rows alike."""
    mean, spread = train_nf.mean(axis=0), train_nf.std(axis=0)
    varies = spread > 1e-12 * np.maximum(np.abs(mean), 1e-300)
    mean, spread = mean[varies], spread[varies]
    return (train_nf[:, varies] - mean) / spread, (test_nf[:, varies] - mean) / spread


def scores(train: Dataset, test: Dataset) -> dict[str, np.ndarray]:
    """Returns the discriminant of each of `properties`, and of all together, of test sequences, (M,) each.

    Raises:
      ValueError: unless both have labels of one target, 0 and 1, and training sequences of both.
    """
    labels_n = train.is_positive
    if labels_n.all() or not labels_n.any():
        raise ValueError(f"need both classes, got {labels_n.sum()} positives of {len(labels_n)}")
    ours, theirs = properties(train), properties(test)
    ours["all of these"] = np.concatenate(list(ours.values()), axis=1)
    theirs["all of these"] = np.concatenate(list(theirs.values()), axis=1)
    return {name: discriminant(ours[name], labels_n, theirs[name]) for name in ours}
