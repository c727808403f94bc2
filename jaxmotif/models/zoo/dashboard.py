"""Networks of DeMo (Lanchantin et al. 2016), of the Deep Motif Dashboard (2017) and of DeepBind (2015).

All have one output, a softmax over bound and not bound, no normalisation, and Torch's initialisation. Where
texts are silent the authors' program decides: kernels see whole windows only in the CNNs, and pooling
cuts the rest off; a CNN-RNN pads its sequence, so that every nucleotide is a time step.
"""

from jaxmotif.models.spec import Conv, Dense, Highway, NetworkSpec, Padding, Recurrent

_LENGTH = 101
_DROPOUT = 0.5


def _network(convs=(), **fields) -> NetworkSpec:
    return NetworkSpec(
        name="", length=_LENGTH, outputs=1, convs=tuple(convs), two_way=True, initializer="fan_in", **fields
    )


def _conv(
    filters: int, kernel: int, pool: int = 1, padding: Padding = "VALID", dropout: float = _DROPOUT
) -> Conv:
    return Conv(
        filters, kernel, pool, padding=padding, pool_padding=padding, norm="none", bias=True, dropout=dropout
    )


def _cnn(*kernels: int) -> NetworkSpec:
    """64 maps a layer, pooled by 2 but for the last, over which the global maximum is taken."""
    pools = [2] * (len(kernels) - 1) + [1]
    return _network((_conv(64, k, p) for k, p in zip(kernels, pools, strict=True)), reduce="max")


def _rnn(layers: int, units: int, *convs: Conv) -> NetworkSpec:
    return _network(convs, reduce="mean", recurrent=Recurrent(units, layers, _DROPOUT))


def _same(filters: int, kernel: int, pool: int = 1) -> Conv:
    # The authors drop nothing out between convolution and LSTM.
    return _conv(filters, kernel, pool, "SAME", 0.0)


def demo(convs: int, pool: int, highway: int) -> NetworkSpec:
    """Returns DeMo's network: `convs` layers of 128 maps, kernel 5, a global maximum, `highway` layers of 32.

    With `pool` 2 every layer but the last is pooled. Rate of dropout, gate bias and the projection from 128
    to 32 are not published.
    """
    pools = [pool] * (convs - 1) + [1]
    return _network((_conv(128, 5, p) for p in pools), reduce="max", highway=Highway(32, highway))


# Table 1 of the dashboard paper.
DASHBOARD = {
    "RNN-small": _rnn(1, 16),
    "RNN-medium": _rnn(1, 32),
    "RNN-large": _rnn(2, 32),
    "CNN-small": _cnn(9, 5),
    "CNN-medium": _cnn(9, 5, 3),
    "CNN-large": _cnn(9, 5, 3, 3),
    "CNN-RNN-small": _rnn(2, 32, _same(64, 5)),
    "CNN-RNN-medium": _rnn(1, 32, _same(128, 9)),
    "CNN-RNN-large": _rnn(1, 32, _same(128, 9, 2), _same(128, 5)),
    # Alipanahi et al. 2015, Supplementary Notes 2 and 10: 16 detectors of 24 nt, maximum and mean of each
    # over the sequence, 32 hidden units.
    "DeepBind": _network(
        (_conv(16, 24, padding="SAME", dropout=0.0),),
        reduce="max_mean",
        dense=(Dense(32, norm="none", bias=True, dropout=_DROPOUT),),
    ),
}
