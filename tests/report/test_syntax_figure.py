import re
import types
import xml.etree.ElementTree as ElementTree

import matplotlib.image
import numpy as np
import pytest

from jaxmotif.apps.decode.syntax_figure import syntax_figure, syntax_svg
from jaxmotif.motifs.motif import Motif

NAME = "{http://www.w3.org/2000/svg}"
MOTIFS = {
    0: Motif("A<1>", np.eye(4)[[0, 0, 0, 0]], 9),
    4: Motif("T", np.eye(4)[[3, 3, 1]], 9),
}


def node(word=None, strand="+", left=None, right=None, gap=None):
    return types.SimpleNamespace(word=word, strand=strand, left=left, right=right, gap=gap)


PAIR = node(left=node(0), right=node(4, "-"), gap=(6, 6))
TREE = node(left=PAIR, right=node(0), gap=(-2, 28))


def test_words_gaps_and_joins_are_drawn():
    svg = ElementTree.fromstring(syntax_svg(TREE, MOTIFS, title="a & b"))
    texts = {
        kind: [t.text for t in svg.iter(f"{NAME}text") if t.get("class") == kind] for kind in ("word", "gap")
    }
    assert texts["word"] == ["A<1> (+)", "T (\u2212)", "A<1> (+)"]
    assert texts["gap"] == ["6 nt", "\u22122 to 28 nt"]
    # The reverse complement of TTC is GAA.
    letters = [{p.get("class") for p in g.iter(f"{NAME}path")} - {"base"} for g in svg.findall(f"{NAME}g")]
    assert letters == [{"A"}, {"G", "A"}, {"A"}]
    paths = [p.get("d") for p in svg.iter(f"{NAME}path") if p.get("class") == "join"]
    inner, outer = [[float(v) for v in re.findall(r"-?[\d.]+", d)] for d in paths]
    # x, y of the left foot; height of the bar; x of the right end; y of the right foot.
    assert inner[1] == inner[4] == outer[4] and inner[2] < inner[1] and outer[2] < inner[2]
    assert outer[1] == inner[2] and outer[0] == pytest.approx((inner[0] + inner[3]) / 2)
    width, height = float(svg.get("width")), float(svg.get("height"))
    for d in (inner, outer):
        assert 0 < d[0] < d[3] < width and 0 < d[2] < height


def test_a_lone_word_has_no_join():
    svg = ElementTree.fromstring(syntax_svg(node(4), MOTIFS))
    assert len(svg.findall(f"{NAME}g")) == 1 and svg.get("aria-hidden") == "true"
    assert not [p for p in svg.iter(f"{NAME}path") if p.get("class") == "join"]


@pytest.mark.parametrize("ending", ["png", "pdf", "svg"])
def test_figures_are_written(tmp_path, ending):
    path = tmp_path / f"tree.{ending}"
    syntax_figure(path, TREE, MOTIFS, title="neuron 3")
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
    if ending == "png":
        pixels = (matplotlib.image.imread(path)[..., :3] * 255).round().astype(int)
        green = (pixels == (0x10, 0x96, 0x48)).all(axis=-1)
        # Eight A of two words and two of the turned one, in three groups of columns.
        columns = np.flatnonzero(green.any(axis=0))
        assert (np.diff(columns) > 40).sum() == 2


def test_bad_trees_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"word 7 has no motif.*\[0, 4\]"):
        syntax_svg(node(7), MOTIFS)
    with pytest.raises(ValueError, match="two branches"):
        syntax_figure(tmp_path / "x.png", node(left=node(0)), MOTIFS)
    assert not list(tmp_path.iterdir())
