"""How far the neurons that a neuron reads look at the same letters: Wei et al. 2021, Figure 4e.

A neuron of convolution l reads k neighbouring units of the layer below, each of which (pooling included)
sees w letters, j letters further than the one before. All k see w - (k - 1) j of the neuron's w + (k - 1) j
letters together, or none. The smaller that share, the more freely the parts of its receptive field can be
combined, and the easier a neuron mixes motifs that cannot stand for one another.
"""

import dataclasses
import fractions
import pathlib
from collections.abc import Sequence
from typing import NamedTuple

from experiments.common import published
from jaxmotif.models import zoo
from jaxmotif.models.spec import Conv, NetworkSpec, receptive_fields
from jaxmotif.report import figures

# Networks of the paper, and DD-10 with the first kernels that it tried.
NETWORKS = ("DeepSEA", "DD-10", "Basset", "BD-5", "BD-10")


class Overlap(NamedTuple):
    """What the units below a neuron see.

    Attributes:
      layer: the neuron's convolution, from 2.
      units: how many it reads side by side.
      width: letters that one of them sees.
      jump: letters between neighbouring ones.
      field: letters of all together.
      common: letters that all of them see.
    """

    layer: int
    units: int
    width: int
    jump: int
    field: int
    common: int

    @property
    def share(self) -> fractions.Fraction:
        """Letters that all units see, of those that any sees."""
        return fractions.Fraction(self.common, self.field)

    @property
    def neighbours(self) -> fractions.Fraction:
        """The same of two neighbouring units."""
        return fractions.Fraction(max(self.width - self.jump, 0), self.width + self.jump)


def of_convs(convs: Sequence[Conv]) -> list[Overlap]:
    """Returns the overlaps of every convolution but the first.

    Args:
      convs: of a network, from the first.
    """
    found = []
    for number, (below, conv) in enumerate(zip(receptive_fields(convs), convs[1:], strict=False), 2):
        width, jump = below.pooled_width, below.pooled_jump
        reach = (conv.kernel - 1) * jump
        found.append(Overlap(number, conv.kernel, width, jump, width + reach, max(width - reach, 0)))
    return found


def first_kernels(spec: NetworkSpec, kernels: Sequence[int]) -> dict[str, tuple[Conv, ...]]:
    """Returns the network's convolutions with other widths of the first kernel, by name."""
    return {
        f"{kernel} nt first": (dataclasses.replace(spec.convs[0], kernel=kernel), *spec.convs[1:])
        for kernel in kernels
    }


def rows() -> list[dict]:
    """Returns a row for each convolution of the networks, and for DD-10's second one by first kernel."""
    made = []
    for name in NETWORKS:
        made += [_row(name, one) for one in of_convs(zoo.get(name).convs)]
    tried = first_kernels(zoo.get("DD-10"), tuple(published.NEURONMOTIF_OVERLAP))
    for kernel, (name, convs) in zip(published.NEURONMOTIF_OVERLAP, tried.items(), strict=True):
        common, field = published.NEURONMOTIF_OVERLAP[kernel]
        row = _row(f"DD-10, {name}", of_convs(convs)[0])
        made.append({**row, "published": f"{common}/{field}"})
    return made


def _row(name: str, one: Overlap) -> dict:
    return {
        "model": name,
        "layer": one.layer,
        "units read": one.units,
        "nt of a unit": one.width,
        "nt between units": one.jump,
        "receptive field": one.field,
        "nt seen by all": one.common,
        "overlap of all": f"{one.common}/{one.field}",
        "share": round(float(one.share), 3),
        "share of neighbours": round(float(one.neighbours), 3),
    }


def figure(path: pathlib.Path) -> None:
    """Writes the units below a neuron as bars over its receptive field, PNG or SVG by the ending.

    The second convolution of DD-10 with every first kernel, then of the paper's other networks.
    """
    spec = zoo.get("DD-10")
    shown = {
        f"DD-10, {name}, layer 2": of_convs(convs)[0]
        for name, convs in first_kernels(spec, tuple(published.NEURONMOTIF_OVERLAP)).items()
    }
    shown |= {
        f"{name}, layer {layer}": of_convs(zoo.get(name).convs)[layer - 2]
        for name, layer in (
            ("BD-5", 2),
            ("DeepSEA", 2),
            ("Basset", 2),
            ("BD-10", 10),
        )
    }
    drawing = figures.new_figure(9.0, 4.2)
    for ax, (title, one) in zip(drawing.subplots(2, 4).flat, shown.items(), strict=True):
        for unit in range(one.units):
            ax.barh(unit, one.width, left=unit * one.jump, color="#255c99", alpha=0.65, height=0.7)
        begin = (one.units - 1) * one.jump
        if one.common:
            ax.axvspan(begin, begin + one.common, color="#f0a30a", alpha=0.35, linewidth=0)
        ax.set(xlim=(0, one.field), ylim=(one.units - 0.4, -0.6), yticks=[])
        ax.set_title(f"{title}\nall: {one.common}/{one.field} nt", fontsize=8)
        ax.tick_params(labelsize=7)
        ax.spines[["top", "right", "left"]].set_visible(False)
    drawing.supxlabel("letter of the receptive field", fontsize=8)
    drawing.tight_layout()
    figures.save(drawing, path)
