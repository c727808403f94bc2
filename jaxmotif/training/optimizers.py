"""Rules that turn gradients into updates of the weights."""

import jax
import jax.numpy as jnp
import optax

_SMALL = 1e-7  # Keras' epsilon


def rule(config, learning_rate) -> optax.GradientTransformation:
    """Returns Adam, RMSprop (no bias correction, epsilon outside the root) or SGD, as `config.rule` says."""
    if config.rule == "adam":
        return optax.adam(learning_rate, config.beta1, config.beta2, config.epsilon)
    if config.rule == "rmsprop":
        return optax.rmsprop(learning_rate, config.beta2, config.epsilon, eps_in_sqrt=False)
    return optax.sgd(learning_rate, config.momentum or None)


def chain(learning_rate, weight_decay, steps_per_epoch, epochs, config) -> optax.GradientTransformation:
    """Returns all between a gradient and an update: clipping, weight decay, the rule, falling rate, norms.

    Args:
      learning_rate, weight_decay: numbers, may be traced.
      steps_per_epoch: updates of one epoch, may be traced; read only where the rate changes with the epochs.
      epochs: over which the rate falls, likewise.
      config: a `config.OptimizerConfig`.
    """
    parts = [
        optax.clip(config.clip) if config.clip else optax.identity(),
        optax.add_decayed_weights(weight_decay),
        rule(config, learning_rate),
        optax.scale_by_schedule(
            lambda step: 0.5 ** (jnp.asarray(step) // (config.halve_every * steps_per_epoch))
        )
        if config.halve_every
        else optax.identity(),
    ]
    if config.anneal == "cosine":
        parts.append(optax.scale_by_schedule(lambda step: _half_cosine(step / (epochs * steps_per_epoch))))
    if config.decay:
        parts.append(optax.scale_by_schedule(lambda step: 1 / (1 + config.decay * step)))
    if config.max_norm:
        parts.append(_max_norm(config.max_norm))
    return optax.chain(*parts)


def _half_cosine(done: jax.Array) -> jax.Array:
    """Returns 1 at the start and 0 from the end on (Loshchilov & Hutter 2017, equation 5, one period)."""
    return 0.5 * (1 + jnp.cos(jnp.pi * jnp.minimum(done, 1.0)))


def _max_norm(limit: float) -> optax.GradientTransformation:
    """After every update kernels are scaled such that norms over their first axis are at most `limit`.

    Keras' MaxNorm with its default axis: of a convolution that is the width of the kernel.
    """

    def limited(path, update, weight):
        if path[-1].key != "kernel":
            return update
        new = weight + update
        norm = jnp.sqrt(jnp.sum(new * new, axis=0, keepdims=True))
        return new * (jnp.minimum(norm, limit) / (norm + _SMALL)) - weight

    return optax.stateless(lambda updates, params: jax.tree_util.tree_map_with_path(limited, updates, params))
