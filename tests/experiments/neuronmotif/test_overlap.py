"""Overlap of what neighbouring units see, against the paper's numbers and against sets of letters."""

import fractions
import json

import pytest

from experiments.common import published
from experiments.neuronmotif import launcher, overlap
from jaxmotif.models import zoo


@pytest.mark.parametrize("kernel", published.NEURONMOTIF_OVERLAP)
def test_the_papers_overlaps(kernel):
    common, field = published.NEURONMOTIF_OVERLAP[kernel]
    convs = next(iter(overlap.first_kernels(zoo.get("DD-10"), [kernel]).values()))
    found = overlap.of_convs(convs)[0]
    assert (found.common, found.field) == (common, field)
    assert found.share == fractions.Fraction(common, field)


def letters_of(convs, layer, position):
    """Letters that a position of a convolution's map sees, by walking down."""
    if layer == 0:
        return {position}
    conv = convs[layer - 1]
    return set().union(
        *(letters_of_pooled(convs, layer - 1, position * conv.stride + i) for i in range(conv.kernel))
    )


def letters_of_pooled(convs, layer, position):
    if layer == 0:
        return {position}
    pool = convs[layer - 1].pool
    return set().union(*(letters_of(convs, layer, position * pool + i) for i in range(pool)))


@pytest.mark.parametrize("name", ["Basset", "BD-5", "DeepSEA"])
def test_overlaps_are_those_of_sets_of_letters(name):
    convs = zoo.get(name).convs
    for found in overlap.of_convs(convs):
        kernel = convs[found.layer - 1].kernel
        units = [letters_of_pooled(convs, found.layer - 1, i) for i in range(kernel)]
        assert found.units == kernel and found.width == len(units[0])
        assert found.common == len(set.intersection(*units)) and found.field == len(set().union(*units))
        pair = len(units[0] & units[1]), len(units[0] | units[1])
        assert found.neighbours == fractions.Fraction(*pair)


def test_the_config_writes_table_figure_and_page(tmp_path, capsys):
    launcher.main(["neuronmotif", "--config=overlap", f"--workdir={tmp_path / 'run'}"])
    rows = json.loads((tmp_path / "run" / "table.json").read_text())
    given = [row for row in rows if row.get("published")]
    assert [row["overlap of all"] for row in given] == [row["published"] for row in given] and len(given) == 4
    fields = {row["receptive field"] for row in rows if row["model"] == "Basset"}
    assert fields == {51, 132}
    for name in ("figure4e.png", "figure4e.svg", "report.html"):
        assert (tmp_path / "run" / name).stat().st_size
