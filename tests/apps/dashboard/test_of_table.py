"""The dashboard of a run on a table of targets: what networks say by their task, and what the table says."""

import dataclasses
import json
import re

import numpy as np
import pytest

from jaxmotif.apps import cli
from jaxmotif.apps.dashboard import inputs, sequences
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import held_out
from jaxmotif.data.targets import KINDS
from jaxmotif.interpret import attribution
from tests.helpers import small_run
from tests.helpers.document import read_page
from tests.helpers.example_dashboard import unpacked

ROWS, TARGETS = 40, ("class1", "class2", "class3")
RNG = np.random.default_rng(2)


def table(task):
    values = {
        "multilabel": RNG.integers(0, 2, (ROWS, 3)),
        "multiclass": np.eye(3)[np.arange(ROWS) % 3],
        "regression": RNG.normal(size=(ROWS, 3)),
        "counts": RNG.poisson(3, (ROWS, 3)),
    }[task].astype(np.float32)
    if task != "multiclass":
        values[3, 1] = np.nan
    codes = RNG.integers(0, 4, (ROWS, small_run.LENGTH)).astype(np.uint8)
    return Dataset(codes, values, [f"s{i}" for i in range(ROWS)], targets=TARGETS)


def make(folder, task, members=2):
    data = table(task)
    folder.mkdir(exist_ok=True)
    held_out.write_with_targets(folder, data)
    small_run.network(3, members, "random", task).save(folder)
    (folder / "metrics.json").write_text(json.dumps({"task": task}))
    return data


@pytest.mark.parametrize("task", KINDS)
def test_rows_are_targets_and_say_what_the_task_is(task, tmp_path):
    data = make(tmp_path / "run", task)
    run = tmp_path / "run"
    flags = ["--class_steps=2", "--format=svg", "--methods=mutagenesis", "--most=30"]
    cli.dispatch(["jaxmotif", "dashboard", str(run), *flags])
    path = run / "dashboard" / "dashboard.html"
    text = path.read_text()
    read_page(path)
    found = json.loads(re.search(r'id="data">(.*?)</script>', text)[1])
    called = "class" if task.startswith("multi") else "target"
    assert [one["name"] for one in found["networks"]] == [f"{called} {one}" for one in TARGETS]
    assert len(found["sequences"]) == 30 and found["known"]
    assert found["probability"] == task.startswith("multi")
    network = small_run.network(3, 2, "random", task)
    rows = [data.names.index(shown["name"]) for shown in found["sequences"]]
    # The highest and the lowest of every target come first.
    tops = [np.nanargmax(data.labels[:, t]) for t in range(3)]
    assert set(np.nanmax(data.labels[rows[:6]], axis=0)) == set(data.labels[tops, range(3)])
    z = network.logits(data.sequences[rows], by_member=True).astype(float)

    def said(z):
        if task == "multiclass":
            return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)
        return {"multilabel": 1 / (1 + np.exp(-z)), "regression": z, "counts": np.exp(z)}[task]

    for i, shown in enumerate(found["sequences"]):
        assert shown["positive"] is None
        known = {t: v for t, v in zip(TARGETS, data.labels[rows[i]], strict=True) if not np.isnan(v)}
        assert shown["known"] == pytest.approx(known)
        for t, target in enumerate(TARGETS):
            name = f"{called} {target}"
            assert shown["scores"][name] == pytest.approx(said(z.mean(axis=0))[i, t], rel=2e-4, abs=1e-4)
            one = shown["scores"][f"{name}, member 2"]
            assert one == pytest.approx(said(z[1])[i, t], rel=2e-4, abs=1e-4)
    strips = found["sequences"][0]["strips"]["mutagenesis"][
        "target class2" if called == "target" else "class class2"
    ]
    members = [
        attribution.attribute(network.member(m), data.sequences[rows[:1]], "mutagenesis", target=1)[0]
        for m in (0, 1)
    ]
    np.testing.assert_allclose(unpacked(strips), np.mean(members, axis=0), atol=2e-3)
    assert ("Class motifs are not shown" in text) == (called == "target")
    assert ("positives</option>" in text) is False and "highest known first" in text
    assert ("speak for the class" in text) == (called == "class")
    if task == "counts":
        assert "natural logarithm of the expected count" in text


def test_what_a_run_has_kept_and_one_target(tmp_path):
    data = make(tmp_path / "run", "counts", members=1)
    run = tmp_path / "run"
    kept = held_out.read_with_targets(run)
    np.testing.assert_array_equal(kept.labels, data.labels)
    np.testing.assert_array_equal(kept.sequences, data.sequences)
    assert kept.targets == TARGETS and kept.names == data.names
    cli.dispatch(
        ["", "dashboard", str(run), "--class=class2", "--format=svg", "--methods=signed", "--most=4"]
    )
    text = (run / "dashboard" / "dashboard.html").read_text()
    found = json.loads(re.search(r'id="data">(.*?)</script>', text)[1])
    assert [one["target"] for one in found["networks"]] == ["class2"]
    values = [shown["known"]["class2"] for shown in found["sequences"]]
    order = np.sort(data.labels[:, 1][~np.isnan(data.labels[:, 1])])
    assert values == [order[-1], order[0], order[-2], order[1]]
    with pytest.raises(ValueError, match="temporal scores need a recurrent network of labels or classes"):
        cli.dispatch(["", "dashboard", str(run), "--methods=temporal"])
    # A run of an earlier version has kept no table.
    (run / held_out.TARGETS).unlink()
    given = sequences.read(run, "", small_run.LENGTH, 5, TARGETS)
    assert given.labels == "none" and "has not kept what its table says" in given.notes[0]
    held_out.write(run, dataclasses.replace(data, labels=np.ones(ROWS), targets=("any",)))
    (run / held_out.TARGETS).write_text("sequence\tx\nother\t1\n")
    with pytest.raises(ValueError, match="its sequences are not those of held_out.fa"):
        held_out.read_with_targets(run)


def test_many_targets_and_networks_of_different_tasks():
    network = small_run.network(9, 1, task="regression")
    shown = inputs.of_network("", network)
    assert len(shown) == inputs.MOST_TARGETS and shown[0].name == "target class1"
    assert inputs.left_out(shown) == ["Of 9 the first 6 are shown; --class=NAME shows another target."]
    assert inputs.of_network("", network, class_name="class8")[0].target == ""
    assert inputs.left_out(inputs.of_network("", network, class_name="class8")) == []
    other = inputs.Trained("b", small_run.network(2, 1), None, "class1")
    with pytest.raises(ValueError, match="networks that say different things, probability and value"):
        inputs.check_alike([*shown, other])
