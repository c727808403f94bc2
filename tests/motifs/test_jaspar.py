"""JASPAR through pyjaspar: published properties of the matrices, and names that are unknown."""

import numpy as np
import pytest

from jaxmotif.motifs import jaspar, meme
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.ppm import consensus, information_content

# Width, total bits and consensus as published for the twelve factors of Koo and Eddy (2019).
KOO_EDDY = {
    "MA0151.1": ("Arid3a", 6, 9.9, "ATTAAA", 27),
    "MA0466.2": ("CEBPB", 10, 12.8, "ATTGCGCAAT", 27397),
    "MA0058.3": ("MAX", 10, 11.4, "ACCACGTGCT", 7263),
    "MA0083.3": ("SRF", 16, 21.0, "TGACCATATATGGTCA", 1913),
    "MA0095.2": ("YY1", 12, 14.4, "CAAGATGGCGGC", 7171),
    "MA0052.3": ("MEF2A", 12, 17.1, "TCTAAAAATAGA", 1223),
}


def test_the_release_of_2016():
    motifs = jaspar.load("JASPAR2016")
    assert len(motifs) == 519
    assert [m.name for m in motifs] == sorted(m.name for m in motifs)
    for name, (factor, width, bits, letters, nsites) in KOO_EDDY.items():
        (m,) = jaspar.select(motifs, [name])
        assert (m.alt_name.upper(), m.width, m.nsites) == (factor.upper(), width, nsites)
        assert information_content(m.ppm).sum() == pytest.approx(bits, abs=0.05)
        assert consensus(m.ppm) == letters
        assert m.source == "JASPAR2016" and name in m.url


def test_counts_are_normalised_by_column_without_pseudocount():
    (arnt,) = jaspar.select(jaspar.load("JASPAR2016"), ["MA0004.1"])
    counts = np.array(
        [[4, 16, 0, 0], [19, 0, 1, 0], [0, 20, 0, 0], [0, 0, 20, 0], [0, 0, 0, 20], [0, 0, 20, 0]]
    )
    np.testing.assert_allclose(arnt.ppm, counts / 20, atol=1e-15)
    assert arnt.nsites == 20 and np.count_nonzero(arnt.ppm == 0) == 16


def test_the_caller_cannot_damage_the_cache():
    jaspar.load("JASPAR2016").clear()
    assert len(jaspar.load("JASPAR2016")) == 519


def test_tax_groups_and_releases_differ():
    assert len(jaspar.database("jaspar2014")) == 205
    fungi = jaspar.database("JASPAR2016:fungi")
    assert fungi and not {m.name for m in fungi} & {m.name for m in jaspar.load("JASPAR2016")}
    assert jaspar.releases()[0] == "JASPAR2014"


def test_a_file_is_a_database_too(tmp_path):
    meme.write_meme(tmp_path / "mine.meme", [Motif("mine", np.eye(4), 5)])
    assert [m.name for m in jaspar.database(tmp_path / "mine.meme")] == ["mine"]
    assert [m.name for m in jaspar.database(str(tmp_path / "mine.meme"))] == ["mine"]


@pytest.mark.parametrize(
    "name, message",
    [
        ("JASPAR2015", "unknown database JASPAR2015; known: JASPAR2014, JASPAR2016"),
        ("HOCOMOCO", "no motif file at HOCOMOCO.*known: JASPAR2014"),
        ("somewhere/motifs.meme", "no motif file at somewhere/motifs.meme"),
        ("JASPAR2016:martians", "no motif of tax group martians.*vertebrates"),
    ],
)
def test_unknown_names_are_answered_with_the_known_ones(name, message):
    with pytest.raises(ValueError, match=message):
        jaspar.database(name)


def test_unknown_release_and_motif():
    with pytest.raises(ValueError, match="unknown JASPAR release 2016; known: JASPAR2014"):
        jaspar.load("2016")
    with pytest.raises(ValueError, match="no motif called MA9999.9 among 519"):
        jaspar.select(jaspar.load("JASPAR2016"), ["MA0004.1", "MA9999.9"])
