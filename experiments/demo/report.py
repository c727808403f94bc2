"""Tables, figures and the page of `experiments.demo`."""

import json
import pathlib
from collections.abc import Mapping, Sequence

from experiments.demo import dashboards, extraction_tables, figures, penalties, tables
from experiments.demo.extraction_rows import Q_MAX
from jaxmotif import __version__, files
from jaxmotif.motifs.motif import Motif
from jaxmotif.report import page, sections, table
from jaxmotif.report.picture import Picture

# Tables: title and what is to be said before it.
TITLES = {
    "table": (
        "AUROC over experiments",
        "Of held-out sequences. Published values, the tick on a bar, are of 108 experiments in K562, "
        "whatever the panel.",
    ),
    "table3": (
        "Between types of networks",
        "The best network of each type, by its mean AUROC on the test sets, as in the paper's Table 3: "
        "paired t-tests, two-sided. With fewer than two experiments nothing is tested.",
    ),
    "counts": (
        "What DeMo's paper counts",
        "Windows are cut from class motifs, as wide as the factor's motif in JASPAR; a match has q < .5. "
        '"free" is the paper\'s way to a class motif, "letters" ours.',
    ),
    "table4": (
        "Motifs that match the factor's own",
        "Mean number of positives whose window of 9 nt matches at q < .5, as in the paper's Table 4 (of 500 "
        "there); random windows show what the threshold gives by itself.",
    ),
    "windows": ("Windows by method", "Every method of every network, by q and by E."),
    "class_motifs": (
        "Class motifs",
        "Factors whose class motif matches their own in JASPAR at q < .5, whole or cut to its width; cut "
        "ones that match any motif; those that score above JASPAR's on most positives (AMA).",
    ),
    "penalties": (
        "Class motifs by penalty",
        'As above, at each penalty of class optimisation: "free" charges the matrix\'s norm, as the papers, '
        '"letters" its bits. found nothing: no column above half a bit.',
    ),
    "experiments": ("Every experiment", "AUROC of every network, and which was chosen."),
    "tests": ("All pairs", "Paired two-sided tests of all columns over the experiments that both have."),
}
ABOUT = (
    "Each experiment has networks of its own: 101 nt around ChIP-seq peaks against their dinucleotide "
    "shuffles (Lanchantin et al. 2016, 2017). A row of several networks per experiment is that of their "
    "mean logit.",
    "best by validation is the network that validation chose; DeMo's shape is chosen by validation under "
    "--preset=paper and by the AUROC on the training set, as its Table 1 says, under --preset=code.",
)


def write_tables(folder: pathlib.Path, config, result) -> dict[str, list[dict]]:
    """Writes every table that has rows as .md and .json; returns them by name, in the order of TITLES.

    Args:
      folder: of the run.
      config: of the run.
      result: what it has found, see `panel_run.Found`.
    """
    rows, extracted = result.rows, _named(config, result.extracted)
    found = {"table": tables.network_rows(rows, config), "table3": tables.table3(rows, config)}
    if config.highway:
        found["counts"] = tables.auroc_counts(rows, config) + extraction_tables.demo_counts(extracted)
    elif extracted:
        best = tables.best_of_types(tables.by_network(rows, config))
        found["table4"] = extraction_tables.table4(extracted, best)
    found["windows"] = extraction_tables.method_rows(extracted)
    found["class_motifs"] = extraction_tables.class_rows(extracted)
    found["penalties"] = penalties.table(_named(config, result.penalties))
    found["experiments"] = tables.experiment_rows(rows, config)
    found["tests"] = tables.test_rows(rows, config)
    found = {name: own for name, own in found.items() if own or name == "table"}
    for name, own in found.items():
        table.write_table(folder, own, name=name)
    if extracted:
        files.write_json(folder / "extraction.json", list(extracted))
    return found


def _named(config, rows: Sequence[dict]) -> list[dict]:
    """Rows of networks that were read: of DeMo's shapes one was chosen for each experiment."""
    return [{**row, "shape": row["network"], "network": "DeMo"} if config.highway else row for row in rows]


def draw(folder: pathlib.Path, config, result, database: Sequence[Motif]) -> list[Picture]:
    """Writes the figures that there is something for, PNG and SVG; returns them as sections of the page."""
    rows, extracted, shown, pictures = result.rows, result.extracted, result.dashboards, []
    if less := tables.differences(rows, config):
        figures.differences(folder, less)
        text = "DeMo's AUROC less DeepBind's, a bar per experiment (DeMo's Figure 2a; 92 of 108 above there)."
        pictures.append(Picture("DeMo and DeepBind", folder / "figure2a.png", text))
    if config.highway and extracted:
        figures.motifs(folder, figures.compared(folder, extracted, database))
        text = (
            "JASPAR's motif and the most informative window of the class motif, in bits (DeMo's Figure 2b)."
        )
        pictures.append(Picture("Class motifs and JASPAR", folder / "figure2b.png", text))
    if shown:
        dashboards.draw(folder, shown)
        text = (
            "Known motifs, class motifs, saliency and temporal scores of the best network of each type on "
            "one positive per factor, the first with a site of a known motif (the dashboard's Figure 2)."
        )
        pictures.append(Picture("Dashboards", folder / "figure2.svg", text))
    if result.penalties:
        penalties.draw(folder, _named(config, result.penalties))
        text = f"Share of factors whose class motif matches their own in JASPAR at q < {Q_MAX}, by penalty."
        pictures.append(Picture("Class motifs by penalty", folder / f"{penalties.FIGURE}.png", text))
        text = "Windows as wide as the factor's motif; labelled with the penalty and what matches."
        pictures.append(Picture("Windows by penalty", folder / f"{penalties.LOGOS}.png", text))
    return pictures


def write_report(
    folder: pathlib.Path,
    config,
    made: Mapping[str, Sequence[Mapping]],
    pictures: Sequence[Picture],
    failed: Sequence[str],
) -> None:
    """Writes report.html: tables of `write_tables`, figures of `draw`, and what failed."""
    environment = json.loads((folder / "env.json").read_text())
    best = [row for row in made["table"] if row["model"] not in tables.PUBLISHED]
    experiments = len(made.get("experiments", ()))
    shown = [sections.ResultTable(TITLES[name][0], own, TITLES[name][1]) for name, own in made.items()]
    page.write(
        folder / "report.html",
        page.Report(
            title="DeMo" if config.highway else "Deep Motif Dashboard",
            subtitle=f"{experiments} experiment(s) of a panel, {len(config.networks)} networks each",
            headline=[
                (row["model"], f"{row['mean AUROC']['mean']:.3f}", "mean AUROC")
                for row in sorted(best, key=lambda row: -row["mean AUROC"]["mean"])[:4]
            ],
            details=[
                ("Preset", config.preset),
                ("Training sequences, at most", f"{config.most:,}" if config.most else "all"),
                ("Epochs, at most", str(config.train.schedule.epochs)),
                ("Updates of class motifs", str(config.class_steps)),
                ("Database", config.database),
                ("Seed", str(config.seed)),
            ],
            notes=[page.Note(f"Failed: {line}") for line in failed],
            sections=[shown[0], *pictures, *shown[1:], sections.Text("How to read this page", ABOUT)],
            downloads=[
                page.Download(f"{name}.{ending}", (folder / f"{name}.{ending}").read_text())
                for name in made
                for ending in ("md", "json")
            ],
            provenance=f"jaxmotif {__version__}, jax {environment['versions']['jax']} on "
            f"{environment['backend']}, commit {environment['commit'] or 'unknown'}",
        ),
    )
