"""Where the positions of a feature map look on the sequence."""

from typing import NamedTuple

from jaxmotif.models.spec import NetworkSpec, conv_shapes


class Geometry(NamedTuple):
    """Where the positions of a layer's map look: position p sees [p * jump - left, p * jump - left + width).

    Attributes:
      width: nt that a position sees.
      left: nt by which the first position begins before the sequence.
      jump: nt between neighbouring positions.
      pool: positions that the layer pools into one afterwards.

    Examples:
      >>> import jaxmotif as jm
      >>> jm.Geometry(width=19, left=9, jump=1)  # one convolution of 19 nt with padding "SAME"
      Geometry(width=19, left=9, jump=1, pool=1)
    """

    width: int
    left: int
    jump: int
    pool: int = 1


def of_spec(spec: NetworkSpec) -> dict[int, Geometry]:
    """Returns the geometry of every convolution of an architecture, by layer from 1."""
    shapes = conv_shapes(spec) if spec.convs else ()
    return {
        layer: Geometry(shape.width, shape.left, shape.jump, conv.pool)
        for layer, (conv, shape) in enumerate(zip(spec.convs, shapes, strict=True), 1)
    }
