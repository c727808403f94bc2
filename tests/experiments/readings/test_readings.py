"""The table of readings: the scoring against planted truth, the readings against brute force, cells kept."""

import dataclasses
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from experiments.common import shards
from experiments.readings import cells, launcher, methods, networks, scoring, summary
from experiments.readings import config as configs
from jaxmotif import dna
from jaxmotif.data.synthetic import koo_eddy
from jaxmotif.evaluate import recovery
from jaxmotif.interpret import temporal
from jaxmotif.models.network import Network
from jaxmotif.models.spec import Conv, NetworkSpec, Recurrent
from jaxmotif.motifs import jaspar, tomtom
from jaxmotif.motifs.motif import Motif, trim


@pytest.fixture(scope="module")
def database():
    return jaspar.database("JASPAR2016")


@pytest.fixture(scope="module")
def truth():
    return scoring.planted()


def _score(motifs, database, truth):
    return scoring.score(motifs, database, truth, recovery.E_MAX)


def test_what_shows_the_planted_matrices_has_all_twelve(database, truth):
    found = _score(list(truth.values()), database, truth)
    assert found.shown == found.right == 12
    assert list(found.correlations) == list(koo_eddy.KOO_EDDY_IDS)
    assert list(found.correlations.values()) == pytest.approx([1.0] * 12)


def test_the_other_strand_is_as_good(database, truth):
    turned = [motif.reverse_complement() for motif in truth.values()]
    assert _score(turned, database, truth).correlations == pytest.approx(
        _score(list(truth.values()), database, truth).correlations
    )


def test_shuffled_matrices_show_nothing(database, truth):
    rng = np.random.default_rng(0)
    shuffled = [
        dataclasses.replace(motif, ppm=rng.permuted(rng.permutation(motif.ppm), axis=1))
        for motif in truth.values()
    ]
    found = _score(shuffled, database, truth)
    assert (found.shown, found.right, found.correlations) == (12, 0, {})


def test_factors_and_right_motifs_are_those_of_recovery(database, truth):
    rng = np.random.default_rng(1)
    mixed = [
        Motif(name, 0.6 * motif.ppm + 0.4 * rng.dirichlet(np.ones(4), motif.width), 50)
        for name, motif in list(truth.items())[:5]
    ]
    mixed += [database[i] for i in (3, 40, 200)]
    e = tomtom.match([trim(motif) for motif in mixed], database).e
    known = recovery.recovery(e, [motif.name for motif in database], len(mixed))
    found = _score(mixed, database, truth)
    assert found.right == round(known.relevant * len(mixed))
    assert set(found.correlations) == {f for f, count in known.filters_per_tf.items() if count}


def test_what_says_nothing_is_not_shown_and_what_is_too_wide_is_wrong(database, truth):
    flat = Motif("flat", np.full((9, 4), 0.25), 100)
    wide = Motif("wide", np.tile(truth["SRF"].ppm, (12, 1)), 100)
    assert wide.width > tomtom.MAX_WIDTH
    found = _score([flat, wide], database, truth)
    assert (found.shown, found.right) == (1, 0)
    assert _score([], database, truth) == scoring.Score(0, 0, {})


def test_measures_of_a_cell():
    cell = {"shown": 4, "right": 3, "correlations": {"SRF": 0.9, "YY1": 0.7}, "cpu_seconds": 2.5}
    found = summary.measured(cell)
    assert found["factors"] == 2 and found["right"] == 0.75
    assert found["correlation"] == pytest.approx(0.8)
    assert found["correlation_all"] == pytest.approx(1.6 / 12)
    nothing = summary.measured(cell | {"shown": 0, "right": 0, "correlations": {}})
    assert nothing["right"] is None and nothing["correlation"] is None and nothing["correlation_all"] == 0


def test_interval_is_that_of_scipy_and_is_cut():
    values = [3.0, 5.0, 4.5]
    low, high = scipy.stats.t.interval(0.95, 2, np.mean(values), scipy.stats.sem(values))
    found = summary.interval(values, 100.0)
    assert (found["mean"], found["low"], found["high"]) == pytest.approx((np.mean(values), low, high))
    assert summary.interval([11.0, 12.0], 12.0)["high"] == 12.0
    assert summary.interval([2.0, None]) == {"mean": 2.0, "n": 1}
    assert summary.interval([None]) == {"mean": None, "n": 0}


def _cell(network, objective, seed, reading, factors, **more):
    row = {"network": network, "objective": objective, "seed": seed, "reading": reading}
    found = {"correlations": dict.fromkeys(factors, 0.9), "shown": 4, "right": 2, "cpu_seconds": 1.0}
    return row | found | more


def test_agreement_counts_factors_that_both_have():
    made = [
        _cell("A", "supervised", 0, "koo", {"SRF", "YY1", "MAX"}),
        _cell("A", "supervised", 0, "saliency", {"SRF", "SP1"}),
        _cell("A", "supervised", 1, "koo", {"SRF"}),
        _cell("A", "supervised", 1, "saliency", set()),
        _cell("A", "untrained", 0, "koo", {"SRF"}),
        _cell("A", "untrained", 0, "saliency", {"SRF"}),
        {"network": "A", "objective": "supervised", "seed": 0, "reading": "temporal", "why": "no time steps"},
    ]
    (row,) = summary.agreement(made, ["koo", "saliency", "temporal"])
    assert (row["reading"], row["and"], row["networks"]) == ("koo", "saliency", 2)
    assert (row["both"], row["first_only"], row["second_only"], row["either"]) == (0.5, 1.5, 0.5, 2.5)
    assert row["jaccard"] == pytest.approx(1 / 5)


def test_rows_have_means_over_seeds_or_why_not():
    made = [
        _cell("A", "supervised", 0, "koo", {"SRF", "YY1"}, auroc=0.9),
        _cell("A", "supervised", 1, "koo", {"SRF"}, auroc=0.8),
        {"network": "A", "objective": "supervised", "seed": 0, "reading": "temporal", "why": "no time steps"},
    ]
    koo, temporal_row = summary.table_rows(made)
    assert koo["factors"]["mean"] == 1.5 and koo["seeds"] == 2 and koo["network_auroc"] == pytest.approx(0.85)
    assert (temporal_row["seeds"], temporal_row["why_not"]) == (0, "no time steps")
    (line,) = summary.matrix_rows(made)
    assert (line["koo"], line["temporal"]) == ("1.5, .50", "(no time steps)")


TINY = NetworkSpec("tiny", 24, 3, (Conv(5, 4, 2),))


def _read(network, pool, **fields):
    config = dataclasses.replace(configs.Config(), **fields)
    return methods.Read(network, pool, config)


def test_highest_and_lowest_sequences_of_each_output():
    network = Network.from_spec(TINY, 3)
    pool = np.random.default_rng(0).integers(0, 4, (40, 24), np.uint8)
    read, logits = _read(network, pool), network.logits(pool)
    for output in range(3):
        order = sorted(range(40), key=lambda row: -logits[row, output])
        assert np.array_equal(read.highest(5)[output], pool[order[:5]])
        assert np.array_equal(read.lowest(5)[output], pool[order[::-1][:5]])


@pytest.mark.parametrize("method", ["saliency", "mutagenesis", "corrected"])
def test_outputs_read_together_are_as_each_by_itself(method, monkeypatch):
    monkeypatch.setattr(methods, "_ROWS", 4)
    network = Network.from_spec(TINY, 3)
    codes = np.random.default_rng(0).integers(0, 4, (3, 2, 24), np.uint8)
    found = methods.attributed(network, codes, method)
    for output, row in itertools.product(range(3), range(2)):
        one = codes[output, row]
        if method == "mutagenesis":
            own = network.logits(one[None])[0, output]
            losses = []
            for place in range(24):
                others = np.repeat(one[None], 4, axis=0)
                others[:, place] = np.arange(4)
                losses.append((own - network.logits(others)[:, output]).sum() / 3)
            assert found[output, row] == pytest.approx(np.array(losses), abs=1e-4)
        else:
            x = jnp.asarray(dna.one_hot(one[None]))
            slope = np.asarray(jax.grad(lambda x, t=output: network.score(t)(x).sum())(x))[0]
            slope = slope - slope.mean(axis=1, keepdims=True) if method == "corrected" else slope
            value = (slope * np.asarray(x[0])).sum(axis=1)
            value = np.abs(value) if method == "saliency" else value
            assert found[output, row] == pytest.approx(value, abs=1e-5)


def test_parts_of_the_first_output_are_those_of_the_network():
    spec = NetworkSpec("tiny rnn", 16, 2, recurrent=Recurrent(3), two_way=True)
    network = Network.from_spec(spec, 1)
    codes = np.random.default_rng(0).integers(0, 4, (2, 16), np.uint8)
    part = jax.tree_util.Partial(methods._part(spec), network.member_variables(0), np.int32(0))
    for ours, theirs in zip(
        temporal.temporal_scores(part, codes),
        temporal.temporal_scores(network.part_probability(), codes),
        strict=True,
    ):
        assert ours == pytest.approx(theirs, abs=1e-6)
    second = jax.tree_util.Partial(methods._part(spec), network.member_variables(0), np.int32(1))
    whole = temporal.temporal_scores(second, codes).forward[:, -1]
    assert whole == pytest.approx(network.probabilities(codes)[:, 1], abs=1e-6)


def test_stretches_of_a_class_motif_are_what_was_put_into_it(truth):
    ppm = np.full((120, 4), 0.25)
    a, b = truth["SRF"].ppm, truth["YY1"].ppm
    ppm[10 : 10 + len(a)], ppm[70 : 70 + len(b)] = a, b
    found = methods.stretches(Motif("class", ppm, 100))
    assert [motif.name for motif in found] == ["class_1", "class_2"]
    assert set(_score(found, jaspar.database("JASPAR2016"), truth).correlations) == {"SRF", "YY1"}
    assert methods.stretches(Motif("flat", np.full((30, 4), 0.25), 1)) == []


def test_readings_that_find_sites_show_the_planted_motif(truth, database):
    """A network that is the planted matrices: every reading of outputs shows these."""
    chosen = [truth[name] for name in ("SRF", "MAFK", "CEBPB")]
    width = max(motif.width for motif in chosen)
    kernel = np.zeros((width, 4, 6), np.float32)
    for k, motif in enumerate(chosen):  # log-odds of both strands
        for strand, ppm in enumerate((motif.ppm, motif.ppm[::-1, ::-1])):
            kernel[: len(ppm), :, 2 * k + strand] = np.log2(ppm + 0.01) + 2

    spec = NetworkSpec(
        "planted",
        100,
        3,
        (Conv(6, width, padding="VALID", norm="none", dropout=0.0),),
        reduce="max",
    )
    network = Network.from_spec(spec, 0)
    output = np.zeros((6, 3), np.float32)
    for k in range(3):
        output[2 * k : 2 * k + 2, k] = 1
    weights = jax.tree.map(np.asarray, network.member_variables(0))
    weights["params"]["conv1"]["kernel"] = kernel
    weights["params"]["output"]["kernel"] = output
    network = Network.from_members(spec, [weights])
    data, _ = koo_eddy.koo_eddy(0, 600, 100, motifs=chosen, count_law=(1.0,))
    read = _read(network, data.sequences, top=60, exact=60, width=9)
    for reading in ("koo", "saliency", "mutagenesis", "seqlets"):
        found = _score(methods.METHODS[reading](read), database, truth)
        assert {"SRF", "MAFK", "CEBPB"} <= set(found.correlations), reading


def test_why_cells_cannot_be():
    rnn, cnn, both = (networks.spec_of(name) for name in ("RNN-small", "CNN-25", "CNN-RNN-small"))
    assert all(methods.reason(rnn, "supervised", rule) for rule in (*configs.RULES, configs.NEURONMOTIF))
    assert all(methods.reason(rnn, configs.INFOMAX, reading) for reading in configs.READINGS)
    assert not methods.reason(rnn, "supervised", configs.TEMPORAL)
    assert methods.reason(cnn, "supervised", configs.TEMPORAL) == "no time steps"
    assert not any(methods.reason(both, "supervised", reading) for reading in configs.READINGS)
    assert methods.reason(cnn, configs.CLASS_OPTIMISED, configs.CLASS_MOTIF)


def test_networks_by_name():
    assert networks.spec_of("peaks").convs[0].activation == "exp"
    assert networks.spec_of("peaks-relu").convs[0].activation == "relu"
    assert networks.spec_of("BD-5 (small)-exp").convs[0].activation == "exp"
    for name in networks.NETWORKS:
        spec = networks.spec_of(name, 200, 12)
        assert (spec.name, spec.length, spec.outputs) == (name, 200, 12)
        if spec.convs:
            encoder = networks.by_information_spec(spec, 7)
            assert encoder.convs[0].norm == "none" and encoder.outputs == 7
    with pytest.raises(ValueError, match="no convolution"):
        networks.spec_of("RNN-small-relu")
    with pytest.raises(ValueError, match="no convolution"):
        networks.by_information_spec(networks.spec_of("RNN-small"), 4)


def test_shards_are_all_networks_once():
    config = configs.Config(networks=("CNN-2", "CNN-4", "CNN-25"), seeds=3)
    every = cells.units(config)
    assert len(every) == 9 and every[0].seed == every[2].seed == 0
    parts = [shards.chosen(every, f"{k}/4") for k in range(1, 5)]
    assert sorted(unit for part in parts for unit in part) == sorted(every)
    assert shards.chosen(every, "") == every
    for wrong in ("0/2", "3/2", "a/b", "2"):
        with pytest.raises(ValueError, match="--shard wants"):
            shards.chosen(every, wrong)


@pytest.mark.parametrize(
    "setting",
    ["networks=", "readings=tea-leaves", "width=5", "torch.strands=random", "networks=RNN-small-exp"],
)
def test_settings_that_cannot_be(setting):
    with pytest.raises(ValueError):
        launcher.build("planted", "smoke", 0, [setting])


def test_run_in_shards_is_kept_and_merged(tmp_path, capsys, monkeypatch):
    """Two untrained networks, no training: shards apart, then one table; nothing is computed twice."""
    work = tmp_path / "run"
    argv = [
        "readings",
        "--scale=smoke",
        f"--workdir={work}",
        f"--data_dir={tmp_path / 'data'}",
        "--set=networks=CNN-25 (4),RNN-small",
        "--set=objectives=untrained",
        "--set=readings=koo,temporal",
        "--set=exact=1",
    ]
    launcher.main([*argv, "--shard=1/2"])
    launcher.main([*argv, "--shard=2/2"])
    record = work / "shard1of2" / "CNN-25-4" / "seed1" / "untrained" / "koo.json"
    before = record.read_bytes()
    assert '"shown"' in before.decode()
    monkeypatch.setattr(methods, "METHODS", {})  # whatever is computed now fails
    launcher.main([*argv, "--shard=1/2"])
    assert record.read_bytes() == before
    launcher.main([*argv, "--merge"])
    out = capsys.readouterr().out
    assert "(no time steps)" in out and "(no convolution: no filters)" in out
    for name in ("table.md", "matrix.md", "overall.md", "agreement.md", "readings.png", "readings.svg"):
        assert (work / name).stat().st_size
    page = (work / "report.html").read_text()
    assert "data:image/png;base64," in page and "CNN-25 (4)" in page
    with pytest.raises(ValueError, match="another config"):
        launcher.main([*argv, "--merge", "--set=e_max=0.2", f"--workdir={work}", "--noresume"])


def test_drawn_sequences_follow_the_class_motifs(tmp_path):
    config = configs.Config(drawn=4000)
    ppms = np.random.default_rng(0).dirichlet(np.ones(4), (2, 6))
    source = methods.Read(Network.from_spec(TINY, 0), np.zeros((1, 24), np.uint8), config)
    made = {f"output{t + 1}": Motif(f"output{t + 1}", ppm, 1) for t, ppm in enumerate(ppms)}
    source.__dict__["matrices"] = made
    row = cells._Row(tmp_path, cells.Unit("tiny", 0), configs.CLASS_OPTIMISED, config, True)
    drawn = cells._drawn(row, source)
    assert drawn.shape == (8000, 6) and drawn.dtype == np.uint8
    for ppm, own in zip(ppms, (drawn[:4000], drawn[4000:]), strict=True):
        assert np.eye(4)[own].mean(axis=0) == pytest.approx(ppm, abs=0.03)
    source.__dict__["matrices"] = {}  # taken as it is, not drawn again
    assert np.array_equal(cells._drawn(row, source), drawn)
