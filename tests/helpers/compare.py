"""Comparisons of whole values."""

import numpy as np

from jaxmotif.data.dataset import Splits
from jaxmotif.data.files import archive


def assert_same(a: Splits, b: Splits):
    for part in archive.PARTS:
        x, y = getattr(a, part), getattr(b, part)
        for field in ("sequences", "labels", "chrom", "start", "group"):
            p, q = getattr(x, field), getattr(y, field)
            assert (p is None) == (q is None)
            if p is not None:
                assert p.dtype == q.dtype
                np.testing.assert_array_equal(p, q)
        assert (x.names, x.targets, x.notes) == (y.names, y.targets, y.notes)
        assert (x.truth is None) == (y.truth is None)
        if x.truth is not None:
            rows = np.arange(len(x))
            np.testing.assert_array_equal(x.truth.models(rows), y.truth.models(rows))
            np.testing.assert_array_equal(x.truth.motif_id, y.truth.motif_id)
