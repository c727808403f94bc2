"""How well a walk mixed, in tables and on the page."""

import dataclasses

import numpy as np
import pytest

from jaxmotif.apps.decode import layer_motifs, page
from jaxmotif.apps.decode.settings import Settings
from jaxmotif.neuronmotif.leaves import decoded as decodeds
from tests.helpers import planted_leaves

RHAT = np.array([[1.01, 1.02, 1.03, 1.2], [1.01, 1.0, 1.0, 1.04], [np.nan] * 4])


@pytest.fixture(scope="module")
def layer():
    site = (np.eye(4)[[0, 1, 2, 3, 1, 0, 2, 3, 0, 1]] * 0.9 + 0.025, 4, "+")
    found = planted_leaves.layer([[[site]], [[site]], [[site]]], 24)
    found = dataclasses.replace(found, rhat=RHAT, steps=np.array([25_600, 6400, 0]))
    return layer_motifs.read(found, None, Settings(""))


def test_rows_name_every_statistic(layer):
    rows = layer_motifs.neuron_rows(layer)
    assert [row["R-hat distance"] for row in rows] == [1.2, 1.04, None]
    assert [row["steps"] for row in rows] == [25_600, 6400, 0]
    assert layer.row()["mixed"] == "1 of 2"
    np.testing.assert_array_equal(layer.unmixed, [True, False, False])


def test_the_page_warns_of_neurons_that_have_not_mixed(layer):
    (note,) = page.notes(layer)
    assert (
        note.level == "warning" and "1 of 3 neurons had not mixed" in note.text and "1.05: 10)" in note.text
    )
    rows = page.neurons(layer)
    assert rows[0].mixing == (
        "25,600 steps of the walk; R-hat of activation 1.01, letters 1.02, place 1.03, distance 1.20"
    )
    assert rows[0].rhat == pytest.approx(1.2) and rows[2].mixing == "" and np.isnan(rows[2].rhat)
    mixed = dataclasses.replace(layer.decoded, rhat=np.minimum(RHAT, 1.05))
    assert page.notes(dataclasses.replace(layer, decoded=mixed)) == []


def test_files_keep_it_and_those_of_before_have_none(tmp_path, layer):
    decodeds.save(tmp_path / "new.npz", layer.decoded)
    again = decodeds.load(tmp_path / "new.npz")
    np.testing.assert_array_equal(again.rhat, RHAT)
    np.testing.assert_array_equal(again.steps, [25_600, 6400, 0])
    decodeds.save(tmp_path / "old.npz", dataclasses.replace(layer.decoded, rhat=None, steps=None))
    before = decodeds.load(tmp_path / "old.npz")
    assert before.rhat is None and np.isnan(before.mixing).all()
    assert layer_motifs.read(before, None, Settings("")).row()["mixed"] == "-"
