"""`jaxmotif decode` from outside: what it writes, how it goes on, and one line for bad input."""

import json
import sys

import h5py
import numpy as np
import pytest

from jaxmotif import config, dna
from jaxmotif.apps import cli, launch
from jaxmotif.apps.decode import inputs
from jaxmotif.apps.decode.settings import Settings
from jaxmotif.models import zoo
from jaxmotif.models.imports import arrays
from jaxmotif.models.network import Network
from jaxmotif.models.spec import Conv, NetworkSpec
from jaxmotif.motifs import meme
from jaxmotif.neuronmotif import decode_layer
from jaxmotif.neuronmotif.leaves import decoded
from tests.helpers import compiled, sequence_files
from tests.helpers.document import read_page

PLAIN = dict(norm="none", bias=True, padding="VALID", pool_padding="VALID", dropout=0.0)
# Receptive fields 6, 8 and 13.
SPEC = NetworkSpec("tiny", 40, 1, (Conv(4, 6, **PLAIN), Conv(3, 3, 2, **PLAIN), Conv(3, 3, **PLAIN)))
SMALL = [
    "--set=decode.sampling.population=200",
    "--set=decode.sampling.generations=10",
    "--set=decode.sampling.walk=10",
    "--set=decode.sampling.exact_up_to=8",
    "--set=decode.sampling.cap=60",
    "--set=decode.sampling.polish=2",
    "--set=decode.decoupling.restarts=1",
    "--set=segments.bits=0.3",
    "--set=segments.pseudosites=1",
]
MADE = {
    "report.html",
    "table.md",
    "table.json",
    "decoded.npz",
    "syntax.txt",
    "tomtom.tsv",
    "leaves.meme",
    "diagnosis.png",
}


def variables(seed=0):
    return compiled.weights(SPEC, seed)


def save(folder, *members):
    Network.from_members(SPEC, members, classes=("bound",)).save(folder)
    return str(folder)


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    path = tmp_path_factory.mktemp("known") / "db.meme"
    return f"--database={sequence_files.write_database(path, 40, width=8)}"


def decode(*arguments):
    cli.dispatch(["jaxmotif", "decode", *map(str, arguments)])


@pytest.fixture(scope="module")
def run(tmp_path_factory, database):
    """Two neurons of layer 3, of the second of two members, and the arguments but for the layer."""
    folder = tmp_path_factory.mktemp("decode")
    save(folder / "nets" / "tiny", variables(0), variables(1))
    arguments = [folder / "nets", "--member=2", f"--out={folder / 'run'}", "--seed=3", database, *SMALL]
    decode(*arguments, "--layer=last", "--neurons=0,2")
    return folder / "run", arguments


def test_a_layer_is_written(run):
    folder, _ = run
    made = {path.name for path in (folder / "layer3").iterdir()}
    assert made >= MADE | {"neuron0.npz", "neuron2.npz"} and "neuron1.npz" not in made
    # All of the layers below are there for seeds, but nobody asked for their pages.
    below = {path.name for path in (folder / "layer2").iterdir()}
    assert below == {"decoded.npz", "neuron0.npz", "neuron1.npz", "neuron2.npz"}
    found = decoded.load(folder / "layer3" / "decoded.npz")
    assert (found.name, found.neurons.tolist(), found.width, found.radix) == ("tiny", [0, 2], 13, (2,))
    assert [row["layer"] for row in json.loads((folder / "table.json").read_text())] == [3]
    assert [row["neuron"] for row in json.loads((folder / "layer3" / "table.json").read_text())] == [0, 2]
    page = (folder / "layer3" / "report.html").read_text()
    assert "tiny, convolution 3" in page and "http://" not in page.replace("http://www.w3.org", "")
    assert (folder / "layer3" / "syntax.txt").read_text().startswith("neuron 0\n")
    filled = int((found.nsites > 0).sum())
    assert len(meme.read_meme(folder / "layer3" / "leaves.meme")) == filled > 0


def test_the_maximum_is_that_of_its_sequence_in_the_whole_network(run):
    folder, _ = run
    spec = NetworkSpec("tiny", 13, 1, SPEC.convs)
    for layer in (2, 3):
        found = decoded.load(folder / f"layer{layer}" / "decoded.npz")
        for at, neuron in enumerate(found.neurons):
            codes = np.zeros((1, 13), np.uint8)
            codes[0, : found.width] = found.best[at]
            maps = np.asarray(compiled.features(spec, variables(1), dna.one_hot(codes), layer))
            if not found.dead[at]:
                assert found.maximum[at] == pytest.approx(maps[0, 0, neuron], rel=1e-4)


def test_config_records_what_was_asked(run):
    folder, arguments = run
    settings = config.load(Settings, folder / "config.json")
    assert (settings.member, settings.decode.seed, settings.decode.sampling.population) == (2, 3, 200)
    assert settings.checksum == inputs.fingerprint(inputs.network(arguments[0], member=2))
    assert settings.checksum != inputs.fingerprint(inputs.network(arguments[0]))


def test_the_same_again_decodes_nothing(run, monkeypatch, capsys):
    folder, arguments = run
    before = (folder / "layer3" / "decoded.npz").read_bytes()
    asked, whole = [], decode_layer.decode_neurons

    def counted(network, layer, neurons, *rest):
        asked.extend((layer, neuron) for neuron in neurons)
        return whole(network, layer, neurons, *rest)

    monkeypatch.setattr(decode_layer, "decode_neurons", counted)
    decode(*arguments, "--layer=3", "--neurons=2,0")
    assert asked == []
    assert "report: " in capsys.readouterr().out
    assert (folder / "layer3" / "decoded.npz").read_bytes() == before
    # More neurons and layers of the same run: what is missing alone.
    decode(*arguments, "--layer=2,3")
    assert asked == [(3, 1)]
    read_page(folder / "layer2" / "report.html")
    assert [row["neurons"] for row in json.loads((folder / "table.json").read_text())] == [3, 3]


def test_other_weights_do_not_go_on(run, tmp_path):
    folder, arguments = run
    with pytest.raises(ValueError, match="holds a run of another config .*member: 2 -> 1.*checksum"):
        decode(arguments[0], *arguments[2:], "--layer=3")
    # The same path, but trained again.
    place = save(tmp_path / "net", variables(0))
    rest = [f"--out={tmp_path / 'run'}", arguments[4], *SMALL, "--layer=1"]
    decode(place, *rest)
    save(tmp_path / "net", variables(5))
    with pytest.raises(ValueError, match="holds a run of another config .*checksum"):
        decode(place, *rest)
    decode(place, *rest, "--noresume")
    read_page(tmp_path / "run.old-1" / "layer1" / "report.html")


def test_arrays_give_what_the_run_gives(run, tmp_path):
    """The same weights from an .npz, with input channels in another order."""
    folder, arguments = run
    given = {name: dict(group) for name, group in variables(1)["params"].items()}
    assert sorted(given) == ["conv1", "conv2", "conv3", "output"]
    given["conv1"]["kernel"] = np.asarray(given["conv1"]["kernel"])[:, [0, 2, 1, 3]]
    arrays.save(tmp_path / "tiny.npz", given, SPEC)
    rest = [*arguments[3:], "--alphabet=AGCT", "--layer=3", "--neurons=0"]
    decode(tmp_path / "tiny.npz", f"--out={tmp_path / 'run'}", *rest)
    first, second = (decoded.load(path / "layer3" / "decoded.npz") for path in (folder, tmp_path / "run"))
    np.testing.assert_array_equal(first.best[0], second.best[0])
    np.testing.assert_array_equal(first.ppm[0], second.ppm[0])


def test_sequences_add_sections(run, tmp_path):
    _, arguments = run
    codes = np.random.default_rng(0).integers(0, 4, (300, 30)).astype(np.uint8)
    path = sequence_files.write_fasta(tmp_path / "peaks.fa", codes, [f"{i}a" for i in range(300)])
    decode(*arguments, "--layer=3", "--neurons=0,2", f"--sequences={path}")
    folder = run[0] / "layer3"
    rows = json.loads((folder / "others.json").read_text())
    assert [row["method"].split()[0] for row in rows] == ["NeuronMotif", "above", "above", "saliency"]
    assert {row["neurons"] for row in rows} == {2}
    read = "300 sequences of 30 nt from peaks.fa"
    assert [row["read"].split(";")[0] for row in rows] == ["its own sample", read, read, read]
    found = decoded.load(folder / "others-kelley.npz")
    assert found.neurons.tolist() == [0, 2] and found.ppm.shape[1] == 1
    page = (folder / "report.html").read_text()
    assert "Beside other methods" in page and "300 sequences of 30 nt from peaks.fa" in page


def test_a_keras_file_of_the_authors_split_twice(shared_data, database, tmp_path):
    path = shared_data / "neuronmotif_demo2" / "weight.hdf5"
    less = ["--set=decode.sampling.walk=0", "--set=decode.sampling.polish=0"]
    decode(path, f"--out={tmp_path}", "--layer=1,2", "--repeats=2", database, *SMALL, *less)
    rows = json.loads((tmp_path / "table.json").read_text())
    assert [(row["layer"], row["neurons"], row["receptive field"]) for row in rows] == [(1, 5, 7), (2, 5, 12)]
    first, second = (decoded.load(tmp_path / f"layer{layer}" / "decoded.npz") for layer in (1, 2))
    assert first.exact.all()
    assert (second.radix, second.pooled, second.leaves) == ((2, 2), (1, 1), 4)
    assert config.load(Settings, tmp_path / "config.json").decode.decoupling.repeats == 2
    with h5py.File(path) as file:
        names = [name for name in file["model_weights"] if name.endswith("_1")]
        weights = {
            w.split("/")[-1][:-2]: file["model_weights"][name][w][()]
            for name in names
            for w in map(bytes.decode, file["model_weights"][name].attrs["weight_names"])
        }
    root = np.sqrt(weights["moving_variance"] + 1e-3)
    highest = (weights["kernel"].max(axis=1).sum(axis=0) + weights["bias"] - weights["moving_mean"]) / root
    np.testing.assert_allclose(first.maximum, highest * weights["gamma"] + weights["beta"], rtol=1e-4)


def bad(folder):
    """{case: (arguments, words of the answer)}."""
    net = save(folder / "net", variables(0))
    spec = zoo.get("RNN-small", length=40, outputs=1)
    Network.from_spec(spec, classes=("bound",)).save(folder / "rnn")
    wrong = variables(0)
    wrong["params"]["conv2"]["kernel"] = np.zeros((3, 5, 3), np.float32)
    several = folder / "several"
    for name in ("one", "two"):
        save(several / name, variables(0))
    (folder / "empty").mkdir()
    (folder / "text.txt").write_text("hello")
    (folder / "peaks.fa").write_text(">p\n" + "ACGT" * 3 + "\n")
    np.savez(folder / "bad.npz", **{"conv1/kernel": np.zeros((4, 4, 4))})
    shape = {"name": "in", "batch_input_shape": [None, 40, 4]}
    layers = [
        {"class_name": "InputLayer", "config": shape, "inbound_nodes": []},
        {"class_name": "LSTM", "config": {"name": "rnn"}, "inbound_nodes": [[["in", 0, 0, {}]]]},
    ]
    with h5py.File(folder / "lstm.h5", "w") as file:
        file.attrs["keras_version"] = "2.3.1"
        file.attrs["model_config"] = json.dumps(
            {"class_name": "Model", "config": {"name": "m", "layers": layers}}
        )
        file.create_group("model_weights")
    return {
        "layer": ([net, "--layer=4"], "tiny has convolutions 1 to 3, not a layer 4"),
        "layer as text": ([net, "--layer=deep"], '--layer wants convolutions 1 to 3, "last" or "all", not '),
        "no layer": ([net], "--layer is missing: tiny has convolutions 1 to 3"),
        "neuron": ([net, "--layer=3", "--neurons=0,3"], "layer 3 of tiny has neurons 0 to 2, not '3'"),
        "neuron as text": ([net, "--layer=2", "--neurons=x"], "layer 2 of tiny has neurons 0 to 2, not 'x'"),
        "path": ([folder / "nowhere", "--layer=1"], "no such run directory or file of weights"),
        "empty": ([folder / "empty", "--layer=1"], "holds no trained network"),
        "file": ([folder / "text.txt", "--layer=1"], "text.txt is neither a run directory nor weights"),
        "several": ([several, "--layer=1"], "choose one with --network: one, two"),
        "network": ([several, "--layer=1", "--network=three"], "no network 'three'; it has: one, two"),
        "member": ([net, "--layer=1", "--member=2"], "members 1 to 1, not 2"),
        "lstm": ([folder / "lstm.h5", "--layer=1"], "LSTM 'rnn' cannot be traced"),
        "no convolution": ([folder / "rnn", "--layer=1"], "RNN-small"),
        "weights": (
            [save(folder / "wrong", wrong), "--layer=1"],
            "kernel of convolution 2 has shape (3, 5, 3), not (3, 4, 3)",
        ),
        "arrays": ([folder / "bad.npz", "--layer=1"], "does not say what network"),
        "signal": ([net, "--layer=1", "--signal=cuts.bw"], "--signal=cuts.bw needs --sequences"),
        "short": ([net, "--layer=3", f"--sequences={folder / 'peaks.fa'}"], "shorter than the 13 nt needed"),
        "no sequences": ([net, "--layer=3", "--sequences=no.fa"], "no such file: no.fa"),
        "setting": (
            [net, "--layer=1", "--set=decode.sampling.walks=3"],
            "unknown field 'decode.sampling.walks'",
        ),
        "two": ([net, net, "--layer=1"], "one run directory or file of weights, got 2"),
    }


CASES = (
    "layer",
    "layer as text",
    "no layer",
    "neuron",
    "neuron as text",
    "path",
    "empty",
    "file",
    "several",
    "network",
    "member",
    "lstm",
    "no convolution",
    "weights",
    "arrays",
    "signal",
    "short",
    "no sequences",
    "setting",
    "two",
)


@pytest.fixture(scope="module")
def bad_input(tmp_path_factory):
    return bad(tmp_path_factory.mktemp("bad"))


@pytest.mark.parametrize("case", CASES)
def test_bad_input_gets_one_line_and_code_2(case, bad_input, tmp_path, capsys, monkeypatch):
    arguments, words = bad_input[case]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["jaxmotif", "decode", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        launch.run(lambda: cli.dispatch(sys.argv))
    error = capsys.readouterr().err
    assert stop.value.code == 2
    assert words in error
    assert error.startswith("error: ") and error.count("\n") == 1
    assert not (tmp_path / "runs").exists()


def test_every_case_is_tried(bad_input):
    assert set(CASES) == set(bad_input)
