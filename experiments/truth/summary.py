"""Tables of a run: kinds of planted sets, cuts of the list, controls, real peaks."""

import pathlib
from collections.abc import Callable, Mapping, Sequence

from experiments.truth import intervals, scoring, sets
from experiments.truth.set_rows import BY_E, BY_Q, DISCOVER
from jaxmotif import files
from jaxmotif.report import table

# Shares of the positives by which weak motifs are told apart: [from, to).
SHARES = {"2 to 5 %": (0.02, 0.05), "5 to 10 %": (0.05, 0.10), "10 to 20 %": (0.10, 0.21)}
CUTS = {BY_E: "E=.05", **{name: name.replace(" ", "=") for name in BY_Q}}
ALL = "all"


def tables(rows: Sequence[Mapping]) -> dict[str, list[dict]]:
    """Returns name -> rows of every table, those without rows too: table, cuts, rules, controls, peaks."""
    return {
        "table": _planted(rows),
        "cuts": _cuts(rows),
        "rules": _rules(rows),
        "controls": _controls(rows),
        "peaks": _peaks(rows),
    }


def write(folder: pathlib.Path, rows: Sequence[Mapping]) -> None:
    """Writes every table as .md and .json, and all rows as sets.json."""
    for name, own in tables(rows).items():
        if own or name == "table":
            table.write_table(folder, own, name=name)
    files.write_json(folder / "sets.json", list(rows))


def overall(rows: Sequence[Mapping]) -> dict:
    """Returns one row of what `discover` lists on all sets: planted ones, controls and real peaks."""
    mine, line = [row for row in rows if row["tool"] == DISCOVER], {}
    if planted := _planted(mine):  # last all kinds together
        shown = ("sets", "planted", "true", "false", "FDR", "main found", "weak found", "correlation")
        line |= {key: planted[-1].get(key) for key in shown}
    if controls := _controls(mine):
        line |= {"controls": controls[-1]["runs"], "nothing listed": controls[-1]["nothing listed"]}
    if peaks := _peaks(mine):
        line |= {"peaks": len(peaks), "families": _mean(peaks, "families")}
    return line | _plain(mine, "cpu_seconds")


def found(rows: Sequence[Mapping], cut: str, counts: Callable[[int, Mapping], bool]) -> dict:
    """Returns the share of planted motifs that lists have, of those that count: (place, motif) -> bool.

    Decoys are none of them. Sets are what is resampled.
    """
    hits, of = [], []
    for row in rows:
        own = [
            near is not None
            for place, (one, near) in enumerate(
                zip(row["planted"], row["lists"][cut]["correlation"], strict=True)
            )
            if not one["decoy"] and counts(place, one)
        ]
        hits.append(sum(own))
        of.append(len(own))
    return intervals.ratio(hits, of)


def main_motif(place: int, one: Mapping) -> bool:
    """Whether a planted motif is the main one of its set."""
    return place == 0


def weak_motif(place: int, one: Mapping) -> bool:
    """Whether it is one of the others."""
    return place > 0


def between(low: float, high: float) -> Callable[[int, Mapping], bool]:
    """Whether it is one of the others, in a share of the positives from low to below high."""
    return lambda place, one: place > 0 and low <= one["share"] < high


def false_discovery_rate(rows: Sequence[Mapping], cut: str, blurred: bool = True) -> dict:
    """Returns the mean over sets of the share of the list that is false, see `scoring.false_share`."""
    return intervals.ratio([scoring.false_share(row["lists"][cut], blurred) for row in rows])


def planted_kinds(rows: Sequence[Mapping]) -> dict[str, list[Mapping]]:
    """Returns kind -> rows of the sets with motifs; last, where there are several kinds, of all of them."""
    return _kinds(rows, sets.PLANTED)


def _kinds(rows: Sequence[Mapping], known) -> dict[str, list[Mapping]]:
    kinds = {kind: [row for row in rows if row["kind"] == kind] for kind in known}
    kinds = {kind: own for kind, own in kinds.items() if own}
    if len(kinds) > 1:
        kinds[ALL] = [row for own in kinds.values() for row in own]
    return kinds


def _by_tool(rows: Sequence[Mapping]) -> dict[str, list[Mapping]]:
    return {
        tool: [row for row in rows if row["tool"] == tool] for tool in dict.fromkeys(r["tool"] for r in rows)
    }


def _mean(rows: Sequence[Mapping], key: str) -> dict:
    return intervals.ratio([row.get(key) for row in rows])


def _plain(rows: Sequence[Mapping], *keys: str) -> dict[str, float | None]:
    """Means for the eye, without intervals; None where no row says anything."""
    means = {key: _mean(rows, key)["mean"] for key in keys}
    return {key: None if mean is None else round(mean, 2) for key, mean in means.items()}


def _planted(rows: Sequence[Mapping]) -> list[dict]:
    made = []
    for kind, of_kind in planted_kinds(rows).items():
        for tool, own in _by_tool(of_kind).items():
            lists = [row["lists"][BY_E] for row in own]
            near = [[value for value in one["correlation"] if value is not None] for one in lists]
            there = [{"planted": sum(not one["decoy"] for one in row["planted"])} for row in own]
            line = {"kind": kind, "tool": tool, "sets": len(own), "auroc": _mean(own, "auroc")}
            line |= _plain(there, "planted") | _plain(own, "listed", "significant", "unconfirmed")
            line |= _plain(lists, "true", "repeated", "false", "blurred", "decoys")
            line |= {"FDR": false_discovery_rate(own, BY_E), "main found": found(own, BY_E, main_motif)}
            line |= {
                "weak found": found(own, BY_E, weak_motif),
                "correlation": intervals.ratio([*map(sum, near)], [*map(len, near)]),
            }
            made.append(line | _plain(own, "rounds", "seconds", "cpu_seconds"))
    return made


def _cuts(rows: Sequence[Mapping]) -> list[dict]:
    made = []
    for kind, of_kind in planted_kinds([row for row in rows if row["tool"] == DISCOVER]).items():
        for cut, title in CUTS.items():
            lists = [row["lists"][cut] for row in of_kind]
            line = {"kind": kind, "up to": title, "sets": len(of_kind)}
            counts = [{"listed": one["true"] + one["repeated"] + one["false"]} for one in lists]
            line |= _plain(counts, "listed")
            line |= {"FDR": false_discovery_rate(of_kind, cut)}
            line |= {"FDR, blurred apart": false_discovery_rate(of_kind, cut, blurred=False)}
            line |= {"main found": found(of_kind, cut, main_motif)}
            made.append(
                line | {f"in {name}": found(of_kind, cut, between(*ends)) for name, ends in SHARES.items()}
            )
    return made


def _rules(rows: Sequence[Mapping]) -> list[dict]:
    made = []
    with_rule = [row for row in rows if row.get("rule found")]
    for kind, own in _kinds(with_rule, sets.PLANTED).items():
        verdicts = [row["rule found"] for row in own]
        listed, told, right = (sum(one[key] for one in verdicts) for key in ("listed", "told", "right"))
        line = {"kind": kind, "sets": len(own), "both listed": intervals.share(listed, len(own))}
        line |= {"rule told": intervals.share(told, listed), "told rightly": intervals.share(right, told)}
        made.append(line)
    return made


def _controls(rows: Sequence[Mapping]) -> list[dict]:
    made = []
    for kind, of_kind in _kinds(rows, sets.CONTROLS).items():
        for tool, own in _by_tool(of_kind).items():
            nothing = intervals.share(sum(not row["listed"] for row in own), len(own))
            line = {"kind": kind, "tool": tool, "runs": len(own), "nothing listed": nothing}
            line |= _plain(own, "listed", "tried") | {"auroc": _mean(own, "auroc")}
            made.append(line | _plain(own, "rounds", "seconds", "cpu_seconds"))
    return made


def _peaks(rows: Sequence[Mapping]) -> list[dict]:
    made = []
    for row in rows:
        if "families" not in row:
            continue
        line = {"set": row["set"], "tool": row["tool"], "auroc": row.get("auroc")}
        # Rows of earlier versions say nothing of variants.
        line |= {
            "nested": row.get("nested"),
            "AUROC of list": row["list_auroc"],
            "AUROC of tried": row["tried_auroc"],
        }
        line |= {key: row[key] for key in ("tried", "listed", "significant", "unconfirmed")}
        line |= {"families": len(row["families"]), "without a name": row["unnamed"]}
        line |= {"families of tried": len(row["families of tried"])}
        line |= {key: row.get(key) for key in ("rounds", "seconds", "cpu_seconds")}
        made.append(line | {"names": row["families"], "names of tried": row["families of tried"]})
    return made
