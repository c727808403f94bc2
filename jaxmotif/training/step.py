"""One update and one epoch, pure functions of state and data."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax

from jaxmotif import keys
from jaxmotif.objectives.objective import Objective
from jaxmotif.training.state import State


def make_step(objective: Objective, optimizer: optax.GradientTransformation) -> Callable:
    """Returns `step(state, batch) -> (state, metrics)`; metrics hold "loss" and the objective's own."""

    def step(state: State, batch):
        key = keys.at(keys.stream(state.key, "step"), state.step)
        own = objective.with_held(state.held)
        (loss, (model_state, metrics)), gradient = jax.value_and_grad(own.loss, has_aux=True)(
            state.params, state.model_state, batch, key
        )
        updates, opt_state = optimizer.update(gradient, state.opt_state, state.params)
        state = state._replace(
            step=state.step + 1,
            params=optax.apply_updates(state.params, updates),
            model_state=model_state,
            opt_state=opt_state,
        )
        return state, {"loss": loss, **metrics}

    return step


def _keep_best(state: State, loss: jax.Array, patience: int) -> State:
    # <= : a tie replaces the old best, as in Koo & Eddy's program.
    better = loss <= state.best_loss
    choose = lambda new, old: jax.tree.map(lambda n, o: jnp.where(better, n, o), new, old)
    stale = jnp.where(better, 0, state.stale + 1)
    return state._replace(
        best_params=choose(state.params, state.best_params),
        best_model_state=choose(state.model_state, state.best_model_state),
        best_loss=jnp.where(better, loss, state.best_loss),
        stale=stale,
        stopped=(stale >= patience) if patience else jnp.zeros((), bool),
    )


def make_epoch(
    objective: Objective,
    optimizer: optax.GradientTransformation,
    *,
    batch_size: int,
    patience: int = 0,
) -> Callable:
    """Returns `epoch(state, train, valid, counts) -> (state, metrics)`: one pass over `train` in a new order.

    `train` and `valid` are pytrees of arrays with a leading axis of rows. Every row is seen at most
    once; the rest of a division by `batch_size` waits for the next epoch's order. Metrics are means
    over the steps under "train/", those of the objective's validation under "valid/".
    "failed" is 1 where the validation said so; that member is stopped.

    `counts`, two integers that may be traced, says how many rows of either are data where they were filled
    up, see `Objective.counts_rows`; without it all are. The result does not depend on what they were filled
    up with.

    With `patience` > 0 a member whose validation loss has not improved for that many epochs is
    stopped: later calls leave it as it is, and cost nothing outside `vmap`.
    """
    # Jitted, though parts of what is jitted: shapes are asked for first, and so they are traced once.
    step = jax.jit(make_step(objective, optimizer))

    @jax.jit
    def run(state: State, train, valid, counts):
        rows = jax.tree.leaves(train)[0].shape[0]
        count = rows if counts is None else counts[0]
        size = min(batch_size, rows)
        steps = count // size
        counted = tuple(counts) if counts is not None and objective.counts_rows else ()
        key = keys.at(keys.stream(state.key, "prepare"), state.epoch)
        train = objective.prepare(key, train, *counted[:1])
        order = keys.permutation(keys.at(keys.stream(state.key, "shuffle"), state.epoch), rows, count)

        def update(state, number):
            index = jax.lax.dynamic_slice_in_dim(order, number * size, size)
            return step(state, jax.tree.map(lambda array: array[index], train))

        def body(number, carry):
            state, seen = carry
            state, new = update(state, number)
            return state, jax.tree.map(lambda values, value: values.at[number].set(value), seen, new)

        shapes = jax.eval_shape(update, state, 0)[1]
        seen = jax.tree.map(lambda s: jnp.zeros(rows // size, s.dtype), shapes)
        state, metrics = jax.lax.fori_loop(0, steps, body, (state, seen))
        report = {f"train/{name}": value.sum() / steps for name, value in metrics.items()}
        # The first step whose loss was not finite, or -1.
        bad = ~jnp.isfinite(metrics["loss"])
        report["bad_step"] = jnp.where(bad.any(), state.step - steps + bad.argmax(), -1)
        own = objective.with_held(state.held)
        validation = dict(own.validate(state.params, state.model_state, valid, *counted[1:]))
        report["failed"] = jnp.asarray(validation.pop("failed", False), jnp.int32)
        report |= {f"valid/{name}": value for name, value in validation.items()}
        judged = validation.get("criterion", validation["loss"])
        state = _keep_best(state._replace(epoch=state.epoch + 1), judged, patience)
        return state._replace(stopped=state.stopped | (report["failed"] > 0)), report

    def epoch(state: State, train, valid, counts=None):
        shapes = jax.eval_shape(run, state, train, valid, counts)[1]

        def skip(state, train, valid, counts):
            del train, valid, counts
            # Integers cannot be NaN; -1 says that nothing went wrong.
            blank = lambda s: jnp.full(s.shape, -1 if s.dtype == jnp.int32 else jnp.nan, s.dtype)
            return state, jax.tree.map(blank, shapes)

        return jax.lax.cond(state.stopped, skip, run, state, train, valid, counts)

    return epoch
