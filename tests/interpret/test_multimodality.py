import numpy as np
import pytest

from jaxmotif.interpret import multimodality

WIDTH = 9


def _ppm(rng, strength):
    ppm = np.full((WIDTH, 4), (1 - strength) / 3)
    ppm[np.arange(WIDTH), rng.integers(0, 4, WIDTH)] = strength
    return ppm


def _draw(rng, ppm, n):
    letters = [rng.choice(4, size=n, p=column) for column in ppm]
    return np.stack(letters, 1).astype(np.uint8)


def _log2_likelihood(ppm, windows):
    return np.log2(ppm[np.arange(WIDTH), windows]).sum(1)


def test_gain_is_the_likelihood_ratio_of_the_true_components():
    """Mixture minus best single PPM, in bits per site, evaluated with what the sites came from."""
    rng = np.random.default_rng(0)
    n, first = 4000, 2800
    a, b = _ppm(rng, 0.85), _ppm(rng, 0.85)
    windows = np.concatenate([_draw(rng, a, first), _draw(rng, b, n - first)])
    single = 0.7 * a + 0.3 * b
    mixture = np.log2(0.7 * 2 ** _log2_likelihood(a, windows) + 0.3 * 2 ** _log2_likelihood(b, windows))
    expected = (mixture - _log2_likelihood(single, windows)).mean()
    result = multimodality.two_motifs(windows[None])
    penalty = (3 * WIDTH + 1) / 2 * np.log2(n) / n
    assert result.gain[0] == pytest.approx(expected - penalty, abs=0.03)
    assert result.weight[0] == pytest.approx(0.7, abs=0.02)
    np.testing.assert_allclose(result.ppm[0], [a, b], atol=0.05)


@pytest.mark.parametrize("strength", [0.95, 0.6, 0.25])
@pytest.mark.parametrize("n", [50, 500])
def test_one_motif_gains_nothing(strength, n):
    rng = np.random.default_rng(n)
    windows = _draw(rng, _ppm(rng, strength), n)
    assert multimodality.two_motifs(windows[None]).gain[0] < 0


def test_mixed_filter_stands_out_from_one_with_selected_sites():
    """Sites chosen by a threshold are no independent draws, yet must not look like two motifs."""
    rng = np.random.default_rng(2)
    ppm, other = _ppm(rng, 0.85), _ppm(rng, 0.85)
    background = rng.integers(0, 4, (200_000, WIDTH)).astype(np.uint8)

    def best(windows, scores):
        return windows[np.argsort(-scores)[:500]]

    one = best(background, _log2_likelihood(ppm, background))
    either = np.maximum(_log2_likelihood(ppm, background), _log2_likelihood(other, background))
    gain = multimodality.two_motifs(np.stack([one, best(background, either)])).gain
    assert gain[0] < 0.1 and gain[1] > 1


def test_invalid_rows_do_not_count_and_filters_are_independent():
    rng = np.random.default_rng(3)
    windows = np.stack([_draw(rng, _ppm(rng, 0.8), 120) for _ in range(3)])
    windows[1, ::2] = _draw(rng, _ppm(rng, 0.8), 60)
    valid = np.arange(120) < np.array([[120], [80], [multimodality.MIN_SITES - 1]])
    result = multimodality.two_motifs(windows, valid)
    alone = multimodality.two_motifs(windows[1:2, :80])
    np.testing.assert_allclose(result.gain[1], alone.gain[0], atol=1e-4)
    np.testing.assert_allclose(result.ppm[1], alone.ppm[0], atol=1e-3)
    assert np.isnan(result.gain[2]) and np.isnan(result.ppm[2]).all()


def test_letters_beyond_the_sequence_count_for_nothing():
    rng = np.random.default_rng(4)
    a, b = _draw(rng, _ppm(rng, 0.9), 200), _draw(rng, _ppm(rng, 0.9), 200)
    windows = np.concatenate([a, b])
    windows[:, 0] = 4
    padded = multimodality.two_motifs(windows[None])
    np.testing.assert_allclose(padded.ppm[0, :, 0], 0.25, atol=1e-6)
    cut = multimodality.two_motifs(np.ascontiguousarray(windows[None, :, 1:]))
    # The same fit; only the price of three unused parameters differs.
    assert cut.gain[0] - padded.gain[0] == pytest.approx(1.5 * np.log2(400) / 400, abs=1e-3)


def test_refuses_other_arrays():
    with pytest.raises(ValueError, match=r"int64 \(2, 3, 4\)"):
        multimodality.two_motifs(np.zeros((2, 3, 4), int))
    with pytest.raises(ValueError, match=r"\(2, 4\).*\(2, 3, 4\)"):
        multimodality.two_motifs(np.zeros((2, 3, 4), np.uint8), np.ones((2, 4)))
