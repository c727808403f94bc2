"""A read layer as plain data for its page."""

import itertools
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from jaxmotif import dna
from jaxmotif.apps.decode import (
    baselines_table,
    layer_motifs,
    methods,
    outputs_table,
    spacing_charts,
    swap_chart,
    syntax_figure,
)
from jaxmotif.apps.decode.baselines_table import Others
from jaxmotif.apps.decode.layer_data import (
    LayerReport,
    LeafLogo,
    Match,
    NeuronRow,
    NullTest,
    OtherReading,
    SyntaxRow,
    WordRow,
)
from jaxmotif.apps.decode.layer_motifs import LayerMotifs
from jaxmotif.motifs import naming
from jaxmotif.motifs.motif import Motif
from jaxmotif.neuronmotif.diagnosis import mixtures
from jaxmotif.neuronmotif.syntax import arrangements, shifts
from jaxmotif.report import page
from jaxmotif.report.templates import logo

# Arrangements of a neuron whose tree is drawn, and those listed at all.
TREES, LISTED = 2, 8
# Pooled motifs of a neuron that are shown.
POOLED = 2


def leaf_shifts(groups: Sequence[shifts.AlignedMotif], leaves: int) -> np.ndarray:
    """Returns columns by which each leaf's logo moves to the right to lie on those it is a shift of, (T,)."""
    moved = np.zeros(leaves, np.int64)
    for group in groups:
        moved[group.leaves] = -group.shifts
    return moved


def shift_text(group: shifts.AlignedMotif, nsites_t: np.ndarray) -> str:
    """Returns "5 leaves pooled: 4,000 sequences; moved by 0 nt 1,200, 1 nt 2,800" """
    moved = group.shifts - group.shifts.min()
    counts = [(by, float(nsites_t[group.leaves[moved == by]].sum())) for by in np.unique(moved)]
    places = ", ".join(f"{by} nt {count:,.0f}" for by, count in counts)
    return f"{len(group.leaves)} leaves pooled: {group.motif.nsites:,.0f} sequences; moved by {places}"


def _leaves(layer: LayerMotifs, index: int) -> list[LeafLogo]:
    decoded = layer.decoded
    ppm, nsites = decoded.ppm[index], decoded.nsites[index]
    if not nsites.any():
        return []
    moved = leaf_shifts(layer.aligned[index], len(nsites))
    moved -= moved[nsites > 0].min()
    labels = [".".join(map(str, digits)) or "-" for digits in decoded.digits()]
    return [
        LeafLogo(
            Motif(f"leaf {labels[leaf]}", ppm[leaf], float(nsites[leaf]), alphabet=decoded.alphabet),
            labels[leaf],
            float(nsites[leaf]),
            float(decoded.leaf_maximum[index, leaf]),
            float(decoded.consensus[index, leaf]),
            float(decoded.drawn[index, leaf]),
            int(moved[leaf]),
        )
        for leaf in np.flatnonzero(nsites)
    ]


def _pooled(layer: LayerMotifs, index: int) -> list[SyntaxRow]:
    """The motifs that several leaves are shifts of."""
    nsites = layer.decoded.nsites[index]
    groups = [group for group in layer.aligned[index] if len(group.leaves) > 1][:POOLED]
    return [
        SyntaxRow(shift_text(group, nsites), logo(group.motif.ppm, alphabet=group.motif.alphabet))
        for group in groups
    ]


def _syntax(found: arrangements.Syntax) -> list[SyntaxRow]:
    if not found.arrangements:
        return []
    lines = arrangements.as_text(found).split("\n")
    motifs = {number: word.motif for number, word in enumerate(found.words)}
    rows = []
    for line, arrangement in zip(lines[:LISTED], found.arrangements[:LISTED], strict=True):
        drawn = len(arrangement.words) > 1 and sum(bool(row.svg) for row in rows) < TREES
        drawing = syntax_figure.syntax_svg(arrangement.tree, motifs, title=line) if drawn else Markup()
        rows.append(SyntaxRow(line, drawing))
    if len(lines) > LISTED:
        rows.append(SyntaxRow(f"and {len(lines) - LISTED} rarer arrangements"))
    return rows


def mixing_text(layer: LayerMotifs, index: int) -> str:
    """Returns "6,400 steps of the walk; R-hat of activation 1.02, ..."; "" where nobody walked."""
    decoded = layer.decoded
    if not np.isfinite(decoded.mixing[index]):
        return ""
    row = layer_motifs.mixing_row(decoded, index)
    values = ", ".join(f"{name.removeprefix('R-hat ')} {value:.2f}" for name, value in row.items())
    steps = int(decoded.steps[index]) if decoded.steps is not None else 0
    return f"{steps:,} steps of the walk; R-hat of {values}"


def unmixed_text(layer: LayerMotifs) -> str:
    """Returns a warning that names the neurons whose sample hangs on where it began, "" for none."""
    channels = layer.decoded.neurons[layer.unmixed]
    if not len(channels):
        return ""
    named = ", ".join(map(str, channels[:LISTED])) + (", ..." if len(channels) > LISTED else "")
    limit = layer.settings.decode.sampling.mixed
    return (
        f"The walkers of {len(channels)} of {len(layer.decoded.neurons)} neurons had not mixed when the "
        f"walk ended (R-hat above {limit:g}: {named}). Their leaves and sampled distances hang on where the "
        "search began; distances of the spacing scan do not."
    )


def _matches(layer: LayerMotifs, index: int) -> list[Match]:
    """Known motifs of the neuron's own leaves; of several of one title the best."""
    best = {}
    for hit in layer.own[index].named:
        best.setdefault(naming.title(hit.target), hit.q)
    return list(itertools.starmap(Match, best.items()))


def _words(layer: LayerMotifs, index: int) -> list[Match]:
    known = [word for word in layer.words_of(index) if word.named]
    return [Match(naming.title(word.named[0].target), word.named[0].q, word.name) for word in known]


def _others(layer: LayerMotifs, others: Others | None, index: int) -> list[OtherReading]:
    leaves = _leaves(layer, index)
    if not others or not leaves:
        return []
    # They lie on the receptive field, as the leaf that most of the activation comes from.
    strongest = max(leaves, key=lambda leaf: leaf.maximum)
    return baselines_table.of_neuron(layer, others, index, strongest.shift)


def _null(layer: LayerMotifs, index: int) -> NullTest | None:
    if layer.significance is None or layer.decoded.dead[index]:
        return None
    tested = layer.significance.neurons
    return NullTest(float(tested.p[index]), float(tested.q[index]), tested.nulls)


def neurons(layer: LayerMotifs, others: Others | None = None) -> list[NeuronRow]:
    """Returns a row of the page for each neuron; where effects are known, the largest first."""
    decoded, (mixed, texts) = layer.decoded, mixtures(layer.decoded)
    rows = [
        NeuronRow(
            channel=int(channel),
            maximum=float(decoded.maximum[index]),
            exact=bool(decoded.exact[index]),
            dead=bool(decoded.dead[index]),
            reason=decoded.reason[index],
            generations=int(decoded.generations[index]),
            samples=int(decoded.samples[index]),
            mixture=bool(mixed[index]),
            mixture_text=texts[index],
            agreement=float(decoded.agreement[index]),
            best="" if decoded.dead[index] else dna.decode(decoded.best[[index]], decoded.alphabet)[0],
            matches=_matches(layer, index),
            words=_words(layer, index),
            leaves=_leaves(layer, index),
            empty=int((decoded.nsites[index] == 0).sum()),
            syntax=_syntax(layer.syntaxes[index]) + _pooled(layer, index),
            spacing=spacing_charts.charts_of(layer.syntaxes[index]),
            effect=layer.effects.of(int(channel)) if layer.effects else None,
            others=_others(layer, others, index),
            swap=swap_chart.chart_of(layer.swaps.get(int(channel)), decoded),
            rhat=float(decoded.mixing[index]),
            mixing=mixing_text(layer, index),
            null=_null(layer, index),
        )
        for index, channel in enumerate(decoded.neurons)
    ]
    return sorted(rows, key=lambda row: -row.effect.size if row.effect else 0.0)


def words(layer: LayerMotifs) -> list[WordRow]:
    """Returns a row of the dictionary for each word."""
    return [
        WordRow(
            word.motif,
            len(word.members),
            layer.channels(word),
            word.hits,
            word.named,
            occurrence=layer.occurrence[number] if layer.occurrence else None,
        )
        for number, word in enumerate(layer.words)
    ]


def notes(layer: LayerMotifs) -> list[page.Note]:
    """Returns what a reader of the page should know of how neurons were sampled and motifs compared."""
    found, unmixed = [], unmixed_text(layer)
    if unmixed:
        found.append(page.Note(unmixed))
    of_dna = any(motif.has_complement for motif in layer.database)
    if of_dna and not dna.has_complement(layer.decoded.alphabet):
        text = f"{layer.settings.database} is of DNA; motifs of RNA are compared on one strand, U as T"
        found.append(page.Note(text, "info"))
    return found


def layer_report(
    layer: LayerMotifs,
    summary: Sequence[tuple[str, str]],
    downloads: Sequence[page.Download],
    provenance: str,
    extra: Sequence[page.Section] = (),
    others: Others | None = None,
) -> LayerReport:
    """Returns the whole page."""
    decoded, outputs = layer.decoded, outputs_table.section(layer)
    return LayerReport(
        title=f"{decoded.name}, convolution {decoded.layer}",
        subtitle=f"{len(decoded.neurons)} neurons, receptive field {decoded.width} nt, "
        f"{'up to ' if decoded.halves else ''}{decoded.leaves} leaves each",
        summary=summary,
        notes=notes(layer),
        neurons=neurons(layer, others),
        words=words(layer),
        database=layer.settings.database,
        downloads=downloads,
        provenance=provenance,
        extra=(*([outputs] if outputs else []), *extra),
        others=others.source if others else "",
        about=methods.about(layer),
        halves=decoded.halves,
    )
