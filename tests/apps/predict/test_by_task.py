"""predict, variants and attribute of networks of each task, against networks and links by hand."""

import numpy as np
import pytest

import jaxmotif as jm
from jaxmotif import dna
from jaxmotif.apps import cli
from jaxmotif.data.targets import KINDS
from jaxmotif.interpret import attribution
from jaxmotif.models import opened
from jaxmotif.models.imports import external
from tests.helpers import small_run

LENGTH = small_run.LENGTH
# Of each task: what an output is called, columns of what it says, of its scale, and the scale's unit.
NAMES = {
    "multilabel": ("class", "probability", "logit", "log_odds"),
    "multiclass": ("class", "probability", "logit", "log_odds"),
    "regression": ("target", "value", "value", "value"),
    "counts": ("target", "expected_count", "log_count", "log_count"),
}
CLASSES = ("class1", "class2", "class3")


@pytest.fixture(scope="module", name="runs")
def fixture_runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    for task in KINDS:
        small_run.network(outputs=3, task=task).save(folder / task)
    return folder


def outputs(task, texts):
    """What each member of the network gives for sequences, before any link, (members, N, T)."""
    network = small_run.network(outputs=3)
    one_hot = np.eye(5, 4, dtype=np.float32)[dna.encode(texts)]
    each = [network.apply(network.member_variables(m), one_hot)[0] for m in range(len(network))]
    return np.array(each, float)


def answers(task, z):
    if task == "multiclass":
        return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)
    return {"multilabel": 1 / (1 + np.exp(-z)), "regression": z, "counts": np.exp(z)}[task]


def on_scale(task, z):
    p = answers(task, z)
    return np.log(p) - np.log(1 - p) if task == "multiclass" else z


@pytest.mark.parametrize("task", KINDS)
def test_predict(task, runs, tmp_path, capsys):
    text = small_run.letters(70)
    path = small_run.write_fasta(tmp_path / "a.fa", {"x": text})
    starts = range(0, 51, 10)
    z = outputs(task, [text[start : start + LENGTH] for start in starts])
    output, name, scale, _ = NAMES[task]
    cli.dispatch(["", "predict", str(runs / task), str(path)])
    header = capsys.readouterr().out.splitlines()[0].split("\t")
    told = list(dict.fromkeys([name, scale]))
    expected = ["sequence", "chrom", "start", "end", output, "tiles"]
    assert header == expected + [one + end for one in told for end in ("", "_sd")]
    cli.dispatch(["", "predict", str(runs / task), str(path)])
    rows = small_run.rows(capsys.readouterr().out)
    assert [row[output] for row in rows] == list(CLASSES)
    for number, row in enumerate(rows):
        scores = on_scale(task, z)[:, :, number]
        best = int(scores.mean(axis=0).argmax())
        assert int(row["start"]) == starts[best]
        for column, values in ((name, answers(task, z)[:, :, number]), (scale, scores)):
            wanted = values[:, best].mean(), values[:, best].std(ddof=1)
            found = [float(row[column]), float(row[f"{column}_sd"])]
            np.testing.assert_allclose(found, wanted, rtol=5e-4, atol=1e-5)


@pytest.mark.parametrize("task", KINDS)
def test_variants(task, runs, tmp_path, capsys):
    genome = small_run.letters(90, 5)
    path = small_run.write_fasta(tmp_path / "g.fa", {"chr1": genome})
    ref = genome[40]
    alt = "ACGT"[("ACGT".index(ref) + 1) % 4]
    (tmp_path / "a.vcf").write_text(
        f"#CHROM\tPOS\tID\tREF\tALT\nchr1\t41\tv\t{ref}\t{alt}\nchr1\t3\tw\t{genome[2]}\t<DEL>\n"
    )
    cli.dispatch(["", "variants", str(runs / task), str(tmp_path / "a.vcf"), f"--genome={path}"])
    rows = small_run.rows(capsys.readouterr().out)
    own = genome[30:50]
    z = on_scale(task, outputs(task, [own, own[:10] + alt + own[11:]]))
    output, _, scale, unit = NAMES[task]
    assert [row[output] for row in rows] == [*CLASSES, ""]
    change = z[:, 1] - z[:, 0]
    for number, row in enumerate(rows[:3]):
        found = [float(row[c]) for c in (f"{scale}_ref", f"{scale}_alt", "difference", "difference_sd")]
        one = z[:, :, number].mean(axis=0)
        wanted = [*one, change[:, number].mean(), change[:, number].std(ddof=1)]
        np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-5)
        assert row["unit"] == unit
    network = jm.Network.load(runs / task)
    found = jm.variant_effects(network, str(path), [("chr1", 41, ref, alt)])
    np.testing.assert_allclose(found[:, 0], change, atol=1e-5)


@pytest.mark.parametrize("task", KINDS)
def test_attribute(task, runs, tmp_path, capsys):
    texts = {f"s{i}": small_run.letters(LENGTH, i) for i in range(5)}
    path = small_run.write_fasta(tmp_path / "a.fa", texts)
    out = tmp_path / "out"
    common = ["--class=class2", "--method=mutagenesis", "--most=2", "--format=svg", f"--out={out}"]
    cli.dispatch(["", "attribute", str(runs / task), str(path), *common])
    output, _, scale, _ = NAMES[task]
    rows = small_run.rows((out / "sequences.tsv").read_text())
    z = outputs(task, list(texts.values())).mean(axis=0)
    score = on_scale(task, z)[:, 1]
    np.testing.assert_allclose([float(row[scale]) for row in rows], score, rtol=1e-4, atol=1e-5)
    assert {row[output] for row in rows} == {"class2"}
    found = np.load(out / "attributions.npz")["arr_0"]
    letter = next(code for code in range(4) if code != dna.encode([texts["s0"]])[0, 0])
    with_it = on_scale(task, outputs(task, ["ACGT"[letter] + texts["s0"][1:]]).mean(axis=0))[0, 1]
    every = [on_scale(task, outputs(task, [base + texts["s0"][1:]]).mean(axis=0))[0, 1] for base in "ACGT"]
    assert found[0, letter, 0] == pytest.approx(with_it - np.mean(every), abs=1e-5)
    network = jm.Network.load(runs / task)
    given = attribution.hypothetical_contributions(
        network, dna.encode(list(texts.values())), "mutagenesis", target=1
    )
    np.testing.assert_allclose(found, given.transpose(0, 2, 1), atol=1e-6)
    assert "contributions to class2, " in capsys.readouterr().out
    strongest = max(zip(score, texts, strict=True))
    title = f"{strongest[1]}   {scale.replace('_', ' ')} {strongest[0]:.3f}"
    assert title in (out / "strongest.svg").read_text()


def test_a_file_of_another_program_is_told_its_task(tmp_path, capsys, monkeypatch):
    """Where the last layer is linear; runs, and networks that end in softmax, say it themselves."""
    network, text = small_run.network(1, 1), small_run.letters(LENGTH)
    path = small_run.write_fasta(tmp_path / "a.fa", {"x": text})
    file, link = tmp_path / "m.keras", "linear"
    file.touch()
    heads = lambda: (external.Head("y", (1,), link, True),)
    foreign = lambda path, options: external.Loaded(network, heads(), (), (), (), None, "")
    monkeypatch.setattr(opened, "foreign", foreign)
    z = float(network.logits([text])[0, 0])
    for task, column, value in (
        (None, "probability", 1 / (1 + np.exp(-z))),
        ("counts", "expected_count", np.exp(z)),
        ("regression", "value", z),
    ):
        flags = [f"--task={task}"] if task else []
        cli.dispatch(["", "predict", str(file), str(path), *flags])
        (row,) = small_run.rows(capsys.readouterr().out)
        assert float(row[column]) == pytest.approx(value, rel=1e-4)
    link = "softmax"
    with pytest.raises(ValueError, match="ends in a softmax, which says what it was trained for"):
        cli.dispatch(["", "predict", str(file), str(path), "--task=counts"])
    network.save(tmp_path / "run")
    with pytest.raises(ValueError, match="says itself what its networks were trained for"):
        cli.dispatch(["", "predict", str(tmp_path / "run"), str(path), "--task=counts"])
