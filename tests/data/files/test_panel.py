"""Folders of experiments in all the shapes that they come in."""

import pytest

from jaxmotif.data.files import panel


def _touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")


def test_names_and_pairs(tmp_path):
    _touch(
        tmp_path,
        "A_K562_x_AC.seq.gz",
        "A_K562_x_B.seq.gz",
        "B.train.fa.gz",
        "B.test.fa.gz",
        "C_train.fasta",
        "C_test.fasta",
        "D/train.fa",
        "D/test.fa",
        "E.fa",
        "F_AC.seq.gz",
        "README.md",
        "published_auc.tsv",
    )
    found = {e.name: e for e in panel.experiments(tmp_path)}
    assert sorted(found) == ["A_K562_x", "B", "C", "D", "E", "F"]
    assert found["A_K562_x"].test.endswith("A_K562_x_B.seq.gz") and found["D"].test.endswith("D/test.fa")
    assert found["E"].test == "" and found["F"].test == ""


@pytest.mark.parametrize(
    "names,message",
    [
        ((), "holds no .fa"),
        (("A_B.seq.gz",), "has no training file A_AC"),
        (("A.fa", "A.fasta"), "are the same experiment"),
        (("A_AC.seq.gz", "A.train.fa"), "two experiments are named A"),
    ],
)
def test_bad_folders_are_named(tmp_path, names, message):
    _touch(tmp_path, *names)
    with pytest.raises(ValueError, match=message):
        panel.experiments(tmp_path)


def test_published_values_and_factors(tmp_path):
    assert panel.published(tmp_path) == {}
    (tmp_path / panel.PUBLISHED).write_text("experiment\tcell\tauc\tother\nA_K562_x\tK562\t0.9\tnan\n")
    assert panel.published(tmp_path) == {"A_K562_x": {"auc": 0.9}}
    (tmp_path / panel.PUBLISHED).write_text("name\tauc\nA\t0.9\n")
    with pytest.raises(ValueError, match="no column 'experiment'"):
        panel.published(tmp_path)
    assert panel.factor_of("GATA1_K562_GATA-1_USC") == "GATA1" and panel.factor_of("peaks") == "peaks"
    with pytest.raises(ValueError, match="no such folder"):
        panel.experiments(tmp_path / "none")


def test_the_real_panel(shared_data):
    found = panel.experiments(shared_data / "chipseq")
    assert len(found) == 9 and all(e.test for e in found)
    assert set(panel.published(shared_data / "chipseq")) == {e.name for e in found}
