"""Labels that stand in the names of sequences, in the styles that are about."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

from jaxmotif.config import one_of
from jaxmotif.data.names import COORDINATES

# What to do with labels in names: read 1 and 0 and refuse what looks like others, read any, or ignore all.
Labels = Literal["auto", "names", "none"]

# A name that is a label and nothing else; read without being asked for.
_EXACT = re.compile(r"\s*([01](?:\.0*)?)\s*")

_POSITIVE = frozenset("1 +1 pos positive positives true yes t fg foreground bound".split())
# Words that set a record apart from the rest of a file.
_MARKS = frozenset(
    "neg negative negatives bg bkg background unbound nonbound control controls ctrl ctl rand random "
    "randomized scrambled permuted decoy nonpeak nopeak".split()
)
_NEGATIVE = _MARKS | frozenset("0 -1 false no f".split())
_SHUFFLED = "shuf"  # within a word: shuf, shuffled, dinucshuf

_ANY_MARK = re.compile("|".join(sorted({*_MARKS, _SHUFFLED})), re.IGNORECASE)

_VALUE = r"([+-]?\d+(?:\.0+)?|[A-Za-z]+)"
_KEYS = (
    re.compile(
        rf"(?<![A-Za-z])(?:labels?|class|cls|targets?|y|bound|is[_-]?(?:bound|positive|peak))\s*[=:]\s*{_VALUE}"
        r"(?![A-Za-z0-9.])",
        re.IGNORECASE,
    ),
    re.compile(r"(?<![A-Za-z])(?:labels?|class|cls)[ _-]([+-]?\d+)(?!\d)", re.IGNORECASE),
)
_ENDS = (
    ("at the end", re.compile(rf"(?:^|(?<=[\s|;,:_=#/.(\[])){_VALUE}\W*$")),
    ("at the beginning", re.compile(rf"[^\w+-]*{_VALUE}(?=[\s|;,:_=#/.)\]])")),
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
# What says nothing of a class: strands, and the words in names of contigs.
_NOISE = re.compile(r"\([+-]\)|chr[A-Za-z0-9]+(?:_[A-Za-z]+\d+v?\d*)?_(?:random|alt|fix)\b", re.IGNORECASE)
_CHROMOSOME = re.compile(r"(?:chr)?(?:\d{1,2}[LR]?|[IVXYZWM]+|MT|Un)", re.IGNORECASE)
# A last 1 or -1 that is a strand: after a position, or called so.
_STRAND = re.compile(r"(?:\d{3,}[\s|:;,_-]+|strand\s*[=:]\s*)[+-]?1\W*$", re.IGNORECASE)

_LEAST = 8  # records below which the ends of names are not compared
_EACH = 5  # records that each of several classes has at least
_MOST_CLASSES, _MOST_WORDS = 20, 5  # among whole names that are numbers, and words
_RARE = 0.02  # share of the records below which a word in names sets nothing apart


class Found(NamedTuple):
    """Labels in names.

    Attributes:
      style: where they stand, in words.
      values: class of each record as it is written; "" where a name has none.
    """

    style: str
    values: list[str]

    @property
    def counts(self) -> dict[str, int]:
        """Returns records of each class, in the order of the classes."""
        return dict(sorted(Counter(self.values).items()))

    @property
    def signs(self) -> dict[str, int] | None:
        """Returns class -> 1 or 0; None where there are not two classes, or nothing tells which is which."""
        signs = {value: _sign(value) for value in self.counts}
        if len(signs) == 2 and set(signs.values()) == {0, None}:
            signs = {value: 1 if sign is None else 0 for value, sign in signs.items()}
        return signs if set(signs.values()) == {0, 1} and "" not in signs else None  # pyrefly: ignore


def read(path, names: Sequence[str], labels: Labels = "auto") -> list[int] | None:
    """Returns the labels, 1 or 0, that names carry; None where they carry none or are not to be read.

    Args:
      path: what messages call the file.
      names: of all records.
      labels: "auto" reads names that are 1 or 0 and nothing else, and refuses what looks like labels of
        another style; "names" reads them in any style; "none" reads none.

    Raises:
      ValueError: with an example, the counts and what to do: for names that look like labels, for labels that
        are wanted and not there, and for labels of other than two classes.
    """
    one_of("labels", labels, ("auto", "names", "none"))
    if labels == "none":
        return None
    if names and all(map(_EXACT.fullmatch, names)):
        return [int(float(name)) for name in names]
    found = find(names)
    if labels == "auto":
        if found:
            raise ValueError(
                f"{path}: names look like labels ({_shown(found, names)}): --labels=names reads them, "
                "--labels=none takes all records alike"
            )
        return None
    if not found:
        raise ValueError(
            f"{path}: no labels of two classes in the names, such as {names[0]!r}; --labels=none, or give "
            "negatives as a file with --negatives"
        )
    if found.signs is None:
        raise ValueError(
            f"{path}: labels in names are {_shown(found, names)}; two classes are read, such as 1 and 0: "
            "give a file of positives, and the others with --negatives"
        )
    return [found.signs[value] for value in found.values]


def is_label(name: str) -> bool:
    """Returns whether a name is a label and nothing else: 1, +1, pos, neg, ..."""
    return _sign(name.strip()) is not None


def _shown(found: Found, names: Sequence[str]) -> str:
    examples = [names[found.values.index(value)] for value in list(found.counts)[:2]]
    counts = ", ".join(f"{value or 'none'}: {count:,}" for value, count in list(found.counts.items())[:6])
    return f"{' and '.join(repr(name[:60]) for name in examples)}; {found.style}: {counts}"


def find(names: Sequence[str]) -> Found | None:
    """Returns what looks like labels of two or more classes in names; None for ordinary names."""
    if len(names) < 2:
        return None
    bare = [_NOISE.sub("", COORDINATES.sub(" ", name)).strip() for name in names]
    if _both(bare):
        return Found("the whole name", bare)
    return _keyed(names) or _at_ends(bare) or _marked(bare) or _repeated(names)


def _sign(value: str) -> int | None:
    value = value.lower().partition(".")[0]
    if value in _POSITIVE:
        return 1
    return 0 if value in _NEGATIVE or _SHUFFLED in value else None


def _both(values: Sequence[str]) -> bool:
    """Whether all values are labels of two classes by what they say."""
    return {_sign(value) for value in set(values)} == {0, 1}


def _numbers(values: Sequence[str]) -> set[int] | None:
    """The values as whole numbers; None if one is none."""
    try:
        return {int(value.partition(".")[0]) for value in set(values)}
    except ValueError:
        return None


def _often(values: Sequence[str], classes: int) -> bool:
    """Whether there are several values, at most `classes`, and each stands for many records."""
    counts = Counter(values)
    return 2 <= len(counts) <= classes and min(counts.values()) >= _EACH


def _keyed(names: Sequence[str]) -> Found | None:
    text = "\n".join(names)
    for key in _KEYS:
        if not key.search(text):
            continue
        matches = [key.search(name) for name in names]
        known = [match[1] for match in matches if match]
        if 2 * len(known) < len(names):
            continue
        values = [match[1] if match else "" for match in matches]
        if _both(known) or _often(known, _MOST_CLASSES):
            written = next(match for match in matches if match)
            return Found(f"after {written[0][: -len(written[1])].strip()!r}", values)
    return None


def _at_ends(names: Sequence[str]) -> Found | None:
    if len(names) < _LEAST:
        return None
    for place, end in _ENDS:
        look = end.search if place == "at the end" else end.match
        if not look(names[0]):
            continue
        matches = list(map(look, names))
        if not all(matches):
            continue
        values = [match[1] for match in matches if match]
        if _both(values) and min(Counter(map(_sign, values)).values()) > 1:
            if not all(map(_STRAND.search, names)):
                return Found(place, values)
        numbers = _numbers(values)
        if numbers == set(range(len(numbers or ()))) and _often(values, 10):
            rest = {
                match.string[: match.start(1)] + match.string[match.end(1) :] for match in matches if match
            }
            # Where several records share the rest of a name, the number counts them.
            if len(rest) > 0.9 * len(names) or len(rest) < 0.1 * len(names):
                return Found(place, values)
    return None


def _marked(names: Sequence[str]) -> Found | None:
    if not _ANY_MARK.search("\n".join(names)):
        return None
    marked, positive, marks = [], [], Counter()
    for name in names:
        words = name.split()
        text = name if len(words) <= 3 else words[0]
        parts = {part.lower() for part in re.findall("[A-Za-z]+", text) + _WORD.findall(text)}
        own = sorted(part for part in parts if part in _MARKS or _SHUFFLED in part)
        marks.update(own[:1])
        marked.append(bool(own))
        positive.append(not own and bool(parts & _POSITIVE))
    count = sum(marked)
    rest = len(names) - count
    if not count or not rest:
        return None
    alone = min(count, rest) >= max(3, _RARE * len(names))
    if not alone and sum(positive) < rest:
        return None
    return Found(f"with {marks.most_common(1)[0][0]!r} in the name", ["0" if own else "1" for own in marked])


def _repeated(names: Sequence[str]) -> Found | None:
    """A few names that many records share."""
    numbers = _numbers(names)
    most = _MOST_CLASSES if numbers and 0 in numbers else _MOST_WORDS
    if not _often(names, most) or (not numbers and any(map(_CHROMOSOME.fullmatch, set(names)))):
        return None
    return Found("the whole name", list(names))
