"""The forward pass compiled whole: run operation by operation, every shape is dozens of small programs."""

import jax

from jaxmotif.models import forward

init = jax.jit(forward.init, static_argnums=0)
predict = jax.jit(forward.predict, static_argnums=0)
predict_part = jax.jit(forward.predict_part, static_argnums=(0, 5))
features = jax.jit(forward.features, static_argnums=(0, 3))
apply_train = jax.jit(forward.apply_train, static_argnums=0)
