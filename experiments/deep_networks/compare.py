"""Two networks target by target: Wei et al. 2021, Figures 4f and 4g."""

import dataclasses
import pathlib
from typing import NamedTuple

import numpy as np

from experiments.deep_networks import scores
from jaxmotif import __version__, files
from jaxmotif import config as configs
from jaxmotif.config import one_of
from jaxmotif.evaluate import paired
from jaxmotif.evaluate.classification import METRICS
from jaxmotif.report import figures, page, picture, sections, table

FIGURE = "compare"
TITLES = {"auroc": "AUROC", "aupr": "AUPRC"}
TEXT = (
    "One point a target, mean over networks trained alike; above the diagonal the second network is better. "
    "p: one-sided paired t-test over targets of the hypothesis that the second network is not better, as in "
    "the paper. Targets share sequences, so they are no independent trials, and p is smaller than it should "
    "be; Wilcoxon's p shares that. AUPRC is average precision."
)


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Which runs are compared.

    Attributes:
      runs: two run directories of experiments.deep_networks; the second is expected to be better.
      metric: "aupr" or "auroc".
    """

    runs: tuple[str, ...]
    metric: str = "aupr"

    def __post_init__(self):
        one_of("metric", self.metric, METRICS)
        if len(self.runs) != 2:
            raise ValueError(f"a comparison is of two runs, RUN1,RUN2, got {len(self.runs)}")


class Pairs(NamedTuple):
    """Values of T targets that both runs have: the first run's are x.

    Attributes:
      names: of the two networks.
      targets: (T,).
      x, y: float64 (T,).
    """

    names: tuple[str, str]
    targets: list[str]
    x: np.ndarray
    y: np.ndarray


def pairs(config: Comparison) -> Pairs:
    """Returns the values of two runs on the targets where both are known.

    Raises:
      ValueError: for a run without scores, of fewer than two targets in common, or of another test set.
    """
    first, second = (scores.load(run) for run in config.runs)
    at = {target: number for number, target in enumerate(second.targets)}
    rows = [(i, at[target]) for i, target in enumerate(first.targets) if target in at]
    of_x, of_y = (np.array(side, int) for side in (zip(*rows, strict=True) if rows else ([], [])))
    same = np.array_equal(first.positives[of_x], second.positives[of_y])
    if rows and not (same and first.sequences == second.sequences):
        raise ValueError(f"{config.runs[0]} and {config.runs[1]} were not tested on the same sequences")
    x, y = (getattr(one, config.metric).mean(axis=0)[of] for one, of in ((first, of_x), (second, of_y)))
    known = np.isfinite(x) & np.isfinite(y)
    if known.sum() < 2:
        raise ValueError(f"{config.runs[0]} and {config.runs[1]} have {known.sum()} targets in common, not 2")
    targets = [first.targets[i] for i, is_known in zip(of_x, known, strict=True) if is_known]
    names = [_name(run) for run in config.runs]
    if names[0] == names[1]:
        names = [f"{name} ({pathlib.Path(run).name})" for name, run in zip(names, config.runs, strict=True)]
    return Pairs((names[0], names[1]), targets, x[known], y[known])


def _name(run: str) -> str:
    rows = pathlib.Path(run) / "table.json"
    return str(files.read_json(rows)[0]["model"]) if rows.exists() else pathlib.Path(run).name


def row(found: Pairs, metric: str) -> dict:
    """Returns the row of the table: means, differences and tests."""
    test = paired.paired_test(found.y, found.x, "greater")
    name = TITLES[metric]
    return {
        "x": found.names[0],
        "y": found.names[1],
        "targets": test.n,
        f"mean {name} x": round(float(found.x.mean()), 4),
        f"mean {name} y": round(float(found.y.mean()), 4),
        "mean difference": round(test.mean_difference, 4),
        "y better": test.wins,
        "ties": test.ties,
        "one-sided t p": float(f"{test.t_p:.2g}"),
        "one-sided Wilcoxon p": float(f"{test.wilcoxon_p:.2g}"),
    }


def figure(path: pathlib.Path, found: Pairs, metric: str) -> None:
    """Writes the scatter of targets, PNG or SVG by the ending of the name."""
    drawing = figures.new_figure(3.8, 3.9)
    ax = drawing.subplots()
    low, high = min(found.x.min(), found.y.min()), max(found.x.max(), found.y.max())
    margin = 0.05 * (high - low) or 0.05
    limits = (low - margin, high + margin)
    ax.plot(limits, limits, color="0.5", linestyle=":", linewidth=1)
    ax.plot(found.x, found.y, ".", color="#255c99", markersize=5, alpha=0.7, linestyle="none")
    test = paired.paired_test(found.y, found.x, "greater")
    text = f"{test.n} targets, {test.wins} above\np = {test.t_p:.2g} (one-sided t)"
    ax.text(0.04, 0.96, text, transform=ax.transAxes, fontsize=8, va="top")
    ax.set(xlim=limits, ylim=limits, aspect="equal")
    ax.set_xlabel(f"{TITLES[metric]}, {found.names[0]}", fontsize=9)
    ax.set_ylabel(f"{TITLES[metric]}, {found.names[1]}", fontsize=9)
    ax.tick_params(labelsize=8)
    ax.spines[["top", "right"]].set_visible(False)
    drawing.tight_layout()
    figures.save(drawing, path)


def run(folder: pathlib.Path, config: Comparison) -> dict:
    """Writes table, targets, figure and page into `folder`; returns the row of the table."""
    found = pairs(config)
    made, test = row(found, config.metric), paired.paired_test(found.y, found.x, "greater")
    table.write_table(folder, [made])
    each = [
        {"target": target, found.names[0]: round(float(x), 4), found.names[1]: round(float(y), 4)}
        for target, x, y in zip(found.targets, found.x, found.y, strict=True)
    ]
    table.write_table(folder, each, name="targets")
    for ending in ("png", "svg"):
        figure(folder / f"{FIGURE}.{ending}", found, config.metric)
    environment = files.read_json(folder / "env.json")
    name = TITLES[config.metric]
    page.write(
        folder / "report.html",
        page.Report(
            title=f"{found.names[1]} against {found.names[0]}",
            subtitle=f"{name} of {test.n} targets of one test set (Wei et al. 2021, Fig. 4f and g)",
            headline=[
                ("Mean difference", f"{test.mean_difference:+.4f}", name),
                ("Better", f"{test.wins} of {test.n}", "targets"),
                ("p", f"{test.t_p:.2g}", "one-sided t"),
            ],
            sections=[
                picture.Picture("Target by target", folder / f"{FIGURE}.svg", TEXT),
                sections.ResultTable("Test", [made]),
                sections.ResultTable("Targets", each, bars=()),
            ],
            downloads=[page.Download("targets.md", (folder / "targets.md").read_text())],
            provenance=f"jaxmotif {__version__}, commit {environment['commit'] or 'unknown'}",
        ),
    )
    return made


def build(runs: str, assignments) -> Comparison:
    """The comparison of "RUN1,RUN2", with overrides applied.

    Raises:
      ValueError: for anything but two runs.
    """
    return configs.override(Comparison(tuple(part for part in runs.split(",") if part)), assignments)
