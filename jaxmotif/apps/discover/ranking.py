"""What all rounds found, as motifs with evidence and sites: what held-out sequences confirm, and the rest."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif.apps.discover.rounds import Round
from jaxmotif.apps.discover.settings import FILTERS
from jaxmotif.data.dataset import Dataset
from jaxmotif.evaluate import multiple
from jaxmotif.motifs import align, centring, cores, merge, places, scan
from jaxmotif.motifs.evidence import Ablation, Evidence
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.motif_set import MotifSet
from jaxmotif.motifs.places import Rows
from jaxmotif.motifs.successive import Taken


class Ranked(NamedTuple):
    """Motifs by what the held-out sequences say.

    Attributes:
      listed: those with an E-value of at most the level, most significant first, with sites.
      others: those that the held-out sequences do not confirm, and variants and parts of listed ones.
      counts: filters read, silent ones, distinct motifs of them, and how many were tested.
    """

    listed: MotifSet
    others: MotifSet
    counts: dict[str, int]


def ranked(  # noqa: PLR0913 (one table of what all searches found)
    searches: Sequence[Sequence[Round]],
    site_p: float,
    level: float,
    read_from: Dataset,
    database: Sequence[Motif] = (),
    bins: int = 40,
    again: Sequence[Callable[[Sequence[Motif]], Sequence[Taken]]] = (),
    by_p: bool = False,
) -> Ranked:
    """Returns the motifs of all rounds, in the order of their first tests, with their sites in the positives.

    Motifs of the first search come first, then those that only the next one has. What those before a motif
    leave of it hangs on their order: with `again`, each is tested in the order of the list, too, variants and
    what is not confirmed after it, and the larger p counts.

    Args:
      searches: the rounds of each objective.
      site_p: p-value of sites.
      level: largest E-value of what is listed: p on the held-out sequences times the number of motifs that
        were tested there.
      read_from: sequences in which sites are listed.
      database: whose families tell a motif from one that it is like: AP-1 is no variant of CRE.
      bins: of positions, at most.
      again: for each search a function that tests motifs in the given order from the start
        (`successive.Search.score`); () takes the tests that there are.
      by_p: whether the most significant motif comes first, whichever search it is of: none of them is before
        the others then.
    """
    rounds = [past for own in searches for past in own]
    found = [one for past in rounds for one in past.taken]
    counts = {
        "filters": sum(past.candidates.read + past.candidates.silent for past in rounds),
        "uninformative": sum(past.candidates.silent for past in rounds),
        "candidates": sum(past.candidates.distinct for past in rounds),
        "tested": len(found),
    }
    rows = Rows.of(read_from)
    if not found:
        nothing = MotifSet((), sites=scan.NO_SITES, rows=rows)
        return Ranked(nothing, nothing, counts)
    tests, families = [one.test for one in found], _families([one.motif for one in found], database)
    turn = [number for number, own in enumerate(searches) for past in own for _ in past.taken]
    place = lambda i: (0 if by_p else turn[i], tests[i].p, found[i].valid.p, i)
    order = sorted(range(len(found)), key=place)
    e = lambda i: tests[i].p * len(tests)
    listed: list[int] = []
    rest, variant = [], {}
    for i in order:
        first = _variant_of(found[i].motif, [found[j].motif for j in listed])
        if first is not None and turn[i] == turn[listed[first]] and e(i) <= level:
            own, others = families[i], families[listed[first]]
            first = None if own and others and not own & others else first
        if first is None:
            (listed if e(i) <= level else rest).append(i)
        elif turn[i] == turn[listed[first]]:
            variant[i] = listed[first]
            rest.append(i)
        # Otherwise two objectives found one motif, and the first one's support says so.
    if again:
        for number, score in enumerate(again):
            order = [i for i in listed + rest if turn[i] == number]
            for i, one in zip(order, score([found[i].motif for i in order]), strict=True):
                tests[i] = max(tests[i], one.test, key=lambda test: test.p)
        # In this order, since it is what was tested. A variant stands for what is not listed any more.
        lost = [i for i in listed if e(i) > level]
        listed = [i for i in listed if e(i) <= level]
        for i in [i for i in rest if variant.get(i) in lost and e(i) <= level]:
            first = _variant_of(found[i].motif, [found[j].motif for j in listed])
            if first is not None:
                variant[i] = listed[first]
            else:
                listed.append(i)
        rest = [i for i in rest if i not in listed] + lost
    rest.sort(key=place)
    q = multiple.benjamini_hochberg(np.array([test.p for test in tests]))
    known = [
        dataclasses.replace(
            own,
            e=float(e(i)),
            q=float(q[i]),
            held_out=tests[i],
            variant_of=f"motif_{listed.index(variant[i]) + 1}" if variant.get(i) in listed else "",
        )
        for i, own in enumerate(_evidence(searches))
    ]
    sets = [
        _with_sites([found[i].motif for i in own], [known[i] for i in own], name, site_p, read_from, bins)
        for own, name in ((listed, "motif"), (rest, "other"))
    ]
    return Ranked(sets[0], sets[1], counts)


def _share(hit: np.ndarray) -> float:
    return float(hit.mean()) if len(hit) else 0.0


def _families(motifs: Sequence[Motif], database: Sequence[Motif]) -> list[set[str]]:
    """The family or families of each motif's best match, where that gives it a name."""
    if not database:
        return [set()] * len(motifs)
    named = MotifSet(motifs).match(database).named
    return [set((hits[0].target.tf_family or "").split("::")) - {""} if hits else set() for hits in named]


def _variant_of(motif: Motif, listed: Sequence[Motif]) -> int | None:
    """The first listed motif that this one is a variant or a part of; None if of none."""
    if not listed:
        return None
    likeness, *_ = align.similarities(motif.ppm, [own.ppm for own in listed], both=motif.has_complement)
    return int(np.argmax(likeness)) if likeness.max() >= merge.SIMILARITY else None


def _evidence(searches: Sequence[Sequence[Round]]) -> list[Evidence]:
    """What is known of each motif from the networks of its own round, and who else has it."""
    known = []
    # Searches of one name share their networks.
    networks = {other[0].learner.objective: len(other[0].learner.network) for other in searches}
    for own in searches:
        for number, past in enumerate(own, 1):
            source = [one.index if one.reading == FILTERS else None for one in past.taken]
            groups = [past.candidates.like(one.motif, i) for one, i in zip(past.taken, source, strict=True)]
            lost: dict[int, Ablation] = {}
            measured = [i for i, group in enumerate(groups) if group]
            if past.learner.importance and measured:
                # On what is left of the held-out sequences, without what the rounds before explain.
                without = past.learner.importance([groups[i] for i in measured], past.splits.test)
                lost = {i: without.of(place) for place, i in enumerate(measured)}
            for i, (one, group, effect) in enumerate(zip(past.taken, groups, past.effects, strict=True)):
                own_loss = lost.get(i)
                support = dict.fromkeys(networks, 0)
                for other in searches:
                    name = other[0].learner.objective
                    support[name] = max(support[name], _support(other, one.motif))
                # Those that it comes from count, whatever it looks like now.
                mine = past.learner.objective
                support[mine] = max(support[mine], len({seed for seed, _ in group}))
                known.append(
                    Evidence(
                        support=support,
                        networks=sum(networks.values()),
                        filters=tuple((past.learner.objective, seed, k) for seed, k in group),
                        importance=None if own_loss is None else float(np.mean(own_loss.nats)),
                        importance_of="" if own_loss is None else past.learner.objective,
                        ablation=own_loss,
                        effect=effect,
                        round=number,
                        readings=past.candidates.readings(one.motif, one.reading),
                        target=past.learner.target,
                    )
                )
    return known


def _support(rounds: Sequence[Round], motif: Motif) -> int:
    """How many networks of an objective have a filter like the motif, in any round."""
    return len({seed for past in rounds for seed, _ in past.candidates.like(motif)})


def _with_sites(
    motifs: Sequence[Motif],
    known: Sequence[Evidence],
    name: str,
    site_p: float,
    read_from: Dataset,
    bins: int,
) -> MotifSet:
    """The motifs, named by rank, with their sites in the positives and how these lie."""
    rows, positive = Rows.of(read_from), read_from.is_positive
    if not motifs:
        return MotifSet((), sites=scan.NO_SITES, rows=rows)
    # What is looked for is what is listed: flat flanks are cut off both.
    wanted = cores.searched(motifs, site_p, read_from)
    sites = scan.scan(read_from, wanted.motifs, wanted.p)
    positive_rows, letters = rows.take(positive), read_from.sequences[positive]
    mine = positive[sites.sequence]
    own = np.bincount(sites.motif[mine], minlength=len(motifs))
    named, evidence = [], []
    for place, motif in enumerate(wanted.motifs):
        support = ", ".join(f"{objective} {count}" for objective, count in known[place].support.items())
        source = f"jaxmotif, round {known[place].round}, networks: {support}"
        # A site counts once here; behind a merged matrix it counts for every filter of every network.
        named.append(
            dataclasses.replace(
                motif,
                name=f"{name}_{place + 1}",
                source=source,
                nsites=float(max(own[place], 1)),
                background=wanted.background,
            )
        )
        here = sites.take(sites.motif == place)
        hit = np.zeros(len(positive), bool)
        hit[here.sequence] = True
        # Of the positives only, numbered by their own rows.
        theirs = here.take(positive[here.sequence])
        theirs = dataclasses.replace(theirs, sequence=np.cumsum(positive)[theirs.sequence] - 1)
        evidence.append(
            dataclasses.replace(
                known[place],
                sites=int(own[place]),
                prevalence=(_share(hit[positive]), _share(hit[~positive])),
                positions=places.densities(theirs, positive_rows, motif.width, bins),
                centring=centring.centring(theirs, positive_rows, motif.width, letters),
                site_p=float(wanted.p[place]) if wanted.p[place] > site_p else None,
            )
        )
    sites = sites.take(mine)
    notes = cores.lowered(named, wanted.best, site_p) + places.left_out(sites, rows)
    return MotifSet(named, evidence, sites=sites, rows=rows, notes=notes)
