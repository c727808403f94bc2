"""Rules that the table of pairs tells, against planted ones; motifs are given, cut and turned."""

import dataclasses

import numpy as np
import pytest

from experiments.truth import rule_scoring, rules
from jaxmotif.apps.discover import pairs
from jaxmotif.data.dataset import Dataset
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.motif_set import MotifSet

WORDS = ("ACCGTTAGGCATC", "TTGACCAGGATAC")


def _sure(word):
    return Motif(word, np.eye(4)[["ACGT".index(letter) for letter in word]], nsites=100)


def _cut(motif, first, last):
    return dataclasses.replace(motif, ppm=motif.ppm[first : motif.width - last])


def _set(rule, listed):
    """Planted sequences' letters as a data set of positives, and the listed motifs with sites there."""
    rng = np.random.default_rng(0)
    present = rng.random((500, 2)) < (0.5, 0.5)
    present, holds = rules.together(rng, rule, present)
    background = rng.integers(0, 4, (500, 100), dtype=np.uint8)
    codes, _ = rules.plant(rng, [_sure(word) for word in WORDS], rule, present, holds, background)
    return Dataset(codes, np.ones(500, np.float32)), MotifSet(listed).scan(codes)


@pytest.mark.parametrize("order", ["after", "before"])
@pytest.mark.parametrize("strand", ["same", "opposite"])
@pytest.mark.parametrize("turned", [(False, False), (True, False), (False, True), (True, True)])
@pytest.mark.parametrize("swapped", [False, True])
def test_a_rule_is_read_whatever_of_the_motifs_was_found(order, strand, turned, swapped):
    rule = rules.Rule((0, 1), order, strand, (5, 5), 0.3)
    planted = [_sure(word) for word in WORDS]
    listed = [_cut(planted[0], 3, 1), _cut(planted[1], 0, 2)]
    listed = [one.reverse_complement() if back else one for one, back in zip(listed, turned, strict=True)]
    places = [1, 0] if swapped else [0, 1]
    data, found = _set(rule, [listed[i] for i in places])
    told = pairs.tested(found, data)
    verdict = rule_scoring.judged(rule, planted, list(found), places, told)
    assert verdict["listed"] and verdict["told"] and verdict["right"], verdict
    # Another rule is contradicted by what the table says.
    others = [
        rule._replace(order="before" if order == "after" else "after"),
        rule._replace(strand="same" if strand == "opposite" else "opposite"),
        rule._replace(spacing=(8, 9)),
    ]
    for other in others:
        assert not rule_scoring.judged(other, planted, list(found), places, told)["right"], other


def test_what_is_not_listed_or_not_told():
    rule = rules.Rule((0, 1), "after", "same", (5, 5), 0.3)
    planted = [_sure(word) for word in WORDS]
    assert not rule_scoring.judged(rule, planted, planted[:1], [0, -1], [])["listed"]
    assert rule_scoring.judged(rule, planted, planted, [0, 1], []) == {
        "listed": True,
        "told": False,
        "right": False,
    }
