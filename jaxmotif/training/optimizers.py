"""Rules that turn gradients into updates of the weights."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import optax

_SMALL = 1e-7  # Keras' epsilon


class _Own:
    """Settings of a rule, some of which a member has a value of its own of, traced."""

    def __init__(self, config, held: Mapping):
        self._config, self._held = config, held

    def __getattr__(self, name: str):
        return self._held.get(name, getattr(self._config, name))

    def has(self, name: str) -> bool:
        """Whether a setting that is nothing at 0 is something, or a member's may be."""
        return name in self._held or bool(getattr(self._config, name))


def rule(own, learning_rate) -> optax.GradientTransformation:
    """Returns Adam, RMSprop (no bias correction, epsilon outside the root) or SGD, as `own.rule` says."""
    if own.rule == "adam":
        return optax.adam(learning_rate, own.beta1, own.beta2, own.epsilon)
    if own.rule == "rmsprop":
        return optax.rmsprop(learning_rate, own.beta2, own.epsilon, eps_in_sqrt=False)
    return optax.sgd(learning_rate, own.momentum if own.has("momentum") else None)


def chain(  # noqa: PLR0913 (what members may differ in has to be an argument by name: `inject_hyperparams`)
    learning_rate,
    weight_decay,
    steps_per_epoch,
    epochs,
    config,
    beta1=None,
    beta2=None,
    epsilon=None,
    momentum=None,
    decay=None,
    max_norm=None,
    clip=None,
) -> optax.GradientTransformation:
    """Returns all between a gradient and an update: clipping, weight decay, the rule, falling rate, norms.

    Args:
      learning_rate, weight_decay: numbers, may be traced.
      steps_per_epoch: updates of one epoch, may be traced; read only where the rate changes with the epochs.
      epochs: over which the rate falls, likewise.
      config: a `config.OptimizerConfig`.
      beta1, beta2, epsilon, momentum, decay, max_norm, clip: in the place of those of `config`, may be
        traced; None takes that of `config`, which keeps the arithmetic of a number known beforehand.
    """
    others = dict(
        beta1=beta1,
        beta2=beta2,
        epsilon=epsilon,
        momentum=momentum,
        decay=decay,
        max_norm=max_norm,
        clip=clip,
    )
    own = _Own(config, {name: value for name, value in others.items() if value is not None})
    parts = [
        _clip(own.clip) if own.has("clip") else optax.identity(),
        optax.add_decayed_weights(weight_decay),
        rule(own, learning_rate),
        optax.scale_by_schedule(
            lambda step: 0.5 ** (jnp.asarray(step) // (config.halve_every * steps_per_epoch))
        )
        if config.halve_every
        else optax.identity(),
    ]
    if config.anneal == "cosine":
        parts.append(optax.scale_by_schedule(lambda step: _half_cosine(step / (epochs * steps_per_epoch))))
    if own.has("decay"):
        parts.append(optax.scale_by_schedule(lambda step: 1 / (1 + own.decay * step)))
    if own.has("max_norm"):
        parts.append(_max_norm(own.max_norm))
    return optax.chain(*parts)


def _half_cosine(done: jax.Array) -> jax.Array:
    """Returns 1 at the start and 0 from the end on (Loshchilov & Hutter 2017, equation 5, one period)."""
    return 0.5 * (1 + jnp.cos(jnp.pi * jnp.minimum(done, 1.0)))


def _any(limit):
    """The limit, or none where a member's own is 0."""
    return jnp.where(limit > 0, limit, jnp.inf) if isinstance(limit, jax.Array) else limit


def _clip(limit) -> optax.GradientTransformation:
    return optax.clip(_any(limit))


def _max_norm(limit) -> optax.GradientTransformation:
    """After every update kernels are scaled such that norms over their first axis are at most `limit`.

    Keras' MaxNorm with its default axis: of a convolution that is the width of the kernel.
    """

    def limited(path, update, weight):
        if path[-1].key != "kernel":
            return update
        new = weight + update
        norm = jnp.sqrt(jnp.sum(new * new, axis=0, keepdims=True))
        least = jnp.minimum(norm, _any(limit))
        scaled = new * (least / (norm + _SMALL))
        return (jnp.where(limit > 0, scaled, new) if isinstance(limit, jax.Array) else scaled) - weight

    return optax.stateless(lambda updates, params: jax.tree_util.tree_map_with_path(limited, updates, params))
