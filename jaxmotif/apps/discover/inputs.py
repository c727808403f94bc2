"""From a user's files to training, validation and test sequences, or one clear line."""

import dataclasses

import numpy as np

from jaxmotif.apps.discover import reading
from jaxmotif.apps.discover.reading import Files
from jaxmotif.apps.discover.settings import MIN_SEQUENCES, Settings
from jaxmotif.data import splits
from jaxmotif.data.dataset import Dataset, Splits, concatenate
from jaxmotif.models import zoo

# With a test file nothing of the sequences has to be held out but what stops the training.
WITH_TEST, WITHOUT_TEST = (0.9, 0.1, 0.0), (0.8, 0.1, 0.1)


def load(settings: Settings) -> tuple[Splits, bool]:
    """Reads, labels and splits the sequences; also whether the user gave labels or negatives.

    Without either, dinucleotide shuffles are the negatives.

    Raises:
      ValueError: for files that cannot be used, fewer than 50 sequences of a class, one class only, or
        sequences shorter than the network's filters.
    """
    return divide(reading.read(settings), settings)


def divide(data: Dataset | Files, settings: Settings) -> tuple[Splits, bool]:
    """Labels and splits sequences as `load`; of a `Dataset` the files next to it are still read."""
    files = data if isinstance(data, Files) else reading.read(settings, data)
    name = files.names["sequences"]
    data, labelled = _labelled(files, "sequences", settings)
    positive = int(data.is_positive.sum())
    for count, kind in ((positive, "positive"), (len(data) - positive, "negative")):
        if count == 0:
            raise ValueError(f"{name}: no {kind} sequences; two classes are needed")
        if count < MIN_SEQUENCES:
            raise ValueError(f"{name}: {count} {kind} sequences, at least {MIN_SEQUENCES} are needed")
    parts = (
        splits.by_chromosome(data)
        if settings.chromosomes
        else splits.split(data, settings.seed, WITH_TEST if settings.test else WITHOUT_TEST)
    )
    if not settings.test:
        return parts, labelled
    test, _ = _labelled(files, "test", settings)
    if len(np.unique(test.known_labels)) < 2:
        raise ValueError(f"{settings.test}: test sequences of one class only")
    if settings.chromosomes:  # a test file replaces the held-out chromosomes, which then train
        parts = Splits(concatenate([parts.train, parts.test]), parts.valid, test)
    return Splits(parts.train, parts.valid, test), labelled


def _labelled(files: Files, role: str, settings: Settings) -> tuple[Dataset, bool]:
    """The sequences of a role with labels, and whether they came with negatives."""
    data, path = files.sequences[role], files.names[role]
    others = files.get("negatives") if role == "sequences" else None
    # Labels make "both" of "infomax".
    used = [settings.network] + [settings.encoder] * (settings.objective != "supervised")
    kernel = max(zoo.get(name).convs[0].kernel for name in used)
    if data.length < kernel:
        raise ValueError(f"{path}: sequences of {data.length} nt are shorter than the filters of {kernel} nt")
    if data.labels is not None:
        if others is not None:
            raise ValueError(f"{path} has labels; a file of negatives beside it makes no sense")
        if data.labels.shape[1] != 1 or not np.isin(data.labels, (0, 1)).all():
            raise ValueError(f"{path}: labels must be 0 and 1, one a sequence")
        if data.labels.min() == data.labels.max() == 0:
            raise ValueError(f"{path}: one class only, all labels are 0")
        if data.labels.min() == 0:
            return data, True
    positives = _with_label(data, 1.0)
    if len(positives) < MIN_SEQUENCES:
        raise ValueError(f"{path}: {len(positives)} sequences, at least {MIN_SEQUENCES} are needed")
    if others is None:
        # Here, since files are judged before JAX is imported.
        from jaxmotif.data import negatives

        return negatives.shuffled_negatives(positives, settings.seed), False
    if others.labels is not None and others.labels.max() > 0:
        count, own = int((others.labels > 0).sum()), files.names["negatives"]
        raise ValueError(f"{own}: {count} of {len(others)} negatives are labelled as positives")
    return concatenate([positives, _with_label(others, 0.0)]), True


def _with_label(data: Dataset, label: float) -> Dataset:
    labels = np.full((len(data), 1), label, np.float32)
    return dataclasses.replace(data, labels=labels, targets=("bound",))
