"""Figures 5a to 5c of Wei et al. 2021: q of neurons by layer and method, and counts of known motifs."""

import pathlib
import textwrap
from collections.abc import Sequence

import numpy as np

from experiments.neuronmotif.known_motifs import (
    DEEPEST_Q,
    METHODS_Q,
    SHOWN_Q,
    TOP,
    Known,
    deepest,
    minus_log10,
    read_text,
)
from jaxmotif.report import figures

# NeuronMotif and the methods that it is compared with, in this order.
COLORS = ("#d62839", "#255c99", "#109648", "#f0a30a")
# Of the room of a network, what its bars fill.
_STEP = 0.8
RULE_TEXT = {"tomtom": "Tomtom's q", "named": "named matches"}


def boxes(path: pathlib.Path, found: Sequence[Known], rule: str) -> None:
    """Writes box plots of -log10 q of the neurons, an axes a network and a box a layer and method.

    Args:
      path: PNG or SVG by the ending of the name.
      found: of all layers.
      rule: see `known_motifs.RULES`.
    """
    networks = list(dict.fromkeys(one.network for one in found))
    methods = list(dict.fromkeys(one.method for one in found))
    layers = {name: sorted({one.layer for one in found if one.network == name}) for name in networks}
    widths = [max(len(layers[name]), 2) for name in networks]
    drawing = figures.new_figure(1.3 + 0.75 * sum(widths) + 1.6, 3.6)
    axes = drawing.subplots(1, len(networks), squeeze=False, sharey=True, width_ratios=widths)[0]
    jitter, step = np.random.default_rng(0), 0.8 / len(methods)
    for column, (ax, name) in enumerate(zip(axes, networks, strict=True)):
        for one in (one for one in found if one.network == name):
            number = methods.index(one.method)
            at = layers[name].index(one.layer) + (number - (len(methods) - 1) / 2) * step
            _box(ax, at, step, minus_log10(one.best_q(rule)), COLORS[number % len(COLORS)], jitter)
        shown = {one.layer: one.width for one in found if one.network == name}
        ax.set_xticks(range(len(layers[name])), [f"{n}\n{shown[n]} nt" for n in layers[name]])
        ax.set_xlim(-0.6, len(layers[name]) - 0.4)
        ax.set_title(name, fontsize=9)
        ax.tick_params(labelsize=7)
        ax.spines[["top", "right"]].set_visible(False)
        ax.set_xlabel("convolution, receptive field", fontsize=8)
        if not column:
            label = f"$-\\log_{{10}}$ q of the best {TOP} neurons\n({RULE_TEXT[rule]}, q ≤ {SHOWN_Q:g})"
            ax.set_ylabel(label, fontsize=8)
    axes[0].set_ylim(0, max(axes[0].get_ylim()[1], 2) * 1.08)
    _legend(axes[-1], methods)
    _said(drawing, found)
    figures.save(drawing, path)


def _box(ax, at: float, step: float, values: np.ndarray, color: str, jitter) -> None:
    """A box of a layer's neurons with their points and number; only the number, 0, where there is none."""
    top = float(values.max()) if len(values) else 0.0
    said = {"textcoords": "offset points", "ha": "center", "fontsize": 6, "color": color}
    ax.annotate(str(len(values)), (at, top), (0, 3), **said)
    if not len(values):
        return
    ax.boxplot(
        [values],
        positions=[at],
        widths=0.75 * step,
        showfliers=False,
        manage_ticks=False,
        medianprops={"color": color, "linewidth": 1.4},
        **{key: {"color": color, "linewidth": 0.8} for key in ("boxprops", "whiskerprops", "capprops")},
    )
    places = at + jitter.uniform(-0.25, 0.25, len(values)) * step
    ax.plot(places, values, ".", color=color, markersize=2.5, alpha=0.5)


def _legend(ax, methods: Sequence[str]) -> None:
    for number, method in enumerate(methods):
        ax.plot([], [], "s", color=COLORS[number % len(COLORS)], label=method)
    ax.legend(fontsize=7, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))


def _said(drawing, found: Sequence[Known]) -> None:
    """Lays the figure out, with what the methods read below it."""
    text = textwrap.fill(read_text(found), int(16 * drawing.get_figwidth()))
    below = (0.12 * len(text.splitlines()) + 0.1) / drawing.get_figheight()
    drawing.text(0.5, below / 2, text, ha="center", va="center", fontsize=6.5, color="0.35")
    drawing.tight_layout(rect=(0, below, 1, 1))


def counts(path: pathlib.Path, found: Sequence[Known]) -> None:
    """Writes how many known motifs the deepest layers show: by network (5b), and by method (5c).

    Args:
      path: PNG or SVG by the ending of the name.
      found: of all layers.
    """
    last = deepest(found)
    networks = list(dict.fromkeys(one.network for one in last))
    methods = list(dict.fromkeys(one.method for one in last))
    widths = (0.75 * len(networks) + 0.6, (0.3 * len(methods) + 0.35) * len(networks) + 0.6)
    drawing = figures.new_figure(sum(widths) + 2.4, 3.1)
    left, right = drawing.subplots(1, 2, width_ratios=widths)
    for at, name in enumerate(networks):
        mine = [one for one in last if one.network == name]
        for one in mine:
            number = methods.index(one.method)
            if one.method == "NeuronMotif":
                _bar(left, at, 0.7, one, 0, DEEPEST_Q)
            _bar(
                right,
                at + (number - (len(methods) - 1) / 2) * _STEP / len(methods),
                _STEP / len(methods),
                one,
                number,
                METHODS_Q,
            )
    labels = [
        f"{textwrap.fill(one.network, 12)}\nlayer {one.layer}" for one in last if one.method == "NeuronMotif"
    ]
    for ax in (left, right):
        ax.set_xticks(range(len(networks)), labels, fontsize=7)
        ax.set_xlim(-0.6, len(networks) - 0.4)
        ax.tick_params(axis="y", labelsize=7)
        ax.spines[["top", "right"]].set_visible(False)
        ax.set_ylim(0, max(ax.get_ylim()[1], 1) * 1.1)
        ax.yaxis.get_major_locator().set_params(integer=True)
    left.set_title(f"NeuronMotif, q ≤ {DEEPEST_Q:g}", fontsize=9)
    right.set_title(f"by method, q ≤ {METHODS_Q:g}", fontsize=9)
    left.set_ylabel("known motifs, named (pale and\nin brackets: by Tomtom's q alone)", fontsize=8)
    _legend(right, methods)
    _said(drawing, last)
    figures.save(drawing, path)


def _bar(ax, at: float, width: float, one: Known, number: int, q_max: float) -> None:
    """A bar of the named motifs in front of one of those by Tomtom's q, and both numbers."""
    color = COLORS[number % len(COLORS)]
    outer, inner = (len(one.targets(rule, q_max)) for rule in ("tomtom", "named"))
    ax.bar(at, outer, width=0.95 * width, color=color, alpha=0.3)
    ax.bar(at, inner, width=0.6 * width, color=color)
    said = f"{inner}" if inner == outer else f"{inner} ({outer})"
    offset = {"textcoords": "offset points", "ha": "center", "fontsize": 7, "color": color}
    ax.annotate(said, (at, max(inner, outer)), (0, 2), **offset)
