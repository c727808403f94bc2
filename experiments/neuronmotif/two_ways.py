"""Leaves by the maps below against leaves by the poolings below, of the same samples.

Where poolings are known, what is done without them can be judged: their leaves are the reference. How alike
two partitions have to be is measured, too: the poolings' own two ways (clusters, and places of the winners)
agree on the same sequences to some degree, and the maps' leaves shall be as near to the poolings' as that.
"""

import dataclasses
import functools
import pathlib

import jax
import numpy as np
from sklearn.metrics import adjusted_rand_score

from experiments.neuronmotif.checks import Check
from jaxmotif import files
from jaxmotif.neuronmotif import chain
from jaxmotif.neuronmotif.leaves import decouple
from jaxmotif.neuronmotif.sample import reservoir, sampling
from jaxmotif.neuronmotif.settings import Decoupling

# Leaves are alike from here on: correlation of their PPMs, column by letter.
ALIKE = 0.9
# The maps' leaves need not be nearer than that to the poolings', however alike the poolings' two ways are.
ENOUGH = 0.8
# Share of neurons that have to be as near.
NEURONS = 0.8
# Sequences of a neuron that are compared at most, evenly over its activations.
ROWS = 8000


@functools.partial(jax.jit, static_argnames=("bins", "settings"))
def _leaves(key, neuron, codes_nl, values_n, bins: int, settings: Decoupling) -> decouple.Leaves:
    return decouple.decouple(key, neuron, codes_nl, values_n, bins, settings)


def _rows_of(path: pathlib.Path, width: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Sequences (N, R) of a neuron's sample and their activations; None of a neuron without one."""
    found = files.load_npz(path)
    if "words" not in found:
        return None
    count = min(len(found["words"]), ROWS)
    some = np.arange(count) * len(found["words"]) // count
    # Of one size always, so that it is one program per layer.
    codes, values = np.zeros((ROWS, width), np.uint8), np.zeros(ROWS, np.float32)
    codes[:count], values[:count] = reservoir.letters(found["words"][some], width), found["values"][some]
    return codes, values


def covered(reference: decouple.Leaves, other: decouple.Leaves) -> float:
    """Returns the share of sequences whose leaf in `reference` has one in `other` with the same motif."""
    ours, theirs = (np.asarray(one.ppm)[np.asarray(one.nsites) > 0] for one in (reference, other))
    sizes = np.asarray(reference.nsites)[np.asarray(reference.nsites) > 0]
    flat = [one.reshape(len(one), -1) for one in (ours, theirs)]
    alike = np.corrcoef(flat[0], flat[1])[: len(ours), len(ours) :].max(axis=1) >= ALIKE
    return float(sizes[alike].sum() / sizes.sum())


def compare(network: chain.ConvChain, layer: int, neuron: int, folder: pathlib.Path, settings) -> dict | None:
    """Returns a neuron's row; None where it has no sample or nothing is pooled below.

    Args:
      network: that was decoded.
      layer: convolution, from 1.
      neuron: channel, from 0.
      folder: with layer<n>/neuron<c>.npz.
      settings: of decoding.
    """
    one = network.substructure(layer).neuron(neuron)
    rows = _rows_of(folder / f"layer{layer}" / f"neuron{neuron}.npz", one.width)
    if rows is None or not one.pooled_layers:
        return None
    key, bins = sampling.neuron_key(settings.seed, layer, neuron), settings.sampling.bins
    pools, maps = (
        jax.device_get(_leaves(key, one, *rows, bins, dataclasses.replace(settings.decoupling, maps=when)))
        for when in ("never", "always")
    )
    real = rows[1] > 0

    def alike(one, other) -> float:
        return adjusted_rand_score(one[real], other[real])

    between, own = alike(pools.labels, maps.labels), alike(pools.labels, pools.other)
    return {
        "layer": layer,
        "neuron": neuron,
        "sequences": int(real.sum()),
        "leaves by poolings": int((pools.nsites > 0).sum()),
        "by maps": int((maps.nsites > 0).sum()),
        "maps and poolings": round(between, 2),
        "the poolings' two ways": round(own, 2),
        "maps, half of the sample": round(alike(maps.labels, maps.other), 2),
        "poolings' motifs there": round(covered(pools, maps), 2),
        "as near": bool(between >= min(own, ENOUGH)),
    }


def run(network: chain.Chain, folder: pathlib.Path, settings) -> tuple[list[dict], list[Check]]:
    """Compares all neurons of a decoded network; rows of the table, and what it has to show.

    Raises:
      ValueError: for a network whose poolings are not known.
    """
    if not isinstance(network, chain.ConvChain):
        raise ValueError(f"{network.name} is a function: it has no leaves by poolings to compare with")
    found = [
        compare(network, layer, neuron, folder, settings)
        for layer in range(2, len(network.convs) + 1)
        for neuron in range(network.channels(layer))
        if (folder / f"layer{layer}" / f"neuron{neuron}.npz").exists()
    ]
    rows = [row for row in found if row]
    near = sum(row["as near"] for row in rows)
    motifs = float(np.mean([row["poolings' motifs there"] for row in rows])) if rows else 0.0
    return rows, [
        Check(
            f"leaves by maps as near to the poolings' as these' two ways, or {ENOUGH:g}: "
            f"{NEURONS:.0%} of neurons",
            bool(rows) and near >= NEURONS * len(rows),
            f"{near} of {len(rows)}",
        ),
        Check(
            f"sequences in a leaf by poolings whose motif the maps find (r >= {ALIKE:g}): {NEURONS:.0%}",
            motifs >= NEURONS,
            f"{motifs:.0%}",
        ),
    ]
