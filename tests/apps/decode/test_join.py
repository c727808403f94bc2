"""tomtom.tsv and motifs.meme of a layer speak of the same motifs, under the same names."""

import csv
import dataclasses

import numpy as np
import pytest

from jaxmotif.apps.decode import layer_motifs, write
from jaxmotif.apps.decode.settings import Settings
from jaxmotif.motifs import jaspar, meme, tomtom
from tests.helpers import planted_leaves


def rows(path):
    with path.open() as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def test_the_two_files_join_by_name(tmp_path):
    """Matches of what stands in motifs.meme, made anew, are the rows of that name in tomtom.tsv."""
    database = jaspar.load("JASPAR2016")
    ctcf, rest = planted_leaves.known("MA0139.1", "MA0138.2")
    novel = np.eye(4)[[0, 0, 2, 1, 3, 0, 2, 2, 0, 3, 1, 3]] * 0.88 + 0.03
    # Two halves of CTCF, which are two words of one name, and REST on the strand that has to be turned.
    neurons = [
        [[(ctcf.ppm[:9], 5, "+")], [(rest.ppm, 12, "-")]],
        [[(ctcf.ppm[9:], 20, "+")], [(novel, 12, "+")]],
    ]
    found = planted_leaves.layer(neurons, 40)
    layer = layer_motifs.read(found, database, Settings("weights", database="JASPAR2016", q_max=0.5))
    write.write(layer, tmp_path)
    motifs = {motif.name: motif for motif in meme.read_meme(tmp_path / "motifs.meme")}
    lines = rows(tmp_path / "tomtom.tsv")
    queries = [line["Query_ID"] for line in lines]
    assert len(motifs) == len(layer.words) == 4 and set(queries) <= set(motifs)
    assert {"REST", "novel1"} <= set(motifs)
    assert list(dict.fromkeys(queries)) == [name for name in motifs if name in queries]
    places = {motif.name: number for number, motif in enumerate(database)}
    for name in set(queries):
        again = tomtom.match([motifs[name]], database)
        own = [line for line in lines if line["Query_ID"] == name]
        for line in own:
            target = places[line["Target_ID"]]
            assert float(line["p-value"]) == pytest.approx(again.p[0, target], rel=1e-3)
            assert (int(line["Optimal_offset"]), line["Orientation"]) == (
                again.offset[0, target],
                again.strand[0, target],
            )
        assert len(own) == (again.q[0] <= 0.5).sum()


def test_words_of_one_label_have_names_of_their_own():
    """Two motifs of one factor, and another one's that is called as the second word of it would be."""
    labels = {"MA0139.1": "a factor", "MA0138.2": "a factor", "MA0095.2": "a_factor.2"}
    database = [
        dataclasses.replace(motif, alt_name=labels.get(motif.name, motif.alt_name))
        for motif in jaspar.load("JASPAR2016")
    ]
    leaves = [[(motif.ppm, 6, "+")] for motif in planted_leaves.known(*labels)]
    layer = layer_motifs.read(planted_leaves.layer([leaves], 35), database)
    # Which of them is which depends on the order of the words; no two are alike.
    names = {word.name for word in layer.words}
    assert names in ({"a_factor", "a_factor.2", "a_factor.3"}, {"a_factor", "a_factor.2", "a_factor.2.2"})
