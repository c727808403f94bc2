"""Real peaks of several ChIP-seq experiments as one set with several labels: a stand-in for the set in vivo.

A panel's experiments become the classes of one task. Every sequence is a peak of at least one of them, as in
Koo & Eddy's own set; theirs are 1,000 nt of DeepSEA, these as long as the panel's.
"""

import os
from collections.abc import Sequence

import numpy as np

from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.data.files import content, fasta, panel
from jaxmotif.data.judge import groups

# Of training peaks, for validation.
VALID = 0.1
# Of an experiment without a test file.
TEST = 0.2


def load(folder: str | os.PathLike, most: int = 0, seed: int = 0) -> Splits:
    """Returns the peaks of all experiments of a panel's folder as one set.

    A peak that shares a stretch of 40 letters with one of another experiment, on either strand, has both
    labels. Test peaks are those of the test files, a fifth of the peaks where there is none; training peaks
    that share a stretch with a test peak are left out, and validation peaks share none with training.

    Args:
      folder: see `panel.experiments`.
      most: training peaks, and test peaks, of each experiment, at most, evenly spread over its file; 0 takes
        all.
      seed: of what is drawn for validation and tests.

    Raises:
      ValueError: as `panel.experiments`, for fewer than two experiments, files that cannot be read, or
        experiments without a peak.
    """
    found = panel.experiments(folder)
    if len(found) < 2:
        raise ValueError(f"{folder} holds one experiment; a set of several classes needs two or more")
    parts: list[tuple[np.ndarray, bool]] = []
    rng, length = np.random.default_rng(seed), None
    for experiment in found:
        train = _peaks(experiment.train, length)
        length = train.shape[1]
        if experiment.test:
            test = _peaks(experiment.test, length)
        else:
            order = rng.permutation(len(train))
            cut = max(int(TEST * len(train)), 1)
            train, test = train[np.sort(order[cut:])], train[np.sort(order[:cut])]
        parts += [(train, False), (test, True)]
    sizes = [len(codes) for codes, _ in parts]
    codes_nl = np.concatenate([codes for codes, _ in parts])
    is_test_n = np.repeat([test for _, test in parts], sizes)
    own_n = np.repeat(np.arange(len(parts)) // 2, sizes)
    labels_nt = shared_labels(codes_nl, own_n, len(found))
    whole = Dataset(codes_nl, labels_nt, targets=targets(found))
    # Only now, so that labels say what all peaks say.
    test, train = (_once(whole.take(_spread(own_n, part, most))) for part in (is_test_n, ~is_test_n))
    near_n = groups.touching(train, test)
    train = train.take(~near_n)
    if not len(train):
        raise ValueError(f"{folder}: every training peak shares a stretch of letters with a test peak")
    unit = groups.linked(train, loci=False)
    chosen = rng.permutation(unit.max() + 1)[: max(int(VALID * (unit.max() + 1)), 1)]
    valid_n = np.isin(unit, chosen)
    note = (
        f"{int((labels_nt.sum(axis=1) > 1).sum()):,} of {len(labels_nt):,} peaks are peaks of several "
        f"experiments; {int(near_n.sum()):,} training peaks that share a stretch with a test peak are left "
        "out"
    )
    return Splits(train.take(~valid_n).with_notes(note), train.take(valid_n), test)


def targets(found: Sequence[panel.Experiment]) -> tuple[str, ...]:
    """Returns the factor of each experiment; the whole name where two are of one factor."""
    factors = [panel.factor_of(experiment.name) for experiment in found]
    return tuple(
        factor if factors.count(factor) == 1 else experiment.name
        for factor, experiment in zip(factors, found, strict=True)
    )


def shared_labels(codes_nl: np.ndarray, own_n: np.ndarray, classes: int) -> np.ndarray:
    """Returns float32 (N, classes): 1 for a peak's own class and those with which it shares a stretch."""
    labels_nt = np.zeros((len(codes_nl), classes), np.float32)
    labels_nt[np.arange(len(codes_nl)), own_n] = 1
    rows_m, words_m = groups.words(codes_nl)
    number_m = np.unique(words_m, return_inverse=True)[1].ravel()
    of_word = np.zeros((int(number_m.max(initial=-1)) + 1, classes), bool)
    of_word[number_m, own_n[rows_m]] = True
    np.maximum.at(labels_nt, rows_m, of_word[number_m].astype(np.float32))
    return labels_nt


def _spread(own_n: np.ndarray, of_n: np.ndarray, most: int) -> np.ndarray:
    """Which rows of `of_n` are among the `most` of their class that lie evenly over these; all for 0."""
    if not most:
        return of_n
    taken_n = np.zeros(len(own_n), bool)
    for number in np.unique(own_n):
        rows = np.flatnonzero(of_n & (own_n == number))
        taken_n[rows[np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(int)]] = True
    return taken_n


def _peaks(path: str, length: int | None) -> np.ndarray:
    """Positives of a file, all of it where it has no labels, codes (N, L)."""
    source = content.read(path)
    data = fasta.parse(source, content.short_name(path), length)
    if data.labels is not None:
        data = data.positives
    if not len(data):
        raise ValueError(f"{path} holds no peak")
    return data.sequences


def _once(data: Dataset) -> Dataset:
    """The first of each set of copies; copies of different experiments have the labels of all by now."""
    return data.take(np.unique(groups.copies(data.sequences), return_index=True)[1])
