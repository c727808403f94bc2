"""Does one filter mix two motifs? One PPM against a mixture of two, on the filter's best sites."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from jaxmotif import dna

# Fewer sites than this say nothing about two motifs.
MIN_SITES = 20
# Letters added to every column, spread evenly: keeps logarithms finite.
_PSEUDOCOUNT = 0.1
_STARTS = 3
_STEPS = 100
_AXIS_STEPS = 30


class Mixture(NamedTuple):
    """Two-component mixtures of K filters; NaN where a filter has fewer than `MIN_SITES` sites.

    Attributes:
      gain: (K,) bits per site by which two PPMs describe the sites better than one, after the
        penalty. Below 0: one motif is the better account.
      weight: (K,) share of the sites that belongs to the larger component, 0.5 to 1.
      ppm: (K, 2, W, 4) the components, larger first.
    """

    gain: np.ndarray
    weight: np.ndarray
    ppm: np.ndarray


def two_motifs(windows, valid=None) -> Mixture:
    """Fits one and two PPMs to the sites of each filter, by EM from three starts.

    The gain is the rise of the log-likelihood per site in bits, less the Bayesian information
    criterion's price of the 3 W + 1 further parameters, (3 W + 1) / 2 log2(n) / n (Schwarz 1978).
    It measures how far the columns depend on each other in the way two motifs make them, so it
    grows with the information content of the motifs and the evenness of their shares. Simulated
    for W = 9 and 500 sites chosen by score, one motif gave about -0.1 and two gave 1.7 to 2.9.

    It is an indicator, not a test. A filter that reads one motif at two offsets or on both strands
    is a mixture too, and its components show it. EM finds a local optimum, so the gain may be too
    low.

    Args:
      windows: uint8 (K, n, W) letters of the sites (`sites.site_windows`); 4 counts for nothing.
      valid: bool (K, n), which of them are sites (activation above threshold); None is all.

    Raises:
      ValueError: if the windows are not uint8 (K, n, W) or `valid` does not fit.
    """
    codes_knw = np.asarray(windows)
    if codes_knw.ndim != 3 or codes_knw.dtype != np.uint8 or codes_knw.size == 0:
        raise ValueError(f"windows are letters, uint8 (K, n, W), not {codes_knw.dtype} {codes_knw.shape}")
    valid_kn = np.ones(codes_knw.shape[:2], bool) if valid is None else np.asarray(valid, bool)
    if valid_kn.shape != codes_knw.shape[:2]:
        raise ValueError(f"valid {valid_kn.shape} does not fit windows {codes_knw.shape}")
    gain_k, weight_k2, ppm_k2w4 = (np.array(part) for part in _fit_all(codes_knw, valid_kn))
    order_k2 = np.argsort(-weight_k2, axis=1, kind="stable")
    weight_k = np.take_along_axis(weight_k2, order_k2, axis=1)[:, 0]
    ppm_k2w4 = np.take_along_axis(ppm_k2w4, order_k2[:, :, None, None], axis=1)
    few_k = valid_kn.sum(axis=1) < MIN_SITES
    gain_k[few_k], weight_k[few_k], ppm_k2w4[few_k] = np.nan, np.nan, np.nan
    return Mixture(gain_k, weight_k, ppm_k2w4)


@jax.jit
def _fit_all(codes_knw, valid_kn):
    # One filter at a time: its sites stay in a CPU's cache, and memory does not grow with K.
    return lax.map(lambda row: _fit(*row), (codes_knw, valid_kn))


def _fit(codes_nw, valid_n):
    x_nw4 = dna.one_hot(codes_nw)
    valid_n = valid_n.astype(jnp.float32)
    n = jnp.maximum(valid_n.sum(), 1)
    one_ppm = _ppm(valid_n[None], x_nw4)
    one = jnp.sum(valid_n * _log_likelihood(one_ppm, x_nw4)[:, 0])

    def run(start_n):
        def step(_, state):
            logits_n2 = jnp.log(state[0]) + _log_likelihood(state[1], x_nw4)
            share_n2 = jax.nn.softmax(logits_n2) * valid_n[:, None]
            weight_2 = jnp.maximum(share_n2.sum(axis=0) / n, 1e-6)
            return weight_2 / weight_2.sum(), _ppm(share_n2.T, x_nw4)

        share_2n = jnp.stack([start_n, 1 - start_n]) * valid_n
        state = (jnp.full(2, 0.5), _ppm(share_2n, x_nw4))
        weight_2, ppm_2w4 = lax.fori_loop(0, _STEPS, step, state)
        logits_n2 = jnp.log(weight_2) + _log_likelihood(ppm_2w4, x_nw4)
        return jnp.sum(valid_n * jax.nn.logsumexp(logits_n2, axis=1)), weight_2, ppm_2w4

    # Two motifs separate along a direction of large variance: cut the sites in two along each of
    # the first principal axes.
    flat_nd = x_nw4.reshape(x_nw4.shape[0], -1)
    centred_nd = (flat_nd - (valid_n @ flat_nd) / n) * valid_n[:, None]
    starts_sn = jnp.where((centred_nd @ _principal_axes(centred_nd)).T > 0, 0.9, 0.1)
    two_s, weight_s2, ppm_s2w4 = jax.vmap(run)(starts_sn)
    best = jnp.argmax(two_s)
    parameters = 3 * x_nw4.shape[1] + 1
    gain = ((two_s[best] - one) / jnp.log(2.0) - parameters / 2 * jnp.log2(n)) / n
    return gain, weight_s2[best], ppm_s2w4[best]


def _principal_axes(x_nd):
    """About the first principal axes (D, 3), by orthogonal iteration.

    A start for EM needs no more; on a CPU a full eigendecomposition cost more than all of EM.
    """
    scatter_dd = x_nd.T @ x_nd

    def step(_, axes_ds):
        columns = []
        for column in (scatter_dd @ axes_ds).T:
            for other in columns:
                column = column - (column @ other) * other
            columns.append(column / jnp.maximum(jnp.linalg.norm(column), 1e-12))
        return jnp.stack(columns, axis=1)

    start_ds = jax.random.normal(jax.random.key(0, impl="threefry2x32"), (x_nd.shape[1], _STARTS))
    return lax.fori_loop(0, _AXIS_STEPS, step, start_ds)


def _ppm(share_mn, x_nw4):
    """PPMs (M, W, 4) of sites that belong to components in the given shares."""
    counts_mw4 = jnp.einsum("mn,nwc->mwc", share_mn, x_nw4) + _PSEUDOCOUNT / 4
    return counts_mw4 / counts_mw4.sum(axis=-1, keepdims=True)


def _log_likelihood(ppm_mw4, x_nw4):
    return jnp.einsum("nwc,mwc->nm", x_nw4, jnp.log(ppm_mw4))
