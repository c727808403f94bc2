"""Which neurons matter: their effects in files and on the page, and --neurons=top:N."""

import dataclasses
import json
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif import dna, shuffling
from jaxmotif.apps import cli, launch
from jaxmotif.apps.decode import layer_motifs, measured, outputs_table
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import held_out
from jaxmotif.models.imports import arrays
from jaxmotif.models.network import Network
from jaxmotif.models.spec import Conv, NetworkSpec
from jaxmotif.neuronmotif.leaves import decoded
from tests.helpers import compiled, sequence_files
from tests.helpers.document import read_page

PLAIN = dict(norm="none", bias=True, padding="VALID", pool_padding="VALID", dropout=0.0)
SPEC = NetworkSpec(
    "tiny", 30, 2, (Conv(4, 6, 2, **PLAIN), Conv(4, 2, activation="linear", **PLAIN)), reduce="mean"
)
# Outputs "a" and "b" hear of neuron 1 and 3; of neuron 0 hardly, of neuron 2 not at all.
WEIGHTS = np.array([[0.1, 0.1], [-3, 0], [0, 0], [0, 40]], np.float32)
SMALL = [
    "--set=decode.motif_seeds=false",
    "--set=decode.sampling.exact_up_to=8",
    "--set=decode.sampling.population=100",
    "--set=decode.sampling.generations=5",
    "--set=decode.sampling.walk=5",
    "--set=decode.sampling.polish=2",
    "--set=segments.bits=0.3",
    "--set=segments.pseudosites=1",
]
CODES = np.random.default_rng(0).integers(0, 4, (60, 30)).astype(np.uint8)


def variables():
    found = compiled.weights(SPEC, 1)
    output = {"kernel": jnp.asarray(WEIGHTS), "bias": jnp.asarray([0.5, -2.0])}
    return {**found, "params": {**found["params"], "output": output}}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A run with its held-out sequences, and arguments."""
    folder = tmp_path_factory.mktemp("effects")
    known = sequence_files.write_database(folder / "db.meme", 30, width=8)
    Network.from_members(SPEC, [variables()], classes=("a", "b")).save(folder / "run" / "networks" / "tiny")
    sequence_files.write_fasta(folder / "run" / "held_out.fa", CODES, [f"s{i}" for i in range(len(CODES))])
    return folder, [f"--database={known}", "--layer=2", *SMALL]


def decode(*arguments):
    cli.dispatch(["jaxmotif", "decode", *map(str, arguments)])


def expected():
    """A linear layer and the mean over positions: what a neuron hands on moves a logit by its weight."""
    shuffled = np.asarray(shuffling.dinucleotide_shuffle(jax.random.key(0), CODES))
    own, others = (
        np.asarray(compiled.features(SPEC, variables(), dna.one_hot(codes), 2), np.float64).mean(axis=1)
        for codes in (CODES, shuffled)
    )
    moved = own - others.mean(axis=0)
    return np.abs(moved).mean(axis=0)[:, None] * np.abs(WEIGHTS), moved.mean(axis=0)[:, None] * WEIGHTS


def test_the_strongest_are_decoded_and_stand_first(place):
    folder, rest = place
    decode(folder / "run", f"--out={folder / 'top'}", "--neurons=top:2", *rest)
    layer = folder / "top" / "layer2"
    assert decoded.load(layer / "decoded.npz").neurons.tolist() == [3, 1]
    assert sorted(path.name for path in layer.glob("neuron*.npz")) == ["neuron1.npz", "neuron3.npz"]
    with np.load(layer / "effects.npz") as found:
        for name, values in zip(("size", "shift"), expected(), strict=True):
            np.testing.assert_allclose(found[name], values, rtol=1e-3, atol=1e-4)
        assert found["classes"].tolist() == ["a", "b"]
    rows = json.loads((layer / "table.json").read_text())
    assert [(row["neuron"], row["on"]) for row in rows] == [(3, "b"), (1, "a")]
    assert rows[0]["effect"] == pytest.approx(expected()[0][3, 1], rel=0.01)


def test_all_of_a_layer_are_sorted_by_effect(place):
    """On the page; the table keeps the order of channels."""
    folder, rest = place
    decode(folder / "run", f"--out={folder / 'all'}", *rest)
    layer = folder / "all" / "layer2"
    assert [row["neuron"] for row in json.loads((layer / "table.json").read_text())] == [0, 1, 2, 3]
    read_page(layer / "report.html")
    text = (layer / "report.html").read_text()
    places = [text.index(f'<tbody id="neuron-{channel}"') for channel in (3, 1, 0, 2)]
    assert places == sorted(places)
    drawn = json.loads(text.split('id="layer-data">')[1].split("</")[0])
    assert [neuron["channel"] for neuron in drawn["neurons"]] == [3, 1, 0, 2]
    assert "60 sequences of held_out.fa" in text
    # Held-out sequences are what other methods read and words are counted in, where no others are given.
    assert "read in other ways on 60 sequences of 30 nt from held_out.fa" in text
    words = json.loads((layer / "words.json").read_text())
    assert words and all(0 <= row["of positives"] <= 1 and "of shuffled" in row for row in words)
    outputs = json.loads((layer / "outputs.json").read_text())
    assert [(row["output"], row["neuron"]) for row in outputs] == [("a", 1), ("a", 0), ("b", 3), ("b", 0)]


def test_an_output_is_read_by_its_neurons_and_their_motifs(place):
    """Neuron 1 tells of "a", 3 of "b", 0 a little of both, and 2 nothing of either."""
    folder, rest = place
    found = measured.find(folder / "run", layers=[2])
    layer = layer_motifs.read(decoded.load(folder / "all" / "layer2" / "decoded.npz"), None)
    rows = outputs_table.rows(dataclasses.replace(layer, effects=found[2]))
    assert [(row["output"], row["neuron"]) for row in rows] == [("a", 1), ("a", 0), ("b", 3), ("b", 0)]
    for row in rows:
        index = layer.decoded.neurons.tolist().index(row["neuron"])
        names = {layer.words[p.word].name for p in layer.syntaxes[index].placements}
        assert set(row["words"].split(", ")) == (names or {"no motif"})
    assert outputs_table.rows(layer) == [] and outputs_table.section(layer) is None
    some = dataclasses.replace(layer, effects=found[2], decoded=_without(layer.decoded, 3))
    assert [row["words"] == "not decoded" for row in outputs_table.rows(some)] == [0, 0, 1, 0]
    view = outputs_table.section(some).html()
    assert view.count("<article") == 2 and view.count("not decoded") == 1 and view.count("<li>") == 4


def _without(found, channel):
    return dataclasses.replace(found, neurons=np.where(found.neurons == channel, 99, found.neurons))


def test_given_sequences_count_if_the_network_reads_them(place, tmp_path):
    folder, _ = place
    short = sequence_files.write_fasta(tmp_path / "short.fa", CODES[:, :20], [f"s{i}" for i in range(60)])
    given = sequence_files.write_fasta(tmp_path / "given.fa", CODES[:9], [f"s{i}" for i in range(9)])
    net = folder / "run" / "networks" / "tiny"
    for sequences, source in ((given, "9 sequences of given.fa"), (short, "60 sequences of held_out.fa")):
        assert measured.find(net, layers=[1, 2], sequences=str(sequences))[2].sequences == source
    alone = tmp_path / "alone"
    Network.load(net).save(alone)
    assert measured.find(alone, layers=[2]) == {} == measured.find(alone, layers=[2], sequences=str(short))
    many = np.tile(CODES, (5, 1))
    found = measured.measure(Network.load(net), 2, many, "many")
    assert found.sequences == "200 sequences of many" and found.order().tolist() == [3, 1, 0, 2]


LACK = "needs sequences of 30 nt, as tiny reads: "
BAD = {
    "none": ("top:0", "top:N by itself with N from 1 to 4 (layer 2 of tiny), not 'top:0'"),
    "many": ("top:5", "not 'top:5'"),
    "text": ("top:x", "not 'top:x'"),
    "nothing": ("top", "not 'top'"),
    "others": ("top:2,3", "not 'top:2,3'"),
    "sequences": ("top:2", f"{LACK}the run has no held_out.fa: give --sequences"),
    "length": ("top:2", f"{LACK}short.fa has sequences of 20 nt"),
    "convolutions": ("top:2", "needs the whole network"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_values_say_so_in_one_line(case, place, tmp_path, capsys, monkeypatch):
    neurons, words = BAD[case]
    monkeypatch.chdir(tmp_path)
    Network.load(place[0] / "run" / "networks" / "tiny").save("net")
    arguments = ["net", "--layer=2", f"--neurons={neurons}"]
    if case == "length":
        sequence_files.write_fasta(tmp_path / "short.fa", CODES[:, :20], [f"s{i}" for i in range(60)])
        arguments.append("--sequences=short.fa")
    if case == "convolutions":
        params = variables()["params"]
        given = {name: {k: np.asarray(v) for k, v in params[name].items()} for name in ("conv1", "conv2")}
        arrays.save("convs.npz", given, SPEC)
        arguments[0] = "convs.npz"
    monkeypatch.setattr(sys, "argv", ["jaxmotif", "decode", *arguments])
    with pytest.raises(SystemExit) as stop:
        launch.run(lambda: cli.dispatch(sys.argv))
    error = capsys.readouterr().err
    assert stop.value.code == 2 and words in error
    assert error.startswith("error: ") and error.count("\n") == 1
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("task", ["multiclass", "regression", "counts"])
def test_effects_are_on_the_scale_of_the_task(task):
    """By hand: of a class log p / (1 - p) moves; values of other units are compared by their deviation."""
    network = Network.from_members(SPEC, [variables()], classes=("a", "b"), task=task)
    found = measured.measure(network, 2, CODES, "x")
    shuffled = np.asarray(shuffling.dinucleotide_shuffle(jax.random.key(0), CODES))
    own, others = (
        np.asarray(compiled.features(SPEC, variables(), dna.one_hot(codes), 2), np.float64).mean(axis=1)
        for codes in (CODES, shuffled)
    )
    whole = own @ WEIGHTS + [0.5, -2.0]
    without = np.stack([whole - (own[:, [k]] - others[:, k].mean()) * WEIGHTS[k] for k in range(4)])
    change = whole - without
    if task == "multiclass":  # of two classes log p / (1 - p) is the difference of both outputs
        change = change[..., :1] - change[..., 1:]
        change = np.concatenate([change, -change], axis=-1)
    np.testing.assert_allclose(found.effects.shift, change.mean(axis=1), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(found.effects.size, np.abs(change).mean(axis=1), rtol=1e-3, atol=1e-4)
    spread = whole.std(axis=0) if task == "regression" else np.ones(2)
    np.testing.assert_allclose(found.relative, found.effects.size / spread, rtol=1e-3)
    one = found.of(1)
    assert one.output == "ab"[int(found.relative[1].argmax())]
    assert one.way in (("for", "against") if task == "multiclass" else ("raises", "lowers"))
    assert (one.way in ("for", "raises")) == (one.shift > 0)


def test_a_page_of_a_table_of_values_says_so(place, tmp_path):
    folder, rest = place
    run = tmp_path / "run"
    Network.from_members(SPEC, [variables()], classes=("a", "b"), task="regression").save(run)
    held_out.write_with_targets(run, Dataset(CODES, np.zeros((len(CODES), 2)), targets=("a", "b")))
    decode(run, f"--out={tmp_path / 'out'}", "--neurons=3", *rest)
    text = (tmp_path / "out" / "layer2" / "report.html").read_text()
    assert "the output's value moves" in text.replace("\n", " ")
    assert "raises b" in text or "lowers b" in text
    assert "a table has no negatives" in text and "argues for" not in text
