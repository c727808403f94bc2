"""From a table of targets, or intervals and signals, to labelled parts, or one clear line."""

import dataclasses
import pathlib
from collections.abc import Mapping

import numpy as np

from jaxmotif import dna
from jaxmotif.apps.discover.genomic import Genomic, letters
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data import splits as division
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.data.files import bigwig, content, fasta, loci, target_files, target_table, windows
from jaxmotif.data.files.content import Content
from jaxmotif.data.files.target_table import Frame, Table
from jaxmotif.data.judge import groups
from jaxmotif.data.targets import COUNTS, MULTICLASS, REGRESSION, VALUES, Kind, Targets, check
from jaxmotif.models import zoo

# Sequences of which a target has to be known, and of these of each side of a label.
LEAST_KNOWN, LEAST_EACH = 50, 20
# More targets than this are chosen from: each is looked at for itself.
MOST_TARGETS = 200


@dataclasses.dataclass(frozen=True)
class Given:
    """What a user gave, read.

    Attributes:
      data: sequences with all targets, and weights where there are any.
      kind: of the targets.
      said: what was read, in lines.
      inputs: role -> {"file", "sha256", "bytes", ...}, as in inputs.json.
    """

    data: Dataset
    kind: Kind
    said: tuple[str, ...]
    inputs: Mapping[str, Mapping]


def opened(settings: Settings) -> Frame | Content:
    """Returns the file of sequences: the cells of a table of targets, or what else is in it.

    Raises:
      ValueError: for a file that cannot be read, and for one that is no table though the settings say so.
    """
    path = settings.sequences
    if not path:
        raise ValueError(f"sequences: a file is needed, got {path!r}")
    if target_files.is_binary(path):
        return target_files.read(path)
    if loci.is_big_bed(path):
        source = loci.read_content(path)
    else:
        source = content.read(path, loci=True, targets=not settings.signal)
    asked = settings.task != "auto" or bool(settings.targets)
    if settings.signal or (settings.classes and not asked):
        return source
    named = loci.named_intervals(source) and not asked
    if not named and target_table.holds(source):
        return target_table.of_text(source)
    if asked:
        raise ValueError(
            f"{source.name} is no table of targets, which --task and --targets are for: a header, a column "
            "of sequences (seq) or loci (chrom, start, end), and a column for each target"
        )
    return source


def read(settings: Settings, first: Frame | Content) -> Given:
    """Returns sequences with their targets.

    Args:
      settings: of which genome, length, repeats, blacklist, task and targets count.
      first: the table, or intervals whose signals the settings name.

    Raises:
      ValueError: with line and column, for what cannot be read, and for settings that do not go with targets.
    """
    _refused(settings)
    genomic = Genomic(settings)
    if isinstance(first, Content):
        return _of_signals(settings, first, genomic)
    table = target_table.read(first, settings.task, settings.targets)
    found, count = table.targets, len(table.targets.names)
    if count > MOST_TARGETS:
        raise ValueError(
            f"{table.source}: {count:,} targets; at most {MOST_TARGETS} at a time: --targets=NAME,NAME "
            f"chooses"
        )
    rows = _cut(table, genomic, settings) if table.loci is not None else _sequences(table, settings)
    data, kept = rows
    data = dataclasses.replace(
        data,
        labels=found.values[kept],
        targets=found.names,
        weights=None if table.weights is None else table.weights[kept],
        alphabet=dna.RNA if settings.rna else data.alphabet,
    ).with_notes(*(f"{content.short_name(table.source)}: {note}" for note in found.notes))
    data = _known(data, found.kind, table.source)
    how = "as asked" if settings.task != "auto" else "by what the columns hold; --task says otherwise"
    own = {"file": table.source, **_checksum(settings.sequences), "sequences": len(data)}
    if table.loci is not None:
        own["letters"] = letters(data)
    return Given(
        data, found.kind, _said(data, found.kind, how, table.source), _inputs(own, genomic, settings)
    )


def _of_signals(settings: Settings, source: Content, genomic: Genomic) -> Given:
    """Windows around intervals, with the sum of each signal in them."""
    if genomic.genome is None or not loci.holds_loci(source):
        raise ValueError(f"{source.name} holds no intervals, whose signals could be summed")
    given = genomic.inside(loci.parse(source))
    cut = windows.cut(given, genomic.genome, settings.length or None, genomic.blacklist)
    own = windows.around(cut.loci, cut.data.length)
    kind: Kind = COUNTS if settings.task == COUNTS else REGRESSION
    names, columns, notes, inputs = [], [], [], {}
    for text in settings.signal:
        name, path = signal_name(text)
        if name in names:
            raise ValueError(f"two signals are called {name!r}: name them, NAME=PATH")
        sums_n = bigwig.sums(path, own.chromosome, own.start, own.end)
        names.append(name)
        columns.append(sums_n)
        inputs[f"signal {name}"] = {"file": path, **content.checksum(path)}
        if missing := int(np.isnan(sums_n).sum()):
            notes.append(
                f"{content.short_name(path)}: {missing:,} of {len(sums_n):,} windows lie on chromosomes that "
                "it does not have; their signal is unknown"
            )
    values_nt = np.stack(columns, axis=1)
    told = "sums of the signal in the window"
    if kind == REGRESSION and not (values_nt < 0).any():
        values_nt, told = np.log1p(values_nt), f"log(1 + x) of {told}"
    check(kind, values_nt, names, source.name)
    data = dataclasses.replace(
        cut.data,
        labels=values_nt.astype(np.float32),
        targets=tuple(names),
        alphabet=dna.RNA if settings.rna else cut.data.alphabet,
    ).with_notes(*notes)
    data = _known(data, kind, source.name)
    entry = {
        "file": source.name,
        "sha256": source.sha256,
        "bytes": source.size,
        "sequences": len(data),
        "letters": letters(data),
    }
    return Given(
        data, kind, _said(data, kind, told, source.name), {**_inputs(entry, genomic, settings), **inputs}
    )


def signal_name(text: str) -> tuple[str, str]:
    """Returns name and path of a signal, "PATH" or "NAME=PATH"; without a name it is the file's."""
    name, equals, path = text.partition("=")
    if not equals or "/" in name:
        name, path = "", text
    return name or pathlib.PurePath(path).name.partition(".")[0], path


def divide(given: Given, settings: Settings) -> Splits:
    """Returns training, validation and test sequences that share nothing.

    Raises:
      ValueError: as `splits.divide`, and for sequences too short for any filter.
    """
    data = given.data.with_distinct_names()
    if data.length < zoo.LEAST_LENGTH:
        raise ValueError(f"sequences of {data.length} nt are shorter than the {zoo.LEAST_LENGTH} nt needed")
    data = dataclasses.replace(data, group=groups.linked(data))
    return division.divide(data, settings.division, data.known_group)


def _refused(settings: Settings) -> None:
    """Refuses settings of positives and negatives: a table says itself what is what."""
    for name in ("negatives", "test", "test_negatives", "classes", "by_name"):
        if getattr(settings, name):
            raise ValueError(f"{name} does not go with a table of targets, which labels its own sequences")
    if settings.background != "auto":
        raise ValueError("background does not go with a table of targets, which labels its own sequences")
    if settings.objective != "supervised":
        raise ValueError(f"objective {settings.objective!r} does not go with targets: networks learn these")
    if settings.rounds > 1 or settings.attributions:
        raise ValueError("rounds and attributions do not go with a table of targets")


def _cut(table: Table, genomic: Genomic, settings: Settings) -> tuple[Dataset, np.ndarray]:
    """Windows of the loci, and the row of the table of each."""
    if genomic.genome is None:
        raise ValueError(f"{table.source} holds loci: give the genome that they are of (--genome)")
    assert table.loci is not None
    cut = windows.cut(genomic.inside(table.loci), genomic.genome, settings.length or None, genomic.blacklist)
    return cut.data, cut.loci.name.astype(np.int64)


def _sequences(table: Table, settings: Settings) -> tuple[Dataset, np.ndarray]:
    for name in ("blacklist", "genome"):
        if getattr(settings, name):
            raise ValueError(f"{table.source} holds sequences: no --{name} is needed")
    assert table.sequences is not None
    short, length = content.short_name(table.source), settings.length or None
    records = fasta.Records(list(table.names), list(table.sequences))
    data = fasta.of_records(table.source, short, records, length)
    if length is None:
        fasta.check_lengths(table.source, data)
    return data, np.arange(len(data))


def _known(data: Dataset, kind: Kind, source: str) -> Dataset:
    """The same without targets that are too rare, and without rows of which nothing is known then.

    Raises:
      ValueError: where no target is left.
    """
    labels_nt = data.known_labels
    known_t = (~np.isnan(labels_nt)).sum(axis=0)
    kept, rare = known_t >= LEAST_KNOWN, "fewer than " + str(LEAST_KNOWN) + " known values"
    if kind not in VALUES:
        ones_t = (labels_nt == 1).sum(axis=0)
        kept &= (ones_t >= LEAST_EACH) & (known_t - ones_t >= LEAST_EACH)
        rare += f", or fewer than {LEAST_EACH} sequences with or without it"
    names = [name for name, keep in zip(data.targets, kept, strict=True) if not keep]
    if kept.sum() < 1 + (kind == MULTICLASS):
        raise ValueError(f"{source}: no target is left: {', '.join(names[:6])} have {rare}")
    notes = [f"left out as rare ({rare}): {', '.join(names)}"] if names else []
    targets = tuple(name for name in data.targets if name not in names)
    labels_nt = labels_nt[:, kept]
    rows = np.array(~np.isnan(labels_nt).all(axis=1))
    if kind == MULTICLASS:
        rows &= np.nansum(labels_nt, axis=1) == 1
    if not rows.all():
        notes.append(
            f"{int((~rows).sum()):,} of {len(rows):,} sequences without any known target were left out"
        )
    short = content.short_name(source)
    data = dataclasses.replace(data, labels=labels_nt, targets=targets).take(rows)
    return data.with_notes(*(f"{short}: {note}" for note in notes))


def _said(data: Dataset, kind: Kind, how: str, source: str) -> tuple[str, ...]:
    found = Targets(kind, data.targets, data.known_labels)
    unknown = f"; {found.unknown:,} unknown" if found.unknown else ""
    weights = "" if data.weights is None else "; weighted"
    return (
        f"{content.short_name(source)}: {len(data):,} sequences of {data.length:,} nt",
        f"{found.said} ({how}){unknown}{weights}",
    )


def _checksum(path: str) -> dict:
    return {} if path in content.STDIN else dict(content.checksum(path))


def _inputs(own: Mapping, genomic: Genomic, settings: Settings) -> dict[str, Mapping]:
    database = pathlib.Path(settings.database)
    found = {"sequences": own, **genomic.inputs}
    if settings.database and database.is_file():
        found["database"] = {"file": settings.database, **content.checksum(database)}
    return found
