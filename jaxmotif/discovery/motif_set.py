"""Filters of all seeds become distinct motifs, ranked by how much the prediction needs them."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np

from jaxmotif import dna
from jaxmotif.data.dataset import Dataset
from jaxmotif.discovery import readout
from jaxmotif.interpret import ablation
from jaxmotif.models import network
from jaxmotif.models.spec import NetworkSpec
from jaxmotif.motifs import merge, scan
from jaxmotif.motifs.motif import Motif
from jaxmotif.objectives import supervised

# A motif of one seed alone has to raise the held-out log-loss by this many nats when it is taken away, and
# any motif needs this many sites behind its filters: with an exponential first layer a filter's highest
# activation can be a single sequence's.
NEEDED_NATS, LEAST_SITES = 0.005, 20
# Rows to estimate a filter's mean from, and to ablate on: more change the third digit only.
FILL_ROWS, ABLATION_ROWS = 1000, 4000


@dataclasses.dataclass(frozen=True)
class Discovered:
    """A distinct motif.

    Attributes:
      motif: its PPM, from the sites of all its filters; named motif_<rank>.
      support: number of seeds with at least one of its filters.
      filters: (seed, filter) pairs behind it, 0-based.
      importance: rise of the held-out log-loss in nats when its filters are replaced by their means,
        averaged over all seeds (0 where a seed does not have it).
      sites: number of sites in the positives at the p-value asked for.
      prevalence: shares of positive and of negative sequences with a site.
      positions: (bins,) number of the positives' sites by the place of their middle.
    """

    motif: Motif
    support: int
    filters: tuple[tuple[int, int], ...]
    importance: float
    sites: int
    prevalence: tuple[float, float]
    positions: np.ndarray


def read_filters(spec: NetworkSpec, members, codes_nl, settings: readout.Readout):
    """Informative trimmed motifs of all members' first layers, and their (seed, filter) numbers."""
    motifs, origin, silent = [], [], 0
    for seed, variables in enumerate(members):
        prefix = f"seed{seed + 1}_filter"
        found = readout.filter_motifs(spec, variables, codes_nl, 0, settings, prefix).motifs
        for number, motif in enumerate(readout.trimmed(found, settings)):
            if motif is None or motif.nsites < LEAST_SITES:
                silent += 1
            else:
                motifs.append(motif)
                origin.append((seed, number))
    return motifs, origin, silent


@functools.lru_cache(maxsize=None)
def _scorer(spec: NetworkSpec, strands: str):
    def score(weights, x_bl4, keep_k):
        variables, fill_k = weights
        mask = (keep_k, fill_k)
        logits = network.predict(spec, variables, x_bl4, mask)
        if strands == "random":
            other = network.predict(spec, variables, dna.reverse_complement_one_hot(x_bl4), mask)
            logits = (logits + other) / 2
        return logits[:, 0]

    return score


def importance(
    spec: NetworkSpec, members, strands: str, groups: list[list[tuple[int, int]]], held_out: Dataset
) -> np.ndarray:
    """Mean rise of the log-loss on `held_out` when each group's filters are ablated, (groups,)."""
    rows = np.linspace(0, len(held_out) - 1, min(len(held_out), ABLATION_ROWS)).astype(int)
    codes, labels = held_out.sequences[rows], held_out.labels[rows, 0]
    units = spec.convs[0].filters
    mean = jax.jit(lambda v, c: network.mean_first_layer(spec, v, dna.one_hot(c)))
    rise = np.zeros((len(members), len(groups)))
    for seed, variables in enumerate(members):
        present = [g for g, group in enumerate(groups) if any(s == seed for s, _ in group)]
        if not present:
            continue
        masks = np.zeros((len(present), units))
        for row, g in enumerate(present):
            masks[row, [k for s, k in groups[g] if s == seed]] = 1
        fill = mean(variables, jnp.asarray(codes[:: -(-len(codes) // FILL_ROWS)]))
        score = jax.tree_util.Partial(_scorer(spec, strands), (variables, fill))
        rise[seed, present] = ablation.importance(score, codes, labels, groups=masks).log_loss_increase
    return rise.mean(axis=0)


def assemble(
    spec: NetworkSpec,
    members,
    settings,
    read_from: Dataset,
    held_out: Dataset,
    bins: int = 40,
) -> tuple[list[Discovered], scan.Sites | None, dict]:
    """Distinct motifs in rank order, their sites in the positives, and counts of what was left out.

    Filters are read on the positives of `read_from`; importance is measured on `held_out`.

    Left out and counted: filters with fewer than `LEAST_SITES` sites, motifs whose ablation does not
    hurt the prediction, those of one seed that hurt it by less than `NEEDED_NATS`, and those with
    fewer than `LEAST_SITES` sites in the positives.
    """
    positive = read_from.labels[:, 0] > 0.5
    positives = read_from.sequences[positive]
    motifs, origin, silent = read_filters(spec, members, positives, settings.readout)
    counts = {"filters": len(motifs) + silent, "uninformative": silent, "unneeded": 0}
    if not motifs:
        return [], None, counts
    merged = merge.merge(motifs, [seed for seed, _ in origin])
    groups = [[origin[member.index] for member in item.members] for item in merged]
    rises = importance(spec, members, settings.train.strands, groups, held_out)
    support = [len({seed for seed, _ in group}) for group in groups]
    kept = [i for i in range(len(merged)) if rises[i] > (0 if support[i] > 1 else NEEDED_NATS)]
    counts["unneeded"] = len(merged) - len(kept)
    order = sorted(kept, key=lambda i: -rises[i])
    if not order:
        return [], None, counts
    sites = scan.scan(read_from.sequences, [merged[i].motif for i in order], settings.site_p)
    own = np.bincount(sites.motif[positive[sites.sequence]], minlength=len(order))
    listed = np.flatnonzero(own >= LEAST_SITES)
    counts["unneeded"] += len(order) - len(listed)
    discovered = []
    for rank, place in enumerate(listed):
        i = order[place]
        motif = dataclasses.replace(
            merged[i].motif, name=f"motif_{rank + 1}", source=f"{spec.name}, {support[i]} seeds"
        )
        discovered.append(
            _describe(motif, support[i], groups[i], rises[i], sites.take(sites.motif == place), read_from, bins)
        )
    # Of the positives alone, and numbered by rank.
    chosen = np.flatnonzero(positive[sites.sequence] & np.isin(sites.motif, listed))
    sites = sites.take(chosen)
    sites = dataclasses.replace(sites, motif=np.searchsorted(listed, sites.motif))
    return discovered, sites if len(listed) else None, counts


def _describe(motif, support, group, rise, sites: scan.Sites, read_from: Dataset, bins) -> Discovered:
    positive = read_from.labels[:, 0] > 0.5
    hit = np.zeros(len(read_from), bool)
    hit[sites.sequence] = True
    mine = positive[sites.sequence]
    middle = (sites.start + sites.end)[mine] / 2
    return Discovered(
        motif,
        support,
        tuple(group),
        float(rise),
        int(mine.sum()),
        (float(hit[positive].mean()), float(hit[~positive].mean())),
        np.histogram(middle, bins=bins, range=(0, read_from.length))[0],
    )
