"""Class motifs by the penalty of class optimisation: at which of its values they match the factor's motif.

All penalties of a network and a space are members of one program (`class_motifs_by_penalty`).
"""

import dataclasses
import pathlib
import statistics
from collections.abc import Mapping, Sequence

from experiments.common import records
from experiments.demo import extraction_rows
from experiments.demo.extraction_rows import Q_MAX
from experiments.demo.figures import ENDINGS, short
from jaxmotif.data.dataset import Dataset
from jaxmotif.interpret import class_optimization
from jaxmotif.interpret.class_optimization import ClassConfig
from jaxmotif.models.network import Network
from jaxmotif.motifs import meme
from jaxmotif.motifs.motif import Motif, is_informative
from jaxmotif.motifs.ppm import information_content
from jaxmotif.report import charts, figures

# Of the config "penalty": the program's .009 of the norm and our .01 of a bit lie between.
GRID = (0.001, 0.003, 0.01, 0.03, 0.1)
MOTIFS, FIGURE, LOGOS = "penalties.meme", "penalties", "penalty_windows"
AXIS = "penalties="
# Matches of a row, and what they are called in figures.
MATCHES = {"whole matches": "whole", "window matches": "window of the motif's width"}


def taken_from(config, axes: Sequence[str]) -> tuple:
    """Returns the config with the penalties that an axis of a grid names, and the axes without it.

    Raises:
      ValueError: for a value that is no number from 0 on, and for penalties next to other axes.
    """
    mine = [axis for axis in axes if axis.startswith(AXIS)]
    if not mine:
        return config, axes
    if len(axes) > 1:
        raise ValueError("penalties are swept by themselves: they change no network, and no AUROC")
    try:
        values = tuple(float(value) for value in mine[0].removeprefix(AXIS).split(","))
    except ValueError:
        raise ValueError(f"--sweep wants {AXIS}number,number, got {mine[0]!r}") from None
    return dataclasses.replace(config, penalties=values), []


def read(
    folder: pathlib.Path,
    experiment: str,
    network: str,
    config,
    test: Dataset,
    database: Sequence[Motif],
    resume: bool,
) -> list[dict]:
    """Returns a row for each space and penalty of a trained network; [] without a motif of the factor.

    The windows that were compared are left in MOTIFS, in the network's folder.
    """
    record = folder / "penalties.json"
    if resume and (rows := records.kept(record)) is not None:
        return rows
    own = extraction_rows.own_motifs(experiment, network, database)
    if not own:
        return []
    trained, rows, windows = Network.load(folder), [], []
    positives = extraction_rows.positives_of(test, config)
    for space in class_optimization.SPACES[::-1]:
        made = class_optimization.class_motifs_by_penalty(
            trained,
            ["bound"],
            config.penalties,
            ClassConfig(space=space, steps=config.class_steps),
            config.seed,
        )
        for penalty, found in zip(config.penalties, made, strict=True):
            compared, window = extraction_rows.compared(found["bound"], own, positives, database)
            rows.append(
                {
                    "experiment": experiment,
                    "network": network,
                    "space": space,
                    "penalty": penalty,
                    "bits": float(information_content(found["bound"].ppm).sum()),
                    "informative": is_informative(found["bound"]),
                    **compared,
                }
            )
            windows.append(dataclasses.replace(window, name=_name(space, penalty), alt_name=""))
    meme.write_meme(folder / MOTIFS, windows)
    records.keep(record, rows, (MOTIFS,))
    return rows


def _name(space: str, penalty: float) -> str:
    return f"{space}_{penalty:g}"


def table(rows: Sequence[Mapping]) -> list[dict]:
    """Returns a row for each network, space and penalty: of how many factors the class motif matches."""
    groups: dict[tuple, list[Mapping]] = {}
    for row in rows:
        groups.setdefault((row["network"], row["space"], row["penalty"]), []).append(row)
    return [
        {
            "model": network,
            "class motif": space,
            "penalty": penalty,
            "factors": len(mine),
            "whole matches": sum(row["whole_q"] < Q_MAX for row in mine),
            "window matches": sum(row["window_q"] < Q_MAX for row in mine),
            "window matches any": sum(row["window_any_q"] < Q_MAX for row in mine),
            "AMA wins": sum(row["ama_share"] > 0.5 for row in mine),
            "found nothing": sum(not row["informative"] for row in mine),
            "mean bits": round(statistics.mean(row["bits"] for row in mine), 1),
        }
        for (network, space, penalty), mine in groups.items()
    ]


def draw(folder: pathlib.Path, rows: Sequence[Mapping]) -> None:
    """Writes penalties.png (shares of factors that match) and penalty_windows.png (what was compared)."""
    found, shares = table(rows), {}
    positive = all(row["penalty"] > 0 for row in rows)
    for space in dict.fromkeys(row["class motif"] for row in found):
        for key, title in MATCHES.items():
            shares[f"{space}, {title}"] = [
                charts.Series(
                    network,
                    [
                        row["penalty"]
                        for row in found
                        if (row["model"], row["class motif"]) == (network, space)
                    ],
                    [
                        row[key] / row["factors"]
                        for row in found
                        if (row["model"], row["class motif"]) == (network, space)
                    ],
                )
                for network in dict.fromkeys(row["model"] for row in found)
            ]
    columns: dict[str, list] = {}
    for row in rows:
        # A row of DeMo is that of the shape that was chosen.
        place = folder / row["experiment"] / row.get("shape", row["network"])
        kept = {m.name: m for m in meme.read_meme(place / MOTIFS)}
        title = f"{short(row['experiment']).split()[0]} {row['network']}, {row['space']}"
        told = row["against"] if row["window_q"] < Q_MAX else "" if row["informative"] else "found nothing"
        label = f"{row['penalty']:g}" + f": {told}" * bool(told)
        columns.setdefault(title, []).append((kept[_name(row["space"], row["penalty"])], label))
    for ending in ENDINGS:
        figures.curves(
            folder / f"{FIGURE}.{ending}", shares, ("penalty", "share of factors"), {}, logarithmic=positive
        )
        figures.logo_panel(folder / f"{LOGOS}.{ending}", columns)
