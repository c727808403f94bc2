"""Maps of which only a stretch of positions has changed, and where that lies."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp


class Place(NamedTuple):
    """Where a substitution at position p is seen: from floor((sign p + low) / jump) to that with `high`."""

    sign: int
    jump: int
    low: int
    high: int

    def width(self, size: int) -> int:
        """Returns how many positions of an axis of `size` it takes at most."""
        return min(size, (self.high - self.low + self.jump - 1) // self.jump + 1)

    def start(self, position, size: int):
        """Returns its first position, such that the whole stretch lies on the axis."""
        return jnp.clip((self.sign * position + self.low) // self.jump, 0, size - self.width(size))

    def read_by(self, stride: int, span: int, left: int) -> "Place":
        """Returns where windows see it that begin at stride * output - left and reach `span` positions on."""
        jump = self.jump * stride
        return Place(
            self.sign,
            jump,
            self.low + self.jump * (left - span + stride - 1),
            self.high + self.jump * left,
        )


class Local(NamedTuple):
    """A map of which only a stretch has changed.

    Attributes:
      base: the map without a substitution.
      window: what the stretch has become.
      axis: of positions.
      place: of the stretch.
      position: of the substitution.
    """

    base: jax.Array
    window: jax.Array
    axis: int
    place: Place
    position: Any

    @property
    def size(self) -> int:
        return self.base.shape[self.axis]

    def whole(self) -> jax.Array:
        """Returns the whole map."""
        start = self.place.start(self.position, self.size)
        return jax.lax.dynamic_update_slice_in_dim(self.base, self.window, start, self.axis)

    def before(self) -> jax.Array:
        """Returns what the stretch was without the substitution."""
        start, width = self.place.start(self.position, self.size), self.window.shape[self.axis]
        return jax.lax.dynamic_slice_in_dim(self.base, start, width, self.axis)

    def change(self) -> jax.Array:
        """Returns what the substitution adds to the stretch."""
        return self.window - self.before()

    def within(self, place: Place) -> jax.Array:
        """Returns the stretch of another place, which holds this one and has its sign and jump."""
        start, width = place.start(self.position, self.size), place.width(self.size)
        if place.jump > 1:  # by rounding this one may go beyond it
            return self.stretch(start, width)
        own = self.place.start(self.position, self.size) - start
        around = jax.lax.dynamic_slice_in_dim(self.base, start, width, self.axis)
        return jax.lax.dynamic_update_slice_in_dim(around, self.window, own, self.axis)

    def stretch(self, start, width: int, fill=0.0) -> jax.Array:
        """Returns another stretch of the map; `fill` where it goes beyond the ends."""
        found = _stretch(self.base, self.axis, start, width, fill)
        shift = start - self.place.start(self.position, self.size)
        own = self.window.shape[self.axis]
        sides = [(width, width) if axis == self.axis else (0, 0) for axis in range(self.base.ndim)]
        moved = jax.lax.dynamic_slice_in_dim(jnp.pad(self.window, sides), shift + width, width, self.axis)
        places = jnp.arange(width) + shift
        inside = ((places >= 0) & (places < own)).reshape(-1, *(1,) * (self.base.ndim - self.axis - 1))
        return jnp.where(inside, moved, found)


def _stretch(base, axis: int, start, width: int, fill=0.0):
    """A stretch of a map, at most as wide as it, with `fill` beyond the ends."""
    size = base.shape[axis]
    first = jnp.clip(start, 0, size - width)
    found = jax.lax.dynamic_slice_in_dim(base, first, width, axis)
    sides = [(width, width, 0) if at == axis else (0, 0, 0) for at in range(base.ndim)]
    padded = jax.lax.pad(found, jnp.asarray(fill, found.dtype), sides)
    # Where it lies beyond the ends wholly; JAX would count a number below 0 from the end.
    begin = jnp.clip(start - first + width, 0, 2 * width)
    return jax.lax.dynamic_slice_in_dim(padded, begin, width, axis)
