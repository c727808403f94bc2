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


def chain(learning_rate, weight_decay, config, halve_after: int) -> optax.GradientTransformation:
    """Returns all between a gradient and an update: clipping, weight decay, the rule, falling rate, norms.

    Args:
      learning_rate, weight_decay: numbers, may be traced.
      config: a `config.OptimizerConfig`.
      halve_after: steps after which the rate is halved; 0: never.
    """
    parts = [
        optax.clip(config.clip) if config.clip else optax.identity(),
        optax.add_decayed_weights(weight_decay),
        rule(config, learning_rate),
        optax.scale_by_schedule(lambda step: 0.5 ** (jnp.asarray(step) // halve_after))
        if halve_after
        else optax.identity(),
    ]
    if config.decay:
        parts.append(optax.scale_by_schedule(lambda step: 1 / (1 + config.decay * step)))
    if config.max_norm:
        parts.append(_max_norm(config.max_norm))
    return optax.chain(*parts)


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
