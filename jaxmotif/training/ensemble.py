"""Many members at once: a state with a leading axis, and the same functions over it.

On a CPU members follow one another inside one compiled program (`lax.map`): batched small matrix
products are slower there than one member after another. On an accelerator they run side by side
(`vmap`). Devices form a mesh (members, data): members are spread over its first axis, and where it is asked
for devices share the batches of one member. A member's key comes from its number in the whole ensemble, so
its result does not depend on how many others ran beside it.
"""

import functools
import math
from collections.abc import Callable, Mapping, Sequence

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.sharding import AxisType, NamedSharding, PartitionSpec

from jaxmotif import keys, processes
from jaxmotif.config import one_of
from jaxmotif.objectives.objective import Objective
from jaxmotif.training.state import State, init_state
from jaxmotif.training.step import Epoch
from jaxmotif.training.together import put, take

MODES = ("auto", "map", "vmap")
EPOCHS = ("best", "last")
# Of how many objectives the compiled programs are kept: training the same again does not compile again.
PROGRAMS = 16


def over_members(function: Callable, mode: str = "auto", own_data: bool = False) -> Callable:
    """Returns (of_members, data, *shared) -> stacked, of `function(*of_member, data, *shared)` of each one.

    All members read the same data, or, with `own_data`, each its own: data then has a leading members axis.

    Raises:
      ValueError: for an unknown mode.
    """
    one_of("ensemble mode", mode, MODES)
    if mode == "auto":
        mode = "map" if jax.default_backend() == "cpu" else "vmap"
    over = jax.vmap if mode == "vmap" else lambda f: lambda x: jax.lax.map(f, x)

    def run(of_members: tuple, data, *shared):
        if own_data:
            return over(lambda one: function(*one[0], one[1], *shared))((of_members, data))
        return over(lambda one: function(*one, data, *shared))(of_members)

    return run


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


def mesh_of(
    members: int, devices: Sequence[jax.Device] | None = None, data_devices: int = 1, batch_size: int = 0
) -> jax.sharding.Mesh | None:
    """Returns the mesh (members, data) that so many members train on; None if that is one device.

    Args:
      members: spread over the first axis; where that does not divide them, `padded` fills up.
      devices: None takes all. Those of several processes are all used, so that each has a part in every
        step: where there are fewer members, the rest of the places is left empty.
      data_devices: that share the batches of a member: its sums are then added in another order. With 1 no
        bit of it depends on the devices. With 0 all devices are used: as many groups of them as there are
        members, or the next smaller number that divides the devices.
      batch_size: rows of a batch; what shares it has to divide it.

    Raises:
      ValueError: for more data devices than devices, or such that do not divide the batch.
    """
    devices = list(devices or processes.local_devices() or jax.devices())
    several = len({device.process_index for device in devices}) > 1
    if data_devices == 0:
        groups = max(n for n in range(1, members + 1) if len(devices) % n == 0)
        data = math.gcd(len(devices) // groups, batch_size)
        groups = len(devices) // data if several else min(members, len(devices) // data)
    elif data_devices > len(devices) or batch_size % data_devices:
        raise ValueError(
            f"{data_devices} devices cannot share a batch of {batch_size}; there are {len(devices)}, "
            "and those that share it have to divide it"
        )
    elif several and len(devices) % data_devices:
        raise ValueError(
            f"{data_devices} devices that share a batch have to divide the {len(devices)} of all processes"
        )
    else:
        data, groups = data_devices, len(devices) // data_devices
        groups = groups if several else min(members, groups)
    if groups * data == 1:
        return None
    grid = np.array(devices[: groups * data]).reshape(groups, data)
    return jax.sharding.Mesh(grid, ("members", "data"), axis_types=(AxisType.Auto, AxisType.Auto))


def slots(members: int, mesh: jax.sharding.Mesh | None) -> np.ndarray:
    """Returns where each member lies on an axis that the mesh divides, int64 (members,).

    Every group of devices has as many as another or one fewer: with nine members on eight none is idle.
    """
    groups = 1 if mesh is None else mesh.shape["members"]
    each = -(-members // groups)
    runs = np.array_split(np.arange(members), groups)
    return np.concatenate([each * group + np.arange(len(run)) for group, run in enumerate(runs)])


def padded(tree, mesh: jax.sharding.Mesh | None):
    """Returns arrays with a leading members axis in `slots`, filled up by the last member."""
    members = len(jax.tree.leaves(tree)[0])
    missing = 0 if mesh is None else -members % mesh.shape["members"]
    if not missing:
        return tree
    numbers = np.full(members + missing, members - 1)
    numbers[slots(members, mesh)] = np.arange(members)
    return jax.tree.map(lambda array: array[numbers], tree)


def compile_epoch(
    epoch: Epoch, mesh: jax.sharding.Mesh | None, mode: str = "auto", own_data: bool = False, shapes=None
) -> Epoch:
    """Returns the epoch of an ensemble, whose functions are jitted; `segment` gives up old states' buffers.

    With `shapes` of the training data these stay on the host: `begin` takes nothing of them, and `segment`
    rows of some steps, those of each member by itself; see `stream`.
    """

    def compiled(
        function: Callable, of_members: int, donated: tuple[int, ...], split: bool = own_data
    ) -> Callable:
        run = over_members(function, mode, own_data)

        def whole(*arguments):
            own, data, shared = arguments[:of_members], arguments[of_members], arguments[of_members + 1 :]
            if mesh is None:
                return run(own, data, *shared)
            spec, members = PartitionSpec(), PartitionSpec("members")
            specs = (members, members if split else spec, *(spec for _ in shared))
            # Of the data axis the compiler takes care: batches are constrained to it, see `split_batches`.
            over = functools.partial(jax.shard_map, mesh=mesh, axis_names={"members"}, check_vma=False)
            return over(run, in_specs=specs, out_specs=members)(own, data, *shared)

        return jax.jit(whole, donate_argnums=donated)

    begin = epoch.begin
    if shapes is not None:
        begin = lambda state, _, counts=None: epoch.begin(state, shapes, counts)
    return Epoch(
        compiled(begin, 1, ()),
        compiled(epoch.segment, 3, (0, 1), own_data or shapes is not None),
        # Not given up: a signal may come while validation runs, and what was trained is saved then.
        compiled(epoch.end, 2, ()),
        epoch.batch_size,
    )


def split_batches(mesh: jax.sharding.Mesh | None) -> Callable | None:
    """Returns what spreads a batch's rows over the data axis, for `step.make_epoch`; None without one."""
    if mesh is None or mesh.shape["data"] == 1:
        return None
    rows = PartitionSpec("data")
    return lambda batch: jax.tree.map(lambda array: jax.lax.with_sharding_constraint(array, rows), batch)


def place(states: State, data, mesh: jax.sharding.Mesh | None, own_data: bool = False):
    """Puts states (sharded over members) and data (likewise, or copied to each device) onto the mesh.

    Members that only fill the mesh up are stopped from the start: they cost nothing outside `vmap`.
    """
    if mesh is None:
        return states, jax.device_put(data)
    filled, members = padded(states, mesh), len(states.step)
    empty = np.ones(len(filled.step), bool)
    empty[slots(members, mesh)] = False
    filled = filled._replace(stopped=filled.stopped | empty)
    states = put(filled, NamedSharding(mesh, PartitionSpec("members")))
    if own_data:
        return states, placed(data, mesh)
    return states, put(data, NamedSharding(mesh, PartitionSpec()))


def placed(tree, mesh: jax.sharding.Mesh | None):
    """Returns arrays with a leading members axis on the mesh, filled up to what it divides."""
    if mesh is None:
        return jax.device_put(tree)
    return put(padded(tree, mesh), NamedSharding(mesh, PartitionSpec("members")))


def of_members(tree, members: int, mesh: jax.sharding.Mesh | None):
    """Returns what belongs to so many members, in order: all but what `place` has filled up."""
    if mesh is None or members % mesh.shape["members"] == 0:
        return tree
    taken = tuple(slots(members, mesh).tolist())
    return take(mesh)(tree, taken) if mesh.is_multi_process else _take(tree, taken)


_take = jax.jit(
    lambda tree, taken: jax.tree.map(lambda array: array[np.array(taken)], tree), static_argnums=1
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
