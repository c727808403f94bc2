"""What speaks for a motif."""

import dataclasses
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from jaxmotif.motifs.centring import Centring
from jaxmotif.motifs.enrichment import Test


class Effect(NamedTuple):
    """What a score loses without a motif's sites.

    Attributes:
      mean: over sequences, less what it loses by a change elsewhere; in the score's unit.
      error: standard error of that.
      sequences: with a site.
    """

    mean: float
    error: float
    sequences: int


class Ablation(NamedTuple):
    """What each network loses on held-out sequences without a motif's filters; 0 where it has none of them.

    Attributes:
      nats: a sequence, of each network: rise of the log-loss, or fall of the estimate of information.
      auroc: fall of the AUROC, of each network; () where networks have no labels.
    """

    nats: tuple[float, ...]
    auroc: tuple[float, ...] = ()


class TargetEffect(NamedTuple):
    """How a motif goes with one target of a table, on held-out sequences.

    Attributes:
      target: its name.
      effect: of labels and classes log2 of the ratio of the shares with a site, with and without the label;
        of counts log2 of the ratio of means with and without a site; of values the difference of these
        means in standard deviations.
      p: two-sided.
      q: false discovery rate over all motifs and targets.
    """

    target: str
    effect: float
    p: float
    q: float


@dataclasses.dataclass(frozen=True, eq=False)
class Evidence:
    """What speaks for one motif; None or empty where nothing is known, as of a motif read from a file.

    Attributes:
      support: objective -> number of networks with at least one filter of the motif.
      networks: number of networks that could have found it.
      filters: (objective, network, filter) of each filter behind it, 0-based.
      importance: what is lost on held-out sequences without those filters, in nats per sequence.
      importance_of: the objective by which importance was measured.
      sites: number of sites in the positives.
      prevalence: shares of positive and of negative sequences with a site.
      positions: float (bins,), how dense the middles of the positives' sites lie along the sequences: sites
        per place that there is for one (`places.densities`).
      centring: whether more of the positives' best sites lie in the middle than chance gives.
      site_p: p-value of the motif's sites where even its best word is likelier than was asked for
        (`cores.searched`).
      round: of training in which it was found, from 1; what earlier rounds explain was taken away.
      readings: ways of reading that have it, such as "filters" and "words".
      held_out: how often it lies in held-out sequences of either class; motifs before it are hidden there.
      e: p of that test times the number of motifs that were tested.
      q: least false discovery rate at which it is listed.
      variant_of: name of the listed motif that it is a variant or a part of; "" where it is none.
      effect: what the score of held-out positives loses without its sites.
      target: for which of several targets it was found; "" where there is one.
      by_target: with which targets of a table it goes, and how.
      ablation: what each network of `importance_of` loses without those filters; importance is its mean.
    """

    support: Mapping[str, int] = dataclasses.field(default_factory=dict)
    networks: int | None = None
    filters: tuple[tuple[str, int, int], ...] = ()
    importance: float | None = None
    importance_of: str = ""
    sites: int | None = None
    prevalence: tuple[float, float] | None = None
    positions: np.ndarray | None = None
    centring: Centring | None = None
    site_p: float | None = None
    round: int | None = None
    readings: tuple[str, ...] = ()
    held_out: Test | None = None
    e: float | None = None
    q: float | None = None
    variant_of: str = ""
    effect: Effect | None = None
    target: str = ""
    ablation: Ablation | None = None
    by_target: tuple[TargetEffect, ...] = ()
