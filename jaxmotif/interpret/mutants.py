"""Scores of every substitution of a letter, of which only what a letter can change is computed again.

The program of a score is run once on whole sequences, and then for each position on the stretch of every
intermediate map that a substitution there can reach (Nair, Shrikumar, Schreiber & Kundaje 2022, fastISM, who
did so for networks of Keras). What a stretch does not follow through - a layer that mixes positions, or an
operation that is not listed here - is computed on whole maps from there on: slower, and the same.
"""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp

from jaxmotif.interpret import programs
from jaxmotif.interpret.stretch_rules import RULES
from jaxmotif.interpret.stretches import Local, Place
from jaxmotif.models import convolution


def changes(score: Callable, x_bl4: jax.Array) -> jax.Array:
    """Returns score(x with this letter here) - score(x) for every letter and position, (B, L, 4).

    Where a sequence has N they are 0.

    Args:
      score: pure, x (B, L, 4) -> (B,), each row by itself.
      x_bl4: one-hot.
    """
    with convolution.whole():
        program = programs.flat(lambda x: score(x), x_bl4)
    base = programs.run(program, [x_bl4])
    if isinstance(program.output, programs.Constant):  # it does not look at the sequence
        return jnp.zeros_like(x_bl4)
    own_b = base[program.output]
    code_bl = x_bl4.argmax(axis=-1)

    def at(position):
        def one(step):
            letter_b = (jax.lax.dynamic_index_in_dim(code_bl, position, 1, keepdims=False) + step) % 4
            window = jax.nn.one_hot(letter_b, 4, dtype=x_bl4.dtype)[:, None]
            start = Local(x_bl4, window, 1, Place(1, 1, 0, 0), position)
            return _mutated(program, base, start) - own_b

        return jax.vmap(one)(jnp.arange(1, 4))

    change_psb = jax.lax.map(at, jnp.arange(x_bl4.shape[1]))
    change_bls = jnp.pad(change_psb.transpose(2, 0, 1), ((0, 0), (0, 0), (1, 0)))
    step_bl4 = (jnp.arange(4) - code_bl[..., None]) % 4
    found_bl4 = jnp.take_along_axis(change_bls, step_bl4, axis=2)
    return jnp.where(x_bl4.sum(axis=-1, keepdims=True) > 0, found_bl4, 0.0)


def _mutated(program: programs.Program, base: Mapping, start: Local):
    """The program's output with a substitution."""
    moved: dict[Any, Any] = {program.inputs[0]: start}
    for step in program.steps:
        changed = [moved[one] for one in step.inputs if isinstance(one, int) and one in moved]
        if not changed:
            continue
        given = [
            one.value if isinstance(one, programs.Constant) else moved.get(one, base[one])
            for one in step.inputs
        ]
        found = None
        rule = RULES.get(step.primitive.name)
        if rule is not None and all(isinstance(one, Local) for one in changed):
            found = rule(step, given, base.get(step.outputs[0]))
        if found is None:
            whole = [one.whole() if isinstance(one, Local) else one for one in given]
            found = step(*whole)
        moved |= dict(zip(step.outputs, found if isinstance(found, list) else [found], strict=True))
    last = moved.get(program.output, base.get(program.output))
    return last.whole() if isinstance(last, Local) else last
