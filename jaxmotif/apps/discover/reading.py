"""The files of a discovery, read once: their sequences, their checksums, and what is said of them."""

import dataclasses
import pathlib
from collections.abc import Mapping

import numpy as np

from jaxmotif import dna
from jaxmotif.apps.discover.genomic import Genomic, letters
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import content, fasta, loci
from jaxmotif.data.files.classes import Classes
from jaxmotif.data.files.content import Content
from jaxmotif.data.files.loci import Loci

# Files of sequences by the setting that names them; the first one's length is that of all.
ROLES = ("sequences", "negatives", "test", "test_negatives")


@dataclasses.dataclass(frozen=True)
class Files:
    """What a user gave, read.

    Attributes:
      sequences: role (see `ROLES`) -> data set.
      names: role -> what messages call it.
      inputs: role -> {"file", "sha256", "bytes", "sequences"}, as in inputs.json; of what came from a file.
        "letters" is the checksum of what was cut out of the genome.
      classes: of the sequences, where there are several.
      peaks: the intervals of all positives in the genome, as long as in their files, or None.
    """

    sequences: Mapping[str, Dataset]
    names: Mapping[str, str]
    inputs: Mapping[str, Mapping]
    classes: Classes | None = None
    peaks: Loci | None = None

    @property
    def data(self) -> Dataset:
        """The sequences themselves."""
        return self.sequences["sequences"]

    def get(self, role: str) -> Dataset | None:
        """Returns the data set of a role, or None."""
        return self.sequences.get(role)


def check_standard_input(settings: Settings) -> None:
    """Raises ValueError where two files are standard input."""
    if sum(getattr(settings, role) in content.STDIN for role in ROLES) > 1:
        raise ValueError("standard input can be read once only; give the other file by its name")


def read(settings: Settings, data: Dataset | None = None, first: Content | None = None) -> Files:
    """Reads all files that the settings name.

    Args:
      settings: of which paths, length and labels count.
      data: the sequences, where they are in memory.
      first: what the file of sequences holds, where it is read already.

    Raises:
      ValueError: with one line for files that cannot be used, see `fasta.read_sequences`.
    """
    paths = {role: getattr(settings, role) for role in ROLES}
    if data is None and not paths["sequences"]:
        raise ValueError(f"sequences: a file is needed, got {paths['sequences']!r}")
    sequences, names, inputs = {}, {}, {}
    genomic, classes, others = Genomic(settings), None, list(map(loci.read_content, settings.classes))
    if data is not None:
        data = dataclasses.replace(data, alphabet=dna.RNA) if settings.rna else data
        paths["sequences"], sequences["sequences"], names["sequences"] = "", data, "the sequences"
        _not_masked(settings, names["sequences"])
        if _is_positive(data):
            genomic.place(data, "sequences", names["sequences"])
    for role, path in paths.items():
        if not path:
            continue
        source = first if role == "sequences" and first is not None else loci.read_content(path)
        length = sequences["sequences"].length if sequences else settings.length or None
        names[role] = source.name
        # Labels in names are those of the file in which both classes are; a file of negatives has one.
        one_class = role.endswith("negatives")
        labels = "auto" if one_class and settings.labels == "names" else settings.labels
        intervals = loci.holds_loci(source)
        if role == "sequences" and (others or settings.by_name):
            sequences[role], classes = genomic.cut_classes([source, *others], length)
            names[role] = ", ".join(content.short_name(one.name) for one in [source, *others])
        elif intervals:
            sequences[role] = genomic.cut(source, role, length)
        else:
            _not_masked(settings, source.name)
            sequences[role] = fasta.parse(source, content.short_name(path), length, labels=labels)
            if one_class or _is_positive(sequences[role]):
                sequences[role] = genomic.place(sequences[role], role, source.name)
        if settings.rna:
            sequences[role] = dataclasses.replace(sequences[role], alphabet=dna.RNA)
        _check_alphabet(sequences, names, role)
        if length is None and not intervals:
            fasta.check_lengths(source.name, sequences[role])
        inputs[role] = {
            "file": source.name,
            "sha256": source.sha256,
            "bytes": source.size,
            "sequences": len(sequences[role]),
        }
        if intervals:
            inputs[role]["letters"] = letters(sequences[role])
    for number, source in enumerate(others, 2):
        inputs[f"class {number}"] = {"file": source.name, "sha256": source.sha256, "bytes": source.size}
    if settings.from_genome:
        for role in _from_genome(sequences, names, genomic, settings):
            inputs[role] = {"file": settings.genome, "letters": letters(sequences[role])}
    inputs |= genomic.inputs | _database(settings.database)
    return Files(sequences, names, inputs, classes, genomic.peaks)


def _not_masked(settings: Settings, name: str) -> None:
    """Refuses sequences where repeats are masked: N of one class only would tell the classes apart."""
    if settings.repeats == "mask":
        raise ValueError(
            f"repeats=mask is for intervals: {name} holds sequences, whose repeats would stay as they are"
        )


def _is_positive(data: Dataset) -> bool:
    """Whether sequences come without negatives among them."""
    return data.labels is None or bool((data.labels == 1).all())


def _from_genome(
    sequences: dict[str, Dataset], names: dict[str, str], genomic: Genomic, settings: Settings
) -> list[str]:
    """Adds negatives out of the genome where positives have none, and returns their roles."""
    added = []
    if not _is_positive(sequences["sequences"]):
        raise ValueError(f"{names['sequences']} has negatives already: no --genome is needed")
    for role, other in (("sequences", "negatives"), ("test", "test_negatives")):
        own = sequences.get(role)
        if own is not None and other not in sequences and _is_positive(own):
            found = genomic.negatives(own, role)
            sequences[other] = dataclasses.replace(found, alphabet=own.alphabet)
            names[other] = f"{pathlib.PurePath(settings.genome).name}, outside the peaks"
            added.append(other)
    return added


def _check_alphabet(sequences: Mapping[str, Dataset], names: Mapping[str, str], role: str) -> None:
    first, own = sequences["sequences"].alphabet, sequences[role].alphabet
    if own != first:
        raise ValueError(
            f"{names['sequences']} is of {first}, but {names[role]} of {own}; --rna reads all of them as RNA"
        )


def _database(name: str) -> dict[str, dict]:
    """A database that is a file belongs to the inputs too."""
    path = pathlib.Path(name)
    return {"database": {"file": name, **content.checksum(path)}} if name and path.is_file() else {}


def said(files: Files) -> list[str]:
    """Returns what was read, a line for each set of sequences."""
    data, others = files.data, files.get("negatives")
    names = {role: content.short_name(name) for role, name in files.names.items()}
    negatives = "" if others is None else f"; negatives: {len(others):,} of {names['negatives']}"
    labelled = data.labels is not None and (data.labels == 0).any()
    if others is None and not labelled:
        negatives = f"; negatives: {len(data):,} shuffles"
    lines = [f"{names['sequences']}: {_counted(data)}{negatives}{_fitted(data)}"]
    test, others = files.get("test"), files.get("test_negatives")
    if test is not None:
        negatives = "" if others is None else f"; negatives: {len(others):,} of {names['test_negatives']}"
        lines.append(f"held out, {names['test']}: {_counted(test)}{negatives}{_fitted(test)}")
    return lines


def _counted(data: Dataset) -> str:
    positive = len(data) if data.labels is None else int((data.labels[:, 0] == 1).sum())
    return (
        f"{len(data):,} {'' if data.has_complement else 'RNA '}sequences of {data.length:,} nt: "
        f"{positive:,} positive, "
        f"{len(data) - positive:,} negative"
    )


def _fitted(data: Dataset) -> str:
    if data.record_length is None:
        return ""
    longer = int(np.sum(data.record_length > data.length))
    shorter = int(np.sum(data.record_length < data.length))
    return (f"; {longer:,} cropped" if longer else "") + (f"; {shorter:,} padded" if shorter else "")
