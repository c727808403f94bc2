"""Figure and page of the table of readings."""

import json
import pathlib
from collections.abc import Mapping, Sequence

from experiments.readings import figure, summary
from experiments.readings.config import SUPERVISED, Config
from jaxmotif import __version__
from jaxmotif.report import page, sections
from jaxmotif.report.picture import Picture

FIGURE, WHOLE = "readings", ("table", "matrix", "overall", "agreement")
ABOUT = (
    "supervised: trained with the labels of the twelve factors. InfoMax: trained without labels (GRIM); its "
    "outputs are numbers of a code, and readings of outputs read these. class-optimised: class optimisation "
    "trains no network, so these are the supervised ones, read on sequences drawn from the class motifs in "
    "the place of test sequences. untrained: random weights; what is found there is not the network's.",
    "A reading looks at no label: of each output it reads the sequences that the network scores highest. "
    "koo, koo-text, koo-code, basset: the first layer's filters by four rules. saliency, temporal, "
    "mutagenesis: one window in each of the sequences, aligned to one motif per output; random windows the "
    "same without the network. seqlets: all letters that the output attends to, up to three motifs. class "
    "motif: the parts of the matrix that the output is surest of. NeuronMotif: the deepest neurons that "
    "argue most for an output.",
    "A motif is right if Tomtom gives it an E-value of at most that of the run with a matrix of a planted "
    "factor in the database; every motif is cut and compared in the same way. Motifs without a column "
    "above half a bit are not shown. Correlation: Pearson's with the planted matrix over its columns, of "
    "the best of the motifs that are right. Intervals: 95 %, Student's t over seeds (in means over "
    "networks: over networks), cut at what is possible. CPU seconds are user and system time of all "
    "threads, of reading only, with what had to be compiled.",
)


def write_report(
    folder: pathlib.Path, config: Config, made: Mapping[str, list[dict]], cells: Sequence[Mapping]
) -> None:
    """Writes readings.png, readings.svg and report.html into `folder`.

    Args:
      folder: of the run.
      config: of the run.
      made: rows of `summary.tables`.
      cells: all cells that are there.
    """
    figure.draw([folder / f"{FIGURE}.{kind}" for kind in ("png", "svg")], made["table"])
    environment = json.loads((folder / "env.json").read_text())
    best = sorted(
        (row for row in made["overall"] if row["trained"] == SUPERVISED),
        key=lambda row: -row["factors"]["mean"],
    )
    wanted = len(config.networks) * len(config.objectives) * len(config.readings) * config.seeds
    failed = sum("failed" in cell for cell in cells)
    notes = []
    if len(cells) < wanted:
        notes.append(
            page.Note(f"{len(cells)} of {wanted} cells are there; run again, or merge, for the others.")
        )
    if failed:
        notes.append(page.Note(f"{failed} cells failed; the table says why."))
    page.write(
        folder / "report.html",
        page.Report(
            title="All ways of reading on all networks",
            subtitle=f"{len(config.networks)} networks, {config.seeds} seed(s) of each, "
            f"{config.sequences:,} synthetic sequences with twelve planted factors",
            headline=[
                (row["reading"], f"{row['factors']['mean']:.1f} of {summary.FACTORS}", "factors, supervised")
                for row in best[:4]
            ],
            notes=notes,
            details=[
                (
                    "Epochs",
                    ", ".join(str(t.schedule.epochs) for t in (config.train, config.torch, config.grim)),
                ),
                ("Sequences of an output", f"{config.top}; mutagenesis and temporal {config.exact}"),
                ("E-value", f"{config.e_max:g}"),
                ("Database", config.database),
                ("Seed", str(config.seed)),
            ],
            sections=[
                Picture(
                    "Factors found",
                    folder / f"{FIGURE}.png",
                    "In each cell: factors found, of twelve, and below it the share of right motifs among "
                    "those shown, means over seeds. A cross: cannot be, see the table.",
                ),
                sections.ResultTable("Means over networks", _shown(made["overall"]), bars=()),
                sections.ResultTable(
                    "Which readings agree",
                    _shown(made["agreement"]),
                    "Mean numbers of factors found by both of two readings of the same network, by one only, "
                    "and by either; untrained networks left out.",
                    bars=(),
                ),
                sections.ResultTable("All cells", _shown(made["table"]), bars=()),
                sections.Text("How to read this page", ABOUT),
            ],
            downloads=[page.Download(f"{name}.md", (folder / f"{name}.md").read_text()) for name in WHOLE],
            provenance=f"jaxmotif {__version__}, jax {environment['versions']['jax']} on "
            f"{environment['backend']}, commit {environment['commit'] or 'unknown'}",
        ),
    )


def _shown(rows: Sequence[Mapping]) -> list[dict]:
    """The rows with titles for keys."""
    titles = {key: title for key, (title, _) in summary.MEASURES.items()}
    return [{titles.get(key, key): value for key, value in row.items()} for row in rows]
