"""Figures of the DeMo and dashboard papers: what is drawn, and that an empty motif is said to be one."""

import json

import numpy as np
import pytest

from experiments.demo import dashboards, extraction_rows, figures, settings
from experiments.demo import launcher as demo
from jaxmotif import dna
from jaxmotif.apps.dashboard import figure
from jaxmotif.apps.dashboard.evidence import Box, Dashboard, SequenceEvidence
from jaxmotif.data.dataset import Dataset
from jaxmotif.interpret import class_optimization
from jaxmotif.motifs import jaspar, meme
from jaxmotif.motifs.motif import Motif
from tests.helpers import small_panel

# Matplotlib writes what a text says as a comment before its outlines.
FLAT = Motif("flat", np.full((30, 4), 0.25), 100)
SURE = Motif("sure", np.eye(4)[np.arange(30) % 4], 100)


def a_dashboard(factor, known=1, motifs=None):
    letters = "ACGTA" * 6
    networks = ["CNN-medium", "RNN-medium"]
    evidence = SequenceEvidence(
        f"{factor}-1",
        letters,
        [Box(3, 9, "+", "x")],
        dict.fromkeys(networks, 0.9),
        {"saliency": {name: np.arange(30.0) for name in networks}},
        {"RNN-medium": (np.linspace(0, 1, 30), np.linspace(1, 0, 30))},
    )
    motifs = {"CNN-medium": SURE, "RNN-medium": SURE} if motifs is None else motifs
    return Dashboard(factor, "", [SURE] * known, "bound", motifs, networks, ["saliency"], [evidence], "")


def test_dashboards_stand_side_by_side(tmp_path):
    columns = [figure.Column(a_dashboard("GATA1"), 0), figure.Column(a_dashboard("NFYB", known=6), 0)]
    figure.dashboards_figure(tmp_path / "two.svg", columns)
    text = (tmp_path / "two.svg").read_text()
    for said in ("GATA1: GATA1-1", "NFYB: NFYB-1", "CNN-medium  0.90", "RNN-medium  backward"):
        assert f"<!-- {said} -->" in text
    assert "found nothing" not in text
    with pytest.raises(ValueError, match="at least one"):
        figure.dashboards_figure(tmp_path / "none.svg", [])
    with pytest.raises(ValueError, match="no sequence 1"):
        figure.dashboards_figure(tmp_path / "x.svg", [figure.Column(a_dashboard("GATA1"), 1)])


def test_what_is_of_one_kind_begins_at_one_height(tmp_path, monkeypatch):
    kept = []
    monkeypatch.setattr(figure, "save", lambda made, path: kept.append(made))
    columns = [figure.Column(a_dashboard("A", known=0), 0), figure.Column(a_dashboard("B", known=6), 0)]
    figure.dashboards_figure(tmp_path / "x.png", columns)
    heights = [
        text.get_position()[1] for text in kept[0].texts if text.get_text() == "Temporal output scores"
    ]
    assert len(heights) == 2 and heights[0] == pytest.approx(heights[1])


def test_a_class_motif_that_found_nothing_says_so(tmp_path):
    made = a_dashboard("GATA1", motifs={"CNN-medium": SURE, "RNN-medium": FLAT})
    figure.dashboard_figure(tmp_path / "one.svg", made, 0)
    assert (tmp_path / "one.svg").read_text().count("found nothing: its best column has 0.00 bits") == 1


def test_the_sequence_is_the_first_positive_with_a_known_site():
    known = Motif("site", np.eye(4)[dna.encode(["TGACTCAGCA"])[0]], 100)
    letters = ["A" * 40, "TGACTCAGCA" + "C" * 30, "G" * 40, "C" * 20 + "TGACTCAGCA" + "C" * 10]
    labels = np.float32([[1], [0], [1], [1]])
    test = Dataset(dna.encode(letters), labels, list("wxyz"), ("bound",))
    assert list(dashboards.shown_positive(test, [known]).names) == ["z"]
    assert list(dashboards.shown_positive(test, []).names) == ["w"]


def a_row(experiment, against, **more):
    of_class = {"against": against, "window_q": 0.01, "ama_share": 0.6} | more
    return {
        "experiment": experiment,
        "network": "DeMo-3-2-5",
        "class free": of_class,
        "class letters": of_class,
    }


def test_windows_are_drawn_as_the_known_motif_reads(tmp_path):
    database = jaspar.load("JASPAR2024")
    known = next(motif for motif in database if motif.name == "MA0138.3")
    folder = tmp_path / "REST_K562_x" / "DeMo-3-2-5"
    folder.mkdir(parents=True)
    turned = known.reverse_complement()
    meme.write_meme(
        folder / extraction_rows.MOTIFS,
        [
            Motif("free-window", turned.ppm, 100),
            Motif("letters-window", np.full((known.width, 4), 0.25), 100),
        ],
    )
    (shown,) = figures.compared(tmp_path, [a_row("REST_K562_x", known.name)], database)
    # Digits are those of the file.
    np.testing.assert_allclose(shown.windows["free"][0].ppm, known.ppm, atol=1e-5)
    assert list(shown.windows) == ["free", "letters"]
    figures.motifs(tmp_path, [shown])
    text = (tmp_path / "figure2b.svg").read_text()
    assert text.count("found nothing") == 1 and "REST K562: MA0138.3 REST" in text
    assert (tmp_path / "figure2b.png").read_bytes().startswith(b"\x89PNG")


def test_bars_tell_how_many_are_above(tmp_path):
    figures.differences(
        tmp_path, {"DeepBind*": {"a_x": 0.2, "b_x": 0.1, "c_x": -0.1}, "DeepBind": {"a_x": 0.1}}
    )
    text = (tmp_path / "figure2a.svg").read_text()
    assert "DeMo - DeepBind*: above on 2 of 3" in text and "paper: 92 of 108" in text
    assert "DeMo - DeepBind: above on 1 of 1" in text


@pytest.fixture(scope="module", name="run")
def fixture_run(panel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("figure2") / "run"
    more = ["--config=figure2", "--factors=JUN", "--set=networks=CNN-small,RNN-small", "--set=class_steps=20"]
    demo.main(small_panel.arguments(panel, folder, *more))
    return folder


def test_figure2_is_made_of_the_factors_asked_for(run):
    assert [path.name for path in run.glob("figure2.*")] and (run / "figure2.png").stat().st_size > 10_000
    text = (run / "figure2.svg").read_text()
    for network in ("CNN-small", "RNN-small"):
        for space in class_optimization.SPACES:
            assert f"<!-- {network}, {space} -->" in text
    page = (run / "report.html").read_text()
    assert "data:image/svg+xml;base64," in page and "Between types of networks" in page
    assert [row["experiment"] for row in json.loads((run / "experiments.json").read_text())] == ["JUN_K562_x"]


def test_factors_without_an_experiment_are_named(panel):
    config = settings.build("figure2", str(panel), "smoke", "paper", 0, [], ["JUN"])
    assert settings.of_factors(config, settings.chosen(config)) == ["JUN_K562_x"]
    with pytest.raises(ValueError, match="no experiment 'GATA1'; there are: JUN_K562_x, mine"):
        settings.chosen(settings.build("figure2", str(panel), "smoke", "paper", 0, []))
