"""How well networks tell each target on held-out sequences, next to what composition tells of it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.data.judge import composition
from jaxmotif.data.targets import COUNTS, MULTICLASS, VALUES, Kind
from jaxmotif.evaluate import classification, values

# Of each kind, the first one is that of the headline and of composition.
METRICS = {True: ("pearson", "spearman", "r2"), False: ("auroc", "aupr")}
SAID = {
    "auroc": "AUROC",
    "aupr": "AUPR",
    "pearson": "Pearson",
    "spearman": "Spearman",
    "r2": "R\u00b2",
    "accuracy": "accuracy",
}


class Told(NamedTuple):
    """How well a target is told.

    Attributes:
      name: of the target.
      known: held-out sequences of which it is known.
      positives: of them, those that have the label; None of values.
      metrics: name -> (value, low and high end of the 95 % interval); None where there is no value.
      simple: the first metric of what length, N, GC content and dinucleotides tell, or None.
    """

    name: str
    known: int
    positives: int | None
    metrics: Mapping[str, tuple[float, float, float] | None]
    simple: float | None


def of(kind: Kind, splits: Splits, predicted_nt: np.ndarray) -> list[Told]:
    """Returns how well each target of the held-out sequences is predicted.

    Args:
      kind: of the targets.
      splits: with all targets.
      predicted_nt: of the test sequences: chances, values or rates, (N, T).
    """
    test, found = splits.test, []
    ours, theirs = (
        np.concatenate(list(composition.properties(part).values()), axis=1) for part in (splits.train, test)
    )
    for target, name in enumerate(test.targets):
        truth_n = test.known_labels[:, target].astype(np.float64)
        known_n = ~np.isnan(truth_n)
        metrics = {
            metric: _measured(metric, truth_n, predicted_nt[:, target], test.group)
            for metric in METRICS[kind in VALUES]
        }
        simple_n = _by_composition(kind, ours, splits.train.known_labels[:, target], theirs)
        simple = None
        if simple_n is not None:
            first = _measured(METRICS[kind in VALUES][0], truth_n, simple_n, None, n=1)
            simple = None if first is None else first[0]
        positives = None if kind in VALUES else int((truth_n == 1).sum())
        found.append(Told(name, int(known_n.sum()), positives, metrics, simple))
    return found


def of_classes(test: Dataset, predicted_nc: np.ndarray) -> dict:
    """Returns the share of held-out sequences whose class is the most likely one, as in metrics.json.

    "most_common" is the share of the largest class, which a guess reaches.
    """
    labels_nc = test.known_labels
    truth_n = np.where(np.isnan(labels_nc[:, 0]), np.nan, labels_nc.argmax(axis=1))
    found = values.interval("accuracy", truth_n, predicted_nc.argmax(axis=1), groups=test.group)
    return {
        "accuracy": found.value,
        "accuracy_ci": [found.low, found.high],
        "most_common": float(np.nanmax(np.nanmean(labels_nc, axis=0))),
    }


def summary(kind: Kind, told: Sequence[Told]) -> tuple[str, float]:
    """Returns the first metric and its mean over the targets that have it, NaN where none has."""
    name = METRICS[kind in VALUES][0]
    known = [one.metrics[name][0] for one in told if one.metrics[name] is not None]  # pyrefly: ignore
    return name, float(np.mean(known)) if known else np.nan


def as_json(told: Sequence[Told]) -> dict[str, dict]:
    """Returns how well each target is told, by its name, as in metrics.json."""

    def row(one: Told) -> dict:
        found: dict = {"known": one.known, "positives": one.positives, "without_motif": one.simple}
        for name, value in one.metrics.items():
            found[name] = None if value is None else value[0]
            found[f"{name}_ci"] = None if value is None else list(value[1:])
        return found

    return {one.name: row(one) for one in told}


def table(told: Sequence[Told]) -> str:
    """Returns the same as text, a line for each target."""
    names = list(told[0].metrics)
    head = [
        "target",
        "known",
        "positives",
        *(f"{name}{end}" for name in names for end in ("", "_low", "_high")),
    ]
    lines = ["\t".join([*head, "without_motif"])]
    for one in told:
        numbers = [value for name in names for value in one.metrics[name] or ("", "", "")]
        cells = [one.name, one.known, "" if one.positives is None else one.positives, *numbers]
        cells.append("" if one.simple is None else one.simple)
        lines.append("\t".join(f"{cell:.6g}" if isinstance(cell, float) else str(cell) for cell in cells))
    return "\n".join(lines) + "\n"


def _measured(metric, truth_n, predicted_n, groups, n: int = 1000) -> tuple[float, float, float] | None:
    known = truth_n[~np.isnan(truth_n)]
    if len(known) < 2 or np.ptp(known) == 0:
        return None
    interval = classification.bootstrap_interval if metric in classification.METRICS else values.interval
    if metric in classification.METRICS:
        found = interval(truth_n, predicted_n, metric, n=n, groups=groups)
    else:
        found = interval(metric, truth_n, predicted_n, n=n, groups=groups)
    return None if np.isnan(found.value) else (found.value, found.low, found.high)


def _by_composition(kind: Kind, train_nf, labels_n, test_nf) -> np.ndarray | None:
    """What composition of training sequences tells of a target, of test sequences (M,), or None."""
    known = ~np.isnan(labels_n)
    labels_n = labels_n[known]
    if not len(labels_n) or np.ptp(labels_n) == 0:
        return None
    if kind not in VALUES:
        return composition.discriminant(train_nf[known], labels_n == 1, test_nf)
    # Counts grow by factors.
    values_n = np.log1p(labels_n) if kind == COUNTS else labels_n
    found_m = composition.regression(train_nf[known], values_n.astype(np.float64), test_nf)
    return np.expm1(found_m) if kind == COUNTS else found_m


def headline(kind: Kind, metrics: Mapping) -> str:
    """Returns how well all targets together are told, in words."""
    name, value = metrics["test"]["metric"], metrics["test"]["mean"]
    text = f"{SAID[name]} {value:.4f}, mean over {len(metrics['by_target'])} targets"
    if kind == MULTICLASS:
        classes = metrics["test"]["classes"]
        low, high = classes["accuracy_ci"]
        text += (
            f"; accuracy {classes['accuracy']:.4f} (95 % {low:.4f} to {high:.4f}), of the most common class "
            f"{classes['most_common']:.4f}"
        )
    return text
