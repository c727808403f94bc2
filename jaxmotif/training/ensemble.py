"""Many members at once: a state with a leading axis, and the same functions over it.

On a CPU members follow one another inside one compiled program (`lax.map`): batched small matrix
products are slower there than one member after another. On an accelerator they run side by side
(`vmap`). Over several devices the members axis is sharded. A member's key comes from its number in
the whole ensemble, so its result does not depend on how many others ran beside it.
"""

import functools
from collections.abc import Callable, Mapping, Sequence

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.sharding import AxisType, NamedSharding, PartitionSpec

from jaxmotif import keys
from jaxmotif.config import one_of
from jaxmotif.objectives.objective import Objective
from jaxmotif.training.state import State, init_state

MODES = ("auto", "map", "vmap")
EPOCHS = ("best", "last")
# Of how many objectives the compiled programs are kept: training the same again does not compile again.
PROGRAMS = 16


def over_members(function: Callable, mode: str = "auto", own_data: bool = False) -> Callable:
    """Applies `function(state, *data)` to each member of a stacked state.

    All members read the same data, or, with `own_data`, each its own: data then has a leading members axis.

    Raises:
      ValueError: for an unknown mode.
    """
    one_of("ensemble mode", mode, MODES)
    if mode == "auto":
        mode = "map" if jax.default_backend() == "cpu" else "vmap"
    over = jax.vmap if mode == "vmap" else lambda f: lambda *xs: jax.lax.map(lambda x: f(*x), xs)
    if own_data:
        return lambda states, *data: over(function)(states, *data)
    return lambda states, *data: over(lambda state: function(state, *data))(states)


@functools.lru_cache(maxsize=PROGRAMS)
def _compile_init(objective: Objective, optimizer: optax.GradientTransformation) -> Callable:
    # Not vmapped: a member's start must be the same bits alone and among others.
    def init(key, members, batch, held):
        one = lambda of: init_state(objective, optimizer, keys.member(key, of[0]), batch, of[1])
        return jax.lax.map(one, (members, held))

    return jax.jit(init)


def init_members(
    objective: Objective,
    optimizer: optax.GradientTransformation,
    key: jax.Array,
    ids: Sequence[int],
    batch,
    hyperparameters: Mapping[str, Sequence[float]] | None = None,
) -> State:
    """Returns the stacked state of members `ids` of the run whose root is `key`.

    `hyperparameters` gives members their own: name -> one value a member, of those that the optimiser
    holds in its state (`optax.inject_hyperparams`) or the objective can take (`Objective.held`). Two members
    of one number differ in these alone.

    Raises:
      ValueError: for a hyper-parameter that neither has, or a wrong number of values.
    """
    own = dict(hyperparameters or {})
    for name, values in own.items():
        if len(values) != len(ids):
            raise ValueError(f"{len(values)} values of {name} for {len(ids)} members")
    of_objective = {name: jnp.asarray(own.pop(name), jnp.float32) for name in objective.held if name in own}
    members = jnp.asarray(ids, jnp.int32)
    states = _compile_init(objective, optimizer)(key, members, batch, of_objective)
    if not own:
        return states
    held = dict(getattr(states.opt_state, "hyperparams", {}))
    for name, values in own.items():
        if name not in held:
            known = ", ".join([*held, *objective.held]) or "nothing"
            raise ValueError(f"members cannot differ in {name!r}; they can in: {known}")
        held[name] = jnp.asarray(values, held[name].dtype)
    return states._replace(opt_state=states.opt_state._replace(hyperparams=held))


def member_mesh(members: int, devices: Sequence[jax.Device] | None = None) -> jax.sharding.Mesh | None:
    """Returns a mesh over as many devices as divide `members` evenly; None if that is one."""
    devices = list(devices if devices is not None else jax.devices())
    count = max(n for n in range(1, len(devices) + 1) if members % n == 0)
    if count == 1:
        return None
    return jax.sharding.Mesh(np.array(devices[:count]), ("members",), axis_types=(AxisType.Auto,))


def compile_epoch(
    epoch: Callable, mesh: jax.sharding.Mesh | None, mode: str = "auto", own_data: bool = False
) -> Callable:
    """Returns the jitted epoch of an ensemble; the old state's buffers are given up."""
    run = over_members(epoch, mode, own_data)
    if mesh is None:
        return jax.jit(run, donate_argnums=0)
    members = PartitionSpec("members")

    def run_sharded(states, *data):
        specs = (members, *(members if own_data else PartitionSpec() for _ in data))
        return jax.shard_map(run, mesh=mesh, in_specs=specs, out_specs=members, check_vma=False)(
            states, *data
        )

    return jax.jit(run_sharded, donate_argnums=0)


def place(states: State, data, mesh: jax.sharding.Mesh | None, own_data: bool = False):
    """Puts states (sharded over members) and data (likewise, or copied to each device) onto the mesh."""
    if mesh is None:
        return states, jax.device_put(data)
    states = jax.device_put(states, NamedSharding(mesh, PartitionSpec("members")))
    return states, jax.device_put(
        data, NamedSharding(mesh, PartitionSpec("members") if own_data else PartitionSpec())
    )


def variables(objective: Objective, states: State, select_epoch: str = "best") -> list[dict]:
    """Returns {"params", "batch_stats"} of every member: of its epoch of lowest validation loss, or "last".

    Raises:
      ValueError: for another `select_epoch`.
    """
    one_of("select_epoch", select_epoch, EPOCHS)
    kept = (
        (states.best_params, states.best_model_state)
        if select_epoch == "best"
        else (states.params, states.model_state)
    )
    # On the host: a slice of a stacked array would stay spread over devices.
    kept = jax.device_get(kept)
    members = len(states.step)
    return [objective.variables(*jax.tree.map(lambda leaf, m=m: leaf[m], kept)) for m in range(members)]
