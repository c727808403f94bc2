"""Decodes layers of a network into a run directory: a folder a layer, with its page, motifs and tables."""

import pathlib
import sys
import time
from collections.abc import Sequence

import numpy as np
import tqdm

from jaxmotif import __version__, files
from jaxmotif.apps import rundir
from jaxmotif.apps.decode import diagnosis, layer_page, syntax_figure
from jaxmotif.apps.decode import page as pages
from jaxmotif.apps.decode import reading as readings
from jaxmotif.apps.decode.settings import Settings
from jaxmotif.motifs import hits, jaspar, meme
from jaxmotif.neuronmotif import pipeline, stack
from jaxmotif.neuronmotif.diagnosis import mixtures
from jaxmotif.neuronmotif.leaves import decoded as decodeds
from jaxmotif.neuronmotif.syntax import arrangements
from jaxmotif.report import page, table

# Neurons of a layer whose syntax tree is also drawn into a file.
FIGURES = 6
PLAIN_INTERVAL = 10.0  # seconds between lines where there is no terminal


class Progress:
    """Neurons of one layer done: a bar on a terminal, plain lines elsewhere."""

    def __init__(self, label: str, stream=None):
        self._label, self._stream = label, stream or sys.stderr
        self._bar, self._last = None, time.monotonic()

    def __call__(self, done: int, of: int) -> None:
        if self._stream.isatty():
            if self._bar is None:
                self._bar = tqdm.tqdm(
                    total=of, initial=done, desc=self._label, unit="neuron", file=self._stream
                )
            self._bar.update(done - self._bar.n)
            if done == of:
                self._bar.close()
        elif done == of or time.monotonic() - self._last >= PLAIN_INTERVAL:
            print(f"{self._label}: {done} of {of} neurons", file=self._stream, flush=True)
            self._last = time.monotonic()


def decode_layers(
    network: stack.Stack,
    layers: Sequence[int],
    neurons: Sequence[int] | None,
    settings: Settings,
    folder: pathlib.Path,
    extra=None,
) -> list[dict]:
    """Decodes and reports `layers` (from 1), and the layers below them that seeds need.

    Args:
      neurons: channels, for the last of `layers` alone; None: all.
      extra: a function of a `Reading`, the known motifs, `settings` and the layer's folder that returns further
        sections of its page; see `scanning.sections`.

    Returns:
      One row a layer, as in table.md.
    """
    for layer in layers:
        network.check_layer(layer)
    database = jaspar.database(settings.database)
    lower, rows = None, []
    needed = range(1, max(layers) + 1) if settings.decode.motif_seeds else sorted(layers)
    for layer in needed:
        begin = time.monotonic()
        wanted = neurons if layer == max(layers) else None
        found = pipeline.decode_layer(
            network, layer, wanted, lower, settings.decode, folder, Progress(f"layer {layer}")
        )
        decodeds.save(folder / f"layer{layer}" / "decoded.npz", found)
        lower = found if settings.decode.motif_seeds else None
        if layer in layers:
            seconds = time.monotonic() - begin
            reading = readings.read(
                found,
                database,
                settings.segments,
                settings.min_sites,
                settings.q_max,
                settings.ignore_outlier_spacings,
            )
            rows.append(write(reading, database, settings, folder / f"layer{layer}", seconds, extra))
            table.write_table(folder, rows)
    return rows


def write(reading, database, settings: Settings, folder: pathlib.Path, seconds: float, extra=None) -> dict:
    """Everything of one layer into its folder; returns its row of the table of layers."""
    found = reading.decoded
    live = ~found.dead
    row = {
        "layer": found.layer,
        "receptive field": found.width,
        "neurons": len(found.neurons),
        "dead": int(found.dead.sum()),
        "mixtures": int(mixtures(found)[0].sum()),
        "leaves": int((found.nsites > 0).sum()),
        "sequences": int(found.samples.sum()),
        "agreement": round(float(np.nanmean(found.agreement)), 2)
        if np.isfinite(found.agreement).any()
        else None,
        "words": len(reading.words),
        "known": sum(bool(word.hits) for word in reading.words),
        "seconds": round(seconds, 1),
    }
    for path in folder.glob("syntax-neuron*.png"):
        path.unlink()
    for name in (
        "diagnosis.png",
        "leaves.meme",
        "pooled.meme",
        "motifs.meme",
        "others.json",
        "others.md",
        "positions.npz",
    ):
        (folder / name).unlink(missing_ok=True)  # of an earlier request, perhaps for other neurons
    table.write_table(folder, readings.neuron_rows(reading))
    if live.any():
        filled = found.nsites > 0
        diagnosis.diagnosis_figure(
            folder / "diagnosis.png",
            found.leaf_maximum[filled],
            found.consensus[filled],
            found.nsites[filled],
            title=f"{found.name}, convolution {found.layer}",
        )
        meme.write_meme(folder / "leaves.meme", readings.leaf_motifs(reading))
    pooled = [group.motif for groups in reading.shifted for group in groups]
    if pooled:  # none where every leaf has too few sequences
        meme.write_meme(folder / "pooled.meme", pooled)
    if reading.words:
        meme.write_meme(folder / "motifs.meme", [word.motif for word in reading.words])
    hits.write_tsv(folder / "tomtom.tsv", [hit for word in reading.words for hit in word.hits])
    motifs = {number: word.motif for number, word in enumerate(reading.words)}
    joined = [one for one in reading.syntaxes if one.arrangements and len(one.arrangements[0].words) > 1]
    for one in sorted(joined, key=lambda one: -one.arrangements[0].sequences)[:FIGURES]:
        name = f"syntax-neuron{found.neurons[one.neuron]}.png"
        syntax_figure.syntax_figure(folder / name, one.arrangements[0].tree, motifs)
    files.write_text(
        folder / "syntax.txt",
        "".join(
            f"neuron {channel}\n{arrangements.as_text(one) or 'no motif'}\n\n"
            for channel, one in zip(found.neurons, reading.syntaxes, strict=True)
        ),
    )
    downloads = [
        page.Download(name, (folder / name).read_text(), label)
        for name, label in (
            ("motifs.meme", "the dictionary, for MEME Suite and others"),
            ("tomtom.tsv", "database matches"),
            ("syntax.txt", "arrangements of every neuron"),
        )
        if (folder / name).exists()
    ]
    environment = rundir.environment()
    report = pages.layer_report(
        reading,
        database,
        settings.database,
        summary(found, settings, seconds),
        downloads,
        f"jaxmotif {__version__}, jax {environment['versions']['jax']} on {environment['backend']}, "
        f"seed {settings.decode.seed}",
        extra(reading, database, settings, folder) if extra else (),
    )
    layer_page.write(folder / "report.html", report)
    return row


def summary(found, settings: Settings, seconds: float) -> list[tuple[str, str]]:
    """What is worth recording about a layer, for its page."""
    sampling, decoupling = settings.decode.sampling, settings.decode.decoupling
    digits = " x ".join(
        f"{size} (layer {layer})" for size, layer in zip(found.radix, found.pooled, strict=True)
    )
    exact = found.exact & ~found.dead
    how = (
        "every sequence enumerated, or exact expectations"
        if exact.all() and exact.size
        else (
            f"genetic algorithm, population {sampling.size(found.width)}, at most {sampling.generations} generations, "
            f"stop after {sampling.patience} without a record"
            + (f", {sampling.walk} steps of a Metropolis walk" if sampling.walk else "")
        )
    )
    return [
        ("Network", found.name),
        ("Receptive field", f"{found.width} nt"),
        ("Sampling", how),
        (
            "Activations counted",
            f"above {sampling.floor:.0%} of a neuron's largest, {sampling.bins} bins, "
            f"at most {sampling.cap} sequences each",
        ),
        ("Decoupling", f"{decoupling.method}, digits of a leaf: {digits or 'none, no pooling below'}"),
        (
            "Motif in a leaf",
            f"more than {settings.segments.bits:.3g} bits, {settings.segments.shortest} nt or more",
        ),
        ("Database", f"{settings.database}, q <= {settings.q_max:g}"),
        ("Seed", str(settings.decode.seed)),
        ("Time", f"{seconds:.0f} s for sampling and decoupling"),
    ]


def summary_lines(rows: Sequence[dict], folder: pathlib.Path) -> list[str]:
    """What the command prints in the end."""
    pages = [f"report: {folder}/layer{row['layer']}/report.html" for row in rows]
    return [table.format_table(rows).rstrip(), *pages]
