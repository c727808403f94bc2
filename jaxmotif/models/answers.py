"""What the outputs of a network say, by what it was trained for: by which link, and in which unit.

Everything that opens a trained network asks its task here, so that no value is told as a probability.
"""

import dataclasses
from collections.abc import Callable
from types import ModuleType

import jax
import jax.numpy as jnp
import numpy as np
import scipy.special


def _sigmoid(z, xp: ModuleType):
    return jax.nn.sigmoid(z) if xp is jnp else scipy.special.expit(z)  # np.exp would overflow


def _softmax(z, xp: ModuleType):
    weight = xp.exp(z - z.max(axis=-1, keepdims=True))
    return weight / weight.sum(axis=-1, keepdims=True)


def _own(z, output: int, xp: ModuleType):
    del xp
    return z[..., output]


# In the place of an output that is left out: finite, so that its difference to itself is 0.
_NOTHING = -1e30


def _against_others(z, output, xp: ModuleType):
    """log p / (1 - p) of one class among several, whose number may be traced.

    What raises all outputs alike changes nothing.
    """
    if z.shape[-1] == 1:
        return z[..., 0]
    is_own = xp.arange(z.shape[-1]) == output
    others = xp.where(is_own, _NOTHING, z)
    most = others.max(axis=-1, keepdims=True)
    return xp.where(is_own, z, 0).sum(-1) - most[..., 0] - xp.log(xp.exp(others - most).sum(axis=-1))


@dataclasses.dataclass(frozen=True)
class Answer:
    """What an output says.

    Its scale is that on which contributions of letters and differences of alleles add up.

    Attributes:
      name: of what it says, in tables: "probability", "value" or "expected_count".
      scale: of the number on the scale, in tables: "logit", "value" or "log_count".
      unit: of the scale, in tables.
      said: of the scale, in words.
      output: what an output is called, "class" or "target".
      link: (outputs (..., T), numpy or jax.numpy) -> what they say (..., T).
      on: (outputs (..., T), number of one, numpy or jax.numpy) -> that one on the scale (...).
      back: (numbers on the scale, numpy or jax.numpy) -> what the output says.
    """

    name: str
    scale: str
    unit: str
    said: str
    output: str
    link: Callable
    on: Callable
    back: Callable

    @property
    def is_probability(self) -> bool:
        """Whether it is the probability of a class or label, not a value or count."""
        return self.name == "probability"

    def of(self, outputs, xp: ModuleType = np):
        """Returns what outputs (..., T) say: probabilities (several classes: softmax), values or counts."""
        return self.link(outputs, xp)

    def on_scale(self, outputs, output: int | None = None, xp: ModuleType = np):
        """Returns outputs (..., T) on the scale, or one of them (...).

        The scale of labels and classes is log p / (1 - p), of counts the logarithm, of values themselves.
        """
        if output is not None:
            return self.on(outputs, output, xp)
        return xp.stack([self.on(outputs, number, xp) for number in range(outputs.shape[-1])], axis=-1)


def _same(z, xp: ModuleType):
    del xp
    return z


_LOGIT = ("probability", "logit", "log_odds", "logit", "class")
ANSWERS: dict[str, Answer] = {
    "multilabel": Answer(*_LOGIT, _sigmoid, _own, _sigmoid),
    "multiclass": Answer(*_LOGIT, _softmax, _against_others, _sigmoid),
    "regression": Answer("value", "value", "value", "value", "target", _same, _own, _same),
    "counts": Answer(
        "expected_count",
        "log_count",
        "log_count",
        "natural logarithm of the expected count",
        "target",
        lambda z, xp: xp.exp(z),
        _own,
        lambda z, xp: xp.exp(z),
    ),
}
