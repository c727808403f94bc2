import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.interpret import filters


def conv_same(weights_wk4, x_bl4):
    """ReLU convolution, SAME, as TensorFlow pads: (W - 1) // 2 zeros before."""
    width = weights_wk4.shape[0]
    before = (width - 1) // 2
    out = jax.lax.conv_general_dilated(
        x_bl4,
        jnp.swapaxes(weights_wk4, 1, 2),
        (1,),
        [(before, width - 1 - before)],
        dimension_numbers=("NWC", "WIO", "NWC"),
    )
    return jax.nn.relu(out)


def conv_valid(stride, weights_wk4, x_bl4):
    return jax.lax.conv_general_dilated(
        x_bl4,
        jnp.swapaxes(weights_wk4, 1, 2),
        (stride,),
        "VALID",
        dimension_numbers=("NWC", "WIO", "NWC"),
    )


def brute_force(map_npk, codes, geometry, rule, share, weighted):
    """Site by site, letter by letter; `geometry` is (width, left, stride)."""
    width, left, stride = geometry
    n, positions, k = map_npk.shape
    ppm, nsites = np.zeros((k, width, 4)), np.zeros(k, int)
    at = np.zeros((k, positions), int)
    for f in range(k):
        top, mean = map_npk[..., f].max(), map_npk[..., f].mean(dtype=np.float64)
        level = share * top if rule == "koo" else mean + share * (top - mean)
        if (rule == "koo" and top <= 0) or top <= mean:
            continue
        for i in range(n):
            for p in range(positions):
                activation = map_npk[i, p, f]
                if not activation > np.float32(level):
                    continue
                nsites[f] += 1
                at[f, p] += 1
                for w in range(width):
                    where = p * stride - left + w
                    if 0 <= where < codes.shape[1] and codes[i, where] < 4:
                        ppm[f, w, codes[i, where]] += activation if weighted else 1
        for w in range(width):
            total = ppm[f, w].sum()
            ppm[f, w] = ppm[f, w] / total if total else 0.25
    return ppm, nsites, at


def _case(seed, n, length, width, k, unknown=0.0):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (n, length)).astype(np.uint8)
    codes[rng.random(codes.shape) < unknown] = 4
    return codes, rng.normal(size=(width, k, 4)).astype(np.float32)


@pytest.mark.parametrize("rule,weight", [("koo", None), ("koo", False), ("basset", None), ("basset", True)])
@pytest.mark.parametrize("width", [7, 6, 1])
def test_same_convolution_equals_brute_force(rule, weight, width):
    codes, weights = _case(width, 23, 31, width, 5, unknown=0.05)
    features = jax.tree_util.Partial(conv_same, weights)
    left = (width - 1) // 2
    result = filters.activation_ppms(
        features,
        codes,
        width=width,
        left=left,
        rule=rule,
        weight=weight,
        threshold=0.4,
        batch_size=8,
    )
    weighted = rule == "koo" if weight is None else weight
    ppm, nsites, at = brute_force(
        np.asarray(features(dna.one_hot(codes))), codes, (width, left, 1), rule, 0.4, weighted
    )
    np.testing.assert_array_equal(result.nsites, nsites)
    np.testing.assert_array_equal(result.position_counts, at)
    np.testing.assert_allclose(result.ppm, ppm, atol=1e-5)
    assert nsites.min() > 1 and (at[:, 0].any() or at[:, -1].any())


@pytest.mark.parametrize("width", [7, 6])
def test_one_window_a_sequence_equals_brute_force(width):
    codes, weights = _case(width, 60, 25, width, 5, unknown=0.03)
    features = jax.tree_util.Partial(conv_same, weights)
    left = (width - 1) // 2
    largest = np.where(np.arange(5) == 2, -1, weights.max(axis=2).sum(axis=0))
    found = filters.activation_ppms(
        features, codes, width=width, left=left, rule="koo-text", threshold=0.5, largest=largest, batch_size=7
    )
    map_npk = np.asarray(features(dna.one_hot(codes)))
    ends = 0
    for k in range(5):
        counts, sites = np.zeros((width, 4)), 0
        for i in range(len(codes)):
            at = int(np.argmax(map_npk[i, :, k]))
            if largest[k] <= 0 or map_npk[i, at, k] < np.float32(0.5 * np.float32(largest[k])):
                continue
            if at - left < 0 or at - left + width > codes.shape[1]:
                ends += 1
                continue
            sites += 1
            for w in range(width):
                if codes[i, at - left + w] < 4:
                    counts[w, codes[i, at - left + w]] += 1
        assert found.nsites[k] == sites
        if sites:
            np.testing.assert_allclose(found.ppm[k], counts / counts.sum(axis=1, keepdims=True), atol=1e-6)
        else:
            assert found.motifs[k] is None
    assert ends and found.nsites[2] == 0 and (found.nsites[[0, 1, 3, 4]] > 2).all()


@pytest.mark.parametrize("stride,left", [(1, 0), (3, 0), (2, -1), (1, 5)])
def test_other_geometry_equals_brute_force(stride, left):
    """VALID and strided maps, and windows wider or displaced: `left` may even be negative."""
    codes, weights = _case(stride, 17, 29, 6, 4)
    features = lambda x: conv_valid(stride, weights, x)
    result = filters.activation_ppms(
        features, codes, width=9, left=left, stride=stride, rule="basset", batch_size=5
    )
    ppm, nsites, at = brute_force(
        np.asarray(features(dna.one_hot(codes))), codes, (9, left, stride), "basset", 0.5, False
    )
    np.testing.assert_array_equal(result.nsites, nsites)
    np.testing.assert_array_equal(result.position_counts, at)
    np.testing.assert_array_equal(result.starts, np.arange(at.shape[1]) * stride - left)
    np.testing.assert_allclose(result.ppm, ppm, atol=1e-6)


def test_negative_maps_have_sites_by_basset_alone():
    codes, weights = _case(3, 12, 20, 4, 3)
    features = lambda x: conv_valid(1, weights, x) - 100.0
    assert filters.activation_ppms(features, codes, width=4, left=0).motifs == [None] * 3
    basset = filters.activation_ppms(features, codes, width=4, left=0, rule="basset")
    assert basset.nsites.min() > 0
    with pytest.raises(ValueError, match="weight=False"):
        filters.activation_ppms(features, codes, width=4, left=0, rule="basset", weight=True)


def test_recovers_a_planted_word_with_exact_edges():
    codes = np.full((4, 10), 0, np.uint8)
    codes[:, 7:] = [1, 2, 3]
    codes[2] = 0
    word = np.zeros((5, 1, 4), np.float32)
    word[0, 0, 1] = word[1, 0, 2] = word[2, 0, 3] = 1
    result = filters.activation_ppms(
        jax.tree_util.Partial(conv_same, word), codes, width=5, left=2, threshold=0.9
    )
    assert result.nsites[0] == 3 and result.position_counts[0, 9] == 3
    # Two columns lie beyond the end in every site.
    expected = [[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0.25] * 4, [0.25] * 4]
    np.testing.assert_array_equal(result.motifs[0].ppm, expected)


def test_dead_and_constant_filters():
    codes, _ = _case(0, 6, 12, 3, 1)
    features = lambda x: jnp.stack([x[..., 0] * 0, x[..., 0] * 0 + 2, x[..., 1]], -1)
    koo = filters.activation_ppms(features, codes, width=1, left=0, names=["dead", "flat", "C"])
    assert koo.motifs[0] is None and koo.nsites[0] == 0 and not koo.ppm[0].any()
    assert koo.nsites[1] == codes.size
    np.testing.assert_allclose(koo.ppm[1, 0], np.bincount(codes.ravel()) / codes.size, atol=1e-6)
    np.testing.assert_array_equal(koo.ppm[2, 0], [0, 1, 0, 0])
    assert koo.motifs[2].name == "C" and koo.motifs[2].nsites == (codes == 1).sum()
    basset = filters.activation_ppms(features, codes, width=1, left=0, rule="basset")
    assert [m is None for m in basset.motifs] == [True, True, False]


def test_batch_size_does_not_matter_for_counts():
    codes, weights = _case(5, 37, 25, 5, 3)
    results = [
        filters.activation_ppms(
            jax.tree_util.Partial(conv_same, weights), codes, width=5, left=2, batch_size=size
        )
        for size in (1, 10, 37, 64, None)
    ]
    for other in results[1:]:
        np.testing.assert_array_equal(other.position_counts, results[0].position_counts)
        np.testing.assert_allclose(other.ppm, results[0].ppm, atol=1e-6)


def test_other_parameters_do_not_recompile():
    codes, weights = _case(6, 11, 20, 5, 3)
    traced = []

    def features(w, x):
        traced.append(x.shape)
        return conv_same(w, x)

    runs = []
    for scale in (1.0, -1.0):
        start = len(traced)
        part = jax.tree_util.Partial(features, scale * weights)
        filters.activation_ppms(part, codes, width=5, left=2, batch_size=4)
        runs.append(traced[start:])
    assert (4, 20, 4) in runs[0] and runs[1] == []


def test_bad_input_is_named():
    codes, weights = _case(7, 5, 20, 5, 3)
    features = jax.tree_util.Partial(conv_same, weights)
    ok = dict(width=5, left=2)
    for change, message in [
        (dict(rule="max"), "unknown rule 'max'; known: koo, koo-text, basset"),
        (dict(rule="koo-text"), '"koo-text" needs the largest activation of each of 3 filters'),
        (dict(threshold=1.0), "got 1.0"),
        (dict(names=["a"]), "1 names for 3 filters"),
        (dict(left=-20), "covers 20 to 44, but the sequence 0 to 20"),
        (dict(width=0), "got 0 and 1"),
        (dict(batch_size=0), "got 0"),
    ]:
        with pytest.raises(ValueError, match=message):
            filters.activation_ppms(features, codes, **(ok | change))
    with pytest.raises(ValueError, match="int64"):
        filters.activation_ppms(features, codes.astype(int), **ok)
    with pytest.raises(ValueError, match=r"\(1, P, K\)"):
        filters.activation_ppms(lambda x: x.sum(-1), codes, **ok)
    with pytest.raises(ValueError, match="filter 1 has activations that are not finite"):
        filters.activation_ppms(lambda x: x.at[0, 0, 1].set(jnp.inf), codes, width=1, left=0)
