"""Writes what was read of one layer into a folder: page, motifs, tables, figures."""

import pathlib
from collections.abc import Callable, Sequence

from jaxmotif import __version__, files
from jaxmotif.apps import rundir
from jaxmotif.apps.decode import (
    baselines_table,
    diagnosis,
    layer_motifs,
    layer_page,
    methods,
    outputs_table,
    syntax_figure,
)
from jaxmotif.apps.decode import page as pages
from jaxmotif.apps.decode.baselines_table import Others
from jaxmotif.apps.decode.layer_motifs import LayerMotifs
from jaxmotif.motifs import hits, meme
from jaxmotif.neuronmotif.leaves import decoded as decodeds
from jaxmotif.neuronmotif.syntax import arrangements, segments
from jaxmotif.report import page, table

# Neurons of a layer whose syntax tree is also drawn into a file.
FIGURES = 6
# Of an earlier request, perhaps for other neurons.
_OPTIONAL = (
    "diagnosis.png",
    "effects.npz",
    "leaves.meme",
    "pooled.meme",
    "motifs.meme",
    "others.json",
    "others.md",
    *map(baselines_table.FILE.format, baselines_table.TITLES),
    "outputs.json",
    "outputs.md",
    "positions.npz",
    "spacing.tsv",
)
Extra = Callable[[LayerMotifs, pathlib.Path], Sequence[page.Section]]


def write(
    layer: LayerMotifs,
    folder: pathlib.Path,
    extra: Sequence[Extra] = (),
    others: Others | None = None,
) -> dict:
    """Writes everything of one layer into its folder; returns its row of the table of layers.

    Args:
      layer: what was read.
      folder: made if it is not there.
      extra: functions that return further sections of the page and may write to the folder; see
        `scanning.Given.sections`.
      others: what other methods show of the neurons.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("syntax-neuron*.png"):
        path.unlink()
    for name in _OPTIONAL:
        (folder / name).unlink(missing_ok=True)
    decodeds.save(folder / "decoded.npz", layer.decoded)
    table.write_table(folder, layer_motifs.neuron_rows(layer))
    if layer.effects:
        layer.effects.save(folder / "effects.npz")
        table.write_table(folder, outputs_table.rows(layer), name="outputs")
    table.write_table(folder, layer_motifs.word_rows(layer), name="words")
    _write_motifs(layer, folder)
    _write_syntax(layer, folder)
    further = [
        *([baselines_table.write(layer, others, folder)] if others else ()),
        *(section for one in extra for section in one(layer, folder)),
    ]
    environment = rundir.environment()
    told = summary(layer)
    further.append(methods.methods(layer, told, environment, others.source if others else ""))
    report = pages.layer_report(
        layer,
        told,
        _downloads(folder),
        f"jaxmotif {__version__}, jax {environment['versions']['jax']} on {environment['backend']}, "
        f"seed {layer.settings.decode.seed}",
        further,
        others,
    )
    layer_page.write(folder / "report.html", report)
    return layer.row()


def _write_motifs(layer: LayerMotifs, folder: pathlib.Path) -> None:
    found = layer.decoded
    if not found.dead.all():
        filled = found.nsites > 0
        diagnosis.diagnosis_figure(
            folder / "diagnosis.png",
            found.leaf_maximum[filled],
            found.consensus[filled],
            found.nsites[filled],
            title=f"{found.name}, convolution {found.layer}",
        )
        meme.write_meme(folder / "leaves.meme", layer.leaves)
    pooled = [group.motif for groups in layer.aligned for group in groups]
    if pooled:  # none where every leaf has too few sequences
        meme.write_meme(folder / "pooled.meme", pooled)
    if layer.words:
        meme.write_meme(folder / "motifs.meme", [word.motif for word in layer.words])
    hits.write_tsv(folder / "tomtom.tsv", [hit for word in layer.words for hit in word.hits])


def _write_syntax(layer: LayerMotifs, folder: pathlib.Path) -> None:
    motifs = {number: word.motif for number, word in enumerate(layer.words)}
    joined = [one for one in layer.syntaxes if one.arrangements and len(one.arrangements[0].words) > 1]
    for one in sorted(joined, key=lambda one: -one.arrangements[0].sequences)[:FIGURES]:
        name = f"syntax-neuron{layer.decoded.neurons[one.neuron]}.png"
        syntax_figure.syntax_figure(folder / name, one.arrangements[0].tree, motifs)
    files.write_text(
        folder / "syntax.txt",
        "".join(
            f"neuron {channel}{_null_text(layer, one.neuron)}\n{arrangements.as_text(one) or 'no motif'}\n\n"
            for channel, one in zip(layer.decoded.neurons, layer.syntaxes, strict=True)
        )
        + _scan_note(layer),
    )
    rows = [
        {"neuron": int(channel), **row}
        for channel, one in zip(layer.decoded.neurons, layer.syntaxes, strict=True)
        for scan in one.scans
        for row in scan.rows()
    ]
    if rows:
        lines = ["\t".join(map(str, row)) for row in (rows[0], *(row.values() for row in rows))]
        files.write_text(folder / "spacing.tsv", "\n".join(lines) + "\n")


def _null_text(layer: LayerMotifs, index: int) -> str:
    if layer.significance is None or layer.decoded.dead[index]:
        return ""
    return f", null q {layer.significance.neurons.q[index]:.2g}"


def _scan_note(layer: LayerMotifs) -> str:
    null = "" if layer.significance is None else f"# Null q: {layer.significance}.\n"
    if not any(one.scans for one in layer.syntaxes):
        return null
    scan = layer.settings.scan
    return null + (
        f"# Distances: with both words at the best place, {scan.share:.0%} or more of {scan.backgrounds}\n"
        "# random backgrounds activate the neuron; see spacing.tsv. In brackets what sampling\n"
        "# saw, and whether both words do more than the sum of each (cooperative, at the distances\n"
        "# with half of the largest interaction or more), less (redundant) or that sum (additive).\n"
    )


def _downloads(folder: pathlib.Path) -> list[page.Download]:
    return [
        page.Download(name, (folder / name).read_text(), label)
        for name, label in (
            ("motifs.meme", "the dictionary, for MEME Suite and others"),
            ("tomtom.tsv", "database matches"),
            ("syntax.txt", "arrangements of every neuron"),
        )
        if (folder / name).exists()
    ]


def _decoupled_by(layer: LayerMotifs) -> str:
    """What sequences were split by."""
    if layer.decoded.halves:
        return "k-means on the maps below, halves kept by the integrated completed likelihood"
    return layer.settings.decode.decoupling.method


def summary(layer: LayerMotifs) -> list[tuple[str, str]]:
    """Returns what is worth recording about a layer, for its page."""
    found, settings = layer.decoded, layer.settings
    sampling = settings.decode.sampling
    digits = " x ".join(
        f"{size} (layer {number})" for size, number in zip(found.radix, found.pooled, strict=True)
    )
    exact = found.exact & ~found.dead
    narrow = segments.is_narrow(found.width, settings.segments)
    how = (
        "every sequence enumerated, or exact expectations"
        if exact.all() and exact.size
        else (
            f"genetic algorithm, population {sampling.size(found.width)}, "
            f"at most {sampling.generations} generations, "
            f"stop after {sampling.patience} without a record"
            + (
                f", {sampling.walk} to {sampling.walk_most} steps of a Metropolis walk "
                f"of {sampling.walkers} walkers"
                if sampling.walk
                else ""
            )
        )
    )
    return [
        ("Network", found.name),
        ("Receptive field", f"{found.width} nt"),
        ("Sampling", how),
        (
            "Activations counted",
            f"above {sampling.floor:.0%} of a neuron's largest, {sampling.bins} bins, "
            f"at most {sampling.cap} sequences each"
            + (
                f"; from the {settings.decode.above:.0%} quantile of its values on sequences, not from 0"
                if found.zero is not None and found.zero.any()
                else ""
            ),
        ),
        ("Decoupling", f"{_decoupled_by(layer)}, digits of a leaf: {digits or 'none, no pooling below'}"),
        (
            "Motif in a leaf",
            f"more than {settings.segments.bits:.3g} bits, {settings.segments.shortest} nt or more"
            + (", flanks beyond the field counted" if narrow else ""),
        ),
        ("Database", f"{settings.database}, q <= {settings.q_max:g}"),
        *((("Null networks", str(layer.significance)),) if layer.significance else ()),
        ("Seed", str(settings.decode.seed)),
        ("Time", f"{layer.seconds:.0f} s for sampling and decoupling"),
    ]
