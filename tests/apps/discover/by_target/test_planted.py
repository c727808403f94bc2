"""Tables with planted motifs: those of each target are found, the heat map is right, no other is listed."""

import dataclasses
import json

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.apps.discover import run
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.models.network import Network
from jaxmotif.motifs.motif_set import read_motifs
from tests.helpers import sequence_files

# Of target a, of target b, and of nobody: as frequent, but in any sequence.
WORDS = "TGACTCATTA", "CCGGAAGTAT", "GCCACGTGAC"
ROWS, LENGTH = 700, 60
RNG = np.random.default_rng(3)


def planted():
    """Sequences, which words each has, and where these begin."""
    codes, has = RNG.integers(0, 4, (ROWS, LENGTH)).astype(np.uint8), RNG.random((ROWS, 3)) < 0.4
    starts = 20 * np.arange(3) + RNG.integers(0, 8, (ROWS, 3))
    for row, word in np.argwhere(has):
        codes[row, starts[row, word] : starts[row, word] + 10] = dna.encode([WORDS[word]])[0]
    return dna.decode(codes), has, starts


SEQUENCES, HAS, STARTS = planted()
A, B = HAS[:, 0], HAS[:, 1]
NOISE = RNG.normal(0, 0.7, (ROWS, 2))
COLUMNS = {
    "multilabel": {"a": A ^ (RNG.random(ROWS) < 0.05), "b": B ^ (RNG.random(ROWS) < 0.05)},
    "multiclass": {"tissue": np.where(A, "a", np.where(B, "b", "neither"))},
    "regression": {"a": 100 + 200 * A + 100 * NOISE[:, 0], "b": -2 * B + NOISE[:, 1]},
    "counts": {"a": RNG.poisson(3 + 9 * A), "b": RNG.poisson(60 - 40 * B)},
}
# Which way each word goes with its target.
SIGNS = {"multilabel": (1, 1), "multiclass": (1, 1), "regression": (1, -1), "counts": (1, -1)}


def write_table(path, kind):
    columns = {"seq": SEQUENCES}
    for name, values in COLUMNS[kind].items():
        words = [str(int(v)) if values.dtype.kind in "bi" else str(v) for v in values.tolist()]
        if kind != "multiclass":
            words[5] = "NA"
        columns[name] = words
    rows = zip(*columns.values(), strict=True)
    path.write_text("\n".join("\t".join(row) for row in [tuple(columns), *rows]) + "\n")


def word_of(path, name):
    """The word at whose places a motif's sites are; None if more than a third are elsewhere."""
    head, *lines = [line.split("\t") for line in path.read_text().splitlines()]
    rows = [dict(zip(head, line, strict=True)) for line in lines]
    own = [
        (int(row["sequence"][3:]) - 1, int(row["start"]), int(row["end"]))
        for row in rows
        if row["motif"] == name
    ]
    at, start, end = np.array(own).T
    shared = np.minimum(end[:, None], STARTS[at] + 10) - np.maximum(start[:, None], STARTS[at])
    shares = (HAS[at] & (shared >= 6)).mean(axis=0)
    return int(shares.argmax()) if shares.max() > 2 / 3 else None


@pytest.mark.parametrize("kind", list(COLUMNS))
def test_motifs_go_with_their_own_targets(kind, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_table(tmp_path / "table.tsv", kind)
    sequence_files.write_database(tmp_path / "db.meme", 30, {"M_a": (WORDS[0], "FACTOR_A")})
    settings = Settings(sequences="table.tsv", database="db.meme", seeds=1, network="CNN-25 (16)-exp")
    train = settings.train.with_fields(epochs=8, batch_size=32)
    settings = dataclasses.replace(settings, train=train)
    lines = run.run(settings, "out")
    out = tmp_path / "out"
    assert "by what the columns hold" in capsys.readouterr().out
    # The motifs are the two that say something, and nothing else: nearly all sites are where these lie.
    motifs = read_motifs(out / "motifs.meme")
    words = [word_of(out / "sites.tsv", motif.name) for motif in motifs]
    assert set(words) == {0, 1}
    # The heat map: each with its own target, the right way round; with the other one by chance only.
    rows = [line.split("\t") for line in (out / "targets.tsv").read_text().splitlines()]
    cells = {(row[0], row[1]): dict(zip(rows[0], row, strict=True)) for row in rows[1:]}
    for motif, word in zip(motifs, words, strict=True):
        own = cells[motif.name, "ab"[word]]
        assert float(own["q"]) < 1e-3 and np.sign(float(own["effect"])) == SIGNS[kind][word]
        other = cells[motif.name, "ba"[word]]
        assert abs(float(other["effect"])) < abs(float(own["effect"])) / 2 or kind == "multiclass"
        if kind != "multiclass":  # there, what is of one class is not of another
            assert float(other["q"]) > 1e-3
    # What is written is what was found, and on the page.
    metrics = json.loads((out / "metrics.json").read_text())
    targets = ("a", "b", "neither") if kind == "multiclass" else ("a", "b")
    assert metrics["task"] == kind and tuple(metrics["by_target"]) == targets
    first = "auroc" if kind.startswith("multi") else "pearson"
    for name in "ab":
        own = metrics["by_target"][name]
        assert (
            own[f"{first}_ci"][0] > (0.6 if first == "auroc" else 0.2) and own[first] > own["without_motif"]
        )
    if kind == "multiclass":
        assert metrics["test"]["classes"]["accuracy"] > metrics["test"]["classes"]["most_common"]
    page = (out / "report.html").read_text()
    for text in ("Motifs by target", "How well each target is told", 'download="targets.tsv"', "FACTOR_A"):
        assert text in page
    assert any(line.startswith("motif_1 ") for line in lines)
    network = Network.load(out)
    assert network.task == kind and network.classes == targets and len(network) == 1
    if kind == "regression":  # in the user's own units
        found = network.probabilities(SEQUENCES)
        assert found[A, 0].mean() - found[~A, 0].mean() == pytest.approx(200, rel=0.5)
    if kind == "multilabel":
        assert run.run(settings, "out")[0] == "out is finished already; --noresume starts over"
