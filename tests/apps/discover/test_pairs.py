"""Pairs of the listed motifs: counted in the positives, with false discovery rates, as a table."""

import csv

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.apps.discover import pairs
from jaxmotif.data.dataset import Dataset
from jaxmotif.evaluate import multiple
from jaxmotif.motifs import scan
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.motif_set import MotifSet
from jaxmotif.motifs.places import Rows

WORDS = ["GATAAGCCTA", "TGACTCATGC", "CCGGAAGTAA"]


@pytest.fixture(scope="module")
def made():
    """Positives with the first word eight letters in front of the second, turned around; sites in these."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (300, 100)).astype(np.uint8)
    labels = (np.arange(300) % 3 > 0).astype(np.float32)
    first, second, third = (dna.encode([word])[0] for word in WORDS)
    for row in np.flatnonzero(labels):
        start = rng.integers(0, 60)
        if row < 150:
            codes[row, start : start + 10] = first
            codes[row, start + 18 : start + 28] = dna.reverse_complement(second)
        elif row < 250:
            codes[row, start : start + 10] = third
    data = Dataset(codes, labels)
    sharp = lambda word: np.eye(4)[dna.encode([word])[0]] * 0.96 + 0.01
    motifs = [Motif(f"motif_{i + 1}", sharp(word), 100) for i, word in enumerate(WORDS)]
    sites = scan.scan(data, motifs, 1e-5)
    return MotifSet(motifs, sites=sites.take(labels[sites.sequence] > 0), rows=Rows.of(data)), data


def test_pairs_in_the_positives(made):
    motifs, data = made
    rows = pairs.tested(motifs, data)
    assert [row.q for row in rows] == sorted(row.q for row in rows)
    first = rows[0]
    assert (first.pair.a, first.pair.b, first.pair.of, first.pair.both) == (0, 1, 200, 100)
    assert (first.pair.best.ways, first.pair.best.gap, first.pair.best.count) == ((2,), 8, 100)
    for name, p in (
        ("together_q", [row.pair.together_p for row in rows]),
        ("arranged_q", [row.pair.best and row.pair.best.p for row in rows]),
    ):
        told = np.array([value for value in p if value is not None])
        shown = [getattr(row, name) for row in rows]
        assert [value is None for value in shown] == [value is None for value in p]
        assert [value for value in shown if value is not None] == multiple.benjamini_hochberg(told).tolist()


def test_the_table(made, tmp_path):
    motifs, data = made
    rows, path = pairs.tested(motifs, data), tmp_path / "pairs.tsv"
    pairs.write(path, rows, motifs)
    with path.open() as stream:
        read = list(csv.DictReader(stream, delimiter="\t"))
    assert list(read[0]) == list(pairs.COLUMNS) and len(read) == len(rows)
    first = read[0]
    assert (first["motif_a"], first["motif_b"], first["both"], first["sequences"]) == (
        "motif_1",
        "motif_2",
        "100",
        "200",
    )
    assert float(first["both_log2"]) == pytest.approx(np.log2(100 / float(first["both_expected"])), abs=1e-4)
    assert (first["strand"], first["order"], first["gap"], first["arrangement"]) == (
        "opposite",
        "a b",
        "8",
        "a> <b",
    )
    assert float(first["q"]) < 1e-50 and int(first["count"]) == int(first["pairs"]) == 100
    apart = next(row for row in read if (row["motif_a"], row["motif_b"]) == ("motif_1", "motif_3"))
    assert apart["both"] == "0" and apart["both_log2"] == "" == apart["gap"] and float(apart["both_q"]) < 1e-9


def test_without_motifs_or_sites_there_is_the_header(made, tmp_path):
    motifs, data = made
    assert pairs.tested(MotifSet(()), data) == [] == pairs.tested(MotifSet(motifs.motifs), data)
    pairs.write(tmp_path / "pairs.tsv", [], MotifSet(()))
    assert (tmp_path / "pairs.tsv").read_text() == "\t".join(pairs.COLUMNS) + "\n"
