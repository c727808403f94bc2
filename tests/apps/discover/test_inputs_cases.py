"""Inputs that failed once, from the folder of shared cases, up to what the networks are given."""

import numpy as np
import pytest

from jaxmotif.apps.discover import inputs
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data import negatives
from jaxmotif.data.judge import groups
from tests.conftest import SHARED


@pytest.fixture(autouse=True)
def quick_shuffles(monkeypatch):
    """Other negatives in the place of shuffles, whose program would be compiled."""
    monkeypatch.setattr(negatives, "_shuffle", lambda key, codes_nl, chunk: codes_nl[:, ::-1])


@pytest.fixture(name="load")
def fixture_load():
    if not (SHARED / "cases").is_dir():
        pytest.skip(f"no cases at {SHARED / 'cases'} (set JAXMOTIF_SHARED)")

    def load(case, settings=(), **files):
        paths = {name: str(SHARED / "cases" / case / file) for name, file in files.items()}
        return inputs.load(Settings(**paths, **dict(settings)))

    return load


def test_own_negatives_also_test(load):
    parts, labelled = load("case03", sequences="pos.fa", negatives="neg.fa", test="test_pos.fa")
    assert labelled and len(parts.test.positives) == 100 and len(parts.test.negatives) == 60
    assert {name[0] for name in parts.test.negatives.names} == {"n"}


def test_a_test_file_inside_the_training_file(load):
    parts, _ = load("case49", sequences="train.fa", test="test_inside_train.fa")
    assert "80 of 200 sequences of train.fa" in parts.notes[0]
    assert len(parts.test.positives) == 80
    for part in (parts.train, parts.valid):
        assert not groups.touching(part, parts.test).any()
    with pytest.raises(ValueError, match="0 sequences left, at least 50"):
        load("case49", sequences="train.fa", test="train.fa")


def test_copies_count_once(load):
    parts, _ = load("case37", sequences="copies.fa")
    assert len(parts.train) + len(parts.valid) + len(parts.test) == 1120 and len(parts.valid) == 12
    with pytest.raises(ValueError, match="500 sequences, 1 of them distinct"):
        load("case37", sequences="all_same.fa")


def test_chromosomes_of_others(load):
    assert load("case05", sequences="ensembl.fa")[0].held_out == "chromosomes 8, 9"
    fly = load("case05", sequences="fly.fa")[0]
    assert not {"X", "Y"} & {*fly.valid.chrom, *fly.test.chrom} and len(fly.test) == 120
    named = {"valid_chromosomes": ("2L",), "test_chromosomes": ("chr3R", "4")}
    assert set(np.unique(load("case05", named, sequences="fly.fa")[0].test.chrom)) == {"3R", "4"}


def test_short_reads_get_filters_that_fit(load):
    for name, kernel in (("selex14.fa", 8), ("selex20.fa", 12)):
        notes = load("case07", sequences=name)[0].notes
        assert any(f"filters of {kernel} nt instead of 19" in note for note in notes)
