"""Filters of all networks become distinct motifs, ranked by what is lost without them."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from jaxmotif.apps.discover.learner import Learner
from jaxmotif.data.dataset import Dataset
from jaxmotif.interpret import filter_motifs
from jaxmotif.interpret.filter_motifs import LEAST_SITES
from jaxmotif.motifs import cores, merge, places, scan
from jaxmotif.motifs.motif_set import Evidence, MotifSet
from jaxmotif.motifs.places import Rows

# A motif of one seed alone has to lose this many nats when it is taken away.
NEEDED_NATS = 0.005


def ranked_motifs(
    networks: Sequence[Learner],
    site_p: float,
    read_from: Dataset,
    held_out: Dataset,
    bins: int = 40,
) -> tuple[MotifSet, dict]:
    """Returns distinct motifs by rank with their sites in the positives, and counts of what was left out.

    Filters are read on the positives of `read_from`; importance is measured on `held_out`. Motifs of the
    first objective come first, by its importance, then those that only the next one has. Where importance
    cannot be measured, by support and then by the number of sites behind the filters.

    Left out and counted: filters with fewer than `LEAST_SITES` sites, motifs without which nothing is
    lost, those of one seed without which less than `NEEDED_NATS` is, and those with fewer than
    `LEAST_SITES` sites in the positives.
    """
    positive = read_from.is_positive
    positives = read_from.take(positive)
    rows = Rows.of(read_from)
    nothing = MotifSet((), sites=scan.NO_SITES, rows=rows)
    motifs, origin, counts = [], [], {"filters": 0, "uninformative": 0, "unneeded": 0}
    for number, one in enumerate(networks):
        found = filter_motifs.informative(one.network, positives, 1, one.readout)
        motifs += found.motifs
        origin += [(number, *place) for place in found.origin]
        counts["filters"] += len(found.motifs) + found.silent
        counts["uninformative"] += found.silent
    if not motifs:
        return nothing, counts
    # Filters of one network are evidence once, however many there are.
    merged = merge.merge(motifs, [1000 * number + seed for number, seed, _ in origin])
    members = [[origin[member.index] for member in item.members] for item in merged]
    lost = np.full((len(networks), len(merged)), np.nan)  # NaN: nobody can tell
    support = np.zeros((len(networks), len(merged)), int)
    for number, one in enumerate(networks):
        groups = [[(s, k) for n, s, k in group if n == number] for group in members]
        if one.importance:
            lost[number] = one.importance(groups, held_out)
        support[number] = [len({s for s, _ in group}) for group in groups]
    needed = np.where(np.isnan(lost), support > 0, lost > np.where(support > 1, 0, NEEDED_NATS))
    kept = np.flatnonzero(needed.any(axis=0))
    counts["unneeded"] = len(merged) - len(kept)
    if not len(kept):
        return nothing, counts
    # The first objective that needs it.
    first = needed.argmax(axis=0)

    def rank(i):
        if np.isnan(lost[first[i], i]):
            return first[i], -support[first[i], i], -merged[i].motif.nsites
        return first[i], -lost[first[i], i]

    order = sorted(kept, key=rank)
    # What is looked for is what is listed: flat flanks are cut off both.
    wanted = cores.searched([merged[i].motif for i in order], site_p, read_from)
    sites = scan.scan(read_from, wanted.motifs, wanted.p)
    own = np.bincount(sites.motif[positive[sites.sequence]], minlength=len(order))
    listed = np.flatnonzero(own >= LEAST_SITES)
    counts["unneeded"] += len(order) - len(listed)
    ranked, evidence = [], []
    positive_rows = rows.take(positive)
    for rank, place in enumerate(listed):
        i = order[place]
        found_by = {one.objective: int(support[n, i]) for n, one in enumerate(networks)}
        source = ", ".join(f"{one.network.name}, {found_by[one.objective]} seeds" for one in networks)
        # A site counts once here; behind the merged matrix it counts for every filter of every network.
        motif = dataclasses.replace(
            wanted.motifs[place],
            name=f"motif_{rank + 1}",
            source=source,
            nsites=float(own[place]),
            background=wanted.background,
        )
        group = tuple((networks[n].objective, s, k) for n, s, k in members[i])
        known = _evidence(
            sites.take(sites.motif == place),
            positive,
            positive_rows,
            bins,
            width=motif.width,
            site_p=float(wanted.p[place]) if wanted.p[place] > site_p else None,
            support=found_by,
            networks=sum(len(one.network) for one in networks),
            filters=group,
            **_importance(float(lost[first[i], i]), networks[first[i]].objective),
        )
        ranked.append(motif)
        evidence.append(known)
    # Of the positives only, and numbered by rank.
    chosen = np.flatnonzero(positive[sites.sequence] & np.isin(sites.motif, listed))
    sites = sites.take(chosen)
    sites = dataclasses.replace(sites, motif=np.searchsorted(listed, sites.motif))
    notes = cores.lowered(ranked, wanted.best[listed], site_p) + places.left_out(sites, rows)
    return MotifSet(ranked, evidence, sites=sites, rows=rows, notes=notes), counts


def _importance(lost: float, objective: str) -> dict:
    return {} if np.isnan(lost) else {"importance": lost, "importance_of": objective}


def _evidence(
    sites: scan.Sites, positive: np.ndarray, rows: Rows, bins: int, width: int, **known
) -> Evidence:
    """What is `known` of a motif of this width, and how its sites lie in the positives."""
    hit = np.zeros(len(positive), bool)
    hit[sites.sequence] = True
    mine = positive[sites.sequence]
    # Of the positives only, numbered by their own rows.
    own = dataclasses.replace(sites.take(mine), sequence=np.cumsum(positive)[sites.sequence[mine]] - 1)
    return Evidence(
        sites=int(mine.sum()),
        prevalence=(float(hit[positive].mean()), float(hit[~positive].mean())),
        positions=places.densities(own, rows, width, bins),
        **known,
    )
