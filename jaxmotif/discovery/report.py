"""The page that `jaxmotif discover` leaves: everything a colleague needs, in one file."""

import json
import pathlib

import numpy as np

from jaxmotif import __version__
from jaxmotif.report import charts, motif_table, page, sections

# Koo & Eddy 2019: below this pooling after the first layer, filters tend to hold parts of motifs.
SMALL_POOL = 4
DOWNLOADS = (
    ("motifs.meme", "the motifs, for MEME Suite and others"),
    ("tomtom.tsv", "all database matches"),
    ("sites.tsv", "every site: sequence, start, end (0-based, half-open), strand, motif, score"),
    ("metrics.json", "accuracy and counts"),
)
HOW_TO_READ = (
    "Each motif is one or several first-layer filters of independently trained networks, aligned and "
    "merged. Support says how many networks found it: what only one found may be chance. Importance says "
    "how much worse held-out sequences are predicted without it; a motif can be real and still "
    "unimportant, where another one tells the same.",
    "A database match says what a motif looks like, not which protein binds: members of a family share "
    "motifs, and the E-value counts chance resemblance among all motifs of the database. A site is a "
    "place where the motif's log-odds score is rarer than the p-value in the summary under random "
    "sequence.",
    "Accuracy is measured on sequences that were used neither for training nor for stopping it; the "
    "interval is the 95 % bootstrap over those sequences.",
)


def _training_charts(history) -> list[charts.Chart]:
    epochs = [row["epoch"] for row in history]

    def column(name, seed):
        return [np.nan if row[name][seed] is None else row[name][seed] for row in history]

    loss, auroc = [], []
    for seed in range(len(history[0]["valid/loss"])):
        valid = column("valid/loss", seed)
        best = int(np.nanargmin(valid))
        loss += [
            charts.Series(f"seed {seed + 1}, validation", epochs, valid, color=seed % 8, mark=best),
            charts.Series(
                f"seed {seed + 1}, training", epochs, column("train/loss", seed), color=seed % 8, dashed=True
            ),
        ]
        auroc.append(
            charts.Series(f"seed {seed + 1}", epochs, column("valid/auroc", seed), color=seed % 8, mark=best)
        )
    return [
        charts.Chart("Loss", loss, "epoch", "log-loss (nats)", caption="The dot is the epoch that was kept."),
        charts.Chart("Validation AUROC", auroc, "epoch", "AUROC"),
    ]


def curves(labels_n, scores_n, points: int = 400) -> list[charts.Chart]:
    """ROC and precision-recall charts; thinned, since a page needs no point a sequence."""
    order = np.argsort(-scores_n, kind="stable")
    positive = labels_n[order] > 0.5
    ends = np.flatnonzero(np.r_[np.diff(scores_n[order]) != 0, True])
    found, wrong = np.cumsum(positive)[ends], np.cumsum(~positive)[ends]
    keep = np.unique(np.linspace(0, len(ends) - 1, min(points, len(ends))).astype(int))
    found, wrong = found[keep], wrong[keep]
    recall, false = found / max(positive.sum(), 1), wrong / max((~positive).sum(), 1)
    unit = (0, 1)
    return [
        charts.Chart(
            "ROC, held-out sequences",
            [charts.Series("ensemble", np.r_[0, false], np.r_[0, recall])],
            "false positive rate", "true positive rate", unit, unit, diagonal=True,
        ),
        charts.Chart(
            "Precision and recall, held-out sequences",
            [charts.Series("ensemble", recall, found / (found + wrong))],
            "recall", "precision", unit, unit,
        ),
    ]


def _motif_rows(motifs, hit_rows, database, max_shown) -> list[motif_table.MotifRow]:
    by_query: dict[int, list] = {}
    for hit in hit_rows:
        by_query.setdefault(hit.query_index, []).append(hit)
    return [
        motif_table.MotifRow(
            motif=found.motif,
            support=found.support,
            sites=found.sites,
            prevalence=found.prevalence,
            importance=found.importance,
            hits=[
                motif_table.Hit(database[h.target_index], h.e, h.q, h.offset, h.strand)
                for h in by_query.get(rank, [])[:max_shown]
            ],
            positions=found.positions,
            note="rarer in positives" if found.prevalence[0] < found.prevalence[1] else "",
        )
        for rank, found in enumerate(motifs)
    ]


def _file(path: str) -> str:
    """The file's name without its folder: the page is sent to others."""
    return pathlib.Path(path).name if path else ""


def _split_text(settings) -> str:
    if settings.chromosomes:
        return "chromosomes 8 and 9"
    return "a random tenth, no sequence on both sides"


def write_report(
    folder: pathlib.Path, settings, splits, spec, metrics, history, logits, motifs, hit_rows, database
) -> None:
    """Writes report.html; the files it offers for download are read from `folder`."""
    test = metrics["test"]
    notes = [page.Note(text, "info") for text in splits.notes]
    if spec.convs[0].pool < SMALL_POOL and spec.convs[0].activation != "exp":
        notes.append(
            page.Note(f"First pooling of {spec.convs[0].pool}: filters may hold parts of motifs.")
        )
    if test["auroc_ci"][0] < 0.6:
        notes.append(
            page.Note("The networks hardly tell the classes apart; motifs below are not to be trusted.")
        )
    if not motifs:
        notes.append(page.Note("No filter was informative and needed: no motif was found."))
    environment = json.loads((folder / "env.json").read_text())
    name = _file(settings.sequences)
    half = splits.train.length / 2
    page.write(
        folder / "report.html",
        page.Report(
            title=f"Motifs in {name}",
            subtitle=f"{settings.seeds} networks of type {settings.network}, trained on "
            f"{metrics['train']:,} sequences of {splits.train.length} nt",
            headline=[
                (
                    "AUROC, held out",
                    f"{test['auroc']:.4f}",
                    f"95 % interval {test['auroc_ci'][0]:.4f} to {test['auroc_ci'][1]:.4f}",
                ),
                ("AUPR, held out", f"{test['aupr']:.4f}", "average precision"),
                ("Motifs", str(len(motifs)), f"distinct, from {metrics['filters']} filters"),
                ("Held-out sequences", f"{test['n']:,}", f"{splits.test.labels.mean():.0%} positive"),
            ],
            details=[
                ("Sequences", name),
                ("Negatives", _file(settings.negatives) or "labelled in the file, or dinucleotide shuffles"),
                ("Held out", _file(settings.test) or _split_text(settings)),
                ("Validation AUROC", f"{metrics['validation']['auroc']:.4f}"),
                ("Uninformative filters", str(metrics["uninformative"])),
                ("Motifs left out (one seed, not needed)", str(metrics["unneeded"])),
                ("Database", f"{settings.database} ({len(database)} motifs)"),
                ("Site p-value", f"{settings.site_p:g}"),
                ("Seed", str(settings.seed)),
                ("Time", f"{metrics['seconds']:.0f} s, of which training {metrics['seconds_training']:.0f} s"),
            ],
            notes=notes,
            sections=[
                motif_table.MotifTable(
                    "Motifs",
                    _motif_rows(motifs, hit_rows, database, settings.max_shown),
                    seeds=settings.seeds,
                    position_limits=(-half, half),
                    database=settings.database,
                    show_hits=settings.max_shown,
                ),
                sections.Charts(
                    "Training and accuracy",
                    _training_charts(history)
                    + curves(splits.test.labels[:, 0], logits["test"].mean(axis=0)),
                ),
                sections.Text("How to read this page", HOW_TO_READ),
            ],
            downloads=[
                page.Download(file, (folder / file).read_text(), label)
                for file, label in DOWNLOADS
                if (folder / file).exists()
            ],
            provenance=f"jaxmotif {__version__}, jax {environment['versions']['jax']} on "
            f"{environment['backend']}, seed {settings.seed}",
        ),
    )
