"""Parts of one motif that neurons see at different offsets are one word; what differs otherwise is not."""

import numpy as np
import pytest

from jaxmotif.motifs import jaspar
from jaxmotif.motifs.align import align
from jaxmotif.neuronmotif.syntax.dictionary import build, word_start
from jaxmotif.neuronmotif.syntax.segments import segments
from tests.helpers import planted_leaves

WIDTH = 40
(CTCF, REST) = planted_leaves.known("MA0139.1", "MA0138.2")


@pytest.fixture(scope="module")
def database():
    return jaspar.load("JASPAR2016")


@pytest.mark.parametrize("strands", ["++", "+-", "-+", "--"])
@pytest.mark.parametrize("database_turned", [False, True])
def test_two_ends_of_a_motif_are_one_word_on_any_strand(database, strands, database_turned):
    """Of CTCF's 19 columns one neuron sees the first 13, the other the last 13, 7 of them in common."""
    known = [motif.reverse_complement() if database_turned else motif for motif in database]
    parts = (CTCF.ppm[:13], 8), (CTCF.ppm[6:], 15)
    neurons = [[[(ppm, at, strand)]] for (ppm, at), strand in zip(parts, strands, strict=True)]
    decoded = planted_leaves.layer(neurons, WIDTH)
    cores = segments(decoded)
    apart = build(cores, None)
    assert len(apart) == 2  # nothing but the known motif says that they are one
    assert align(apart[0].motif, apart[1].motif).similarity < 0.75
    (word,) = build(cores, known)
    assert word.name == "CTCF" and word.motif.nsites == 6000
    lies = align(CTCF, word.motif)
    assert lies.similarity > 0.94 and word.motif.width >= 16
    # Every member puts the word where the motif was planted.
    assert sorted(index for index, _, _ in word.members) == [0, 1]
    begins = {(0, "+"): 8, (0, "-"): 8 - 6, (1, "+"): 15 - 6, (1, "-"): 15}  # of the whole CTCF
    for index, offset, strand in word.members:
        core, planted = cores[index], strands[cores[index].neuron]
        assert (strand == planted) == (lies.strand == "+")
        before = lies.offset if planted == "+" else CTCF.width - lies.offset - word.motif.width
        start = core.start + word_start(core.motif.width, word.motif.width, offset, strand)
        assert start == begins[core.neuron, planted] + before


def test_what_is_another_motif_or_does_not_overlap_stays_apart(database):
    halves = [[[(CTCF.ppm[:9], 5, "+")]], [[(CTCF.ppm[9:], 20, "+")]]]
    assert len(build(segments(planted_leaves.layer(halves, WIDTH)), database, q_max=0.5)) == 2
    two = [[[(CTCF.ppm, 5, "+")]], [[(REST.ppm, 8, "-")]]]
    assert {word.name for word in build(segments(planted_leaves.layer(two, WIDTH)), database)} == {
        "CTCF",
        "REST",
    }


def test_a_motif_with_other_letters_in_its_middle_stays_apart(database):
    """Both match CTCF, at the same place, but six columns say something else: two words."""
    other = CTCF.ppm.copy()
    other[6:12] = np.roll(other[6:12], 2, axis=1)
    neurons = [[[(CTCF.ppm, 8, "+")]], [[(other, 8, "+")]]]
    words = build(segments(planted_leaves.layer(neurons, WIDTH)), database, q_max=0.5)
    assert len(words) == 2
