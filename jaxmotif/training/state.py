"""What changes in training: arrays only, so that it can be stacked, sharded, saved and compared."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from jaxmotif import keys
from jaxmotif.objectives.objective import Objective


class State(NamedTuple):
    """State of one run; an ensemble is the same with a leading `members` axis on every array."""

    step: jax.Array  # () int32, updates made
    epoch: jax.Array  # () int32, epochs finished
    params: Any
    model_state: Any
    opt_state: Any
    key: jax.Array  # () root key of this member
    best_params: Any  # of the epoch with the lowest validation loss; a tie takes the later one
    best_model_state: Any
    best_loss: jax.Array  # () float32
    stale: jax.Array  # () int32, epochs since the best
    stopped: jax.Array  # () bool, early stopping has ended this member
    held: (
        Any  # {name: () float32}, this member's values of settings of the objective; {} takes the objective's
    )


def init_state(
    objective: Objective, optimizer: optax.GradientTransformation, key: jax.Array, batch, held=None
) -> State:
    """Returns a fresh state.

    Args:
      objective, optimizer: what is minimised, and how.
      key: this member's own root, from which every stream is derived.
      batch: for shapes.
      held: this member's values of settings of the objective, of `objective.held`, {name: ()}; none for none.
    """
    held = dict(held or {})
    params, model_state = objective.with_held(held).init(keys.stream(key, "init"), batch)
    copy = lambda tree: jax.tree.map(jnp.copy, tree)
    return State(
        step=jnp.zeros((), jnp.int32),
        epoch=jnp.zeros((), jnp.int32),
        params=params,
        model_state=model_state,
        opt_state=optimizer.init(params),
        key=key,
        best_params=copy(params),
        best_model_state=copy(model_state),
        best_loss=jnp.full((), jnp.inf, jnp.float32),
        stale=jnp.zeros((), jnp.int32),
        stopped=jnp.zeros((), bool),
        held=held,
    )
