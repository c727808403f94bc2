"""The page of a discovery on a table of targets: motifs, what goes with what, and how well it is told."""

import pathlib
from collections.abc import Mapping

from jaxmotif import __version__
from jaxmotif.apps.discover.accuracy_charts import column
from jaxmotif.apps.discover.by_target import methods
from jaxmotif.apps.discover.by_target.accuracy import SAID, headline
from jaxmotif.apps.discover.by_target.association import Association
from jaxmotif.apps.discover.by_target.found import ByTarget
from jaxmotif.apps.discover.page import motif_names, motif_rows
from jaxmotif.data.files import content
from jaxmotif.data.targets import COUNTS, MULTICLASS, MULTILABEL, REGRESSION, VALUES
from jaxmotif.objectives.losses import NAMES
from jaxmotif.report import charts, class_table, motif_table, page, sections

DOWNLOADS = (
    ("motifs.meme", "the motifs, for MEME Suite and others"),
    ("tomtom.tsv", "all database matches"),
    ("sites.tsv", "every site: sequence, start, end (0-based, half-open), strand, motif, score"),
    ("sites.bed", "every site in the genome, BED6"),
    ("targets.tsv", "every motif by every target, with q-values"),
    ("targets_accuracy.tsv", "how well networks tell each target, with intervals"),
    ("others.meme", "motifs that are not listed: not confirmed, or variants"),
    ("others.json", "what is known of these"),
    ("metrics.json", "accuracy and counts"),
)
_TEST = {True: "Mann and Whitney's test", False: "Fisher's exact test"}
_EFFECT = {
    MULTILABEL: "log2 of how much more often a sequence with the label has a site of the motif than one "
    "without",
    MULTICLASS: "log2 of how much more often a sequence of the class has a site of the motif than one of "
    "another",
    COUNTS: "log2 of the ratio of the mean counts of sequences with and without a site of the motif",
    REGRESSION: "difference of the mean of sequences with and without a site of the motif, in standard "
    "deviations",
}
IMPORTANCE = {
    MULTILABEL: "How much worse held-out sequences are predicted when the motif's filters are switched off "
    "(rise of the mean log-loss of its own target).",
    MULTICLASS: "How much worse held-out sequences are predicted when the motif's filters are switched off "
    "(rise of the cross-entropy of the classes, nats).",
    COUNTS: "How much worse held-out counts are predicted when the motif's filters are switched off (nats a "
    "sequence, by Poisson's distribution).",
    REGRESSION: "How much worse held-out values are predicted when the motif's filters are switched off "
    "(rise of the squared error, as a share of the variance of its own target).",
}
_SIDES = {
    MULTILABEL: "the sequences with a label are its positives, those with 0 its negatives",
    MULTICLASS: "the sequences of a class are its positives, those of the others its negatives",
    COUNTS: "the upper third of a target's counts are its positives, the lower third its negatives, and "
    "for motifs of low counts the other way round; what was found is tested by all held-out counts",
    REGRESSION: "the upper third of a target's values are its positives, the lower third its negatives, "
    "and for motifs of low values the other way round; what was found is tested by all held-out values",
}


def how_to_read(kind: str) -> tuple[str, ...]:
    """Returns what a reader has to know of the page of targets of a kind."""
    return (
        "One set of networks learned all targets, with an output for each. Motifs are looked for target "
        f"by target: {_SIDES[kind]}. A motif is one or several first-layer filters, aligned and merged, or "
        "an over-represented word, drawn anew from its sites. It is listed once, for the target where it "
        "is most significant (its note says which), if held-out sequences confirm it: they have it more "
        "often in the positives, in what the motifs of this target before it leave. E is p times all "
        "motifs tested for all targets.",
        f"Which target a motif goes with is the heat map's: {_EFFECT[kind]}, on held-out sequences only, "
        f"with {_TEST[kind in VALUES]}, two-sided, and false discovery rates over all motifs and targets. "
        "Targets that go together share motifs: the map shows association, not cause.",
        "A database match says what a motif looks like, not which protein binds. A site is a place where "
        "the motif's log-odds score is rarer than the p-value in the summary in random sequence of the "
        "same letters; sites are listed in all sequences of the table.",
        "Accuracy is measured on sequences that were used neither for training nor for stopping it; "
        "intervals are 95 % bootstraps over groups of sequences that overlap or are copies. Without any "
        "motif: what length, N, GC content and dinucleotides tell, by a linear model.",
    )


def _motifs(found: ByTarget, motifs, title: str, anchor: str = "motif") -> motif_table.MotifTable:
    half = found.splits.train.length / 2
    return motif_table.MotifTable(
        title,
        motif_rows(motifs),
        seeds=found.settings.seeds,
        importance_help=IMPORTANCE[found.kind],
        position_limits=(-half, half),
        database=found.settings.database,
        show_hits=found.settings.max_shown,
        anchor=anchor,
    )


def _others(found: ByTarget) -> list[motif_table.MotifTable]:
    sets = [
        ("Variants and parts of listed motifs", "variants", found.others[found.nested]),
        ("Not confirmed on held-out sequences", "others", found.others[~found.nested]),
    ]
    return [_motifs(found, motifs, title, anchor) for title, anchor, motifs in sets if len(motifs)]


def _title(one: Association, found: ByTarget) -> str:
    name = found.targets[one.target]
    if found.kind in VALUES:
        return (
            f"{name}: mean {one.mean_with:.3g} of {one.with_motif:,} sequences with a site, "
            f"{one.mean_without:.3g} of {one.without:,} without; q {one.q:.2g}"
        )
    return (
        f"{name}: {one.mean_with:.0%} of {one.with_motif:,} sequences with a site, {one.mean_without:.0%} of "
        f"{one.without:,} without; q {one.q:.2g}"
    )


def heat_map(found: ByTarget) -> class_table.ClassTable:
    """Returns the section of motifs by targets."""
    level = found.settings.level
    rows: list[list[class_table.Cell]] = [[] for _ in found.motifs]
    for one in found.associations:
        rows[one.motif].append(class_table.Cell(one.effect, one.q <= level, _title(one, found)))
    text = lambda value: "" if value is None else f"{value[0]:.3f}"
    names = list(found.told[0].metrics)
    foot = [("known, held out", [f"{one.known:,}" for one in found.told])]
    foot += [(SAID[name], [text(one.metrics[name]) for one in found.told]) for name in names]
    lead = (
        f"{_EFFECT[found.kind][0].upper()}{_EFFECT[found.kind][1:]}, on held-out sequences. A dot marks q "
        f"up to {level:g} ({_TEST[found.kind in VALUES]}, two-sided; false discovery rate over all motifs "
        "and targets)."
    )
    ends = ("3 deviations lower", "3 deviations higher") if found.kind == REGRESSION else None
    return class_table.ClassTable(
        "Motifs by target",
        found.targets,
        motif_names(found.motifs),
        rows,
        foot,
        level,
        lead,
        **({"ends": ends} if ends else {}),
    )


def _accuracy(found: ByTarget) -> sections.ResultTable:
    rows = []
    for one in found.told:
        row: dict = {"target": one.name, "known, held out": one.known}
        if one.positives is not None:
            row["with it"] = one.positives
        for name, value in one.metrics.items():
            row[f"{SAID[name]}, held out"] = None if value is None else {"mean": value[0]}
            row[f"{SAID[name]}, 95 % interval"] = "" if value is None else f"{value[1]:.3f} to {value[2]:.3f}"
        first = SAID[next(iter(one.metrics))]
        row[f"{first} without any motif"] = None if one.simple is None else {"mean": one.simple}
        rows.append(row)
    return sections.ResultTable(
        "How well each target is told",
        rows,
        text="By the mean of all networks, on held-out sequences. Without any motif: what length, N, GC "
        "content and dinucleotides tell, by a linear model of the training sequences.",
    )


def _training(found: ByTarget) -> list[charts.Chart]:
    history = found.trained.history
    epochs = [row["epoch"] for row in history]
    measure = "pearson" if found.kind in VALUES else "auroc"
    seeds = range(len(found.trained.network))
    series = lambda name, label, dashed=False: [
        charts.Series(f"seed {s + 1}{label}", epochs, column(history, name, s), color=s % 8, dashed=dashed)
        for s in seeds
    ]
    return [
        charts.Chart(
            "Loss",
            series("valid/loss", ", validation") + series("train/loss", ", training", True),
            "epoch",
            NAMES[found.kind].replace("_", " "),
        ),
        charts.Chart(
            f"Validation {SAID[measure]}, mean over targets",
            series(f"valid/{measure}", ""),
            "epoch",
            SAID[measure],
        ),
    ]


def write_report(folder: pathlib.Path, found: ByTarget, environment: Mapping) -> None:
    """Writes report.html; the files it offers for download are read from `folder`."""
    settings, splits, metrics = found.settings, found.splits, found.metrics
    name = content.short_name(settings.sequences)
    test = metrics["test"]
    network = found.trained.network
    many = "s" if settings.seeds > 1 else ""
    shown = [
        (
            f"{SAID[test['metric']]}, held out",
            f"{test['mean']:.4f}",
            f"mean over {len(found.targets)} targets",
        ),
        ("Motifs", str(len(found.motifs)), f"confirmed, of {metrics['tested']} tested"),
        ("Targets", str(len(found.targets)), found.kind),
        (
            "Held-out sequences",
            f"{test['n']:,}",
            f"of {metrics['train'] + metrics['validation'] + test['n']:,}",
        ),
    ]
    if found.kind == MULTICLASS:
        classes = test["classes"]
        low, high = classes["accuracy_ci"]
        shown.insert(1, ("Accuracy", f"{classes['accuracy']:.4f}", f"95 % interval {low:.4f} to {high:.4f}"))
    page.write(
        folder / "report.html",
        page.Report(
            title=f"Motifs in {name}",
            subtitle=f"{settings.seeds} network{many} of type {network.name} with {len(found.targets)} "
            f"outputs, {metrics['train']:,} training sequences of {splits.train.length} nt",
            headline=shown,
            details=[
                ("Sequences", "; ".join(found.said) or name),
                ("Held out", splits.held_out or "given as such"),
                ("Told", headline(found.kind, metrics)),
                ("Uninformative filters", str(metrics["uninformative"])),
                ("Candidates", f"{metrics['candidates']} of {metrics['filters']} filters, target by target"),
                ("Listed", f"E-value at most {settings.level:g}"),
                ("Database", f"{settings.database} ({found.database} motifs)"),
                ("Site p-value", f"{settings.site_p:g}"),
                ("Seed", str(settings.seed)),
                (
                    "Time",
                    f"{metrics['seconds']:.0f} s, of which training {metrics['seconds_training']:.0f} s",
                ),
            ],
            notes=[page.Note(note.text, note.level) for note in found.notes],
            sections=[
                _motifs(found, found.motifs, "Motifs"),
                *([heat_map(found)] if len(found.motifs) else []),
                *_others(found),
                _accuracy(found),
                sections.Charts("Training", _training(found)),
                sections.Text("How to read this page", how_to_read(found.kind)),
                methods.methods(found, environment),
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
