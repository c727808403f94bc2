"""AUROC and AUPR of every target, kept with a run."""

import dataclasses
import os
import pathlib

import numpy as np

from jaxmotif import files
from jaxmotif.data.dataset import Dataset
from jaxmotif.evaluate import classification

NAME = "scores.npz"


@dataclasses.dataclass(frozen=True, eq=False)
class Scores:
    """Accuracy of one network on T targets of a test set, NaN for a target with one class only.

    Attributes:
      targets: their names, (T,).
      auroc, aupr: of M networks trained alike, float64 (M, T).
      positives: sequences of each target's class, int64 (T,).
      sequences: of the test set.
    """

    targets: tuple[str, ...]
    auroc: np.ndarray
    aupr: np.ndarray
    positives: np.ndarray
    sequences: int

    def means(self, metric: str) -> list[float]:
        """Returns the mean over the targets that have both classes, one a network."""
        return np.nanmean(getattr(self, metric), axis=1).tolist()


def of(logits_mnt: np.ndarray, test: Dataset) -> Scores:
    """Returns the accuracy of M networks on a test set.

    Args:
      logits_mnt: float (M, N, T).
      test: N sequences with labels.

    Raises:
      ValueError: if no target has both classes.
    """
    labels_nt = test.labels
    if labels_nt is None:
        raise ValueError("the test set has no labels")
    positives_t = (labels_nt == 1).sum(axis=0, dtype=np.int64)
    both_t = (positives_t > 0) & (labels_nt == 0).any(axis=0)
    if not both_t.any():
        raise ValueError(f"no target has both classes in the {len(test)} test sequences")
    found = {}
    for name, metric in (("auroc", classification.auroc), ("aupr", classification.aupr)):
        found[name] = np.full((len(logits_mnt), len(both_t)), np.nan)
        for row, logits_nt in zip(found[name], logits_mnt, strict=True):
            row[both_t] = metric(labels_nt[:, both_t], logits_nt[:, both_t])
    return Scores(tuple(test.targets), found["auroc"], found["aupr"], positives_t, len(test))


def save(folder: str | os.PathLike, scores: Scores) -> None:
    """Writes scores.npz into a folder, at once or not at all."""
    arrays = {field.name: np.asarray(getattr(scores, field.name)) for field in dataclasses.fields(scores)}
    with files.atomic_path(pathlib.Path(folder) / NAME) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, **arrays)  # pyrefly: ignore[bad-argument-type]


def load(folder: str | os.PathLike) -> Scores:
    """Returns what `save` wrote.

    Raises:
      ValueError: if it is not there or damaged.
    """
    path = pathlib.Path(folder) / NAME
    if not path.exists():
        raise ValueError(f"{folder} has no {NAME}: it is no run of experiments.deep_networks, or an old one")
    arrays = files.load_npz(path)
    with files.reading(path):
        return Scores(
            tuple(arrays["targets"].tolist()),
            arrays["auroc"],
            arrays["aupr"],
            arrays["positives"],
            int(arrays["sequences"]),
        )
