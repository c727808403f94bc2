"""Rounds of discovery with networks whose filters are given: what is taken, what is left, what is tested."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

import jaxmotif as jm
from jaxmotif import dna
from jaxmotif.apps.discover import candidates, ranking, rounds
from jaxmotif.apps.discover.learner import Learner
from jaxmotif.data.dataset import Splits
from jaxmotif.errors import Failed
from jaxmotif.interpret.readout import Readout
from jaxmotif.models.network import Network
from jaxmotif.motifs import enrichment
from jaxmotif.motifs.align import align
from jaxmotif.motifs.successive import Taken

FILTERS = rounds.Plan(True, 1, ("filters",))
LENGTH, FIRST, SECOND, ABSENT = 60, "TGACGTCAGC", "GGGAATTTCC", "ATGCCAATTG"


def _learner(*words):
    """A network of one filter for each word, on either strand; its score is the best of all."""
    kernel = jnp.stack([2.0 * jnp.asarray(jm.one_hot([word])[0]) - 0.5 for word in words], -1)

    def function(x_bl4):
        maps = [
            jnp.exp(
                lax.conv_general_dilated(x, kernel, (1,), "SAME", dimension_numbers=("NWC", "WIO", "NWC"))
            )
            for x in (x_bl4, x_bl4[:, ::-1, ::-1])
        ]
        return jnp.log(jnp.maximum(*maps).max(axis=(1, 2)))[:, None], {1: maps[0]}

    left = (len(words[0]) - 1) // 2
    network = Network.from_function(
        function, LENGTH, strands="random", layers={1: (len(words[0]), left, 1)}, classes=("bound",)
    )
    scores = lambda codes: network.logits(codes, by_member=True)[:, :, 0]
    return Learner("supervised", network, [], Readout(threshold=0.2), scores, None)


def _plant(codes, rng, word, share):
    for row in np.flatnonzero(rng.random(len(codes)) < share):
        site = dna.encode([word])[0]
        start = rng.integers(0, LENGTH - len(site))
        codes[row, start : start + len(site)] = site if rng.random() < 0.5 else 3 - site[::-1]


@pytest.fixture(scope="module", name="splits")
def fixture_splits():
    rng = np.random.default_rng(0)

    def part(size):
        codes = rng.integers(0, 4, (size, LENGTH)).astype(np.uint8)
        _plant(codes, rng, SECOND, 0.4)
        _plant(codes, rng, FIRST, 0.8)
        return jm.with_negatives(jm.Dataset(codes), seed=size)

    return Splits(part(300), part(150), part(151))


def _count(codes, word):
    either = dna.encode([word])[0], 3 - dna.encode([word])[0][::-1]
    views = np.lib.stride_tricks.sliding_window_view(codes, len(word), axis=1)
    return sum(int((views == one).all(axis=2).sum()) for one in either)


def test_a_later_round_learns_from_what_is_left(splits):
    seen = []

    def train(left, folder):
        seen.append((left, folder))
        return _learner(FIRST, ABSENT) if len(seen) == 1 else _learner(SECOND, ABSENT)

    past = rounds.search(train, splits, FILTERS._replace(rounds=3))
    # The first network knows its own word only, and can tell nothing once that is gone.
    assert len(past) == 1 and [len(one.taken) for one in past] == [1]
    assert align(past[0].taken[0].motif, _motif(FIRST)).similarity > 0.9


def test_what_was_taken_is_gone_and_the_rest_is_there(splits):
    def train(left, folder):
        # It tells the second word too, but only the first has a filter that is read.
        first = len(asked) == 0
        asked.append((left, folder))
        one = _learner(FIRST if first else SECOND, ABSENT)
        both = _learner(FIRST, SECOND)
        return dataclasses.replace(one, scores=both.scores)

    asked = []
    past = rounds.search(train, splits, FILTERS._replace(rounds=4))
    assert len(past) >= 2 and len(past[0].taken) >= 1
    left = asked[1][0]
    positives = left.train.positives.sequences
    assert _count(splits.train.positives.sequences, FIRST) > 200 and _count(positives, FIRST) < 5
    assert _count(positives, SECOND) > 0.8 * _count(splits.train.positives.sequences, SECOND)
    # Negatives are shuffles of what is left: letter by letter as many.
    for part in left.parts:
        counts = [np.bincount(own.sequences.ravel(), minlength=4) for own in (part.positives, part)]
        assert (2 * counts[0] == counts[1]).all()
    ranked = ranking.ranked([past], 1e-4, 0.05, splits.train)
    assert len(ranked.listed) == 2
    # What is left of a filter's flanks may be taken; then the test sequences do not confirm it.
    assert all(known.e > 0.05 or known.variant_of for known in ranked.others.evidence)
    assert [one.round for one in ranked.listed.evidence] == [1, 2]
    for motif, known, word in zip(ranked.listed, ranked.listed.evidence, (FIRST, SECOND), strict=True):
        assert align(motif, _motif(word)).similarity > 0.9
        assert known.e == pytest.approx(ranked.counts["tested"] * known.held_out.p)
        assert known.q <= known.e < 1e-6
        assert known.support == {"supervised": 1} and known.importance is None
        assert known.sites > 0.9 * _count(splits.train.positives.sequences, word)


def test_what_the_held_out_sequences_do_not_confirm_is_not_listed(splits):
    def train(left, folder):
        return _learner(FIRST, SECOND)

    rng = np.random.default_rng(1)
    codes = rng.integers(0, 4, (151, LENGTH)).astype(np.uint8)
    _plant(codes, rng, FIRST, 0.8)
    other = Splits(splits.train, splits.valid, jm.with_negatives(jm.Dataset(codes)))
    ranked = ranking.ranked([rounds.search(train, other, FILTERS)], 1e-4, 0.05, splits.train)
    assert len(ranked.listed) == 1 and align(ranked.listed[0], _motif(FIRST)).similarity > 0.9
    assert any(align(motif, _motif(SECOND)).similarity > 0.9 for motif in ranked.others)
    assert all(known.e > 0.05 or known.variant_of for known in ranked.others.evidence)
    assert ranked.counts["tested"] == 1 + len(ranked.others)


def test_the_larger_p_of_two_orders_counts(splits):
    past = rounds.search(lambda left, folder: _learner(FIRST, SECOND), splits, FILTERS)
    asked = []

    def again(motifs):
        """As from the start, but the second word says nothing where it stands."""
        asked.append([motif.ppm.tobytes() for motif in motifs])
        scored = rounds.started(splits, FILTERS).score(motifs)
        is_second = [align(motif, _motif(SECOND)).similarity > 0.9 for motif in motifs]
        return [
            one._replace(test=one.test._replace(p=0.5)) if second else one
            for one, second in zip(scored, is_second, strict=True)
        ]

    before = ranking.ranked([past], 1e-4, 0.05, splits.train)
    after = ranking.ranked([past], 1e-4, 0.05, splits.train, again=[again])
    assert len(before.listed) == 2 and len(after.listed) == 1
    assert align(after.listed[0], _motif(FIRST)).similarity > 0.9
    (second,) = [
        known
        for motif, known in zip(after.others, after.others.evidence, strict=True)
        if align(motif, _motif(SECOND)).similarity > 0.9
    ]
    assert second.held_out.p == 0.5 and second.e == pytest.approx(0.5 * after.counts["tested"])
    # Those that would be listed first, the most significant first; then the rest in the same way.
    p = {one.motif.ppm.tobytes(): one.test.p for one in past[0].taken}
    asked_p = [p[ppm] for ppm in asked[0]]
    assert len(p) == len(asked_p) and asked_p[:2] == sorted(p.values())[:2]
    assert asked_p[2:] == sorted(asked_p[2:])


def test_a_variant_stands_for_what_is_not_listed_any_more(splits):
    (past,) = rounds.search(lambda left, folder: _learner(FIRST, ABSENT), splits, FILTERS)
    whole = past.taken[0]
    variant = whole._replace(
        motif=dataclasses.replace(whole.motif, name="variant"), test=whole.test._replace(p=1e-9)
    )
    past = past._replace(
        taken=[whole._replace(test=whole.test._replace(p=1e-12)), variant], effects=[None] * 2
    )

    def again(motifs):
        return [past.taken[i]._replace(test=past.taken[i].test._replace(p=p[i])) for i in range(len(motifs))]

    p = [1e-12, 1e-8]
    found = ranking.ranked([[past]], 1e-4, 0.05, splits.train, again=[again])
    assert [known.variant_of for known in found.others.evidence] == ["motif_1"] and len(found.listed) == 1
    p = [0.5, 1e-8]
    found = ranking.ranked([[past]], 1e-4, 0.05, splits.train, again=[again])
    assert [known.held_out.p for known in found.listed.evidence] == [1e-8]
    assert [(known.variant_of, known.held_out.p) for known in found.others.evidence] == [("", 0.5)]


def test_a_later_round_may_fail_the_first_may_not(splits, tmp_path):
    folders = []

    def train(left, folder):
        folders.append(folder)
        if len(folders) > 1:
            raise Failed("collapsed")
        one, both = _learner(FIRST, ABSENT), _learner(FIRST, SECOND)
        return dataclasses.replace(one, scores=both.scores)

    assert len(rounds.search(train, splits, FILTERS._replace(rounds=3), tmp_path)) == 1
    assert folders == [tmp_path, tmp_path / "round_2"]
    with pytest.raises(Failed):
        rounds.search(train, splits, FILTERS._replace(rounds=3))


def test_positives_are_tested_against_several_shuffles_each(splits):
    few = splits.test.take(np.arange(2 * 60))
    part = rounds.part_of(few, 10, 0)
    assert part.positive.sum() == 60 and (~part.positive).sum() == 60 * 10
    assert len(np.unique(part.codes[~part.positive], axis=0)) > 500
    # The user's own negatives are those there are, one of a group.
    doubled = jm.Dataset(
        np.concatenate([few.sequences, few.sequences]),
        np.tile(few.labels, (2, 1)),
        group=np.tile(few.group, 2),
    )
    part = rounds.part_of(doubled, 0, 0)
    assert part.positive.sum() == 60 and (~part.positive).sum() == 60


def _motif(word):
    ppm = np.full((len(word), 4), 0.02)
    ppm[np.arange(len(word)), dna.encode([word])[0]] = 0.94
    return jm.Motif(word, ppm, nsites=100)


def test_large_parts_are_thinned_evenly(splits, monkeypatch):
    monkeypatch.setattr(rounds, "MOST", 110)
    plain, many = (rounds.part_of(splits.train, shuffles, 0) for shuffles in (0, 10))
    assert plain.positive.sum() == 55 and (~plain.positive).sum() == 55
    assert many.positive.sum() == 10 and (~many.positive).sum() == 100
    source = [row.tobytes() for row in splits.train.positives.sequences]
    places = [source.index(row.tobytes()) for row in many.codes[many.positive]]
    assert places[0] == 0 and places[-1] == 299 and (np.diff(places) > 30).all()


def test_what_two_objectives_find_is_listed_once(splits):
    other = lambda words: dataclasses.replace(_learner(*words), objective="infomax")
    searches = [
        rounds.search(lambda left, folder: _learner(FIRST, ABSENT), splits, FILTERS),
        rounds.search(lambda left, folder: other((SECOND, FIRST)), splits, FILTERS),
    ]
    listed = ranking.ranked(searches, 1e-4, 0.05, splits.train).listed
    assert [
        align(motif, _motif(word)).similarity > 0.9
        for motif, word in zip(listed, (FIRST, SECOND), strict=True)
    ]
    assert listed.evidence[0].support == {"supervised": 1, "infomax": 1}
    assert listed.evidence[1].support == {"supervised": 0, "infomax": 1}


def test_a_motif_that_was_drawn_anew_keeps_the_filters_it_comes_from():
    found = candidates.Candidates([_motif(FIRST), _motif(SECOND)], [[(0, 3)], [(1, 5)]], 2, 2, 0)
    assert found.like(_motif(ABSENT)) == []
    assert found.like(_motif(ABSENT), 1) == [(1, 5)]
    assert found.like(_motif(FIRST), 1) == [(0, 3), (1, 5)]


def test_words_are_found_whatever_networks_learned(splits):
    train = lambda left, folder: _learner(ABSENT)
    (past,) = rounds.search(train, splits, FILTERS._replace(readings=("filters", "words")))
    ranked = ranking.ranked([[past]], 1e-4, 0.05, splits.train)
    assert len(ranked.listed) == 2
    for motif, known, word in zip(ranked.listed, ranked.listed.evidence, (FIRST, SECOND), strict=True):
        assert align(motif, _motif(word)).similarity > 0.9
        assert known.readings == ("words",) and known.support == {"supervised": 0}
        assert known.importance is None and known.filters == ()
    (nothing,) = rounds.search(train, splits, FILTERS)
    assert not ranking.ranked([[nothing]], 1e-4, 0.05, splits.train).listed.motifs


def test_seqlets_are_what_the_networks_attend_to(splits):
    def learner(*words):
        one = _learner(*words)
        contributions = lambda codes: jm.attribute(one.network, codes, "corrected")
        return dataclasses.replace(one, contributions=contributions)

    seqlets = FILTERS._replace(readings=("seqlets",))
    (past,) = rounds.search(lambda left, folder: learner(FIRST), splits, seqlets)
    ranked = ranking.ranked([[past]], 1e-4, 0.05, splits.train)
    # The second word is in the sequences, too, but this network does not read it.
    assert len(ranked.listed) == 1 and align(ranked.listed[0], _motif(FIRST)).similarity > 0.9
    (known,) = ranked.listed.evidence
    assert known.readings == ("seqlets",) and known.effect.mean > 10 * known.effect.error
    assert past.candidates.motifs == []


def test_another_family_is_no_variant(splits):
    """A part of the first word that a database knows by another name is listed next to it."""
    part, tested = FIRST[:7], enrichment.Test(50, 5, 100, 100, 1e-9)
    known = rounds.Round(
        _learner(ABSENT),
        candidates.Candidates([], [], 0, 0, 0),
        [Taken(i, _motif(word), 8.0, tested, tested) for i, word in enumerate((FIRST, part))],
        splits,
        [None, None],
    )
    family = lambda word, name: dataclasses.replace(_motif(word), tf_family=name)
    counts = [
        len(ranking.ranked([[known]], 1e-4, 0.05, splits.train, database).listed)
        for database in (
            (),
            [family(FIRST, "long"), family(part, "short")],
            [family(FIRST, "one::long"), family(part, "one")],
        )
    ]
    assert counts == [1, 2, 1]


def test_looks_that_take_long_are_told(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr(rounds.time, "monotonic", lambda: now[0])
    told = rounds.Looks()
    for seconds, found in ((4, 1), (12, 3), (15, 3), (31, 4)):
        now[0] = seconds
        told(found)
    more = "and there are more as long as they find some"
    assert capsys.readouterr().err.splitlines() == [
        f"looking for motifs: 3 so far, 12 s; the last look took 8 s, {more}",
        f"looking for motifs: 4 so far, 31 s; the last look took 16 s, {more}",
    ]
