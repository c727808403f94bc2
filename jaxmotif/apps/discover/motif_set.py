"""Filters of all networks become distinct motifs, ranked by what is lost without them."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from jaxmotif.apps.discover.networks import Networks
from jaxmotif.data.dataset import Dataset
from jaxmotif.interpret import filter_motifs
from jaxmotif.motifs import merge, scan
from jaxmotif.motifs.motif import Motif

# A motif of one seed alone has to lose this many nats when it is taken away, and any motif needs this many
# sites behind its filters: with an exponential first layer a filter's highest activation can be a single
# sequence's.
NEEDED_NATS, LEAST_SITES = 0.005, 20


@dataclasses.dataclass(frozen=True)
class Discovered:
    """A distinct motif.

    Attributes:
      motif: its PPM, from the sites of all its filters; named motif_<rank>.
      support: objective -> number of seeds with at least one of its filters.
      filters: (objective, seed, filter) behind it, 0-based.
      importance: what is lost without its filters (see `Networks.importance`), by the first objective
        that needs it, `importance_of`.
      sites: number of sites in the positives at the p-value asked for.
      prevalence: shares of positive and of negative sequences with a site.
      positions: (bins,) number of the positives' sites by the place of their middle.
    """

    motif: Motif
    support: dict[str, int]
    filters: tuple[tuple[str, int, int], ...]
    importance: float
    importance_of: str
    sites: int
    prevalence: tuple[float, float]
    positions: np.ndarray


def read_filters(networks: Networks, codes_nl, prefix: str = ""):
    """Informative trimmed motifs of all seeds' first layers, their (seed, filter) numbers, and the rest's count."""
    motifs, origin, silent = [], [], 0
    for seed, variables in enumerate(networks.members):
        name = f"{prefix}seed{seed + 1}_filter"
        found = filter_motifs.filter_motifs(
            networks.spec, variables, codes_nl, 0, networks.readout, name
        ).motifs
        for number, motif in enumerate(filter_motifs.trimmed(found, networks.readout)):
            if motif is None or motif.nsites < LEAST_SITES:
                silent += 1
            else:
                motifs.append(motif)
                origin.append((seed, number))
    return motifs, origin, silent


def assemble(
    networks: Sequence[Networks],
    site_p: float,
    read_from: Dataset,
    held_out: Dataset,
    bins: int = 40,
) -> tuple[list[Discovered], scan.Sites | None, dict]:
    """Distinct motifs in rank order, their sites in the positives, and counts of what was left out.

    Filters are read on the positives of `read_from`; importance is measured on `held_out`. Motifs of the
    first objective come first, by its importance, then those that only the next one has.

    Left out and counted: filters with fewer than `LEAST_SITES` sites, motifs without which nothing is
    lost, those of one seed without which less than `NEEDED_NATS` is, and those with fewer than
    `LEAST_SITES` sites in the positives.
    """
    positive = read_from.labels[:, 0] > 0.5
    positives = read_from.sequences[positive]
    motifs, origin, counts = [], [], {"filters": 0, "uninformative": 0, "unneeded": 0}
    for number, one in enumerate(networks):
        found, places, silent = read_filters(one, positives)
        motifs += found
        origin += [(number, *place) for place in places]
        counts["filters"] += len(found) + silent
        counts["uninformative"] += silent
    if not motifs:
        return [], None, counts
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
        return [], None, counts
    # The first objective that needs it.
    first = needed.argmax(axis=0)
    order = sorted(kept, key=lambda i: (first[i], -lost[first[i], i]))
    sites = scan.scan(read_from.sequences, [merged[i].motif for i in order], site_p)
    own = np.bincount(sites.motif[positive[sites.sequence]], minlength=len(order))
    listed = np.flatnonzero(own >= LEAST_SITES)
    counts["unneeded"] += len(order) - len(listed)
    discovered = []
    for rank, place in enumerate(listed):
        i = order[place]
        found_by = {one.objective: int(support[n, i]) for n, one in enumerate(networks)}
        source = ", ".join(f"{one.spec.name}, {found_by[one.objective]} seeds" for one in networks)
        motif = dataclasses.replace(merged[i].motif, name=f"motif_{rank + 1}", source=source)
        group = tuple((networks[n].objective, s, k) for n, s, k in members[i])
        described = _describe(
            motif,
            found_by,
            group,
            lost[first[i], i],
            networks[first[i]].objective,
            sites.take(sites.motif == place),
            read_from,
            bins,
        )
        discovered.append(described)
    # Of the positives alone, and numbered by rank.
    chosen = np.flatnonzero(positive[sites.sequence] & np.isin(sites.motif, listed))
    sites = sites.take(chosen)
    sites = dataclasses.replace(sites, motif=np.searchsorted(listed, sites.motif))
    return discovered, sites if len(listed) else None, counts


def _describe(
    motif, support, group, rise, objective, sites: scan.Sites, read_from: Dataset, bins
) -> Discovered:
    positive = read_from.labels[:, 0] > 0.5
    hit = np.zeros(len(read_from), bool)
    hit[sites.sequence] = True
    mine = positive[sites.sequence]
    middle = (sites.start + sites.end)[mine] / 2
    return Discovered(
        motif,
        support,
        group,
        float(rise),
        objective,
        int(mine.sum()),
        (float(hit[positive].mean()), float(hit[~positive].mean())),
        np.histogram(middle, bins=bins, range=(0, read_from.length))[0],
    )
