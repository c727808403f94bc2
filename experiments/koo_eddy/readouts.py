"""How much of Koo & Eddy's Table 1 is the readout: the same filters by every rule and threshold, no training.

"koo" are the program's sites as motifs are made elsewhere here; "koo-code" is the program to the letter,
"koo-text" what the Methods say, "basset" Kelley's rule. Thresholds are shares of the largest activation of
all sequences; of any that there could be for "koo-text".
"""

import pathlib
from collections.abc import Mapping, Sequence

from experiments.common import panels, published, trials
from experiments.koo_eddy.tasks import Task
from jaxmotif.interpret import filter_motifs
from jaxmotif.interpret.readout import RULES, Readout
from jaxmotif.models import saved
from jaxmotif.models.network import Network
from jaxmotif.motifs.motif import Motif
from jaxmotif.report import charts, figures, sections, table

THRESHOLDS = tuple(round(0.1 * step, 1) for step in range(1, 10))
# What the authors took, by the text and by the program.
THEIRS = {"koo-text": 0.7, "koo-code": 0.5}
NAME = "readouts"


def sweep(folder: pathlib.Path, config, task: Task, database: Sequence[Motif]) -> list[dict]:
    """Returns, and writes as readouts.md and readouts.json, one row a network, rule and threshold.

    Args:
      folder: of a run whose networks are trained.
      config: of the run.
      task: whose test sequences filters are read on.
      database: known motifs.

    Raises:
      ValueError: if a network is not there.
    """
    rows = []
    for name in config.networks:
        if not (folder / panels.folder_name(name) / saved.DESCRIPTION).exists():
            continue  # it does not fit these sequences, as the table says
        network = Network.load(folder / panels.folder_name(name))
        paper = task.published.get((name, 1), {})
        for rule in RULES:
            for threshold in THRESHOLDS:
                readout = Readout(rule=rule, threshold=threshold)
                row = {"model": name, "rule": rule, "threshold": threshold, "trials": len(network)}
                # The published value stands where the rule is theirs.
                theirs = paper if THEIRS.get(rule) == threshold else {}
                rows.append(row | _measured(network, readout, task, database, config.e_max, theirs))
    table.write_table(folder, rows, name=NAME)
    return rows


def _measured(network: Network, readout: Readout, task, database, e_max: float, paper: Mapping) -> dict:
    scores, sites = [], []
    for member in range(len(network)):
        found = filter_motifs.member_motifs(network, task.splits.test, 1, readout, member=member)
        scores.append(trials.read(found, readout, database, "filter", e_max, task.allow).score)
        sites.append(float(sum(motif is not None for motif in found.motifs)) / len(found.motifs))
    shares = {
        "relevant": [score.relevant for score in scores],
        "match_any": [score.any for score in scores],
        "with_sites": sites,
    }
    return {key: published.measurement(values, paper.get(key)) for key, values in shares.items()}


def curves(rows: Sequence[Mapping]) -> dict[str, list[charts.Series]]:
    """Returns the share of relevant filters against the threshold, a curve a rule, by network."""
    found: dict[str, list[charts.Series]] = {}
    for name in dict.fromkeys(row["model"] for row in rows):
        for rule in RULES:
            own = [row for row in rows if (row["model"], row["rule"]) == (name, rule)]
            x, y = [row["threshold"] for row in own], [row["relevant"]["mean"] for row in own]
            found.setdefault(name, []).append(charts.Series(rule, x, y))
    return found


def draw(folder: pathlib.Path, rows: Sequence[Mapping], task: Task) -> None:
    """Writes readouts.png and readouts.svg: one axes a network, its published share dashed."""
    for ending in ("png", "svg"):
        figures.curves(
            folder / f"{NAME}.{ending}",
            curves(rows),
            ("threshold, share of the largest activation", "filters that match a planted motif"),
            {name: value for name in curves(rows) if (value := _published(task, name)) is not None},
        )


def section(rows: Sequence[Mapping], task: Task) -> sections.Charts:
    """Returns the sweep as a section of the page."""
    drawn = [
        charts.Chart(
            name,
            series,
            "threshold",
            "relevant",
            (0.1, 0.9),
            (0, 1),
            level=_published(task, name),
            caption="",
        )
        for name, series in curves(rows).items()
    ]
    return sections.Charts(
        "The same filters, read by other rules",
        drawn,
        "Share of filters that match a planted motif. The straight line is the published share.",
    )


def _published(task: Task, name: str) -> float | None:
    value = task.published.get((name, 1), {}).get("relevant")
    return value[0] if value else None
