"""Networks of usual architectures, written in PyTorch, for sequences of LENGTH nt."""

import torch
from torch import nn

LENGTH = 40


class Residual(nn.Module):
    """A dilated convolution that is added to what it reads."""

    def __init__(self, channels: int, dilation: int):
        super().__init__()
        self.conv = nn.Conv1d(channels, channels, 3, dilation=dilation, padding=dilation)

    def forward(self, h):
        return h + torch.relu(self.conv(h))


class Flat(nn.Module):
    """Convolutions with ReLU in place and pooling, then dense layers and a sigmoid."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv1d(4, 8, 7),
            nn.ReLU(inplace=True),
            nn.MaxPool1d(3),
            nn.Dropout(0.3),
            nn.Conv1d(8, 6, 3),
            nn.ReLU(),
        )
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(54, 10), nn.ReLU(), nn.Linear(10, 3), nn.Sigmoid())

    def forward(self, x):
        return self.head(self.features(x))


class Normed(nn.Module):
    """Batch norm before and after activations, average pooling, log-softmax."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv1d(4, 8, 8, stride=2, padding=3)
        self.norm1, self.norm2 = nn.BatchNorm1d(8), nn.BatchNorm1d(6)
        self.conv2 = nn.Conv1d(8, 6, 4, padding="same")
        self.out = nn.Linear(6, 2)

    def forward(self, x):
        h = nn.functional.leaky_relu(self.norm1(self.conv1(x)), 0.1)
        h = nn.functional.avg_pool1d(h, 2, ceil_mode=True, padding=1)
        h = self.norm2(nn.functional.gelu(self.conv2(h)))
        return nn.functional.log_softmax(self.out(h.mean(-1)), dim=-1)


class Profile(nn.Module):
    """Dilated residual blocks with a head of profiles and one of counts."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv1d(4, 8, 9, padding=4)
        self.blocks = nn.ModuleList([Residual(8, 2**n) for n in range(1, 4)])
        self.profile = nn.Conv1d(8, 2, 5)
        self.counts = nn.Linear(8, 1)

    def forward(self, x):
        h = torch.relu(self.stem(x))
        for block in self.blocks:
            h = block(h)
        counts = self.counts(h[:, :, 2:-2].mean(dim=2))
        return {"profile": self.profile(h), "counts": counts}


class Grouped(nn.Module):
    """Independent units by grouped convolutions, as in ExplaiNN, with an exponential first layer."""

    def __init__(self, units: int = 5):
        super().__init__()
        self.units = units
        self.linears = nn.Sequential(
            nn.Conv1d(4 * units, units, 9, groups=units),
            nn.BatchNorm1d(units),
            Exponential(),
            nn.MaxPool1d(7, 7),
            nn.Flatten(),
            nn.Unflatten(1, (4 * units, 1)),
            nn.Conv1d(4 * units, 6 * units, 1, groups=units),
            nn.BatchNorm1d(6 * units),
            nn.ReLU(),
            nn.Conv1d(6 * units, units, 1, groups=units),
            nn.Flatten(),
        )
        self.final = nn.Linear(units, 2)

    def forward(self, x):
        return self.final(self.linears(x.repeat(1, self.units, 1)))


class Exponential(nn.Module):
    """exp."""

    def forward(self, x):
        return torch.exp(x)


class Recurrent(nn.Module):
    """A convolution, recurrent layers in both directions, and the last step of both."""

    def __init__(self, kind, layers: int = 2, batch_first: bool = True):
        super().__init__()
        self.conv, self.batch_first = nn.Conv1d(4, 6, 5), batch_first
        self.rnn = kind(6, 7, layers, bidirectional=True, batch_first=batch_first)
        self.out = nn.Linear(14, 1)

    def forward(self, x):  # (B, L, 4)
        h = torch.tanh(self.conv(x.transpose(1, 2)))
        h = h.permute(0, 2, 1) if self.batch_first else h.permute(2, 0, 1)
        h, _ = self.rnn(h)
        last = h[:, -1, :] if self.batch_first else h[-1]
        return torch.sigmoid(self.out(last)).squeeze(-1)


class Attention(nn.Module):
    """Patches, positions, a transformer's layer, layer norm, and a softmax."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Conv1d(4, 8, 4, stride=4)
        self.position = nn.Parameter(torch.randn(1, LENGTH // 4, 8))
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, activation="gelu", batch_first=True)
        self.norm, self.out = nn.LayerNorm(8), nn.Linear(8, 3)

    def forward(self, x):
        h = self.embed(x).transpose(1, 2) + self.position
        return torch.softmax(self.out(self.norm(self.layer(h)).mean(1)), 1)


class Flat2d(nn.Module):
    """Conv2d over (1, 4, L), as in DeepSEA's first programs."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 6, (4, 7), padding=(0, 3))
        self.pool = nn.MaxPool2d((1, 4), (1, 2), padding=(0, 1))
        self.deep = nn.Conv2d(6, 5, (1, 3))
        self.out = nn.Linear(5, 2)

    def forward(self, x):
        h = self.deep(self.pool(torch.relu(self.conv(x))))
        return self.out(torch.amax(nn.functional.elu(h), dim=(2, 3)))


class Gated(nn.Module):
    """Group norm, SiLU, gates by the mean over positions, adaptive pooling, and what is written by hand."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(4, 8, 6, padding="same")
        self.norm = nn.GroupNorm(2, 8)
        self.gate = nn.Sequential(nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(8, 8), nn.Sigmoid())
        self.query, self.value = nn.Linear(8, 4), nn.Linear(8, 4)
        self.register_buffer("weights", torch.linspace(-1, 1, 7))
        self.out = nn.Linear(28, 2)

    def forward(self, x, scale=None):
        h = nn.functional.silu(self.norm(self.conv(x)))
        h = h * self.gate(h).unsqueeze(-1)
        h = nn.functional.adaptive_max_pool1d(nn.functional.pad(h, (2, 1), mode="reflect"), 7)
        h = h.transpose(1, 2)
        scores = torch.einsum("bic,bjc->bij", self.query(h), self.query(h)) / 2
        near = torch.tril(torch.ones(7, 7, dtype=torch.bool))
        h = torch.softmax(scores.masked_fill(~near, float("-inf")), -1) @ self.value(h)
        h = torch.where(h > 0, h, 0.1 * h).clamp(-3, 3) * self.weights[None, :, None]
        h = h.flatten(1) if scale is None else h.flatten(1) * scale[:, None]
        return self.out(h), torch.stack([h.sum(1), h.var(1)], dim=1)


def networks() -> dict:
    """Returns the networks by name, with weights that make every layer do something."""
    torch.manual_seed(0)
    found = {
        "plain": Flat(),
        "batch norm": Normed(),
        "residual dilated": Profile(),
        "grouped exponential": Grouped(),
        "LSTM": Recurrent(nn.LSTM),
        "GRU": Recurrent(nn.GRU, batch_first=False),
        "plain recurrent": Recurrent(nn.RNN, 1),
        "attention": Attention(),
        "Conv2d": Flat2d(),
        "gated": Gated(),
    }
    for module in found.values():
        for name, buffer in module.named_buffers():
            if "running" in name:
                buffer.uniform_(0.5, 1.5)
    return found
