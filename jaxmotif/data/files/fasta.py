"""Reading sequences: FASTA and tables, from files, standard input or pipes."""

import os
import re
from collections.abc import Sequence

import numpy as np

from jaxmotif import dna, files, memory
from jaxmotif.data import labels as labels_in_names
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import content, kinds, tables
from jaxmotif.data.files.content import Content
from jaxmotif.data.files.genome import Repeats
from jaxmotif.data.files.tables import Records
from jaxmotif.data.labels import Labels
from jaxmotif.data.names import places

# What is made of a letter between reading and training: text, codes, words of several kinds.
_BYTES = 20
_IUPAC = frozenset("ACGTUNRYSWKMBDHVX-.*")  # X: how some maskers write N
_PROTEIN_ONLY = frozenset("EFILPQZJ")
_MASKED = dict.fromkeys(range(ord("a"), ord("z") + 1), "N")
# Of the records that would be cropped or padded: more than this share, and the length has to be told.
# A length beyond so many times that of the longest sequence is a slip: all would be N.
MOST_PADDING = 100
MOST_CHANGED = 1 / 3


def _fasta_records(path, lines: Sequence[str]) -> Records:
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
        kinds.refuse_chromosome(path, name, len(sequence))
    return Records(names, sequences)


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


def fit_length(sequences: Sequence[str], length: int | None) -> tuple[list[str], list[str]]:
    """Returns sequences centre-cropped or padded with N on both sides to `length`, and notes with counts.

    None takes `common_length`. Of an odd difference the larger half is cut or padded at the end.

    Raises:
      ValueError: for a length below 1, far beyond all sequences, or for which there is no memory.
    """
    lengths = np.array([len(sequence) for sequence in sequences])
    if length is None:
        length = common_length(lengths)
    if length < 1:
        raise ValueError(f"sequences cannot be cropped to {length} nt")
    longest = int(lengths.max(initial=1))
    if length > MOST_PADDING * longest:
        raise ValueError(
            f"length {length:,} is more than {MOST_PADDING} times that of the longest, {longest:,} nt"
        )
    memory.check(_BYTES * length * len(lengths), f"{len(lengths):,} sequences of {length:,} nt")
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


def read_sequences(
    path: str | os.PathLike,
    length: int | None = None,
    min_length: int = 1,
    labels: Labels = "auto",
    repeats: Repeats = "keep",
) -> Dataset:
    """Reads a FASTA or a table, gzipped or not; the format is recognised by the content.

    FASTA: wrapped lines, lower case, IUPAC codes (read as N) and Windows line ends are fine. Coordinates such
    as chr1:100-200(+) in names are kept (the start moves with cropping and padding); the record's length
    tells whether they count from 0 or 1 (`names.locus`). Letters U and no T are RNA. Tables: with a header
    that names a column "seq" or "sequence" and one of labels ("label", or what follows the sequence), as
    DeepBind's; two columns without header, name and sequence, as of `bedtools getfasta -tab`; or one sequence
    a line. Records that share a name are numbered.

    Args:
      path: the file; "-" is standard input.
      length: sequences are centre-cropped or padded with N to this, in nt; None takes
        `common_length`.
      min_length: least length of the result, in nt.
      labels: what is done with labels in names. "auto" reads them where every name is 1 or 0, and refuses
        names that look like labels of another style (+1/-1, label=1, x|0, pos_3/neg_7, ..._shuf); "names"
        reads them in any style; "none" takes all records alike.
      repeats: "mask" reads letters in lower case as N.

    Returns:
      a Dataset, with labels (N, 1) of target "bound" if the file has any. Its notes say how many
      sequences were cropped or padded, how many letters are none of ACGT, and how many names were repeated.

    Raises:
      ValueError: with one line, for a file that is missing, empty, damaged, of another kind (which is named),
        protein, a genome, or holds sequences that are too short or labels that cannot be read.

    Examples:
      >>> import pathlib
      >>> import jaxmotif as jm
      >>> _ = pathlib.Path("two.fa").write_text(">a\\nACGT\\n>b\\nGGGG\\n")
      >>> jm.read_sequences("two.fa").sequences.shape
      (2, 4)
    """
    with files.reading(content.shown_name(path)):
        return parse(content.read(path), content.short_name(path), length, min_length, labels, repeats)


def parse(
    source: Content,
    short: str,
    length: int | None = None,
    min_length: int = 1,
    labels: Labels = "auto",
    repeats: Repeats = "keep",
) -> Dataset:
    """Returns the sequences of what was read, see `read_sequences`; notes call the file `short`."""
    path = source.name
    names, sequences, values = _records(path, source.text)
    if not sequences:
        raise ValueError(f"{path} holds no sequences")
    other = _check_letters(path, names, sequences)  # before labels: what is no DNA is told first
    if values is None:
        values = labels_in_names.read(path, names, labels)
        if values is not None and all(map(labels_in_names.is_label, names)):
            names = [f"seq{number + 1}" for number in range(len(names))]
    return of_records(path, short, Records(names, sequences, values), length, min_length, repeats, other)


def of_records(
    path: str,
    short: str,
    records: Records,
    length: int | None = None,
    min_length: int = 1,
    repeats: Repeats = "keep",
    other: int | None = None,
) -> Dataset:
    """Returns names and letters as a data set, see `read_sequences`.

    Args:
      path: what messages call the file.
      short: what notes call it.
      records: what it holds.
      length, min_length, repeats: see `read_sequences`.
      other: letters that are none of ACGTU, where they are counted already.

    Raises:
      ValueError: for protein, letters that are no nucleotide code, and sequences that are too short.
    """
    names, sequences, values = records
    other = _check_letters(path, names, sequences) if other is None else other
    alphabet = dna.alphabet_of(sequences)
    mostly_u = sum(text.upper().count("U") - text.upper().count("T") for text in sequences) > 0
    lengths = np.array([len(sequence) for sequence in sequences])
    if repeats == "mask":
        sequences = [sequence.translate(_MASKED) for sequence in sequences]
    sequences, notes = fit_length(sequences, length)
    now = len(sequences[0])
    if now < min_length:
        raise ValueError(f"{path}: sequences of {now} nt are shorter than the {min_length} nt needed")
    if other:
        notes.append(f"{other} letters other than A, C, G, T are read as N")
    if alphabet == dna.ALPHABET and mostly_u:
        notes.append("letters U and T both occur and are the same one here; --rna reads the sequences as RNA")
    cut = [_cut_before(extra) for extra in (lengths - now).tolist()]
    chrom, start, told = places(names, lengths, cut, now)
    return Dataset(
        dna.encode(sequences),
        None if values is None else np.array(values, np.float32)[:, None],
        names,
        None if values is None else ("bound",),  # pyrefly: ignore[bad-argument-type]
        chrom,
        start,
        notes=tuple(f"{short}: {note}" for note in [*notes, *told]),
        offset=np.array(cut),
        record_length=lengths,
        alphabet=alphabet,
    ).with_distinct_names(short)


def _records(path: str, text: str) -> Records:
    # splitlines would also cut names at form feeds and other rare separators.
    lines = re.split(r"\r\n|\n|\r", text)
    first = next(line for line in lines if line.strip())
    if tables.has_header(first):
        return tables.with_header(path, lines)
    if not first.lstrip().startswith((">", ";")):
        columns = tables.without_header(lines)
        if columns:
            return columns
        number = next(number for number, line in enumerate(lines, 1) if line.strip())
        raise kinds.no_fasta(path, number, first, kinds.unknown([line for line in lines if line.strip()]))
    return _fasta_records(path, lines)


def check_lengths(path: str, data: Dataset) -> None:
    """Checks that a length nobody asked for leaves most records as they are.

    Raises:
      ValueError: if more than `MOST_CHANGED` of the records were cropped or padded.
    """
    lengths = data.record_length
    if lengths is None:
        return
    changed = int((lengths != data.length).sum())
    if changed > MOST_CHANGED * len(data):
        raise ValueError(
            f"{path}: sequences are of {lengths.min():,} to {lengths.max():,} nt; at {data.length} nt "
            f"{changed:,} of {len(data):,} would be cropped or padded. Say which length they are to have: "
            f"--length={data.length}, or another"
        )
