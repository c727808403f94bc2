"""Tables of AUROC: networks over experiments, next to published values, paired tests, and DeMo's counts."""

import itertools
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from experiments.common import published
from experiments.demo.network_rows import DEEPBIND, PWM
from jaxmotif.data.files import panel as panels
from jaxmotif.evaluate import paired

BEST = "best by validation"
# What judges the shapes of DeMo's network: by preset, a key of the rows and what it is called.
JUDGES = {"paper": ("valid", "validation"), "code": ("training", "training AUROC")}
# The dashboard's types of networks, by the beginning of their names; it shows the best of each.
TYPES = ("CNN", "RNN", "CNN-RNN")
MEME, STAR = "MEME-SUM", "DeepBind*"
# Columns of published_auc.tsv, and what the papers call them; "DeepBind" alone is a network of the zoo.
PUBLISHED = {
    STAR: "deepbind_star_auc",
    "DeepBind (published)": "deepbind_auc",
    MEME: "meme_sum_auc",
}


def demo_name(config) -> str:
    """Returns what the row of DeMo is called: by what its shape was chosen."""
    return f"DeMo (chosen by {JUDGES[config.preset][1]})"


def by_network(rows: Sequence[Mapping], config) -> dict[str, dict[str, float]]:
    """Returns network -> {experiment: AUROC}, with what was chosen among them and what was published."""
    found: dict[str, dict[str, float]] = {}
    for row in rows:
        found.setdefault(row["network"], {})[row["experiment"]] = row["auroc_ensemble"]
    experiments = list(dict.fromkeys(row["experiment"] for row in rows))
    choices = [(BEST, [n for n in config.networks if n != PWM], "valid")]
    if config.highway:
        choices.insert(0, (demo_name(config), shapes(config), JUDGES[config.preset][0]))
    for name, among, judge in choices:
        if len(among) > 1:
            chosen = {e: _chosen(rows, e, among, judge) for e in experiments}
            if values := {e: row["auroc_ensemble"] for e, row in chosen.items() if row}:
                found[name] = values
    theirs = panels.published(config.panel)
    for name, column in PUBLISHED.items():
        values = {e: theirs[e][column] for e in experiments if column in theirs.get(e, {})}
        if values:
            found[name] = values
    return found


def shapes(config) -> list[str]:
    """Returns the networks among which DeMo's is chosen."""
    return [name for name in config.networks if name.startswith("DeMo-")]


def chosen_shape(rows: Sequence[Mapping], experiment: str, config) -> str | None:
    """Returns the network that is DeMo's of an experiment: validation chose it, or the training set."""
    row = _chosen(rows, experiment, shapes(config), JUDGES[config.preset][0])
    return row["network"] if row else None


def _chosen(rows: Sequence[Mapping], experiment: str, among: Sequence[str], judge: str) -> Mapping | None:
    mine = [row for row in rows if row["experiment"] == experiment and row["network"] in among]
    return max(mine, key=lambda row: row[judge], default=None)


def network_rows(rows: Sequence[Mapping], config) -> list[dict]:
    """Returns the dashboard's Table 2: mean, median and standard deviation of the AUROC over experiments.

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
    theirs = {**published.DASHBOARD_TABLE2, demo_name(config): {"median": published.DEMO["median"]}}
    for name, values in by_network(rows, config).items():
        numbers = list(values.values())
        paper = theirs.get(name, {})
        row: dict[str, Any] = {"model": name, "experiments": len(numbers)}
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
    """Returns a row per experiment: AUROC of every network, published values, what was chosen."""
    columns = by_network(rows, config)
    found = []
    for experiment in dict.fromkeys(row["experiment"] for row in rows):
        mine = next(row for row in rows if row["experiment"] == experiment)
        line = {"experiment": experiment, "training rows": mine["train"]}
        line |= {
            name: {"mean": values[experiment]} for name, values in columns.items() if experiment in values
        }
        among = [name for name in config.networks if name != PWM]
        best = _chosen(rows, experiment, among, "valid")
        line[BEST] = best["network"] if best else "-"
        if config.highway:
            line["DeMo's shape"] = chosen_shape(rows, experiment, config) or "-"
        found.append(line)
    return found


def test_rows(rows: Sequence[Mapping], config) -> list[dict]:
    """Returns paired tests of all columns, but of published ones with each other."""
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


def best_of_types(columns: Mapping[str, Mapping[str, float]]) -> dict[str, str]:
    """Returns type -> its network with the best mean AUROC, as the dashboard's Section 4.2 chooses.

    That is by the test sets, so the network is said to be its type's best, not better than another type's.
    The mean is over the experiments that all networks of the type have.
    """
    found = {}
    for kind in TYPES:
        mine = {name: values for name, values in columns.items() if _type(name) == kind}
        common = set.intersection(*map(set, mine.values())) if mine else set()
        if common:
            found[kind] = max(mine, key=lambda name: statistics.mean(mine[name][e] for e in common))
    return found


def _type(name: str) -> str:
    """ "CNN-RNN-medium" is a CNN-RNN; what is none of the dashboard's networks is ""."""
    return name.rpartition("-")[0] if name in published.DASHBOARD_TABLE2 else ""


def table3(rows: Sequence[Mapping], config) -> list[dict]:
    """Returns the dashboard's Table 3: paired t-tests between the best network of each type, and matrices.

    Matrices are the published MEME-SUM where the panel has it, and our own. A comparison over fewer than two
    experiments has no p.
    """
    columns = by_network(rows, config)
    best, found = best_of_types(columns), []
    for (first, second), p in published.DASHBOARD_TABLE3.items():
        others = [name for name in (MEME, PWM) if name in columns] if second == "MEME" else [best.get(second)]
        for other in others:
            if first not in best or other is None:
                continue
            common = [e for e in columns[best[first]] if e in columns[other]]
            line = {"comparison": f"{first} vs {second}", "model": best[first], "against": other}
            line |= {"n": len(common), "wins": None, "mean difference": None, "t-test p": None}
            if len(common) > 1:
                test = paired.paired_test(*([columns[n][e] for e in common] for n in (best[first], other)))
                line |= {"wins": test.wins, "mean difference": f"{test.mean_difference:.3f}"}
                line["t-test p"] = f"{test.t_p:.2g}"
            found.append(line | {"t-test p (paper, n 108)": f"{p:.3g}"})
    return found


def differences(rows: Sequence[Mapping], config) -> dict[str, dict[str, float]]:
    """Returns what DeMo's AUROC is compared with -> {experiment: DeMo's less that}; the larger first.

    DeMo's Figure 2a, against DeepBind's published values where the panel has them, and the network that was
    trained here.
    """
    columns, found = by_network(rows, config), {}
    ours = columns.get(demo_name(config), {})
    for name in (STAR, DEEPBIND):
        common = [e for e in ours if e in columns.get(name, {})]
        if common:
            less = {e: ours[e] - columns[name][e] for e in common}
            found[name] = dict(sorted(less.items(), key=lambda item: -item[1]))
    return found


def count_row(what: str, ours: int, of: int, paper: tuple[int, int] | None) -> dict:
    """Returns a count of ours next to the published one, and both as shares."""
    line = {"count": what, "ours": f"{ours} of {of}", "share": {"mean": ours / of if of else None}}
    line["published"] = f"{paper[0]} of {paper[1]}" if paper else "-"
    if paper:
        line["share"]["published"] = paper[0] / paper[1]
    return line


def auroc_counts(rows: Sequence[Mapping], config) -> list[dict]:
    """Returns on how many experiments DeMo is above DeepBind, next to the published count."""
    names = {
        STAR: "AUROC above DeepBind*, as published",
        DEEPBIND: "AUROC above DeepBind's network, trained here",
    }
    return [
        count_row(
            names[name],
            sum(value > 0 for value in less.values()),
            len(less),
            published.DEMO["above DeepBind"] if name == STAR else None,
        )
        for name, less in differences(rows, config).items()
    ]
