"""Tables of `experiments.demo`: networks over experiments, next to published values, and paired tests."""

import itertools
import pathlib
import statistics
from collections.abc import Mapping, Sequence

from experiments.common import published
from experiments.demo.network_rows import PWM
from jaxmotif.data.files import panel as panels
from jaxmotif.evaluate import paired
from jaxmotif.report import table

BEST, DEMO = "best by validation", "DeMo (chosen by validation)"
# Columns of published_auc.tsv, and what the papers call them; "DeepBind" alone is a network of the zoo.
PUBLISHED = {
    "DeepBind*": "deepbind_star_auc",
    "DeepBind (published)": "deepbind_auc",
    "MEME-SUM": "meme_sum_auc",
}


def by_network(rows: Sequence[Mapping], config) -> dict[str, dict[str, float]]:
    """network -> {experiment: AUROC}, with what validation chose among them and what was published."""
    found: dict[str, dict[str, float]] = {}
    for row in rows:
        found.setdefault(row["network"], {})[row["experiment"]] = row["auroc_ensemble"]
    experiments = list(dict.fromkeys(row["experiment"] for row in rows))
    choices = [(BEST, [n for n in config.networks if n != PWM])]
    if config.highway:
        choices.insert(0, (DEMO, [n for n in config.networks if n.startswith("DeMo-")]))
    for name, among in choices:
        if len(among) > 1:
            chosen = {e: _chosen(rows, e, among) for e in experiments}
            found[name] = {e: row["auroc_ensemble"] for e, row in chosen.items() if row}
    theirs = panels.published(config.panel)
    for name, column in PUBLISHED.items():
        values = {e: theirs[e][column] for e in experiments if column in theirs.get(e, {})}
        if values:
            found[name] = values
    return found


def _chosen(rows: Sequence[Mapping], experiment: str, among: Sequence[str]) -> Mapping | None:
    mine = [row for row in rows if row["experiment"] == experiment and row["network"] in among]
    return max(mine, key=lambda row: row["valid"], default=None)


def network_rows(rows: Sequence[Mapping], config) -> list[dict]:
    """The papers' Table 2: mean, median and standard deviation of the AUROC over experiments.

    A row of several networks an experiment is that of their mean logit; "mean single" is what one of them
    reaches. Published values are of 108 experiments in one cell line, whatever the panel.
    """
    found, parameters = [], {row["network"]: row["parameters"] for row in rows}
    members = {row["network"]: row["networks"] for row in rows}
    single = {
        name: statistics.mean(value for row in rows if row["network"] == name for value in row["auroc"])
        for name in parameters
    }
    seconds = {n: sum(row["seconds"] for row in rows if row["network"] == n) for n in parameters}
    for name, values in by_network(rows, config).items():
        numbers = list(values.values())
        paper = published.DASHBOARD_TABLE2.get(name, {})
        row = {"model": name, "experiments": len(numbers)}
        if name in members:
            row["networks"] = members[name]
        row["mean AUROC"] = {"mean": statistics.mean(numbers), "published": paper.get("mean")}
        row["median"] = {"mean": statistics.median(numbers), "published": paper.get("median")}
        if len(numbers) > 1:
            row["sd"] = {"mean": statistics.stdev(numbers), "published": paper.get("sd")}
        if name in parameters:
            row["mean single"] = {"mean": single[name]}
            row |= {"parameters": parameters[name], "training s": round(seconds[name], 1)}
        found.append(row)
    return found


def experiment_rows(rows: Sequence[Mapping], config) -> list[dict]:
    """A row an experiment: AUROC of every network, published values, what validation chose."""
    columns = by_network(rows, config)
    found = []
    for experiment in dict.fromkeys(row["experiment"] for row in rows):
        mine = next(row for row in rows if row["experiment"] == experiment)
        line = {"experiment": experiment, "training rows": mine["train"]}
        line |= {
            name: {"mean": values[experiment]} for name, values in columns.items() if experiment in values
        }
        among = [name for name in config.networks if name != PWM]
        chosen = _chosen(rows, experiment, among)
        line["chosen"] = chosen["network"] if chosen else "-"
        found.append(line)
    return found


def test_rows(rows: Sequence[Mapping], config) -> list[dict]:
    """The papers' Table 3: pairs of columns, without published ones, over the experiments that both have."""
    columns, found = by_network(rows, config), []
    for first, second in itertools.combinations(columns, 2):
        if first in PUBLISHED and second in PUBLISHED:
            continue
        if second not in PUBLISHED:
            first, second = second, first  # ours against what was published, later against earlier
        common = [e for e in columns[first] if e in columns[second]]
        if len(common) < 2:
            continue
        test = paired.paired_test([columns[first][e] for e in common], [columns[second][e] for e in common])
        found.append(
            {
                "model": first,
                "against": second,
                "n": test.n,
                "wins": test.wins,
                "ties": test.ties,
                "losses": test.losses,
                "mean difference": {"mean": test.mean_difference},
                "median difference": {"mean": test.median_difference},
                "t-test p": f"{test.t_p:.2g}",
                "Wilcoxon p": f"{test.wilcoxon_p:.2g}",
            }
        )
    return found


def write_tables(folder: pathlib.Path, config, rows: Sequence[Mapping]) -> list[dict]:
    """Writes table, experiments and tests as .md and .json; returns the rows of the first."""
    found = network_rows(rows, config)
    table.write_table(folder, found)
    table.write_table(folder, experiment_rows(rows, config), name="experiments")
    table.write_table(folder, test_rows(rows, config), name="tests")
    return found
