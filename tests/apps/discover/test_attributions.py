"""Files for TF-MoDISco: the layout that its loader takes, the user's positives, and none unless asked for."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.apps.discover import attributions
from jaxmotif.apps.discover.discovery import Discovery
from jaxmotif.apps.discover.learner import Learner
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.interpret.filter_motifs import Readout
from jaxmotif.models import zoo
from jaxmotif.models.network import Network
from jaxmotif.motifs.motif_set import MotifSet

LENGTH = 24
ASKED = Settings(attributions=True)


@pytest.fixture(scope="module", name="found")
def fixture_found():
    rng = np.random.default_rng(0)

    def part(name, count):
        codes = rng.integers(0, 4, (count, LENGTH)).astype(np.uint8)
        codes[0, 5:8] = dna.N
        labels = np.arange(count) % 2 == 0
        return Dataset(codes, labels.astype(np.float32), names=[f"{name}{i}" for i in range(count)])

    network = Network.from_spec(zoo.get("CNN-25 (4)", length=LENGTH, outputs=1), members=2)
    learner = Learner("supervised", network, [], Readout(), lambda codes: network.logits(codes), None)
    splits = Splits(part("train", 10), part("valid", 4), part("test", 6))
    nothing = MotifSet(())
    return Discovery(ASKED, splits, [learner], nothing, {}, {}, 0, others=nothing)


def test_letters_and_contributions_are_those_of_all_positives_lengths_last(found, tmp_path):
    attributions.write(found, tmp_path)
    letters, values = np.load(tmp_path / "one_hot.npz"), np.load(tmp_path / "attributions.npz")
    names, letters_n4l, values_n4l = letters["names"].tolist(), letters["arr_0"], values["arr_0"]
    assert names == [
        f"{part}{i}" for part, n in (("train", 10), ("valid", 4), ("test", 6)) for i in range(0, n, 2)
    ]
    assert letters_n4l.shape == values_n4l.shape == (10, 4, LENGTH)
    assert (letters_n4l.dtype, values_n4l.dtype) == (np.uint8, np.float32)
    codes = np.concatenate([part.sequences[::2] for part in found.splits.parts])
    np.testing.assert_array_equal(letters_n4l.transpose(0, 2, 1), dna.one_hot(codes))
    assert not letters_n4l[0, :, 5:8].any() and not values_n4l[0, :, 5:8].any()
    # Against scores of sequences that differ in one letter: equal where the network is linear, and it is
    # linear in a small step.
    network, step = found.networks[0].network, 1e-3
    score = lambda x: np.asarray(network.score(0)(x), np.float64)
    x, row, place = dna.one_hot(codes[3:4]), 3, 11
    way = jnp.zeros_like(x).at[0, place, 0].set(-step / 2).at[0, place, 2].set(step / 2)
    slope = (score(x + way) - score(x - way))[0] / step
    assert values_n4l[row, 2, place] - values_n4l[row, 0, place] == pytest.approx(slope, rel=0.05, abs=2e-3)


def test_sequences_of_a_file_of_their_own_are_left_out(found, tmp_path):
    attributions.write(
        dataclasses.replace(found, settings=Settings(attributions=True, test="x.fa")), tmp_path
    )
    assert [name[:5] for name in np.load(tmp_path / "one_hot.npz")["names"]] == ["train"] * 5 + ["valid"] * 2


def test_files_of_an_analysis_that_had_them_are_removed(found, tmp_path):
    attributions.write(found, tmp_path)
    (tmp_path / "other.npz").touch()
    attributions.write(dataclasses.replace(found, settings=Settings()), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["other.npz"]


def test_networks_without_labels_have_none():
    with pytest.raises(ValueError, match="attributions are of networks trained with labels"):
        Settings(attributions=True, objective="infomax")
    assert Settings(attributions=True, objective="both").attributions
