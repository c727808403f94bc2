"""Names: known motifs get that of their family, motifs that are nobody's get none, whatever their E."""

import dataclasses

import numpy as np
import pytest

from jaxmotif.motifs import hits, jaspar, naming, tomtom
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.motif_set import MotifSet
from jaxmotif.motifs.ppm import information_content
from tests.helpers import tomtom_reference

RNG = np.random.default_rng


@pytest.fixture(name="targets", scope="module")
def fixture_targets():
    return jaspar.load("JASPAR2024")


def matched(query, targets):
    return hits.hits(tomtom.match([query], targets), [query], targets, e_max=10)


def noisy(motif, seed, sites=50, start=0, end=None):
    counts = [RNG([seed, i]).multinomial(sites, p) for i, p in enumerate(motif.ppm[start:end])]
    return Motif("noisy", np.array(counts) / sites, sites)


@pytest.mark.parametrize(
    "name, family",
    [
        ("MA0076.3", "Ets-related"),
        ("MA0139.2", "More than 3 adjacent zinc fingers"),
        ("MA0035.5", "C4-GATA-related"),
        ("MA0138.3", "Factors with multiple dispersed zinc fingers"),
        ("MA0060.4", "Heteromeric CCAAT-binding"),
    ],
)
def test_a_noisy_motif_is_named_by_its_family(targets, name, family):
    (known,) = jaspar.select(targets, [name])
    assert known.tf_family == family
    for query in (noisy(known, 1), noisy(known, 2, 20).reverse_complement(), noisy(known, 3, end=7)):
        found = matched(query, targets)
        named = naming.named(query, found)
        assert named and named[0].target.tf_family == family
        assert naming.title(named[0].target) == f"{family}: {named[0].target.alt_name}"
        assert list(named) == [hit for hit in found if hit in named]  # in the order of p


def test_flat_motifs_match_long_flat_targets_and_have_no_name(targets):
    for seed in range(5):
        ppm = 0.9 * 0.25 + 0.1 * RNG(seed).dirichlet([0.5] * 4, 12)
        assert information_content(ppm).sum() < 0.6
        query = Motif("weak", ppm, 500)
        found = matched(query, targets)
        assert found[0].e < 1e-3 and found[0].label == "CTCF"  # what Tomtom says of it
        assert naming.named(query, found) == ()


def test_the_spacer_of_ctcf_is_not_ctcf(targets):
    (long,) = jaspar.select(targets, ["MA1930.2"])
    ppm = long.ppm[7:19].copy()
    spacer = Motif("spacer", ppm, long.nsites)
    ppm[3:7] = np.eye(4)[[0, 3, 1, 0]] * 0.6 + 0.1  # something of its own in the middle of it
    for query in (spacer, Motif("core", ppm, 500), Motif("core", ppm, 500).reverse_complement()):
        found = matched(query, targets)
        assert found[0].target is long and found[0].e < 0.01
        assert naming.named(query, found) == ()


def test_the_agreement_by_hand():
    sure, flat = np.eye(4), np.full((2, 4), 0.25)
    query = Motif("query", np.concatenate([sure, flat]), 1e9)
    target = Motif("target", np.concatenate([flat, sure[:3], sure[:1]]), 1e9)
    hit = naming.Hit(target, 1e-3, 1e-3, offset=2)
    # A C G lie on A C G, T on A; the two flat columns lie beside.
    found = naming.agreement(query, hit)
    np.testing.assert_allclose(found.bits, 6, atol=1e-6)
    np.testing.assert_allclose(found.share, 6 / 8, atol=1e-6)
    np.testing.assert_allclose(found.similarity, (3 - 1 / 3) / 4, atol=1e-6)
    turned = dataclasses.replace(hit, target=target.reverse_complement(), strand="-")
    np.testing.assert_allclose(naming.agreement(query, turned), found)
    before = naming.agreement(target, dataclasses.replace(hit, target=query, offset=-2))
    np.testing.assert_allclose(before, found)
    # Half of a column's information counts where the other motif has no more of it.
    half = Motif("half", sure * 0.5 + sure[[1, 0, 3, 2]] * 0.5, 1e9)
    found = naming.agreement(Motif("sure", sure, 1e9), naming.Hit(half, 1e-3, 1e-3))
    np.testing.assert_allclose(found.bits, 4 * (0.25 / np.sqrt(0.75 * 0.25)), atol=1e-6)
    with pytest.raises(ValueError, match="target at offset 6 does not lie on query"):
        naming.agreement(query, dataclasses.replace(hit, offset=6))


def test_columns_of_the_background_say_nothing():
    poor = (0.4, 0.1, 0.1, 0.4)
    flat = Motif("flat", [poor] * 8, 1e9, background=poor)
    found = naming.agreement(flat, naming.Hit(Motif("t", [poor] * 8, 1e9), 1e-9, 1e-9))
    np.testing.assert_allclose(found[:2], 0, atol=1e-6)


def test_each_limit_counts(targets):
    (known,) = jaspar.select(targets, ["MA0139.2"])
    query = Motif("query", known.ppm, 100)
    hit = matched(query, targets)[0]
    assert naming.named(query, [hit]) == (hit,)
    assert naming.named(query, [dataclasses.replace(hit, e=0.011)]) == ()
    beside = dataclasses.replace(hit, offset=hit.offset + 12)  # three columns only
    assert naming.agreement(query, beside).share < naming.LEAST_SHARE
    assert naming.named(query, [beside, hit]) == (hit,)
    other = dataclasses.replace(hit, target=dataclasses.replace(known, ppm=known.ppm[:, ::-1]))
    assert naming.agreement(query, other).similarity < naming.LEAST_SIMILARITY
    assert naming.named(query, [other]) == ()


def test_all_of_tomtoms_matches_stay_and_its_numbers_are_those_of_the_paper(targets, tmp_path):
    few = targets[:60]
    weak = Motif("weak", 0.9 * 0.25 + 0.1 * RNG(1).dirichlet([0.5] * 4, 12), 500)
    queries = [noisy(few[20], 4), weak]
    found = MotifSet(queries).match(few, e_max=None)
    softened = [tomtom_reference.soften(target.ppm, target.nsites) for target in few]
    for query, own in zip(queries, found.matches, strict=True):
        rows = tomtom_reference.rows(tomtom_reference.soften(query.ppm, query.nsites), softened)
        by_target = {hit.target_index: hit for hit in own}
        assert len(by_target) == len(few)
        np.testing.assert_allclose([by_target[i].p for i in range(60)], [row.p for row in rows], rtol=1e-9)
    assert [bool(own) for own in found.named] == [True, False]
    first, second = found.to_records()
    assert second["best_match"] is None and first["best_match"] == {
        "id": few[20].name,
        "name": few[20].alt_name,
        "family": few[20].tf_family,
        "class": few[20].tf_class,
        "title": naming.title(few[20]),
        "e": found.named[0][0].e,
        "q": found.named[0][0].q,
    }
    found.to_tomtom(tmp_path / "tomtom.tsv")
    assert len((tmp_path / "tomtom.tsv").read_text().splitlines()) == 121
    assert MotifSet(queries).named == ((), ())


def test_families_of_jaspar(targets):
    dimer = next(motif for motif in targets if motif.alt_name == "ETV5::FOXI1")
    assert dimer.tf_family == "Ets-related::FOX"
    fos = next(motif for motif in targets if motif.alt_name == "FOS::JUN")
    assert fos.tf_class == "Basic leucine zipper factors (bZIP)"  # once, though both halves have it
    assert sum(not motif.tf_family for motif in targets) < 5
    assert naming.title(Motif("mine", np.eye(4), 5)) == "mine"
