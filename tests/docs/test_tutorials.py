"""The code of README and of the tutorials runs, and prints what they say it prints.

Of each document the blocks are run in order, in a temporary folder: ```python in one namespace, and lines
of ```bash that begin with `jaxmotif`. A ```text block behind ```python is what that prints; fractions are
not compared, since they depend on the machine. ```sh blocks are for the reader only.
"""

import contextlib
import io
import pathlib
import re
import shlex

import numpy as np
import pytest

import jaxmotif
from jaxmotif import dna
from jaxmotif.apps import cli
from jaxmotif.training import presets

ROOT = pathlib.Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FRACTION = re.compile(r"\d*\.\d+(e[+-]\d+)?")

# What the documents leave at its default and a test need not repeat in full.
QUICK = {"discover": ["--set=train.epochs=12"]}
QUICK_UPDATES = 150


def _blocks(document: str) -> list[tuple[str, str]]:
    return BLOCK.findall((ROOT / document).read_text())


def _commands(block: str) -> list[list[str]]:
    lines = block.replace("\\\n", " ").splitlines()
    words = [shlex.split(line, comments=True) for line in lines]
    return [one for one in words if one[:1] == ["jaxmotif"]]


def _run(document: str) -> None:
    """Runs all blocks of a document in the current folder."""
    names, printed = {"__name__": "__main__"}, None
    for language, text in _blocks(document):
        if language == "python":
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile(text, document, "exec"), names)
            printed = out.getvalue()
        elif language == "bash":
            for words in _commands(text):
                with contextlib.redirect_stdout(io.StringIO()):
                    cli.dispatch([*words, *QUICK.get(words[1], ())])
        elif language == "text" and printed is not None:
            assert FRACTION.sub("#", printed) == FRACTION.sub("#", text)
            printed = None


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(presets, "ALL_UPDATES", QUICK_UPDATES)
    return tmp_path


@pytest.mark.parametrize("document", ["docs/tutorials/peaks.md", "docs/tutorials/own_network.md"])
def test_a_tutorial_runs_as_it_is_written(document, folder):
    assert "python" in dict(_blocks(document))
    _run(document)


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
