"""A discovery from arrays, without a file or a folder, and what is written of it."""

import dataclasses
import os

import numpy as np
import pytest

from jaxmotif import __version__, dna
from jaxmotif.apps import cli
from jaxmotif.apps.discover import inputs, pipeline
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.dataset import Dataset
from jaxmotif.motifs import backgrounds, motif_set, scan
from jaxmotif.motifs.motif_set import MotifSet
from tests.helpers import sequence_files

WORD = "CAGATAAGGTCA"


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (240, 60)).astype(np.uint8)
    for row, start in enumerate(rng.integers(5, 40, 240)):
        codes[row, start : start + len(WORD)] = dna.encode([WORD])[0]
    return Dataset(codes)


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    path = tmp_path_factory.mktemp("database") / "db.meme"
    sequence_files.write_database(path, 40, {"M_planted": (WORD, "PLANTED")})
    plain = Settings(seeds=2, database=str(path))
    schedule = getattr(plain.train, "schedule", None)
    if schedule is None:
        train = dataclasses.replace(plain.train, epochs=25, batch_size=32)
    else:
        train = plain.train.with_fields(epochs=25, batch_size=32)
    return dataclasses.replace(plain, train=train)


def test_arrays_in_motifs_out(data, settings, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = pipeline.discover(data, settings)
    assert os.listdir(tmp_path) == []  # nothing is written unless asked for
    assert found.motifs.matches[0][0].target.name == "M_planted"
    assert found.motifs.evidence[0].support == {"supervised": 2} and found.motifs.evidence[0].networks == 2
    sites, word = found.motifs[:1].sites, dna.encode([WORD])[0]
    # Rows of the sites are those of the parts, in which every positive keeps its name.
    rows = [int(found.motifs.rows.names[i].removeprefix("seq")) - 1 for i in sites.sequence]
    planted = [bytes(data.sequences[row]).find(bytes(word)) for row in rows]
    overlap = np.minimum(sites.end, np.add(planted, len(word))) - np.maximum(sites.start, planted)
    assert len(set(rows)) > 100 and np.mean(overlap >= 6) > 0.8
    assert len(repr(found)) < 200
    # A site counts once, and the matrix, the evidence and the table agree.
    counts = np.bincount(found.motifs.sites.motif, minlength=len(found.motifs)).tolist()
    assert (
        [motif.nsites for motif in found.motifs] == counts == [known.sites for known in found.motifs.evidence]
    )
    parts = (found.splits.train, found.splits.valid, found.splits.test)
    own = backgrounds.frequencies(np.concatenate([part.sequences for part in parts]))
    np.testing.assert_allclose(found.motifs[0].background, backgrounds.both_strands(own))
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "motifs.homer").touch()  # of an analysis that asked for it
    formats = dataclasses.replace(settings, formats=("jaspar", "tsv"))
    pipeline.write(dataclasses.replace(found, settings=formats), tmp_path / "run")
    again = motif_set.read_motifs(tmp_path / "run" / "motifs.jaspar")
    np.testing.assert_allclose(again[0].ppm, found.motifs[0].ppm, atol=1e-6)
    assert not (tmp_path / "run" / "motifs.homer").exists()
    pipeline.write(found, tmp_path / "run")
    assert not {"motifs.jaspar", "motifs.tsv"} & {path.name for path in (tmp_path / "run").iterdir()}
    written = {path.name for path in (tmp_path / "run").iterdir()}
    assert {"report.html", "motifs.meme", "motifs.json", "tomtom.tsv", "sites.tsv", "metrics.json"} <= written
    _check_page(found, tmp_path / "run")
    assert "sites.bed" not in written
    places = dict(chrom=np.full(len(found.motifs.rows.names), "chr1"), placed=None)
    rows = dataclasses.replace(found.motifs.rows, start=100 * np.arange(len(places["chrom"])), **places)
    pipeline.write(
        dataclasses.replace(found, motifs=dataclasses.replace(found.motifs, rows=rows)), tmp_path / "run"
    )
    lines = (tmp_path / "run" / "sites.bed").read_text().splitlines()
    assert len(lines) == len((tmp_path / "run" / "sites.tsv").read_text().splitlines()) - 1 == sum(counts)
    assert not found.notes or all(str(note).startswith(("note: ", "warning: ")) for note in found.notes)
    _check_without_motifs(found, settings.database, tmp_path / "nothing")


def _check_page(found, folder):
    """Every result has its download, each motif its centring, and pairs a table."""
    page = (folder / "report.html").read_text()
    results = [path.name for path in folder.iterdir() if path.suffix in (".meme", ".tsv")]
    assert "pairs.tsv" in results and all(f'download="{name}"' in page for name in [*results, "metrics.json"])
    assert ('download="others.json"' in page) == bool(len(found.others))
    centring = found.motifs.evidence[0].centring
    assert 0 < centring.p <= 1 and centring.of <= found.motifs.evidence[0].sites
    assert found.motifs.to_records()[0]["centring"]["p"] == centring.p
    # The paragraph for a paper says what was done.
    test, rate = found.metrics["test"], found.settings.train.optimizer.learning_rate
    for told in (
        f"{len(found.splits.train)} served to train, {len(found.splits.valid)} to validate and "
        f"{test['n']} were held out",
        "told from dinucleotide shuffles of them. 2 networks of the type peaks were trained to tell "
        f"sequences from negatives (adam, learning rate {rate:g}, batches of 32, ",
        " epochs, at most 25; the epoch with the best validation AUROC was taken)",
        f"AUROC on the held-out sequences {test['auroc']:.4f} (95 % ",
        f"words over-represented in the training sequences; {found.metrics['tested']} were tested",
        f"({found.targets} motifs)",
        f"jaxmotif {__version__}",
    ):
        assert told in page, told
    header, *lines = (folder / "pairs.tsv").read_text().splitlines()
    assert len(lines) == len(found.pairs) and header.startswith("motif_a\tmotif_b\t")
    assert ("<h2>Pairs of motifs</h2>" in page) == bool(lines)
    positives = sum(int(part.is_positive.sum()) for part in found.splits.parts)
    assert all(row.pair.of == positives for row in found.pairs)


def _check_without_motifs(found, database, folder):
    """What has no motif has all of its files, and the next step of a pipeline reads them."""
    nothing = dataclasses.replace(found, motifs=MotifSet(()).match(database))
    pipeline.write(nothing, folder)
    assert len(motif_set.read_motifs(folder / "motifs.meme")) == 0
    assert (folder / "sites.tsv").read_text() == f"{scan.COLUMNS}\n"
    assert (folder / "pairs.tsv").read_text().count("\n") == 1
    cli.dispatch(
        ["jaxmotif", "match", str(folder / "motifs.meme"), database, f"--out={folder / 'again.tsv'}"]
    )
    assert (folder / "again.tsv").read_text() == (folder / "tomtom.tsv").read_text()
    last = nothing.notes[-1]
    assert last.text.startswith("No motif is significant") and last.level == "warning"
    assert last.text in (folder / "report.html").read_text()
    assert str(last) in pipeline.summary_lines(nothing)


def test_what_cannot_be_used_is_refused(data, settings):
    with pytest.raises(ValueError, match="20 sequences, at least 50"):
        inputs.divide(data[:20], settings)
    with pytest.raises(ValueError, match="a file is needed, got ''"):
        inputs.load(settings)
    with pytest.raises(ValueError, match="labels must be 0 and 1"):
        inputs.divide(Dataset(data.sequences, np.linspace(0, 1, 240)), settings)
