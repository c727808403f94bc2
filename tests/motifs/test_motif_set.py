"""Motif sets: what they hold, how they are cut, matched, scanned, written and read back."""

import builtins
import dataclasses

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.data.dataset import Dataset
from jaxmotif.motifs import enrichment, hits, meme, motif_file, motif_set, scan, tomtom
from jaxmotif.motifs.centring import Centring
from jaxmotif.motifs.evidence import Evidence
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.motif_set import MotifSet


def _motif(name, letters, alt=""):
    return Motif(name, np.eye(4)[["ACGT".index(x) for x in letters]] * 0.88 + 0.03, 50, alt)


MOTIFS = [_motif("a", "AGATAAGC", "GATA1"), _motif("b", "CACGTG"), _motif("c", "TTTCCCAA", "<X>")]
TARGETS = [
    _motif(f"t{i}", "".join(np.random.default_rng(i).choice(list("ACGT"), 8)), f"T{i}") for i in range(30)
]
EVIDENCE = [
    Evidence(
        {"supervised": 2},
        3,
        (("supervised", 0, 4),),
        0.1,
        "supervised",
        12,
        (0.5, 0.1),
        np.arange(3),
        Centring(21, 9, 12, 4.5, 0.01),
        held_out=enrichment.Test(7, 1, 20, 20, 0.02),
    ),
    Evidence(),
    Evidence({"supervised": 1, "infomax": 1}, 6),
]


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (40, 50)).astype(np.uint8)
    codes[::2, 10:18] = dna.encode(["AGATAAGC"])[0]
    names = [f"chr{i % 3 + 1}:{100 * i}-{100 * i + 50}({'+-'[i % 4 > 1]})" for i in range(40)]
    places = [f"chr{i % 3 + 1}" for i in range(40)]
    return Dataset(codes, names=names, chrom=places, start=100 * np.arange(40))


@pytest.fixture(scope="module")
def found(data):
    return MotifSet(MOTIFS, EVIDENCE).match(TARGETS + MOTIFS).scan(data, 1e-3)


def test_it_is_a_sequence_of_motifs(found):
    assert len(found) == 3 and list(found) == MOTIFS and found[-1] is MOTIFS[2] and MOTIFS[1] in found
    assert repr(MotifSet(MOTIFS)) == "MotifSet(3 motifs)"
    assert (
        repr(found).startswith("MotifSet(3 motifs, 2 named by a list of motifs, ") and len(repr(found)) < 120
    )


def test_matches_and_sites_are_those_of_the_functions(found, data):
    targets = TARGETS + MOTIFS
    rows = hits.hits(tomtom.match(MOTIFS, targets), MOTIFS, targets, e_max=10)
    assert [hit for own in found.matches for hit in own] == rows
    assert all(hit.query_index == i for i, own in enumerate(found.matches) for hit in own)
    assert [own[0].target for own in found.matches] == MOTIFS
    sites = scan.scan(data.sequences, MOTIFS, 1e-3)
    for field in dataclasses.fields(sites):
        np.testing.assert_array_equal(getattr(found.sites, field.name), getattr(sites, field.name))


@pytest.mark.parametrize("which", [slice(1, 3), slice(None, None, -1), [2, 0], np.array([True, False, True])])
def test_a_part_has_what_belongs_to_its_motifs(found, which):
    part, chosen = found[which], np.arange(3)[which]
    assert list(part) == [MOTIFS[i] for i in chosen] and list(part.evidence) == [EVIDENCE[i] for i in chosen]
    for place, i in enumerate(chosen):
        assert [hit.target for hit in part.matches[place]] == [hit.target for hit in found.matches[i]]
        assert all(hit.query_index == place for hit in part.matches[place])
        mine, own = part.sites.take(part.sites.motif == place), found.sites.take(found.sites.motif == i)
        np.testing.assert_array_equal(mine.start, own.start)
        np.testing.assert_array_equal(mine.sequence, own.sequence)


def test_what_does_not_fit_is_refused(found):
    with pytest.raises(ValueError, match="1 entries in evidence for 3 motifs"):
        MotifSet(MOTIFS, EVIDENCE[:1])
    with pytest.raises(ValueError, match="2 entries in matches for 3 motifs"):
        MotifSet(MOTIFS, matches=[[], []])
    with pytest.raises(ValueError, match="without the rows"):
        MotifSet(MOTIFS, sites=found.sites)
    with pytest.raises(ValueError, match=r"mask of shape \(2,\) for 3 motifs"):
        _ = found[np.array([True, False])]
    with pytest.raises(ValueError, match="chosen twice"):
        _ = found[[0, 0]]
    for write in ("to_tomtom", "to_sites", "to_bed"):
        with pytest.raises(ValueError, match="3 motifs that were not"):
            getattr(MotifSet(MOTIFS), write)("nowhere")


def test_bed_against_the_letters_of_a_genome(found, data, tmp_path):
    genome = {name: np.full(5000, 4, np.uint8) for name in ("chr1", "chr2", "chr3")}
    for codes, chrom, start, name in zip(data.sequences, data.chrom, data.start, data.names, strict=True):
        forward = dna.reverse_complement(codes) if "(-)" in name else codes
        genome[chrom][start : start + 50] = forward
    found.to_bed(tmp_path / "x.bed")
    lines = [line.split("\t") for line in (tmp_path / "x.bed").read_text().splitlines()]
    assert len(lines) == len(found.sites)
    assert lines == sorted(lines, key=lambda line: (line[0], int(line[1]), int(line[2]), line[5], line[3]))
    rows = found.sites.sequence
    first = data.start[rows] + np.where(data.reverse[rows], data.length - found.sites.end, found.sites.start)
    turned = np.where(data.reverse[rows], found.sites.strand == "+", found.sites.strand == "-")
    names = np.array([MOTIFS[m].name for m in found.sites.motif])
    width = found.sites.end - found.sites.start
    order = np.lexsort((names, np.where(turned, "-", "+"), first + width, first, data.chrom[rows]))
    for (chrom, start, end, name, score, strand), k in zip(lines, order, strict=True):
        site = found.sites.take([k])
        row = data.sequences[site.sequence[0]]
        seen = row[site.start[0] : site.end[0]]
        seen = seen if site.strand[0] == "+" else dna.reverse_complement(seen)
        there = genome[chrom][int(start) : int(end)]
        there = there if strand == "+" else dna.reverse_complement(there)
        np.testing.assert_array_equal(there, seen)
        assert name == MOTIFS[site.motif[0]].name and int(score) == round(-10 * np.log10(site.p[0]))
    without = MotifSet(MOTIFS).scan(data.sequences, 1e-3)
    with pytest.raises(ValueError, match="have no coordinates"):
        without.to_bed(tmp_path / "y.bed")


def test_files_of_others(found, tmp_path):
    found.to_meme(tmp_path / "x.meme")
    back = motif_set.read_motifs(tmp_path / "x.meme")
    assert [m.name for m in back] == list("abc") and back.evidence[0].support == {}
    again = meme.read_meme(tmp_path / "x.meme")
    np.testing.assert_array_equal(back[0].ppm, again[0].ppm)
    found.to_tomtom(tmp_path / "x.tsv")
    assert len((tmp_path / "x.tsv").read_text().splitlines()) == 1 + sum(map(len, found.matches))
    found.to_sites(tmp_path / "s.tsv")
    assert len((tmp_path / "s.tsv").read_text().splitlines()) == 1 + len(found.sites)


def test_records(found):
    first, second, third = found.to_records()
    assert first["name"] == "a" and first["rank"] == 1 and first["support"] == 2 and first["seeds"] == 3
    assert first["filters"] == ["supervised_seed1_filter5"] and first["best_match"]["name"] == "GATA1"
    assert first["prevalence"] == {"positive": 0.5, "negative": 0.1} and second["support"] is None
    assert third["support"] == 2 and third["found_by"] == {"supervised": 1, "infomax": 1}
    assert MotifSet(MOTIFS).to_records()[0]["best_match"] is None


def test_a_data_frame_or_a_clear_line(found, monkeypatch):
    real = builtins.__import__

    def without(name, *rest, **more):
        if name == "pandas":
            raise ImportError(name)
        return real(name, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(builtins, "__import__", without)
        with pytest.raises(ValueError, match="needs pandas"):
            found.to_dataframe()
    frame = found.to_dataframe()
    assert frame["centring_width"].tolist()[0] == 21 and frame["held_out_positives"].tolist()[0] == 7
    assert frame["name"].tolist() == list("abc") and frame["best_match_name"][0] == "GATA1"


def test_saved_and_loaded(found, tmp_path):
    for number, kept in enumerate((found, MotifSet(MOTIFS), MotifSet([]), found[1:])):
        path = tmp_path / f"{number}.json"
        motif_file.save(path, kept)
        back = motif_file.load(path)
        assert repr(back) == repr(kept) and back.to_records() == kept.to_records()
        for a, b in zip(kept, back, strict=True):
            np.testing.assert_array_equal(a.ppm, b.ppm)
            assert (a.name, a.alt_name, a.nsites, a.background) == (
                b.name,
                b.alt_name,
                b.nsites,
                b.background,
            )
        motif_file.save(tmp_path / "again.json", back)
        assert (tmp_path / "again.json").read_bytes() == path.read_bytes()
        if kept.sites is not None:
            back.to_bed(tmp_path / "a.bed")
            kept.to_bed(tmp_path / "b.bed")
            assert (tmp_path / "a.bed").read_bytes() == (tmp_path / "b.bed").read_bytes()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "jaxmotif motif set 1"}', "\0"])
def test_damaged_files_are_refused(tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(ValueError, match="x.json"):
        motif_file.load(tmp_path / "x.json")
    with pytest.raises(ValueError, match="no.json"):
        motif_file.load(tmp_path / "no.json")


def test_notebooks_see_logos(found):
    text = found._repr_html_()
    assert text.count("<svg") == 3 and text.count("<tr>") == 4 and "GATA1" in text and "2 of 3" in text
    single = MOTIFS[2]._repr_html_()
    assert "<svg" in single and "&lt;X&gt;" in single and "<X>" not in single
    assert repr(MOTIFS[0]) == "Motif(a (GATA1), 8 wide, AGATAAGC)"
