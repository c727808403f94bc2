"""The very sequences of Koo & Eddy (2019): the random stream of their notebook, draw by draw."""

import numpy as np

from jaxmotif.data.dataset import Splits
from jaxmotif.data.synthetic import koo_eddy
from jaxmotif.data.truth import Truth

_SEED, _LENGTH = 33, 200


def koo_eddy_notebook(plotted: int = 10, n: int = 25_000) -> Splits:
    """17,500, 2,500 and 5,000 sequences, bit for bit as the authors' notebook generates them.

    Unlike `koo_eddy.koo_eddy` it allows gaps of 0, against the paper's text, and it takes a few
    seconds, since each draw depends on how many came before.

    Args:
      plotted: models drawn for a figure before the data set; 10 as the notebook was published, 0 if
        that figure was not drawn. Which of the two the paper's networks were trained on is unknown.
      n: number of sequences.

    Raises:
      ValueError: for n < 10 or a negative `plotted`.
    """
    if n < 10 or plotted < 0:
        raise ValueError(f"need n >= 10 and plotted >= 0, got n = {n} and plotted = {plotted}")
    motifs = koo_eddy.koo_eddy_motifs()
    pool = tuple(ppm for motif in motifs for ppm in (motif.ppm, motif.ppm[::-1, ::-1]))
    widths = np.array([len(ppm) for ppm in pool])
    cumulative = np.cumsum(koo_eddy.COUNT_LAW)
    rng = np.random.RandomState(_SEED)

    def model() -> tuple[np.ndarray, np.ndarray]:
        count = 1 + int(np.searchsorted(cumulative[:-1], rng.random_sample(), side="right"))
        ids = rng.randint(len(pool), size=count)
        free = _LENGTH - widths[ids].sum()
        while True:
            share = rng.random_sample(count + 1)
            gap = np.round(share / share.sum() * free).astype(np.int64)
            if gap.sum() == free:
                return ids, np.cumsum(gap[:-1] + widths[ids]) - widths[ids]

    for _ in range(plotted):
        model()
    motif_id = np.full((n, len(cumulative)), -1)
    start = np.full((n, len(cumulative)), -1)
    uniform = np.empty((n, _LENGTH))
    for i in range(n):
        ids, starts = model()
        motif_id[i, : len(ids)], start[i, : len(ids)] = ids, starts
        uniform[i] = rng.random_sample(_LENGTH)
    truth = Truth(motif_id, start, pool, _LENGTH)
    dataset = koo_eddy.labelled(truth, koo_eddy.sample(uniform, truth), motifs)
    return koo_eddy.cut(dataset, rng.permutation(n))
