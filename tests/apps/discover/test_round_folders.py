"""A later round's networks belong to the sequences that they were trained on."""

import dataclasses

import numpy as np

import jaxmotif as jm
from jaxmotif.apps.discover import pipeline, round_folders
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.dataset import Splits


def test_rounds_that_are_no_more_are_removed(tmp_path):
    for name in ("round_2", "round_3", "round_10", "round_x", "other"):
        (tmp_path / name).mkdir()
    round_folders.forget(tmp_path, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "round_2", "round_x"]
    round_folders.forget(None, 1)


def test_a_folder_of_other_sequences_is_emptied(tmp_path, monkeypatch):
    def train(settings, splits, folder, resume):
        seen.append(sorted(path.name for path in folder.iterdir()))
        (folder / "checkpoint").touch()

    monkeypatch.setitem(pipeline.TRAIN, "supervised", train)
    rng = np.random.default_rng(0)
    part = jm.with_negatives(jm.Dataset(rng.integers(0, 4, (9, 30)).astype(np.uint8)))
    splits, seen = Splits(part, part, part), []
    other = dataclasses.replace(part, sequences=part.sequences[::-1].copy())
    first, later = tmp_path / "run", tmp_path / "run" / "round_2"
    first.mkdir()
    go = lambda parts, folder: pipeline._train(Settings(), "supervised", True, [], parts, folder)
    go(splits, later)
    go(splits, later)
    go(dataclasses.replace(splits, train=other), later)
    (later / "sequences.json").write_text("{")  # damaged: not trusted
    go(dataclasses.replace(splits, train=other), later)
    assert seen == [
        ["sequences.json"],
        ["checkpoint", "sequences.json"],
        ["sequences.json"],
        ["sequences.json"],
    ]
    # Whose sequences the first round's are is told by inputs.json.
    seen.clear()
    go(splits, first)
    assert seen == [["round_2"]]
