"""A neuron's evidence is that of its own leaves, times the number of its motifs."""

import dataclasses

import numpy as np
import pytest

from jaxmotif.apps.decode import layer_motifs, page
from jaxmotif.apps.decode.settings import Settings
from jaxmotif.motifs import jaspar
from jaxmotif.neuronmotif.syntax.own import own_motifs
from jaxmotif.neuronmotif.syntax.segments import segments
from tests.helpers import planted_leaves, tomtom_reference

CTCF, REST, GATA = planted_leaves.known("MA0139.1", "MA0138.2", "MA0035.3")
# What a neuron knows that has only a part of CTCF, and less sharp.
BLURRED = 0.85 * CTCF.ppm[3:14] + 0.15 / 4


@pytest.fixture(scope="module")
def database():
    others = [motif for motif in jaspar.load("JASPAR2016") if motif.name not in ("MA0139.1", "MA0138.2")]
    return [CTCF, REST, *others[::8]]


@pytest.fixture(scope="module")
def decoded():
    pair = [[(CTCF.ppm, 4, "+")], [(REST.ppm, 6, "+")]]
    leaves = [[[(BLURRED, 5, "+")], None], [[(CTCF.ppm, 8, "-")], None], pair]
    return planted_leaves.layer(leaves, 34)


def reference(motif, database):
    query = tomtom_reference.soften(motif.ppm, motif.nsites)
    targets = [tomtom_reference.soften(target.ppm, target.nsites) for target in database]
    return [row.q for row in tomtom_reference.rows(query, targets)]


def test_q_is_that_of_the_own_motif_times_their_number(decoded, database):
    found = segments(decoded)
    own = own_motifs(found, 3, database)
    assert [len(one.motifs) for one in own] == [1, 1, 2]
    for neuron, one in enumerate(own):
        # One leaf a motif: the segments are the motifs.
        mine = [segment.motif for segment in found if segment.neuron == neuron]
        expected = {}
        for motif in mine:
            q = reference(motif, database)
            expected[database[int(np.argmin(q))].name] = len(mine) * min(q)
        assert {hit.target.name: pytest.approx(hit.q, rel=1e-6) for hit in one.named} == expected
    assert {hit.label for hit in own[2].named} == {"CTCF", "REST"}
    assert own[2].named[0].q <= own[2].named[1].q


def test_other_neurons_do_not_count_but_for_the_word(decoded, database):
    """The blurred neuron shares a word with the sharp ones, and keeps its own q."""
    settings = Settings(database="known")
    layer = layer_motifs.read(decoded, database, settings)
    (word,) = [word for word in layer.words if word.name == "CTCF"]
    assert layer.channels(word) == [10, 11, 12]
    rows = layer_motifs.neuron_rows(layer)
    assert [row["layer's word"] for row in rows[:2]] == ["CTCF", "CTCF"]
    assert rows[0]["word's q"] == rows[1]["word's q"] < rows[0]["own q"] / 100
    assert [row["own motifs"] for row in rows] == [1, 1, 2]
    shown = page.neurons(layer)[0]
    assert [match.q for match in shown.matches] == [layer.own[0].named[0].q]
    assert [(match.word, match.q) for match in shown.words] == [("CTCF", word.named[0].q)]
    for index in range(3):
        fields = {
            name: value[[index]] if isinstance(value, np.ndarray) else value
            for name, value in vars(decoded).items()
        }
        alone = type(decoded)(**fields | {"reason": ("",)})
        (row,) = layer_motifs.neuron_rows(layer_motifs.read(alone, database, settings))
        for name in ("best match", "own q", "own motifs"):
            assert row[name] == rows[index][name]


def test_many_motifs_that_are_nobodys_name_hardly_any_neuron(database):
    """Columns in random order, four motifs in each of 60 neurons: E <= .01 is that of a neuron."""
    rng, known = np.random.default_rng(3), jaspar.load("JASPAR2016")
    wide = [motif for motif in known if 11 <= motif.width <= 16]
    neurons = []
    for _ in range(60):
        chosen = [wide[i].ppm for i in rng.choice(len(wide), 4, replace=False)]
        neurons.append([[(ppm[rng.permutation(len(ppm))], 4, "+")] for ppm in chosen])
    found = own_motifs(segments(planted_leaves.layer(neurons, 24)), 60, known)
    assert np.mean([len(one.motifs) for one in found]) > 3
    assert sum(bool(one.named) for one in found) <= 3


def test_without_a_database_there_are_motifs_and_no_names(decoded):
    own = own_motifs(segments(decoded), 3)
    assert [len(one.motifs) for one in own] == [1, 1, 2] and not any(one.named for one in own)
    assert own_motifs([], 2) == [((), (), np.inf)] * 2
    empty = dataclasses.replace(decoded, nsites=np.zeros_like(decoded.nsites))
    assert [one.motifs for one in own_motifs(segments(empty), 3)] == [(), (), ()]
