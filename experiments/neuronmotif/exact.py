"""Sampled motifs against exact ones: enumeration up to 12 letters, dynamic programming in first layers.

Per neuron: the largest activation found as a share of the true one, and the correlation of each column of the
sampled PPM with the exact one, both over all activations above 0.
"""

import dataclasses

import numpy as np

from jaxmotif.apps.decode import inputs
from jaxmotif.motifs.ppm import information_content
from jaxmotif.neuronmotif import chain, substructure
from jaxmotif.neuronmotif.sample import enumeration, linear, reservoir, sampling
from jaxmotif.neuronmotif.settings import SAMPLING, Sampling

LONGEST = 12
# Letters of a column below this are all but equal, and so their correlation is noise over noise.
INFORMATIVE_BITS = 0.05


def exact(network: chain.ConvChain, layer: int, neurons, bins: int) -> tuple[np.ndarray, np.ndarray]:
    """True maxima (C,) and motifs (C, R, 4) of neurons of a first layer, or one that sees up to 12 nt."""
    if layer > 1 or substructure.geometry(network.convs, layer).width <= LONGEST:
        found = enumeration.enumerate_neurons(network, layer, neurons, Sampling(bins=bins))
        return found.maximum, np.stack(
            [enumeration.ppm(found.counts[i], found.sums[i], found.letters[i]) for i in range(len(neurons))]
        )
    weights = network.weights[0]
    solved = [
        linear.exact(np.asarray(weights.kernel)[:, :, n], float(weights.bias[n]), bins) for n in neurons
    ]
    return np.array([one.maximum for one in solved]), np.stack([linear.ppm(one) for one in solved])


def motif_of(sample: reservoir.Sample, width: int, bins: int) -> np.ndarray:
    """The PPM (R, 4) of a sample, in numpy."""
    codes, values = reservoir.letters(sample.words, width), np.asarray(sample.values, np.float64)
    place = reservoir.bins_of(values, bins, values.max())
    letters = np.zeros((bins, width, 4))
    np.add.at(letters, place, np.eye(4)[codes])
    return enumeration.ppm(
        np.bincount(place, minlength=bins), np.bincount(place, values, minlength=bins), letters
    )


def correlations(first_r4: np.ndarray, second_r4: np.ndarray) -> np.ndarray:
    """Pearson correlation of the four letters of each column, (R,)."""
    return np.array([np.corrcoef(a, b)[0, 1] for a, b in zip(first_r4, second_r4, strict=True)])


def settings_of(own: Sampling) -> dict[str, Sampling]:
    """The named settings of the sampler and this run's own, each over all activations."""
    named = SAMPLING | ({"own": own} if own not in SAMPLING.values() else {})
    return {name: dataclasses.replace(one, exact_up_to=0, floor=0.0) for name, one in named.items()}


def rows(decode, most: int = 0, seed: int = 0) -> list[dict]:
    """The table: one row for every layer that can be solved and every setting of the sampler.

    All activations above 0 are compared, whatever the settings' floor: what a floor leaves are the same bins.

    Args:
      decode: `decoding.settings.Settings` of the network.
      most: neurons of a layer, 0: all.
    """
    network, table = inputs.network(decode.weights, decode.network, decode.member, decode.alphabet), []
    for layer in range(1, len(network.convs) + 1):
        width = substructure.geometry(network.convs, layer).width
        if layer > 1 and width > LONGEST:
            break
        bounds = network.upper_bounds(layer)
        neurons = [n for n in range(network.channels(layer)) if bounds[n] > 0][: most or None]
        if not neurons:
            continue
        for name, settings in settings_of(decode.decode.sampling).items():
            maxima, motifs = exact(network, layer, neurons, settings.bins)
            share, worst, middle, clear = [], [], [], []
            for found in sampling.sample_neurons(network, layer, neurons, None, settings, seed):
                at = neurons.index(found.neuron)
                if maxima[at] <= 0:
                    continue  # dead
                share.append(found.highest / maxima[at])
                # A live neuron for which nothing was found is as wrong as can be.
                columns = np.zeros(width)
                if len(found.sample.values):
                    columns = correlations(motifs[at], motif_of(found.sample, width, settings.bins))
                worst.append(columns.min())
                middle.append(np.median(columns))
                informative = information_content(motifs[at]) >= INFORMATIVE_BITS
                if informative.any():
                    clear.append(columns[informative].min())
            if not clear:
                continue
            worst, middle, clear, share = map(np.array, (worst, middle, clear, share))
            table.append(
                {
                    "layer": layer,
                    "width": width,
                    "settings": name,
                    "neurons": len(share),
                    "maximum found": f"{(share > 1 - 1e-5).sum()} of {len(share)}",
                    "worst column": round(float(worst.min()), 3),
                    "median of worst": round(float(np.median(worst)), 3),
                    "median column": round(float(np.median(middle)), 4),
                    "worst of 0.05 bit or more": round(float(clear.min()), 3),
                    "all of those >= .98": f"{(clear >= 0.98).sum()} of {len(clear)}",
                    "all columns >= .98": f"{(worst >= 0.98).sum()} of {len(worst)}",
                }
            )
    return table
