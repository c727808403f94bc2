"""Figures and the page of GRIM's tables."""

import json
import pathlib
from collections.abc import Sequence

import numpy as np

from experiments.common import panels
from experiments.grim import readings
from experiments.grim.network_rows import FACTORS
from jaxmotif import __version__
from jaxmotif.data.synthetic import grim as tasks
from jaxmotif.report import charts, page, sections

ABOUT = (
    "A model whose name begins with GRIM has no labels: it learns to tell the first-layer code of each "
    "sequence from that of a dinucleotide shuffle, weighed by a code of the whole sequence (Lee & Koo "
    "2021). The others are trained on the labels.",
    "A GRIM model has a row for each reading of the paper's objective. literal: Equations 2 and 3 as they "
    "are printed, with a linear code as wide as there are labels. bounded: the same with a softmax code. "
    "ours: what the settings say; by default softmax too, and a maximum over positions for each filter is "
    "half of the objective at first and a tenth of it later, which is not in the paper. collapsed: trials "
    "whose code became negative for every sequence, after which nothing can be learned.",
    "TPR: share of filters with a Tomtom hit at the E-value given among the planted factors' motifs. FPR: "
    "share with hits among other motifs of the database alone. The rest matches nothing. coverage: share "
    "of the planted factors that at least one filter found. estimate: information between local and global "
    "code in nats a sequence; its ceiling is the number of positions times log 2, and only positions inside "
    "a motif can contribute.",
)


def _charts(folder: pathlib.Path, rows: Sequence[readings.Row]) -> list[charts.Chart]:
    """The estimate by epoch, a line a trial, for every row without labels."""
    found = []
    for row in rows:
        if not row.reading:
            continue
        lines = (folder / panels.folder_name(row.name) / "metrics.jsonl").read_text().splitlines()
        history = [json.loads(line) for line in lines]
        epochs = [one["epoch"] for one in history]
        values = [[np.nan if v is None else v for v in one["valid/estimate"]] for one in history]
        series = [
            charts.Series(f"trial {trial + 1}", epochs, line, color=trial % 8)
            for trial, line in enumerate(np.transpose(values).tolist())
        ]
        caption = f"Ceiling {history[0]['valid/ceiling'][0]:.1f}; 0 is no information."
        found.append(charts.Chart(row.name, series, "epoch", "estimate (nats a sequence)", caption=caption))
    return found


def _settings(config) -> list[tuple[str, str]]:
    """What each reading of the objective is, and how wide its code."""
    return [
        (
            f"Reading {reading!r}",
            f"{own.reading}, {own.code} code of {readings.code(config, reading)}",
        )
        for reading in config.readings
        for own in [readings.objective(config, reading)]
    ]


def write_report(folder: pathlib.Path, config, rows: list[dict]) -> None:
    """Writes report.html and one logo panel a model into `folder`."""
    factors = FACTORS[config.task]
    shown = readings.rows(config)
    columns = panels.of_filters(folder, [row.name for row in shown])
    columns |= panels.of_planted(factors, tasks.motifs_of(factors))
    panels.write(folder, columns)
    environment = json.loads((folder / "env.json").read_text())
    curves = _charts(folder, shown)
    page.write(
        folder / "report.html",
        page.Report(
            title=f"GRIM, {config.task.replace('task', 'Task ')}: motifs without labels",
            subtitle=f"{config.trials} trial(s) of each model, {config.sequences:,} synthetic sequences, "
            f"{config.train.schedule.epochs} epochs",
            headline=[
                (row.name, f"{found['tpr']['mean']:.0%}", "of filters match a planted motif")
                for row, found in zip(shown, rows, strict=True)
                if found["tpr"]["mean"] is not None
            ][:4],
            details=[
                *_settings(config),
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
