"""From a user's files to training, validation and test sequences, or one clear line."""

import dataclasses

from jaxmotif import memory
from jaxmotif.apps.discover import reading
from jaxmotif.apps.discover.reading import Files
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.data.judge import task
from jaxmotif.models import zoo
from jaxmotif.models.spec import parameter_count, training_bytes
from jaxmotif.training import presets


def load(settings: Settings) -> tuple[Splits, bool]:
    """Reads, judges and divides the sequences; also returns whether the user gave labels or negatives.

    Without either, dinucleotide shuffles are the negatives.

    Raises:
      ValueError: for files that cannot be used, what `task.divide` refuses, or sequences too short for any
        filter.
    """
    return divide(reading.read(settings), settings)


def divide(data: Dataset | Files, settings: Settings) -> tuple[Splits, bool]:
    """Judges and divides sequences as `load`; of a `Dataset` the files next to it are still read."""
    files = data if isinstance(data, Files) else reading.read(settings, data)
    name, length = files.names["sequences"], files.data.length
    # Labels make "both" of "infomax".
    used = [settings.network] + [settings.encoder] * (settings.objective != "supervised")
    _long_enough(name, length)
    for network in used:  # before sequences are compared with one another
        spec = zoo.fitting(network, length)
        size = training_bytes(spec, presets.BATCHES[-1])
        memory.check(size, f"batches of {presets.BATCHES[-1]} sequences of {length:,} nt for {spec.name}")
        weights = parameter_count(spec)  # here too, before a directory is made; see `fit`
        memory.check(
            16 * weights * settings.seeds, f"{settings.seeds:,} networks of {weights:,} weights each"
        )
    given = task.Given(
        *(files.get(role) for role in reading.ROLES),  # pyrefly: ignore[bad-argument-type]
        cut=not settings.length,
        names=tuple(files.names.get(role, "") for role in reading.ROLES),  # pyrefly: ignore[bad-argument-type]
    )
    parts, labelled = task.divide(given, settings.division)
    length = parts.train.length
    _long_enough(name, length)
    for network in used:
        had, kernel = zoo.get(network).convs[0].kernel, zoo.fitting(network, length).convs[0].kernel
        if kernel < had:
            note = f"{network}: filters of {kernel} nt instead of {had}, to fit sequences of {length} nt"
            parts = dataclasses.replace(parts, train=parts.train.with_notes(note))
    return parts, labelled


def _long_enough(name: str, length: int) -> None:
    if length < zoo.LEAST_LENGTH:
        raise ValueError(
            f"{name}: sequences of {length} nt are shorter than the {zoo.LEAST_LENGTH} nt needed"
        )
