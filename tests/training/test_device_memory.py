"""How much of a device the largest set of the papers takes, by the compiler's plan: nothing is trained."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import keys
from jaxmotif.models import blocks, zoo
from jaxmotif.objectives.supervised import supervised
from jaxmotif.training import ensemble, loop, presets
from jaxmotif.training.step import make_epoch

# DeepSEA's training and validation sequences, filled up as they are.
ROWS, VALID = blocks.filled_size(4_400_000), blocks.filled_size(8_000, loop.LEAST_VALID)


def _data(rows: int):
    shape = lambda width: jax.ShapeDtypeStruct((rows, width), np.uint8)
    return {"sequences": shape(1000), "labels": shape(919)}


def _bytes(tree) -> int:
    return sum(array.size * array.dtype.itemsize for array in jax.tree.leaves(tree))


def test_deepsea_fits_a_device_of_16_gb_with_its_data():
    config = presets.preset("deepsea")
    objective, optimizer = supervised(zoo.get("DeepSEA-code"), l2=1e-6), presets.optimizer(config)
    train, valid = _data(ROWS), _data(VALID)
    key = jax.eval_shape(lambda: keys.root(0))
    init = ensemble._compile_init(objective, optimizer)
    state = jax.eval_shape(lambda key: init(key, jnp.arange(1), None, {}), key)
    epoch = make_epoch(objective, optimizer, batch_size=config.schedule.batch_size)
    epoch = ensemble.compile_epoch(epoch, None)
    counts, step = jax.ShapeDtypeStruct((2,), np.int32), jax.ShapeDtypeStruct((), np.int32)
    plan, seen = jax.eval_shape(epoch.begin, state, train, counts)
    programs = {
        "begin": epoch.begin.lower(state, train, counts),
        "segment": epoch.segment.lower(state, seen, plan, train, step, step),
        "end": epoch.end.lower(state, seen, valid, step, counts),
    }
    needed = {}
    for name, lowered in programs.items():
        found = lowered.compile().memory_analysis()
        # All that lies on the device while the program runs: what it was given or not, and what is its own.
        own = found.temp_size_in_bytes + found.output_size_in_bytes - found.alias_size_in_bytes
        needed[name] = _bytes((train, valid, state._replace(key=()), plan, seen)) + own
    # A second copy of the data would be 8.5 GB more. Of a device's memory JAX takes three quarters.
    assert 8.5e9 < min(needed.values()) and max(needed.values()) < 0.75 * 16e9, needed
