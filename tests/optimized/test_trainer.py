"""The trainer with the programs that users run: a golden step, and the bits that must not move."""

import json

import jax
import numpy as np
import pytest

from jaxmotif import keys
from jaxmotif.interpret.class_optimization import ClassConfig
from jaxmotif.objectives.supervised import supervised
from jaxmotif.training import loop, presets
from jaxmotif.training.config import TrainConfig
from jaxmotif.training.step import make_step
from tests.objectives import test_class_optimization as class_motif
from tests.training import test_stream as streaming
from tests.training import test_training as small


def test_one_step_is_what_it_was(request):
    """Golden: if you did not intend to change the model or its training, this may be a bug.

    Otherwise delete the file and run the test again to write a new one.
    """
    objective = supervised(small.DEEPER, l2=1e-6, strands="random")
    state = small.init_state(objective, small.OPTIMIZER, keys.root(0), small.TRAIN)
    state, metrics = jax.jit(make_step(objective, small.OPTIMIZER))(state, small.TRAIN)
    got = {name: float(value) for name, value in metrics.items()}
    got["kernel_sum_of_squares"] = float(sum((x**2).sum() for x in jax.tree.leaves(state.params)))
    path = request.path.parents[1] / "golden" / "one_step.json"
    if not path.exists():
        path.write_text(json.dumps(got, indent=2) + "\n")
        pytest.fail(f"wrote {path.name}: look at it and commit it")
    assert got == pytest.approx(json.loads(path.read_text()), rel=1e-4)


def test_resumed_equals_uninterrupted_bit_for_bit(tmp_path):
    small.test_resumed_equals_uninterrupted_bit_for_bit(tmp_path)


def test_a_member_does_not_depend_on_its_neighbours():
    alone, _ = small.train([3])
    among, _ = small.train([0, 3, 5])
    small.assert_equal(alone, jax.tree.map(lambda x: x[1:2], among))


def test_vmap_and_map_agree():
    small.test_vmap_and_map_agree()


@pytest.mark.parametrize("mode", ["map", "vmap"])
def test_streamed_is_resident_bit_for_bit(mode):
    resident = streaming.train([0, 3], mode=mode, stream="no")
    streaming.assert_same(resident, streaming.train([0, 3], mode=mode, stream="yes"))


def _train_with(hyperparameters, members, config):
    return loop.train(
        supervised(small.NET),
        presets.optimizer(config),
        small.SCHEDULE,
        small.TRAIN,
        small.VALID,
        loop.Members(members, keys.root(0), hyperparameters=hyperparameters),
        loop.Run(quiet=True),
    )[0]


def test_members_have_their_own_hyperparameters():
    config = TrainConfig().with_fields()
    together = _train_with(
        {"learning_rate": [1e-3, 1e-2, 1e-2], "weight_decay": [0, 0, 1e-2]}, [4, 4, 4], config
    )
    alone = _train_with(None, [4], TrainConfig().with_fields(learning_rate=1e-2, weight_decay=1e-2))
    small.assert_equal(alone.params, jax.tree.map(lambda x: x[2:], together.params))
    kernels = np.asarray(together.params["conv1"]["kernel"])
    assert not np.allclose(kernels[0], kernels[1]) and not np.allclose(kernels[1], kernels[2])
    with pytest.raises(ValueError, match="cannot differ in 'momentum'; they can in: learning_rate, weight"):
        _train_with({"momentum": [1.0]}, [0], config)
    with pytest.raises(ValueError, match="2 values of learning_rate for 1 members"):
        _train_with({"learning_rate": [1.0, 2.0]}, [0], config)
    with pytest.raises(ValueError, match="cannot differ in 'learning_rate'; they can in: l2, l1"):
        small.train([0], hyperparameters={"learning_rate": [1.0]})


def test_class_motifs_of_members_are_starts_and_reproducible():
    config = ClassConfig(space="free", start="random")
    _, first, _ = class_motif._train(class_motif._site, 12, [0], config, epochs=1, members=range(3))
    _, again, _ = class_motif._train(class_motif._site, 12, [0], config, epochs=1, members=[2])
    assert np.array_equal(first.params["matrix"][2], again.params["matrix"][0])
    assert not np.array_equal(first.params["matrix"][0], first.params["matrix"][1])


def test_filling_up_changes_no_weight():
    """Against data as they are; of the validation at most the last digit, since sums are cut elsewhere."""
    objective = supervised(small.NET, l2=1e-6)
    plain, expected = small.train([0, 1], objective._replace(counts_rows=False))
    filled, found = small.train([0, 1], objective)
    small.assert_equal(plain.params, filled.params)
    for one, other in zip(expected, found, strict=True):
        assert one.keys() == other.keys()
        for name in one:
            np.testing.assert_allclose(one[name], other[name], rtol=1e-5)
