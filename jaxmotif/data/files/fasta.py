"""Reading sequences: FASTA, two-line FASTA whose names are labels, and DeepBind's tables."""

import gzip
import os
import pathlib
import re
import zlib
from collections.abc import Sequence

import numpy as np

from jaxmotif import dna
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.names import COORDINATES, is_reverse

_IUPAC = frozenset("ACGTUNRYSWKMBDHVX-.*")  # X: how some maskers write N
_PROTEIN_ONLY = frozenset("EFILPQZJ")
_LABEL = re.compile(r"^\s*([01](?:\.0*)?)\s*$")


def _text(path: pathlib.Path) -> str:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ValueError(f"no such file: {path}") from None
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror or error}") from None
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (EOFError, OSError, zlib.error) as error:
            raise ValueError(f"{path}: truncated or damaged gzip ({error})") from None
    elif path.suffix == ".gz" and data:
        raise ValueError(f"{path}: named .gz, but it is not gzip")
    if not data.strip():
        raise ValueError(f"{path} is empty")
    if b"\0" in data:
        raise ValueError(f"{path} is no text file")
    # A foreign letter in a name does no harm; in a sequence it is found below.
    return data.decode("utf-8-sig", "replace")


def _fasta_records(path, lines: Sequence[str]) -> tuple[list[str], list[str]]:
    names, parts = [], []
    for number, line in enumerate(lines, 1):
        line = line.strip()
        if line.startswith(">"):
            names.append(" ".join(line[1:].split()) or f"seq{len(names) + 1}")
            parts.append([])
        elif line and not line.startswith(";"):
            if not names:
                raise ValueError(f"{path}, line {number}: a FASTA begins with '>', not {line[:20]!r}")
            parts[-1].append(line)
    sequences = ["".join(part).replace(" ", "") for part in parts]
    for name, sequence in zip(names, sequences, strict=True):
        if not sequence:
            raise ValueError(f"{path}: record {name!r} has no sequence")
    return names, sequences


def _table_records(path, lines) -> tuple[list[str], list[str], list[float]]:
    header, names, sequences, labels = None, [], [], []
    column = label = name = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if header is None:
            header = [name.strip().lower() for name in line.split("\t")]
            column, label = header.index("seq"), len(header) - 1
            name = header.index("eventid") if "eventid" in header else 0
            if column == label:
                raise ValueError(f"{path}, line {number}: no label column after the column seq")
            continue
        fields = line.rstrip("\r\n").split("\t")
        if len(fields) != len(header):
            raise ValueError(f"{path}, line {number}: {len(fields)} columns, the header has {len(header)}")
        try:
            labels.append(float(fields[label]))
        except ValueError:
            raise ValueError(f"{path}, line {number}: label {fields[label]!r} is no number") from None
        if not np.isfinite(labels[-1]):
            raise ValueError(f"{path}, line {number}: label {fields[label]!r} is not finite")
        if not fields[column].strip():
            raise ValueError(f"{path}, line {number}: no sequence")
        names.append(fields[name].strip() if name != column else f"seq{len(names) + 1}")
        sequences.append(fields[column].strip())
    return names, sequences, labels


def _check_letters(path, names, sequences) -> int:
    """Number of letters other than ACGTU.

    Raises:
      ValueError: if the file looks like protein, or holds what no nucleotide code is.
    """
    letters = "".join(sequences).upper()
    counts = {letter: letters.count(letter) for letter in set(letters)}
    if sum(counts.get(letter, 0) for letter in _PROTEIN_ONLY) > 0.02 * len(letters):
        raise ValueError(f"{path} holds protein sequences, not DNA")
    odd = sorted(set(counts) - _IUPAC)
    if odd:
        for name, sequence in zip(names, sequences, strict=True):
            found = [c for c in sequence.upper() if c in odd]
            if found:
                raise ValueError(f"{path}: record {name!r} holds {found[0]!r}, which is no nucleotide code")
    return len(letters) - sum(counts.get(letter, 0) for letter in "ACGTU")


def common_length(lengths: Sequence[int] | np.ndarray) -> int:
    """Returns the most common length if at least half of the sequences have it, else the median.

    Of equally common lengths the longest is taken.
    """
    values, counts = np.unique(lengths, return_counts=True)
    if 2 * counts.max() >= len(lengths):
        return int(values[np.flatnonzero(counts == counts.max())[-1]])
    return int(np.median(lengths))


def _cut_before(extra: int) -> int:
    """Letters to cut at the beginning of a sequence with `extra` too many; negative to pad."""
    return extra // 2 if extra > 0 else -(-extra // 2)


def _place(name: str, extra: int) -> tuple[str, int]:
    """Chromosome and 0-based start of a sequence so named after `fit_length`; "" and -1 for none.

    The sequence of the other strand begins at the end of its interval.
    """
    match = COORDINATES.search(name)
    if match is None:
        return "", -1
    cut = _cut_before(extra)
    if is_reverse(name):
        cut = extra - cut
    return match[1], int(match[2]) + cut


def fit_length(sequences: Sequence[str], length: int | None) -> tuple[list[str], list[str]]:
    """Returns sequences centre-cropped or padded with N on both sides to `length`, and notes with counts.

    None takes `common_length`. Of an odd difference the larger half is cut or padded at the end.

    Raises:
      ValueError: for a length below 1.
    """
    lengths = np.array([len(sequence) for sequence in sequences])
    if length is None:
        length = common_length(lengths)
    if length < 1:
        raise ValueError(f"sequences cannot be cropped to {length} nt")
    fitted = []
    for sequence in sequences:
        extra = len(sequence) - length
        left = _cut_before(extra)
        if extra > 0:
            sequence = sequence[left : left + length]
        elif extra < 0:
            sequence = "N" * -left + sequence + "N" * (left - extra)
        fitted.append(sequence)
    notes = []
    longer, shorter = int((lengths > length).sum()), int((lengths < length).sum())
    if longer:
        notes.append(
            f"{longer} of {len(lengths)} sequences were longer than {length} nt and cropped to their centre"
        )
    if shorter:
        notes.append(f"{shorter} of {len(lengths)} sequences were shorter than {length} nt and padded with N")
    return fitted, notes


def read_sequences(path: str | os.PathLike, length: int | None = None, min_length: int = 1) -> Dataset:
    """Reads a FASTA or a DeepBind table, gzipped or not; the format is recognised by the content.

    FASTA: wrapped lines, lower case, IUPAC codes (read as N) and Windows line ends are fine. If
    every name is 0 or 1, names are labels. Coordinates such as chr1:100-200(+) in names are kept
    (the start moves with cropping and padding); the first number is taken as 0-based, as bedtools
    writes it. A table is tab-separated with a header that names a column "seq"; its last column is
    the label.

    Args:
      path: the file.
      length: sequences are centre-cropped or padded with N to this, in nt; None takes
        `common_length`.
      min_length: least length of the result, in nt.

    Returns:
      a Dataset, with labels (N, 1) of target "bound" if the file has any. Its notes say how many
      sequences were cropped or padded, and how many letters are none of ACGT.

    Raises:
      ValueError: with one line, for a file that is missing, empty, damaged, neither format,
        protein, or holds sequences that are too short.

    Examples:
      >>> import pathlib
      >>> import jaxmotif as jm
      >>> _ = pathlib.Path("two.fa").write_text(">a\\nACGT\\n>b\\nGGGG\\n")
      >>> jm.read_sequences("two.fa").sequences.shape
      (2, 4)
    """
    path = pathlib.Path(path)
    # splitlines would also cut names at form feeds and other rare separators.
    lines = re.split(r"\r\n|\n|\r", _text(path))
    first = next(line for line in lines if line.strip())
    labels = None
    if "seq" in [name.strip().lower() for name in first.split("\t")] and not first.startswith(">"):
        names, sequences, labels = _table_records(path, lines)
    else:
        names, sequences = _fasta_records(path, lines)
        if all(_LABEL.match(name) for name in names):
            labels = [float(name) for name in names]
            names = [f"seq{number + 1}" for number in range(len(names))]
    if not sequences:
        raise ValueError(f"{path} holds no sequences")
    other = _check_letters(path, names, sequences)
    lengths = np.array([len(sequence) for sequence in sequences])
    sequences, notes = fit_length(sequences, length)
    if len(sequences[0]) < min_length:
        raise ValueError(
            f"{path}: sequences of {len(sequences[0])} nt are shorter than the {min_length} nt needed"
        )
    if other:
        notes.append(f"{other} letters other than A, C, G, T are read as N")
    cut = [_cut_before(extra) for extra in (lengths - len(sequences[0])).tolist()]
    places = [
        _place(name, had - len(sequences[0])) for name, had in zip(names, lengths.tolist(), strict=True)
    ]
    chrom, start = zip(*places, strict=True)
    known = any(chrom)
    return Dataset(
        dna.encode(sequences),
        None if labels is None else np.array(labels, np.float32)[:, None],
        names,
        None if labels is None else ("bound",),  # pyrefly: ignore[bad-argument-type]
        np.array(chrom) if known else None,
        np.array(start) if known else None,
        notes=tuple(f"{path.name}: {note}" for note in notes),
        offset=np.array(cut),
        record_length=lengths,
    )
