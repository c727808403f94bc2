"""The NeuronMotif launcher: configs, what counts as found, planted pairs, a tiny run from data to table."""

import dataclasses
import json

import numpy as np
import pytest

from experiments.neuronmotif import checks, grammar, recovery, training, untrained
from experiments.neuronmotif import launcher as neuronmotif
from jaxmotif import config as configs
from jaxmotif.apps import cli, rundir
from jaxmotif.apps.decode import inputs as cli_inputs
from jaxmotif.apps.decode import layer_motifs, run
from jaxmotif.data.synthetic import grammar as planted
from jaxmotif.evaluate import multiple
from jaxmotif.motifs import jaspar, tomtom
from jaxmotif.neuronmotif.syntax import segments
from tests.helpers import planted_leaves, tiny_stacks

CEBPB, GATA1, YY1 = planted_leaves.known("MA0466.2", "MA0035.3", "MA0095.2")


@pytest.mark.parametrize("scale", neuronmotif.SCALES)
@pytest.mark.parametrize("name", neuronmotif.CONFIGS)
def test_every_config_builds_and_reloads(name, scale, tmp_path):
    config = neuronmotif.build(name, scale, 3, "weights.hdf5", "data.h5", "code", ["e_max=0.05"])
    assert (config.seed, config.e_max, config.decode.decode.sampling.scale) == (3, 0.05, 1.0)
    path = tmp_path / "config.json"
    path.write_text(json.dumps(configs.to_dict(config)))
    assert neuronmotif.build(str(path), "quick", 0, "", "", "default", []) == config


@pytest.mark.parametrize("parity", ["default", "text", "code"])
def test_a_parity_is_the_same_for_the_command_and_the_launcher(parity, tmp_path, monkeypatch):
    written = []
    network = tiny_stacks.random_stack(tiny_stacks.conv(2, 3))
    monkeypatch.setattr(cli_inputs, "network", lambda *_: network)
    monkeypatch.setattr(rundir, "open_run", lambda folder, settings, resume: written.append(settings))
    monkeypatch.setattr(run, "decode_layers", lambda *_: [])
    cli.decode(["decode", "w.h5", "--layer=1", f"--parity={parity}", "--seed=4"])
    launched = neuronmotif.build("demo2", "quick", 4, written[0].weights, "", parity, []).decode
    assert dataclasses.replace(launched, checksum=written[0].checksum) == written[0]
    assert launched.ignore_outlier_spacings == (parity == "code")
    cuts = {"default": segments.SegmentSettings(), "text": segments.PAPER, "code": segments.CODE}
    assert launched.segments == cuts[parity] and launched.segments.adapt == (parity == "default")


@pytest.mark.parametrize(
    "name, text",
    [
        ("demo2", "--weights"),
        ("exact", "--weights"),
        ("basset", "--data"),
        ("bd10", "--data"),
        ("x", "known"),
    ],
)
def test_what_is_missing_is_said(name, text):
    with pytest.raises(ValueError, match=text):
        neuronmotif.build(name, "quick", 0, "", "", "default", [])


def test_a_neuron_is_relevant_by_any_of_its_leaves_and_factors_are_counted_once():
    leaves = [
        [[(YY1.ppm, 5, "+")], [(YY1.ppm, 6, "+")]],
        [[], [(CEBPB.ppm, 9, "-")]],
        [[], []],
        [[(GATA1.ppm, 4, "+")], []],  # a real motif, but none that was planted
    ]
    found = planted_leaves.layer(leaves, 30)
    score = recovery.score(found, segments.PAPER, 20, jaspar.load("JASPAR2016"), 0.1)
    assert score["relevant"] == 0.5 and score["factors"] == 2
    missed = score["missed"].split(", ")
    assert len(missed) == 10 and not {"YY1", "CEBPB"} & set(missed)
    # Of four neurons one has two motifs, two have one each, and one has none, which counts as 1.
    motifs, neurons = recovery.queries(found, segments.PAPER, 20)
    q = tomtom.match(motifs, jaspar.load("JASPAR2016")).q.min(axis=1)
    own = [min(q[neurons == 0]) * 2, q[neurons == 1][0], 1.0, q[neurons == 3][0]]
    assert score["median own q"] == pytest.approx(np.median(own), rel=0.06)


def test_a_layer_without_any_motif_finds_nothing():
    found = planted_leaves.layer([[[], []]], 30)
    score = recovery.score(found, segments.PAPER, 20, jaspar.load("JASPAR2016"), 0.1)
    assert score["relevant"] == 0 and score["factors"] == 0 and score["median own q"] == 1


@pytest.mark.parametrize("gaps", [(5, 8, 12), (6,)])
def test_planted_gaps_are_read_between_the_ends_of_the_planted_matrices(gaps):
    leaves = [[(CEBPB.ppm, 3, "+"), (GATA1.ppm, 3 + CEBPB.width + gap, "+")] for gap in gaps]
    other = [[(GATA1.ppm, 3, "+"), (CEBPB.ppm, 24, "+")] for _ in gaps]  # the other order is no pair
    found = planted_leaves.layer([leaves, other], 50)
    reading = layer_motifs.read(found, jaspar.load("JASPAR2016"))
    shown = grammar.pairs(reading, planted.rules()[0])
    assert [(p.neuron, p.low, p.high, p.leaves) for p in shown] == [(10, min(gaps), max(gaps), len(gaps))]
    assert shown[0].sequences == 3000 * len(gaps)


def test_small_networks_have_the_receptive_field_of_bd5():
    from jaxmotif.models.spec import conv_shapes

    for name in training.SMALL:
        assert [s.width for s in conv_shapes(training.spec_of(name))] == [3, 8, 18, 38, 78]


def test_a_tiny_run_trains_decodes_and_continues(tmp_path, capsys):
    arguments = [
        "neuronmotif",
        "--config=grammar",
        "--scale=smoke",
        f"--workdir={tmp_path / 'run'}",
        # Random seeds: the layers below need not be decoded.
        "--set=decode.decode.motif_seeds=false",
        "--set=decode.decode.decoupling.repeats=1",
        "--set=train.schedule.epochs=1",
    ]
    neuronmotif.main(arguments)
    first = capsys.readouterr().out
    layer = tmp_path / "run" / "BD-5-16" / "layer5"
    assert (layer / "report.html").stat().st_size > 10_000
    rows = json.loads((tmp_path / "run" / "table.json").read_text())
    assert [row["planted gap"] for row in rows] == ["5..12", "4"]
    part = layer / "neuron1.npz"
    before = part.stat().st_mtime_ns
    neuronmotif.main(arguments)
    assert capsys.readouterr().out == first
    assert part.stat().st_mtime_ns == before
    with np.load(layer / "decoded.npz") as arrays:
        assert arrays["ppm"].shape == (2, 16, 78, 4)


def test_an_untrained_network_is_run_through(tmp_path, capsys):
    arguments = ["neuronmotif", "--config=untrained", "--scale=smoke", f"--workdir={tmp_path / 'run'}"]
    arguments += ["--set=population=100", "--set=generations=3", "--set=walk=5", "--set=database=JASPAR2016"]
    neuronmotif.main(arguments)
    first = capsys.readouterr().out
    rows = json.loads((tmp_path / "run" / "table.json").read_text())
    assert [row["tests"] for row in rows] == ["neurons", "pairs", "pairs, the other way"]
    assert rows[0]["number"] <= 4 and [row["number"] for row in rows[1:]] == [
        row["nulls"] for row in rows[:0:-1]
    ]
    assert (
        "FAIL  200 pairs of an untrained network" in first
    )  # told, and no reason to end with an error at smoke
    told = json.loads((tmp_path / "run" / "checks.json").read_text())
    assert [one["passed"] for one in told] == [line.startswith("PASS") for line in first.splitlines()[-4:]]


@pytest.mark.parametrize("tests, nulls", [(200, 50), (60, 19), (40, 100), (30, 7)])
def test_so_many_false_pairs_are_rarely_exceeded(tests, nulls):
    rng, counts = np.random.default_rng(tests), []
    for _ in range(4000):
        p = multiple.empirical_p(rng.normal(size=tests), rng.normal(size=nulls))
        counts.append((p <= 0.05).sum())
    most = untrained.most_false(tests, nulls)
    assert np.mean(np.array(counts) <= most) >= 0.97 and np.mean(np.array(counts) <= most - 1) < 0.982


def test_what_a_grammar_has_to_show_is_told_and_decides_the_exit_code(tmp_path, capsys):
    soft = planted.rules()[0]

    def pair(scanned, together, q):
        return grammar.Pair(0, [6], list(scanned), list(together), q, 1, 100)

    good, bad = pair(range(3, 15), range(4, 14), 0.01), pair(range(6, 13), [], 0.2)
    wide = pair(range(3, 15), range(2, 14), 0.01)  # a gap of the negatives, too
    assert [c.passed for c in grammar.checks_of(soft, [good, bad], True)] == [True] * 4
    assert [c.passed for c in grammar.checks_of(soft, [good, bad, bad], True)] == [False] * 4
    assert [c.passed for c in grammar.checks_of(soft, [wide], True)] == [True, True, False, True]
    assert [c.passed for c in grammar.checks_of(soft, [], False)] == [False] * 3
    assert (
        2 in grammar.wrong(soft) and 15 in grammar.wrong(soft) and not {*range(3, 15)} & grammar.wrong(soft)
    )
    found = grammar.checks_of(soft, [good, bad, bad], True)
    checks.tell(tmp_path, found, exits=False)
    assert capsys.readouterr().out.count("FAIL  CEBPB Gata1") == 4
    with pytest.raises(SystemExit):
        checks.tell(tmp_path, found)
    checks.tell(tmp_path, grammar.checks_of(soft, [good], True))
    assert capsys.readouterr().out.endswith("null q <= 0.05: 1 of 1\n")


@pytest.mark.parametrize(
    "distances, hits, outside, passes",
    [
        ([50], 1, [], False),  # what "inside" once let pass
        ([50, 51, 54], 3, [], False),
        (range(31, 60), 29, [], True),
        (range(33, 62), 27, [], True),
        (range(34, 60), 26, [], False),
        (range(28, 62), 29, [], True),
        (range(28, 63), 29, [62], False),
        ([], 0, [], False),
    ],
)
def test_demo2_passes_with_nearly_all_distances_and_none_outside(distances, hits, outside, passes):
    found = grammar.Recovered.of(distances)
    assert (found.hits, found.outside, found.passes) == (hits, outside, passes)
    assert str(found).endswith("passes" if passes else "FAILS")
