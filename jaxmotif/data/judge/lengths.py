"""Lengths and N must not tell the classes apart: cut alike, or refused."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from jaxmotif import dna
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.judge import composition

# What length and N may reach before they are a giveaway: this AUROC, and two standard errors more.
LIMIT = 0.6
# Both classes are cut to a length that this share of each class has, if that is at least half of it is now.
WHOLE, LEAST = 0.95, 0.5
NAMES = ("positives", "negatives")


def giveaway(data: Dataset) -> float | None:
    """Returns the AUROC that length and N alone reach, each half scored by the other; None where they cannot.

    Args:
      data: sequences with labels 0 and 1.
    """
    if (data.sequences < dna.N).all():
        return None
    found = composition.visible(data)
    features = np.concatenate([found["length"], found["N"]], axis=1)
    labels_n = data.is_positive
    halves = np.zeros(len(data), bool)
    for own in (labels_n, ~labels_n):
        halves[np.flatnonzero(own)[::2]] = True
    counts = [np.sum(labels_n & half) for half in (halves, ~halves)]
    counts += [np.sum(~labels_n & half) for half in (halves, ~halves)]
    if min(counts) < 2 or not features.any():
        return None
    values = [
        auroc(labels_n[own], composition.discriminant(features[~own], labels_n[~own], features[own]))
        for own in (halves, ~halves)
    ]
    positive, negative = int(labels_n.sum()), int((~labels_n).sum())
    error = np.sqrt((positive + negative + 1) / (12 * positive * negative))
    value = float(np.mean(values))
    return value if value > LIMIT + 2 * error else None


def auroc(labels_n: np.ndarray, scores_n: np.ndarray) -> float:
    """Returns the area under the ROC curve, ties counting one half (`evaluate` lies above this room)."""
    _, number, counts = np.unique(scores_n, return_inverse=True, return_counts=True)
    rank_n = (np.cumsum(counts) - (counts - 1) / 2)[number.ravel()]
    positive = labels_n.sum()
    wins = rank_n[labels_n].sum() - positive * (positive + 1) / 2
    return float(wins / (positive * (len(labels_n) - positive)))


def alike(sides: Sequence[Dataset], cut: bool = True) -> tuple[int, str]:
    """Returns the length to which all sequences are to be cut, and a note why; "" where they may stay.

    Args:
      sides: sets of one length with labels 0 and 1, of which each is judged by itself: training, test.
      cut: whether they may be cut; else what gives the classes away is refused.

    Raises:
      ValueError: where cutting to half of the length does not help.
    """
    length = sides[0].length
    found = [(giveaway(side), side) for side in sides]
    found = [(value, side) for value, side in found if value is not None]
    if not found:
        return length, ""
    value, worst = max(found, key=lambda one: one[0])
    shorter = min(_usual(side.take(own)) for side in sides for own in _classes(side))
    if cut and LEAST * length <= shorter < length and not any(giveaway(crop(one, shorter)) for one in sides):
        return shorter, (
            f"length and N told the classes apart (AUROC {value:.3f}): all sequences were cut to their "
            f"middle {shorter} nt of {length}"
        )
    said = "; ".join(
        f"{name} {_said(worst.take(own))}" for name, own in zip(NAMES, _classes(worst), strict=True)
    )
    raise ValueError(
        f"length and N alone tell the classes apart, AUROC {value:.3f}: {said}. Give both classes alike: of "
        "one length (--length), and masked alike"
    )


def crop(data: Dataset, length: int) -> Dataset:
    """Returns the middle `length` letters of every sequence, with their places in record and genome."""
    left = (data.length - length) // 2
    right = data.length - length - left
    fields: dict = {"sequences": data.sequences[:, left : left + length], "truth": None}
    if data.offset is not None:
        fields["offset"] = data.offset + left
    if data.start is not None and data.chrom is not None:
        moved = data.start + np.where(data.reverse, right, left)
        fields["start"] = np.where(data.chrom == "", data.start, moved)
    return dataclasses.replace(data, **fields)


def _usual(data: Dataset) -> int:
    """The length that most records have inside their rows, or more."""
    # Of the middle `m` letters of a row all belong to the record if both pads are at most (L - m) / 2.
    lengths = data.length - 2 * composition.padding(data).max(axis=1)
    return int(np.quantile(lengths, 1 - WHOLE, method="lower"))


def _classes(data: Dataset) -> tuple[np.ndarray, np.ndarray]:
    positive = data.is_positive
    return positive, ~positive


def _said(own: Dataset) -> str:
    lengths = own.length - composition.padding(own).sum(axis=1)
    share = composition.visible(own)["N"][:, 0].sum() / max(lengths.sum(), 1)
    low, middle, high = np.quantile(lengths, [0.05, 0.5, 0.95]).astype(int)
    return f"fill {middle} nt of {own.length} (90 %: {low} to {high}) and have {share:.1%} N"
