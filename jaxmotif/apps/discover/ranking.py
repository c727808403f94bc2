"""Filters of all networks become distinct motifs, ranked by what is lost without them."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from jaxmotif.apps.discover.networks import Networks
from jaxmotif.data.dataset import Dataset
from jaxmotif.interpret import filter_motifs
from jaxmotif.motifs import merge, scan
from jaxmotif.motifs.motif_set import Evidence, MotifSet, Rows

# A motif of one seed alone has to lose this many nats when it is taken away, and any motif needs this many
# sites behind its filters: with an exponential first layer a filter's highest activation can be a single
# sequence's.
NEEDED_NATS, LEAST_SITES = 0.005, 20


def read_filters(networks: Networks, codes_nl, prefix: str = ""):
    """Informative trimmed motifs of all seeds' first layers, their (seed, filter) numbers, and the rest's count."""
    motifs, origin, silent = [], [], 0
    for seed in range(len(networks.network)):
        name = f"{prefix}seed{seed + 1}_filter"
        found = filter_motifs.filter_motifs(
            networks.network, codes_nl, 1, networks.readout, member=seed, prefix=name
        ).motifs
        for number, motif in enumerate(filter_motifs.trimmed(found, networks.readout)):
            if motif is None or motif.nsites < LEAST_SITES:
                silent += 1
            else:
                motifs.append(motif)
                origin.append((seed, number))
    return motifs, origin, silent


def ranked_motifs(
    networks: Sequence[Networks],
    site_p: float,
    read_from: Dataset,
    held_out: Dataset,
    bins: int = 40,
) -> tuple[MotifSet, dict]:
    """Returns distinct motifs by rank with their sites in the positives, and counts of what was left out.

    Filters are read on the positives of `read_from`; importance is measured on `held_out`. Motifs of the
    first objective come first, by its importance, then those that only the next one has.

    Left out and counted: filters with fewer than `LEAST_SITES` sites, motifs without which nothing is
    lost, those of one seed without which less than `NEEDED_NATS` is, and those with fewer than
    `LEAST_SITES` sites in the positives.
    """
    positive = read_from.is_positive
    positives = read_from.sequences[positive]
    motifs, origin, counts = [], [], {"filters": 0, "uninformative": 0, "unneeded": 0}
    for number, one in enumerate(networks):
        found, places, silent = read_filters(one, positives)
        motifs += found
        origin += [(number, *place) for place in places]
        counts["filters"] += len(found) + silent
        counts["uninformative"] += silent
    if not motifs:
        return MotifSet(()), counts
    # Filters of one network are evidence once, however many there are.
    merged = merge.merge(motifs, [1000 * number + seed for number, seed, _ in origin])
    members = [[origin[member.index] for member in item.members] for item in merged]
    lost = np.zeros((len(networks), len(merged)))
    support = np.zeros((len(networks), len(merged)), int)
    for number, one in enumerate(networks):
        groups = [[(s, k) for n, s, k in group if n == number] for group in members]
        lost[number] = one.importance(groups, held_out)
        support[number] = [len({s for s, _ in group}) for group in groups]
    needed = lost > np.where(support > 1, 0, NEEDED_NATS)
    kept = np.flatnonzero(needed.any(axis=0))
    counts["unneeded"] = len(merged) - len(kept)
    if not len(kept):
        return MotifSet(()), counts
    # The first objective that needs it.
    first = needed.argmax(axis=0)
    order = sorted(kept, key=lambda i: (first[i], -lost[first[i], i]))
    sites = scan.scan(read_from.sequences, [merged[i].motif for i in order], site_p)
    own = np.bincount(sites.motif[positive[sites.sequence]], minlength=len(order))
    listed = np.flatnonzero(own >= LEAST_SITES)
    counts["unneeded"] += len(order) - len(listed)
    ranked, evidence = [], []
    for rank, place in enumerate(listed):
        i = order[place]
        found_by = {one.objective: int(support[n, i]) for n, one in enumerate(networks)}
        source = ", ".join(f"{one.network.name}, {found_by[one.objective]} seeds" for one in networks)
        motif = dataclasses.replace(merged[i].motif, name=f"motif_{rank + 1}", source=source)
        group = tuple((networks[n].objective, s, k) for n, s, k in members[i])
        known = _evidence(
            sites.take(sites.motif == place),
            read_from,
            bins,
            support=found_by,
            networks=sum(len(one.network) for one in networks),
            filters=group,
            importance=float(lost[first[i], i]),
            importance_of=networks[first[i]].objective,
        )
        ranked.append(motif)
        evidence.append(known)
    # Of the positives only, and numbered by rank.
    chosen = np.flatnonzero(positive[sites.sequence] & np.isin(sites.motif, listed))
    sites = sites.take(chosen)
    sites = dataclasses.replace(sites, motif=np.searchsorted(listed, sites.motif))
    if not ranked:
        return MotifSet(()), counts
    return MotifSet(ranked, evidence, sites=sites, rows=Rows.of(read_from)), counts


def _evidence(sites: scan.Sites, read_from: Dataset, bins: int, **known) -> Evidence:
    """What is `known` of a motif, and how its sites lie in the positives."""
    positive = read_from.is_positive
    hit = np.zeros(len(read_from), bool)
    hit[sites.sequence] = True
    mine = positive[sites.sequence]
    middle = (sites.start + sites.end)[mine] / 2
    return Evidence(
        sites=int(mine.sum()),
        prevalence=(float(hit[positive].mean()), float(hit[~positive].mean())),
        positions=np.histogram(middle, bins=bins, range=(0, read_from.length))[0],
        **known,
    )
