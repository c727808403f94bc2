"""One update, and one epoch in segments of updates: pure functions of state and data."""

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from jaxmotif import keys
from jaxmotif.objectives.objective import Objective
from jaxmotif.training.state import State


class Plan(NamedTuple):
    """What one member reads in one epoch; it follows from the member's key and the number of the epoch.

    Attributes:
      order: (rows,) int32, in which the rows of the training data are read.
      prepared: arrays that the objective made for this epoch, see `Objective.prepare`.
    """

    order: jax.Array
    prepared: Any


@dataclasses.dataclass(frozen=True)
class Epoch:
    """One pass over the training data in a new order, as functions of one member's state.

    `train` and `valid` are pytrees of arrays with a leading axis of rows. Every row is seen at most once; the
    rest of a division by the batch size waits for the next epoch's order. `counts`, two integers that may be
    traced, says how many rows of either are data where they were filled up, see `Objective.counts_rows`;
    without it all are. Results depend neither on what they were filled up with nor on how an epoch is cut.
    A member that is stopped is left as it is, and costs nothing outside `vmap`.

    Attributes:
      begin: (state, train, counts) -> (`Plan`, seen), the latter for metrics of every step, {name: (steps,)}.
        Shapes in the place of `train` will do for an objective that prepares nothing.
      segment: (state, seen, plan, train, first, last) -> (state, seen) after steps `first` to `last - 1`.
      end: (state, seen, valid, steps, counts) -> (state, metrics). Metrics are means over the steps under
        "train/", those of the objective's validation under "valid/"; "failed" is 1 where the validation said
        so, and that member is stopped; "bad_step" is the first step whose loss was not finite, or -1.
      batch_size: rows of an update.
    """

    begin: Callable
    segment: Callable
    end: Callable
    batch_size: int

    def steps(self, rows: int, counted=None):
        """Returns the number of steps of an epoch of so many rows, of which `counted` are data."""
        return (rows if counted is None else counted) // min(self.batch_size, rows)

    def __call__(self, state: State, train, valid, counts=None):
        """Returns (state, metrics) after the whole epoch."""
        rows = jax.tree.leaves(train)[0].shape[0]
        steps = self.steps(rows, None if counts is None else counts[0])
        plan, seen = self.begin(state, train, counts)
        state, seen = self.segment(state, seen, plan, train, 0, steps)
        return self.end(state, seen, valid, steps, counts)


def make_step(objective: Objective, optimizer: optax.GradientTransformation, accumulate: int = 1) -> Callable:
    """Returns `step(state, batch) -> (state, metrics)`; metrics hold "loss" and the objective's own.

    With `accumulate` a batch is read in as many equal parts, one after another: loss, gradient and metrics
    are means over them, and each has its own dropout and batch statistics. A batch that cannot be cut so, as
    one of fewer rows than were asked for, is read whole.
    """

    def step(state: State, batch):
        key = keys.at(keys.stream(state.key, "step"), state.step)
        differentiate = jax.value_and_grad(objective.with_held(state.held).loss, has_aux=True)
        whole = functools.partial(differentiate, state.params)
        rows = jax.tree.leaves(batch)[0].shape[0]
        if accumulate == 1 or rows % accumulate:
            (loss, (model_state, metrics)), gradient = whole(state.model_state, batch, key)
        else:
            model_state, (loss, metrics, gradient) = _in_parts(
                whole, state.model_state, batch, key, accumulate
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


def _in_parts(differentiate: Callable, model_state, batch, key, count: int):
    """Model state, and means of loss, metrics and gradient, over `count` parts of a batch."""
    parts = jax.tree.map(lambda array: array.reshape(count, -1, *array.shape[1:]), batch)
    # Statistics run on from part to part; whole numbers count updates, of which this is one.
    is_count = lambda leaf: jnp.issubdtype(leaf.dtype, jnp.integer)
    begun = model_state

    def one(model_state, part):
        (loss, (new, metrics)), gradient = differentiate(model_state, *part)
        return new, (loss, metrics, gradient)

    def add(carry, part):
        model_state, total = carry
        known = jax.tree.map(lambda old, new: old if is_count(old) else new, begun, model_state)
        new, found = one(known, part)
        return (new, jax.tree.map(jnp.add, total, found)), None

    read = (parts, jax.random.split(key, count))
    shapes = jax.eval_shape(one, model_state, jax.tree.map(lambda array: array[0], read))[1]
    nothing = jax.tree.map(lambda s: jnp.zeros(s.shape, s.dtype), shapes)
    (model_state, total), _ = jax.lax.scan(add, (model_state, nothing), read)
    return model_state, jax.tree.map(lambda value: value / count, total)


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


def _unless(stopped: jax.Array, function: Callable):
    """`function()`, or zeros of its shapes for a member that is stopped."""
    shapes = jax.eval_shape(function)
    nothing = lambda: jax.tree.map(lambda s: jnp.zeros(s.shape, s.dtype), shapes)
    return jax.lax.cond(stopped, nothing, function)


def _with_prepared(train, prepared):
    """The training data of an epoch: what was prepared stands for what has its names, or for all."""
    if not isinstance(prepared, Mapping):
        return prepared
    return {**train, **prepared} if prepared else train


def make_epoch(
    objective: Objective,
    optimizer: optax.GradientTransformation,
    *,
    batch_size: int,
    patience: int = 0,
    spread: Callable | None = None,
    accumulate: int = 1,
) -> Epoch:
    """Returns the epoch of an objective.

    Args:
      objective, optimizer: what is minimised, and how.
      batch_size: rows of an update.
      patience: epochs without a lower validation loss after which a member is stopped; 0 stops none.
      spread: (batch) -> the same batch, spread over devices.
      accumulate: parts of a batch, see `make_step`.
    """
    # Jitted, though parts of what is jitted: shapes are asked for first, and so they are traced once.
    step = jax.jit(make_step(objective, optimizer, accumulate))

    def begin(state: State, train, counts=None):
        rows = jax.tree.leaves(train)[0].shape[0]
        count = rows if counts is None else counts[0]
        counted = (count,) if counts is not None and objective.counts_rows else ()
        at = lambda name: keys.at(keys.stream(state.key, name), state.epoch)

        def planned():
            prepared = objective.prepare(at("prepare"), train, *counted)
            return Plan(keys.permutation(at("shuffle"), rows, count), prepared)

        plan = _unless(state.stopped, planned)
        shapes = jax.eval_shape(update, state, plan, train, 0)[1]
        most = rows // min(batch_size, rows)
        return plan, jax.tree.map(lambda s: jnp.zeros(most, s.dtype), shapes)

    def update(state: State, plan: Plan, train, number):
        size = min(batch_size, jax.tree.leaves(train)[0].shape[0])
        index = jax.lax.dynamic_slice_in_dim(plan.order, number * size, size)
        data = _with_prepared(train, plan.prepared)
        batch = jax.tree.map(lambda array: array[index], data)
        return step(state, spread(batch) if spread else batch)

    def segment(state: State, seen, plan: Plan, train, first, last):
        def body(number, carry):
            state, seen = carry
            state, new = update(state, plan, train, number)
            return state, jax.tree.map(lambda values, value: values.at[number].set(value), seen, new)

        # A stopped member has no steps.
        return jax.lax.fori_loop(first, jnp.where(state.stopped, first, last), body, (state, seen))

    def end(state: State, seen, valid, steps, counts=None):
        counted = (counts[1],) if counts is not None and objective.counts_rows else ()

        def judged(state, seen, valid):
            report = {f"train/{name}": value.sum() / steps for name, value in seen.items()}
            bad = ~jnp.isfinite(seen["loss"])
            report["bad_step"] = jnp.where(bad.any(), state.step - steps + bad.argmax(), -1)
            own = objective.with_held(state.held)
            validation = dict(own.validate(state.params, state.model_state, valid, *counted))
            report["failed"] = jnp.asarray(validation.pop("failed", False), jnp.int32)
            report |= {f"valid/{name}": value for name, value in validation.items()}
            criterion = validation.get("criterion", validation["loss"])
            state = _keep_best(state._replace(epoch=state.epoch + 1), criterion, patience)
            return state._replace(stopped=state.stopped | (report["failed"] > 0)), report

        def left(state, seen, valid):
            # Integers cannot be NaN; -1 says that nothing went wrong.
            blank = lambda s: jnp.full(s.shape, -1 if s.dtype == jnp.int32 else jnp.nan, s.dtype)
            return state, jax.tree.map(blank, jax.eval_shape(judged, state, seen, valid)[1])

        return jax.lax.cond(state.stopped, left, judged, state, seen, valid)

    return Epoch(begin, segment, end, batch_size)
