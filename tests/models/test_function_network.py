"""A network made from a function is read as the network of the spec that it wraps."""

import jax
import numpy as np
import pytest

import jaxmotif as jm
from jaxmotif.apps.dashboard import page
from jaxmotif.apps.dashboard.run import View, dashboard
from jaxmotif.apps.discover.motifs import SEEN
from jaxmotif.interpret.class_optimization import ClassConfig
from jaxmotif.models import forward
from jaxmotif.models.spec import Conv, NetworkSpec
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.ppm import consensus

SPEC = NetworkSpec("wrapped", 30, 1, (Conv(4, 7, pool=2, activation="exp"), Conv(3, 3)), reduce="max")
WORD = "GATAAGC"
DATA = jm.Dataset(np.random.default_rng(0).integers(0, 4, (60, 30)).astype(np.uint8))


@pytest.fixture(scope="module", name="networks")
def fixture_networks():
    spec = jm.Network.from_spec(SPEC, 3, strands="random", classes=("bound", "unbound"))
    # The first filter is made to look for WORD.
    template = 2 * np.asarray(jm.one_hot([WORD])[0]) - 1
    spec = spec.replace(
        variables=jax.tree.map(
            lambda leaf: leaf.at[0, :, :, 0].set(template) if leaf.shape == (1, 7, 4, 4) else leaf,
            spec.variables,
        )
    )

    def function(variables, x_bl4):
        maps = {1: forward.features(SPEC, variables, x_bl4, 1)}
        return forward.predict(SPEC, variables, x_bl4), maps

    wrapped = jm.Network.from_function(
        function,
        SPEC.length,
        variables=spec.member_variables(0),
        classes=spec.classes,
        strands="random",
        layers={1: spec.geometry(1)},
    )
    return spec, wrapped


@pytest.mark.parametrize("method", ["saliency", "integrated", "mutagenesis"])
def test_attribution_is_the_same(networks, method):
    own, other = (jm.attribute(one, DATA[:5], method, target="unbound") for one in networks)
    np.testing.assert_allclose(own, other, atol=1e-6)
    np.testing.assert_allclose(own, jm.attribute(networks[0].score("unbound"), DATA[:5].sequences, method))


def test_predictions_and_filters_are_the_same(networks):
    own, other = (jm.predict(one, DATA) for one in networks)
    np.testing.assert_allclose(own, other, atol=1e-6)
    own, other = (jm.filter_motifs(one, DATA, least_sites=1) for one in networks)
    assert len(own) == len(other) > 0
    assert [motif.name for motif in own] == [motif.name for motif in other]
    for a, b in zip(own, other, strict=True):
        np.testing.assert_allclose(a.ppm, b.ppm, atol=1e-6)


def test_class_motifs_are_the_same(networks):
    own, other = (jm.class_motif(one, "bound", ClassConfig(steps=5, starts=2)) for one in networks)
    np.testing.assert_allclose(own.ppm, other.ppm, atol=1e-6)


def test_discovery_where_importance_cannot_be_measured(networks):
    spec, wrapped = networks
    codes = DATA.sequences.copy()
    codes[:, 10:17] = jm.Dataset.from_strings([WORD]).sequences
    data = jm.with_negatives(jm.Dataset(codes))
    fields = {"database": None, "site_p": 0.01}
    found = jm.discover(wrapped, data, **fields)
    assert any(WORD in consensus(m.ppm) for m in (*found, *(m.reverse_complement() for m in found)))
    assert "importance is not measured" in repr(found)
    for evidence in found.evidence:
        assert evidence.importance is None and evidence.importance_of == ""
        assert evidence.support == {wrapped.name: 1} and evidence.sites >= 20
    assert found.to_records()[0]["importance"] is None
    measured = jm.discover(spec, data, **fields)
    assert all(evidence.importance > 0 for evidence in measured.evidence)
    assert measured.notes == (SEEN,)
    # Filters and seqlets, unless asked otherwise.
    assert all(set(evidence.readings) <= {"filters", "seqlets"} for evidence in measured.evidence)
    words = jm.discover(spec, data, readings=("words",), **fields)
    assert len(words) and all(evidence.readings == ("words",) for evidence in words.evidence)
    matrices = [motif.ppm for motif in found]
    for motif in measured:
        same = [m for m in matrices if m.shape == motif.ppm.shape and np.allclose(m, motif.ppm, atol=1e-6)]
        assert same, motif


def test_a_dashboard_of_networks_in_memory(networks, tmp_path):
    known = [Motif("GATA", np.eye(4)[[2, 0, 3, 0, 0, 2]], 20)]
    view = View(factor="GATA", methods=("saliency",), class_steps=3, most=2)
    found = dashboard({"a spec": networks[0], "a function": networks[1]}, DATA, view, known)
    for shown in found.sequences:
        np.testing.assert_allclose(
            shown.strips["saliency"]["a spec"], shown.strips["saliency"]["a function"], atol=1e-6
        )
    np.testing.assert_allclose(
        found.class_motifs["a spec"].ppm, found.class_motifs["a function"].ppm, atol=1e-6
    )
    page.write(tmp_path / "dashboard.html", found)
    assert "a function" in (tmp_path / "dashboard.html").read_text()
    with pytest.raises(ValueError, match="at least 1 network, got 0"):
        dashboard({}, DATA)
    with pytest.raises(ValueError, match="temporal scores need a recurrent network"):
        dashboard({"f": networks[1]}, DATA, View(methods=("temporal",)), known)
