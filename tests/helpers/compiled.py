"""The forward pass compiled whole: run operation by operation, every shape is dozens of small programs."""

import jax
import numpy as np

from jaxmotif.models import forward

init = jax.jit(forward.init, static_argnums=0)
predict = jax.jit(forward.predict, static_argnums=0)
predict_part = jax.jit(forward.predict_part, static_argnums=(0, 5))
features = jax.jit(forward.features, static_argnums=(0, 3))
apply_train = jax.jit(forward.apply_train, static_argnums=0)


def weights(spec, seed: int = 0):
    """Some variables of a network, where a test does not ask how fresh ones are drawn: nothing is compiled.

    Matrices have the usual scale, biases are small but not zero; running statistics are those of a fresh
    network.
    """
    shapes = jax.eval_shape(lambda: forward.init(spec, jax.random.key(0)))
    rng = np.random.default_rng(seed)

    def draw(path, leaf):
        name = path[-1].key
        if name in ("gamma", "variance"):
            return np.ones(leaf.shape, np.float32)
        if name in ("beta", "mean"):
            return np.zeros(leaf.shape, np.float32)
        scale = 0.1 if leaf.ndim == 1 else np.prod(leaf.shape[:-1]) ** -0.5
        return (scale * rng.normal(size=leaf.shape)).astype(np.float32)

    return {"batch_stats": {}} | jax.tree_util.tree_map_with_path(draw, shapes)
