"""The whole page of discover, of a small made discovery: what is on it, and that it stays small."""

import dataclasses

import pytest

from jaxmotif.apps.discover import methods, pairs, supervised
from jaxmotif.apps.discover.page import write_report
from tests.helpers import small_discovery
from tests.helpers.document import read_page


def written(found, folder):
    """Writes the files that the page offers, and the page."""
    found.motifs.to_sites(folder / "sites.tsv")
    found.motifs.to_bed(folder / "sites.bed")
    found.motifs.to_meme(folder / "motifs.meme")
    pairs.write(folder / "pairs.tsv", found.pairs, found.motifs)
    write_report(folder, found, small_discovery.ENVIRONMENT)
    return folder / "report.html"


@pytest.fixture(scope="module", name="few")
def fixture_few(tmp_path_factory):
    return written(small_discovery.found(classes=True), tmp_path_factory.mktemp("few"))


def test_every_section_is_there(few):
    document = read_page(few)
    titles = [text for text in document.text if text]
    for title in (
        "Motifs",
        "Motifs by class",
        "Pairs of motifs",
        "Some sequences, letter by letter",
        "Methods, to paste",
        "How the networks use it",
        "Strongest sites in held-out positives",
        "By class",
    ):
        assert title in titles
    assert len(document.all("svg", "strip")) == 6 and len(document.all("svg", "places")) == 2


def test_the_page_does_not_grow_with_the_number_of_sites(tmp_path):
    sizes = []
    for sites in (2_000, 200_000):
        folder = tmp_path / str(sites)
        folder.mkdir()
        path = written(small_discovery.found(sites=sites, count=2000, length=200), folder)
        assert sum(1 for _ in (folder / "sites.tsv").open()) == sites + 1
        sizes.append(path.stat().st_size)
        document = read_page(path)
        links = {attrs["download"]: attrs["href"] for _, attrs, _ in document.all("a") if "download" in attrs}
        assert (links.get("sites.tsv") == "sites.tsv") == (sites == 200_000)
        assert len(document.all("mark")) == 2 * 12
    # But for its downloads, of which none is larger than 400,000 bytes.
    assert sizes[1] < 1_300_000 and sizes[1] < sizes[0] * 1.5, sizes


def test_methods_tell_the_schedule_that_was_used_not_the_one_in_the_settings():
    """Few sequences are trained on longer, in smaller batches, than the settings say."""
    found = small_discovery.found()
    settings = found.settings
    config, (note,) = supervised.schedule(settings, found.splits.train)
    used, usual = config.schedule, settings.train.schedule
    assert used.batch_size < usual.batch_size and used.epochs > usual.epochs
    found = dataclasses.replace(
        found, networks=[dataclasses.replace(found.networks[0], schedule=used)], settings=settings
    )
    (text,) = methods.methods(found, small_discovery.ENVIRONMENT).paragraphs
    assert "classes" not in text
    assert f"batches of {used.batch_size}, 2 epochs, at most {used.epochs};" in text
    assert f"{used.epochs} epochs in batches of {used.batch_size} instead" in note


def test_methods_tell_of_classes():
    found = small_discovery.found(classes=True)
    (text,) = methods.methods(found, small_discovery.ENVIRONMENT).paragraphs
    names = found.by_class.names
    assert f"Peaks are of {len(names)} classes ({', '.join(names)})." in text and "Benjamini" in text
