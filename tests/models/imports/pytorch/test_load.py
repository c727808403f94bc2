"""Networks of PyTorch come in as they are: outputs and gradients against PyTorch's own."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxmotif as jm
from jaxmotif.interpret import mutants
from jaxmotif.models.imports.pytorch import load
from jaxmotif.models.trace import traced_geometry

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from tests.models.imports.pytorch import torch_networks  # noqa: E402 - needs PyTorch

LENGTH = torch_networks.LENGTH
NETWORKS = torch_networks.networks()
LINKS = {
    "plain": "sigmoid",
    "LSTM": "sigmoid",
    "GRU": "sigmoid",
    "plain recurrent": "sigmoid",
    "attention": "softmax",
    "batch norm": "log_softmax",
}
# What logits stand for, by the link: of softmax each class against all others.
SAYS = {
    "linear": lambda z: z,
    "sigmoid": jax.nn.sigmoid,
    "softmax": jax.nn.sigmoid,
    "log_softmax": jax.nn.log_sigmoid,
}
CODES = np.random.default_rng(1).integers(0, 5, (6, LENGTH)).astype(np.uint8)
_LOADED: dict = {}


def opened(name):
    """Each network is exported once."""
    if name not in _LOADED:
        _LOADED[name] = load.loaded(NETWORKS[name], load.Options(length=LENGTH))
    return _LOADED[name]


def theirs(name, x_bl4):
    """Outputs (B, T) of the heads that are read, as PyTorch computes them."""
    module = NETWORKS[name].eval()
    x = x_bl4 if "BLC" in _order(name) else x_bl4.transpose(1, 2)
    x = x[:, None] if _order(name) == "B1CL" else x
    found = module(x)
    if isinstance(found, dict):
        return found["counts"]
    if isinstance(found, tuple):
        return torch.cat(found, dim=1)
    return found if found.ndim == 2 else found[:, None]


def _order(name):
    return {"LSTM": "BLC", "GRU": "BLC", "plain recurrent": "BLC", "Conv2d": "B1CL"}.get(name, "BCL")


class _Ending(torch.nn.Module):
    """A convolution, and what a function makes of its map."""

    def __init__(self, end):
        super().__init__()
        self.end, self.conv = end, torch.nn.Conv1d(4, 3, 3, padding=1)

    def forward(self, x):
        return self.end(self.conv(x))


@pytest.mark.parametrize(
    "end",
    [
        lambda z: torch.softmax(z, 2)[:, :, 7],
        lambda z: torch.sigmoid(z)[:, :, 5],
        lambda z: torch.softmax(z, 1)[:, 1],
        lambda z: torch.cat([torch.sigmoid(z).mean(2), torch.softmax(z, 1).amax(2)], 1),
        lambda z: torch.sigmoid(z).mean(2).clamp(0, 1),
    ],
)
def test_probabilities_are_what_pytorch_says_wherever_they_come_from(end):
    module, codes = _Ending(end).eval(), np.random.default_rng(2).integers(0, 4, (6, 20)).astype(np.uint8)
    with torch.no_grad():
        said = module(torch.tensor(np.asarray(jm.one_hot(codes))).transpose(1, 2)).numpy()
    found = jm.load_torch(module, length=20).probabilities(codes)
    np.testing.assert_allclose(found[:, : said.shape[1]], said, atol=2e-6)


@pytest.mark.parametrize(
    "end",
    [
        lambda z: torch.log_softmax(z.mean(2), 1),
        lambda z: torch.nn.functional.logsigmoid(z.mean(2)),
        lambda z: torch.log_softmax(z, 1)[:, :, 5],
        lambda z: torch.log(torch.softmax(z, 1)).mean(2),
        lambda z: torch.log_softmax(z.mean(2), 1).squeeze(-1),
    ],
)
def test_logarithms_of_probabilities_are_no_logits(end):
    module, codes = _Ending(end).eval(), np.random.default_rng(2).integers(0, 4, (6, 20)).astype(np.uint8)
    with torch.no_grad():
        said = module(torch.tensor(np.asarray(jm.one_hot(codes))).transpose(1, 2)).numpy()
    found = jm.load_torch(module, length=20).probabilities(codes)
    np.testing.assert_allclose(found[:, : said.shape[1]], np.exp(said), atol=2e-6)


def _difference(z):
    logs = torch.log_softmax(z.mean(2), 1)
    return logs[:, 1:] - logs[:, :1]


@pytest.mark.parametrize(
    "end",
    [
        _difference,
        lambda z: torch.sigmoid(z.mean(2)) - 1,
        lambda z: -torch.log_softmax(0.1 * z.mean(2)[:, :2], 1),
        lambda z: torch.log10(torch.sigmoid(z.mean(2))),
        lambda z: torch.nn.functional.logsigmoid(z.mean(2)) - 3.0,
    ],
)
def test_what_is_made_of_logarithms_is_read_as_it_is(end):
    """Log odds of rare labels are below 0, too."""
    module, codes = _Ending(end).eval(), np.random.default_rng(2).integers(0, 4, (6, 20)).astype(np.uint8)
    with torch.no_grad():
        said = module(torch.tensor(np.asarray(jm.one_hot(codes))).transpose(1, 2)).numpy()
    net = jm.load_torch(module, length=20)
    np.testing.assert_allclose(net.logits(codes), said, atol=2e-6)
    assert "no sigmoid or softmax at its end" in "".join(net.notes)


def test_one_class_is_certain_and_a_head_may_be_given_twice():
    codes = np.random.default_rng(2).integers(0, 4, (6, 20)).astype(np.uint8)
    x = torch.tensor(np.asarray(jm.one_hot(codes))).transpose(1, 2)
    for end in (torch.log_softmax, torch.softmax):
        net = jm.load_torch(_Ending(lambda z, end=end: end(z.mean(2)[:, :1], 1)).eval(), length=20)
        np.testing.assert_allclose(net.probabilities(codes), 1, atol=1e-6)

    def twice(z):
        logs = torch.log_softmax(z.mean(2), 1)
        return logs, logs.unsqueeze(2).squeeze(2)

    module = _Ending(twice).eval()
    with torch.no_grad():
        first, second = module(x)
    found = jm.load_torch(module, length=20).probabilities(codes)
    np.testing.assert_allclose(found, np.exp(np.concatenate([first, second], axis=1)), atol=2e-6)


@pytest.mark.parametrize(
    "end,positions,reads",
    [
        (lambda z: z, 20, "logits"),
        (lambda z: torch.sigmoid(z), 20, "probabilities"),
        (lambda z: z.permute(0, 2, 3, 1), 20, "logits"),
        (lambda z: torch.log_softmax(z, 1), 20, "logarithms"),
        (lambda z: torch.sigmoid(z.amax(3, keepdim=True)), 1, "probabilities"),
        (lambda z: torch.softmax(torch.nn.functional.adaptive_avg_pool2d(z, 1), 1), 1, "probabilities"),
    ],
)
def test_heads_of_convolutions_in_two_dimensions_have_their_channels_last(end, positions, reads):
    class Own(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = torch.nn.Conv2d(1, 3, (4, 5), padding=(0, 2))

        def forward(self, x):
            return end(self.conv(x[:, None]))

    module, codes = Own().eval(), np.random.default_rng(2).integers(0, 4, (6, 20)).astype(np.uint8)
    with torch.no_grad():
        said = module(torch.tensor(np.asarray(jm.one_hot(codes))).transpose(1, 2)).numpy()
    said = said.reshape(6, 20, 3).swapaxes(1, 2) if said.shape[-1] == 3 else said.reshape(6, 3, positions)
    whole = jm.load_torch(module, length=20)
    assert len(whole.classes) == 3 and not [note for note in whole.notes if "not known" in note]
    if positions > 1:
        np.testing.assert_allclose(whole.logits(codes), said.sum(axis=2), atol=1e-5)
        whole, said = jm.load_torch(module, length=20, position=5), said[:, :, 5:]
    said = said[:, :, 0]
    if reads == "logits":
        np.testing.assert_allclose(whole.logits(codes), said, atol=1e-5)
    else:
        expected = np.exp(said) if reads == "logarithms" else said
        np.testing.assert_allclose(whole.probabilities(codes), expected, atol=2e-6)


def test_a_head_behind_a_recurrent_layer_has_its_channels_last():
    class Own(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.steps, self.out = torch.nn.LSTM(4, 5, batch_first=True), torch.nn.Linear(5, 30)

        def forward(self, x):
            return torch.sigmoid(self.out(self.steps(x.transpose(1, 2)[:, :9])[0]))

    module, codes = Own().eval(), np.random.default_rng(2).integers(0, 4, (6, 20)).astype(np.uint8)
    with torch.no_grad():
        said = module(torch.tensor(np.asarray(jm.one_hot(codes))).transpose(1, 2)).numpy()
    net = jm.load_torch(module, length=20, order="BCL", position=4)
    np.testing.assert_allclose(net.probabilities(codes), said[:, 4], atol=1e-6)


@pytest.mark.parametrize("end", ["softmax", "sigmoid"])
def test_a_head_of_every_position(end):
    module = torch.nn.Sequential(
        torch.nn.Conv1d(4, 5, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv1d(5, 3, 1)
    )
    module.append(torch.nn.Softmax(dim=1) if end == "softmax" else torch.nn.Sigmoid()).eval()
    codes = np.random.default_rng(2).integers(0, 4, (6, 20)).astype(np.uint8)
    with torch.no_grad():
        each = module(torch.tensor(np.asarray(jm.one_hot(codes))).transpose(1, 2)).numpy()
    summed, fifth = (jm.load_torch(module, length=20, position=at) for at in (None, 5))
    np.testing.assert_allclose(summed.logits(codes), each.sum(axis=2), atol=1e-5)
    assert f"position 5 of 20 before its {end}" in "\n".join(fifth.notes)
    np.testing.assert_allclose(fifth.probabilities(codes), each[:, :, 5], atol=1e-6)


@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_and_gradients(name):
    loaded = opened(name)
    assert loaded.check < 1e-5, loaded.lines()
    assert {head.link for head in loaded.heads} == {LINKS.get(name, "linear")}
    x = np.random.default_rng(2).normal(size=(4, LENGTH, 4)).astype(np.float32)
    for one in (np.array(jm.one_hot(CODES)), x):
        tensor = torch.tensor(one, requires_grad=True)
        wanted = theirs(name, tensor)
        weights = np.random.default_rng(3).normal(size=wanted.shape).astype(np.float32)
        (wanted * torch.tensor(weights)).sum().backward()
        net = loaded.network

        def value(x, net=net, weights=weights):
            logits = net.apply(net.member_variables(0), x)[0]
            found = SAYS[LINKS.get(name, "linear")](logits)
            return (found * weights).sum(), found

        gradient, found = jax.jit(jax.grad(value, has_aux=True))(jnp.asarray(one))
        np.testing.assert_allclose(found, wanted.detach().numpy(), atol=1e-5, rtol=1e-5)
        np.testing.assert_allclose(gradient, tensor.grad.numpy(), atol=1e-5, rtol=1e-5)


MAPS = {
    "plain": {"features.0": (7, 0, 1, 3), "features.4": (15, 0, 3, 1)},
    "batch norm": {"conv1": (8, 3, 2, 1), "conv2": (22, 9, 4, 1)},
    "Conv2d": {"conv": (7, 3, 1, 1), "deep": (14, 4, 2, 1)},
}


@pytest.mark.parametrize("name", NETWORKS)
def test_where_maps_look(name):
    loaded = opened(name)
    net, known = loaded.network, dict(loaded.network.layers)
    if name in MAPS:
        assert {loaded.map_names[number - 1]: tuple(one) for number, one in known.items()} == MAPS[name]
    for number, geometry in known.items():
        assert traced_geometry(net.features(number), LENGTH)[:3] == geometry[:3], loaded.map_names[number - 1]


@pytest.mark.parametrize("name", NETWORKS)
def test_contributions_by_rescale_sum_to_what_the_score_changes(name):
    net = opened(name).network
    rng = np.random.default_rng(4)
    codes, references = (rng.integers(0, 4, size).astype(np.uint8) for size in ((3, LENGTH), (3, 2, LENGTH)))
    last = net.outputs - 1
    found = jm.hypothetical_contributions(net, codes, "rescale", target=last, references=references)
    sums = np.take_along_axis(found, codes[..., None].astype(int), axis=2).sum((1, 2))
    logits = net.logits(codes)[:, last]
    changes = logits - net.logits(references.reshape(-1, LENGTH))[:, last].reshape(3, 2).mean(axis=1)
    np.testing.assert_allclose(sums, changes, atol=2e-5 * max(np.abs(logits).max(), 1))
    assert np.abs(changes).max() > 1e-4


@pytest.mark.parametrize("name", ["batch norm", "gated"])
def test_mutations_are_followed_through_opened_networks(name, monkeypatch):
    """No map is made whole before its positions are joined."""
    score, made = opened(name).network.score(), []
    whole = mutants.Local.whole
    monkeypatch.setattr(mutants.Local, "whole", lambda one: made.append(one.base.shape) or whole(one))
    jax.eval_shape(lambda x: mutants.changes(score, x), jax.ShapeDtypeStruct((2, LENGTH, 4), jnp.float32))
    assert made == {"batch norm": [], "gated": [(2, 8, LENGTH)]}[name]
