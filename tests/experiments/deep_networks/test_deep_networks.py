"""Every config of the deep networks trains two steps on tiny files in the original layouts and is saved."""

import json
import shutil

import numpy as np
import pytest

from experiments.deep_networks import launcher as deep_networks
from experiments.deep_networks import scores
from jaxmotif.models import saved, zoo
from jaxmotif.models.network import Network
from tests.helpers.deep_files import write_basset, write_deepsea

# The shortest sequence that leaves every layer something.
LENGTHS = {"basset": 168, "bd5": 80, "bd10": 160, "deepsea": 180, "dd10": 176}
COUNTS = {"train": 8, "valid": 4, "test": 4}


@pytest.mark.parametrize("name", deep_networks.NETWORKS)
def test_two_steps_of_every_config(name, tmp_path, capsys):
    data = tmp_path / "data"
    data.mkdir()
    if name in ("deepsea", "dd10"):
        write_deepsea(data, COUNTS, LENGTHS[name], targets=3)
    else:
        data = data / "set.h5"
        write_basset(data, COUNTS, LENGTHS[name], targets=3)
    folder = tmp_path / "run"
    arguments = [
        "deep_networks",
        f"--config={name}",
        "--scale=smoke",
        f"--data={data}",
        f"--workdir={folder}",
        "--set=train.schedule.batch_size=4",
        "--set=train.schedule.epochs=1",
    ]
    deep_networks.main(arguments)
    assert "AUROC" in capsys.readouterr().out
    row = json.loads((folder / "table.json").read_text())[0]
    assert row["model"] == deep_networks.NETWORKS[name][0]
    assert 0 <= row["auroc"]["mean"] <= 1 and 0 < row["aupr"]["mean"] <= 1
    assert saved.folders(folder) == [folder]
    found = Network.load(folder)
    assert found.spec.convs == zoo.get(row["model"]).convs
    assert (found.spec.length, len(found.classes)) == (LENGTHS[name], 3)
    assert found.scores == pytest.approx((row["auroc"]["mean"],))
    kept = scores.load(folder)
    assert kept.auroc.shape == (1, 3) and kept.means("aupr") == pytest.approx([row["aupr"]["mean"]])
    logits = found.logits(np.zeros((2, LENGTHS[name]), np.uint8))
    assert logits.shape == (2, 3) and np.isfinite(logits).all()
    if name == "deepsea":
        deep_networks.main(arguments)
        assert json.loads((folder / "table.json").read_text())[0]["aupr"] == row["aupr"]
    shutil.rmtree(folder / "checkpoints")  # a hundred megabytes


def test_configs_and_overrides(tmp_path):
    config = deep_networks.build("bd10", "x.h5", "paper", 3, ["network=BD-10", "train.schedule.epochs=7"])
    assert (config.network, config.data, config.rows) == ("BD-10", "x.h5", None)
    assert (config.seed, config.train.schedule.epochs) == (3, 7)
    assert deep_networks.build("dd10", "x", "paper", 0, []).train.schedule.epochs == 50
    assert deep_networks.build("basset", "x", "quick", 0, []).train.optimizer.rule == "rmsprop"
    with pytest.raises(ValueError, match="--data is missing"):
        deep_networks.build("bd10", None, "smoke", 0, [])
    with pytest.raises(ValueError, match="unknown network 'BD-7'"):
        deep_networks.build("bd10", "x", "smoke", 0, ["network=BD-7"])
    with pytest.raises(ValueError, match="nowhere is not there"):
        deep_networks.main(
            ["deep_networks", f"--data={tmp_path / 'nowhere'}", f"--workdir={tmp_path / 'run'}"]
        )
    assert not (tmp_path / "run").exists()
