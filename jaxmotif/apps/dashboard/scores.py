"""Saved networks as the pure functions that interpret/ wants; members of an ensemble answer by their mean logit."""

import functools

import jax
import jax.numpy as jnp

from jaxmotif import dna
from jaxmotif.models import network
from jaxmotif.models.saved import Saved
from jaxmotif.models.spec import NetworkSpec


def stacked(saved: Saved) -> dict:
    """Variables of all members with a leading axis."""
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *saved.members)


@functools.cache
def _logit(spec: NetworkSpec, both: bool, output: int):
    # One function object a network, so that jit finds what it has compiled.
    def apply(members, x_bl4):
        x_sbl4 = [x_bl4, dna.reverse_complement_one_hot(x_bl4)] if both else [x_bl4]
        logits = [jax.lax.map(lambda v, x=x: network.predict(spec, v, x)[:, output], members) for x in x_sbl4]
        return jnp.stack(logits).mean(axis=(0, 1))

    return apply


def logit(saved: Saved, output: int = 0) -> jax.tree_util.Partial:
    """score(x (B, L, 4)) -> (B,): log odds of an output, over both strands if the network was trained so."""
    return jax.tree_util.Partial(_logit(saved.spec, saved.strands == "random", output), stacked(saved))


@functools.cache
def _part(spec: NetworkSpec, both: bool, cut: str):
    def apply(members, x_bl4, start_b, end_b):
        length = x_bl4.shape[1]
        views = [(x_bl4, start_b, end_b)]
        if both:
            views.append((dna.reverse_complement_one_hot(x_bl4), length - end_b, length - start_b))
        logits = [
            jax.lax.map(lambda v, view=view: network.predict_part(spec, v, *view, cut)[:, 0], members)
            for view in views
        ]
        return jax.nn.sigmoid(jnp.stack(logits).mean(axis=(0, 1)))

    return apply


def probability_of_part(saved: Saved, cut: str = "sequence") -> jax.tree_util.Partial:
    """score(x, start, end) -> (B,): probability of the first output from positions start to end alone.

    Raises:
      ValueError: for a network without time steps.
    """
    if not saved.spec.recurrent:
        raise ValueError(f"{saved.spec.name} has no time steps: temporal scores need a recurrent network")
    return jax.tree_util.Partial(_part(saved.spec, saved.strands == "random", cut), stacked(saved))


def class_index(saved: Saved, name: str) -> int:
    """The number of a class.

    Raises:
      ValueError: for a class that does not exist, with those that do.
    """
    if name not in saved.classes:
        raise ValueError(f"{saved.spec.name} has no class {name!r}; it has: {', '.join(saved.classes)}")
    return saved.classes.index(name)


def log_probabilities(saved: Saved):
    """(B, L, 4) -> (B, classes), as inputs are, on one strand. One output has two classes, for and against."""
    members = stacked(saved)

    def apply(x_bl4):
        logits = jax.lax.map(lambda v: network.predict(saved.spec, v, x_bl4), members).mean(axis=0)
        if saved.spec.outputs == 1:
            logits = jnp.concatenate([logits, -logits], axis=1)
        return jax.nn.log_sigmoid(logits)

    return apply
