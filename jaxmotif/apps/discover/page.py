"""The page that `jaxmotif discover` leaves: everything a colleague needs, in one file."""

import pathlib
from collections.abc import Mapping, Sequence

import numpy as np

from jaxmotif import __version__
from jaxmotif.apps.discover import accuracy_charts, details, examples, methods
from jaxmotif.apps.discover.dashboard_link import DashboardLink
from jaxmotif.apps.discover.discovery import Discovery
from jaxmotif.apps.discover.settings import WORDS
from jaxmotif.data.files import content
from jaxmotif.motifs.evidence import Evidence
from jaxmotif.motifs.motif_set import MotifSet
from jaxmotif.report import class_table, motif_table, page, pair_table, sections
from jaxmotif.report.motif_details import MotifDetails

DOWNLOADS = (
    ("motifs.meme", "the motifs, for MEME Suite and others"),
    ("tomtom.tsv", "all database matches"),
    (
        "sites.tsv",
        "every site: sequence, start, end (0-based, half-open, in your record), strand, motif, score",
    ),
    ("sites.bed", "every site in the genome, BED6"),
    ("pairs.tsv", "every pair of motifs: together, order, strands and gap, with q-values"),
    ("classes.tsv", "every motif in every class of peaks, with q-values"),
    ("classes_auroc.tsv", "how well networks tell each class, with intervals"),
    ("others.meme", "motifs that are not listed: not confirmed, or variants"),
    ("others.json", "what is known of these"),
    ("negatives.meme", "motifs that mark the negatives"),
    ("negatives.json", "what is known of these"),
    ("metrics.json", "accuracy and counts"),
)
HOW_TO_READ = (
    "A motif is one or several first-layer filters of independently trained networks, aligned and merged, "
    "or a word that is over-represented in the positives, drawn anew from its sites. It is listed where "
    "held-out sequences confirm it: it lies in more of the positives than chance gives, in what the "
    "motifs above it leave. Importance says how much worse held-out sequences are predicted without its "
    "filters, effect what the networks' score loses without its sites; a motif can be real and still "
    "unimportant, where another one tells the same, or where the networks did not learn it. Motifs of a "
    "later round come from networks trained on what the earlier motifs do not explain.",
    "A database match says what a motif looks like, not which protein binds: members of a family share "
    "motifs, and the E-value counts chance resemblance among all motifs of the database. It is given only "
    "where both motifs have enough information that agrees; what else Tomtom lists stands in the details. A "
    "site is a "
    "place where the motif's log-odds score is rarer than the p-value in the summary in random sequence of "
    "the same letters; where a motif is so short that no word is as rare, its best words are its sites.",
    "Accuracy is measured on sequences that were used neither for training nor for stopping it; the "
    "interval is the 95 % bootstrap over groups of those sequences: a sequence with its shuffle, its copies "
    "and its overlapping neighbours is one.",
)


WITHOUT_LABELS = (
    "Networks of the objective infomax have no labels (GRIM, Lee & Koo 2021): they learn to tell each "
    "sequence's first-layer code from that of a dinucleotide shuffle of it. The estimate is the information "
    "between that code and one of the whole sequence, in nats a sequence; 0 is none, and only positions "
    "inside a motif contribute. Importance is then what the estimate of held-out sequences loses without "
    "the motif's filters. The AUROC says how well the sum of scores tells sequences from negatives, for "
    "which these networks were not trained. Dinucleotide shuffles keep no longer repeats: runs of one letter "
    "and GC-rich stretches are real regularities of the genome, and are found without labels.",
)
# Negatives of another kind than those of the training, as in metrics.json, in words.
OTHER_NEGATIVES = {"against_shuffles": "against shuffles", "against_genome": "against the genome"}
FROM_GENOME = (
    "Negatives are regions of the genome: each is like one peak in GC content (within 2 %) and in the share "
    "of repeats (letters in lower case), lies outside all peaks and, where there is one, on the same "
    "chromosome. Where there is none, one within 5 % of the GC content and with any share of repeats is "
    "taken; the notes count these. What "
    "is common in the genome itself, such as repeats or GC boxes of CpG islands, then marks no class; "
    "against shuffles it does. The AUROC against shuffles is of the same networks, trained without these.",
)
IMPORTANCE_HELP = (
    "How much of the information about held-out sequences is lost when the motif's filters are silenced "
    "(nats a sequence)."
)
COMBINED_HELP = (
    "How much worse held-out sequences are predicted when the motif's filters in the supervised networks "
    "are switched off (rise of the mean log-loss). Of a motif that only networks without labels have, marked "
    '"information", how much of the estimate is lost. The two are not of one scale.'
)


def _composition(metrics: Mapping) -> sections.ResultTable:
    """What networks reach next to what simple properties of the sequences do."""
    test = metrics["test"]
    return sections.ResultTable(
        "Without any motif",
        [
            {
                "told apart by": name,
                "AUROC, held out": {"mean": own["auroc"]},
                "95 % interval": f"{own['auroc_ci'][0]:.4f} to {own['auroc_ci'][1]:.4f}",
            }
            for name, own in {"networks": test, **metrics["composition"]}.items()
        ],
        text="What length, N, GC content and dinucleotides alone reach on the held-out sequences: a linear "
        "discriminant fitted on the training sequences. What the networks reach beyond this is due to longer "
        "words and where they stand.",
    )


def motif_rows(motifs: MotifSet, opened: Sequence[MotifDetails] = ()) -> list[motif_table.MotifRow]:
    """Returns the rows of a table of motifs, with all that is known; `opened` is what they open on."""
    return [
        motif_table.MotifRow(
            motif=motif,
            support=sum(found.support.values()),
            found_by=_found_by(found),
            sites=found.sites,
            prevalence=found.prevalence,
            held_out=found.held_out,
            e=found.e,
            q=found.q,
            importance=found.importance,
            effect=found.effect,
            hits=matches,
            named=named,
            positions=found.positions,
            centring=found.centring,
            note=_note(found),
            details=shown,
        )
        for motif, found, matches, named, shown in zip(
            motifs,
            motifs.evidence,
            motifs.matches or (),
            motifs.named,
            opened or [None] * len(motifs),
            strict=True,
        )
    ]


def _note(found) -> str:
    notes = [f"variant of {found.variant_of}"] if found.variant_of else []
    notes += [f"for {found.target}"] if found.target else []
    notes += [f"round {found.round}"] if found.round and found.round > 1 else []
    notes += ["rarer in positives"] if found.prevalence[0] < found.prevalence[1] else []
    if found.site_p is not None:
        notes.append(f"short: sites at p {found.site_p:.2g}")
    if len(found.support) > 1 and found.importance_of == "infomax":
        notes.append("importance: information")
    return ", ".join(notes)


def _found_by(found: Evidence) -> str | None:
    """Which readings found a motif, and networks of which objectives; None where nothing is known."""
    told = [", ".join(found.readings)] if found.readings else []
    if len(found.support) > 1:
        names = [name for name, count in found.support.items() if count]
        told.append(
            "both" if len(names) == len(found.support) else f"{names[0]} only" if names else "neither"
        )
    return "; ".join(told) or None


def _file(path: str) -> str:
    """The file's name without its folder: the page is sent to others."""
    return content.short_name(path) if path else ""


def _importance_help(networks) -> dict[str, str]:
    if len(networks) > 1:
        return {"importance_help": COMBINED_HELP}
    return {} if networks[0].objective == "supervised" else {"importance_help": IMPORTANCE_HELP}


def _other_negatives(metrics: Mapping) -> list[tuple[str, str, str]]:
    """The headline of networks that are tested against negatives of another kind, too."""
    return [
        (what.capitalize(), f"{other['auroc']:.4f}", f"AUROC, 95 % interval {low:.4f} to {high:.4f}")
        for name, what in OTHER_NEGATIVES.items()
        if (other := metrics.get(name))
        for low, high in [other["auroc_ci"]]
    ]


def _found_by_both(motifs, objectives: int) -> list[tuple[str, str, str]]:
    """The headline of a combined report."""
    if objectives == 1:
        return []
    both = sum(all(found.support.values()) for found in motifs.evidence)
    return [("Found by both", str(both), "with labels and without")]


def _estimate(history) -> tuple[str, str, str]:
    """The headline of networks without labels: means over those that did not fail."""
    last = history[-1]
    mean = lambda name: np.nanmean([np.nan if v is None else v for v in last[f"valid/{name}"]])
    value, ceiling = mean("estimate"), mean("ceiling")
    return ("Estimate, validation", f"{value:.2f}", f"nats a sequence, at most {ceiling:.1f}")


def _others(found: Discovery, half: float) -> list[motif_table.MotifTable]:
    """What is not the positives' or not confirmed; no section where there is nothing."""
    settings = found.settings
    others, nested = found.others, found.nested
    sets = [
        ("Variants and parts of listed motifs", "variants", others[nested]),
        ("What marks the negatives", "negatives", found.of_negatives or MotifSet(())),
        ("Not confirmed on held-out sequences", "others", others[~nested]),
    ]
    return [
        motif_table.MotifTable(
            title,
            motif_rows(motifs),
            seeds=settings.seeds * len(found.networks),
            **_importance_help(found.networks),
            position_limits=(-half, half),
            database=settings.database,
            show_hits=settings.max_shown,
            anchor=anchor,
        )
        for title, anchor, motifs in sets
        if len(motifs)
    ]


def _short(consensus: str) -> str:
    return consensus if len(consensus) <= 10 else f"{consensus[:9]}\u2026"


def motif_names(motifs: MotifSet) -> list[str]:
    """Returns number and name of each motif, or how it reads where it has no name."""
    return [
        f"{number} {(named[0].target.alt_name or named[0].target.name) if named else _short(motif.consensus)}"
        for number, (motif, named) in enumerate(zip(motifs, motifs.named, strict=True), 1)
    ]


def _classes(found: Discovery) -> list[class_table.ClassTable]:
    """Which motif lies in which class; no section where there is one class only."""
    own = found.by_class
    if own is None:
        return []
    rows: list[list[class_table.Cell]] = [[] for _ in found.motifs]
    for one in own.shares:
        title = (
            f"{one.inside:,} of {one.of:,} peaks of {own.names[one.number]}, {one.outside:,} of "
            f"{one.others:,} others; q {one.q:.2g}"
        )
        rows[one.motif].append(class_table.Cell(one.log2, one.q <= 0.05, title))
    auroc = lambda value: "" if value is None else f"{value[0]:.3f}"
    foot = [
        ("peaks", [f"{one.peaks:,}" for one in own.told]),
        ("AUROC against negatives", [auroc(one.from_negatives) for one in own.told]),
        ("AUROC against other peaks", [auroc(one.from_peaks) for one in own.told]),
    ]
    return [class_table.ClassTable("Motifs by class", own.names, motif_names(found.motifs), rows, foot)]


def _pairs(found: Discovery) -> list[pair_table.PairTable]:
    """How the motifs lie to each other; no section where no two have sites."""
    if not found.pairs:
        return []
    return [pair_table.PairTable("Pairs of motifs", motif_names(found.motifs), found.pairs)]


def write_report(folder: pathlib.Path, found: Discovery, environment: Mapping) -> None:
    """Writes report.html; the files it offers for download are read from `folder`."""
    settings, splits, networks, metrics = found.settings, found.splits, found.networks, found.metrics
    motifs, scores, test = found.motifs, found.scores, metrics["test"]
    notes = [page.Note(note.text, note.level) for note in found.notes]
    supervised = networks[0].objective == "supervised"
    name = ", ".join(map(_file, (settings.sequences, *settings.classes)))
    half, pairs = splits.train.length / 2, _pairs(found)
    page.write(
        folder / "report.html",
        page.Report(
            title=f"Motifs in {name}",
            subtitle=" and ".join(
                f"{settings.seeds} network{'s' if settings.seeds > 1 else ''} of type {one.network.name} "
                f"({one.objective})"
                for one in networks
            )
            + f", {metrics['train']:,} training sequences of {splits.train.length} nt",
            headline=[
                (
                    "AUROC, held out" if supervised else "Told from negatives",
                    f"{test['auroc']:.4f}",
                    ("" if supervised else "AUROC, ")
                    + f"95 % interval {test['auroc_ci'][0]:.4f} to {test['auroc_ci'][1]:.4f}",
                ),
                ("AUPR, held out", f"{test['aupr']:.4f}", "average precision")
                if supervised
                else _estimate(networks[0].history),
                *_other_negatives(metrics),
                ("Motifs", str(len(motifs)), f"confirmed, of {metrics['tested']} tested"),
                *_found_by_both(motifs, len(networks)),
                ("Held-out sequences", f"{test['n']:,}", f"{splits.test.known_labels.mean():.0%} positive"),
            ],
            details=[
                ("Sequences", "; ".join(found.said) or name),
                ("Held out", splits.held_out or "given as such"),
                ("Validation AUROC", f"{metrics['validation']['auroc']:.4f}"),
                ("Uninformative filters", str(metrics["uninformative"])),
                (
                    "Candidates",
                    f"{metrics['candidates']} distinct motifs of {metrics['filters']} filters"
                    + (", and words" if WORDS in settings.readings else "")
                    + f"; {metrics['tested']} were tested on held-out sequences, in {metrics['rounds']} round"
                    + ("s" if metrics["rounds"] > 1 else ""),
                ),
                ("Listed", f"E-value at most {settings.level:g}"),
                ("Database", f"{settings.database} ({found.targets} motifs)"),
                ("Site p-value", f"{settings.site_p:g}"),
                ("Seed", str(settings.seed)),
                (
                    "Time",
                    f"{metrics['seconds']:.0f} s, of which training {metrics['seconds_training']:.0f} s",
                ),
            ],
            notes=notes,
            sections=[
                motif_table.MotifTable(
                    "Motifs",
                    motif_rows(motifs, details.details(found, folder, pairs[0] if pairs else None)),
                    seeds=settings.seeds * len(networks),
                    **_importance_help(networks),
                    position_limits=(-half, half),
                    database=settings.database,
                    show_hits=settings.max_shown,
                ),
                *_classes(found),
                *pairs,
                *examples.section(found, motif_names(found.motifs)),
                *_others(found, half),
                sections.Charts(
                    "Training and accuracy",
                    [chart for one in networks for chart in accuracy_charts.training(one)]
                    + accuracy_charts.curves(
                        splits.test.known_labels[:, 0], scores[networks[0].objective].mean(axis=0)
                    ),
                ),
                _composition(metrics),
                sections.Text(
                    "How to read this page",
                    HOW_TO_READ
                    + (FROM_GENOME if "against_shuffles" in metrics else ())
                    + (WITHOUT_LABELS if networks[-1].objective == "infomax" else ()),
                ),
                *[DashboardLink(folder)] * supervised,
                methods.methods(found, environment),
            ],
            downloads=[
                page.Download(file, (folder / file).read_text(), label, beside=file)
                for file, label in DOWNLOADS
                if (folder / file).exists()
            ],
            provenance=f"jaxmotif {__version__}, jax {environment['versions']['jax']} on "
            f"{environment['backend']}, seed {settings.seed}",
        ),
    )
