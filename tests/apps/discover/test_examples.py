"""Sequences of the page letter by letter, against exact contributions and the sites' own places."""

import dataclasses
import re

import numpy as np
import pytest

from jaxmotif import dna
from jaxmotif.apps.discover import examples
from jaxmotif.interpret import attribution
from jaxmotif.motifs.motif_set import MotifSet
from tests.helpers import small_discovery


@pytest.fixture(scope="module", name="found")
def fixture_found():
    return small_discovery.found()


def test_the_strongest_and_the_middle_ones_are_shown(found):
    (section,) = examples.section(found, ["one", "two"])
    data, network = found.splits.test.positives, found.networks[0].network
    logits = network.logits(data.sequences)[:, 0]
    order = np.argsort(-logits, kind="stable")
    assert len(section.shown) == 6
    ranks = [int(re.search(r"number (\d+) of 30", one.title)[1]) - 1 for one in section.shown]
    assert ranks == [0, 1, 2, 14, 15, 16]
    hypothetical = attribution.hypothetical_contributions(network, data.sequences)
    for rank, one, origin in zip(ranks, section.shown, section.origin, strict=True):
        row = order[rank]
        assert one.title.startswith(data.names[row]) and f"logit {logits[row]:.2f}" in one.title
        given = np.eye(5, 4)[data.sequences[row]] * hypothetical[row]
        np.testing.assert_allclose(one.heights, given, atol=1e-5)
        assert origin == -50
        text = dna.decode(data.sequences[row][None])[0]
        for site in one.sites:
            word = small_discovery.WORDS[("one", "two").index(site.name)]
            turned = dna.decode(dna.reverse_complement(dna.encode([word])[0])[None])[0]
            assert text[site.start : site.end] in (word, turned)
        assert any(site.name == "one" for site in one.sites)


def test_no_section_without_labels_and_no_boxes_without_motifs(found):
    blind = dataclasses.replace(found.networks[0], contributions=None)
    assert examples.section(dataclasses.replace(found, networks=[blind]), ["one", "two"]) == []
    bare = dataclasses.replace(found, motifs=MotifSet(()))
    assert not any(one.sites for one in examples.section(bare, [])[0].shown)


@pytest.mark.parametrize("count", [1, 3, 4, 7, 50])
def test_no_sequence_is_shown_twice(count):
    ranks, first = examples.chosen(count)
    assert ranks == sorted(set(ranks)) and max(ranks) < count and len(ranks) == len(first)
    assert first.count(True) == min(3, count)


def test_of_a_long_sequence_the_part_that_contributes_most_is_shown():
    rng = np.random.default_rng(0)
    sizes = rng.random(1000)
    sizes[420:600] += 3
    begin = examples.window(sizes)
    sums = [sizes[i : i + examples.MOST].sum() for i in range(1000 - examples.MOST + 1)]
    assert begin == int(np.argmax(sums)) and examples.window(sizes[:200]) == 0
