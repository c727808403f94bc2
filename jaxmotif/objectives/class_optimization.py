"""Class optimisation: params are input matrices, and the network's weights stand still.

The papers print argmax S(X) + lambda |X|^2; their program minimises -log p(class | X) + lambda |X|^2, so the
norm is penalised (with the printed sign it would grow without end). That is what is done here.
"""

import dataclasses
from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import optax

from jaxmotif import keys
from jaxmotif.objectives.objective import Objective

STARTS = ("quarter", "random")


@dataclasses.dataclass(frozen=True)
class ClassConfig:
    """How to look for the input that a class is surest of.

    Attributes:
      start: every entry 0.25 (DeMo), or uniform in [0, 1) (the dashboard's program).
      jitter: standard deviation of what is added at the start. From a constant start all positions of a
        convolutional network are equal, and the maximum over them cannot decide.
      penalty: lambda.
      steps: updates.
      learning_rate, decay: of RMSprop.
      starts: matrices of each class; the surest is kept.
    """

    start: str = "quarter"
    jitter: float = 0.01
    penalty: float = 0.009
    steps: int = 1000
    learning_rate: float = 0.05
    decay: float = 0.99
    starts: int = 8

    def __post_init__(self):
        if self.start not in STARTS:
            raise ValueError(f"unknown start {self.start!r}; known: {', '.join(STARTS)}")
        if self.jitter < 0 or self.penalty < 0:
            raise ValueError(f"jitter and penalty must not be negative, got {self.jitter}, {self.penalty}")
        if self.steps < 1 or self.starts < 1 or not self.learning_rate > 0 or not 0 <= self.decay < 1:
            raise ValueError(
                f"need steps, starts >= 1, learning_rate > 0 and 0 <= decay < 1, got {self.steps}, "
                f"{self.starts}, {self.learning_rate}, {self.decay}"
            )


def class_optimization(
    log_probabilities: Callable, length: int, classes: Sequence[int], config: ClassConfig = ClassConfig()
) -> Objective:
    """The objective whose params are {"matrix": (classes, length, 4)}; members are starts.

    The loss is the sum over classes, and RMSprop treats every entry by itself: each class goes its own way as
    if it were alone.

    Args:
      log_probabilities: pure function (B, length, 4) -> (B, all classes), without dropout.
      length: nt.
      classes: which of them to look for.
      config: see `ClassConfig`.

    Raises:
      ValueError: for a class that does not exist.
    """
    known = jax.eval_shape(log_probabilities, jax.ShapeDtypeStruct((1, length, 4), jnp.float32)).shape[1]
    for wanted in classes:
        if not 0 <= wanted < known:
            raise ValueError(f"no class {wanted}: there are {known}, from 0")
    index = jnp.asarray(classes)

    def init(key, batch):
        del batch
        shape = (len(classes), length, 4)
        start = jnp.full(shape, 0.25)
        if config.start == "random":
            start = jax.random.uniform(keys.stream(key, "start"), shape)
        return {"matrix": start + config.jitter * jax.random.normal(keys.stream(key, "jitter"), shape)}, {}

    def certainty(params):
        """log p of each class under its own matrix, (classes,)."""
        return log_probabilities(params["matrix"])[jnp.arange(len(classes)), index]

    def loss(params, model_state, batch, key):
        del batch, key
        own = certainty(params)
        size = (params["matrix"] ** 2).sum()
        return -own.sum() + config.penalty * size, (model_state, {"log_p": own.mean()})

    def validate(params, model_state, data):
        del model_state, data
        own = certainty(params)
        return {"loss": -own.sum() + config.penalty * (params["matrix"] ** 2).sum(), "log_p": own.mean()}

    return Objective(init, loss, validate)


def optimizer(config: ClassConfig) -> optax.GradientTransformation:
    """RMSprop as in Torch 7: the root first, then epsilon."""
    return optax.rmsprop(config.learning_rate, decay=config.decay, eps=1e-8, eps_in_sqrt=False)
