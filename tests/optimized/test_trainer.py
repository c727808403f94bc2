"""The trainer with the programs that users run: a golden step, and the bits that must not move."""

import json

import jax
import pytest

from jaxmotif import keys
from jaxmotif.objectives.supervised import supervised
from jaxmotif.training.step import make_step
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
    small.test_a_member_does_not_depend_on_its_neighbours()


def test_vmap_and_map_agree():
    small.test_vmap_and_map_agree()
