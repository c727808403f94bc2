"""Figure and page of `experiments.truth`."""

import json
import pathlib
from collections.abc import Mapping, Sequence

from experiments.truth import summary
from experiments.truth.set_rows import BY_E, DISCOVER
from jaxmotif import __version__
from jaxmotif.report import charts, figures, page, sections

NAMES = {
    "table": ("Planted motifs", "Means over sets, with 95 % bootstrap intervals over sets; lists by E."),
    "cuts": ("Where the list is cut", "Share of the list that is false, and of planted motifs that it has."),
    "rules": (
        "Pairs that keep a rule",
        "Both motifs listed, of the sets; of these, rules that the table of pairs tells (q <= .05); of "
        "these, those whose order, strand and gap contradict the truth in nothing. Shares have Wilson's "
        "intervals.",
    ),
    "controls": ("Without motifs", "Whatever is listed here is false. Shares have Wilson's intervals."),
    "peaks": ("Real peaks", "Every list by one test on the held-out sequences, E <= .05."),
}
ABOUT = (
    "A listed motif is true if it is like a planted one by .75 or more (1 is equal, a clean half of a motif "
    ".84). Others that are like one that is in the list already are repeated; all else is false, among it "
    "blurred ones, which are like a planted one by .5 to .75, and decoys, which are as frequent in the "
    "negatives. FDR is the mean over sets of the false share of the list, 0 where nothing is listed; with "
    "blurred apart these are taken as what they are like. found: "
    "of the planted motifs, those in the list; main is one per set, weak ones lie in 2 to 20 % of the "
    "positives. correlation: Pearson's, over the planted motif's columns.",
    "significant: motifs of the list with E <= .05 on the held-out sequences, each at a threshold chosen on "
    "the training sequences, with those before it in the list hidden; E is p times what the tool tried. "
    "unconfirmed: the rest of the list. families: distinct JASPAR families that name these; those of tried "
    "count what the tool did not list itself, too. AUROC of list: what gradient boosting on nothing but each "
    "listed motif's best and summed score per sequence reaches on the held-out ones.",
)


def write_report(folder: pathlib.Path, config, rows: Sequence[Mapping]) -> None:
    """Writes truth.png, where motifs were planted, and report.html into `folder`."""
    made = summary.tables(rows)
    curves = _draw(folder, rows)
    environment = json.loads((folder / "env.json").read_text())
    headline = [
        (title, f"{value['mean']:.0%}", detail)
        for title, value, detail in _headline(rows, made)
        if value["mean"] is not None
    ]
    page.write(
        folder / "report.html",
        page.Report(
            title="Are discover's motifs true and complete?",
            subtitle=f"{config.planted} planted sets, {config.controls} controls of {config.sequences:,} "
            f"sequences of {config.length} nt; {sum('families' in r for r in made['peaks'])} rows of peaks",
            headline=headline,
            details=[
                ("Background", config.background or "letters of a Markov chain, shuffled"),
                ("Rounds, at most", str(config.discover.rounds)),
                ("Networks per set", f"{config.discover.seeds} x {config.discover.network}"),
                ("Listed up to", f"E = {config.discover.level:g}"),
                ("Seed", str(config.seed)),
            ],
            sections=[
                *(sections.ResultTable(NAMES[n][0], own, NAMES[n][1]) for n, own in made.items() if own),
                *([sections.Charts("How frequent a motif has to be", curves)] if curves else []),
                sections.Text("How to read this page", ABOUT),
            ],
            downloads=[
                page.Download(name, (folder / name).read_text())
                for name in ("sets.json", *(f"{own}.md" for own, lines in made.items() if lines))
            ],
            provenance=f"jaxmotif {__version__}, jax {environment['versions']['jax']} on "
            f"{environment['backend']}, commit {environment['commit'] or 'unknown'}",
        ),
    )


def _headline(rows: Sequence[Mapping], made: Mapping[str, list[dict]]):
    planted = summary.planted_kinds([row for row in rows if row["tool"] == DISCOVER])
    if planted:
        own = list(planted.values())[-1]
        yield "FDR", summary.false_discovery_rate(own, BY_E), "of the list at E <= .05"
        yield "Main motif found", summary.found(own, BY_E, summary.main_motif), "in 50 to 90 % of positives"
        yield "Weak motifs found", summary.found(own, BY_E, summary.weak_motif), "in 2 to 20 % of positives"
    controls = [line for line in made["controls"] if line["tool"] == DISCOVER]
    if controls:
        yield "Controls without a motif", controls[-1]["nothing listed"], f"of {controls[-1]['runs']} runs"


def _draw(folder: pathlib.Path, rows: Sequence[Mapping]) -> list[charts.Chart]:
    """Draws truth.png and returns the same as charts: what is found by how frequent it is."""
    planted = summary.planted_kinds([row for row in rows if row["tool"] == DISCOVER])
    if not planted:
        return []
    quantities = {
        f"FDR, {title}": [
            (kind, _known(summary.false_discovery_rate(own, cut))) for kind, own in planted.items()
        ]
        for cut, title in summary.CUTS.items()
    }
    quantities["main found"] = [
        (kind, _known(summary.found(own, BY_E, summary.main_motif))) for kind, own in planted.items()
    ]
    for name, ends in summary.SHARES.items():
        quantities[f"found, {name}"] = [
            (kind, _known(summary.found(own, BY_E, summary.between(*ends)))) for kind, own in planted.items()
        ]
    figures.points(folder / "truth.png", quantities)
    series = []
    for place, (kind, own) in enumerate(planted.items()):
        values = [
            summary.found(own, BY_E, summary.between(*ends))["mean"] for ends in summary.SHARES.values()
        ]
        middles = [50 * sum(ends) for ends in summary.SHARES.values()]
        known = [(x, y) for x, y in zip(middles, values, strict=True) if y is not None]
        if known:
            series.append(
                charts.Series(kind, *map(list, zip(*known, strict=True)), color=place % charts.COLORS)
            )
    if not series:
        return []
    return [
        charts.Chart("Listed by E", series, "positives with the motif (%)", "share found", (0, 20), (0, 1))
    ]


def _known(value: Mapping) -> Mapping | None:
    return None if value["mean"] is None else value
