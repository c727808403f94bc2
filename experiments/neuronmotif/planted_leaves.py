"""Which way of decoupling is right: k-means or the places of pooling winners, on planted mixtures.

    python -m experiments.neuronmotif.planted_leaves --weights=weight.hdf5 --decoded=RUN/layers

The part of a neuron's strongest sequence that its activation hangs on is put into random letters at every
shift that its pooling windows allow; a share of its letters is drawn anew. The shift is the label that
leaves should show. One row per layer and share: the mean adjusted Rand index of either way with the shifts.
"""

import functools
from collections.abc import Sequence

import jax
import numpy as np
from absl import app, flags
from sklearn.metrics import adjusted_rand_score

from jaxmotif.apps.decode import inputs
from jaxmotif.neuronmotif.leaves import decoded as decodeds
from jaxmotif.neuronmotif.leaves import decouple
from jaxmotif.neuronmotif.settings import Decoupling
from jaxmotif.report import table

WEIGHTS = flags.DEFINE_string("weights", None, "The network.", required=True)
DECODED = flags.DEFINE_string("decoded", None, "Folder with layer<n>/decoded.npz.", required=True)
LAYERS = flags.DEFINE_list("layers", ["2", "3", "4"], "Convolutions, from 1.")
# Letters count as the neuron's whose change costs so much of the activation on average.
COSTS = 0.03
# Share of letters drawn anew; sequences of a neuron; the least share of its largest activation.
NOISE, ROWS, FLOOR = (0.0, 0.1, 0.2), 4000, 0.4


@functools.partial(jax.jit, static_argnames="settings")
def labels(neuron, codes_nl, values_n, settings: Decoupling):
    """Leaves by k-means and by offsets, (N,) each."""
    found = decouple.decouple(jax.random.key(0), neuron, codes_nl, values_n, 20, settings)
    return found.labels, found.other


@jax.jit
def activation(neuron, codes_nl):
    return neuron.activation(codes_nl)


def core_of(neuron, best_r: np.ndarray, highest: float) -> np.ndarray:
    """Columns of the neuron's strongest sequence that its activation hangs on."""
    width = len(best_r)
    mutants = np.repeat(best_r[None], 3 * width, axis=0)
    number = np.arange(3 * width)
    mutants[number, number // 3] = (mutants[number, number // 3] + 1 + number % 3) % 4
    lost = highest - np.asarray(activation(neuron, mutants)).reshape(width, 3).mean(axis=1)
    return np.flatnonzero(lost > COSTS * highest)


def planted(rng, best_r, core, shift: int, noise: float, count: int) -> np.ndarray:
    """Random letters with the core moved by `shift`, (count, R)."""
    codes = rng.integers(0, 4, (count, len(best_r))).astype(np.uint8)
    anew = rng.random((count, len(core))) < noise
    codes[:, core + shift] = np.where(anew, rng.integers(0, 4, anew.shape), best_r[core])
    return codes


def shifts_of(rng, neuron, best_r, core, places: int) -> np.ndarray:
    """The `places` neighbouring shifts at which the core activates the neuron most; all that fit if fewer."""
    fit = np.arange(-core.min(), len(best_r) - core.max())
    mean = [float(activation(neuron, planted(rng, best_r, core, shift, 0.0, 300)).mean()) for shift in fit]
    if len(fit) <= places:
        return fit
    worst = [min(mean[at : at + places]) for at in range(len(fit) - places + 1)]
    first = int(np.argmax(worst))
    return fit[first : first + places]


def scores(rng, neuron, best_r, highest: float, places: int, noise: float) -> tuple[float, float] | None:
    """Adjusted Rand index of k-means and of offsets with the shifts; None where that cannot be told."""
    core = core_of(neuron, best_r, highest)
    if len(core) < 4:
        return None
    shifts = shifts_of(rng, neuron, best_r, core, places)
    codes = np.concatenate([planted(rng, best_r, core, shift, noise, ROWS // 2) for shift in shifts])
    truth = np.repeat(shifts, ROWS // 2)
    values = np.asarray(activation(neuron, codes))
    chosen = rng.permutation(np.flatnonzero(values >= FLOOR * highest))[:ROWS]
    if len(chosen) < ROWS // 10 or len(np.unique(truth[chosen])) == 1:
        return None
    chosen = chosen[np.argsort(-values[chosen], kind="stable")]
    rows, strengths = np.zeros((ROWS, len(best_r)), np.uint8), np.zeros(ROWS, np.float32)
    rows[: len(chosen)], strengths[: len(chosen)] = codes[chosen], values[chosen]
    found = [np.asarray(one)[: len(chosen)] for one in labels(neuron, rows, strengths, Decoupling())]
    return tuple(adjusted_rand_score(truth[chosen], one) for one in found)


def main(argv: Sequence[str]) -> None:
    network, rows = inputs.network(WEIGHTS.value), []
    for layer in map(int, LAYERS.value):
        known = decodeds.load(f"{DECODED.value}/layer{layer}/decoded.npz")
        whole, places = network.substructure(layer), int(np.prod(known.radix))
        for noise in NOISE:
            rng, found = np.random.default_rng(0), []
            for index, channel in enumerate(known.neurons):
                neuron = whole.neuron(int(channel))
                one = scores(rng, neuron, known.best[index], float(known.maximum[index]), places, noise)
                found += [one] if one else []
            kmeans, offsets = np.array(found).T if found else np.full((2, 1), np.nan)
            rows.append(
                {
                    "layer": layer,
                    "letters drawn anew": noise,
                    "neurons": len(found),
                    "k-means": round(float(kmeans.mean()), 3),
                    "offsets": round(float(offsets.mean()), 3),
                    "offsets better": int((offsets > kmeans).sum()),
                }
            )
    print(table.format_table(rows))


if __name__ == "__main__":
    app.run(main)
