"""From a user's files to training, validation and test sequences, or one clear line."""

from jaxmotif.apps.discover import reading
from jaxmotif.apps.discover.reading import Files
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.data.judge import task
from jaxmotif.models import zoo


def load(settings: Settings) -> tuple[Splits, bool]:
    """Reads, judges and divides the sequences; also returns whether the user gave labels or negatives.

    Without either, dinucleotide shuffles are the negatives.

    Raises:
      ValueError: for files that cannot be used, what `task.divide` refuses, or sequences shorter than the
        network's filters.
    """
    return divide(reading.read(settings), settings)


def divide(data: Dataset | Files, settings: Settings) -> tuple[Splits, bool]:
    """Judges and divides sequences as `load`; of a `Dataset` the files next to it are still read."""
    files = data if isinstance(data, Files) else reading.read(settings, data)
    name, length = files.names["sequences"], files.data.length
    # Labels make "both" of "infomax".
    used = [settings.network] + [settings.encoder] * (settings.objective != "supervised")
    kernel = max(zoo.get(one).convs[0].kernel for one in used)
    if length < kernel:
        raise ValueError(f"{name}: sequences of {length} nt are shorter than the filters of {kernel} nt")
    given = task.Given(
        *(files.get(role) for role in reading.ROLES),  # pyrefly: ignore[bad-argument-type]
        cut=not settings.length,
        names=tuple(files.names.get(role, "") for role in reading.ROLES),  # pyrefly: ignore[bad-argument-type]
    )
    parts, labelled = task.divide(given, settings.division)
    if parts.train.length < kernel:
        raise ValueError(
            f"{name}: sequences of {parts.train.length} nt, to which both classes were cut, are shorter than "
            f"the filters of {kernel} nt"
        )
    return parts, labelled
