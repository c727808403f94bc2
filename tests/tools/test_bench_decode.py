"""The arithmetic of the decoding benchmark, and that it runs on small networks."""

import json

import bench_decode
import decode_cost
import decode_demo2
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.models.imports import arrays
from jaxmotif.models.spec import Conv, NetworkSpec
from jaxmotif.neuronmotif import substructure
from jaxmotif.neuronmotif.settings import Sampling


def _conv(filters, kernel, pool=1):
    return Conv(
        filters, kernel, pool, padding="VALID", pool_padding="VALID", norm="none", bias=True, dropout=0.0
    )


def _tiny(*convs):
    return NetworkSpec(name="tiny", length=40, outputs=1, convs=convs)


@pytest.fixture
def small_budget(monkeypatch):
    """Two layers, of 4 and 13 letters, and few sequences."""
    spec = _tiny(_conv(3, 4, 2), _conv(2, 5))
    monkeypatch.setattr(decode_cost.zoo, "get", lambda name: spec)
    monkeypatch.setattr(decode_cost, "Sampling", lambda: Sampling(population=40, cap=10, exact_up_to=4))
    return decode_cost.Budget(2, 3, 60, 10)._asdict()


def test_operations_of_basset_by_hand():
    convs = decode_cost.zoo.get("Basset").convs
    # 33 positions of the first convolution lie under one of the second; 114 and 28 under one of the third.
    second = 2 * 33 * 19 * 4 * 300 + 2 * 11 * 300
    third = 2 * 114 * 19 * 4 * 300 + 2 * 28 * 11 * 300 * 200 + 2 * 7 * 200
    assert [decode_cost.operations(convs, layer) for layer in (1, 2, 3)] == [2 * 19 * 4, second, third]
    assert decode_cost.generation_operations(convs, 3) == 3 * third


def test_random_networks_have_sensible_activations(monkeypatch):
    spec = _tiny(_conv(6, 5, 3), _conv(5, 4, 2), _conv(4, 3))
    monkeypatch.setattr(decode_cost.zoo, "get", lambda name: spec)
    network = decode_cost.random_stack("any", 2, filters=7)
    assert [conv.filters for conv in network.convs] == [6, 7]
    codes = np.random.default_rng(1).integers(0, 4, (2000, 16)).astype(np.uint8)
    raw = np.asarray(substructure.raw_map(network.convs, network.weights, dna.one_hot(jnp.asarray(codes)), 2))
    np.testing.assert_allclose(raw.mean(axis=(0, 1)), 0, atol=0.35)
    np.testing.assert_allclose(raw.std(axis=(0, 1)), 1, atol=0.25)


def test_projection_by_hand():
    rates = decode_cost.Rates(start=1.0, generation=2.0, step=0.5, decoupling=7.0, compiling=100.0)
    settings = Sampling(population=2000, walk=400, walkers=2000, polish=32)
    # 10 rounds of 32 x 4 x 50 substitutions are as many evaluations as 32 steps of 2000 walkers.
    expected = 1 + 60 * 2 + (400 + 32) * 0.5 + 7
    assert decode_cost.full_seconds(rates, 50, decode_cost.Budget(5, 10, 60, 10), settings) == expected


def test_whole_network_adds_up(small_budget):
    *layers, total = decode_cost.whole_network("any", 20, 8, small_budget)
    assert [(row["layer"], row["receptive_field"], row["neurons"], row["how"]) for row in layers] == [
        (1, 4, 3, "exact"),
        (2, 13, 2, "sampled"),
    ]
    assert (layers[1]["population"], layers[1]["population_run"]) == (40, 20)
    assert total["neurons"] == 5 and total["layer"] == "all"
    hours = sum(row["seconds_a_neuron"] * row["neurons"] for row in layers) / 3600
    assert total["layer_hours"] == pytest.approx(hours, rel=0.02)


def test_demo2_writes_its_table(tmp_path, monkeypatch, capsys):
    spec, rng = _tiny(_conv(2, 3, 2), _conv(2, 2)), np.random.default_rng(0)
    weights, channels = {}, 4
    for number, conv in enumerate(spec.convs, 1):
        shape = (conv.kernel, channels, conv.filters)
        weights[f"conv{number}"] = {"kernel": rng.normal(size=shape), "bias": np.zeros(conv.filters)}
        channels = conv.filters
    arrays.save(tmp_path / "tiny.npz", weights, spec)
    here = lambda kind, **given: list(bench_decode.WORKERS[kind](**json.loads(json.dumps(given))))
    monkeypatch.setattr(bench_decode, "isolated", here)
    bench_decode.main(
        [
            "bench_decode",
            "demo2",
            f"--weights={tmp_path / 'tiny.npz'}",
            "--parity=code",
            "--set=sampling.cap=20",
            f"--out={tmp_path / 'out'}",
        ]
    )
    rows = json.loads((tmp_path / "out" / "demo2.json").read_text())
    assert [(row["run"], row["layer"]) for row in rows] == [
        (run, layer) for run in ("first", "again") for layer in (1, 2, "all")
    ]
    assert rows[2]["seconds"] == pytest.approx(rows[0]["seconds"] + rows[1]["seconds"], rel=0.02)
    # Other settings than the authors' are not compared with their program.
    assert not any("authors_low" in row for row in rows)
    assert json.loads((tmp_path / "out" / "demo2_env.json").read_text())["backend"] == jax.default_backend()


def test_authors_seconds_are_those_of_all_neurons():
    assert decode_demo2.authors_seconds(1, 5, 0.0) is None
    assert decode_demo2.authors_seconds(2, 5, 30.0) == (5 * 13, 5 * 33)
    assert decode_demo2.authors_seconds(5, 1, 40.0) == (203, 209)


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["train"], "wants one of demo2, cost, got train"),
        (["demo2"], "wants a file of weights"),
        (["cost", "--networks=Basse"], "Basse"),
        (["cost", "--neurons=8,many"], "whole numbers, got 8,many"),
        (["cost", "--layers=1,9"], "layers 1 to 3 of Basset, got 1,9"),
    ],
)
def test_bad_input_is_named(arguments, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        bench_decode.main(["bench_decode", *arguments, f"--out={tmp_path}"])
