"""Tables of extracted motifs: the dashboard's Table 4 as printed, and what lies behind its numbers."""

import statistics
from collections.abc import Mapping, Sequence

from experiments.common import published
from experiments.demo import tables
from experiments.demo.extraction_rows import E_MAX, METHODS, Q_MAX
from jaxmotif.interpret import class_optimization

# Columns of the printed table.
_PRINTED = ("saliency", "activation", "temporal")


def table4(extracted: Sequence[Mapping], best: Mapping[str, str]) -> list[dict]:
    """Returns the dashboard's Table 4, published values next to ours, a row for each type of network.

    Args:
      extracted: see `extraction_rows.extract`.
      best: type -> network that stands for it, see `tables.best_of_types`.
    """
    found = []
    for kind in tables.TYPES:
        mine = [row for row in extracted if row["network"] == best.get(kind)]
        if not mine:
            continue
        paper = published.DASHBOARD_TABLE4[kind]
        line = {"model": best[kind], "factors": len(mine), "of": mine[0]["sequences"]}
        for method in _PRINTED:
            line[method] = _mean(mine, method, "matches_q")
            line[f"{method} (paper)"] = paper.get(method)
        line["random"] = _mean(mine, "random", "matches_q")
        for space in class_optimization.SPACES[::-1]:
            matches = sum(row[f"class {space}"]["whole_q"] < Q_MAX for row in mine)
            line[f"class, {space}"] = f"{matches} of {len(mine)}"
        line["class (paper)"] = f"{paper['class']} of {published.DASHBOARD_FACTORS}"
        found.append(line)
    return found


def _mean(rows: Sequence[Mapping], method: str, key: str) -> float | None:
    having = [row[method][key] for row in rows if method in row]
    return round(statistics.mean(having), 1) if having else None


def method_rows(extracted: Sequence[Mapping]) -> list[dict]:
    """Returns a row for each network and method: windows that match, by q and by E, and the aggregate."""
    found = []
    for network, mine in _by_network(extracted).items():
        for method in METHODS:
            having = [row[method] for row in mine if method in row]
            if having:
                aggregated = sum(one.get("aggregated_q", 1) < Q_MAX for one in having)
                found.append(
                    {
                        "model": network,
                        "windows": method,
                        "factors": len(having),
                        "of positives": having[0]["of"],
                        f"mean with q < {Q_MAX}": _mean(mine, method, "matches_q"),
                        f"mean with E < {E_MAX}": _mean(mine, method, "matches_e"),
                        "aggregate matches": f"{aggregated} of {len(having)}",
                    }
                )
    return found


def class_rows(extracted: Sequence[Mapping]) -> list[dict]:
    """Returns a row for each network and space: class motifs that match, whole and cut; wins by AMA."""
    found = []
    for network, mine in _by_network(extracted).items():
        for space in class_optimization.SPACES[::-1]:
            having = [row[f"class {space}"] for row in mine]
            counts = {
                "whole matches": sum(one["whole_q"] < Q_MAX for one in having),
                "window matches": sum(one["window_q"] < Q_MAX for one in having),
                "window matches any": sum(one["window_any_q"] < Q_MAX for one in having),
                "AMA wins": sum(one["ama_share"] > 0.5 for one in having),
            }
            found.append({"model": network, "class motif": space, "factors": len(having)} | counts)
    return found


def demo_counts(extracted: Sequence[Mapping]) -> list[dict]:
    """Returns what DeMo's paper counts of its class motifs' windows, next to the published counts.

    "free" is the paper's way to class motifs, "letters" ours. The text does not say whether a window has to
    match the factor's own motif or any; both are counted.
    """
    found = []
    for space in class_optimization.SPACES[::-1]:
        having = [row[f"class {space}"] for row in extracted]
        own, known, wins = published.DEMO["matches"], f"window, {space}, ", published.DEMO["affinity"]
        counts = [
            ("matches the factor's motif", sum(one["window_q"] < Q_MAX for one in having), own),
            ("matches any motif of JASPAR", sum(one["window_any_q"] < Q_MAX for one in having), own),
            ("scores above JASPAR's motif (AMA)", sum(one["ama_share"] > 0.5 for one in having), wins),
        ]
        found += [tables.count_row(known + what, ours, len(having), paper) for what, ours, paper in counts]
    return found


def _by_network(extracted: Sequence[Mapping]) -> dict[str, list[Mapping]]:
    found: dict[str, list[Mapping]] = {}
    for row in extracted:
        found.setdefault(row["network"], []).append(row)
    return found
