"""A read layer as plain data for its page."""

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from jaxmotif import dna
from jaxmotif.apps.decode import syntax_figure
from jaxmotif.apps.decode.layer_data import LayerReport, LeafLogo, Match, NeuronRow, SyntaxRow, WordRow
from jaxmotif.apps.decode.reading import Reading
from jaxmotif.motifs.motif import Motif
from jaxmotif.neuronmotif.diagnosis import mixtures
from jaxmotif.neuronmotif.syntax import arrangements, shifts
from jaxmotif.report import page
from jaxmotif.report.templates import logo

# Arrangements of a neuron whose tree is drawn, and those listed at all.
TREES, LISTED = 2, 8
# Pooled motifs of a neuron that are shown.
POOLED = 2


def leaf_shifts(groups: Sequence[shifts.Shifted], leaves: int) -> np.ndarray:
    """Returns columns by which each leaf's logo moves to the right to lie on those it is a shift of, (T,)."""
    moved = np.zeros(leaves, np.int64)
    for group in groups:
        moved[group.leaves] = -group.shifts
    return moved


def shift_text(group: shifts.Shifted, nsites_t: np.ndarray) -> str:
    """ "5 leaves pooled: 4,000 sequences; moved by 0 nt 1,200, 1 nt 2,800" """
    moved = group.shifts - group.shifts.min()
    counts = [(by, float(nsites_t[group.leaves[moved == by]].sum())) for by in np.unique(moved)]
    places = ", ".join(f"{by} nt {count:,.0f}" for by, count in counts)
    return f"{len(group.leaves)} leaves pooled: {group.motif.nsites:,.0f} sequences; moved by {places}"


def _leaves(reading: Reading, index: int) -> list[LeafLogo]:
    decoded = reading.decoded
    ppm, nsites = decoded.ppm[index], decoded.nsites[index]
    if not nsites.any():
        return []
    moved = leaf_shifts(reading.shifted[index], len(nsites))
    moved -= moved[nsites > 0].min()
    labels = [".".join(map(str, digits)) or "-" for digits in decoded.digits()]
    return [
        LeafLogo(
            Motif(f"leaf {labels[leaf]}", ppm[leaf], float(nsites[leaf])),
            labels[leaf],
            float(nsites[leaf]),
            float(decoded.leaf_maximum[index, leaf]),
            float(decoded.consensus[index, leaf]),
            float(decoded.drawn[index, leaf]),
            int(moved[leaf]),
        )
        for leaf in np.flatnonzero(nsites)
    ]


def _pooled(reading: Reading, index: int) -> list[SyntaxRow]:
    """The motifs that several leaves are shifts of."""
    nsites = reading.decoded.nsites[index]
    groups = [group for group in reading.shifted[index] if len(group.leaves) > 1][:POOLED]
    return [SyntaxRow(shift_text(group, nsites), logo(group.motif.ppm)) for group in groups]


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


def _matches(reading: Reading, index: int) -> list[Match]:
    hits = [word.hits[0] for word in reading.words_of(index) if word.hits]
    return [Match(hit.label, hit.q) for hit in hits]


def neurons(reading: Reading) -> list[NeuronRow]:
    """Returns a row of the page for each neuron."""
    decoded, (mixed, texts) = reading.decoded, mixtures(reading.decoded)
    return [
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
            best="" if decoded.dead[index] else dna.decode(decoded.best[index : index + 1])[0],
            matches=_matches(reading, index),
            leaves=_leaves(reading, index),
            empty=int((decoded.nsites[index] == 0).sum()),
            syntax=_syntax(reading.syntaxes[index]) + _pooled(reading, index),
        )
        for index, channel in enumerate(decoded.neurons)
    ]


def words(reading: Reading) -> list[WordRow]:
    """Returns a row of the dictionary for each word."""
    return [
        WordRow(
            word.motif,
            len(word.members),
            reading.channels(word),
            word.hits[:3],
        )
        for word in reading.words
    ]


def layer_report(
    reading: Reading,
    database: Sequence[Motif],
    database_name: str,
    summary: Sequence[tuple[str, str]],
    downloads: Sequence[page.Download],
    provenance: str,
    extra: Sequence[page.Section] = (),
) -> LayerReport:
    """Returns the whole page."""
    decoded = reading.decoded
    return LayerReport(
        title=f"{decoded.name}, convolution {decoded.layer}",
        subtitle=f"{len(decoded.neurons)} neurons, receptive field {decoded.width} nt, "
        f"{decoded.leaves} leaves each",
        summary=summary,
        neurons=neurons(reading),
        words=words(reading),
        database=database_name,
        downloads=downloads,
        provenance=provenance,
        extra=extra,
    )
