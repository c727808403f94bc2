"""Networks of NeuronMotif (Wei et al. 2021): Basset, DeepSEA, and the deeper BD-5, BD-10 and DD-10.

Kernels see whole windows only, pooling cuts the rest off, every convolution has a bias. The text gives
kernels, pools and dense layers; what it leaves open (normalisation, dropout) is as in the authors'
program. Where their program differs from their text, the name with "-code" is the program's:

- BD-5: channels 64, 128, 256, 384, 512 for 32, 64, 128, 256, 512.
- BD-10: channels 128, 160, 256, 384, 512 (each twice) for 64, 128, 256, 384, 512; 768 hidden units for
  1024; dropout in front of them; the output is normalised.
- DD-10: also the tenth convolution is pooled.
- DeepSEA: the third convolution is not pooled, as Zhou & Troyanskaya 2015 published it. Their threshold
  of the ReLU, 1e-6, is 0 here.
"""

import dataclasses
from collections.abc import Sequence

from jaxmotif.models.spec import Conv, Dense, NetworkSpec, Norm

_BASSET = dict(length=600, outputs=164)
_DEEPSEA = dict(length=1000, outputs=919)
# Of Keras' batch normalisation.
_NORM = dict(norm_epsilon=1e-3, norm_decay=0.99)


def _conv(filters: int, kernel: int, pool: int = 1, dropout: float = 0.0, norm: Norm = "batch") -> Conv:
    return Conv(
        filters, kernel, pool, padding="VALID", pool_padding="VALID", norm=norm, bias=True, dropout=dropout
    )


def _dense(units: int, dropout: float, norm: Norm = "none") -> Dense:
    return Dense(units, norm=norm, bias=True, dropout=dropout)


def _five(filters: Sequence[int]) -> NetworkSpec:
    pools = [2] * (len(filters) - 1) + [1]
    return NetworkSpec(
        name="",
        convs=tuple(_conv(f, 3, p) for f, p in zip(filters, pools, strict=True)),
        dense=(_dense(1024, 0.2, "batch"),),
        **_BASSET,
        **_NORM,
    )


def _ten(filters: Sequence[int], last_pool: int = 1) -> tuple[Conv, ...]:
    """Ten convolutions, every second one pooled by 2; the first has kernel 7, all others 3."""
    pools = [1, 2] * 4 + [1, last_pool]
    kernels = [7] + [3] * 9
    return tuple(_conv(f, k, p) for f, k, p in zip(filters, kernels, pools, strict=True))


def _bd10() -> NetworkSpec:
    convs = _ten((64, 64, 128, 128, 256, 256, 384, 384, 512, 512))
    return NetworkSpec(name="", convs=convs, dense=(_dense(1024, 0.2, "batch"),), **_BASSET, **_NORM)


def _dd10(last_pool: int) -> NetworkSpec:
    filters = (128, 128, 160, 160, 256, 320, 512, 640, 1024, 1280)
    dense = (_dense(925, 0.2, "batch"),)
    return NetworkSpec(name="", convs=_ten(filters, last_pool), dense=dense, **_DEEPSEA, **_NORM)


def _bd10_code() -> NetworkSpec:
    convs = _ten((128, 128, 160, 160, 256, 256, 384, 384, 512, 512))
    # Dropped out is what the hidden layer reads, not what it gives.
    last = dataclasses.replace(convs[-1], dropout=0.2)
    dense = (_dense(768, 0.0, "batch"),)
    return NetworkSpec(
        name="", convs=(*convs[:-1], last), dense=dense, output_norm="batch", **_BASSET, **_NORM
    )


def _deepsea(last_pool: int) -> NetworkSpec:
    convs = (
        _conv(320, 8, 4, 0.2, "none"),
        _conv(480, 8, 4, 0.2, "none"),
        _conv(960, 8, last_pool, 0.5, "none"),
    )
    return NetworkSpec(name="", convs=convs, dense=(_dense(925, 0.0),), **_DEEPSEA)


DEEP = {
    "Basset": NetworkSpec(
        name="",
        convs=(_conv(300, 19, 3), _conv(200, 11, 4), _conv(200, 7, 4)),
        dense=(_dense(1000, 0.3), _dense(1000, 0.3)),
        **_BASSET,
        **_NORM,
    ),
    "DeepSEA": _deepsea(4),
    "DeepSEA-code": _deepsea(1),
    "BD-5": _five((32, 64, 128, 256, 512)),
    "BD-5-code": _five((64, 128, 256, 384, 512)),
    "BD-10": _bd10(),
    "BD-10-code": _bd10_code(),
    "DD-10": _dd10(1),
    "DD-10-code": _dd10(2),
}
