"""Published motifs against decoded layers, on leaves where it is known which hold the same motif."""

import dataclasses
import json

import h5py
import numpy as np
import pytest

from experiments.neuronmotif import authors, decoded_runs, launcher
from jaxmotif.motifs import meme, tomtom
from jaxmotif.motifs.motif import Motif
from tests.helpers import planted_leaves

WIDTH, LETTERS, EACH, SHARED = 40, 14, 40, 12


def made(count, seed=0):
    """Motifs of random letters: no two are alike."""
    rng = np.random.default_rng(seed)
    return [0.04 + 0.84 * np.eye(4)[rng.integers(0, 4, LETTERS)] for _ in range(count)]


MOTIFS = made(2 * EACH - SHARED)
OURS, THEIRS = MOTIFS[:EACH], MOTIFS[EACH - SHARED :]


def our_layer(number=2):
    """A neuron for each of our motifs, with a leaf that holds it and an empty one; the last two have both."""
    neurons = [[[(ppm, 5, "+")], None] for ppm in OURS]
    neurons[-2:] = [[[(OURS[-2], 3, "+"), (OURS[-1], 25, "-")], None], [[(OURS[-1], 8, "+")], []]]
    return dataclasses.replace(planted_leaves.layer(neurons, WIDTH), name="net", layer=number)


def their_leaves(seed=1):
    """Whole PPMs with their motifs elsewhere, on the other strand."""
    rng = np.random.default_rng(seed)
    return np.stack([planted_leaves.leaf(rng, WIDTH, [(ppm, 12, "-")], 2000) for ppm in THEIRS])


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """As the authors have it: MEME files leaf by leaf of one layer, an array of another one."""
    place = tmp_path_factory.mktemp("published")
    for number, ppm in enumerate(their_leaves()):
        folder = place / "layer1" / f"motif_{number}"
        folder.mkdir(parents=True)
        motif = Motif(f"0000_{2000 + number}_3.25_-0.5", ppm, 998)
        meme.write_meme(folder / f"x{number:04d}.meme", [motif])
    (place / "layer2").mkdir()
    with h5py.File(place / "layer2" / "allppm.h5", "w") as file:
        dead = np.zeros((1, WIDTH, 4))
        file["allppm"] = np.concatenate([their_leaves(2) * 2000, dead])
        file["spnumb"] = np.array([2000] * len(THEIRS) + [0])
    return place


def test_published_motifs_are_read_as_their_authors_have_them(published):
    first, second = authors.load(published)
    assert (first.name, second.name) == ("layer1", "layer2")
    assert [motif.nsites for motif in first.leaves] == [2000 + number for number in range(len(THEIRS))]
    assert [motif.nsites for motif in second.leaves] == [2000] * len(THEIRS)  # without the dead one
    for group, seed in ((first, 1), (second, 2)):
        expected = their_leaves(seed)
        for motif, ppm in zip(group.leaves, expected, strict=True):
            np.testing.assert_allclose(motif.ppm, ppm, atol=1e-6)
    (one,) = authors.load(published / "layer2")
    assert one.name == "layer2" and len(one.leaves) == len(THEIRS)
    (one,) = authors.load(published / "layer1" / "motif_3" / "x0003.meme")
    assert one.name == "x0003" and one.leaves[0].nsites == 2003


# Of EACH - SHARED leaves without a counterpart, q .05 lets 1.4 pass, and up to 4 in 97.5 % of cases.
CHANCE = 4


def test_shared_motifs_are_found_both_ways_and_others_by_chance(published):
    layer = decoded_runs.Layer("net", our_layer(), planted_leaves.SETTINGS)
    ours = authors.of_layer(layer)
    # Every leaf with a motif: two parts in the one that holds two, nothing of empty and flat leaves.
    assert len(ours) == EACH and [len(parts) for parts in ours] == [1] * (EACH - 2) + [2, 1]
    groups = authors.load(published)
    for row, group in zip(authors.rows([layer], groups), groups, strict=True):
        assert (row["network"], row["layer"], row["published"]) == ("net", 2, group.name)
        assert (row["theirs"], row["ours"]) == (EACH, EACH)
        theirs = [authors.parts(leaf, layer.settings.segments) for leaf in group.leaves]
        # Our last SHARED motifs are their first ones; the leaf that holds two of them counts once.
        for name, found, shared in (
            ("theirs", authors.matched(theirs, ours), np.arange(EACH) < SHARED),
            ("ours", authors.matched(ours, theirs), np.arange(EACH) >= EACH - SHARED),
        ):
            assert found[shared].all() and found[~shared].sum() <= CHANCE
            assert row[f"{name} matched"] == found.sum()
            assert row[f"share of {name}"] == pytest.approx(found.mean(), abs=1e-3)
            assert row[f"{name} shuffled"] <= CHANCE


def test_flat_flanks_are_cut_off_since_they_match_each_other():
    flanks = np.full((3, 4), 0.25)
    sides = [
        [[Motif(f"{side}{i}", np.concatenate([flanks, ppm, flanks]), 2000)] for i, ppm in enumerate(some)]
        for side, some in (("a", MOTIFS[:EACH]), ("b", made(EACH, 7)))
    ]
    assert authors.matched(*sides).sum() > EACH / 2
    cut = [[authors.parts(one[0], planted_leaves.SETTINGS.segments) for one in side] for side in sides]
    assert authors.matched(*cut).sum() <= CHANCE


def test_a_leaf_without_a_segment_is_trimmed_and_a_flat_one_left_out():
    weak = np.full((WIDTH, 4), 0.25)
    weak[10:16] = 0.1 + 0.6 * np.eye(4)[[0, 1, 2, 3, 0, 1]]  # .64 bit a column: less than a segment's 1
    (part,) = authors.parts(Motif("weak", weak, 2000), planted_leaves.SETTINGS.segments)
    np.testing.assert_array_equal(part.ppm, weak[10:16])
    assert authors.parts(Motif("flat", np.full((WIDTH, 4), 0.25), 9), planted_leaves.SETTINGS.segments) == []
    assert authors.matched([], [[part]]).tolist() == [] and authors.matched([[part]], []).tolist() == [False]


def test_published_motifs_wider_than_tomtom_takes_are_compared():
    weaker = 0.5 * THEIRS[0] + 0.125
    wide = np.concatenate([*[weaker] * 9, THEIRS[0]])
    assert len(wide) > tomtom.MAX_WIDTH
    others = [[Motif(f"m{i}", ppm, 2000)] for i, ppm in enumerate(MOTIFS)]
    assert authors.matched([[Motif("wide", wide, 2000)]], others).shape == (1,)


@pytest.mark.filterwarnings("ignore:only")
def test_the_config_writes_the_table_and_refuses_what_it_cannot_read(published, tmp_path):
    run = planted_leaves.decoded_run(tmp_path / "run", [our_layer(1)], others=False)
    start = ["neuronmotif", "--config=layers", f"--runs={run}", "--set=decode.database=JASPAR2016"]
    folder = tmp_path / "out"
    launcher.main([*start, f"--published={published / 'layer2'}", f"--workdir={folder}"])
    (row,) = json.loads((folder / "published.json").read_text())
    assert SHARED <= min(row["theirs matched"], row["ours matched"])
    assert max(row["theirs matched"], row["ours matched"]) <= SHARED + CHANCE
    assert "Beside published motifs" in (folder / "report.html").read_text()
    assert json.loads((folder / "config.json").read_text())["published"] == str(published / "layer2")
    (tmp_path / "empty").mkdir()
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["ppm"] = np.ones(3)
    for given, message in (
        ("gone", "neither a file nor a folder"),
        ("empty", "neither MEME files nor allppm.h5"),
        ("other.h5", "no array 'allppm'; it has: ppm"),
    ):
        with pytest.raises(ValueError, match=message):
            launcher.main([*start, f"--published={tmp_path / given}", f"--workdir={tmp_path / 'no'}"])
    with pytest.raises(ValueError, match="are for layers, not for overlap"):
        launcher.main(["neuronmotif", "--config=overlap", f"--published={published}"])
    assert not (tmp_path / "no").exists()
