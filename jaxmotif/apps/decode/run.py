"""Decodes layers of a network: in memory, or into a run directory with a folder per layer."""

import dataclasses
import functools
import os
import pathlib
import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from jaxmotif.apps.decode import baselines_table, layer_motifs, scanning, write
from jaxmotif.apps.decode.layer_motifs import LayerMotifs
from jaxmotif.apps.decode.measured import LayerEffects
from jaxmotif.apps.decode.settings import Settings
from jaxmotif.apps.progress import Progress
from jaxmotif.models.network import Network
from jaxmotif.motifs import jaspar
from jaxmotif.neuronmotif import chain, decode_layer, zero
from jaxmotif.neuronmotif.leaves import decoded as decodeds
from jaxmotif.neuronmotif.null import null_network
from jaxmotif.report import table


def decode(  # noqa: PLR0913 - what is decoded, and where it goes on
    network: Network | chain.Chain,
    layer: int,
    neurons: Sequence[int] | None = None,
    settings: Settings = Settings(),
    lower: LayerMotifs | decodeds.Decoded | None = None,
    folder: str | os.PathLike | None = None,
    progress: Callable[[int, int], None] | None = None,
    sequences: np.ndarray | None = None,
) -> LayerMotifs:
    """Returns what neurons of one convolution recognise: leaves, dictionary, syntax and diagnosis.

    Args:
      network: its first member is read, or any convolutions. Of a network made from a function, the
        values are what its maps hold, less what counts as zero where 0 has no meaning (`neuronmotif.zero`);
        seeds are random, and leaves come from the maps below where poolings are not known.
      layer: number of the convolution, from 1.
      neurons: channels, from 0; None: all.
      settings: see `settings.named`.
      lower: the whole layer below, for seeds; None decodes the layers below first, where seeds need them.
      folder: where each neuron is kept as it is done, so that the same call continues; None keeps nothing.
      progress: called with (neurons done, neurons in all).
      sequences: uint8 (N, L), real ones, for what counts as zero; None: random letters.

    Raises:
      ValueError: for a layer or neuron that is not there, or a network that cannot be decoded.

    Examples:
      >>> import jaxmotif as jm
      >>> from jaxmotif.apps.decode.settings import Settings
      >>> from jaxmotif.config import with_fields
      >>> net = jm.Network.from_spec(jm.zoo.get("CNN-25 (4)", length=50, outputs=1))
      >>> quick = with_fields(Settings(), population=100, generations=3, walk=5, polish=2)
      >>> jm.decode(net, 1, [0], quick).mixtures.shape
      (1,)
    """
    network = chain.of(network)
    network.check_layer(layer)
    if settings.nulls:
        null_network(network)  # before hours of decoding, for what has none is refused
    database, begin = jaspar.database(settings.database), time.monotonic()
    if lower is None and settings.decode.motif_seeds and network.has_seeds and layer > 1:
        lower = decode_layer.decode(network, layer - 1, None, settings.decode, folder)
    below = lower.decoded if isinstance(lower, LayerMotifs) else lower
    if not network.has_seeds:
        below = None
    network = zero.with_zero(network, layer, settings.decode.above, sequences, folder)
    found = decode_layer.decode_layer(network, layer, neurons, below, settings.decode, folder, progress)
    read = layer_motifs.read(found, database, settings, time.monotonic() - begin)
    read = layer_motifs.swapped(layer_motifs.scanned(read, network), network)
    return with_nulls(read, network, folder, progress is not None) if settings.nulls else read


def with_nulls(
    layer: LayerMotifs, network: chain.Chain, folder: str | os.PathLike | None = None, progress: bool = False
) -> LayerMotifs:
    """Returns the layer with p and q against `settings.nulls` null networks, decoded with the same settings.

    Args:
      layer: read and scanned.
      network: that was decoded.
      folder: of the run; each null network is kept in a folder in it, and continued there.
      progress: whether to tell how far it is.

    Raises:
      ValueError: for a network made from a function.
    """
    decoded = []
    for number in range(layer.settings.nulls):
        null = null_network(network, number, layer.settings.decode.seed)
        place = pathlib.Path(folder) / f"null{number + 1}" if folder else None
        decoded.append(_null(null, layer, place, progress))
    return layer_motifs.against_nulls(layer, decoded)


def _null(network, like: LayerMotifs, folder: pathlib.Path | None, progress: bool) -> LayerMotifs:
    """The same neurons of a null network, with all that lies below them, read like those of `like`."""
    found = decode_layer.decode(
        network,
        like.decoded.layer,
        like.decoded.neurons.tolist(),
        like.settings.decode,
        folder,
        (lambda layer: Progress(f"{network.name}, layer {layer}", "neuron")) if progress else None,
    )
    return layer_motifs.scanned(layer_motifs.read(found, like.database, like.settings), network)


def decode_layers(  # noqa: PLR0913 - what is decoded, and what it is looked at in
    network: Network | chain.Chain,
    layers: Sequence[int],
    neurons: Sequence[int] | None,
    settings: Settings,
    folder: pathlib.Path,
    given: scanning.Given | None = None,
    effects: Mapping[int, LayerEffects] | None = None,
    extra: write.Extra | None = None,
) -> list[dict]:
    """Decodes and writes `layers` (from 1), and decodes the layers below them that seeds need.

    Args:
      network: see `decode`.
      layers: numbers of convolutions, from 1.
      neurons: channels, for the last of `layers` only; None: all.
      settings: see `decode`.
      folder: each layer gets a folder in it.
      given: sequences that the layers are looked at in; other methods read random windows without them.
      effects: of neurons on outputs, by layer, see `measured.find`; pages are sorted by them.
      extra: meets each layer and gives more sections, see `write.write`.

    Returns:
      One row per layer, as in table.md.
    """
    network = chain.of(network)
    for layer in layers:
        network.check_layer(layer)
    for layer in layers:  # first of all, so that a run that was stopped shows what it lacks
        (folder / f"layer{layer}").mkdir(parents=True, exist_ok=True)
    seeds, last = settings.decode.motif_seeds and network.has_seeds, max(layers)
    lower, rows = None, []
    for layer in range(1, last + 1) if seeds else sorted(layers):
        place, progress = folder / f"layer{layer}", Progress(f"layer {layer}", "neuron")
        if layer not in layers:
            lower = decode_layer.decode_layer(network, layer, None, lower, settings.decode, folder, progress)
            decodeds.save(place / "decoded.npz", lower)
            for stale in place.glob(baselines_table.FILE.format("*")):  # of those neurons that were asked for
                stale.unlink()
            continue
        wanted = neurons if layer == last else None
        sequences = given.data.sequences if given else None
        found = decode(network, layer, wanted, settings, lower, folder, progress, sequences)
        found = dataclasses.replace(found, effects=(effects or {}).get(layer))
        lower = found.decoded if seeds else None
        others, more = None, [extra] if extra else []
        if given:
            found = dataclasses.replace(found, occurrence=given.occurrence(found.words))
        if settings.others and isinstance(network, chain.ConvChain):
            others = given.others(network, found) if given else baselines_table.read(network, found)
        if given and isinstance(network, chain.ConvChain):
            more.append(functools.partial(given.sections, network))
        rows.append(write.write(found, place, more, others))
        table.write_table(folder, rows)
    return rows


def summary_lines(rows: Sequence[dict], folder: pathlib.Path) -> list[str]:
    """Returns what the command prints in the end."""
    pages = [f"report: {folder}/layer{row['layer']}/report.html" for row in rows]
    return [table.format_table(rows).rstrip(), *pages]
