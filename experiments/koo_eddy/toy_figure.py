"""Draws Koo & Eddy's Figure 1 from the maps of the toy networks, one below the other."""

import pathlib
from collections.abc import Mapping

import numpy as np
from matplotlib.patches import Rectangle

from experiments.koo_eddy import toy
from jaxmotif.models.network import Network
from jaxmotif.models.spec import receptive_fields
from jaxmotif.report import figures

GREEN, BLUE, SHADE = "#109648", "#255c99", "#cfe2f5"
# Height of each line in the plot: sequence, pooled maps, units.
SEQUENCE, POOLED, UNITS = 0.0, (1.6, 2.8), (5.0, 6.2, 7.4)


def draw(path: pathlib.Path, networks: Mapping[int, Network]) -> None:
    """Writes the figure: sequence, pooled maps of both filters and answers of the three units by pooling."""
    figure = figures.new_figure(11, 2.9 * len(networks) + 0.3)
    grid = figure.add_gridspec(len(networks), 2, width_ratios=(6, 1), wspace=0.02, hspace=0.25)
    for number, (pool, net) in enumerate(networks.items()):
        ax = figure.add_subplot(grid[number, 0])
        _layers(ax, net, pool)
        field = receptive_fields(net.architecture.convs)[0]
        ax.set_title(
            f"{'AB'[number]}   pooling of {pool}: a pooled position sees {field.pooled_width} nt",
            fontsize=10,
            loc="left",
            weight="bold",
        )
        _kernels(figure.add_subplot(grid[number, 1]), net)
    figure.subplots_adjust(left=0.13, right=0.99, top=1 - 0.3 / figure.get_figheight(), bottom=0.02)
    figures.save(figure, path)


def _layers(ax, net: Network, pool: int) -> None:
    starts = dict(zip(toy.STARTS, toy.PATTERNS, strict=True))
    letters = toy.sequence(starts)
    found = toy.maps(net, [letters])
    pooled_pf, second_pu = found.pooled[0], found.second[0]
    field = receptive_fields(net.architecture.convs)[0]
    reach = (field.pooled_width - pool) // 2
    ends = {start: start + len(toy.PATTERNS[pattern]) for start, pattern in starts.items()}
    for position in np.flatnonzero(pooled_pf.any(axis=1)).tolist():
        ax.add_patch(
            Rectangle(
                (position * pool - reach, SEQUENCE - 0.2),
                field.pooled_width,
                POOLED[0] - SEQUENCE,
                color=SHADE,
                alpha=0.55,
                linewidth=0,
            )
        )
    for place, letter in enumerate(letters):
        planted = any(start <= place < end for start, end in ends.items())
        style = dict(color=GREEN, weight="bold") if planted else dict(color="0.45")
        ax.text(place + 0.5, SEQUENCE + 0.5, letter, ha="center", va="center", fontsize=8, **style)
    lines = [(POOLED[n], pooled_pf[:, n], f"filter {part}, pooled") for n, part in enumerate(toy.PARTS)]
    lines += [(UNITS[n], second_pu[:, n], f"unit of {name}") for n, name in enumerate(toy.PATTERNS)]
    for bottom, values, name in lines:
        _cells(ax, bottom, values, pool)
        ax.text(-0.7, bottom + 0.5, name, ha="right", va="center", fontsize=8)
    ax.text(-0.7, SEQUENCE + 0.5, "sequence", ha="right", va="center", fontsize=8)
    ax.set_xlim(0, toy.LENGTH)
    ax.set_ylim(-0.4, UNITS[-1] + 1.1)
    ax.axis("off")


def _cells(
    ax, bottom: float, values: np.ndarray, width: float, left: float = 0.0, height: float = 1.0
) -> None:
    """A row of cells, white for 0 to dark for 1."""
    for position, value in enumerate(values):
        ax.add_patch(
            Rectangle(
                (left + position * width, bottom),
                width,
                height,
                facecolor=BLUE if value > 0 else "white",
                alpha=float(np.clip(value, 0, 1)) if value > 0 else 1,
                edgecolor="0.6",
                linewidth=0.6,
            )
        )


def _kernels(ax, net: Network) -> None:
    """Both filters at the height of their maps, and the units' kernels at that of their answers."""
    params = net.member_variables(0)["params"]
    first_w4f, second_wfu = (np.asarray(params[name]["kernel"]) for name in ("conv1", "conv2"))
    ax.set_xlim(0, 10)
    ax.set_ylim(-0.4, UNITS[-1] + 1.1)
    ax.axis("off")
    for number in range(len(toy.PARTS)):
        for base, letter in enumerate("ACGT"):
            row = POOLED[number] + 0.96 - 0.25 * (base + 1)
            _cells(ax, row, first_w4f[:, base, number], 0.9, 1.0, 0.25)
            ax.text(0.8, row + 0.12, letter, ha="right", va="center", fontsize=4.5)
    for number in range(len(toy.PATTERNS)):
        for part, name in enumerate(toy.PARTS):
            row = UNITS[number] + 0.5 * part + 0.03
            _cells(ax, row, second_wfu[:, part, number], 0.9, 2.8, 0.47)
            ax.text(2.6, row + 0.24, name, ha="right", va="center", fontsize=5)
    ax.text(4, UNITS[-1] + 1.15, "kernels", ha="center", fontsize=8, color="0.3")
