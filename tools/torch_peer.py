"""The networks of a spec in PyTorch, for benchmarks beside it."""

import numpy as np
import torch

from jaxmotif import cores
from jaxmotif.models.spec import NetworkSpec, flat_width, output_units


def prepare() -> None:
    """As many threads as there are cores, and a fixed seed."""
    torch.set_num_threads(cores.usable())
    torch.manual_seed(0)


def first_layer(spec: NetworkSpec) -> list[torch.nn.Module]:
    """The first convolution with its activation, before pooling; channels first."""
    conv = spec.convs[0]
    return [_conv(4, conv), *_norm(conv, conv.filters), torch.nn.ReLU()]


def rest(spec: NetworkSpec) -> list[torch.nn.Module]:
    """Everything behind `first_layer`."""
    layers = _pool(spec.convs[0])
    channels = spec.convs[0].filters
    for conv in spec.convs[1:]:
        layers += [_conv(channels, conv), *_norm(conv, conv.filters), torch.nn.ReLU(), *_pool(conv)]
        channels = conv.filters
    layers.append(_Positions(spec))
    width = flat_width(spec)
    for dense in spec.dense:
        layers += [
            torch.nn.Linear(width, dense.units, bias=dense.bias),
            *_norm(dense, dense.units),
            torch.nn.ReLU(),
            torch.nn.Dropout(dense.dropout),
        ]
        width = dense.units
    return [*layers, torch.nn.Linear(width, output_units(spec))]


def network(spec: NetworkSpec) -> torch.nn.Module:
    """The whole network; (N, 4, L) -> logits of the outputs, two each where the spec says so."""
    if not spec.convs:
        return torch.nn.Sequential(_Positions(spec), torch.nn.Linear(flat_width(spec), output_units(spec)))
    return torch.nn.Sequential(*first_layer(spec), *rest(spec))


class _Positions(torch.nn.Module):
    """What becomes of the positions: recurrent layers, maximum, maximum and mean, or all of them."""

    def __init__(self, spec: NetworkSpec):
        super().__init__()
        self.reduce, recurrent = spec.reduce, spec.recurrent
        self.stacks = torch.nn.ModuleList()
        if recurrent:
            channels = spec.convs[-1].filters if spec.convs else 4
            self.reduce, self.dropout = "recurrent", torch.nn.Dropout(recurrent.dropout)
            for _ in range(2):
                stack = torch.nn.LSTM(
                    channels,
                    recurrent.units,
                    recurrent.layers,
                    batch_first=True,
                    dropout=recurrent.dropout if recurrent.layers > 1 else 0,
                )
                self.stacks.append(stack)

    def forward(self, x_bcl):
        if self.reduce == "recurrent":
            x_blc = x_bcl.transpose(1, 2)
            halves = [self.stacks[0](x_blc)[0], self.stacks[1](x_blc.flip(1))[0]]
            return torch.cat([self.dropout(h).mean(1) for h in halves], 1)
        if self.reduce == "flatten":
            return x_bcl.flatten(1)
        largest = x_bcl.amax(2)
        return torch.cat([largest, x_bcl.mean(2)], 1) if self.reduce == "max_mean" else largest


def one_hot(codes) -> torch.Tensor:
    """Base codes (N, L) to channels first (N, 4, L)."""
    codes = torch.as_tensor(np.array(codes, np.int64))
    return torch.nn.functional.one_hot(codes, 4).float().transpose(1, 2).contiguous()


def _conv(channels: int, conv) -> torch.nn.Module:
    return torch.nn.Conv1d(channels, conv.filters, conv.kernel, padding=conv.padding.lower(), bias=conv.bias)


def _norm(layer, units: int) -> list[torch.nn.Module]:
    return [torch.nn.BatchNorm1d(units)] if layer.norm == "batch" else []


def _pool(conv) -> list[torch.nn.Module]:
    pool = [torch.nn.MaxPool1d(conv.pool)] if conv.pool > 1 else []
    return [*pool, torch.nn.Dropout(conv.dropout)]
