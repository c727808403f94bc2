"""The networks of a spec in PyTorch, for benchmarks beside it."""

import os

import numpy as np
import torch

from jaxmotif.models.spec import NetworkSpec


def prepare() -> None:
    """As many threads as there are cores, and a fixed seed."""
    torch.set_num_threads(os.cpu_count())
    torch.manual_seed(0)


def first_layer(spec: NetworkSpec) -> list[torch.nn.Module]:
    """The first convolution with its activation, before pooling; channels first."""
    conv = spec.convs[0]
    return [_conv(4, conv), *_norm(conv, conv.filters), torch.nn.ReLU()]


def rest(spec: NetworkSpec) -> list[torch.nn.Module]:
    """Everything behind `first_layer`."""
    layers = _pool(spec.convs[0])
    channels, length = spec.convs[0].filters, spec.length // spec.convs[0].pool
    for conv in spec.convs[1:]:
        layers += [_conv(channels, conv), *_norm(conv, conv.filters), torch.nn.ReLU(), *_pool(conv)]
        channels, length = conv.filters, length // conv.pool
    width = channels * length
    layers.append(torch.nn.Flatten())
    for dense in spec.dense:
        layers += [
            torch.nn.Linear(width, dense.units, bias=dense.bias),
            *_norm(dense, dense.units),
            torch.nn.ReLU(),
            torch.nn.Dropout(dense.dropout),
        ]
        width = dense.units
    return [*layers, torch.nn.Linear(width, spec.outputs)]


def one_hot(codes) -> torch.Tensor:
    """Base codes (N, L) to channels first (N, 4, L)."""
    codes = torch.as_tensor(np.array(codes, np.int64))
    return torch.nn.functional.one_hot(codes, 4).float().transpose(1, 2).contiguous()


def _conv(channels: int, conv) -> torch.nn.Module:
    return torch.nn.Conv1d(channels, conv.filters, conv.kernel, padding="same", bias=conv.bias)


def _norm(layer, units: int) -> list[torch.nn.Module]:
    return [torch.nn.BatchNorm1d(units)] if layer.norm == "batch" else []


def _pool(conv) -> list[torch.nn.Module]:
    pool = [torch.nn.MaxPool1d(conv.pool)] if conv.pool > 1 else []
    return [*pool, torch.nn.Dropout(conv.dropout)]
