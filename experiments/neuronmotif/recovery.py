"""Which planted factors a layer's neurons show, by NeuronMotif and by the methods it is compared with."""

import pathlib
from collections.abc import Sequence

import numpy as np

from experiments.common.panels import folder_name
from experiments.neuronmotif import training
from jaxmotif.apps.decode import inputs
from jaxmotif.data import named
from jaxmotif.data.dataset import Splits
from jaxmotif.evaluate import recovery
from jaxmotif.motifs import jaspar, tomtom
from jaxmotif.motifs.motif import Motif, is_informative, trim
from jaxmotif.neuronmotif import baselines
from jaxmotif.neuronmotif.leaves import decoded as decodeds
from jaxmotif.neuronmotif.leaves.decoded import Decoded
from jaxmotif.neuronmotif.syntax import segments
from jaxmotif.report import table

SEQUENCES = 5000  # of the test set that the other methods read


def queries(
    found: Decoded, settings: segments.SegmentSettings, fewest: int
) -> tuple[list[Motif], np.ndarray]:
    """Motifs to compare with a database, and the neuron (index) of each.

    Segments of all leaves. Where a leaf has none, because nothing passes their threshold, its PPM trimmed at
    half a bit, as filters of first layers are read, so that no method loses for being blurred alone.
    """
    parts = segments.segments(found, settings, fewest)
    motifs, neurons = [part.motif for part in parts], [part.neuron for part in parts]
    has = {(part.neuron, part.leaf) for part in parts}
    needed = segments.thresholds(found, settings, fewest)
    for index, leaf in np.argwhere(found.nsites >= needed.fewest[:, None]):
        if (index, leaf) in has:
            continue
        motif = Motif(f"n{index}_{leaf}", found.ppm[index, leaf], float(found.nsites[index, leaf]))
        if is_informative(motif):
            motifs.append(trim(motif))
            neurons.append(int(index))
    return motifs, np.asarray(neurons, np.int64)


def score(found: Decoded, settings, fewest: int, database: Sequence[Motif], e_max: float) -> dict:
    """Shares of neurons and factors; a neuron counts as relevant if any of its motifs is.

    "median own q" is that of all neurons: the smallest q of a neuron's own motifs with any known one, times
    the number of its motifs; 1 for a neuron without a motif.
    """
    motifs, neurons = queries(found, settings, fewest)
    ids = [motif.name for motif in database]
    if not motifs:
        return {
            "relevant": 0.0,
            "factors": 0,
            "relevant, E x motifs": 0.0,
            "factors, E x motifs": 0,
            "median own q": 1.0,
            "motifs": 0,
            "missed": ", ".join(recovery.ALLOW),
        }
    matches = tomtom.match(motifs, database)
    # The smallest E-value of each neuron with each target.
    best = np.full((len(found.neurons), len(ids)), np.inf)
    np.minimum.at(best, neurons, matches.e)
    own_q = np.ones(len(found.neurons))
    np.minimum.at(own_q, neurons, matches.q.min(axis=1))
    some, count = np.unique(neurons, return_counts=True)
    result = recovery.recovery(best[some], ids, len(found.neurons), e_max=e_max)
    # A neuron with many leaves has many chances: its E-values times the number of its motifs.
    strict = recovery.recovery(best[some] * count[:, None], ids, len(found.neurons), e_max=e_max)
    own_q[some] = np.minimum(own_q[some] * count, 1)
    missed = [factor for factor, neurons_of in result.filters_per_tf.items() if not neurons_of]
    return {
        "relevant": round(result.relevant, 3),
        "factors": len(recovery.ALLOW) - len(missed),
        "relevant, E x motifs": round(strict.relevant, 3),
        "factors, E x motifs": sum(neurons_of > 0 for neurons_of in strict.filters_per_tf.values()),
        "median own q": float(f"{np.median(own_q):.1e}"),
        "motifs": len(motifs),
        "missed": ", ".join(missed) or "-",
    }


def load(config, data_dir: str) -> Splits:
    """Returns Koo & Eddy's task in three parts."""
    return named.load_named("koo_eddy", data_dir, seed=config.seed, n=config.sequences, length=200, min_gap=1)


def run(folder: pathlib.Path, config, decode, data_dir: str, resume: bool) -> list[dict]:
    """Trains each network, decodes its deepest convolution, and compares; rows of the table."""
    splits = load(config, data_dir)
    database, rows = jaspar.database(config.decode.database), []
    segment, fewest = config.decode.segments, config.decode.min_sites
    for name in config.networks:
        place = folder / folder_name(name)
        trained = training.train(place / training.FOLDER, name, config, splits, resume)
        layer = len(trained.spec.convs)
        decode(config, str(place / training.FOLDER), "last", place, config.neurons)
        network = inputs.network(place / training.FOLDER)
        found = decodeds.load(place / f"layer{layer}" / "decoded.npz")
        chosen = [int(neuron) for neuron in found.neurons]
        sequences = splits.test.sequences[:SEQUENCES]
        readings = [("NeuronMotif", layer, found)]
        readings += [
            (m, layer, baselines.decode(network, layer, chosen, sequences, baselines.Method(m)))
            for m in baselines.METHODS
        ]
        # What Koo & Eddy read: the first layer.
        readings += [
            (m, 1, baselines.decode(network, 1, None, sequences, baselines.Method(m))) for m in ("alipanahi",)
        ]
        for method, number, one in readings:
            rows.append(
                {
                    "model": name,
                    "auroc": round(float(trained.scores[0]), 3),
                    "layer": number,
                    "method": method,
                    "neurons": len(one.neurons),
                    **score(one, segment, fewest, database, config.e_max),
                }
            )
            table.write_table(folder, rows)
    return rows
