"""Named architectures. The names are the papers' own.

Examples:
  >>> import jaxmotif as jm
  >>> jm.zoo.get("CNN-4").convs[0].filters
  30
"""

import dataclasses
import re

from jaxmotif.models.spec import Conv, Dense, NetworkSpec, with_first_activation
from jaxmotif.models.zoo.dashboard import DASHBOARD, demo
from jaxmotif.models.zoo.deep import DEEP

_LENGTH, _OUTPUTS = 200, 12


def _koo_eddy(kernel1, pool1, kernel2=5, *, filters1=30, filters2=128, units=512, pool2=None, **first):
    """Koo & Eddy 2019, Methods: two convolutions whose pool sizes multiply to 100, one dense layer."""
    return NetworkSpec(
        name="",
        length=_LENGTH,
        outputs=_OUTPUTS,
        convs=(
            Conv(filters1, kernel1, pool1, **first),
            Conv(filters2, kernel2, pool2 or 100 // pool1),
        ),
        dense=(Dense(units),),
    )


_VARIANTS = {
    **{f"CNN-{size}": _koo_eddy(19, size) for size in (1, 2, 4, 10, 25, 50, 100)},
    "CNN9-4": _koo_eddy(9, 4),
    "CNN9-25": _koo_eddy(9, 25),
    "CNN3-2": _koo_eddy(3, 2),
    "CNN3-50": _koo_eddy(3, 50),
    # The text: as many parameters as CNN-2, a second pooling of 50.
    "CNN-50-2": _koo_eddy(19, 50, pool_stride=2, pool2=50),
    # The authors' program: a second layer and a dense layer much smaller than the text says.
    "CNN-50-2-code": _koo_eddy(19, 50, pool_stride=2, pool2=50, filters2=64, units=96),
    "CNN19-1-2": _koo_eddy(19, 2, kernel2=1),
    "CNN-1-1-100": NetworkSpec(
        name="",
        length=_LENGTH,
        outputs=_OUTPUTS,
        convs=(Conv(30, 19), Conv(128, 5), Conv(128, 5, pool=100)),
        dense=(Dense(512),),
    ),
    **{f"CNN-25 ({width})": _koo_eddy(19, 25, filters1=width) for width in (60, 90, 120)},
    # For peaks and one label: wide filters with an exponential first layer, a second layer that sees
    # neighbouring sites, and the mean over positions. Chosen by measurement, see
    # docs/results/discover.md.
    "peaks": NetworkSpec(
        name="",
        length=101,
        outputs=1,
        convs=(Conv(64, 19, pool=5, activation="exp"), Conv(64, 5, pool=2)),
        dense=(Dense(64),),
        reduce="mean",
    ),
}

_VARIANTS |= DASHBOARD | DEEP

# Of the sequence, at most, for a filter that `fitting` makes; below the least length no motif can be told.
FILTER_SHARE, LEAST_LENGTH = 0.6, 12

EXPONENTIAL = "-exp"
_NAME = re.compile(r"(?P<base>.+?)(?: \((?P<filters>\d+)\))?")
_GRIM = re.compile(r"GRIM-(\d+)")
_DEMO = re.compile(r"DeMo-(\d+)-(\d+)-(\d+)")


def grim(pool: int, length: int = _LENGTH) -> NetworkSpec:
    """Returns the encoder of Lee & Koo 2021, Section 4: CNN-S without batch normalisation.

    The second pooling leaves two positions: floor(length / (2 pool)). The output is the global code.
    """
    return NetworkSpec(
        name=f"GRIM-{pool}",
        length=length,
        outputs=32,
        convs=(
            Conv(128, 19, pool, norm="none"),
            Conv(128, 5, max(length // (2 * pool), 1), norm="none"),
        ),
        dense=(Dense(512, norm="none"),),
    )


def names() -> list[str]:
    """Returns the known names; GRIM-S and DeMo-S-S-S take other numbers, all take the additions of `get`."""
    return [*_VARIANTS, "GRIM-4", "GRIM-25", "DeMo-3-2-5"]


def fitting(name: str, length: int, outputs: int | None = None) -> NetworkSpec:
    """Returns the named architecture with first-layer filters that fit sequences of `length`, as of SELEX.

    A filter takes at most `FILTER_SHARE` of the sequence, so that it can stand at several places, and what it
    gives is pooled to six positions or more. Long sequences get the architecture as it is.

    Raises:
      ValueError: as `get`.
    """
    spec = get(name, length=length, outputs=outputs)
    kernel = max(int(FILTER_SHARE * length), 1)
    if not spec.convs or spec.convs[0].kernel <= kernel:
        return spec
    pool = min(spec.convs[0].pool, max(length // 6, 1))
    first = dataclasses.replace(spec.convs[0], kernel=kernel, pool=pool)
    return dataclasses.replace(spec, convs=(first, *spec.convs[1:]))


def get(name: str, *, length: int | None = None, outputs: int | None = None) -> NetworkSpec:
    """Returns the named architecture, optionally for another sequence length or number of outputs.

    "CNN-4 (128)" has 128 filters in its first layer, "CNN-4-exp" an exponential first layer, and
    "CNN-4 (128)-exp" both. "DeMo-3-2-5" has 3 convolutions, pooling 2 and 5 highway layers.

    Raises:
      ValueError: for an unknown name, with the known ones.
    """
    plain = name.removesuffix(EXPONENTIAL)
    # Every name matches, if only as a base.
    match = None if plain in _VARIANTS else _NAME.fullmatch(plain or "?")
    base, filters = match.groups() if match else (plain, None)
    encoder, highway = _GRIM.fullmatch(base), _DEMO.fullmatch(base)
    if encoder and int(encoder[1]):
        spec = grim(int(encoder[1]), length or _LENGTH)
    elif highway and all(map(int, highway.groups())):
        spec = demo(*map(int, highway.groups()))
    elif base in _VARIANTS:
        spec = _VARIANTS[base]
    else:
        raise ValueError(
            f"unknown network {name!r}; known: {', '.join(names())} (each also with ' (FILTERS)' and "
            f"{EXPONENTIAL!r})"
        )
    if (filters or name != plain) and not spec.convs:
        raise ValueError(f"{name}: {base} has no convolution whose filters could be changed")
    if filters:
        first = dataclasses.replace(spec.convs[0], filters=int(filters))
        spec = dataclasses.replace(spec, convs=(first, *spec.convs[1:]))
    spec = dataclasses.replace(spec, name=name, length=length or spec.length, outputs=outputs or spec.outputs)
    return with_first_activation(spec, "exp") if name != plain else spec
