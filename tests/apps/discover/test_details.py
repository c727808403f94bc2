"""What a motif's row shows when it is opened, against the sequences themselves and against counts by hand."""

import dataclasses
import re

import numpy as np
import pytest
import scipy.stats

from jaxmotif import dna
from jaxmotif.apps.discover import details
from jaxmotif.data.dataset import Splits
from jaxmotif.motifs.evidence import Ablation
from jaxmotif.motifs.places import Rows
from jaxmotif.report.pair_table import PairTable
from tests.helpers import small_discovery
from tests.helpers.document import Document


@pytest.fixture(scope="module", name="made")
def fixture_made(tmp_path_factory):
    found, folder = small_discovery.found(classes=True), tmp_path_factory.mktemp("run")
    found.motifs.to_sites(folder / "sites.tsv")
    found.motifs.to_bed(folder / "sites.bed")
    pairs = PairTable("Pairs", ["one", "two"], found.pairs)
    return found, folder, details.details(found, folder, pairs)


def test_positions_are_those_of_the_planted_words(made):
    found, _, shown = made
    text = dna.decode(found.own.positives.sequences)
    word = small_discovery.WORDS[0]
    turned = dna.decode(dna.reverse_complement(dna.encode([word])[0])[None])[0]
    starts = [match.start() for row in text for match in re.finditer(f"{word}|{turned}", row)]
    counts = np.bincount(starts, minlength=100 - 12 + 1)
    assert shown[0].places.spread.counts.tolist() == counts.tolist()
    assert shown[0].places.spread.expected.sum() == pytest.approx(len(starts))
    assert shown[0].places.centring.p < 1e-20


def test_examples_are_held_out_and_lie_where_the_files_say(made):
    found, folder, shown = made
    held_out = found.splits.test.positives
    lines = (folder / "sites.bed").read_text().splitlines()
    begin = dict(zip(held_out.names, held_out.start.tolist(), strict=True))
    for word, own in zip(small_discovery.WORDS, shown, strict=True):
        assert 5 < len(own.examples) <= details.EXAMPLES
        assert [one.score for one in own.examples] == sorted(
            (one.score for one in own.examples), reverse=True
        )
        for one in own.examples:
            assert one.site == word
            chrom, first, last = re.fullmatch(r"(chr1):([\d,]+)-([\d,]+)", one.place).groups()
            first, last = int(first.replace(",", "")) - 1, int(last.replace(",", ""))
            row = next(i for i, start in enumerate(begin.values()) if start <= first < start + 100)
            whole = dna.decode(held_out.sequences[row][None])[0]
            at = first - held_out.start[row]
            around = whole[max(at - 10, 0) : at + 22]
            if one.strand == "-":
                around = dna.decode(dna.reverse_complement(dna.encode([around])[0])[None])[0]
            assert (one.left + one.site + one.right).strip() == around
            assert one.middle == at + 6 - 50
            cells = lines[int(one.line.split()[-1]) - 1].split("\t")
            assert cells[:3] == [chrom, str(first), str(last)] and cells[5] == one.strand


def test_without_a_genome_sites_are_listed_in_the_table(made, tmp_path):
    found = small_discovery.found()
    nameless = [
        dataclasses.replace(
            part, chrom=None, start=None, strand=None, names=[f"{name}s{i}" for i in range(len(part))]
        )
        for name, part in zip("abc", found.splits.parts, strict=True)
    ]
    found = dataclasses.replace(found, splits=Splits(*nameless))
    motifs = dataclasses.replace(found.motifs, rows=Rows.of(found.own))
    found = dataclasses.replace(found, motifs=motifs)
    found.motifs.to_sites(tmp_path / "sites.tsv")
    lines = (tmp_path / "sites.tsv").read_text().splitlines()
    for one in details.details(found, tmp_path, None)[0].examples:
        cells = lines[int(one.line.split()[-1]) - 1].split("\t")
        assert one.line.startswith("sites.tsv, line ") and one.place.startswith(f"{cells[0]}:")
        assert int(cells[1]) + 1 == int(one.place.split(":")[1].split("-")[0]) and cells[3] == one.strand


def test_a_test_file_of_its_own_is_scanned(made, tmp_path):
    found, _, shown = made
    apart = dataclasses.replace(found, settings=dataclasses.replace(found.settings, test="t.fa"))
    got = details._examples(apart, tmp_path)
    for word, own, same in zip(small_discovery.WORDS, got, shown, strict=True):
        assert len(own) == len(same.examples)
        assert {(one.site, one.line) for one in own} == {(word, "")}


def test_classes_are_counted_and_centred_by_themselves(made):
    found, _, shown = made
    for own, motif in zip(shown, range(2), strict=True):
        assert {one.name for one in own.classes} == {"liver", "brain"}
        for one in own.classes:
            share = next(
                s
                for s in found.by_class.shares
                if s.motif == motif and found.by_class.names[s.number] == one.name
            )
            assert (one.inside, one.of, one.log2) == (share.inside, share.of, share.log2)
            assert one.inside == 0 or one.centring.of == one.inside
            assert (one.positions is None) == (one.inside == 0)


def test_losses_have_students_interval():
    values = (0.1, 0.25, 0.2)
    found = details.losses(Ablation(values, (0.01, 0.02, 0.03)), "supervised")
    assert [one.what for one in found] == ["AUROC falls by", details.LOG_LOSS]
    low, high = scipy.stats.t.interval(0.95, 2, np.mean(values), scipy.stats.sem(values))
    assert found[1].interval == pytest.approx((low, high)) and found[1].mean == pytest.approx(np.mean(values))
    alone = details.losses(Ablation((0.5,)), "infomax")
    assert [(one.what, one.interval) for one in alone] == [(details.ESTIMATE, None)]
    assert details.losses(None, "") == []


def test_the_cards_show_it(made):
    found, _, shown = made
    document = Document(shown[0].html("motif_1"))
    text = " ".join(document.text)
    assert len(document.all("mark")) == len(shown[0].examples)
    assert "AUROC falls by" in text and "+0.020" in text and "1.25 ± 0.12" in text
    assert len(document.all("svg", "places")) == 1 and len(document.all("svg", "histogram")) == 2
    assert "sites.bed, line" in text and "liver" in text
    assert "two" in text  # its partner
    empty = Document(details.MotifDetails().html("x"))
    assert not empty.elements
