"""The readings of GRIM, as data; JAX is imported with the first weight, settings are judged without it."""

import dataclasses
import types
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from jaxmotif.config import check

if TYPE_CHECKING:
    import jax


# In which members of one program may differ, see `Objective.held`.
HELD = ("scale", "floor", "filter_weight", "last_weight")
_NONE: Mapping = types.MappingProxyType({})


@dataclasses.dataclass(frozen=True)
class InfoMaxConfig:
    """The readings of GRIM.

    Attributes:
      code: the global code h of the network's output z. "linear": h = z, the literal reading, which
        collapses; "softmax": scale * softmax(z); "unit": scale * z / |z|; "sigmoid": scale * (floor +
        (1 - floor) * sigmoid(z)); "one": h = 1, which leaves the local code alone, a control.
      scale: factor of the global code, see `code`.
      floor: smallest value of the "sigmoid" code before scaling, 0 to 1.
      reading: what a score is the maximum over. "position": all filters at one position, and the
        scores of all positions are added (Eq. 3). "filter": all positions of one filter, and the
        scores of all filters are added. "mixed": the weighted sum of both, see `filter_weight`.
      filter_weight: weight of the "filter" reading under "mixed" at the start, 0 to 1; "position" has one
        minus it.
      last_weight: weight of the "filter" reading under "mixed" in the end, 0 to 1.
      weight_updates: updates during which the weight goes linearly from the first to the last.
      local: "full", the first convolution's map, or "pooled", after its pooling (Section 4).
      reduction: "sum" over positions or filters (Eq. 3), or their "mean".
      shuffles: "fresh", drawn anew every epoch, or "fixed", those that come with the data.
    """

    code: Literal["linear", "softmax", "unit", "sigmoid", "one"] = "softmax"
    scale: float = 5.0
    floor: float = 0.1
    reading: Literal["position", "filter", "mixed"] = "mixed"
    filter_weight: float = 0.5
    last_weight: float = 0.1
    weight_updates: int = 1000
    local: Literal["full", "pooled"] = "full"
    reduction: Literal["sum", "mean"] = "sum"
    shuffles: Literal["fresh", "fixed"] = "fresh"

    def __post_init__(self):
        shares = dict.fromkeys(("floor", "filter_weight", "last_weight"), 1)
        check(
            self,
            at_least={**dict.fromkeys(shares, 0), "weight_updates": 0},
            above={"scale": 0},
            at_most=shares,
        )

    def weight(self, updates, held: Mapping = _NONE) -> "jax.Array":
        """Returns the weight of the "filter" reading after that many updates.

        `held` may have other values of "filter_weight" and "last_weight", traced ones too.
        """
        import jax.numpy as jnp

        if self.reading != "mixed":
            return jnp.float32(self.reading == "filter")
        first, last = (held.get(name, getattr(self, name)) for name in ("filter_weight", "last_weight"))
        if not self.weight_updates:
            return jnp.float32(last)
        done = jnp.clip(updates / self.weight_updates, 0, 1)
        return first + (last - first) * done
