"""A set of labelled sequences in memory, and its three parts."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from jaxmotif import dna, memory_maps
from jaxmotif.data.names import Locus, NumberedNames, locus, numbered
from jaxmotif.data.truth import Truth

# One entry a sequence, or None.
_PLACES = ("chrom", "start", "group", "offset", "record_length", "strand")


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """N sequences of one length.

    Attributes:
      sequences: uint8 (N, L), 0..3 = A C G T, 4 = anything else. A memory map stays one, also of labels.
      labels: float32 (N, T), given as (N, T) or, for one target, as (N,); None for sequences without
        labels. NaN marks an unknown label. uint8 stays uint8: a byte a label, where there are billions.
      names: N names; by default "seq1", "seq2", ..., which are made when asked for.
      targets: T names of what the labels say; by default "target1", ...
      chrom: N chromosome names, or None; "" where unknown.
      start: int64 (N,), 0-based position on the chromosome, or None; -1 where unknown.
      group: int64 (N,), or None. Sequences of one group stay on one side of every split (a positive
        and the negative that was made from it).
      truth: what was planted, for synthetic sequences, or None.
      notes: what happened on the way here that a user should know, e.g. how many were cropped.
      offset: int64 (N,), 0-based position in its own record at which each row begins; negative where the
        row was padded on the left. None where nothing is known of records: rows then are their own.
      record_length: int64 (N,), length of each row's own record in nt, or None as `offset`.
      strand: int64 (N,), of rows that are known to lie at `chrom` and `start` to the letter: 1, or -1 where a
        row is the other strand; 0 where their names tell (see `names.locus`). None: names tell for all.
      alphabet: "ACGT", or "ACGU" for RNA: code 3 is then U, and sequences have no other strand.
      weights: float32 (N,), how much the labels of each count in training, or None for all alike.

    Raises:
      ValueError: if shapes, types or values do not fit together.

    Examples:
      >>> import jaxmotif as jm
      >>> data = jm.Dataset.from_strings(["ACGT", "TTTT"])
      >>> len(data), list(data.names)
      (2, ['seq1', 'seq2'])
    """

    sequences: np.ndarray
    labels: np.ndarray | None = None
    # None at construction only: both are filled in.
    names: Sequence[str] = None  # pyrefly: ignore[bad-assignment]
    targets: tuple[str, ...] = None  # pyrefly: ignore[bad-assignment]
    chrom: np.ndarray | None = None
    start: np.ndarray | None = None
    group: np.ndarray | None = None
    truth: Truth | None = None
    notes: tuple[str, ...] = ()
    offset: np.ndarray | None = None
    record_length: np.ndarray | None = None
    strand: np.ndarray | None = None
    alphabet: str = dna.ALPHABET
    weights: np.ndarray | None = None

    def __post_init__(self):
        put = lambda name, value: object.__setattr__(self, name, value)
        codes_nl = memory_maps.array_of(self.sequences)
        if codes_nl.ndim != 2 or codes_nl.dtype != np.uint8:
            raise ValueError(f"sequences must be uint8 (N, L), got {codes_nl.dtype} {codes_nl.shape}")
        if codes_nl.size and (most := memory_maps.largest(codes_nl)) > dna.N:
            raise ValueError(f"sequence codes are 0..{dna.N}, got {most}")
        put("sequences", codes_nl)
        count = len(codes_nl)

        width = 0
        if self.labels is not None:
            labels_nt = memory_maps.array_of(self.labels)
            if labels_nt.dtype != np.uint8:
                labels_nt = labels_nt.astype(np.float32, copy=False)
            if labels_nt.ndim == 1:
                labels_nt = labels_nt[:, None]
            if labels_nt.ndim != 2 or len(labels_nt) != count:
                raise ValueError(f"labels must be (N, T) with N = {count}, got {np.shape(self.labels)}")
            put("labels", labels_nt)
            width = labels_nt.shape[1]
        put(
            "targets",
            tuple(f"target{i + 1}" for i in range(width)) if self.targets is None else tuple(self.targets),
        )
        if self.labels is not None and len(self.targets) != width:
            raise ValueError(f"{len(self.targets)} target names for labels of shape {self.labels.shape}")
        if self.names is None:
            put("names", NumberedNames(range(count)))
        elif not isinstance(self.names, NumberedNames):
            put("names", list(self.names))
        put("notes", tuple(self.notes))
        dna.check_alphabet(self.alphabet)

        for name in _PLACES:
            if getattr(self, name) is not None:
                kind = str if name == "chrom" else np.int64
                put(name, np.asarray(getattr(self, name), dtype=kind))
        if self.weights is not None:
            put("weights", np.asarray(self.weights, np.float32))
        for name in ("names", *_PLACES, "truth", "weights"):
            value = getattr(self, name)
            if value is not None and len(value) != count:
                raise ValueError(f"{len(value)} entries in {name} for {count} sequences")

    @classmethod
    def from_strings(cls, sequences: Sequence[str], labels=None, names=None) -> "Dataset":
        """Makes a data set from letters; of RNA where there is U and no T.

        Args:
          sequences: N strings of one length, a list or an array; either case, U counts as T, all else is N.
          labels: (N,), (N, T) or None.
          names: N names, or None for "seq1", "seq2", ...

        Raises:
          ValueError: for one string instead of several, or where lengths or counts differ.
        """
        if not isinstance(sequences, str):
            sequences = [s.decode("ascii", "replace") if isinstance(s, bytes) else str(s) for s in sequences]
        alphabet = dna.alphabet_of(sequences)
        return cls(dna.encode(sequences), labels, names, alphabet=alphabet)  # pyrefly: ignore[bad-argument-type]

    @classmethod
    def from_arrays(cls, sequences, labels=None, names=None) -> "Dataset":
        """Makes a data set from codes or one-hot.

        Args:
          sequences: integer codes (N, L), 0 to 4; or one-hot (N, L, 4) in the order A C G T, in which four
            equal entries (0 or 0.25) are N.
          labels: (N,), (N, T) or None.
          names: N names, or None for "seq1", "seq2", ...

        Raises:
          ValueError: for another shape, codes outside 0 to 4, columns that are not one-hot, or where counts
            differ.
        """
        return cls(_codes(np.asarray(sequences)), labels, names)  # pyrefly: ignore[bad-argument-type]

    def __len__(self) -> int:
        return len(self.sequences)

    def __getitem__(self, which) -> "Dataset":
        """Returns the rows of a slice, a boolean mask (N,) or integers, as a data set; see `take`."""
        if isinstance(which, slice):
            return self.take(np.arange(len(self))[which])
        if isinstance(which, (int, np.integer)):
            if not -len(self) <= which < len(self):
                raise IndexError(f"sequence {which} of {len(self)}")
            return self.take([which])
        return self.take(which)

    def __repr__(self) -> str:
        kind = "sequences" if self.has_complement else "RNA sequences"
        text = f"Dataset({len(self):,} {kind} of {self.length} nt, "
        if self.labels is None:
            return text + "no labels)"
        width = self.labels.shape[1]
        text += f"labels {width:,} target{'' if width == 1 else 's'}"
        return text + (f", {int((self.labels > 0.5).sum()):,} positive)" if width == 1 else ")")

    @property
    def length(self) -> int:
        """Returns the length of every sequence, in nt."""
        return self.sequences.shape[1]

    @property
    def has_complement(self) -> bool:
        """Returns whether sequences may be read on the other strand, too: they are DNA, not RNA."""
        return dna.has_complement(self.alphabet)

    @property
    def reverse(self) -> np.ndarray:
        """Returns bool (N,): whether a row is of the other strand of its coordinates."""
        by_name = np.array([found is not None and found.reverse for found in self._loci()], bool)
        return by_name if self.strand is None else np.where(self.strand == 0, by_name, self.strand < 0)

    @property
    def placed(self) -> np.ndarray:
        """Returns bool (N,): whether `chrom` and `start` are known to the letter.

        They are not where a name gives an interval of another length than its record; see `names.locus`.
        """
        if self.chrom is None:
            return np.zeros(len(self), bool)
        fits = np.array([found is None or found.fits for found in self._loci()], bool)
        return (self.chrom != "") & (fits if self.strand is None else fits | (self.strand != 0))

    def _loci(self) -> list[Locus | None]:
        if self.chrom is None:
            return [None] * len(self)
        lengths = np.full(len(self), self.length) if self.record_length is None else self.record_length
        return [locus(name, length) for name, length in zip(self.names, lengths.tolist(), strict=True)]

    @property
    def known_labels(self) -> np.ndarray:
        """The labels, (N, targets).

        Raises:
          ValueError: for sequences without labels.
        """
        if self.labels is None:
            raise ValueError(f"{len(self)} sequences have no labels")
        return self.labels

    @property
    def known_group(self) -> np.ndarray:
        """The group of each sequence, int64 (N,); a group of its own where nothing is known."""
        return np.arange(len(self)) if self.group is None else self.group

    @property
    def is_positive(self) -> np.ndarray:
        """Returns bool (N,): whether the one label of each sequence is 1.

        Raises:
          ValueError: unless there is one label per sequence, and each is 0 or 1.
        """
        if self.labels is None:
            raise ValueError(f"{len(self)} sequences without labels have no positives")
        if self.labels.shape[1] != 1:
            raise ValueError(f"positives need labels of one target, got {self.labels.shape[1]} targets")
        labels_n = self.labels[:, 0]
        bad = np.flatnonzero((labels_n != 0) & (labels_n != 1))
        if len(bad):
            raise ValueError(f"labels must be 0 or 1, but that of sequence {bad[0]} is {labels_n[bad[0]]:g}")
        return labels_n == 1

    @property
    def positives(self) -> "Dataset":
        """Returns the sequences with label 1, in order. Raises ValueError as `is_positive`."""
        return self.take(self.is_positive)

    @property
    def negatives(self) -> "Dataset":
        """Returns the sequences with label 0, in order. Raises ValueError as `is_positive`."""
        return self.take(~self.is_positive)

    def take(self, indices) -> "Dataset":
        """Returns the sequences `indices` (integers, or N booleans), in that order, with all of their own.

        Raises:
          ValueError: for a mask whose length is not N.
        """
        indices = np.asarray(indices)
        if indices.dtype == bool:
            if indices.shape != (len(self),):
                raise ValueError(f"a mask of shape {indices.shape} for {len(self)} sequences")
            indices = np.flatnonzero(indices)
        indices = indices.astype(np.int64)
        if len(indices) == len(self) and np.array_equal(indices, np.arange(len(self))):
            return self  # nothing of a memory map is read for it
        part = {
            name: getattr(self, name)[indices]
            for name in ("sequences", "labels", "weights", *_PLACES)
            if getattr(self, name) is not None
        }
        if self.truth is not None:
            part["truth"] = self.truth.take(indices)
        if isinstance(self.names, NumberedNames):
            names = self.names.take(indices)
        else:
            names = [self.names[int(i)] for i in indices]
        return dataclasses.replace(self, names=names, **part)

    def with_notes(self, *notes: str) -> "Dataset":
        """Returns the same with further notes."""
        return dataclasses.replace(self, notes=(*self.notes, *notes))

    def with_distinct_names(self, source: str = "") -> "Dataset":
        """Returns the same with numbered names where sequences share one (`names.numbered`), and a note.

        `source` is what the note begins with, if anything.
        """
        if isinstance(self.names, NumberedNames) and len(np.unique(self.names.numbers)) == len(self):
            return self
        names, repeated = numbered(self.names)
        if not repeated:
            return self
        note = f"{repeated} of {len(names)} sequences shared their names, which are numbered now"
        return dataclasses.replace(self, names=names).with_notes(f"{source}: {note}" if source else note)


def _codes(array: np.ndarray) -> np.ndarray:
    """Codes uint8 (N, L) of codes of any integer type, or of one-hot (N, L, 4)."""
    if array.ndim == 3 and array.shape[2] == len(dna.ALPHABET):
        is_base_nl = (array == 1).sum(axis=2) == 1
        is_base_nl &= (array == 0).sum(axis=2) == 3
        other_nl = (array == 0).all(axis=2) | (array == 0.25).all(axis=2)
        bad = np.argwhere(~(is_base_nl | other_nl))
        if len(bad):
            row, position = bad[0].tolist()
            values = array[row, position].tolist()
            raise ValueError(f"position {position} of sequence {row} is {values}, which is not one-hot")
        return np.where(is_base_nl, array.argmax(axis=2), dna.N).astype(np.uint8)
    if array.ndim != 2 or not np.issubdtype(array.dtype, np.integer):
        raise ValueError(
            f"sequences must be integer codes (N, L) or one-hot (N, L, 4), got {array.dtype} {array.shape}"
        )
    if array.size and not 0 <= array.min() <= array.max() <= dna.N:
        raise ValueError(f"sequence codes are 0..{dna.N}, got {array.min()}..{array.max()}")
    return array.astype(np.uint8)


def concatenate(datasets: Sequence[Dataset]) -> Dataset:
    """Returns all sequences of several sets in one; groups of different sets stay apart, notes are joined.

    Chromosomes and starts that only some sets have are filled up as unknown, and rows of a set without
    offsets count as records of their own. Truth is kept only if there is one set.

    Raises:
      ValueError: for no sets, or if lengths, targets or alphabets differ, or only some have labels.
    """
    if not datasets:
        raise ValueError("no data sets to concatenate")
    first = datasets[0]
    for other in datasets[1:]:
        if other.length != first.length:
            raise ValueError(f"sequences of {first.length} and of {other.length} nt cannot be put together")
        if (other.labels is None) != (first.labels is None):
            raise ValueError("some of the data sets have labels and some have none")
        if other.alphabet != first.alphabet:
            raise ValueError(f"sequences of {first.alphabet} and of {other.alphabet} cannot be put together")
        if other.targets != first.targets:
            raise ValueError(f"targets differ: {first.targets} and {other.targets}")
    if len(datasets) == 1:
        return first

    def join(name, fill):
        if all(getattr(d, name) is None for d in datasets):
            return None
        return np.concatenate([fill(d) if getattr(d, name) is None else getattr(d, name) for d in datasets])

    group, before = None, 0
    if any(d.group is not None for d in datasets):
        group = []
        for d in datasets:
            _, own = np.unique(np.arange(len(d)) if d.group is None else d.group, return_inverse=True)
            group.append(own + before)
            before += len(d)
        group = np.concatenate(group)
    return Dataset(
        sequences=np.concatenate([d.sequences for d in datasets]),
        labels=join("labels", lambda d: d.labels),
        names=_join_names([d.names for d in datasets]),
        targets=first.targets,
        chrom=join("chrom", lambda d: np.full(len(d), "")),
        start=join("start", lambda d: np.full(len(d), -1)),
        group=group,
        notes=tuple(note for d in datasets for note in d.notes),
        offset=join("offset", lambda d: np.zeros(len(d), np.int64)),
        record_length=join("record_length", lambda d: np.full(len(d), d.length)),
        strand=join("strand", lambda d: np.zeros(len(d), np.int64)),
        alphabet=first.alphabet,
        weights=join("weights", lambda d: np.ones(len(d), np.float32)),
    )


def _join_names(parts: Sequence[Sequence[str]]) -> Sequence[str]:
    numbered = [names for names in parts if isinstance(names, NumberedNames)]
    if len(numbered) == len(parts):
        return NumberedNames(np.concatenate([np.asarray(names.numbers, np.int64) for names in numbered]))
    return [name for names in parts for name in names]


@dataclasses.dataclass(frozen=True, repr=False)
class Splits:
    """What a network is fitted on, what stops the fitting, and what is only seen in the end.

    Attributes:
      train: fits weights.
      valid: stops the fitting.
      test: is only seen in the end.
      held_out: in words, how `test` (or `valid`, where a test set was given) was chosen; "" where not known.
    """

    train: Dataset
    valid: Dataset
    test: Dataset
    held_out: str = dataclasses.field(default="", kw_only=True)

    def __repr__(self) -> str:
        return f"Splits(train={self.train!r}, valid={self.valid!r}, test={self.test!r})"

    @property
    def parts(self) -> tuple[Dataset, Dataset, Dataset]:
        """Returns training, validation and test sequences."""
        return self.train, self.valid, self.test

    @property
    def notes(self) -> tuple[str, ...]:
        """Returns the notes of all parts, each once."""
        return tuple(dict.fromkeys(note for part in self.parts for note in part.notes))
