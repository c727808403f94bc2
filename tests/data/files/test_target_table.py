"""Tables of sequences or loci by targets, against pandas, and what is refused."""

import gzip
import io
import sys

import h5py
import numpy as np
import pandas
import pytest
import scipy.sparse

from jaxmotif.data.files import content, target_files, target_table

SEQUENCES = "seq\tliver\tbrain\nACGTACGTACGT\t1\t0\nTTTTACGTAAAA\tNA\t1\nGGGGACGTCCCC\t0\t\n"
LOCI = "chrom\tstart\tend\tliver\tbrain\nchr1\t10\t30\t1.5\t0.25\nchr2\t100\t120\t-1\tNaN\n"
NAMED = "peak,reads_a,reads_b\nchr1:10-30,3,4\nchrX-100-120,12,1\n"


def read(folder, text, name="t.tsv", **options):
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    source = content.read(path, loci=True, targets=True)
    assert target_table.holds(source)
    return target_table.read(target_table.of_text(source), **options)


@pytest.mark.parametrize("name", ["t.tsv", "t.tsv.gz"])
def test_sequences_by_labels(tmp_path, name):
    found = read(tmp_path, SEQUENCES, name)
    theirs = pandas.read_csv(io.StringIO(SEQUENCES), sep="\t")
    assert found.targets.kind == "multilabel" and found.targets.names == ("liver", "brain")
    np.testing.assert_array_equal(found.targets.values, theirs[["liver", "brain"]].to_numpy(np.float32))
    assert list(found.sequences) == theirs["seq"].tolist() and found.loci is None and found.weights is None


def test_loci_by_values_and_counts(tmp_path):
    found = read(tmp_path, LOCI)
    assert found.targets.kind == "regression" and found.sequences is None
    assert found.loci.chromosome.tolist() == ["chr1", "chr2"] and found.loci.end.tolist() == [30, 120]
    assert found.names == ["chr1:10-30", "chr2:100-120"]
    np.testing.assert_array_equal(found.targets.values, np.array([[1.5, 0.25], [-1, np.nan]], np.float32))
    found = read(tmp_path, NAMED, "t.csv")
    assert found.targets.kind == "counts" and found.targets.names == ("reads_a", "reads_b")
    assert found.names == ["chr1:10-30", "chrX:100-120"]


def test_what_other_programs_write(tmp_path):
    text = "#'chr'\t'start'\t'end'\t'a.bw'\t'b.bw'\nchr1\t10\t30\t0.5\t2\nchr1\t50\t70\t0.25\t3\n"
    assert read(tmp_path, text).targets.names == ("a.bw", "b.bw")


def test_classes_weights_and_columns_that_are_chosen(tmp_path):
    text = "id;sequence;tissue;weight;gc\np1;ACGTACGT;liver;1;0.5\np2;ACGTACGA;brain;0.25;0.4\n"
    found = read(tmp_path, text, "t.csv", wanted=("tissue",))
    assert found.targets.names == ("brain", "liver") and found.names == ["p1", "p2"]
    assert found.weights.tolist() == [1, 0.25]
    found = read(tmp_path, text, "t.csv")
    assert found.targets.names == ("gc",) and "passed over: tissue" in found.targets.notes[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SEQUENCES.replace("NA\t1", "NA"), "line 3: 2 columns, the header has 3"),
        (LOCI.replace("-1\tNaN", "-1\tmuch"), r"line 3, column 'brain': 'much' is no number"),
        (LOCI.replace("1.5", "inf"), r"line 2, column 'liver': inf is not finite"),
        (LOCI.replace("\t30\t", "\t3\t"), r"line 2, column 'end': the end, 3, is not beyond the start, 10"),
        (LOCI.replace("100\t", "1e2\t"), r"line 3, column 'start': '1e2' is no position"),
        (SEQUENCES.replace("brain", "liver"), "line 1: two columns are called 'liver'"),
        (SEQUENCES.replace("TTTTACGTAAAA", ""), r"line 3, column 'seq': no sequence"),
        (SEQUENCES.replace("brain", "weight"), r"line 4, column 'weight': nan is no weight"),
        ("seq\ta\tb\n", "a header and no rows"),
    ],
)
def test_errors_name_line_and_column(tmp_path, text, said):
    with pytest.raises(ValueError, match=said):
        read(tmp_path, text)


def test_a_column_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match="has no column 'heart'; it has: liver, brain"):
        read(tmp_path, SEQUENCES, wanted=("heart",))


@pytest.mark.parametrize(
    "text",
    [
        "chrom\tstart\tend\tname\tscore\tstrand\nchr1\t10\t30\tx\t0\t+\n",
        "chr1\t10\t30\tx\t5\t+\nchr1\t50\t70\tx\t5\t+\n",
        "seq\tlabel\nACGT\t1\nACGA\t0\n",
        "chr1:0-4\tACGT\nchr1:10-14\tTTTT\n",
        ">a\nACGT\n",
    ],
)
def test_other_files_are_no_tables_of_targets(tmp_path, text):
    path = tmp_path / "x.txt"
    path.write_text(text)
    assert not target_table.holds(content.read(path, loci=True, targets=True))


def test_one_label_that_is_not_all_0_and_1_is_a_target(tmp_path):
    assert read(tmp_path, "seq\tlabel\nACGT\t0.5\nACGA\t2\n").targets.kind == "regression"
    assert read(tmp_path, "seq\tlabel\nACGT\t1\nACGA\tNA\nACTA\t0\n").targets.kind == "multilabel"


def test_parquet_is_read_as_the_text_of_it(tmp_path):
    frame = pandas.read_csv(io.StringIO(LOCI), sep="\t")
    frame["liver"] = frame["liver"].astype("float32")
    frame.to_parquet(tmp_path / "t.parquet")
    assert target_files.is_binary(tmp_path / "t.parquet")
    found, text = target_table.read(target_files.read(tmp_path / "t.parquet")), read(tmp_path, LOCI)
    np.testing.assert_array_equal(found.targets.values, text.targets.values)
    assert found.names == text.names and found.loci.start.tolist() == text.loci.start.tolist()
    frame = pandas.DataFrame({"tissue": pandas.Categorical(["a", "b"])}, index=["chr1:5-25", "chr1:50-70"])
    frame.to_parquet(tmp_path / "t.parquet")
    found = target_table.read(target_files.read(tmp_path / "t.parquet"))
    assert found.targets.kind == "multiclass" and found.names == ["chr1:5-25", "chr1:50-70"]


def write_h5ad(path, x, obs, var, sparse=""):
    with h5py.File(path, "w") as file:
        if sparse:
            matrix = getattr(scipy.sparse, f"{sparse}_matrix")(x)
            group = file.create_group("X")
            group.attrs["encoding-type"] = f"{sparse}_matrix"
            group.attrs["shape"] = x.shape
            for name in ("data", "indices", "indptr"):
                group[name] = getattr(matrix, name)
        else:
            file["X"] = x
        for axis, names in (("obs", obs), ("var", var)):
            group = file.create_group(axis)
            group.attrs["_index"] = "_index"
            group["_index"] = np.array(names, h5py.string_dtype())


@pytest.mark.parametrize("sparse", ["", "csr", "csc"])
@pytest.mark.parametrize("turned", [False, True])
def test_anndata_dense_and_sparse_both_ways_round(tmp_path, sparse, turned):
    x = np.random.default_rng(0).poisson(2, (2, 5)).astype(np.float32)
    axes = ["T", "B"], [f"chr1:{i}00-{i}50" for i in range(1, 6)]
    write_h5ad(tmp_path / "t.h5ad", x.T if turned else x, *(axes[::-1] if turned else axes), sparse=sparse)
    found = target_table.read(target_files.read(tmp_path / "t.h5ad"))
    assert found.targets.kind == "counts" and found.targets.names == ("T", "B") and found.names == axes[1]
    np.testing.assert_array_equal(found.targets.values, x.T)


def test_other_hdf5_is_told_what_it_is(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["weights"] = np.zeros(3)
    with pytest.raises(ValueError, match=r"without X, obs and var: no AnnData"):
        target_files.read(tmp_path / "x.h5")
    write_h5ad(tmp_path / "x.h5", np.ones((2, 2)), ["a", "b"], ["g1", "g2"])
    with pytest.raises(ValueError, match=r"neither the names of obs \('a', ...\)"):
        target_files.read(tmp_path / "x.h5")


def test_parquet_without_its_library_is_one_line(tmp_path, monkeypatch):
    pandas.DataFrame({"seq": ["ACGT"], "x": [0.5]}).to_parquet(tmp_path / "t.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(ValueError, match=r'pyarrow reads: pip install "jaxmotif\[parquet\]", or write it as'):
        target_files.read(tmp_path / "t.parquet")
