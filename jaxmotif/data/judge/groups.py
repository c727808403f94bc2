"""Which sequences must not lie on two sides of a split.

Those are copies, each other's other strand, sequences that share a stretch of letters (windows that overlap
need no coordinates for that), loci that overlap or nearly touch, and members of one `Dataset.group`.
"""

import numpy as np

from jaxmotif import dna
from jaxmotif.data import names
from jaxmotif.data.dataset import Dataset

# Of every WINDOW neighbouring words of WORD letters the one with the smallest hash is kept (minimizers,
# Roberts et al. 2004), so that every stretch of WORD + WINDOW - 1 = 40 letters leaves the same word wherever
# it occurs. Among 200,000 random sequences of 200 nt, 10^-4 pairs of words are equal by chance.
WORD, WINDOW = 31, 10
# Letters of words of SHORT letters that are in more than half of the sequences are a constant part (primer,
# adapter, vector), and letters that repeat words of up to PERIOD letters over at least SHORT letters (runs of
# one letter, CA repeats) are shared by half the genome: neither makes a relation.
SHORT, PERIOD = 16, 6
_SAMPLE = 1000
# Loci with fewer letters than this between them are neighbours, nt.
NEAR = 100
# Fewer linked sets than this cannot be divided; chains of loci are then cut.
FEWEST = 20
_CHUNK = 1024
_NONE = np.uint64(2**64 - 1)
_FACTOR = 0x9E3779B97F4A7C15


def linked(dataset: Dataset, loci: bool = True, stretches: bool = True) -> np.ndarray:
    """Returns int (N,): equal numbers for sequences that must stay together, from 0 in order of their first.

    What relations link in turn is one unit, too.

    Args:
      dataset: N sequences.
      loci: whether overlapping and neighbouring loci are one unit.
      stretches: whether sequences that share a stretch of letters are; nearly all of the time.
    """
    # Here, since a wrong flag or file is answered before anything is linked.
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    count = len(dataset)
    both = dataset.has_complement
    edges = [_star(np.arange(count), copies(dataset.sequences, both))]
    if stretches:
        edges.append(_star(*words(dataset.sequences, both)))
    if dataset.group is not None:
        edges.append(_star(np.arange(count), dataset.group))
    if loci:
        edges.append(_neighbours(dataset))
    first, second = np.concatenate(edges, axis=1)
    graph = coo_matrix((np.ones(len(first), bool), (first, second)), shape=(count, count))
    return in_order(connected_components(graph, directed=False)[1])


def blocks(dataset: Dataset, unit: np.ndarray) -> np.ndarray:
    """Returns linked sets of which chains of loci are cut, where there are fewer than FEWEST sets, int (N,).

    Windows that tile a region or a chromosome are one set. A set with more than a twentieth of all sequences
    is cut by position into blocks of a fortieth, of a twentieth where there are few; what touches over a cut
    is no relation any more, and has to be looked for once parts are made.

    Args:
      dataset: N sequences.
      unit: int (N,), as `linked` returns it.
    """
    sizes = np.bincount(unit)
    if len(sizes) >= FEWEST or dataset.chrom is None or dataset.start is None:
        return unit
    order = np.lexsort((dataset.start, dataset.chrom, unit))
    rank = np.empty(len(unit), np.int64)
    rank[order] = np.arange(len(unit)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    # Not too short: the rows at a block's ends touch the next one and are left out later.
    pieces = min(40, max(FEWEST, len(unit) // 10))
    block = np.where(20 * sizes[unit] > len(unit), pieces * rank // len(unit), 0)
    # Rows of one place, such as a sequence and its shuffle, stay together.
    same = np.zeros(len(unit), bool)
    first, second = order[:-1], order[1:]
    same[1:] = (unit[first] == unit[second]) & (dataset.start[first] == dataset.start[second])
    same[1:] &= dataset.chrom[first] == dataset.chrom[second]
    begins = np.maximum.accumulate(np.where(same, 0, np.arange(len(unit))))
    block[order] = block[order][begins]
    return in_order(unit * 64 + block)


def in_order(labels) -> np.ndarray:
    """Returns the same groups numbered 0, 1, ... in the order in which they first occur, int (N,)."""
    _, first, number = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return rank[number.ravel()]


def touching(dataset: Dataset, others: Dataset) -> np.ndarray:
    """Returns bool (N,): which sequences are related to one of `others` directly, by what they are.

    Args:
      dataset: N sequences.
      others: sequences of the same length. Groups of the two have nothing to do with each other.
    """
    count = len(dataset)
    both_nl = np.concatenate([dataset.sequences, others.sequences])
    copy = copies(both_nl, dataset.has_complement)
    found = np.isin(copy[:count], copy[count:])
    rows, keys = words(both_nl, dataset.has_complement)
    own = rows < count
    found[rows[own][np.isin(keys[own], keys[~own])]] = True
    own_start, start = dataset.start, others.start
    if dataset.chrom is None or others.chrom is None or own_start is None or start is None:
        return found
    chrom = names.plain_chromosomes(np.concatenate([dataset.chrom, others.chrom]))
    place = np.unique(chrom, return_inverse=True)[1].ravel() * 2**40 + np.concatenate([own_start, start])
    known = chrom != ""
    theirs = np.sort(place[count:][known[count:]])
    reach = dataset.length + NEAR - 1
    nearest = np.searchsorted(theirs, place[:count] - reach)
    inside = nearest < len(theirs)
    inside[inside] = theirs[nearest[inside]] <= place[:count][inside] + reach
    return found | (inside & known[:count])


def related(dataset: Dataset, others: Dataset, one_set: bool = False) -> np.ndarray:
    """Returns bool (N,): the sequences that are `touching` others, with all that is in one group with these.

    Args:
      dataset: N sequences.
      others: sequences of the same length.
      one_set: whether both are parts of one data set, so that equal groups mean the same.
    """
    hit = touching(dataset, others)
    if dataset.group is None:
        return hit
    if one_set and others.group is not None:
        hit |= np.isin(dataset.group, others.group)
    return np.isin(dataset.group, dataset.group[hit])


def copies(codes_nl: np.ndarray, both: bool = True) -> np.ndarray:
    """Returns int (N,): equal numbers for equal sequences and, with `both`, for those of the other strand."""
    other_nl = np.ascontiguousarray(dna.reverse_complement(codes_nl)) if both else codes_nl
    number: dict[bytes, int] = {}
    keys = (min(a.tobytes(), b.tobytes()) for a, b in zip(codes_nl, other_nl, strict=True))
    return np.array([number.setdefault(key, len(number)) for key in keys], np.int64)


def words(codes_nl: np.ndarray, both: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Returns sequences and the words that mark their stretches: rows int64 (M,), words uint64 (M,).

    With `both` strands a word is that of the strand whose number is smaller. Left out are words that are in
    one sequence only and those with a letter other than A, C, G and T, of a constant part or of a repeat.
    """
    rows, found = [np.zeros(0, np.int64)], [np.zeros(0, np.uint64)]
    if codes_nl.shape[1] >= WORD + WINDOW - 1:
        constant = _constant(codes_nl, both)
        for begin in range(0, len(codes_nl), _CHUNK):
            row, word = _smallest(_masked(codes_nl[begin : begin + _CHUNK], constant, both), both)
            rows.append(row + begin)
            found.append(word)
    rows_m, words_m = np.concatenate(rows), np.concatenate(found)
    _, number, times = np.unique(words_m, return_inverse=True, return_counts=True)
    several = (times > 1)[number.ravel()]
    return rows_m[several], words_m[several]


def _constant(codes_nl: np.ndarray, both: bool) -> np.ndarray:
    """The words of SHORT letters that are in more than half of the sequences, by a sample of them."""
    sample = np.unique(np.linspace(0, len(codes_nl) - 1, min(_SAMPLE, len(codes_nl))).astype(int))
    words_np = np.sort(_canonical(codes_nl[sample], SHORT, both), axis=1)
    once = np.ones(words_np.shape, bool)
    once[:, 1:] = words_np[:, 1:] != words_np[:, :-1]
    different, counts = np.unique(words_np[once & (words_np != _NONE)], return_counts=True)
    return different[counts > max(len(sample) / 2, 2)]


def _masked(codes_nl: np.ndarray, constant: np.ndarray, both: bool) -> np.ndarray:
    """The same with N for letters of constant words and of repeats."""
    hidden = np.zeros(codes_nl.shape, bool)
    for period in range(1, PERIOD + 1):
        # A repeat of SHORT letters equals itself, moved by its period, in SHORT - period places.
        same = (codes_nl[:, period:] == codes_nl[:, :-period]) & (codes_nl[:, period:] < dna.N)
        _cover(hidden, _all_of(same, SHORT - period), SHORT)
    if len(constant):
        _cover(hidden, np.isin(_canonical(codes_nl, SHORT, both), constant), SHORT)
    return np.where(hidden, np.uint8(dna.N), codes_nl)


def _all_of(true_np: np.ndarray, width: int) -> np.ndarray:
    """Whether each place and the next width - 1 are all true, (N, P - width + 1)."""
    size = 1
    while 2 * size <= width:
        true_np = true_np[:, :-size] & true_np[:, size:]
        size *= 2
    rest = width - size
    return true_np[:, :-rest] & true_np[:, rest:] if rest else true_np


def _cover(hidden_nl: np.ndarray, begins_np: np.ndarray, width: int) -> None:
    """Hides `width` letters from each place on."""
    rows = np.flatnonzero(begins_np.any(axis=1))
    for place in range(width if len(rows) else 0):
        hidden_nl[rows, place : place + begins_np.shape[1]] |= begins_np[rows]


def _star(rows: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Edges (2, E) from the first row of every key to the others that have it."""
    order = np.argsort(keys, kind="stable")
    rows, keys = rows[order], keys[order]
    begins = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]]) if len(keys) else np.zeros(0, np.int64)
    first = np.repeat(rows[begins], np.diff(np.r_[begins, len(keys)]))
    return np.stack([first, rows])[:, first != rows]


def _neighbours(dataset: Dataset) -> np.ndarray:
    """Edges (2, E) between loci that follow each other and overlap or nearly touch."""
    if dataset.chrom is None or dataset.start is None:
        return np.zeros((2, 0), np.int64)
    chrom = names.plain_chromosomes(dataset.chrom)
    known = np.flatnonzero(chrom != "")
    rows = known[np.lexsort((dataset.start[known], chrom[known]))]
    chrom, start = chrom[rows], dataset.start[rows]
    near = (chrom[1:] == chrom[:-1]) & (start[1:] - start[:-1] < dataset.length + NEAR)
    return np.stack([rows[:-1], rows[1:]])[:, near]


def _windows(array_nl: np.ndarray, width: int) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(array_nl, width, axis=1)


def _smallest(codes_nl: np.ndarray, both: bool) -> tuple[np.ndarray, np.ndarray]:
    """Rows and words of one chunk, a word once where it is the smallest of several windows in a row."""
    lowest = _windows(_canonical(codes_nl, WORD, both), WINDOW).min(axis=2)
    new = lowest != _NONE
    new[:, 1:] &= lowest[:, 1:] != lowest[:, :-1]
    rows, places = np.nonzero(new)
    return rows, lowest[rows, places]


def _canonical(codes_nl: np.ndarray, size: int, both: bool) -> np.ndarray:
    """A hash of every word of `size` letters, one for `both` strands; _NONE where one is N. (N, words)."""
    other_nl = codes_nl >= dna.N
    codes_nl = np.where(other_nl, 0, codes_nl).astype(np.uint64)
    forward = _numbers(codes_nl, size)
    reverse = _numbers((np.uint64(3) - codes_nl)[:, ::-1], size)[:, ::-1] if both else forward
    # An odd factor mixes without loss, so that the smallest is not always a run of A.
    hashes = np.minimum(forward, reverse) * np.uint64(_FACTOR)
    before = np.pad(np.cumsum(other_nl, axis=1), ((0, 0), (1, 0)))
    hashes[before[:, size:] > before[:, :-size]] = _NONE
    return hashes


def _numbers(codes_nl: np.ndarray, size: int) -> np.ndarray:
    """Every word of `size` letters as a number, 2 bits a letter, uint64 (N, L - size + 1)."""
    count = codes_nl.shape[1] - size + 1
    number = np.zeros((len(codes_nl), count), np.uint64)
    done, power, part = 0, 1, codes_nl
    # Words of 1, 2, 4, ... letters; those whose sizes sum to `size` are put one after the other.
    while True:
        if size & power:
            number = (number << np.uint64(2 * power)) | part[:, done : done + count]
            done += power
        if done == size:
            return number
        part = (part[:, :-power] << np.uint64(2 * power)) | part[:, power:]
        power *= 2
