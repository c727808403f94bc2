"""Class motifs by penalty: those of each penalty by itself, against a network that knows one motif."""

import dataclasses
import json

import jax.numpy as jnp
import numpy as np
import pytest

from experiments.demo import launcher as demo
from experiments.demo import panel_run, penalties, report, settings
from jaxmotif.apps.discover.supervised import CLASSES
from jaxmotif.data.dataset import Dataset
from jaxmotif.interpret import class_motif, class_optimization
from jaxmotif.interpret.class_optimization import ClassConfig
from jaxmotif.models.network import Network
from jaxmotif.motifs import jaspar, meme
from jaxmotif.motifs.motif import Motif
from tests.helpers import small_panel


@pytest.fixture(scope="module", name="gata")
def fixture_gata():
    database = jaspar.database("JASPAR2024")
    return database, next(motif for motif in database if motif.alt_name == "GATA1")


def test_a_motif_that_the_network_knows_is_found_unless_the_penalty_forbids(gata, tmp_path, monkeypatch):
    database, motif = gata
    weights = jnp.log2(jnp.asarray(motif.ppm, jnp.float32) + 0.01) + 2

    def function(x_bl4):
        windows = jnp.stack([x_bl4[:, i : i + motif.width] for i in range(30 - motif.width + 1)], axis=1)
        return jnp.einsum("bpwl,wl->bp", windows, weights).max(axis=1, keepdims=True) - 8, {}

    network = Network.from_function(function, 30, classes=CLASSES)
    monkeypatch.setattr(penalties.Network, "load", lambda _: network)
    config = demo.build("penalty", "p", "smoke", "paper", 0, ["class_steps=300", "penalties=0.01,100"])
    test = Dataset(np.random.default_rng(0).integers(0, 4, (20, 30)).astype(np.uint8), np.ones((20, 1)))
    given = tmp_path, "GATA1_K562", "CNN-small", config, test, database, True
    rows = penalties.read(*given)
    by = {(row["space"], row["penalty"]): row for row in rows}
    assert len(by) == 4 and by["letters", 0.01]["window_q"] < 0.5 and by["letters", 0.01]["bits"] > 5
    strict = by["letters", 100.0]
    assert strict["bits"] < 1 and not strict["informative"] and strict["whole_q"] == 1
    assert penalties.read(*given) == rows
    # Of one program with the others a penalty has the motif that it has by itself.
    alone = class_optimization.class_motifs(
        network, ["bound"], ClassConfig(steps=300, penalty=0.01), config.seed, quiet=True
    )["bound"]
    kept = {one.name: one for one in meme.read_meme(tmp_path / penalties.MOTIFS)}
    own = class_motif.window(alone, kept["letters_0.01"].width)
    np.testing.assert_allclose(kept["letters_0.01"].ppm, own.ppm, atol=1e-3)


def test_counts_are_of_factors():
    row = {"network": "CNN", "space": "free", "penalty": 0.1, "whole_q": 0.4, "window_q": 0.6}
    row |= {"window_any_q": 0.2, "ama_share": 0.7, "informative": True, "bits": 4.0}
    other = row | {"whole_q": 0.6, "informative": False, "bits": 1.0}
    first, second = penalties.table([row, row | {"penalty": 1.0}, other])
    assert first == {
        "model": "CNN",
        "class motif": "free",
        "penalty": 0.1,
        "factors": 2,
        "whole matches": 1,
        "window matches": 0,
        "window matches any": 2,
        "AMA wins": 2,
        "found nothing": 1,
        "mean bits": 2.5,
    }
    assert (second["penalty"], second["factors"]) == (1.0, 1)


def test_the_launcher_makes_table_and_figures(panel, tmp_path, capsys):
    place = tmp_path / "run"
    arguments = ("--config=penalty", "--set=networks=CNN-small", "--sweep=penalties=0.01,10")
    demo.main(small_panel.arguments(panel, place, *arguments, "--set=class_steps=10"))
    rows = json.loads((place / "penalties.json").read_text())
    spaces = class_optimization.SPACES[::-1]
    assert [(row["class motif"], row["penalty"]) for row in rows] == [
        (space, penalty) for space in spaces for penalty in (0.01, 10.0)
    ]
    # The other experiment's factor is not in the database.
    assert [row["factors"] for row in rows] == [1] * 4
    for name in ("penalties.png", "penalties.svg", "penalty_windows.png", "report.html"):
        assert (place / name).stat().st_size > 1000
    assert "found nothing" in capsys.readouterr().out
    assert "Class motifs by penalty" in (place / "report.html").read_text()


def test_shapes_of_demo_are_one_network_of_the_table(tmp_path):
    row = {"space": "free", "penalty": 0.1, "whole_q": 0.4, "window_q": 0.6, "window_any_q": 0.2}
    row |= {"ama_share": 0.7, "informative": True, "bits": 4.0, "against": "GATA1"}
    made = [row | {"experiment": f"GATA1_cell{number}", "network": f"DeMo-3-2-{number}"} for number in (5, 7)]
    for one in made:
        place = tmp_path / one["experiment"] / one["network"]
        place.mkdir(parents=True)
        meme.write_meme(place / penalties.MOTIFS, [Motif("free_0.1", np.eye(4), 10)])
    config = demo.build("demo", "p", "smoke", "paper", 0, ["penalties=0.1"])
    found = panel_run.Found([], [], made, [], [])
    (told,) = report.write_tables(tmp_path, config, found)["penalties"]
    assert (told["model"], told["factors"]) == ("DeMo", 2)
    report.draw(tmp_path, config, found, [])
    assert (tmp_path / "penalties.png").stat().st_size > 1000


def test_a_network_that_cannot_be_read_stops_no_other(panel, tmp_path, monkeypatch, capsys):
    def fails(*_):
        raise FloatingPointError("no numbers")

    monkeypatch.setattr(penalties, "read", fails)
    with pytest.raises(SystemExit):
        demo.main(
            small_panel.arguments(panel, tmp_path / "run", "--config=penalty", "--set=networks=CNN-small")
        )
    rows = json.loads((tmp_path / "run" / "experiments.json").read_text())
    assert capsys.readouterr().err.count("CNN-small failed: no numbers") == len(rows) == 2


def test_penalties_are_swept_by_themselves(panel):
    config = demo.build("table3", str(panel), "smoke", "paper", 0, [])
    assert config.penalties == () and settings.NETWORKS["penalty"] == settings.MEDIUM
    named, axes = penalties.taken_from(config, ["penalties=0.1, 2"])
    assert (named.penalties, axes) == ((0.1, 2.0), []) and dataclasses.replace(named, penalties=()) == config
    assert penalties.taken_from(config, ["trials=1,2"]) == (config, ["trials=1,2"])
    for axes, text in (
        (["penalties=0.1", "trials=1,2"], "swept by themselves"),
        (["penalties=many"], "wants penalties=number"),
        (["penalties=-1"], "penalty must be at least 0"),
        (["penalties=1,1"], "named twice"),
        (["penalties=0.1,inf"], "penalty must be below inf"),
    ):
        with pytest.raises(ValueError, match=text):
            penalties.taken_from(config, axes)
