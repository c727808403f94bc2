import base64
import dataclasses
import hashlib
import json
import re

import matplotlib.image
import numpy as np
import pytest

from jaxmotif.apps.decode import diagnosis, layer_page, leaf_block, neuron_table
from jaxmotif.neuronmotif.diagnosis import Regions
from jaxmotif.report import page
from tests.helpers import example_layer
from tests.helpers.document import Document


@pytest.fixture(name="report", scope="module")
def fixture_report():
    return example_layer.layer(downloads=[page.Download("dictionary.meme", "MEME version 4\n")])


@pytest.fixture(name="text", scope="module")
def fixture_text(report):
    return page.render(layer_page.as_report(report))


@pytest.fixture(name="document", scope="module")
def fixture_document(text):
    return Document(text)


def leaves(report):
    return [leaf for neuron in report.neurons for leaf in neuron.leaves]


def block(text):
    return json.loads(re.search(r'id="layer-data">(.*?)</script>', text, re.S)[1])


def test_nothing_is_loaded_and_only_the_pages_scripts_may_run(document, text):
    for tag, attrs, _ in document.elements:
        assert tag not in ("iframe", "object", "embed", "base", "img", "image", "use")
        assert "src" not in attrs and not any(name.startswith("on") for name in attrs)
    policy = next(a["content"] for t, a, _ in document.elements if "http-equiv" in a)
    scripts = re.findall(r"<script>(.*?)</script>", text, re.S)
    digests = {base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts}
    assert set(re.findall(r"'sha256-([^']+)'", policy)) == digests and len(digests) == 3


def test_every_neuron_leaf_and_word_is_there(document, text, report):
    ids = [attrs.get("id") for _, attrs, _ in document.all("tbody")]
    assert [f"neuron-{row.channel}" for row in report.neurons] == [name for name in ids if name]
    data = block(text)["neurons"]
    assert [len(row["leaves"]) for row in data] == [len(row.leaves) for row in report.neurons]
    assert text.count("data-kinds=") == len(report.neurons) + len(report.words)
    assert text.count('class="badge novel"') == sum(not word.named for word in report.words)
    assert 'download="dictionary.meme"' in text
    # Names with markup in them stay text.
    assert "TF9&lt;0&gt;" in text and "TF9<0>" not in text and "TF9<0>" in document.text


def test_packed_probabilities_are_within_a_255th():
    rng = np.random.default_rng(0)
    ppm = np.concatenate([rng.dirichlet([0.2] * 4, 200), np.eye(4), np.full((1, 4), 0.25)])
    rows = np.frombuffer(base64.b64decode(leaf_block.packed(ppm)), np.uint8).reshape(-1, 3).astype(int)
    read = np.concatenate([rows, 255 - rows.sum(1, keepdims=True)], axis=1) / 255
    assert read.min() >= 0 and np.abs(read - ppm).max() <= 1 / 255
    np.testing.assert_array_equal(read[200:204], np.eye(4))


def test_the_block_holds_the_leaves_and_the_strongest_one(text, report):
    row = next(row for row in report.neurons if row.leaves)
    (held,) = [item for item in block(text)["neurons"] if item["channel"] == row.channel]
    for leaf, values in zip(row.leaves, held["leaves"], strict=True):
        assert values[0] == leaf.label and values[5] == leaf.shift
        np.testing.assert_allclose(
            values[1:5], [leaf.nsites, leaf.maximum, leaf.consensus, leaf.drawn], rtol=1e-4
        )
    index, start, end = held["lead"]
    assert row.leaves[index].maximum == max(leaf.maximum for leaf in row.leaves)
    assert 0 <= start < end <= example_layer.WIDTH


def test_regions_by_hand():
    places = Regions(near_zero=0.1, consistent=0.5).of(
        [10, 10, 10, 10, 10, 0.9, 5], [9, 5, 4.9, 0, -3, 0.9, 2.6]
    )
    assert list(places) == [
        "consistent",
        "consistent",
        "deviating",
        "negative",
        "negative",
        "near zero",
        "consistent",
    ]
    assert list(Regions().of([-1.0], [-2.0])) == ["near zero"]


def test_points_lie_where_their_values_are():
    rng = np.random.default_rng(1)
    maximum, consensus = rng.uniform(0, 4, 50), rng.uniform(-2, 5, 50)
    nsites = rng.integers(1, 300, 50)
    svg = diagnosis.diagnosis_svg(maximum, consensus, nsites)
    x1, y0, y1 = (float(re.search(rf'data-{name}="([^"]+)"', svg)[1]) for name in ("x1", "y0", "y1"))
    left, top, width, height = map(float, re.search(r'data-box="([^"]+)"', svg)[1].split())
    for css, chosen in (("few", nsites < 100), ("many", nsites >= 100)):
        drawn = re.search(rf'class="dots-{css}" d="([^"]*)"', svg)[1]
        xy = np.array(re.findall(r"M(\S+) (\S+?)h0", drawn), float)
        read = np.stack([(xy[:, 0] - left) / width * x1, y1 - (xy[:, 1] - top) / height * (y1 - y0)], axis=1)
        # Coordinates have one decimal.
        given = np.stack([maximum, consensus], axis=1)[chosen]
        np.testing.assert_allclose(read, given, atol=0.06 * (y1 - y0) / height)
    # The histogram's highest bar is as high as its room.
    heights = np.array(re.findall(r"V([\d.]+)H", re.search(r'class="bars" d="([^"]+)"', svg)[1]), float)
    counts = np.histogram(maximum, bins=len(heights), range=(0, x1))[0]
    np.testing.assert_allclose(heights.max() - heights, counts / counts.max() * 60, atol=0.11)


def test_one_point_and_no_positive_maximum_can_be_drawn():
    for maximum, consensus in ((2.0, 2.0), (0.0, 0.0), (3.0, -7.0)):
        svg = diagnosis.diagnosis_svg([maximum], [consensus], [500])
        assert "nan" not in svg and svg.count("h0") == 1 and "dots-few" not in svg


def test_the_figure_shows_few_sequences_in_red(tmp_path):
    rng = np.random.default_rng(2)
    maximum = rng.uniform(1, 5, 60)
    red = []
    for nsites in (500, 50):
        path = tmp_path / f"{nsites}.png"
        diagnosis.diagnosis_figure(path, maximum, 0.9 * maximum, np.full(60, nsites), title="layer 2")
        pixels = matplotlib.image.imread(path)[..., :3]
        red.append(int(((pixels[..., 0] > 0.7) & (pixels[..., 1] < 0.5) & (pixels[..., 2] < 0.5)).sum()))
    assert red[1] > red[0] + 500


def test_kinds_add_up(report):
    count = {name: sum(map(is_kind, report.neurons)) for name, _, is_kind in neuron_table.KINDS}
    assert count["live"] + count["dead"] == 40 and count["dead"] == 5
    assert count["mixture"] + count["pure"] == count["live"] == count["matched"] + count["unmatched"]


def test_a_large_layer_stays_small():
    text = page.render(layer_page.as_report(example_layer.layer(512, 16, 51)))
    # Static logos alone would be more than ten times as much.
    assert len(text) < 4_000_000


def test_layers_with_nothing_to_show(report):
    empty = dataclasses.replace(report, neurons=[], words=[], downloads=())
    Document(page.render(layer_page.as_report(empty)))
    dead = dataclasses.replace(report, neurons=[row for row in report.neurons if row.dead], words=[])
    text = page.render(layer_page.as_report(dead))
    assert "No leaf holds a sequence" in text and "No sequence was found that activates this neuron" in text


def test_what_is_refused(report):
    row = report.neurons[0]
    with pytest.raises(ValueError, match="channel 0 occurs twice"):
        dataclasses.replace(report, neurons=[row, row])
    other = example_layer.neuron(1, 4, 50)
    with pytest.raises(ValueError, match=r"\[41, 50\]"):
        dataclasses.replace(row, leaves=[*row.leaves, *other.leaves])
    with pytest.raises(ValueError, match="W1: 0 members"):
        page.render(
            layer_page.as_report(
                dataclasses.replace(report, words=[dataclasses.replace(report.words[0], members=0)])
            )
        )
    with pytest.raises(ValueError, match="must be finite"):
        diagnosis.diagnosis_svg([1, np.nan], [1, 1], [5, 5])
    with pytest.raises(ValueError, match=r"\(2,\) and \(1,\)"):
        diagnosis.diagnosis_svg([1, 2], [1], [5, 5])
    with pytest.raises(ValueError, match="share in"):
        Regions(consistent=2)


def test_write_makes_one_file(tmp_path, report, text):
    layer_page.write(tmp_path / "layer.html", report)
    assert [path.name for path in tmp_path.iterdir()] == ["layer.html"]
    assert (tmp_path / "layer.html").read_text() == text
