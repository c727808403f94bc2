"""What the trainer minimises, as a few pure functions; it never knows which objective it runs."""

import functools
import types
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax


def _nothing(key, data, count=None):
    del key, data, count
    return {}


def _network_variables(params, model_state):
    return {"params": params, "batch_stats": model_state}


NOTHING: Mapping = types.MappingProxyType({})


class Objective(NamedTuple):
    """An objective.

    init(key, batch) -> params, model_state
        `batch` serves for shapes; it may be any batch of the data.
    loss(params, model_state, batch, key) -> loss (), (model_state, metrics {name: ()})
        `batch` is a pytree of arrays with a leading axis of rows, gathered from the training data.
    validate(params, model_state, data) -> metrics {name: ()}
        Run once an epoch on the whole validation data, on the device. "loss", or "criterion" where there is
        one, decides which epoch is kept, the least; the rest is reported. A "failed" that is true stops the
        member: it can learn no more.
    prepare(key, data) -> arrays
        Run at the start of every epoch, on the device, with that epoch's key: {name: array} that stand for
        those of the training data of these names in this epoch, of as many rows; by default none. What is no
        mapping stands for all of the data.
    variables(params, model_state) -> {"params", "batch_stats"}
        The network in what was trained, for `models.forward`.
    failure
        What "failed" means, for the user.
    counts_rows
        Whether `prepare` and `validate` take a last argument, how many of the rows count: the trainer then
        fills data up with repeats to one of a few sizes, and other data of a like size compile nothing.
        `prepare` has to treat rows one by one.
    held
        Names of settings in which members may differ: `init`, `loss` and `validate` then take `held=`
        {name: ()} and use these numbers, which may be traced, in the place of their own.
    """

    init: Callable[..., tuple[Any, Any]]
    loss: Callable[..., tuple[jax.Array, tuple[Any, dict[str, jax.Array]]]]
    validate: Callable[..., dict[str, jax.Array]]
    prepare: Callable[..., Any] = _nothing
    variables: Callable[[Any, Any], dict] = _network_variables
    failure: str = "it can learn no more"
    counts_rows: bool = False
    held: tuple[str, ...] = ()

    def with_held(self, values: Mapping[str, jax.Array]) -> "Objective":
        """Returns the objective of a member that has its own values of some settings; without any, itself."""
        if not values:
            return self
        return self._replace(
            init=functools.partial(self.init, held=values),
            loss=functools.partial(self.loss, held=values),
            validate=functools.partial(self.validate, held=values),
        )


def prepares_nothing(objective: Objective) -> bool:
    """Returns whether an objective reads the training data as they are, in batches only."""
    return objective.prepare is _nothing
