"""The page of one decoded layer: diagnosis, dictionary, neurons. One file that loads nothing."""

import os
from dataclasses import dataclass

from markupsafe import Markup

from jaxmotif.apps.decode.diagnosis import TEXTS, diagnosis_svg
from jaxmotif.apps.decode.dictionary_table import DictionaryTable
from jaxmotif.apps.decode.layer_data import LayerReport, LeafLogo
from jaxmotif.apps.decode.neuron_table import NeuronTable
from jaxmotif.neuronmotif.diagnosis import NAMES, Regions
from jaxmotif.report import page, templates

PACKAGE = "jaxmotif.apps.decode"


@dataclass(frozen=True)
class Diagnosis:
    """The section with the scatter of all leaves; its points are those of the page's data block, in order.

    Attributes:
      title: of the section.
      leaves: of all neurons.
      regions: limits of the diagnosis.
    """

    title: str
    leaves: tuple[LeafLogo, ...]
    regions: Regions

    def html(self) -> Markup:
        """Returns the section's body.

        Raises:
          ValueError: for a leaf whose activations are not finite.
        """
        if not self.leaves:
            return templates.render("diagnosis.html", PACKAGE, leaves=0)
        maximum, consensus = (
            [getattr(leaf, name) for leaf in self.leaves] for name in ("maximum", "consensus")
        )
        nsites = [leaf.nsites for leaf in self.leaves]
        places = self.regions.of(maximum, consensus)
        return templates.render(
            "diagnosis.html",
            PACKAGE,
            drawing=diagnosis_svg(maximum, consensus, nsites, self.regions),
            regions=self.regions,
            places=[(TEXTS[name], (places == name).sum(), (places == name).mean()) for name in NAMES],
            leaves=len(nsites),
            few=sum(n < self.regions.fewest for n in nsites),
        )


def as_report(report: LayerReport) -> page.Report:
    """Returns the layer as a page of sections.

    Raises:
      ValueError: for a leaf whose activations are not finite.
    """
    neurons, words = report.neurons, report.words
    leaves = tuple(leaf for neuron in neurons for leaf in neuron.leaves)
    dead = sum(neuron.dead for neuron in neurons)
    live = len(neurons) - dead
    known = sum(bool(word.named) for word in words)
    of_live = f"of {live:,} live neurons"
    headline = (
        ("Neurons", f"{len(neurons):,}", f"{dead:,} dead"),
        ("Mixtures", f"{sum(neuron.mixture for neuron in neurons):,}", of_live),
        ("With a known motif", f"{sum(bool(neuron.matches) for neuron in neurons):,}", of_live),
        ("Leaves", f"{len(leaves):,}", "that hold sequences"),
        ("Dictionary", f"{len(words):,}", f"{known:,} known, {len(words) - known:,} novel"),
    )
    return page.Report(
        title=report.title,
        subtitle=report.subtitle,
        headline=headline,
        details=report.summary,
        notes=report.notes,
        sections=(
            *([report.about] if report.about else []),
            Diagnosis("Diagnosis", leaves, report.regions),
            DictionaryTable("Dictionary", words, report.database),
            NeuronTable("Neurons", neurons, report.database, report.regions, report.others, report.halves),
            *report.extra,
        ),
        downloads=report.downloads,
        provenance=report.provenance,
        style=templates.asset("layer.css", PACKAGE),
        script=templates.asset("layer.js", PACKAGE),
    )


def write(path: str | os.PathLike, report: LayerReport) -> None:
    """Writes the page into a file, at once or not at all.

    Raises:
      ValueError: see `as_report`.
    """
    page.write(path, as_report(report))
