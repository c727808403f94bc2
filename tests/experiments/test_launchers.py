"""Every launcher starts as a module, as the documents say."""

import pathlib
import runpy
import sys

import pytest

import experiments

PAPERS = sorted(path.parent.name for path in pathlib.Path(experiments.__file__).parent.glob("*/__main__.py"))


@pytest.mark.parametrize("paper", PAPERS)
def test_help_of_the_module(paper, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [f"experiments.{paper}", "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(f"experiments.{paper}", run_name="__main__")
    assert not ended.value.code
    assert f"python -m experiments.{paper}" in capsys.readouterr().out


def test_there_is_a_launcher_for_every_paper_and_for_our_own_claims():
    assert PAPERS == ["deep_networks", "demo", "grim", "koo_eddy", "neuronmotif", "readings", "truth"]
