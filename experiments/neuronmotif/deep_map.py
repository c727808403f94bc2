"""What the last map of a dilated residual network shows, by decoding, and next to it by other readings."""

import functools
import pathlib
import time
from collections.abc import Callable, Sequence

import jax
import numpy as np

from experiments.common import trials
from experiments.neuronmotif import recovery, residual
from experiments.neuronmotif.checks import Check
from experiments.readings import methods, scoring
from jaxmotif.apps.decode import run as run_decode
from jaxmotif.apps.decode import write
from jaxmotif.interpret import attribution, filter_motifs
from jaxmotif.interpret.readout import Readout
from jaxmotif.models.network import Network
from jaxmotif.motifs import jaspar
from jaxmotif.motifs.motif import Motif
from jaxmotif.report import table

# Factors of twelve that the last map has to show.
FACTORS = 9
# Sequences that filters fire on; of each output the highest and lowest that are attributed, and its motifs.
FIRED, TOP, MOTIFS = 2000, 200, 3


def run(folder: pathlib.Path, config, data_dir: str, resume: bool) -> tuple[list[dict], list[Check]]:
    """Trains the network and reads it in four ways; rows of the table, and what it has to show."""
    splits = recovery.load(config, data_dir)
    network = residual.train(folder / "training", config, splits, resume)
    auroc = trials.auroc(network, splits.test)[0]
    last = len(residual.DILATIONS) + 1
    fired = splits.test.sequences[:FIRED]
    neurons = list(range(config.neurons)) if config.neurons else None
    readings: Sequence[tuple[str, int, Callable[[], list[Motif]]]] = (
        ("NeuronMotif", last, lambda: decoded(network, last, neurons, fired, config, folder / "decoded")),
        ("activation > half of the maximum", last, lambda: by_filters(network, last, fired)),
        ("activation > half of the maximum", 1, lambda: by_filters(network, 1, fired)),
        ("attribution, seqlets", 0, lambda: by_seqlets(network, splits.test.sequences)),
    )
    rows, database, truth = [], jaspar.database(config.decode.database), scoring.planted()
    for method, layer, read in readings:
        wall, cpu = time.monotonic(), time.process_time()
        motifs = read()
        wall, cpu = time.monotonic() - wall, time.process_time() - cpu
        found = scoring.score(motifs, database, truth, config.e_max)
        strict = scoring.score(motifs, database, truth, config.e_max / max(found.shown, 1))
        rows.append(
            {
                "method": method,
                "map": layer or "output",
                "receptive field": network.geometry(layer).width if layer else network.length,
                "auroc": round(auroc, 3),
                "motifs": found.shown,
                "right": round(found.right / max(found.shown, 1), 2),
                "factors": len(found.correlations),
                "factors, E x motifs": len(strict.correlations),
                "median r": round(float(np.median(list(found.correlations.values()) or [0.0])), 2),
                "missed": ", ".join(one for one in truth if one not in found.correlations) or "-",
                "seconds": round(wall, 1),
                "CPU seconds": round(cpu, 1),
            }
        )
        table.write_table(folder, rows)
    return rows, _checks(rows, network, last)


def _checks(rows: Sequence[dict], network: Network, last: int) -> list[Check]:
    decoded, _, first, _ = (row["factors"] for row in rows)
    width = network.geometry(last).width
    return [
        Check(
            f"letters that the last map sees, traced: {residual.WIDTH}",
            width == residual.WIDTH,
            f"{width}",
        ),
        Check(f"planted factors in the last map: {FACTORS} of 12", decoded >= FACTORS, f"{decoded}"),
        Check("more factors than the first layer's filters show", decoded > first, f"{decoded} and {first}"),
    ]


def decoded(network, layer: int, neurons, sequences, config, folder: pathlib.Path) -> list[Motif]:
    """Returns the motifs of the leaves of a map; writes the page of the layer."""
    folder.mkdir(parents=True, exist_ok=True)
    found = run_decode.decode(
        network, layer, neurons, config.decode, folder=folder, progress=_quiet, sequences=sequences
    )
    write.write(found, folder / f"layer{layer}")
    return recovery.queries(found.decoded, config.decode.segments, config.decode.min_sites)[0]


def _quiet(done: int, of: int) -> None:
    """Progress that says nothing."""


def by_filters(network: Network, layer: int, sequences: np.ndarray) -> list[Motif]:
    """Returns a motif of each channel, of the windows above half of its largest activation."""
    readout = Readout()
    found = filter_motifs.member_motifs(network, sequences, layer, readout).motifs
    return [motif for motif in filter_motifs.trimmed(found, readout) if motif is not None]


def by_seqlets(network: Network, sequences: np.ndarray) -> list[Motif]:
    """Returns up to three motifs of each output, of what it attends to in its highest sequences."""
    logits_nt, found = network.logits(sequences), []
    count = min(TOP, len(sequences) // 2)
    for output, name in enumerate(network.classes):
        order = np.argsort(-logits_nt[:, output], kind="stable")
        codes = sequences[np.concatenate([order[:count], order[-count:]])]
        score = jax.tree_util.Partial(_logit(network.called), network.member_variables(0), np.int32(output))
        values = attribution.attribute(score, codes, "corrected")
        found += methods.of_attended(codes[:count], values, MOTIFS, f"{name}_")
    return found


# The number of the output is a leaf, so that one program serves them all.
@functools.cache
def _logit(function: Callable) -> Callable:
    def logit(variables, output, x_bl4):
        return function(variables, x_bl4)[0][:, output]

    return logit
