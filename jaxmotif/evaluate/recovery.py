"""Measures whether filters found the planted motifs: the match fractions of Koo and Eddy (2019), Table 1."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

# Matrices that count as finding each of the 12 planted factors: its own, and those of family
# members with the same motif. Koo and Eddy's list, but MEF2B and MEF2D stand under MEF2A here;
# theirs files them under STAT1, which changes no fraction.
ALLOW: dict[str, tuple[str, ...]] = {
    "Arid3a": ("MA0151.1", "MA0601.1"),
    "CEBPB": ("MA0466.2",),
    "FOSL1": ("MA0477.1",),
    "Gabpa": ("MA0062.2",),
    "MAFK": ("MA0496.1",),
    "MAX": ("MA0058.3",),
    "MEF2A": ("MA0052.3", "MA0660.1", "MA0773.1"),
    "NFYB": ("MA0502.1", "MA0060.2"),
    "SP1": ("MA0079.3",),
    "SRF": ("MA0083.3",),
    "STAT1": ("MA0137.3",),
    "YY1": ("MA0095.2",),
}
# Nearly flat: it is what queries without information match.
GMEB1 = "MA0615.1"
E_MAX = 0.1


@dataclasses.dataclass(frozen=True)
class Recovery:
    """Fractions are of all filters, uninformative and dead ones included.

    Attributes:
      n_filters: number of filters.
      uninformative: filters that were not matched at all.
      any: fraction with a hit to anything in the database.
      any_without_gmeb1: the same, hits to Gmeb1 (MA0615.1) not counted.
      relevant: fraction with a hit, best or not, to a matrix on the allow-list.
      coverage: fraction of the factors that at least one filter hits.
      filters_per_tf: factor -> number of filters that hit it; a filter may count for several.
    """

    n_filters: int
    uninformative: int
    any: float
    any_without_gmeb1: float
    relevant: float
    coverage: float
    filters_per_tf: dict[str, int]

    @property
    def irrelevant(self) -> float:
        """Returns the fraction with hits, but none on the allow-list."""
        return self.any - self.relevant


def recovery(
    e_values,
    target_ids: Sequence[str],
    n_filters: int,
    *,
    allow: Mapping[str, Sequence[str]] = ALLOW,
    e_max: float = E_MAX,
) -> Recovery:
    """Computes match fractions from the E-values of the filters that were compared with a database.

    A hit has E <= `e_max`. Versions of a matrix are not told apart (MA0079.3 and MA0079.5 are one),
    so that any JASPAR release serves.

    Args:
      e_values: (Q, M) of the Q informative filters against M targets; Q may be 0.
      target_ids: M matrix ids.
      n_filters: all filters of the layer, at least Q.
      allow: factor -> matrix ids that count as it.
      e_max: largest E-value of a hit.

    Raises:
      ValueError: for shapes that do not agree, E-values that are negative or NaN, fewer filters
        than queries, an empty allow-list, or a factor of which the database has no matrix.
    """
    e_qm = np.asarray(e_values, np.float64)
    if e_qm.size == 0:
        e_qm = e_qm.reshape(0, len(target_ids))
    if e_qm.ndim != 2 or e_qm.shape[1] != len(target_ids):
        raise ValueError(f"E-values {e_qm.shape} for {len(target_ids)} targets")
    if n_filters < max(len(e_qm), 1):
        raise ValueError(f"{n_filters} filters, but {len(e_qm)} queries")
    if not np.all(e_qm >= 0):
        raise ValueError("E-values must not be negative or NaN")
    if not allow:
        raise ValueError("the allow-list is empty")
    matrices_m = np.array([_matrix(name) for name in target_ids], dtype=str)
    hits_qm = e_qm <= e_max
    hits_by_tf = {}
    for factor, ids in allow.items():
        member_m = np.isin(matrices_m, [_matrix(name) for name in ids])
        if not member_m.any():
            raise ValueError(f"no matrix of {factor} ({', '.join(ids)}) among the targets")
        hits_by_tf[factor] = hits_qm[:, member_m].any(axis=1)
    relevant_q = np.any(list(hits_by_tf.values()), axis=0)
    return Recovery(
        n_filters=n_filters,
        uninformative=n_filters - len(e_qm),
        any=float(hits_qm.any(axis=1).sum() / n_filters),
        any_without_gmeb1=float(hits_qm[:, matrices_m != _matrix(GMEB1)].any(axis=1).sum() / n_filters),
        relevant=float(relevant_q.sum() / n_filters),
        coverage=float(np.mean([hit_q.any() for hit_q in hits_by_tf.values()])),
        filters_per_tf={factor: int(hit_q.sum()) for factor, hit_q in hits_by_tf.items()},
    )


def _matrix(name: str) -> str:
    """Returns the id without its version: MA0079 for MA0079.3."""
    return name.rsplit(".", 1)[0]
