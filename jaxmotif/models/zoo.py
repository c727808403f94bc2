"""Named architectures. The names are the papers' own."""

import dataclasses

from jaxmotif.models.spec import Conv, Dense, NetworkSpec, with_first_activation

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
    # neighbouring sites, and the mean over positions. Chosen by measurement, see BUILD_NOTES.
    "peaks": NetworkSpec(
        name="",
        length=101,
        outputs=1,
        convs=(Conv(64, 19, pool=5, activation="exp"), Conv(64, 5, pool=2)),
        dense=(Dense(64),),
        reduce="mean",
    ),
}

EXPONENTIAL = "-exp"


def names() -> list[str]:
    """The known names; each also exists with "-exp" added (exponential first layer)."""
    return list(_VARIANTS)


def get(name: str, *, length: int | None = None, outputs: int | None = None) -> NetworkSpec:
    """The named architecture, optionally for another sequence length or number of outputs.

    Raises:
      ValueError: for an unknown name, with the known ones.
    """
    base = name.removesuffix(EXPONENTIAL)
    if base not in _VARIANTS:
        raise ValueError(
            f"unknown network {name!r}; known: {', '.join(_VARIANTS)} (each also with {EXPONENTIAL!r})"
        )
    spec = _VARIANTS[base]
    spec = dataclasses.replace(
        spec, name=name, length=length or spec.length, outputs=outputs or spec.outputs
    )
    return with_first_activation(spec, "exp") if name != base else spec
