"""Decoded layers whose leaves hold known motifs at known places."""

import dataclasses
import json

import numpy as np

from jaxmotif import config as configs
from jaxmotif.apps.decode import baselines_table
from jaxmotif.apps.decode.settings import Settings
from jaxmotif.motifs import jaspar
from jaxmotif.neuronmotif.leaves import decoded as decodeds
from jaxmotif.neuronmotif.leaves.decoded import Decoded

SETTINGS = Settings(database="JASPAR2016")


def known(*names):
    return jaspar.select(jaspar.load("JASPAR2016"), list(names))


def leaf(rng, width, sites, nsites):
    """PPM (width, 4) of `nsites` random sequences with a site of each (ppm, start, strand) in them."""
    expected = np.full((width, 4), 0.25)
    for ppm, start, strand in sites:
        columns = ppm if strand == "+" else ppm[::-1, ::-1]
        low, high = max(start, 0), min(start + len(ppm), width)
        expected[low:high] = columns[low - start : high - start]
    return np.stack([rng.multinomial(int(nsites), row / row.sum()) for row in expected]) / nsites


def layer(neurons, width, nsites=3000, seed=0):
    """A layer; neurons: [[sites of leaf 0, sites of leaf 1, ...], ...], None for an empty leaf."""
    rng = np.random.default_rng(seed)
    count, leaves = len(neurons), max(map(len, neurons))
    ppm = np.full((count, leaves, width, 4), 0.25, np.float32)
    sites = np.zeros((count, leaves))
    for i, neuron in enumerate(neurons):
        for j, planted in enumerate(neuron):
            if planted is not None:
                ppm[i, j], sites[i, j] = leaf(rng, width, planted, nsites), nsites
    ones = np.ones((count, leaves))
    return Decoded(
        name="net",
        layer=3,
        neurons=np.arange(count) + 10,
        radix=(leaves,),
        pooled=(2,),
        dead=np.zeros(count, bool),
        reason=("",) * count,
        exact=np.zeros(count, bool),
        maximum=np.ones(count),
        generations=np.ones(count),
        samples=sites.sum(1),
        ppm=ppm,
        nsites=sites,
        leaf_maximum=ones,
        consensus=ones,
        drawn=ones,
        agreement=np.ones(count),
        best=np.zeros((count, width), np.uint8),
    )


def blurred(found):
    """A method that shows less of the same neurons: one leaf each, half of it flat."""
    ppm = 0.5 * found.ppm[:, :1] + 0.125
    first = {name: getattr(found, name)[:, :1] for name in ("nsites", "leaf_maximum", "consensus", "drawn")}
    return dataclasses.replace(found, ppm=ppm, radix=(), pooled=(), **first)


def decoded_run(place, layers, others=True, settings=SETTINGS, read="200 sequences of 60 nt from peaks.fa"):
    """Writes what decoding leaves of these layers into the folder `place`, and returns it.

    `others`: whether other methods were read; `read`: the sequences that they read, "" where not kept.
    """
    place.mkdir(parents=True)
    (place / "config.json").write_text(json.dumps(configs.to_dict(settings)))
    for found in layers:
        folder = place / f"layer{found.layer}"
        folder.mkdir()
        decodeds.save(folder / "decoded.npz", found)
        for method in baselines_table.TITLES if others else ():
            decodeds.save(folder / baselines_table.FILE.format(method), blurred(found))
        if read:
            (folder / "others.json").write_text(json.dumps([{"read": "its own sample"}, {"read": read}]))
        (folder / "report.html").write_text("")
    return place
