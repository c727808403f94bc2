"""At which distances, orders and strands two words activate a neuron: tried in random letters, not sampled.

Both words are put at all places of the receptive field into random backgrounds. A sample of sequences (Wei
et al. 2021) holds the distances that its search came across; this holds every one. The place that is told for
a distance is chosen on other backgrounds than those that its numbers are of.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import flax.struct
import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import dna, keys
from jaxmotif.dna import N
from jaxmotif.motifs.motif import Motif
from jaxmotif.neuronmotif.function_chain import FunctionSubstructure
from jaxmotif.neuronmotif.settings import Scanning
from jaxmotif.neuronmotif.spread import on_cpu
from jaxmotif.neuronmotif.substructure import Substructure
from jaxmotif.neuronmotif.syntax import scan_words
from jaxmotif.neuronmotif.syntax.pair_scan import PairScan, Third, Way, estimate, summarize
from jaxmotif.neuronmotif.syntax.scan_words import ScanWord
from jaxmotif.shuffling import dinucleotide_shuffle

# Values of the maps of one pass, and most of its sequences: of one size whatever the neuron and its words.
PASS_VALUES = 1 << 24
# On a CPU larger passes are slower: what a convolution unfolds has to stay near.
_CPU_ROWS, _ROWS = 512, 4096
# Words of one pass: a pair and a third, on two strands, and nothing.
_WORDS = 3


@flax.struct.dataclass
class ScoreFunction:
    """A pure function f(x (B, L, 4)) -> (B,) with the interface of one neuron.

    Attributes:
      function: its arrays are leaves, as those of `Network.score`: other weights need no other program.
      width: L.
    """

    function: jax.tree_util.Partial
    width: int = flax.struct.field(pytree_node=False)

    @property
    def map_values(self) -> int:
        """Values that one sequence takes: a guess, 64 channels."""
        return 64 * self.width

    def activation(self, codes_nl: jax.Array) -> jax.Array:
        """Returns the function's values, (n,)."""
        return self.function(dna.one_hot(codes_nl))


Scanned = Substructure | FunctionSubstructure | ScoreFunction


class _Placed(NamedTuple):
    """Rows of words in the receptive field: forms (C, 3), 0 for none, and starts of their letters (C, 3)."""

    form: np.ndarray
    start: np.ndarray

    @classmethod
    def of(cls, *words: tuple[Any, Any]) -> "_Placed":
        """From (form, start) of up to three words, numbers or (C,)."""
        columns = [*words, *[(0, 0)] * (_WORDS - len(words))]
        form, start = (np.broadcast_arrays(*(np.atleast_1d(c[i]) for c in columns)) for i in (0, 1))
        rows = max(len(form[0]), len(start[0]))
        return cls(
            *(np.stack([np.broadcast_to(c, rows) for c in one], 1).astype(np.int32) for one in (form, start))
        )


@jax.jit
def _activations(neuron: Any, forms_fr, backgrounds_nr, form_bk, start_bk, background_b) -> jax.Array:
    """Activations (B,) of backgrounds with up to three words laid over them, the later ones on top."""
    codes_br, column_r = backgrounds_nr[background_b], jnp.arange(backgrounds_nr.shape[1])
    for k in range(_WORDS):
        at_br = column_r - start_bk[:, k, None]
        # Forms are filled up with N on the right; what is left of a word's start is none of it.
        letter_br = forms_fr[form_bk[:, k, None], jnp.maximum(at_br, 0)]
        codes_br = jnp.where((at_br >= 0) & (letter_br < N), letter_br, codes_br)
    return neuron.activation(codes_br)


class _Backgrounds:
    """Random letters with words put into them, and what a neuron says of them, by passes of one size."""

    def __init__(self, neuron: Scanned, words: list[ScanWord], codes_nr: np.ndarray, screening: int):
        self.neuron, self.words, self.codes, self.screening = neuron, words, codes_nr, screening
        most = _CPU_ROWS if on_cpu() else _ROWS
        self.rows = int(np.clip(PASS_VALUES // max(neuron.map_values, 4 * neuron.width), 1, most))
        self.forms = np.full((1 + 2 * _WORDS, neuron.width), N, np.uint8)
        for i, word in enumerate(words):
            for j, strand in enumerate("+-"):
                self.forms[1 + 2 * i + j, : len(word.letters)] = word.on(strand)

    def form(self, word: int, strand: str) -> int:
        return 1 + 2 * word + "+-".index(strand)

    def screen(self, placed: _Placed) -> np.ndarray:
        """Mean activations over the backgrounds that choose places, (C,)."""
        return self._over(placed, 0, self.screening).mean(axis=1)

    def values(self, placed: _Placed) -> np.ndarray:
        """Activations on the backgrounds that numbers are of, (C, n); equal rows are computed once."""
        rows = np.concatenate([placed.form, placed.start], axis=1)
        distinct, back = np.unique(rows, axis=0, return_inverse=True)
        once = _Placed(distinct[:, :_WORDS], distinct[:, _WORDS:])
        return self._over(once, self.screening, len(self.codes))[back.reshape(-1)]

    def _over(self, placed: _Placed, first: int, last: int) -> np.ndarray:
        count = len(placed.form) * (last - first)
        found = []
        for begin in range(0, count, self.rows):
            at = np.minimum(np.arange(begin, begin + self.rows), count - 1)
            row, background = at // (last - first), first + at % (last - first)
            found.append(
                _activations(
                    self.neuron, self.forms, self.codes, placed.form[row], placed.start[row], background
                )
            )
        flat = np.concatenate([np.asarray(one) for one in found])[:count] if found else np.zeros(0)
        return flat.reshape(len(placed.form), last - first)


def random_backgrounds(
    width: int, count: int, seed: int = 0, composition=None, sequences: Any = None
) -> np.ndarray:
    """Returns backgrounds, codes uint8 (count, width).

    Args:
      width: letters of each.
      count: how many.
      seed: root of what is drawn.
      composition: frequencies of A, C, G, T; None: equal.
      sequences: codes (M, L), strings or a data set, L at least `width`: windows of them, their
        dinucleotides shuffled; None draws letters.

    Raises:
      ValueError: for sequences shorter than `width`, or for a composition that is none.
    """
    key = keys.stream(keys.root(seed), "spacing backgrounds")
    rng = np.random.default_rng(np.asarray(jax.random.key_data(key)))
    if sequences is None:
        share_4 = np.full(4, 0.25) if composition is None else np.asarray(composition, np.float64)
        if share_4.shape != (4,) or not (share_4 >= 0).all() or not np.isclose(share_4.sum(), 1):
            raise ValueError(f"a composition is four shares that add up to 1, not {composition}")
        return rng.choice(4, size=(count, width), p=share_4 / share_4.sum()).astype(np.uint8)
    codes_ml = np.asarray(dna.as_codes(sequences))
    if codes_ml.ndim != 2 or not len(codes_ml) or codes_ml.shape[1] < width:
        raise ValueError(f"backgrounds need sequences (M, L) of {width} nt or more, got {codes_ml.shape}")
    row = rng.permutation(np.arange(count) % len(codes_ml))
    start = rng.integers(0, codes_ml.shape[1] - width + 1, count)
    windows = codes_ml[row[:, None], start[:, None] + np.arange(width)]
    return np.asarray(dinucleotide_shuffle(key, windows))


def spacing_scan(  # noqa: PLR0913 - three nouns, and how it is scanned
    neuron: Scanned | Callable,
    first: Motif | str | ScanWord,
    second: Motif | str | ScanWord | None = None,
    *,
    length: int | None = None,
    backgrounds: Any = None,
    composition=None,
    settings: Scanning = Scanning(),
    seed: int = 0,
) -> PairScan:
    """Returns how a neuron answers to two words at every distance, order and strand.

    For each distance the place inside the receptive field with the largest mean activation over
    `settings.screening` backgrounds; everything told is of `settings.backgrounds` other ones. Words lie side
    by side, never on each other.

    Args:
      neuron: one neuron (`jm.neuron`), or a pure function of one-hot (B, L, 4) -> (B,), such as a logit;
        values above 0 count as activation.
      first, second: motifs, of which the consensus of columns with 0.25 bit or more is put in, or letters,
        N where the background shows. No second one: the first one twice.
      length: L, needed for a function only.
      backgrounds: sequences of L letters or more (strings, data set or codes), whose dinucleotides are
        shuffled; None: random letters.
      composition: frequencies of A, C, G, T in random letters; None: equal.
      settings: numbers of backgrounds and places, and the share that counts.
      seed: root of what is drawn.

    Raises:
      ValueError: for several neurons, a function without its length, words that do not fit, or sequences
        that are too short.

    Examples:
      >>> import jax.numpy as jnp
      >>> import jaxmotif as jm
      >>> def score(x):
      ...     return x[:, :3, 0].sum(1) + x[:, 5:8, 1].sum(1) - 5.5
      >>> scan = jm.spacing_scan(score, "AAA", "CCC", length=10)
      >>> [(str(way), scan.accepted(i).tolist()) for i, way in enumerate(scan.ways) if len(scan.accepted(i))]
      [('AAA(+) CCC(+)', [5])]
    """
    one = _one_neuron(neuron, length)
    words = [scan_words.of(first)]
    words.append(words[0] if second is None else scan_words.of(second))
    codes_nr = random_backgrounds(
        one.width, settings.screening + settings.backgrounds, seed, composition, backgrounds
    )
    return scan_pair(one, words[0], words[1], codes_nr, settings)


def _one_neuron(neuron, length: int | None) -> Scanned:
    if isinstance(neuron, (Substructure, FunctionSubstructure)):
        heads = neuron.bias if isinstance(neuron, Substructure) else neuron.channels
        if heads.ndim and heads.shape[0] != 1:
            raise ValueError(f"a scan is of one neuron, not of {heads.shape[0]}")
        return neuron.neuron(0) if heads.ndim else neuron
    if isinstance(neuron, ScoreFunction):
        return neuron
    if not callable(neuron):
        raise ValueError(f"a scan needs a neuron or a function, not {type(neuron).__name__}")
    if length is None or length < 1:
        raise ValueError(f"a function needs the length of its sequences, not {length}")
    held = neuron if isinstance(neuron, jax.tree_util.Partial) else jax.tree_util.Partial(neuron)
    return ScoreFunction(held, length)


def scan_pair(
    neuron: Scanned, first: ScanWord, second: ScanWord, codes_nr: np.ndarray, settings: Scanning
) -> PairScan:
    """Returns `spacing_scan` on given backgrounds, of which the first `settings.screening` choose places.

    Raises:
      ValueError: for words that do not fit into the receptive field side by side.
    """
    needed = len(first.letters) + len(second.letters)
    if needed > neuron.width:
        raise ValueError(
            f"{first.name} and {second.name} are {needed} letters, the receptive field {neuron.width}"
        )
    words = (first, second)
    drawn = _Backgrounds(neuron, list(words), codes_nr, settings.screening)
    ways = tuple(_ways(words))
    rows = [
        (i, distance, left, right)
        for i, way in enumerate(ways)
        for distance, left, right in _places(words, way, neuron.width, settings.placements)
    ]
    way_c, distance_c, left_c, right_c = (np.array(column) for column in zip(*rows, strict=True))
    left_form = np.array([drawn.form(way.left, way.left_strand) for way in ways])[way_c]
    right_form = np.array([drawn.form(way.right, way.right_strand) for way in ways])[way_c]
    screened_c = drawn.screen(_Placed.of((left_form, left_c), (right_form, right_c)))
    # Of each way and distance the best place; of equal ones the leftmost.
    order = np.lexsort((left_c, -screened_c, distance_c, way_c))
    new = np.ones(len(order), bool)
    new[1:] = (np.diff(way_c[order]) != 0) | (np.diff(distance_c[order]) != 0)
    best = order[new]
    left, right = (left_form[best], left_c[best]), (right_form[best], right_c[best])
    nothing = drawn.values(_Placed.of((0, 0)))[0]
    distances = np.arange(distance_c.min(), distance_c.max() + 1)
    shape = len(ways), len(distances)
    cells = way_c[best], distance_c[best] - distances[0]

    def filled(*which) -> np.ndarray:
        values = np.full((*shape, len(nothing)), np.nan, np.float32)
        values[cells] = drawn.values(_Placed.of(*which))
        return values

    starts = np.full((*shape, 2), -1, np.int64)
    starts[cells] = np.stack([left_c[best], right_c[best]], axis=1)
    curves, told = summarize(filled(left, right), filled(left), filled(right), nothing, settings.share)
    return PairScan(
        words,
        neuron.width,
        ways,
        distances,
        starts,
        curves,
        told,
        float(nothing.mean()),
        len(nothing),
        settings.share,
    )


def _ways(words: tuple[ScanWord, ScanWord]) -> Iterator[Way]:
    """Orders and strands; two equal words have one order."""
    for left, right in ((0, 1),) if words[0].equals(words[1]) else ((0, 1), (1, 0)):
        for left_strand in words[left].strands:
            for right_strand in words[right].strands:
                yield Way(left, left_strand, right, right_strand, words[left].name, words[right].name)


def _places(words, way: Way, width: int, most: int) -> Iterator[tuple[int, int, int]]:
    """Distances, with starts of the left and the right word's letters; `most` a distance, evenly chosen."""
    left, right = words[way.left], words[way.right]
    shift = left.before_on(way.left_strand) - right.before_on(way.right_strand)
    for apart in range(len(left.letters), width - len(right.letters) + 1):
        last = width - len(right.letters) - apart
        for start in np.unique(np.linspace(0, last, min(most, last + 1)).round().astype(int)).tolist():
            yield apart + shift, start, start + apart


def best_third(
    neuron: Scanned, scan: PairScan, others: list[ScanWord], codes_nr: np.ndarray, settings: Scanning
) -> Third | None:
    """Returns which third word helps a pair most where the pair stands best, and by how much.

    Args:
      neuron: that was scanned.
      scan: of the pair.
      others: words to add, each on its strands at every place that the pair leaves free.
      codes_nr: backgrounds, as of the pair.
      settings: as of the pair.

    Returns:
      None if no word fits.
    """
    way, at = scan.strongest
    pair, starts = scan.ways[way], scan.starts[way, at]
    lengths = [len(scan.words[number].letters) for number in (pair.left, pair.right)]
    best = None
    for word in others:
        drawn = _Backgrounds(neuron, [*scan.words, word], codes_nr, settings.screening)
        forms = drawn.form(pair.left, pair.left_strand), drawn.form(pair.right, pair.right_strand)
        both = list(zip(forms, starts.tolist(), strict=True))
        free = [
            start
            for start in range(neuron.width - len(word.letters) + 1)
            if all(
                start + len(word.letters) <= other or other + length <= start
                for other, length in zip(starts.tolist(), lengths, strict=True)
            )
        ]
        for strand in word.strands if free else ():
            screened = drawn.screen(_Placed.of(*both, (drawn.form(2, strand), np.array(free))))
            place = int(screened.argmax())
            if best is None or screened[place] > best[0]:
                best = screened[place], drawn, both, word, strand, free[place]
    if best is None:
        return None
    _, drawn, both, word, strand, start = best
    with_n = drawn.values(_Placed.of(*both, (drawn.form(2, strand), start)))[0]
    without_n = drawn.values(_Placed.of(*both))[0]
    counted = start - word.before_on(strand)
    left_word = scan.words[pair.left]
    from_left = counted - (int(starts[0]) - left_word.before_on(pair.left_strand))
    return Third(word.name, strand, from_left, float(with_n.mean()), estimate(with_n - without_n))
