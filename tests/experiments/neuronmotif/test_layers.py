"""Decoded layers of several networks side by side, on leaves that hold known motifs."""

import dataclasses
import json
import pathlib
import shutil

import numpy as np
import pytest

from experiments.neuronmotif import (
    decoded_runs,
    dictionaries,
    given,
    known_motifs,
    launcher,
    leaf_figures,
    sheet,
)
from jaxmotif.apps.decode import baselines_table, run
from jaxmotif.motifs import jaspar, tomtom
from tests.helpers import planted_leaves, sequence_files, tiny_stacks

CEBPB, GATA1, YY1, CTCF = planted_leaves.known("MA0466.2", "MA0035.3", "MA0095.2", "MA0139.1")
SETTINGS = planted_leaves.SETTINGS
# A shift of one letter from leaf to leaf, two motifs in one neuron, one on the other strand, and nothing.
DEEP = [
    [[(CTCF.ppm, 5, "+")], [(CTCF.ppm, 6, "+")], [(CTCF.ppm, 7, "+")]],
    [[(YY1.ppm, 3, "+"), (CEBPB.ppm, 24, "+")], [(YY1.ppm, 4, "+"), (CEBPB.ppm, 25, "+")], None],
    [[(CTCF.ppm, 8, "-")], [(CTCF.ppm, 9, "-")], []],
    [[], [], []],
]


def deep(name="deep", layer=3, neurons=DEEP, **fields):
    found = planted_leaves.layer(neurons, 40)
    return dataclasses.replace(found, name=name, layer=layer, **fields)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    place = tmp_path_factory.mktemp("runs")
    shallow = deep("shallow", 1, [[[(GATA1.ppm, 4, "+")]], [[]]])
    first = planted_leaves.decoded_run(place / "one", [deep(), dataclasses.replace(shallow, name="deep")])
    return first, planted_leaves.decoded_run(place / "two" / "net", [shallow], read="")


def test_runs_are_found_in_folders_of_launchers_and_have_names(runs):
    first, second = runs
    layers = decoded_runs.load([str(first), f"other={second.parent}"])
    assert [(one.network, one.number) for one in layers] == [("deep", 1), ("deep", 3), ("other", 1)]
    assert list(layers[0].readings()) == ["NeuronMotif", *baselines_table.TITLES.values()]
    assert layers[0].convolutions is None and layers[0].settings == SETTINGS
    with pytest.raises(ValueError, match="two networks are called deep"):
        decoded_runs.load([str(first), str(first)])
    with pytest.raises(ValueError, match="no decoded layer"):
        decoded_runs.load([str(first / "layer3")])
    with pytest.raises(ValueError, match="no decoded layer"):
        decoded_runs.load([str(first / "nowhere")])


def test_what_is_not_decoded_to_its_end_is_refused(runs, tmp_path):
    def copied(name, of=runs[0]):
        return pathlib.Path(shutil.copytree(of, tmp_path / name))

    def refused(place, what):
        for found in (decoded_runs.folders, decoded_runs.load):
            with pytest.raises(ValueError, match=f"not decoded to its end, {what} is missing"):
                found(place if found is decoded_runs.folders else [str(place)])

    begun = copied("begun")  # a layer that has been asked for, or one with some neurons
    (begun / "layer4").mkdir()
    refused(begun, "layer4/decoded.npz")
    unread = copied("unread")
    (unread / "layer3" / "report.html").unlink()
    refused(unread, "layer3/report.html")
    (unread / "layer3" / "report.html").write_text("")
    (unread / "layer1" / "report.html").unlink()  # only its motifs were wanted, as seeds
    assert decoded_runs.folders(unread) == [unread]
    for null in ("null1", "null2"):  # parts of the run, which is no launcher's
        (unread / null / "layer1").mkdir(parents=True)
        (unread / null / "layer1" / "neuron0.npz").write_bytes(b"")
    assert decoded_runs.folders(unread) == [unread]
    (unread / "layer1").rename(unread / "layer1.old")  # set aside by hand
    assert [one.number for one in decoded_runs.load([str(unread)])] == [3]
    (unread / "layer3").rename(unread / "layer3.old")
    assert decoded_runs.folders(unread) == []
    launched = copied("launched", runs[1].parent)
    (launched / "config.json").write_text(json.dumps({"networks": ["net", "BD-5 (small)"]}))
    (launched / "BD-5-small" / "training").mkdir(parents=True)
    refused(launched, r"BD-5 \(small\)")


def test_decoding_shows_what_it_was_asked_for_from_its_beginning(tmp_path, monkeypatch):
    network = tiny_stacks.random_stack(tiny_stacks.conv(3, 5, 2), tiny_stacks.conv(2, 3))
    calls = []

    def stopped(_, layers, *__, **___):
        calls.append(sorted(path.name for path in tmp_path.rglob("layer*")))
        raise KeyboardInterrupt

    monkeypatch.setattr(launcher.inputs, "network", lambda *_: network)
    monkeypatch.setattr(launcher.run, "decode_layers", stopped)
    config = launcher.build("layers", "smoke", 0, "", "", "default", [], "w.npz")
    with pytest.raises(KeyboardInterrupt):
        launcher.decode(config, "w.npz", "all", tmp_path / "a", 1)
    assert calls == [["layer1", "layer2"]]
    monkeypatch.undo()
    monkeypatch.setattr(run, "decode", stopped)
    with pytest.raises(KeyboardInterrupt):
        run.decode_layers(network, [1, 2], None, SETTINGS, tmp_path / "b")
    assert len(calls[1]) == 4


def test_other_methods_sequences_are_named(runs):
    layers = decoded_runs.load([str(runs[0]), f"other={runs[1]}"])
    assert [one.source.split()[1] for one in layers] == ["sequences", "sequences", "that"]
    found = known_motifs.of_layers(layers, jaspar.load("JASPAR2016"))
    assert {one.row()["read"] for one in found if one.method == "NeuronMotif"} == {"its own sample"}
    text = known_motifs.read_text(found)
    assert "deep 1, deep 3: 200 sequences of 60 nt from peaks.fa; other 1: sequences that" in text
    one = known_motifs.read_text(found[:8])
    assert one.endswith("the other methods 200 sequences of 60 nt from peaks.fa.")


def test_q_of_a_neuron_is_tomtoms_times_its_motifs():
    database = jaspar.load("JASPAR2016")
    found = known_motifs.of_decoded("net", "NeuronMotif", deep(), SETTINGS, database)
    best = {}
    for match in found.matches["tomtom"]:
        best.setdefault(match.neuron, []).append(match)
    assert set(best) == {0, 1, 2}
    for matches in best.values():
        q = tomtom.match([one.motif for one in matches], database).q.min(axis=1) * len(matches)
        np.testing.assert_allclose(sorted(one.hit.q for one in matches), np.sort(q), rtol=1e-9)
    assert {one.hit.target.name for one in best[1]} >= {"MA0095.2"}
    assert len(found.best_q("named")) == 3 and found.targets("named", 1e-3) >= {"MA0139.1", "MA0095.2"}
    assert (np.diff(found.best_q("tomtom")) >= 0).all()
    row = found.row()
    assert row["neurons"] == 4 and row["named: neurons, q <= 0.1"] == 3
    assert row["named: known motifs, q <= 0.01"] == len(found.targets("named", 0.01))


def test_only_the_best_hundred_neurons_count(monkeypatch):
    database = jaspar.load("JASPAR2016")
    found = known_motifs.of_decoded("net", "NeuronMotif", deep(), SETTINGS, database)
    every = found.best_q("named")
    monkeypatch.setattr(known_motifs, "TOP", 2)
    assert found.best_q("named").tolist() == every[:2].tolist()


def test_dictionary_counts_segments_and_words(runs):
    layers = decoded_runs.load([str(runs[0])])
    assert [one.number for one in dictionaries.deepest(layers)] == [3]
    one = dictionaries.of_layer(layers[1], jaspar.load("JASPAR2016"))
    segments, words, paper = dictionaries.rows([one])
    # Three leaves and two of CTCF, two leaves with two motifs each.
    assert segments["motifs"] == 9 and segments["matched"] == 9 and segments["novel"] == 0
    assert words["motifs"] == 3 and words["matched"] == 3
    printed = [paper[name] for name in ("motifs", "matched", "novel", "known motifs")]
    assert printed == [9056, 7974, 1082, 399]
    shown = dictionaries.gallery(one)
    assert len(shown) == words["known motifs"]
    ctcf = next(motif for motif, label in shown if label.startswith("CTCF "))
    # On the strand of the database: most of its letters are there in their order.
    assert leaf_figures._score(CTCF.ppm, ctcf.ppm, leaf_figures.place(CTCF.ppm, ctcf.ppm)) > 0.8 * (
        np.square(CTCF.ppm - 0.25).sum()
    )


def test_leaves_lie_where_they_were_planted(runs):
    layer = decoded_runs.load([str(runs[0])])[1]
    rows = leaf_figures.leaves(layer, 0)
    assert np.diff([row.place for row in rows]).tolist() == [-1, -1]
    known = known_motifs.of_decoded("deep", "NeuronMotif", layer.decoded, SETTINGS, jaspar.load("JASPAR2016"))
    assert leaf_figures.chosen(known) == 1
    rows = leaf_figures.rows(layer, known, 0)
    lead = layer.decoded.ppm[0, int(np.argmax(layer.decoded.leaf_maximum[0]))]
    assert rows[0].label.startswith("CTCF (+)") and leaf_figures.place(CTCF.ppm, lead) == rows[0].place == 5
    assert [row.label.split("\n")[0] for row in rows[-3:]] == list(baselines_table.TITLES.values())
    pair = leaf_figures.twins(layer)
    assert (pair.first, pair.second) == (0, 2) and pair.likeness > 0.9


def test_a_pair_is_drawn_by_the_leaves_that_were_compared():
    """The strongest leaves are on opposite strands, those with most sequences hold something else."""
    neurons = [
        [[(CTCF.ppm, 6, "+")], *([(GATA1.ppm, 9 + i, "+")] for i in range(4))],
        [[(CEBPB.ppm, 5 + i, "+")] for i in range(5)],
        [*([(YY1.ppm, 9 + i, "+")] for i in range(4)), [(CTCF.ppm, 10, "-")]],
    ]
    found = deep(neurons=neurons)
    strongest = np.zeros((3, 5), bool)
    strongest[[0, 1, 2], [0, 2, 4]] = True
    found = dataclasses.replace(
        found,
        nsites=np.where(strongest, 30, 5000),
        leaf_maximum=np.where(strongest, 9.0, np.linspace(1, 2, 15).reshape(3, 5)).astype(np.float32),
    )
    layer = decoded_runs.Layer("deep", found, SETTINGS)
    pair = leaf_figures.twins(layer)
    assert (pair.first, pair.second) == (0, 2) and pair.likeness > 0.9
    rows = leaf_figures.twin_rows(layer, pair)
    assert len(rows) == 2 * leaf_figures.TWIN_LEAVES + 1
    marked = [row.label for row in rows if "*" in row.label]
    assert [label.split(",")[0] for label in marked] == ["10 *: leaf 0", "12 *: leaf 4", "12 *"]
    # The last row shows CTCF where the first one does, up to the columns of the field.
    first, last = rows[0], rows[-1]
    at = leaf_figures.place(CTCF.ppm, first.ppm) + first.place
    assert leaf_figures.place(CTCF.ppm, last.ppm) + last.place == at == 6


def test_a_motif_that_is_its_own_other_strand_makes_no_pair():
    half = 0.04 + 0.84 * np.eye(4)[[3, 3, 1, 2, 0]]
    palindrome = np.concatenate([half, half[::-1, ::-1]])
    neurons = [[[(palindrome, 5, "+")]], [[(palindrome, 9, "+")]], [[(CTCF.ppm, 6, "+")]]]
    layer = decoded_runs.Layer("deep", deep(neurons=neurons), SETTINGS)
    assert leaf_figures.twins(layer) is None
    neurons.append([[(CTCF.ppm, 12, "-")]])
    layer = decoded_runs.Layer("deep", deep(neurons=neurons), SETTINGS)
    assert leaf_figures.twins(layer)[:2] == (2, 3)


def test_diagnosis_counts_regions_and_dead_neurons():
    found = deep(
        dead=np.array([False, False, False, True]),
        reason=("", "", "", "bound"),
        leaf_maximum=np.full((4, 3), 2.0),
        consensus=np.array([[2.0, 1.9, -1.0], [0.5, 2.0, 0.0], [2.0, 2.0, 2.0], [2.0, 2.0, 2.0]]),
    )
    found.nsites[1, 0] = 50
    found.nsites[3] = 0
    row = sheet.rows([decoded_runs.Layer("DeepSEA", found, SETTINGS)])[0]
    assert (row["dead"], row["known by"], row["leaves"]) == (1, "1 bound", 8)
    assert row["below 100 sequences"] == 1
    assert (row["consistent"], row["deviating"], row["negative"]) == (round(6 / 7, 3), 0.0, round(1 / 7, 3))
    assert row["overlap of all units"] is None and row["dead, published"] == 120


def test_other_methods_are_read_where_the_weights_are_the_same(tmp_path, monkeypatch):
    network = tiny_stacks.random_stack(tiny_stacks.conv(3, 5, 2), tiny_stacks.conv(2, 3))
    (tmp_path / "w.npz").write_bytes(b"")
    monkeypatch.setattr(decoded_runs.inputs, "network", lambda *_: network)
    monkeypatch.setattr(decoded_runs.baselines, "RANDOM", 50)
    checksum = decoded_runs.inputs.fingerprint(network)
    found = dataclasses.replace(deep("net", 2), neurons=np.arange(4) % 2)
    found = dataclasses.replace(found, ppm=found.ppm[:, :, :10], best=found.best[:, :10])
    for number, known in enumerate((checksum, "00000000")):
        settings = dataclasses.replace(SETTINGS, weights=str(tmp_path / "w.npz"), checksum=known)
        place = planted_leaves.decoded_run(tmp_path / str(number), [found], others=False, settings=settings)
        layer = decoded_runs.load([str(place)])[0]
        assert set(layer.others) == (set(baselines_table.TITLES) if known == checksum else set())
        assert (layer.convolutions is None) == (known != checksum)
    # Given sequences take the place of random windows, and of what was kept.
    codes = np.random.default_rng(0).integers(0, 4, (60, 12), dtype=np.uint8)
    path = sequence_files.write_fasta(tmp_path / "peaks.fa", codes, [f"p{i}" for i in range(60)])
    for number in range(2):
        layer = decoded_runs.load([str(tmp_path / str(number))], str(path))[0]
        if number:  # of other weights
            assert not layer.others and not layer.source
            continue
        assert layer.source == "60 sequences of 12 nt from peaks.fa"
        method = decoded_runs.baselines.Method("saliency")
        expected = decoded_runs.baselines.decode(network, 2, found.neurons, codes, method)
        np.testing.assert_array_equal(layer.others["saliency"].ppm, expected.ppm)
    # Units of the second layer see 6 letters, 2 apart: 3 of them see 2 of 10 letters together.
    layer = decoded_runs.load([str(tmp_path / "0")])[0]
    assert sheet.rows([layer])[0]["overlap of all units"] == 0.2


def test_the_config_writes_every_figure(runs, tmp_path, capsys):
    first, second = runs
    folder = tmp_path / "run"
    arguments = ["neuronmotif", "--config=layers", f"--runs={first},other={second}", f"--workdir={folder}"]
    launcher.main([*arguments, "--set=decode.database=JASPAR2016"])
    assert "named: known motifs" in capsys.readouterr().out
    rows = json.loads((folder / "table.json").read_text())
    ours = next(row for row in rows if row["layer"] == 3 and row["method"] == "NeuronMotif")
    assert ours["named: neurons, q <= 0.1"] == 3
    figures = ("figure5a", "figure5a-named", "figure5bc", "figure4bc", "figure3-deep-layer3")
    for name in (*figures, "figure3c-deep-layer3", "figure5d-deep"):
        assert all((folder / f"{name}.{ending}").stat().st_size for ending in ("png", "svg")), name
    page = (folder / "report.html").read_text()
    assert page.count("data:image/svg+xml;base64") == 6
    for name in ("diagnosis.md", "dictionary.md"):
        assert "deep" in (folder / name).read_text()


def test_nothing_is_made_for_runs_that_cannot_be_read(runs, tmp_path):
    nowhere = tmp_path / "none"
    (tmp_path / "empty").mkdir()
    (tmp_path / "w.fa").write_text("no sequences")
    with pytest.raises(ValueError, match=r"w\.fa"):
        start = ["neuronmotif", "--config=layers", f"--runs={runs[0]}", f"--workdir={nowhere}"]
        launcher.main([*start, f"--peaks={tmp_path / 'w.fa'}"])
    for given_runs, message in (
        ("", "needs --runs"),
        (f"{tmp_path}/gone", "no such run directory"),
        (f"{tmp_path}/empty", "no trained network"),
        (f"{runs[0]},{runs[0]}", "two networks are called deep"),
    ):
        with pytest.raises(ValueError, match=message):
            launcher.main(["neuronmotif", "--config=layers", f"--runs={given_runs}", f"--workdir={nowhere}"])
    with pytest.raises(ValueError, match="JASPAR1066"):
        wrong = "--set=decode.database=JASPAR1066"
        launcher.main(["neuronmotif", "--config=layers", f"--runs={runs[0]}", wrong, f"--workdir={nowhere}"])
    assert not nowhere.exists()


def test_paths_mean_the_same_from_everywhere_and_other_runs_go_elsewhere(runs, tmp_path, monkeypatch):
    monkeypatch.chdir(runs[0].parent)
    monkeypatch.setattr(launcher.layers, "run", lambda *_: [{"layer": 1}])
    for texts in ("one", "name=one", "name=two"):
        launcher.main(["neuronmotif", "--config=layers", f"--runs={texts}", "--scale=smoke"])
    made = sorted((runs[0].parent / "runs").iterdir())
    assert len(made) == 3
    written = [json.loads((place / "config.json").read_text())["runs"] for place in made]
    expected = [[str(runs[0])], [f"name={runs[0]}"], [f"name={runs[1].parent}"]]
    assert sorted(written) == sorted(expected)
    one = next(place for place, of in zip(made, written, strict=True) if of == expected[0])
    monkeypatch.chdir(tmp_path)
    launcher.main(["neuronmotif", f"--config={one / 'config.json'}", f"--workdir={one}"])
    config = given.from_everywhere(launcher.build("exact", "smoke", 0, "w.h5", "d.h5", "default", []))
    assert (config.decode.weights, config.data) == (str(tmp_path / "w.h5"), str(tmp_path / "d.h5"))
    assert config.decode.database == "JASPAR2024"


def test_a_network_that_is_not_decoded_is_decoded_first(runs, tmp_path, monkeypatch):
    network = tiny_stacks.random_stack(tiny_stacks.conv(2, 3))
    calls = []
    monkeypatch.setattr(given.inputs, "network", lambda *_: network)
    decode = lambda *arguments: calls.append(arguments)
    config = launcher.build("layers", "smoke", 0, "", "", "default", [], "BD (small)=w.npz")
    # Seeds from motifs would need all neurons of all layers, of which smoke decodes two each.
    assert not config.decode.decode.motif_seeds
    assert launcher.build("layers", "quick", 0, "", "", "default", [], "w.npz").decode.decode.motif_seeds
    made = given.decoded(config, config.runs[0], tmp_path, decode)
    assert made == f"BD (small)={tmp_path / 'BD-small'}"
    assert calls == [(config, "w.npz", "all", tmp_path / "BD-small", 2)]
    assert given.decoded(config, str(runs[0]), tmp_path, decode) == str(runs[0]) and len(calls) == 1


def test_minus_log10_of_nothing():
    assert known_motifs.minus_log10(np.array([0.1, 1e-8, 0.0])).tolist() == pytest.approx([1, 8, 300])
