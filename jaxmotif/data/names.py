"""Names of sequences: those that nobody gave, and the coordinates that a name may carry."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

# As bedtools and most peak callers write it, also after "name::" or "range=".
COORDINATES = re.compile(r"(?:^|\s|::|=)([\w.]+):(\d{1,18})-(\d{1,18})(?=$|\s|[(:])")
_CHR = re.compile(r"^chr(omosome)?[_.]?", re.IGNORECASE)
_OTHER_STRAND = re.compile(r"^\(-\)|\bstrand=-")


class NumberedNames(Sequence):
    """The names "seq1", "seq2", ... as a list that holds numbers only: millions of rows need no strings.

    Attributes:
      numbers: int64 (N,), from 0; row i is called seq<numbers[i] + 1>. A range takes no memory.
    """

    __hash__ = None  # compared by content, as a list

    def __init__(self, numbers: range | np.ndarray):
        self.numbers = numbers

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return [f"seq{number + 1}" for number in self.numbers[index]]
        return f"seq{int(self.numbers[index]) + 1}"

    def __eq__(self, other) -> bool:
        if isinstance(other, NumberedNames):
            return np.array_equal(np.asarray(self.numbers), np.asarray(other.numbers))
        if isinstance(other, list):
            return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))
        return NotImplemented

    def __repr__(self) -> str:
        shown = ", ".join(repr(name) for name in self[:3])
        return f"[{shown}{', ...' if len(self) > 3 else ''}]"

    def take(self, indices: np.ndarray) -> "NumberedNames":
        """Returns the names of the rows `indices`, (n,)."""
        return NumberedNames(np.asarray(self.numbers, dtype=np.int64)[indices])


def plain_chromosome(name: str) -> str:
    """Returns a chromosome's name without "chr": chr7, Chr7 and 7 are the same one."""
    return _CHR.sub("", name) or name


def plain_chromosomes(names_n: np.ndarray) -> np.ndarray:
    """Returns `plain_chromosome` of each of N names, (N,)."""
    different, number = np.unique(names_n, return_inverse=True)
    return np.array([plain_chromosome(name) for name in different.tolist()], str)[number.ravel()]


def is_reverse(name: str) -> bool:
    """Returns whether a name with coordinates, such as chr1:100-200(-), is that of the other strand."""
    match = COORDINATES.search(name)
    return match is not None and bool(_OTHER_STRAND.search(name[match.end() :].lstrip()))


def numbered(names: Sequence[str]) -> tuple[list[str], int]:
    """Returns names that are all distinct, and how many were repeated ones.

    Records that share a name get it with _1, _2, ... in their order, after a blank where the name ends with
    coordinates, which stay readable. Numbers are left out that would make a name that is there.
    """
    counts = Counter(names)
    if len(counts) == len(names):
        return list(names), 0
    taken, used, made = set(counts), Counter(), []
    for name in names:
        if counts[name] > 1:
            mark = " " if COORDINATES.search(name) else "_"
            used[name] += 1
            while (new := f"{name}{mark}{used[name]}") in taken:
                used[name] += 1
            taken.add(new)
            made.append(new)
        else:
            made.append(name)
    return made, sum(count for count in counts.values() if count > 1)
