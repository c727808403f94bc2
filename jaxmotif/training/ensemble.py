"""Many members at once: a state with a leading axis, and the same functions over it.

On a CPU members follow one another inside one compiled program (`lax.map`): batched small matrix
products are slower there than one member after another. On an accelerator they run side by side
(`vmap`). Over several devices the members axis is sharded. A member's key comes from its number in
the whole ensemble, so its result does not depend on how many others ran beside it.
"""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.sharding import AxisType, NamedSharding, PartitionSpec

from jaxmotif import keys
from jaxmotif.objectives.objective import Objective
from jaxmotif.training.state import State, init_state

MODES = ("auto", "map", "vmap")


def over_members(function: Callable, mode: str = "auto") -> Callable:
    """`function(state, *shared)` applied to each member of a stacked state.

    Raises:
      ValueError: for an unknown mode.
    """
    if mode not in MODES:
        raise ValueError(f"unknown ensemble mode {mode!r}; known: {', '.join(MODES)}")
    if mode == "auto":
        mode = "map" if jax.default_backend() == "cpu" else "vmap"
    if mode == "vmap":
        return lambda states, *shared: jax.vmap(lambda state: function(state, *shared))(states)
    return lambda states, *shared: jax.lax.map(lambda state: function(state, *shared), states)


def init_members(
    objective: Objective,
    optimizer: optax.GradientTransformation,
    key: jax.Array,
    ids: Sequence[int],
    batch,
) -> State:
    """The stacked state of members `ids` of the run whose root is `key`."""
    members = jnp.asarray(ids, jnp.int32)
    # Not vmapped: a member's start must be the same bits alone and among others.
    return jax.jit(
        lambda members: jax.lax.map(
            lambda i: init_state(objective, optimizer, keys.member(key, i), batch), members
        )
    )(members)


def member_mesh(members: int, devices: Sequence[jax.Device] | None = None) -> jax.sharding.Mesh | None:
    """A mesh over as many devices as divide `members` evenly; None if that is one."""
    devices = list(devices if devices is not None else jax.devices())
    count = max(n for n in range(1, len(devices) + 1) if members % n == 0)
    if count == 1:
        return None
    return jax.sharding.Mesh(np.array(devices[:count]), ("members",), axis_types=(AxisType.Auto,))


def compile_epoch(epoch: Callable, mesh: jax.sharding.Mesh | None, mode: str = "auto") -> Callable:
    """The jitted epoch of an ensemble; the old state's buffers are given up."""
    run = over_members(epoch, mode)
    if mesh is not None:
        members, shared = PartitionSpec("members"), PartitionSpec()
        run = jax.shard_map(
            run, mesh=mesh, in_specs=(members, shared, shared), out_specs=members, check_vma=False
        )
    return jax.jit(run, donate_argnums=0)


def place(states: State, data, mesh: jax.sharding.Mesh | None):
    """Puts states (sharded over members) and data (a copy on each device) where the mesh wants them."""
    if mesh is None:
        return states, jax.device_put(data)
    states = jax.device_put(states, NamedSharding(mesh, PartitionSpec("members")))
    return states, jax.device_put(data, NamedSharding(mesh, PartitionSpec()))


def best_variables(states: State) -> dict:
    """The kept weights of every member, stacked: {"params", "batch_stats"}."""
    return {"params": states.best_params, "batch_stats": states.best_model_state}
