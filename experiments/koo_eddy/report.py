"""Figures and the page of the Koo & Eddy benchmark."""

import json
import pathlib

from experiments.common import panels
from experiments.koo_eddy import readouts, toy
from experiments.koo_eddy.settings import FIGURES
from experiments.koo_eddy.tasks import Task
from jaxmotif import __version__
from jaxmotif.report import page, sections
from jaxmotif.report.picture import Picture

ABOUT = (
    "Networks differ in kernel and pooling sizes alone. Where the first pooling is wide, later layers "
    "cannot put parts together, and first-layer filters have to hold whole motifs (Koo & Eddy 2019).",
    "match any: share of filters with a Tomtom hit at the E-value given in any motif of the database "
    "(vertebrates). It is a poor metric: flat filters hit Gmeb1 (MA0615.1) by chance, so it is also given "
    "without it, and filters without a column above half a bit are counted as uninformative and never "
    "matched. relevant: share with a hit among the factors' own motifs. coverage: share of the factors "
    "found.",
)
OF_SOURCE = {
    "synthetic": (),
    "deepsea": (
        "Of CNN-25 with 60, 90 and 120 filters the paper prints the shares of matches of its Table 1 again, "
        "digit by digit; they are left out here.",
    ),
    "peaks": (
        "Every peak of a panel's experiments is one sequence; one that shares 40 letters with a peak of "
        "another experiment has both labels. This is not the paper's set: other factors, shorter sequences.",
    ),
}
SHARE = {
    "synthetic": "of filters match a planted motif",
    "deepsea": "of filters match a motif of the factors",
    "peaks": "of filters match a motif of the factors",
}
TICK = (
    "The tick on a bar is the published mean of five trials. Deviations are ours over trials; the paper's "
    "caption calls those of AUROC and AUPR deviations over classes."
)


def composed(folder: pathlib.Path, config, task: Task) -> list[Picture]:
    """Writes the paper's figures of whose networks all are in the run, and returns them for the page.

    A panel's peaks give the figures in vivo, too, as peaks-figure5 and peaks-figureS1.
    """
    found = []
    for name, figure in FIGURES.items():
        stands_in = config.source == "peaks" and figure.source == "deepsea"
        if not set(figure.networks) <= set(config.networks) or not (
            stands_in or figure.source == config.source
        ):
            continue
        columns = panels.of_filters(folder, figure.networks)
        if not columns:
            continue
        name, title = (
            (f"peaks-{name}", f"As {figure.title}: {task.title}") if stands_in else (name, figure.title)
        )
        panels.compose(folder, name, columns, task.truth, title, figure.rows)
        found.append(
            Picture(title, folder / f"{name}.png", "First trial; labelled with the factor that it matches.")
        )
    return found


def write_report(folder: pathlib.Path, config, rows: list[dict], swept: list[dict], task: Task) -> None:
    """Writes report.html, the paper's figures, and one logo panel a network into `folder`.

    Args:
      folder: of the run.
      config: of the run.
      rows: of the table.
      swept: rows of `readouts.sweep`; [] where readouts were not compared.
      task: what was learned.
    """
    columns = panels.of_filters(folder, config.networks) | task.truth
    panels.write(folder, columns)
    pictures = composed(folder, config, task)
    page.write(
        folder / "report.html",
        page.Report(
            title="Koo & Eddy 2019: architecture and motif representation",
            subtitle=f"{config.trials} trial(s) of each network, {task.title}, "
            f"at most {config.train.schedule.epochs} epochs",
            headline=[
                (row["model"], f"{row['relevant']['mean']:.0%}", SHARE[config.source])
                for row in rows
                if "relevant" in row
            ][:4],
            details=[
                ("Preset", config.preset),
                ("Learning rate", f"{config.train.optimizer.learning_rate:g}"),
                ("Readout", f'"{config.readout.rule}", threshold {config.readout.threshold:g}'),
                ("E-value", f"{config.e_max:g}"),
                ("Database", config.database),
                ("Seed", str(config.seed)),
            ],
            sections=[
                sections.ResultTable(task.table, rows, TICK if task.published else ""),
                *pictures,
                *([readouts.section(swept, task)] if swept else []),
                sections.LogoPanel(
                    "Filters", columns, "First trial; labelled with the factor that it matches."
                ),
                sections.Text(
                    "How to read this page", (*ABOUT, *OF_SOURCE[config.source], *task.splits.train.notes)
                ),
            ],
            downloads=_downloads(folder),
            provenance=_provenance(folder),
        ),
    )


def write_toy(folder: pathlib.Path, rows: list[dict]) -> None:
    """Writes the page of Figure 1, whose files lie in `folder`."""
    page.write(
        folder / "report.html",
        page.Report(
            title="Koo & Eddy 2019, Figure 1: what max-pooling hides",
            subtitle="Two filters set by hand, and a unit of the second layer for each of three patterns",
            sections=[
                Picture("Figure 1", folder / f"{toy.NAME}.png", "Dark cells fire. Shaded: what they see."),
                sections.ResultTable("In numbers", rows, toy.ABOUT),
            ],
            downloads=_downloads(folder),
            provenance=_provenance(folder),
        ),
    )


def _downloads(folder: pathlib.Path) -> list[page.Download]:
    return [page.Download(name, (folder / name).read_text()) for name in ("table.md", "table.json")]


def _provenance(folder: pathlib.Path) -> str:
    environment = json.loads((folder / "env.json").read_text())
    return (
        f"jaxmotif {__version__}, jax {environment['versions']['jax']} on "
        f"{environment['backend']}, commit {environment['commit'] or 'unknown'}"
    )
