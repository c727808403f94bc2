"""Means over seeds with intervals, the matrix of networks and readings, and which readings agree."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import scipy.stats

from experiments.readings import config as configs
from jaxmotif.data.synthetic import koo_eddy

FACTORS, LEVEL = len(koo_eddy.KOO_EDDY_IDS), 0.95
# What is measured of each cell, its title, and the largest that it can be.
MEASURES = {
    "factors": ("factors found (of 12)", float(FACTORS)),
    "right": ("right of those shown", 1.0),
    "correlation": ("correlation, of those found", 1.0),
    "correlation_all": ("correlation, of all 12", 1.0),
    "shown": ("motifs shown", None),
    "cpu_seconds": ("CPU s", None),
}


def measured(cell: Mapping) -> dict[str, float | None]:
    """Returns the measures of one cell; None where they say nothing: a share of no motif."""
    found = list(cell["correlations"].values())
    return {
        "factors": float(len(found)),
        "right": cell["right"] / cell["shown"] if cell["shown"] else None,
        "correlation": float(np.mean(found)) if found else None,
        "correlation_all": float(sum(found)) / FACTORS,
        "shown": float(cell["shown"]),
        "cpu_seconds": cell["cpu_seconds"],
    }


def interval(values: Sequence[float | None], most: float | None = None) -> dict:
    """Returns a measurement (`report.table`): the mean over seeds and its 95 % t interval.

    Student's t, since seeds are few; the interval is cut at 0 and at the largest that the value can be. One
    seed has none, and nothing no mean.
    """
    known = np.array([value for value in values if value is not None], float)
    if not known.size:
        return {"mean": None, "n": 0}
    mean = float(known.mean())
    result: dict[str, float] = {"mean": mean, "n": known.size}
    if known.size > 1:
        error = float(known.std(ddof=1)) / known.size**0.5
        half = float(scipy.stats.t.ppf((1 + LEVEL) / 2, known.size - 1)) * error
        result |= {
            "low": max(mean - half, 0.0),
            "high": mean + half if most is None else min(mean + half, most),
        }
    return result


def groups(cells: Sequence[Mapping]) -> dict[tuple[str, str, str], list[Mapping]]:
    """Returns the cells of all seeds by (network, objective, reading), in their order."""
    found: dict[tuple[str, str, str], list[Mapping]] = {}
    for cell in cells:
        found.setdefault((cell["network"], cell["objective"], cell["reading"]), []).append(cell)
    return found


def table_rows(cells: Sequence[Mapping]) -> list[dict]:
    """Returns a row of each (network, objective, reading): measurements over seeds, or why there is none."""
    rows = []
    for (network, objective, reading), own in groups(cells).items():
        good = [cell for cell in own if "why" not in cell]
        row: dict = {"network": network, "trained": objective, "reading": reading, "seeds": len(good)}
        if good:
            values = [measured(cell) for cell in good]
            row |= {key: interval([one[key] for one in values], most) for key, (_, most) in MEASURES.items()}
            areas = [cell["auroc"] for cell in good if "auroc" in cell]
            if areas:
                row["network_auroc"] = float(np.mean(areas))
        why = dict.fromkeys(cell["why"] for cell in own if "why" in cell)
        row["why_not"] = "; ".join(why)
        rows.append(row)
    return rows


def matrix_rows(cells: Sequence[Mapping]) -> list[dict]:
    """Returns a row of each network and objective, a column of each reading: "factors, share right"."""
    rows: dict[tuple[str, str], dict] = {}
    for row in table_rows(cells):
        line = rows.setdefault(
            (row["network"], row["trained"]), {"network": row["network"], "trained": row["trained"]}
        )
        line[row["reading"]] = entry(row) if row["seeds"] else f"({row['why_not']})"
    return list(rows.values())


def entry(row: Mapping, between: str = ", ") -> str:
    """Returns what a cell of the matrix says: mean factors found and mean share of right motifs."""
    right = row["right"]["mean"]
    share = "-" if right is None else f"{right:.2f}".removeprefix("0")
    return f"{row['factors']['mean']:.1f}".removesuffix(".0") + between + share


def agreement(cells: Sequence[Mapping], readings: Sequence[str]) -> list[dict]:
    """Returns, for each pair of readings, means over networks and seeds that were read by both.

    Untrained networks do not count: nothing there is the network's.

    Returns:
      rows {"reading", "and", "networks", "both", "first only", "second only", "either", "jaccard"}; numbers
      of factors, and both over either where either is found.
    """
    sets: dict[tuple, dict[str, set]] = {}
    for cell in cells:
        if "why" not in cell and cell["objective"] != configs.UNTRAINED:
            key = (cell["network"], cell["objective"], cell["seed"])
            sets.setdefault(key, {})[cell["reading"]] = set(cell["correlations"])
    rows = []
    for first, second in itertools.combinations(readings, 2):
        pairs = [(own[first], own[second]) for own in sets.values() if first in own and second in own]
        if not pairs:
            continue
        either = sum(len(a | b) for a, b in pairs)
        both = sum(len(a & b) for a, b in pairs)
        rows.append(
            {
                "reading": first,
                "and": second,
                "networks": len(pairs),
                "both": both / len(pairs),
                "first_only": sum(len(a - b) for a, b in pairs) / len(pairs),
                "second_only": sum(len(b - a) for a, b in pairs) / len(pairs),
                "either": either / len(pairs),
                "jaccard": both / either if either else None,
            }
        )
    return rows


def overall(cells: Sequence[Mapping], readings: Sequence[str], objectives: Sequence[str]) -> list[dict]:
    """Returns a row of each objective and reading: means over all networks that have the cell.

    The interval is over networks, of each its mean over seeds.
    """
    rows, every = [], table_rows(cells)
    for objective, reading in itertools.product(objectives, readings):
        own = [r for r in every if (r["trained"], r["reading"]) == (objective, reading) and r["seeds"]]
        if own:
            row = {"trained": objective, "reading": reading, "networks": len(own)}
            rows.append(
                row
                | {key: interval([r[key]["mean"] for r in own], most) for key, (_, most) in MEASURES.items()}
            )
    return rows


def tables(cells: Sequence[Mapping], config: configs.Config) -> dict[str, list[dict]]:
    """Returns the rows of all tables by the name of their file."""
    return {
        "table": table_rows(cells),
        "matrix": matrix_rows(cells),
        "overall": overall(cells, config.readings, config.objectives),
        "agreement": agreement(cells, config.readings),
    }
