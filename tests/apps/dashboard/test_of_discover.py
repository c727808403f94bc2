"""The dashboard of a run of `discover`: found motifs, negatives, members, classes; numbers by brute force."""

import itertools
import json
import re

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.apps import cli
from jaxmotif.apps.dashboard import boxes, build, class_motifs, inputs, page, sequences
from jaxmotif.apps.dashboard.boxes import Boxed
from jaxmotif.apps.discover.dashboard_link import DashboardLink
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import held_out
from jaxmotif.interpret import attribution
from jaxmotif.motifs import meme, pwm
from jaxmotif.motifs.motif import Motif
from tests.helpers import small_run
from tests.helpers.document import read_page
from tests.helpers.example_dashboard import unpacked

LENGTH, WORD, SITE_P = small_run.LENGTH, "TGACTA", 0.01
BACKGROUND = (0.3, 0.2, 0.2, 0.3)
MOTIF = Motif(
    "motif_1", 0.76 * np.eye(4)[dna.encode([WORD])[0]] + 0.06, 40, background=BACKGROUND, alt_name=""
)


def make(folder, objectives=("supervised",), outputs=0):
    """Writes a run as `discover` does; with `outputs` also networks with an output for each class."""
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 4, (12, LENGTH)).astype(np.uint8)
    codes[:6, 7:13] = dna.encode([WORD])[0]
    codes[1, :6] = 3 - dna.encode([WORD])[0][::-1]
    names = [f"chr2:{100 * i + 100}-{100 * i + 100 + LENGTH}" + "(-)" * (i % 2) for i in range(12)]
    labels = np.repeat([1, 0], 6).astype(np.float32)
    held_out.write(folder, Dataset(codes, labels, names))
    small_run.network(members=2, strands="random").save(folder)
    if outputs:
        small_run.network(outputs, 2).save(folder / "by_class")
    meme.write_meme(folder / "motifs.meme", [MOTIF])
    row = {"name": "motif_1", "best_match": {"name": "FOS::JUN"}}
    (folder / "motifs.json").write_text(json.dumps([row]))
    (folder / "config.json").write_text(json.dumps({"site_p": SITE_P}))
    (folder / "metrics.json").write_text(json.dumps({"objectives": list(objectives)}))
    (folder / "report.html").write_text("<h1>report</h1>")
    return folder


@pytest.fixture(scope="module", name="run")
def fixture_run(tmp_path_factory):
    return make(tmp_path_factory.mktemp("of_discover") / "run", outputs=2)


@pytest.fixture(scope="module", name="data")
def fixture_data(run):
    methods = "--methods=integrated,signed,saliency,mutagenesis"
    cli.dispatch(["jaxmotif", "dashboard", str(run), "--class_steps=2", "--format=svg", methods])
    return of_page(run / "dashboard" / "dashboard.html")


def of_page(path):
    read_page(path)
    return json.loads(re.search(r'id="data">(.*?)</script>', path.read_text())[1])


def test_positives_and_negatives_with_their_scores(run, data):
    network = inputs.networks(run)[0].network
    assert [shown["positive"] for shown in data["sequences"]] == [True] * 6 + [False] * 6
    letters = [shown["letters"] for shown in data["sequences"]]
    together, apart = network.probabilities(letters)[:, 0], network.logits(letters, by_member=True)[:, :, 0]
    for i, shown in enumerate(data["sequences"]):
        assert shown["scores"]["small"] == pytest.approx(together[i], abs=6e-5)
        for number in (0, 1):
            chance = 1 / (1 + np.exp(-apart[number, i]))
            assert shown["scores"][f"small, member {number + 1}"] == pytest.approx(chance, abs=6e-5)


def test_mutagenesis_is_what_brute_force_says(run, data):
    network = inputs.networks(run)[0].network
    for shown in data["sequences"][:2]:
        text, expected = shown["letters"], []
        for i, own in enumerate(text):
            others = [text[:i] + letter + text[i + 1 :] for letter in "ACGT" if letter != own]
            scores = network.logits([text, *others])[:, 0].astype(float)
            expected.append(scores[0] - scores[1:].mean())
        values = unpacked(shown["strips"]["mutagenesis"]["small"])
        np.testing.assert_allclose(values, expected, atol=4e-4 * np.abs(expected).max())


def test_gradients_are_finite_differences(run, data):
    network, step = inputs.networks(run)[0].network, 1e-2
    for number, row in ((None, "small"), (0, "small, member 1"), (1, "small, member 2")):
        score = (network if number is None else network.member(number)).score("bound")
        shown = data["sequences"][0]
        x = np.asarray(dna.one_hot(dna.encode([shown["letters"]])), np.float64)[0]
        at = np.arange(LENGTH), x.argmax(axis=1)
        moved = np.repeat(x[None], 2 * LENGTH, axis=0)
        moved[np.arange(LENGTH), *at] += step
        moved[LENGTH + np.arange(LENGTH), *at] -= step
        found = np.asarray(score(moved.astype(np.float32)), np.float64)
        expected = (found[:LENGTH] - found[LENGTH:]) / (2 * step)
        values = unpacked(shown["strips"]["signed"][row])
        np.testing.assert_allclose(values, expected, atol=2e-2 * np.abs(expected).max())
        np.testing.assert_allclose(
            unpacked(shown["strips"]["saliency"][row]), np.abs(values), atol=5e-4 * np.abs(values).max()
        )


def test_integrated_gradients_make_up_the_score(run, data):
    score = inputs.networks(run)[0].network.score("bound")
    for shown in data["sequences"]:
        x = dna.one_hot(dna.encode([shown["letters"]]))
        difference = float(score(x)[0] - score(0 * x + 0.25)[0])
        values = unpacked(shown["strips"]["integrated"]["small"])
        # To the precision of 32 nodes on a network with kinks.
        assert values.sum() == pytest.approx(difference, abs=0.03 * np.abs(values).sum())
        exact = attribution.attribute(score, [shown["letters"]], "integrated")[0]
        np.testing.assert_allclose(values, exact, atol=4e-4 * np.abs(values).max())


def test_an_ensemble_is_the_mean_of_its_members(data):
    own = next(one for one in data["networks"] if one["name"] == "small")
    assert own["members"] == ["small, member 1", "small, member 2"] and own["target"] == "bound"
    for shown in data["sequences"]:
        for method in ("integrated", "signed", "mutagenesis"):
            rows = shown["strips"][method]
            members = np.array([unpacked(rows[name]) for name in own["members"]])
            atol = 5e-4 * np.abs(members).max()
            np.testing.assert_allclose(unpacked(rows["small"]), members.mean(axis=0), atol=atol)


def brute_force_boxes(text: str) -> list[list]:
    """All words with p up to SITE_P, by the scores of every word; of overlapping ones the best."""
    weights_w4 = pwm.log_odds(MOTIF.ppm, MOTIF.nsites, BACKGROUND)
    words = np.array(list(itertools.product(range(4), repeat=len(WORD))))
    scores = weights_w4[np.arange(len(WORD)), words].sum(axis=1)
    chances = np.array(BACKGROUND)[words].prod(axis=1)
    p_of = lambda score: chances[scores >= score - 1e-9].sum()
    codes, found = dna.encode([text])[0], []
    for start in range(len(text) - len(WORD) + 1):
        word = codes[start : start + len(WORD)]
        ways = [(w[None] == words).all(axis=1).argmax() for w in (word, 3 - word[::-1])]
        way = int(scores[ways[1]] > scores[ways[0]])
        p = p_of(scores[ways[way]])
        if p <= SITE_P:
            found.append((p, start, "+-"[way]))
    kept: list[list] = []
    for _, start, strand in sorted(found):
        if all(abs(start - other[0]) >= len(WORD) for other in kept):
            kept.append([start, start + len(WORD), strand, 0, 1])
    return sorted(kept)


def test_boxes_are_the_sites_of_found_motifs(data):
    assert data["motifs"] == ["motif_1 FOS::JUN"]
    expected = [brute_force_boxes(shown["letters"]) for shown in data["sequences"]]
    assert [shown["boxes"] for shown in data["sequences"]] == expected
    assert all([7, 13, "+", 0, 1] in own for own in expected[:6]) and sum(map(len, expected)) > 7
    assert [0, 6, "-", 0, 1] in expected[1]


def test_known_and_found_motifs_are_boxed_side_by_side():
    codes = dna.encode(["GG" + WORD + "GGGGG"])
    known = Motif("MA1", MOTIF.ppm, 40, "FOS")
    other = Motif("motif_2", MOTIF.ppm[1:], 40, background=BACKGROUND)
    found = boxes.boxes(codes, Boxed([known, known], [MOTIF, other], 0.002))[0]
    assert [tuple(box) for box in found] == [
        (2, 8, "+", "MA1 FOS", False), (2, 8, "+", "motif_1", True), (3, 8, "+", "motif_2", True),
    ]  # fmt: skip


def test_classes_have_networks_and_motifs_of_their_own(run, data):
    names = [(one["name"], one["target"]) for one in data["networks"]]
    assert names == [("small", "bound"), ("class class1", "class1"), ("class class2", "class2")]
    network = inputs.networks(run)[1].network
    letters = [shown["letters"] for shown in data["sequences"]]
    expected = network.probabilities(letters)
    for number in (0, 1):
        own = [shown["scores"][f"class class{number + 1}"] for shown in data["sequences"]]
        np.testing.assert_allclose(own, expected[:, number], atol=6e-5)
    only = inputs.networks(run, class_name="class2")
    assert [(one.name, one.target) for one in only] == [("class class2", "class2")]
    assert [one.name for one in inputs.networks(run, class_name="unbound")] == ["small"]
    # One of each network, kept in its folder.
    assert len(list(run.glob("class-bound-*.npz"))) == 1
    assert len(list((run / "by_class").glob("class-class*-*.npz"))) == 2


def test_the_page_says_what_it_is_and_leads_back(run, data):
    text = (run / "dashboard" / "dashboard.html").read_text()
    assert '<a href="../report.html">' in text and "6 held-out positives and 6 negatives" in text
    assert "Known motifs" not in text and "motif_1 FOS::JUN" in text
    methods = re.search(r'<p id="text">(.*?)</p>', text)[1]
    assert "Sundararajan" in methods and "jaxmotif " in methods
    assert "1 motif found in the run" in methods
    assert data["sequences"][1]["place"] == ["chr2", 200, True]
    assert data["sequences"][0]["place"] == ["chr2", 100, False]
    assert "<svg" in (run / "dashboard" / "chr2_100-120.svg").read_text()


def test_the_report_leads_to_the_dashboard(run, data, tmp_path):
    made, missing = (str(DashboardLink(folder).html()) for folder in (run, tmp_path))
    address = '<a href="dashboard/dashboard.html">'
    assert address in made and "jaxmotif dashboard" not in made and data
    assert address in missing and f"<code>jaxmotif dashboard {tmp_path.name}</code>" in missing


def test_sequences_are_halves_and_named_ones_come_first(run, tmp_path):
    read = lambda name, most: sequences.read(run, name, LENGTH, most)
    assert read("", 5).data.is_positive.tolist() == [True, True, True, False, False]
    assert read("", 100).data.is_positive.sum() == 6
    named = read("chr2:1000-1020(-)", 3)
    assert list(named.data.names)[0] == "chr2:1000-1020(-)" and named.data.is_positive.tolist()[0] is False
    assert len(named.data) == 3 and named.notes == ()
    (tmp_path / held_out.NAME).write_bytes((run / held_out.NAME).read_bytes())
    old = sequences.read(tmp_path, "", LENGTH, 4)
    assert len(old.data) == 4 and old.data.is_positive.all() and "no held-out negatives" in old.notes[0]


def test_negatives_are_kept_under_names_of_their_own(tmp_path):
    codes = np.arange(32, dtype=np.uint8).reshape(4, 8) % 4
    data = Dataset(codes, np.array([1, 1, 0, 0], np.float32), ["a", "b", "a", "c"])
    held_out.write(tmp_path, data)
    found = held_out.read(tmp_path)
    assert [list(part.names) for part in found.values()] == [["a", "b"], ["negative1", "negative2"]]
    np.testing.assert_array_equal(found[held_out.NEGATIVES].sequences, codes[2:])
    held_out.write(tmp_path, data[:2])
    assert list(held_out.read(tmp_path)) == [held_out.NAME]


def test_own_sequences_have_no_labels(run, tmp_path):
    small_run.write_fasta(tmp_path / "own.fa", {"mine": small_run.letters(LENGTH)})
    arguments = [f"--sequence={tmp_path / 'own.fa'}", f"--out={tmp_path / 'out'}", "--class_steps=0"]
    cli.dispatch(["jaxmotif", "dashboard", str(run), *arguments, "--methods=signed", "--networks=small"])
    data = of_page(tmp_path / "out" / "dashboard.html")
    assert data["sequences"][0]["positive"] is None and data["sequences"][0]["place"] is None
    text = (tmp_path / "out" / "dashboard.html").read_text()
    assert 'id="label"' not in text and "wrongest" not in text.split("<script")[0]


def test_networks_without_labels_are_told_of(tmp_path):
    folder = make(tmp_path / "both", ("supervised", "infomax"))
    cli.dispatch(["jaxmotif", "dashboard", str(folder), "--class_steps=0", "--methods=signed", "--most=2"])
    text = (folder / "dashboard" / "dashboard.html").read_text()
    assert "without labels (infomax) are not shown" in text
    (folder / "metrics.json").write_text(json.dumps({"objectives": ["infomax"]}))
    (folder / "network.json").unlink()
    with pytest.raises(ValueError, match=r"without labels \(infomax\).*--objective=both"):
        inputs.experiment_folder(str(folder))


def test_a_page_has_a_largest_size(run, monkeypatch):
    trained = inputs.networks(run)
    data = sequences.read(run, "", LENGTH, 12).data
    # Three networks of two members each: nine rows.
    monkeypatch.setattr(page, "MOST_BYTES", 5 * 2 * LENGTH * 9 * 2 + 1)
    some, notes = page.fitting(data, trained, ["signed", "saliency"])
    assert len(some) == 5 and some.names[0] == data.names[0] and "Of 12 sequences 5 are shown" in notes[0]
    assert not some.is_positive.all()
    assert len(page.fitting(data[:5], trained, ["signed", "saliency"])[0]) == 5


def test_packed_values_are_read_back():
    values = np.array([0.0, -3.5, 3.5, 1e-3, np.nan])
    np.testing.assert_allclose(unpacked(page.packed(values)), [0, -3.5, 3.5, 1e-3, 0], atol=3.5 / 4000)
    assert unpacked(page.packed(np.zeros(3))).tolist() == [0, 0, 0]


def test_class_motifs_are_cut_into_stretches():
    flat, sure = np.full((1, 4), 0.25), np.eye(4)[[0]]
    ppm = np.concatenate([flat] * 5 + [sure] * 3 + [flat] * 4 + [sure] + [flat] * 20 + [sure])
    motif = Motif("c", ppm, 10)
    assert class_motifs.stretches(motif) == [(3, 15), (31, 34)]
    assert class_motifs.stretches(Motif("c", np.repeat(flat, 9, axis=0), 10)) == []


def test_the_default_is_a_signed_logo(run):
    trained = inputs.networks(run)
    assert build.methods_for(trained, ())[0] == "integrated" and "saliency" in build.methods_for(trained, ())
    assert build.strips_of(["temporal"]) == ["saliency"]
