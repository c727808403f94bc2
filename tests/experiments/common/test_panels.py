"""Panels show every filter that fires; what fires is told by a forward pass of its own."""

import json

import numpy as np
import pytest

from experiments.common import panels, trials
from jaxmotif import dna
from jaxmotif.interpret import filter_motifs
from jaxmotif.interpret.filter_motifs import Readout
from jaxmotif.models import zoo
from jaxmotif.models.network import Network
from jaxmotif.motifs import jaspar
from jaxmotif.motifs.motif import is_informative


@pytest.fixture(scope="module")
def network():
    """Untrained, with one filter that never fires and one that fires wherever there is a sequence."""
    spec = zoo.get("CNN-25 (6)", length=60, outputs=2)
    fresh = Network.from_spec(spec, key=3)
    kernel = np.array(fresh.variables["params"]["conv1"]["kernel"])
    kernel[..., 1], kernel[..., 4] = -1.0, 1.0
    fresh.variables["params"]["conv1"]["kernel"] = kernel
    return fresh


def loop_sites(network, codes):
    """Sites of every filter by the program's rule, position by position."""
    maps = np.asarray(network.features(1, 0)(dna.one_hot(codes)))
    counts = []
    for number in range(maps.shape[-1]):
        own = maps[..., number]
        counts.append(sum(value > max(0.5 * own.max(), 0) for value in own.ravel()) if own.max() > 0 else 0)
    return counts


def test_no_activation_is_said_of_filters_without_a_site_only(network, tmp_path):
    codes = np.random.default_rng(0).integers(0, 4, (40, 60)).astype(np.uint8)
    readout = Readout()
    found = filter_motifs.member_motifs(network, codes, 1, readout)
    reading = trials.read(found, readout, jaspar.database("JASPAR2016")[:60] + allowed(), "filter", 0.1)
    (tmp_path / "CNN").mkdir()
    panels.record(tmp_path / "CNN", reading.motifs, reading.hits, {"CNN, layer 1": reading.labels})
    ((title, logos),) = panels.of_filters(tmp_path, ["CNN"]).items()
    sites = loop_sites(network, codes)
    assert title == "CNN, layer 1" and sites[1] == 0 and sum(map(bool, sites)) >= 4
    assert [motif is not None for motif, _ in logos] == [count > 0 for count in sites]
    assert [motif.nsites for motif, _ in logos if motif is not None] == [n for n in sites if n]
    # One that fires everywhere says nothing, and is drawn all the same, in all its columns.
    weak = logos[4][0]
    assert not is_informative(weak) and weak.width == 19
    assert weak.name not in {motif.name for motif in reading.motifs}
    assert reading.score.uninformative >= 2


def allowed():
    """The matrices that a score of the twelve factors asks for."""
    names = [name for ids in trials.recovery.ALLOW.values() for name in ids]
    known = jaspar.database("JASPAR2016")
    return [motif for motif in known[60:] if motif.name in names]


def test_a_network_without_any_site_is_drawn_as_such(tmp_path):
    (tmp_path / "CNN").mkdir()
    panels.record(tmp_path / "CNN", [], [], {"CNN": [panels.Filter("filter1", "", None)], "lost": []})
    assert panels.of_filters(tmp_path, ["CNN"]) == {"CNN": [(None, "")]}
    assert not (tmp_path / "CNN" / "filters.meme").exists()


def test_a_panel_of_an_earlier_version_is_not_drawn(tmp_path):
    (tmp_path / "CNN").mkdir()
    (tmp_path / "CNN" / "panel.json").write_text(json.dumps({"CNN": [["filter1", "SRF"]]}))
    with pytest.raises(ValueError, match="earlier version"):
        panels.of_filters(tmp_path, ["CNN"])
