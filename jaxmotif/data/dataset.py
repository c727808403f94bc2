"""A set of labelled sequences in memory, and its three parts."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from jaxmotif import dna
from jaxmotif.data.truth import Truth


@dataclasses.dataclass(frozen=True, eq=False)
class Dataset:
    """N sequences of one length.

    Attributes:
      sequences: uint8 (N, L), 0..3 = A C G T, 4 = anything else.
      labels: float32 (N, T), or None for sequences without labels. NaN marks an unknown label. uint8 stays
        uint8: a byte a label, where there are billions.
      names: N names; by default "seq1", "seq2", ...
      targets: T names of what the labels say; by default "target1", ...
      chrom: N chromosome names, or None; "" where unknown.
      start: int64 (N,), 0-based position on the chromosome, or None; -1 where unknown.
      group: int64 (N,), or None. Sequences of one group stay on one side of every split (a positive
        and the negative that was made from it).
      truth: what was planted, for synthetic sequences, or None.
      notes: what happened on the way here that a user should know, e.g. how many were cropped.

    Raises:
      ValueError: if shapes, types or values do not fit together.

    Examples:
      >>> import jaxmotif as jm
      >>> data = jm.Dataset(jm.encode(["ACGT", "TTTT"]))
      >>> len(data), list(data.names)
      (2, ['seq1', 'seq2'])
    """

    sequences: np.ndarray
    labels: np.ndarray | None = None
    names: Sequence[str] = None
    targets: tuple[str, ...] = None
    chrom: np.ndarray | None = None
    start: np.ndarray | None = None
    group: np.ndarray | None = None
    truth: Truth | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self):
        put = lambda name, value: object.__setattr__(self, name, value)
        codes_nl = np.asarray(self.sequences)
        if codes_nl.ndim != 2 or codes_nl.dtype != np.uint8:
            raise ValueError(f"sequences must be uint8 (N, L), got {codes_nl.dtype} {codes_nl.shape}")
        if codes_nl.size and codes_nl.max() > dna.N:
            raise ValueError(f"sequence codes are 0..{dna.N}, got {codes_nl.max()}")
        put("sequences", codes_nl)
        count = len(codes_nl)

        width = 0
        if self.labels is not None:
            labels_nt = np.asarray(self.labels)
            if labels_nt.dtype != np.uint8:
                labels_nt = labels_nt.astype(np.float32, copy=False)
            if labels_nt.ndim != 2 or len(labels_nt) != count:
                raise ValueError(f"labels must be (N, T) with N = {count}, got {labels_nt.shape}")
            put("labels", labels_nt)
            width = labels_nt.shape[1]
        put(
            "targets",
            tuple(f"target{i + 1}" for i in range(width)) if self.targets is None else tuple(self.targets),
        )
        if self.labels is not None and len(self.targets) != width:
            raise ValueError(f"{len(self.targets)} target names for labels of shape {self.labels.shape}")
        put(
            "names",
            [f"seq{i + 1}" for i in range(count)] if self.names is None else list(self.names),
        )
        put("notes", tuple(self.notes))

        for name, kind in (("chrom", str), ("start", np.int64), ("group", np.int64)):
            if getattr(self, name) is not None:
                put(name, np.asarray(getattr(self, name), dtype=kind))
        for name in ("names", "chrom", "start", "group", "truth"):
            value = getattr(self, name)
            if value is not None and len(value) != count:
                raise ValueError(f"{len(value)} entries in {name} for {count} sequences")

    def __len__(self) -> int:
        return len(self.sequences)

    @property
    def length(self) -> int:
        """Length of every sequence, in nt."""
        return self.sequences.shape[1]

    def take(self, indices) -> "Dataset":
        """The sequences `indices` (integers, or N booleans), in that order, with all of their own.

        Raises:
          ValueError: for a mask whose length is not N.
        """
        indices = np.asarray(indices)
        if indices.dtype == bool:
            if indices.shape != (len(self),):
                raise ValueError(f"a mask of shape {indices.shape} for {len(self)} sequences")
            indices = np.flatnonzero(indices)
        indices = indices.astype(np.int64)
        part = {
            name: getattr(self, name)[indices]
            for name in ("sequences", "labels", "chrom", "start", "group")
            if getattr(self, name) is not None
        }
        if self.truth is not None:
            part["truth"] = self.truth.take(indices)
        return dataclasses.replace(self, names=[self.names[i] for i in indices], **part)

    def with_notes(self, *notes: str) -> "Dataset":
        """The same with further notes."""
        return dataclasses.replace(self, notes=(*self.notes, *notes))


def concatenate(datasets: Sequence[Dataset]) -> Dataset:
    """All sequences of several sets in one. Groups of different sets stay apart; notes are joined.

    Chromosomes and starts that only some sets have are filled up as unknown; truth is kept only if
    there is one set.

    Raises:
      ValueError: for no sets, or if lengths or targets differ, or only some have labels.
    """
    if not datasets:
        raise ValueError("no data sets to concatenate")
    first = datasets[0]
    for other in datasets[1:]:
        if other.length != first.length:
            raise ValueError(f"sequences of {first.length} and of {other.length} nt cannot be put together")
        if (other.labels is None) != (first.labels is None):
            raise ValueError("some of the data sets have labels and some have none")
        if other.targets != first.targets:
            raise ValueError(f"targets differ: {first.targets} and {other.targets}")
    if len(datasets) == 1:
        return first

    def join(name, fill):
        if all(getattr(d, name) is None for d in datasets):
            return None
        return np.concatenate([fill(d) if getattr(d, name) is None else getattr(d, name) for d in datasets])

    group, offset = None, 0
    if any(d.group is not None for d in datasets):
        group = []
        for d in datasets:
            _, own = np.unique(np.arange(len(d)) if d.group is None else d.group, return_inverse=True)
            group.append(own + offset)
            offset += len(d)
        group = np.concatenate(group)
    return Dataset(
        sequences=np.concatenate([d.sequences for d in datasets]),
        labels=join("labels", lambda d: d.labels),
        names=[name for d in datasets for name in d.names],
        targets=first.targets,
        chrom=join("chrom", lambda d: np.full(len(d), "")),
        start=join("start", lambda d: np.full(len(d), -1)),
        group=group,
        notes=tuple(note for d in datasets for note in d.notes),
    )


@dataclasses.dataclass(frozen=True)
class Splits:
    """What a network is fitted on, what stops the fitting, and what is only seen in the end."""

    train: Dataset
    valid: Dataset
    test: Dataset

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes of all parts, each once."""
        parts = (self.train, self.valid, self.test)
        return tuple(dict.fromkeys(note for part in parts for note in part.notes))
