"""Figures and the page of GRIM's tables."""

import json
import pathlib

import numpy as np

from experiments.common import panels
from experiments.grim.network_rows import FACTORS, is_grim
from jaxmotif import __version__
from jaxmotif.data.synthetic import grim as tasks
from jaxmotif.report import charts, page, sections

ABOUT = (
    "A model whose name begins with GRIM has no labels: it learns to tell the first-layer code of each "
    "sequence from that of a dinucleotide shuffle, weighed by a code of the whole sequence (Lee & Koo "
    "2021). The others are trained on the labels.",
    "TPR: share of filters with a Tomtom hit at the E-value given among the planted factors' motifs. FPR: "
    "share with hits among other motifs of the database alone. The rest matches nothing. coverage: share "
    "of the planted factors that at least one filter found. estimate: information between local and global "
    "code in nats a sequence; its ceiling is the number of positions times log 2, and only positions inside "
    "a motif can contribute.",
)


def _charts(folder: pathlib.Path, models) -> list[charts.Chart]:
    """The estimate by epoch, a line a trial, for every model without labels."""
    found = []
    for model in filter(is_grim, models):
        lines = (folder / panels.folder_name(model) / "metrics.jsonl").read_text().splitlines()
        rows = [json.loads(line) for line in lines]
        epochs = [row["epoch"] for row in rows]
        values = [[np.nan if v is None else v for v in row["valid/estimate"]] for row in rows]
        series = [
            charts.Series(f"trial {trial + 1}", epochs, line, color=trial % 8)
            for trial, line in enumerate(np.transpose(values).tolist())
        ]
        caption = f"Ceiling {rows[0]['valid/ceiling'][0]:.1f}; 0 is no information."
        found.append(charts.Chart(model, series, "epoch", "estimate (nats a sequence)", caption=caption))
    return found


def write_report(folder: pathlib.Path, config, rows: list[dict]) -> None:
    """Writes report.html and one logo panel a model into `folder`."""
    factors = FACTORS[config.task]
    columns = panels.of_filters(folder, config.models)
    columns |= panels.of_planted(factors, tasks.motifs_of(factors))
    panels.write(folder, columns)
    environment = json.loads((folder / "env.json").read_text())
    curves = _charts(folder, config.models)
    page.write(
        folder / "report.html",
        page.Report(
            title=f"GRIM, {config.task.replace('task', 'Task ')}: motifs without labels",
            subtitle=f"{config.trials} trial(s) of each model, {config.sequences:,} synthetic sequences, "
            f"{config.train.schedule.epochs} epochs",
            headline=[
                (row["model"], f"{row['tpr']['mean']:.0%}", "of filters match a planted motif")
                for row in rows[:4]
                if "tpr" in row
            ],
            details=[
                ("Reading", config.infomax.reading),
                ("Global code", f"{config.infomax.code}, {config.code} numbers"),
                ("Learning rate", f"{config.train.optimizer.learning_rate:g}"),
                ("Batch", str(config.train.schedule.batch_size)),
                ("Activation threshold", f"{config.readout.threshold:g} of the maximum"),
                ("E-value", f"{config.e_max:g}"),
                ("Database", config.database),
                ("Seed", str(config.seed)),
            ],
            sections=[
                sections.ResultTable(
                    "Motifs found", rows, "The tick on a bar is the published mean of ten trials."
                ),
                *([sections.Charts("Information", curves)] if curves else []),
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
