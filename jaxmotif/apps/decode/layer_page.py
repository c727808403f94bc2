"""The page of one decoded layer: diagnosis, dictionary, neurons. One file that loads nothing."""

import os
from dataclasses import dataclass

from jaxmotif.apps.decode.diagnosis import NAMES, TEXTS, Regions, diagnosis_svg
from jaxmotif.apps.decode.dictionary_table import DictionaryTable
from jaxmotif.apps.decode.layer_data import LayerReport, LeafLogo
from jaxmotif.apps.decode.layer_script import SCRIPT, STYLE
from jaxmotif.apps.decode.neuron_table import NeuronTable
from jaxmotif.report import page


@dataclass(frozen=True)
class Diagnosis:
    """The section with the scatter of all leaves; its points are those of the page's data block, in order."""

    title: str
    leaves: tuple[LeafLogo, ...]
    regions: Regions

    def html(self) -> str:
        if not self.leaves:
            return '<p class="empty">No leaf holds a sequence.</p>'
        maximum, consensus = (
            [getattr(leaf, name) for leaf in self.leaves] for name in ("maximum", "consensus")
        )
        nsites = [leaf.nsites for leaf in self.leaves]
        places = self.regions.of(maximum, consensus)
        few = sum(n < self.regions.fewest for n in nsites)
        rows = "".join(
            f"<div><dt>{TEXTS[name]}</dt><dd>{(places == name).sum():,} "
            f"<small>({(places == name).mean():.0%})</small></dd></div>"
            for name in NAMES
        )
        return (
            '<div class="diagnosis-row"><figure>'
            f"{diagnosis_svg(maximum, consensus, nsites, self.regions)}</figure><div>"
            '<p id="point" role="status">Hover a point for its leaf, click it for its neuron.</p>'
            f'<dl class="facts">{rows}<div><dt>leaves</dt><dd>{len(nsites):,}</dd></div></dl>'
            f'<ul class="legend"><li class="many"><span>{self.regions.fewest} sequences or more '
            f'({len(nsites) - few:,})</span></li><li class="few"><span>fewer ({few:,})</span></li></ul>'
            '<p class="lead">One point a leaf: the largest activation of its sequences, and the activation of '
            "the most probable letters of its motif. On the diagonal the motif says what the neuron recognises; "
            "far below it, or where the consensus does not activate the neuron at all, sequences of motifs that "
            "cannot stand for one another were laid on top of each other. A maximum near zero says little "
            f"(here below {self.regions.near_zero:.0%} of the layer's largest; far from the diagonal is below "
            f"{self.regions.consistent:.0%} of the leaf's maximum). Above: how many leaves have which maximum.</p>"
            "</div></div>"
        )


def as_report(report: LayerReport) -> page.Report:
    """The layer as a page of sections.

    Raises:
      ValueError: for a leaf whose activations are not finite.
    """
    neurons, words = report.neurons, report.words
    leaves = tuple(leaf for neuron in neurons for leaf in neuron.leaves)
    dead = sum(neuron.dead for neuron in neurons)
    live = len(neurons) - dead
    known = sum(bool(word.hits) for word in words)
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
            Diagnosis("Diagnosis", leaves, report.regions),
            DictionaryTable("Dictionary", words, report.database),
            NeuronTable("Neurons", neurons, report.database, report.regions),
            *report.extra,
        ),
        downloads=report.downloads,
        provenance=report.provenance,
        style=STYLE,
        script=SCRIPT,
    )


def write(path: str | os.PathLike, report: LayerReport) -> None:
    """Writes the page into a file, at once or not at all.

    Raises:
      ValueError: see `as_report`.
    """
    page.write(path, as_report(report))
