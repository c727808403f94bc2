"""From a table of targets, or intervals and signals, to labelled parts, or one clear line."""

import dataclasses
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np

from jaxmotif import dna
from jaxmotif.apps.discover.by_target import negatives
from jaxmotif.apps.discover.genomic import Genomic, letters
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data import splits as division
from jaxmotif.data.dataset import Dataset, Splits, concatenate
from jaxmotif.data.files import bigwig, content, fasta, loci, target_files, target_table, windows
from jaxmotif.data.files.content import Content
from jaxmotif.data.files.loci import Loci
from jaxmotif.data.files.target_table import Frame, Table
from jaxmotif.data.judge import groups, task
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
      test: held-out sequences of a file of their own, with the same targets; None where there is none.
      logarithms: whether the values are log(1 + x) of signals.
    """

    data: Dataset
    kind: Kind
    said: tuple[str, ...]
    inputs: Mapping[str, Mapping]
    test: Dataset | None = None
    logarithms: bool = False


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

    With background "genome" regions of the genome without any label are added to loci with labels.

    Args:
      settings: of which genome, length, repeats, blacklist, background, test, task and targets count.
      first: the table, or intervals whose signals the settings name.

    Raises:
      ValueError: with line and column, for what cannot be read, and for settings that do not go with targets.
    """
    check_settings(settings)
    genomic = Genomic(settings)
    if isinstance(first, Content):
        found = _of_signals(settings, first, genomic)
    else:
        found = _of_table(settings, first, genomic)
    if settings.test:
        found = with_test(found, settings, genomic)
    return negatives.beside(found, settings, genomic)


def _of_table(settings: Settings, first: Frame, genomic: Genomic) -> Given:
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
    data = known(data, found.kind, table.source)
    how = "as asked" if settings.task != "auto" else "by what the columns hold; --task says otherwise"
    own = {"file": table.source, **_checksum(settings.sequences), "sequences": len(data)}
    if table.loci is not None:
        own["letters"] = letters(data)
    return Given(data, found.kind, said(data, found.kind, how, table.source), _inputs(own, genomic, settings))


def with_test(given: Given, settings: Settings, genomic: Genomic) -> Given:
    """Returns the same with the held-out sequences of the file `test`, which has the same columns.

    Of classes those that are not learned are left out, and counted in a note.

    Raises:
      ValueError: as `read`, and for another alphabet.
    """
    own = dataclasses.replace(settings, sequences=settings.test, test="", length=given.data.length)
    if settings.signal:
        source = loci.read_content(settings.test)
        found = _of_signals(own, source, genomic, given)
        test, inputs = found.data, found.inputs["sequences"]
    else:
        frame = opened(dataclasses.replace(own, task=given.kind))
        assert isinstance(frame, Frame)
        wanted = settings.targets if given.kind == MULTICLASS else given.data.targets
        table = target_table.read(frame, given.kind, wanted)
        data, kept = _cut(table, genomic, own) if table.loci is not None else _sequences(table, own)
        values_nt = aligned(table.targets, given.data.targets)[kept]
        weights = None if table.weights is None else table.weights[kept]
        alphabet = dna.RNA if settings.rna else data.alphabet
        test = dataclasses.replace(
            data, labels=values_nt, targets=given.data.targets, weights=weights, alphabet=alphabet
        )
        rows = np.array(~np.isnan(values_nt).all(axis=1))
        if not rows.any():
            raise ValueError(f"{table.source}: nothing is known of the targets that are learned")
        if not rows.all():
            test = test.take(rows).with_notes(
                f"{content.short_name(table.source)}: {int((~rows).sum()):,} of {len(rows):,} sequences say "
                "nothing of what is learned and were left out"
            )
        inputs = {"file": table.source, **_checksum(settings.test), "sequences": len(test)}
    if test.alphabet != given.data.alphabet:
        raise ValueError(f"the sequences are of {given.data.alphabet}, those of the test of {test.alphabet}")
    short = content.short_name(settings.test)
    return dataclasses.replace(
        given,
        test=test,
        said=(*given.said, f"held out, {short}: {len(test):,} sequences"),
        inputs={**given.inputs, "test": inputs},
    )


def aligned(found: Targets, names: Sequence[str]) -> np.ndarray:
    """Returns values in the order of names; classes without rows are 0, rows of other classes NaN."""
    column = {name: found.values[:, number] for number, name in enumerate(found.names)}
    if found.kind != MULTICLASS:
        return np.stack([column[name] for name in names], axis=1)
    zero_n = np.zeros(len(found), np.float32)
    values_nt = np.stack([column.get(name, zero_n) for name in names], axis=1)
    values_nt[~(values_nt.sum(axis=1) == 1)] = np.nan
    return values_nt


def _of_signals(settings: Settings, source: Content, genomic: Genomic, like: Given | None = None) -> Given:
    """Windows around intervals, with the sum of each signal in them, logarithms where `like` has them."""
    if genomic.genome is None or not loci.holds_loci(source):
        raise ValueError(f"{source.name} holds no intervals, whose signals could be summed")
    given = genomic.inside(loci.parse(source))
    cut = windows.cut(given, genomic.genome, settings.length or None, genomic.blacklist)
    data, kind, told, inputs = with_signals(cut.data, cut.loci, settings, source.name, like)
    genomic.remember(given)
    logarithms = told.startswith("log")
    if like is None:
        data = known(data, kind, source.name)
    entry = {
        "file": source.name,
        "sha256": source.sha256,
        "bytes": source.size,
        "sequences": len(data),
        "letters": letters(data),
    }
    inputs = {**_inputs(entry, genomic, settings), **inputs}
    return Given(data, kind, said(data, kind, told, source.name), inputs, logarithms=logarithms)


def with_signals(
    data: Dataset, places: Loci, settings: Settings, source: str, like: Given | None = None
) -> tuple[Dataset, Kind, str, dict[str, Mapping]]:
    """Returns sequences with the sums of the settings' signals, their kind, what they are, and inputs.

    Args:
      data: sequences.
      places: where they lie, windows around these.
      settings: of which signal, task and rna count.
      source: for messages.
      like: sequences of another file, whose values are logarithms or not.
    """
    own = windows.around(places, data.length)
    kind: Kind = COUNTS if settings.task == COUNTS else REGRESSION
    names, columns, notes = [], [], []
    inputs: dict[str, Mapping] = {}
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
    logarithms = not (values_nt < 0).any() if like is None else like.logarithms
    if kind == REGRESSION and logarithms:
        values_nt, told = np.log1p(values_nt), f"log(1 + x) of {told}"
    check(kind, values_nt, names, source)
    data = dataclasses.replace(
        data,
        labels=values_nt.astype(np.float32),
        targets=tuple(names),
        alphabet=dna.RNA if settings.rna else data.alphabet,
    ).with_notes(*notes)
    return data, kind, told, inputs


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
    whole = given.data if given.test is None else concatenate([given.data, given.test])
    whole = whole.with_distinct_names()
    data = whole[: len(given.data)]
    if data.length < zoo.LEAST_LENGTH:
        raise ValueError(f"sequences of {data.length} nt are shorter than the {zoo.LEAST_LENGTH} nt needed")
    data = dataclasses.replace(data, group=groups.linked(data))
    if given.test is None:
        return division.divide(data, settings.division, data.known_group)
    how = dataclasses.replace(settings.division, fractions=task.WITH_TEST)
    parts = division.divide(data, how, data.known_group)
    test = dataclasses.replace(whole[len(data) :], notes=())
    apart = task.checked(Splits(parts.train, parts.valid, test))
    return dataclasses.replace(
        apart, held_out=f"{content.short_name(settings.test)}; validation: {parts.held_out}"
    )


def check_settings(settings: Settings) -> None:
    """Refuses settings of positives and negatives: a table says itself what is what.

    Raises:
      ValueError: for the first of them.
    """
    for name in ("negatives", "test_negatives", "classes", "by_name"):
        if getattr(settings, name):
            raise ValueError(f"{name} does not go with a table of targets, which labels its own sequences")
    if settings.background == "shuffle":
        raise ValueError(
            "background=shuffle does not go with a table of targets, which labels its own sequences; "
            "--background=genome adds regions without any label to loci with labels"
        )
    if settings.objective != "supervised":
        raise ValueError(f"objective {settings.objective!r} does not go with targets: networks learn these")
    if settings.attributions:
        raise ValueError(
            "attributions are of positives, which a table of targets does not have: `jaxmotif attribute RUN "
            "SEQUENCES --class=NAME` gives those of a target"
        )


def _cut(table: Table, genomic: Genomic, settings: Settings) -> tuple[Dataset, np.ndarray]:
    """Windows of the loci, and the row of the table of each."""
    if genomic.genome is None:
        raise ValueError(f"{table.source} holds loci: give the genome that they are of (--genome)")
    assert table.loci is not None
    given = genomic.inside(table.loci)
    cut = windows.cut(given, genomic.genome, settings.length or None, genomic.blacklist)
    genomic.remember(given)
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


def known(data: Dataset, kind: Kind, source: str) -> Dataset:
    """Returns the same without targets that are too rare, and without rows of which nothing is known then.

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


def said(data: Dataset, kind: Kind, how: str, source: str) -> tuple[str, ...]:
    """Returns what was read, in lines; `how` says by what the targets were taken for their kind."""
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
