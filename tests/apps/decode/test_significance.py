"""q of neurons and pairs against null networks, on plain ranks and on planted pairs."""

import dataclasses
import json

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import jaxmotif as jm
from jaxmotif.apps.decode import baselines_table, layer_motifs, page, run, significance, write
from jaxmotif.apps.decode.settings import Settings
from jaxmotif.config import with_fields
from jaxmotif.motifs import jaspar
from jaxmotif.neuronmotif.null import null_network
from jaxmotif.neuronmotif.settings import Scanning
from jaxmotif.neuronmotif.syntax import spacing_scan
from tests.helpers import planted_leaves, tiny_stacks

CTCF, REST, GATA = planted_leaves.known("MA0139.1", "MA0138.2", "MA0035.3")
SETTINGS = Settings(database="JASPAR2016", scan=Scanning(pairs=0))


@pytest.fixture(scope="module")
def database():
    others = [motif for motif in jaspar.load("JASPAR2016") if motif.name not in ("MA0139.1", "MA0138.2")]
    return [CTCF, REST, *others[::8]]


def read(leaves, database):
    return layer_motifs.read(planted_leaves.layer(leaves, 30), database, SETTINGS)


@pytest.fixture(scope="module")
def layers(database):
    """A layer with CTCF, with nothing, and with a blurred CTCF; a null layer with columns in random order."""
    rng = np.random.default_rng(2)
    blurred = 0.85 * CTCF.ppm[3:14] + 0.15 / 4
    ours = [[[(CTCF.ppm, 4, "+")]], [[]], [[(blurred, 5, "+")]]]
    shuffled = [[[(CTCF.ppm[rng.permutation(CTCF.width)], 4, "+")]] for _ in range(9)]
    return read(ours, database), read([*shuffled, [[(REST.ppm, 4, "+")]]], database)


def test_ranks_are_those_of_e_times_the_number_of_motifs(layers):
    ours, null = layers
    e, null_e = ([one.e for one in layer.own] for layer in (ours, null))
    # A name's E is that of its hit: the same number, where there is a name.
    for one in (*ours.own, *null.own):
        assert not one.named or one.e == min(hit.e for hit in one.named)
    found = layer_motifs.against_nulls(ours, [null]).significance.neurons
    expected = [(1 + sum(other <= mine for other in null_e)) / 11 for mine in e]
    np.testing.assert_allclose(found.p, expected)
    np.testing.assert_allclose(found.q, stats.false_discovery_control(expected, method="bh"))
    assert found.nulls == 10 and found.p[0] < found.p[2] < found.p[1] == 1
    assert null_e[-1] < e[0] or found.p[0] == 1 / 11


def test_dead_neurons_are_neither_tested_nor_nulls(layers):
    ours, null = layers

    def with_dead(layer, *indices):
        dead = np.isin(np.arange(len(layer.decoded.neurons)), indices)
        return dataclasses.replace(layer, decoded=dataclasses.replace(layer.decoded, dead=dead))

    found = layer_motifs.against_nulls(with_dead(ours, 1), [with_dead(null, 9), null]).significance
    assert np.isnan(found.neurons.q).tolist() == [False, True, False] and found.neurons.nulls == 19
    row = layer_motifs.neuron_rows(layer_motifs.against_nulls(with_dead(ours, 1), [null]))[1]
    assert row["null p"] is None and row["null q"] is None
    everything = layer_motifs.against_nulls(ours, [with_dead(null, *range(10))]).significance.neurons
    assert everything.nulls == 0 and everything.p.tolist() == [1.0, 1.0, 1.0]


def test_another_layer_is_no_null(layers):
    ours, null = layers
    other = dataclasses.replace(null.decoded, layer=null.decoded.layer + 1)
    with pytest.raises(ValueError, match="cannot be layer"):
        jm.against_nulls(ours, [dataclasses.replace(null, decoded=other)])


def test_cooperation_is_the_interaction_as_a_share_of_the_neurons_range():
    """Of AND, a word is nothing by itself and both are all; of a sum there is no interaction."""
    settings = Scanning(backgrounds=50, screening=2)

    def both(x, joined):
        a, b = x[:, :9, 0].min(1), x[:, 10:19, 1].min(1)
        return (a * b if joined else a + b - 0.5) * 4.0 - 0.5

    for joined, expected in ((True, 1.0), (False, 0.0)):
        scan = spacing_scan.spacing_scan(
            lambda x, joined=joined: both(x, joined), "A" * 9, "C" * 9, length=20, settings=settings
        )
        maximum = 3.5 if joined else 5.5
        # Random letters hold nine A or C once in 130,000 backgrounds.
        assert scan.cooperation(maximum) == pytest.approx(expected, abs=1e-5)
        assert scan.cooperation(2 * maximum + 0.5) == pytest.approx(expected / 2, abs=1e-5)
    never = spacing_scan.spacing_scan(lambda x: x[:, 0, 0] - 2, "AAA", "CC", length=8, settings=settings)
    assert never.cooperation(-1.0) == -np.inf


@pytest.mark.parametrize("least", [0.0, 0.4])
def test_words_count_together_at_distances_with_half_of_the_largest_interaction(least):
    """Of f = A + AB, A is enough at every distance, and B counts at 10 to 13 from it only."""

    def score(x):
        a = x[:, :9, 0].min(1)
        beside = [x[:, start : start + 9, 1].min(1) for start in range(10, 14)]
        return a * (1 + jnp.maximum(jnp.max(jnp.stack(beside), 0), least)) - 0.5

    settings = Scanning(backgrounds=40, screening=2)
    scan = spacing_scan.spacing_scan(score, "A" * 9, "C" * 9, length=30, settings=settings)
    way = scan.way_of("A" * 9, "+", "C" * 9, "+")
    assert scan.accepted(way).tolist() == list(range(9, 22)) and scan.alone(way) == ["A" * 9]
    # Its mean over all accepted distances is 4 of 13 of it, which is more than a tenth of what the pair does.
    assert scan.told[way].verdict == "cooperative"
    assert scan.together(way).tolist() == [10, 11, 12, 13]
    other = scan.way_of("C" * 9, "+", "A" * 9, "+")
    assert not len(scan.together(other))


@pytest.fixture(scope="module")
def decoded():
    """Random weights, and two null networks."""
    network = tiny_stacks.random_stack(tiny_stacks.conv(3, 9, 2), tiny_stacks.conv(4, 3), seed=1)
    quick = dict(population=100, generations=4, patience=2, walk=5, polish=2, cap=60, draws=10)
    settings = with_fields(Settings(database="JASPAR2016", min_sites=5), **quick, bits=0.3, nulls=2)
    return network, settings, run.decode(network, 2, [0, 2], settings)


def test_decode_decodes_the_null_networks_alike(decoded, tmp_path):
    network, settings, found = decoded
    plain = dataclasses.replace(settings, nulls=0)
    nulls = [run.decode(null_network(network, number), 2, [0, 2], plain) for number in (0, 1)]
    expected = jm.against_nulls(run.decode(network, 2, [0, 2], plain), nulls)
    for ours, theirs in zip(found.significance[:2], expected.significance[:2], strict=True):
        np.testing.assert_array_equal(ours.p, theirs.p)
        np.testing.assert_array_equal(ours.q, theirs.q)
        assert ours.nulls == theirs.nulls
    rows = run.decode_layers(network, [2], [0, 2], settings, tmp_path)
    assert (tmp_path / "null2" / "layer2" / "neuron2.npz").exists()
    table = json.loads((tmp_path / "layer2" / "table.json").read_text())
    assert [row["null p"] for row in table] == pytest.approx(found.significance.neurons.p, rel=0.01)
    assert rows[0]["neurons, null q <= 0.05"] == 0  # four null neurons: no p below 1 / 5
    text = (tmp_path / "layer2" / "syntax.txt").read_text()
    assert "neuron 2, null q " in text and "# Null q: 2 that learned nothing, " in text
    assert "Null q" in (tmp_path / "layer2" / "report.html").read_text()


def test_pairs_have_their_q_in_text_and_chart(decoded):
    _, _, found = decoded
    count = sum(len(one.scans) for one in found.syntaxes)
    assert count == len(found.significance.pairs.q)
    told = [scan.q for one in found.syntaxes for scan in one.scans]
    assert told == found.significance.pairs.q.tolist()
    for row in page.neurons(found):
        assert row.null is not None and row.null.nulls == found.significance.neurons.nulls


def test_other_methods_meet_the_same_null_networks(decoded):
    network, _, found = decoded
    codes = np.random.default_rng(0).integers(0, 4, (200, 30)).astype(np.uint8)
    rows = baselines_table.rows(found, baselines_table.read(network, found, codes))
    assert all(f"null q <= {significance.LEVEL:g}" in row for row in rows) and len(rows) == 4
    assert str(found.significance) in dict(write.summary(found))["Null networks"]


def test_the_other_way_exchanges_both_sides_with_their_ties():
    values, nulls = np.array([3.0, -np.inf, 1.0, np.nan, -np.inf]), np.array([2.0, -np.inf, np.nan])
    found = significance.Tested.of(values, nulls).other_way
    np.testing.assert_allclose(found.p, [2 / 5, 5 / 5, np.nan])  # four values: one above 2, all reach -inf
    assert found.nulls == 4 and significance.Tested.of(values, nulls).nulls == 2
