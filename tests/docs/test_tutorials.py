"""The code of README and of the tutorials runs, and prints what they say it prints.

Of each document the blocks are run in order, in a temporary folder: ```python in one namespace, and lines
of ```bash that begin with `jaxmotif`. A ```text block behind ```python is what that prints; fractions are
not compared, since they depend on the machine. Behind ```bash it is lines of what that prints, and no numbers
are compared. ```sh blocks are for the reader only.
"""

import contextlib
import csv
import io
import json
import pathlib
import re
import shlex

import numpy as np
import pytest

import jaxmotif
from jaxmotif import dna
from jaxmotif.apps import cli
from jaxmotif.models.imports.keras import backend
from jaxmotif.training import presets

ROOT = pathlib.Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FRACTION = re.compile(r"\d*\.\d+(e[+-]\d+)?")
NUMBER = re.compile(r"(?<![\w.])\d[\d,.]*(e[+-]\d+)?")  # not within a name

# What the documents leave at its default and a test need not repeat in full.
QUICK = {"discover": ["--set=train.epochs=12"]}
QUICK_UPDATES = 150


def _blocks(document: str) -> list[tuple[str, str]]:
    return BLOCK.findall((ROOT / document).read_text())


def _commands(block: str) -> list[list[str]]:
    lines = block.replace("\\\n", " ").splitlines()
    words = [shlex.split(line, comments=True) for line in lines]
    return [one for one in words if one[:1] == ["jaxmotif"]]


def _lines(text: str) -> set[str]:
    """Lines of a command's output, without their numbers and the widths of columns."""
    return {" ".join(NUMBER.sub("#", line).split()) for line in text.splitlines()}


def _run(document: str) -> None:
    """Runs all blocks of a document in the current folder."""
    names, printed, told = {"__name__": "__main__"}, None, None
    for language, text in _blocks(document):
        if language == "python":
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile(text, document, "exec"), names)
            printed, told = out.getvalue(), None
        elif language == "bash":
            with contextlib.redirect_stdout(io.StringIO()) as out:
                for words in _commands(text):
                    cli.dispatch([*words, *QUICK.get(words[1], ())])
            printed, told = None, out.getvalue()
        elif language == "text" and printed is not None:
            assert FRACTION.sub("#", printed) == FRACTION.sub("#", text)
            printed = None
        elif language == "text" and told is not None:
            assert _lines(text) <= _lines(told)
            told = None


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(presets, "ALL_UPDATES", QUICK_UPDATES)
    return tmp_path


@pytest.mark.parametrize("document", ["docs/tutorials/peaks.md", "docs/tutorials/own_network.md"])
def test_a_tutorial_runs_as_it_is_written(document, folder):
    assert "python" in dict(_blocks(document))
    _run(document)


@pytest.mark.skipif(not backend.installed(), reason="the extra keras is not installed")
def test_the_page_on_networks_of_others_runs(folder):
    _run("docs/howto/networks.md")


def _table(path) -> list[dict[str, str]]:
    with open(path) as file:
        return list(csv.DictReader(file, delimiter="\t"))


def _bed(path) -> list[list[str]]:
    return [line.split() for line in path.read_text().splitlines() if not line.startswith("#")]


def test_the_made_genome_gives_back_what_was_planted(folder):
    _run("docs/tutorials/genome.md")
    planted = {"CTCF": set(), "CEBPB": set()}
    for chrom, start, end, motif, *_ in _bed(folder / "made" / "truth.bed"):
        planted[{"MA0139.2": "CTCF", "MA0466.4": "CEBPB"}[motif]].add((chrom, int(start), int(end)))
    motifs = json.loads((folder / "runs" / "made" / "motifs.json").read_text())
    names = {row["name"]: row["best_match"]["name"] for row in motifs}
    assert sorted(names.values()) == ["CEBPB", "CTCF"] and names["motif_1"] == "CTCF"

    # Sites of each motif lie on its own planted ones, to the base.
    sites = {"CTCF": set(), "CEBPB": set()}
    for chrom, start, end, name, *_ in _bed(folder / "scan.bed"):
        motif, _, factor = name.rstrip(")").partition("(")
        assert names[motif] == factor
        sites[factor].add((chrom, int(start), int(end)))
    for name, places in planted.items():
        assert len(places & sites[name]) > 0.7 * len(places)
    assert not planted["CTCF"] & sites["CEBPB"] and not planted["CEBPB"] & sites["CTCF"]

    scores = {
        name: [float(row["logit"]) for row in _table(folder / "predictions.tsv") if row["sequence"] == name]
        for name in ("peak", "beside")
    }
    assert len(scores["peak"]) == len(scores["beside"]) == 100
    assert np.mean(np.subtract.outer(scores["peak"], scores["beside"]) > 0) > 0.75  # AUROC

    letters = np.load(folder / "attributions" / "one_hot.npz")["arr_0"]
    values = np.load(folder / "attributions" / "attributions.npz")["arr_0"]
    assert letters.shape == values.shape == (200, 4, 200)
    # What the letters contribute is where motifs of the held-out chromosomes were planted.
    inside = np.zeros((200, 200), bool)
    for row, (chrom, begin, *_) in enumerate(_bed(folder / "other.bed")):
        for place, start, end in planted["CTCF"] | planted["CEBPB"]:
            if place == chrom:
                inside[row, max(start - int(begin), 0) : max(end - int(begin), 0)] = True
    contributions = (letters * values).sum(axis=1)
    assert contributions[inside].mean() > 5 * abs(contributions[~inside]).mean()

    effects = _table(folder / "effects.tsv")
    assert len(effects) == 15 and {row["status"] for row in effects} == {"scored"}
    for row in effects:
        at, change = int(row["pos"]) - 1, float(row["difference"])
        # A deletion's first letter stays.
        within = [start <= at < end for chrom, start, end in planted["CTCF"] if chrom == row["chrom"]]
        assert any(within) == (row["id"] != "beside")
        if row["id"] == "deletion":
            assert change < -1 and row["lost"].startswith("motif_1(CTCF)=")
        if row["id"] == "letter":
            assert change < 0


def test_the_code_of_the_readme_runs(folder):
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (240, 60), dtype=np.uint8)
    for row, start in zip(codes, rng.integers(5, 45, len(codes)), strict=True):
        row[start : start + 10] = dna.encode(["CAGATAAGGA"])[0]
    records = [f">peak{i}\n{letters}\n" for i, letters in enumerate(dna.decode(codes))]
    (folder / "peaks.fa").write_text("".join(records))
    _run("README.md")


def test_the_api_page_has_every_public_name():
    listed = re.findall(r"^      heading: jm\.(\w+)$", (ROOT / "docs" / "api.md").read_text(), re.MULTILINE)
    assert set(jaxmotif.__all__) <= set(listed) and len(listed) == len(set(listed))
