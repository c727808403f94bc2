"""The data set of a run, and what its filters are compared with."""

import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from experiments.common import panels, published
from experiments.koo_eddy import peaks
from experiments.koo_eddy.settings import Config
from jaxmotif.data import named
from jaxmotif.data.dataset import Splits
from jaxmotif.data.files import deep_sets, panel
from jaxmotif.data.synthetic import koo_eddy
from jaxmotif.evaluate import recovery
from jaxmotif.motifs.motif import Motif

# The release of 2016 has no motif of CTCFL.
FAMILY = {"CTCFL": ("CTCF",)}


class Task(NamedTuple):
    """What networks learn, and what they ought to find.

    Attributes:
      splits: the three parts.
      allow: factor -> names of the database's motifs that count as it.
      truth: motifs at the foot of figures, on both strands.
      title: what the set is.
      table: name of the table that it gives.
      published: the paper's values, (network, layer) -> {measure: (mean, deviation)}.
    """

    splits: Splits
    allow: Mapping[str, Sequence[str]]
    truth: panels.Columns
    title: str
    table: str
    published: Mapping[tuple[str, int], Mapping[str, tuple[float, float]]]


def load(config: Config, data_dir: str, database: Sequence[Motif]) -> Task:
    """Returns the task of a config.

    Raises:
      ValueError: for files that are not there or cannot be used, and a panel of which the database knows no
        factor.
    """
    if config.source == "peaks":
        return _peaks(config, database)
    planted = koo_eddy.KOO_EDDY_IDS, koo_eddy.koo_eddy_motifs()
    if config.source == "deepsea":
        columns = dict(zip(deep_sets.TWELVE, config.columns, strict=True))
        splits = deep_sets.truncated(config.path, columns, config.most or None)
        return Task(
            splits,
            recovery.ALLOW,
            panels.of_planted(*planted, "reference motifs"),
            f"{splits.train.length:,} nt of DeepSEA's set with a peak of one of twelve factors",
            "Table 2",
            published.KOO_EDDY_TABLE2,
        )
    splits = named.load_named(
        "koo_eddy",
        data_dir,
        seed=config.seed,
        n=config.sequences,
        length=config.length,
        min_gap=config.min_gap,
    )
    return Task(
        splits,
        recovery.ALLOW,
        panels.of_planted(*planted),
        f"{config.sequences:,} synthetic sequences",
        "Table 1",
        published.KOO_EDDY_TABLE1,
    )


def named_for(database: Sequence[Motif], factor: str) -> list[Motif]:
    """Returns the motifs of a factor alone or, where there is none, of the one that reads the same motif.

    Those of two factors together ("GATA1::TAL1") do not count: with a flat part in the middle they match
    filters that say little.
    """
    for name in (factor, *FAMILY.get(factor, ())):
        if own := [motif for motif in database if motif.alt_name.upper() == name.upper()]:
            return own
    return []


def _peaks(config: Config, database: Sequence[Motif]) -> Task:
    splits = peaks.load(config.path, config.most, config.seed)
    own: dict[str, list[Motif]] = {}
    for target in splits.train.targets:
        own_motifs = named_for(database, panel.factor_of(target))
        if own_motifs:
            own[target] = own_motifs
        else:
            print(
                f"note: {config.database} has no motif of {target}; its filters cannot be relevant",
                file=sys.stderr,
                flush=True,
            )
    if not own:
        raise ValueError(f"{config.database} has no motif of any factor of {config.path}")
    first = [motifs[0] for motifs in own.values()]
    return Task(
        splits,
        {target: [motif.name for motif in motifs] for target, motifs in own.items()},
        panels.of_planted(own, first, "motifs of the factors"),
        f"real peaks, {splits.train.length} nt: not the paper's set",
        f"Real peaks, {splits.train.length} nt: not the paper's set",
        {},
    )
