"""Sums of a bigWig in intervals against those of the array that it was written from."""

import numpy as np
import pytest

from jaxmotif.data.files import bigwig


def test_sums_are_those_of_the_array(tmp_path):
    rng = np.random.default_rng(0)
    lengths = {"chr1": 400, "chr2": 300}
    values = {name: rng.random(100).astype(np.float32) for name in lengths}  # letters 50 to 150, else nothing
    bigwig.write_bigwig(
        tmp_path / "a.bw",
        lengths,
        np.array(list(lengths)),
        np.array([50, 50]),
        np.stack(list(values.values())),
    )
    whole = {name: np.zeros(size) for name, size in lengths.items()}
    for name, own in values.items():
        whole[name][50:150] = own
    chrom = np.array(["chr1", "2", "chr1", "chr1", "chr2", "chr7"])
    start, end = np.array([0, 100, 60, -20, 290, 5]), np.array([80, 140, 61, 70, 320, 9])
    found = bigwig.sums(tmp_path / "a.bw", chrom, start, end)
    theirs = [
        whole["chr2" if name == "2" else name][max(first, 0) : last].sum()
        for name, first, last in zip(chrom[:5], start[:5], end[:5], strict=True)
    ]
    np.testing.assert_allclose(found[:5], theirs, rtol=1e-5)
    assert np.isnan(found[5])


def test_other_files_are_refused(tmp_path):
    where = np.array(["chr1"]), np.array([0]), np.array([5])
    with pytest.raises(ValueError, match="no such file"):
        bigwig.sums(tmp_path / "a.bw", *where)
    (tmp_path / "a.bw").write_text("chr1\t1\t2\n")
    with pytest.raises(ValueError, match=r"a\.bw is no bigWig that can be read"):
        bigwig.sums(tmp_path / "a.bw", *where)
