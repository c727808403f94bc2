"""Figures and the page of the Koo & Eddy benchmark."""

import json
import pathlib

from experiments.common import panels
from experiments.koo_eddy import readouts
from jaxmotif import __version__
from jaxmotif.data.synthetic import koo_eddy
from jaxmotif.report import page, sections

ABOUT = (
    "Networks differ in kernel and pooling sizes alone. Where the first pooling is wide, later layers "
    "cannot put parts together, and first-layer filters have to hold whole motifs (Koo & Eddy 2019).",
    "match any: share of filters with a Tomtom hit at the E-value given in any motif of JASPAR 2016 "
    "vertebrates. It is a poor metric: flat filters hit Gmeb1 (MA0615.1) by chance, so it is also given "
    "without it, and filters without a column above half a bit are counted as uninformative and never "
    "matched. relevant: share with a hit among the planted factors' motifs. coverage: share of the twelve "
    "factors found.",
)


def write_report(folder: pathlib.Path, config, rows: list[dict], swept: list[dict]) -> None:
    """Writes report.html and one logo panel a network into `folder`.

    Args:
      folder: of the run.
      config: of the run.
      rows: of Table 1.
      swept: rows of `readouts.sweep`; [] where readouts were not compared.
    """
    columns = panels.of_filters(folder, config.networks)
    columns |= panels.of_planted(koo_eddy.KOO_EDDY_IDS, koo_eddy.koo_eddy_motifs())
    panels.write(folder, columns)
    environment = json.loads((folder / "env.json").read_text())
    page.write(
        folder / "report.html",
        page.Report(
            title="Koo & Eddy 2019: architecture and motif representation",
            subtitle=f"{config.trials} trial(s) of each network, {config.sequences:,} synthetic sequences, "
            f"at most {config.train.schedule.epochs} epochs",
            headline=[
                (
                    row["model"],
                    f"{row['relevant']['mean']:.0%}",
                    "of filters match a planted motif",
                )
                for row in rows[:4]
            ],
            details=[
                ("Preset", config.preset),
                ("Learning rate", f"{config.train.optimizer.learning_rate:g}"),
                ("Readout", f'"{config.readout.rule}", threshold {config.readout.threshold:g}'),
                ("E-value", f"{config.e_max:g}"),
                ("Database", config.database),
                ("Seed", str(config.seed)),
            ],
            sections=[
                sections.ResultTable(
                    "Table 1", rows, "The tick on a bar is the published mean of five trials."
                ),
                *([readouts.section(swept)] if swept else []),
                sections.LogoPanel(
                    "Filters", columns, "First trial; labelled with the planted factor that it matches."
                ),
                sections.Text("How to read this page", ABOUT),
            ],
            downloads=[
                page.Download(name, (folder / name).read_text()) for name in ("table.md", "table.json")
            ],
            provenance=f"jaxmotif {__version__}, jax {environment['versions']['jax']} on "
            f"{environment['backend']}, commit {environment['commit'] or 'unknown'}",
        ),
    )
