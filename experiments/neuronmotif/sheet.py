"""Diagnosis of all layers of all networks on one sheet, and dead neurons: Wei et al. 2021, Fig. 4a to d."""

import collections
import pathlib
from collections.abc import Sequence

import numpy as np

from experiments.common import published
from experiments.neuronmotif import overlap
from experiments.neuronmotif.decoded_runs import Layer
from jaxmotif.apps.decode.diagnosis import scatter
from jaxmotif.neuronmotif.diagnosis import NAMES, Regions, mixtures
from jaxmotif.report import figures

_SHADES = {"near zero": ("0.5", 0.16), "negative": ("#d62839", 0.13), "deviating": ("#f0a30a", 0.14)}
_POINTS = {"many": "#255c99", "few": "#d62839"}


def rows(layers: Sequence[Layer], regions: Regions = Regions()) -> list[dict]:
    """Returns a row for each layer: dead neurons and how that is known, leaves by region, mixtures, overlap.

    Shares of regions are of leaves with `regions.fewest` sequences or more.
    """
    made = []
    for layer in layers:
        found = layer.decoded
        filled = found.nsites > 0
        places = regions.of(found.leaf_maximum[filled], found.consensus[filled])
        enough = found.nsites[filled] >= regions.fewest
        ratio = found.consensus[filled] / np.maximum(found.leaf_maximum[filled], 1e-30)
        reasons = [reason for reason, dead in zip(found.reason, found.dead, strict=True) if dead]
        coupled = None
        if layer.convolutions is not None and layer.number > 1:
            coupled = overlap.of_convs(layer.convolutions.convs)[layer.number - 2]
        row = {
            "network": layer.network,
            "layer": layer.number,
            "receptive field": found.width,
            "neurons": len(found.neurons),
            "dead": len(reasons),
            "known by": ", ".join(f"{reasons.count(one)} {one}" for one in sorted(set(reasons))) or "-",
            "leaves": int(filled.sum()),
            f"below {regions.fewest} sequences": int((~enough).sum()),
            **{name: _share(places[enough] == name) for name in NAMES},
            "median consensus / max": round(float(np.median(ratio[enough])), 3) if enough.any() else None,
            "mixtures": int(mixtures(found, regions)[0].sum()),
            "overlap of all units": round(float(coupled.share), 3) if coupled else None,
        }
        if (layer.network, layer.number) in published.NEURONMOTIF_DEAD:
            row["dead, published"] = published.NEURONMOTIF_DEAD[layer.network, layer.number]
        made.append(row)
    return made


def _share(flags: np.ndarray) -> float | None:
    return round(float(flags.mean()), 3) if len(flags) else None


def figure(path: pathlib.Path, layers: Sequence[Layer], regions: Regions = Regions()) -> None:
    """Writes consensus against maximum activation of every leaf, a row a network and a column a layer.

    Args:
      path: PNG or SVG by the ending of the name.
      layers: to be drawn; those without a leaf are said to be so.
      regions: limits of the regions that are shaded.
    """
    networks = list(dict.fromkeys(layer.network for layer in layers))
    columns = max(sum(layer.network == name for layer in layers) for name in networks)
    width, height = max(2.2 * columns, 5.0) + 0.5, 2.6 * len(networks) + 0.7
    drawing = figures.new_figure(width, height)
    edges = dict(left=0.65 / width, right=1 - 0.1 / width, bottom=0.9 / height, top=1 - 0.3 / height)
    grid = drawing.add_gridspec(len(networks), columns, wspace=0.25, hspace=0.3, **edges)
    for number, name in enumerate(networks):
        for column, layer in enumerate(one for one in layers if one.network == name):
            cell = grid[number, column].subgridspec(2, 1, height_ratios=(1, 4), hspace=0.05)
            bars, ax = (drawing.add_subplot(part) for part in cell)
            bars.axis("off")
            bars.set_title(f"{name}, layer {layer.number}", fontsize=8)
            filled = layer.decoded.nsites > 0
            if not filled.any():
                ax.axis("off")
                ax.text(0.5, 0.5, "no leaf", ha="center", va="center", fontsize=8, color="0.5")
                continue
            _draw(bars, ax, layer, filled, regions)
    handles = [
        *(_patch(_SHADES[name], name) for name in _SHADES),
        *(
            _dot(_POINTS[kind], text)
            for kind, text in (
                ("many", f"{regions.fewest} sequences or more"),
                ("few", f"fewer than {regions.fewest}"),
            )
        ),
    ]
    drawing.supxlabel("maximum activation of the leaf", fontsize=8, y=0.4 / height)
    drawing.supylabel("activation of its consensus", fontsize=8, x=0.1 / width)
    drawing.legend(handles=handles, loc="lower center", ncols=5, fontsize=6.5, frameon=False)
    figures.save(drawing, path)


def _draw(bars, ax, layer: Layer, filled: np.ndarray, regions: Regions) -> None:
    found = layer.decoded
    shown = scatter(found.leaf_maximum[filled], found.consensus[filled], found.nsites[filled], regions)
    at = shown.frame
    bars.hist(shown.maximum_p, bins=30, range=(0, at.x1), color="#255c99", alpha=0.7)
    bars.set_xlim(0, at.x1)
    for name, corners in shown.regions:
        color, alpha = _SHADES[name]
        ax.fill(*zip(*corners, strict=True), color=color, alpha=alpha, linewidth=0)
    ax.plot([0, at.x1], [0, at.x1], color="0.5", linestyle=":", linewidth=0.8)
    ax.axhline(0, color="0.5", linewidth=0.5)
    for kind, x, y in shown.points:
        ax.plot(x, y, ".", color=_POINTS[kind], markersize=2.5, alpha=0.6)
    ax.set(xlim=(0, at.x1), ylim=(at.y0, at.y1))
    ax.tick_params(labelsize=6)
    ax.spines[["top", "right"]].set_visible(False)


def _patch(shade: tuple[str, float], label: str):
    from matplotlib.patches import Patch

    return Patch(color=shade[0], alpha=3 * shade[1], linewidth=0, label=label)


def _dot(color: str, label: str):
    from matplotlib.lines import Line2D

    return Line2D([], [], color=color, marker=".", linestyle="none", label=label)


def coupling_figure(path: pathlib.Path, made: Sequence[dict]) -> bool:
    """Writes the share of inconsistent leaves against the overlap of units below, if two layers have both.

    Args:
      path: PNG or SVG by the ending of the name.
      made: see `rows`.

    Returns:
      Whether there was something to draw.
    """
    known = [
        (row["overlap of all units"], 1 - row["consistent"], row["network"], row["layer"])
        for row in made
        if row["overlap of all units"] is not None and row["consistent"] is not None
    ]
    if len(known) < 2:
        return False
    drawing = figures.new_figure(4.6, 3.4)
    ax = drawing.subplots()
    labelled: collections.Counter[tuple[float, float]] = collections.Counter()
    for number, name in enumerate(dict.fromkeys(one[2] for one in known)):
        # Layers on one spot share a label, and networks on one have theirs above each other.
        spots: dict[tuple[float, float], list[str]] = {}
        for share, off, network, layer in known:
            if network == name:
                spots.setdefault((share, round(off, 4)), []).append(str(layer))
        said = dict(textcoords="offset points", fontsize=7, color=f"C{number}")
        ax.plot(*zip(*spots, strict=True), "o", color=f"C{number}", alpha=0.7, label=name)
        for spot, layers in spots.items():
            ax.annotate(", ".join(layers), spot, (4, 3 + 8 * labelled[spot]), **said)
            labelled[spot] += 1
    ax.set_xlabel("share of the receptive field that all units below see", fontsize=8)
    ax.set_ylabel("share of leaves that are not consistent", fontsize=8)
    ax.tick_params(labelsize=7)
    ax.margins(0.12)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(fontsize=7, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    drawing.tight_layout()
    figures.save(drawing, path)
    return True
