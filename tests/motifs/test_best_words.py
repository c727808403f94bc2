"""The best words around a place: those of a loop over words and kernels, to the last bit."""

import numpy as np
import pytest

from jaxmotif.motifs.best_words import BestWords
from jaxmotif.motifs.motif import Motif


def by_loop(words: BestWords, codes, start, end):
    """The p of every kernel's best word, a word after the other."""
    scores_nk, found = words.looked_for.tables.all(codes), []
    for kernel, (lowest, tail) in enumerate(words.looked_for.tails):
        width = int(words.looked_for.tables.widths[kernel])
        own = [
            int(scores_nk[at, kernel])
            for at in range(len(codes) - width + 1)
            if at < end and at + width > start
        ]
        found.append(min(float(tail[max(max(own) - lowest, 0)]), 1.0) if own else 1.0)
    plus, minus = np.split(np.array(found), 2)
    return np.where(words.looked_for.both, np.minimum(plus, minus), plus)


@pytest.mark.parametrize("alphabet", ["ACGT", "ACGU"])
def test_p_values_are_those_of_a_loop(alphabet):
    rng = np.random.default_rng(3)
    motifs = [
        Motif(f"m{width}", rng.dirichlet(np.ones(4) / 3, width), 30, alphabet=alphabet)
        for width in (5, 8, 6, 12, 9)
    ]
    words = BestWords(motifs, 1e-3)
    for count, start, end in ((60, 25, 26), (60, 20, 20), (40, 0, 3), (30, 27, 30), (7, 3, 4), (2, 0, 1)):
        codes = rng.integers(0, 5, count).astype(np.uint8)
        np.testing.assert_array_equal(words.p_values(codes, start, end), by_loop(words, codes, start, end))
    assert words.p_values(codes[:0], 0, 0).tolist() == [1.0] * 5
