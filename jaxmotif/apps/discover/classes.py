"""Which motif lies in the peaks of which class, and how well networks tell the classes apart."""

import dataclasses
import os
import pathlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif import files, keys
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.apps.discover.supervised import schedule
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.data.files.classes import Classes
from jaxmotif.evaluate import classification, multiple
from jaxmotif.models import saved, zoo
from jaxmotif.motifs.motif_set import MotifSet
from jaxmotif.training.fit import Members, Run, fit

_AGAINST = ("from_negatives", "from_peaks")
ACCURACY = ("class", "peaks", *(f"{side}_{what}" for side in _AGAINST for what in ("auroc", "low", "high")))
COLUMNS = ("motif", "class", "with_motif", "peaks", "others_with_motif", "others", "log2", "p", "q")


class Share(NamedTuple):
    """How often a motif lies in the peaks of a class.

    Attributes:
      motif, number: of the motif and of the class, from 0.
      inside, of: peaks of the class with a site, and all.
      outside, others: the same of peaks that are not of the class.
      log2: of the ratio of both shares, each with half a peak more.
      p: of Fisher's exact test, two-sided.
      q: false discovery rate over all motifs and classes.
    """

    motif: int
    number: int
    inside: int
    of: int
    outside: int
    others: int
    log2: float
    p: float
    q: float = 1.0


class Told(NamedTuple):
    """How well a class is told on held-out sequences; AUROC, low and high end of its interval, or None.

    Attributes:
      name: of the class.
      peaks: of it, in all parts.
      from_negatives: against the negatives.
      from_peaks: against peaks of the other classes.
    """

    name: str
    peaks: int
    from_negatives: tuple[float, float, float] | None
    from_peaks: tuple[float, float, float] | None


@dataclasses.dataclass(frozen=True)
class ByClass:
    """What is known of the classes.

    Attributes:
      names: T names.
      shares: motifs by classes, motif by motif.
      told: how well networks with an output for each class tell them.
      labels: float32 (N, T), of the sequences in which motifs have sites: 1 for a peak of the class, 0 for
        one of others, NaN for what is unknown and no peak.
    """

    names: tuple[str, ...]
    shares: list[Share]
    told: list[Told]
    labels: np.ndarray


def labels_of(data: Dataset, classes: Classes) -> np.ndarray:
    """Returns which positives are peaks of which class, float32 (N, T), as in `ByClass`."""
    found = np.full((len(data), len(classes.names)), np.nan, np.float32)
    if data.is_positive.any():
        found[data.is_positive] = classes.of(data.positives)
    return found


def shares(motifs: MotifSet, peaks: Dataset, classes: Classes) -> list[Share]:
    """Returns for every motif and class how often it lies in peaks of the class and in other peaks.

    Args:
      motifs: with sites in the peaks.
      peaks: the positives.
      classes: of the peaks; where it is unknown whether a peak belongs to a class it does not count.
    """
    if not len(motifs) or motifs.sites is None or motifs.rows is None:
        return []
    import scipy.stats

    row_of = {name: row for row, name in enumerate(peaks.names)}
    has = np.zeros((len(peaks), len(motifs)), bool)
    at = np.array([row_of.get(name, -1) for name in motifs.rows.names])[motifs.sites.sequence]
    has[at[at >= 0], motifs.sites.motif[at >= 0]] = True
    labels_nt = classes.of(peaks)
    found = []
    for motif in range(len(motifs)):
        for number in range(len(classes.names)):
            own, other = labels_nt[:, number] == 1, labels_nt[:, number] == 0
            inside, outside = int(has[own, motif].sum()), int(has[other, motif].sum())
            of, others = int(own.sum()), int(other.sum())
            p = scipy.stats.fisher_exact([[inside, of - inside], [outside, others - outside]])[1]
            ratio = (inside + 0.5) / (of + 1) * (others + 1) / (outside + 0.5)
            found.append(Share(motif, number, inside, of, outside, others, float(np.log2(ratio)), float(p)))
    q = multiple.benjamini_hochberg([one.p for one in found])
    return [one._replace(q=float(value)) for one, value in zip(found, q, strict=True)]


def told(
    settings: Settings, splits: Splits, classes: Classes, folder: pathlib.Path | None, resume: bool
) -> list[Told]:
    """Trains networks with an output for each class, and returns how well they tell held-out sequences."""
    parts = [
        dataclasses.replace(part, labels=classes.of(part), targets=classes.names) for part in splits.parts
    ]
    train, valid, test = parts
    place = folder / saved.BY_CLASS if folder else None
    config, _ = schedule(settings, splits.train)
    network = fit(
        zoo.fitting(settings.network, train.length, len(classes.names)),
        train,
        valid,
        config,
        members=Members(range(settings.seeds), keys.root(settings.seed)),
        run=Run(place, resume, f"{settings.seeds} x {settings.network}, {len(classes.names)} classes"),
    ).network
    if place is not None:
        network.save(place)
    scores_nt = network.logits(test.sequences, by_member=True).mean(axis=0)
    is_peak = splits.test.is_positive
    every = np.concatenate([part.known_labels for part in parts])
    found = []
    for number, name in enumerate(classes.names):
        labels_n = test.known_labels[:, number]
        sides = (labels_n == 1) | ~is_peak, is_peak
        values = [_auroc(labels_n, scores_nt[:, number], side, test.group) for side in sides]
        found.append(Told(name, int((every[:, number] == 1).sum()), *values))
    return found


def _auroc(labels_n, scores_n, side_n, group_n) -> tuple[float, float, float] | None:
    """AUROC with its 95 % interval among some of the rows; None where they are of one class."""
    used = side_n & ~np.isnan(labels_n)
    labels_n = labels_n[used]
    if not len(labels_n) or labels_n.min() == labels_n.max():
        return None
    groups = None if group_n is None else group_n[used]
    found = classification.bootstrap_interval(labels_n, scores_n[used], groups=groups)
    return found.value, found.low, found.high


def accuracy(found: Sequence[Told]) -> dict[str, dict]:
    """Returns how well each class is told, by its name, as in metrics.json; None where nothing is known."""

    def of(value: tuple[float, float, float] | None) -> dict | None:
        return None if value is None else {"auroc": value[0], "auroc_ci": list(value[1:])}

    return {
        one.name: {"peaks": one.peaks, **{side: of(getattr(one, side)) for side in _AGAINST}} for one in found
    }


def write_accuracy(path: str | os.PathLike, found: Sequence[Told]) -> None:
    """Writes how well each class is told as a table. Raises ValueError if the file cannot be written."""
    lines = ["\t".join(ACCURACY)]
    for one in found:
        values = [value for side in _AGAINST for value in getattr(one, side) or ("", "", "")]
        numbers = [value if value == "" else f"{value:.6g}" for value in values]
        lines.append("\t".join([one.name, str(one.peaks), *numbers]))
    files.write_text(path, "\n".join(lines) + "\n")


def write(path: str | os.PathLike, found: ByClass, motifs: MotifSet) -> None:
    """Writes motifs by classes as a table. Raises ValueError if the file cannot be written."""
    lines: list[str] = ["\t".join(COLUMNS)]
    for one in found.shares:
        counts = map(str, (one.inside, one.of, one.outside, one.others))
        numbers = [f"{value:.6g}" for value in (one.log2, one.p, one.q)]
        lines.append("\t".join([motifs[one.motif].name, found.names[one.number], *counts, *numbers]))
    files.write_text(path, "\n".join(lines) + "\n")
