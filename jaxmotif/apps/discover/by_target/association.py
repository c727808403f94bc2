"""Which motif goes with which target, on sequences that nothing was learned from."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif.data.dataset import Dataset
from jaxmotif.data.targets import COUNTS, VALUES, Kind
from jaxmotif.evaluate import multiple
from jaxmotif.motifs.motif_set import MotifSet

COLUMNS = ("motif", "target", "with_motif", "without", "mean_with", "mean_without", "effect", "p", "q")


class Association(NamedTuple):
    """How a target differs between held-out sequences with and without a motif.

    Attributes:
      motif, target: numbers, from 0.
      with_motif, without: sequences with a site, and the others; one of each group, with a known target.
      mean_with, mean_without: of the target; of labels and classes the share that has them.
      effect: of labels and classes log2 of the ratio of the shares with a site, inside and outside of the
        class, each with half a sequence more; of counts log2 of the ratio of both means, each with half a
        count more in all; of values the difference of both means in standard deviations.
      p: two-sided, of Fisher's exact test, or of Mann and Whitney's for values and counts.
      q: false discovery rate over all motifs and targets.
    """

    motif: int
    target: int
    with_motif: int
    without: int
    mean_with: float
    mean_without: float
    effect: float
    p: float
    q: float = 1.0


def has_sites(motifs: MotifSet, data: Dataset) -> np.ndarray:
    """Returns which sequences have a site of which motif, bool (N, M), by the names of the sequences."""
    has = np.zeros((len(data), len(motifs)), bool)
    if motifs.sites is None or motifs.rows is None or not len(motifs):
        return has
    row_of = {name: row for row, name in enumerate(data.names)}
    at = np.array([row_of.get(name, -1) for name in motifs.rows.names])[motifs.sites.sequence]
    has[at[at >= 0], motifs.sites.motif[at >= 0]] = True
    return has


def associations(motifs: MotifSet, held_out: Dataset, kind: Kind) -> list[Association]:
    """Returns for every motif and target how they go together, motif by motif.

    Args:
      motifs: with sites in the sequences.
      held_out: with all targets, NaN where unknown.
      kind: of the targets.
    """
    first = np.sort(np.unique(held_out.known_group, return_index=True)[1])
    data = held_out.take(first)
    has_nm, labels_nt = has_sites(motifs, data), np.asarray(data.known_labels, np.float64)
    found = [
        _one(motif, target, has_nm[:, motif], labels_nt[:, target], kind)
        for motif in range(len(motifs))
        for target in range(labels_nt.shape[1])
    ]
    q = multiple.benjamini_hochberg([one.p for one in found]) if found else []
    return [one._replace(q=float(value)) for one, value in zip(found, q, strict=True)]


def _one(motif: int, target: int, has_n: np.ndarray, values_n: np.ndarray, kind: Kind) -> Association:
    import scipy.stats  # here: it takes a second

    known = ~np.isnan(values_n)
    has_n, values_n = has_n[known], values_n[known]
    own, other = values_n[has_n], values_n[~has_n]
    mean_with, mean_without = (float(side.mean()) if len(side) else np.nan for side in (own, other))
    p, effect = 1.0, 0.0
    if kind not in VALUES:
        inside, of = int(own.sum()), int(values_n.sum())
        outside, others = len(own) - inside, len(values_n) - of
        p = scipy.stats.fisher_exact([[inside, of - inside], [outside, others - outside]])[1]
        effect = np.log2((inside + 0.5) / (of + 1) * (others + 1) / (outside + 0.5))
    elif len(own) and len(other) and np.ptp(values_n) > 0:
        p = scipy.stats.mannwhitneyu(own, other, alternative="two-sided").pvalue
        effect = (mean_with - mean_without) / values_n.std()
        if kind == COUNTS:
            effect = np.log2((own.sum() + 0.5) / len(own) * len(other) / (other.sum() + 0.5))
    return Association(motif, target, len(own), len(other), mean_with, mean_without, float(effect), float(p))


def table(found: Sequence[Association], motifs: MotifSet, targets: Sequence[str]) -> str:
    """Returns motifs by targets as text, a line for each pair."""
    lines: list[str] = ["\t".join(COLUMNS)]
    for one in found:
        values = one.mean_with, one.mean_without, one.effect, one.p, one.q
        cells = [motifs[one.motif].name, targets[one.target], str(one.with_motif), str(one.without)]
        lines.append("\t".join([*cells, *(f"{value:.6g}" for value in values)]))
    return "\n".join(lines) + "\n"
