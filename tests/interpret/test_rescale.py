"""Rescale against closed forms, completeness, rules by hand, and tangermeme where it is installed."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.interpret import attribution, rescale, secants
from jaxmotif.models import zoo
from jaxmotif.models.network import Network
from tests.helpers import compiled

RNG = np.random.default_rng(0)
CODES = RNG.integers(0, 4, (3, 24)).astype(np.uint8)
REFERENCES = RNG.integers(0, 4, (3, 4, 24)).astype(np.uint8)
WEIGHTS = RNG.normal(size=(24, 4)).astype(np.float32)


def there(hypothetical_nl4, codes_nl):
    return (hypothetical_nl4 * np.eye(5, 4)[codes_nl]).sum(axis=(1, 2))


def test_a_linear_score_is_its_weights_less_those_of_the_references():
    score = jax.tree_util.Partial(lambda w, x: (w * x).sum((1, 2)), jnp.asarray(WEIGHTS))
    of_references = np.take_along_axis(WEIGHTS[None, None], REFERENCES[..., None].astype(int), 3)[..., 0]
    expected = WEIGHTS - of_references.mean(axis=1)[..., None]
    found = attribution.hypothetical_contributions(score, CODES, "rescale", references=REFERENCES)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    own = np.take_along_axis(expected, CODES[..., None].astype(int), 2)[..., 0]
    of_letters = attribution.attribute(score, CODES, "rescale", references=REFERENCES)
    np.testing.assert_allclose(of_letters, own, atol=1e-6)
    same_for_all = attribution.attribute(score, CODES, "rescale", references=REFERENCES[0])
    each = np.broadcast_to(REFERENCES[:1], REFERENCES.shape)
    np.testing.assert_array_equal(
        same_for_all, attribution.attribute(score, CODES, "rescale", references=each)
    )


@pytest.mark.parametrize("name", ["CNN-25 (4)", "CNN-RNN-small"])
def test_our_networks_are_complete(name):
    spec = zoo.get(name, length=24, outputs=2)
    weights = [compiled.weights(spec, seed) for seed in range(2)]
    network = Network.from_members(spec, weights, strands="random")
    found = attribution.hypothetical_contributions(
        network, CODES, "rescale", target=[0, 1], references=REFERENCES
    )
    assert found.shape == (2, 3, 24, 4)
    logits = network.logits(CODES)
    of_references = network.logits(REFERENCES.reshape(-1, 24)).reshape(3, 4, 2).mean(axis=1)
    for target in range(2):
        sums = there(found[target], CODES)
        scale = np.abs(logits).max()
        np.testing.assert_allclose(sums, (logits - of_references)[:, target], atol=1e-5 * scale)
        assert np.abs(sums).max() > 0.01 * scale


def deep(weights, x):
    """Residual and dilated, gated, with attention, norms, pools of several kinds, and a division."""
    conv = lambda h, w, d: jax.lax.conv_general_dilated(
        h, w, (1,), "SAME", rhs_dilation=(d,), dimension_numbers=("NWC", "WIO", "NWC")
    )
    h = jax.nn.gelu(conv(x, weights[0], 1))
    h = h + jax.nn.silu(conv(h, weights[1], 2))
    h = h * jax.nn.sigmoid(conv(h, weights[1], 1))
    h = jax.lax.reduce_window(h, -jnp.inf, jax.lax.max, (1, 3, 1), (1, 2, 1), ((0, 0), (1, 1), (0, 0)))
    attended = jax.nn.softmax(jnp.einsum("bic,bjc->bij", h, h)) @ h
    varying = attended - attended.mean(-1, keepdims=True)
    h = h + varying * jax.lax.rsqrt((varying**2).mean(-1, keepdims=True) + 0.1)
    h = jnp.where(h > 0, h, 0.1 * h)
    state, _ = jax.lax.scan(
        lambda s, row: (jnp.tanh(s * 0.5 + row) * jax.nn.sigmoid(row), None), h[:, 0], h.swapaxes(0, 1)
    )
    total = jnp.maximum(h.max(1), h.mean(1)) + state + h.min((1,))
    return (total / (1 + jnp.exp(-total[:, ::-1]))).sum(1)


def test_any_function_is_complete():
    with jax.enable_x64():
        weights = [jnp.asarray(RNG.normal(size=shape)) for shape in ((5, 4, 6), (3, 6, 6))]
        x, references = (np.eye(4)[codes] for codes in (CODES, REFERENCES))
        score = jax.jit(lambda x: deep(weights, x))
        found = jax.jit(lambda x, r: rescale.contributions(score, x, r))(x, references)
        expected = score(x) - score(references.reshape(-1, 24, 4)).reshape(3, 4).mean(axis=1)
        np.testing.assert_allclose(there(np.asarray(found), CODES), expected, rtol=1e-5)


def _change(function, x, reference):
    x, reference = jnp.asarray(x, jnp.float32), jnp.asarray(reference, jnp.float32)
    return jax.jacobian(lambda step: secants.difference(function, x, reference, step))(x - reference)


def test_rules_by_hand():
    # ReLU from -1 to 2 rises by 2 on 3; what does not move has its derivative.
    np.testing.assert_allclose(np.diag(_change(jax.nn.relu, [2.0, 3, -1], [-1.0, 3, -1])), [2 / 3, 1, 0])
    # An activation of several operations is one ratio, not a product rule of them.
    swish = lambda x: x * jax.nn.sigmoid(x)
    slope = (swish(2.0) - swish(-1.0)) / 3
    np.testing.assert_allclose(_change(swish, [2.0], [-1.0]), [[slope]], rtol=1e-5)
    np.testing.assert_allclose(_change(jax.nn.silu, [2.0], [-1.0]), [[slope]], rtol=1e-5)
    # What does not move has its derivative, however often it is read and by what.
    gate = lambda x: x * jax.nn.sigmoid(jnp.tanh(x))
    still = jnp.asarray([-1.5, -0.2, 0.7, 3.0])
    leaky, bent = lambda x: jnp.maximum(x, 0.1 * x), lambda x: jnp.minimum(x, jnp.tanh(x))
    mish = lambda x: x * jnp.tanh(jax.nn.softplus(x))
    for curve in (gate, leaky, bent, mish, jnp.abs, jax.nn.elu, jax.nn.gelu, lambda x: gate(x + 1) + gate(x)):
        slopes = jax.grad(lambda x, curve=curve: curve(x).sum())(still)
        np.testing.assert_allclose(np.diag(_change(curve, still, still)), slopes, rtol=1e-5)
    # A product of two values that move: each at the mean of the other.
    product = lambda x: (x[:1] + 0) * x[1:].sum()
    np.testing.assert_allclose(_change(product, [2.0, 5.0], [1.0, 3.0]), [[4.0, 1.5]], rtol=1e-5)
    # A maximum that rises belongs to the place of the new one, one that falls to that of the old one.
    np.testing.assert_allclose(_change(jnp.max, [5.0, 1, 0], [1.0, 3, 0]), [2 / 4, 0, 0])
    np.testing.assert_allclose(_change(jnp.max, [1.0, 2, 0], [5.0, 1, 0]), [3 / 4, 0, 0])
    np.testing.assert_allclose(_change(jnp.min, [-5.0, -1, 0], [-1.0, -3, 0]), [2 / 4, 0, 0])


@pytest.mark.parametrize(
    ("function", "operation"),
    [
        (lambda x: jnp.sort(x, axis=1)[:, 0, 0], "sort"),
        (lambda x: x.prod((1, 2)), "reduce_prod"),
        # Of several results only some are floating numbers.
        (lambda x: jax.lax.top_k(x.sum(1), 2)[0].sum(1), "top_k"),
    ],
)
def test_what_has_no_rule_is_named(function, operation):
    with pytest.raises(ValueError, match=f"no rule for the operation '{operation}'.*integrated"):
        attribution.attribute(function, CODES, "rescale")


def test_shuffles_have_the_dinucleotides_and_leave_n_where_it_is():
    codes = CODES.copy()
    codes[1, [0, 7, 8]] = dna.N
    found = np.asarray(rescale.shuffles(codes, 5))
    assert found.shape == (3, 5, 24) and len({row.tobytes() for row in found[0]}) == 5
    for own, shuffles in zip(codes, found, strict=True):
        for one in shuffles:
            assert np.array_equal(one == dna.N, own == dna.N)
            pairs = lambda row: np.sort(np.stack([row[:-1], row[1:]], 1) @ [4, 1])
            letters = lambda row: row[row != dna.N].astype(int)
            np.testing.assert_array_equal(pairs(letters(one)), pairs(letters(own)))
    again = np.asarray(rescale.shuffles(codes[[2, 1]], 5))
    np.testing.assert_array_equal(again, found[[2, 1]])


def test_bad_references_are_named():
    score = lambda x: x.sum((1, 2))
    for given, said in (
        (0, "at least 1 reference"),
        (REFERENCES[:2], "references of 2 sequences"),
        (REFERENCES[:, :, 1:], r"uint8 \(R, 24\) or \(3, R, 24\)"),
        (REFERENCES.astype(float), "not float64"),
    ):
        with pytest.raises(ValueError, match=said):
            attribution.attribute(score, CODES, "rescale", references=given)


def test_no_target_and_no_batch_are_told():
    score = lambda x: x.sum((1, 2))
    with pytest.raises(ValueError, match="at least 1 target"):
        attribution.attribute(score, CODES, target=[])
    with pytest.raises(ValueError, match="batch_size must be at least 1, got -1"):
        attribution.attribute(score, CODES, batch_size=-1)


def test_equals_tangermeme_on_a_network_of_pytorch():
    torch = pytest.importorskip("torch")
    deep_lift_shap = pytest.importorskip("tangermeme.deep_lift_shap").deep_lift_shap
    from jaxmotif.models.imports.pytorch.load import load_torch

    torch.manual_seed(0)
    nn = torch.nn
    module = nn.Sequential(
        nn.Conv1d(4, 8, 5),
        nn.ReLU(),
        nn.MaxPool1d(2),
        nn.Conv1d(8, 6, 3, padding=2, dilation=2),
        nn.GELU(),
        nn.Flatten(),
        nn.Linear(60, 5),
        nn.Tanh(),
        nn.Linear(5, 2),
    )
    x, references = (np.eye(4, dtype=np.float32)[codes] for codes in (CODES, REFERENCES))
    theirs = deep_lift_shap(
        module,
        torch.tensor(x.swapaxes(1, 2).copy()),
        target=1,
        references=torch.tensor(references.swapaxes(2, 3).copy()),
        hypothetical=True,
        device="cpu",
    )
    network = load_torch(module, length=24)
    ours = attribution.hypothetical_contributions(network, CODES, "rescale", target=1, references=REFERENCES)
    np.testing.assert_allclose(ours.swapaxes(1, 2), theirs.numpy(), atol=1e-5 * np.abs(ours).max())
