"""Flat flanks and motifs too short for a p-value, against counted words."""

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.motifs import backgrounds, cores
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.motif_set import MotifSet

LETTERS = (0.3, 0.2, 0.2, 0.3)


def _motif(name, word, flank=0):
    own = np.eye(4)[dna.encode([word])[0]] * 0.96 + 0.01
    flat = np.tile(LETTERS, (flank, 1)) + 0.02 * np.resize([1, -1, 1, -1], (flank, 4))
    return Motif(name, np.concatenate([flat, own, flat]), 500)


def test_flat_is_what_the_sequences_are_made_of():
    motif = _motif("m", "GTAC", 3)
    assert cores.core(motif, LETTERS) == (3, 7)
    skewed = Motif("s", np.concatenate([np.tile((0.45, 0.05, 0.05, 0.45), (2, 1)), motif.ppm[3:7]]), 500)
    assert cores.core(skewed, (0.45, 0.05, 0.05, 0.45)) == (2, 6) and cores.core(skewed) == (0, 6)
    assert cores.core(Motif("flat", np.full((5, 4), 0.25), 10)) == (0, 5)


def test_every_gtac_is_found_and_it_is_said():
    rng = np.random.default_rng(0)
    codes = rng.choice(4, size=(300, 100), p=LETTERS).astype(np.uint8)
    texts = dna.decode(codes)
    expected = sorted((i, s) for i, t in enumerate(texts) for s in range(97) if t[s : s + 4] == "GTAC")
    for flank in (0, 3):
        found = MotifSet([_motif("short", "GTAC", flank), _motif("long", "GTACCAGTTC", flank)]).scan(codes)
        mine = found.sites.take(found.sites.motif == 0)
        assert list(zip(mine.sequence.tolist(), mine.start.tolist(), strict=True)) == expected
        assert set(mine.end - mine.start) == {4}
        chance = np.prod(backgrounds.both_strands(backgrounds.frequencies(codes)))
        assert found.evidence[0].site_p == pytest.approx(chance, rel=0.02)
        assert found.evidence[1].site_p is None
        assert len(found.notes) == 1 and found.notes[0].startswith("short is too short for p = 0.0001")
    assert len(expected) > 50


def test_what_is_hardly_longer_than_a_letter_is_not_looked_for():
    codes = np.random.default_rng(0).integers(0, 4, (50, 60)).astype(np.uint8)
    found = MotifSet([_motif("tga", "TGA"), _motif("gtac", "GTAC")]).scan(codes)
    assert set(found.sites.motif.tolist()) == {1} and len(found.notes) == 2
    assert found.notes[0].startswith("tga is too short to be looked for: its best words have p = 0.01")
    # Who asks for such sites gets them.
    texts = dna.decode(codes)
    expected = sum(t[s : s + 3] in ("TGA", "TCA") for t in texts for s in range(58))
    assert len(MotifSet([_motif("tga", "TGA")]).scan(codes, 0.02).sites) == expected


def test_a_demand_that_can_be_met_stays():
    wanted = cores.searched([_motif("m", "GTACCAGTTC", 2)], 1e-4, np.zeros((1, 4), np.uint8), "uniform")
    assert wanted.p.tolist() == [1e-4] and wanted.first.tolist() == [2] and wanted.motifs[0].width == 10
    with pytest.raises(ValueError, match=r"lies in \(0, 1\], not 0"):
        cores.searched([], 0, np.zeros((1, 4), np.uint8))


def test_motifs_that_are_too_short_are_told_in_one_note_of_a_kind():
    motifs = [Motif(f"m{i}", np.full((3, 4), 0.25), 9) for i in range(9)]
    best = [0.002, 0.001, 0.5, 1e-9, 0.003, 0.004, 0.005, 0.006, 0.02]
    assert cores.lowered(motifs, best, 1e-4) == (
        "2 motifs (m2, m8) are too short to be looked for: their best words have p = 0.02 to 0.5",
        "6 motifs (m0, m1, m4, m5, m6, ...) are too short for p = 0.0001: their best words are their sites, "
        "p = 0.001 to 0.006",
    )
    assert cores.lowered(motifs[:1], best[:1], 0.1) == ()
