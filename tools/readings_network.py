"""One CNN-4 of Koo & Eddy's benchmark, read class by class: how many of the twelve factors it shows."""

import dataclasses
import itertools
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import readings_modisco
from readings_modisco import cpu_seconds

import jaxmotif as jm
from experiments.common import trials
from experiments.koo_eddy import network_rows, settings, tasks
from experiments.truth import scoring, set_rows
from jaxmotif.apps.discover.learner import rows_of
from jaxmotif.apps.discover.settings import FILTERS, SEQLETS
from jaxmotif.data.dataset import Splits
from jaxmotif.data.synthetic import koo_eddy
from jaxmotif.evaluate import recovery
from jaxmotif.interpret import filter_motifs
from jaxmotif.models.network import Network
from jaxmotif.motifs import align, cores, jaspar, tomtom
from jaxmotif.motifs.motif import Motif
from jaxmotif.training.fit import Run

NETWORK, LEVEL = "CNN-4", 0.05
FACTORS = tuple(koo_eddy.KOO_EDDY_IDS)
READINGS = {"filters": (FILTERS,), "seqlets": (SEQLETS,), "filters + seqlets": (FILTERS, SEQLETS)}
# The first layer as experiments.koo_eddy reads it: no class, no test. MoDISco's list as it is, and of it
# what held-out sequences confirm.
UNTRAINED = ", network untrained"
PLAIN, MODISCO, CONFIRMED = "filters, untested", "TF-MoDISco, untested", "TF-MoDISco"


def build(scale: str, seed: int, assignments: Sequence[str]):
    """Returns the config of experiments.koo_eddy for one trial of the network."""
    given = [f"networks={NETWORK}", "trials=1", *assignments]
    return settings.build("demo", scale, "code", seed, given)


def rows(config, data_dir: str, classes: Sequence[int], most: int, program: str | None) -> Iterator[dict]:
    """Yields rows of the readings of one network: that of its filters as they are, then those of each class.

    Args:
      config: see `build`.
      data_dir: where the sequences are kept.
      classes: numbers of the factors, from 0.
      most: training sequences that are read, evenly spread.
      program: path of `modisco`, or None to leave it out.
    """
    database = jaspar.database(config.database)
    splits = tasks.load(config, data_dir, database).splits
    begin = cpu_seconds()
    trained = network_rows.train(NETWORK, config, splits, [0], Run(label=NETWORK))
    network = trained.network
    areas = trials.auroc(network, splits.test)
    yield {"reading": "training", "cpu_seconds": cpu_seconds() - begin, "auroc": areas[0]}
    begin = cpu_seconds()
    found = filter_motifs.member_motifs(network, splits.test.sequences, 1, config.readout)
    plain = trials.read(found, config.readout, database, "filter", config.e_max)
    seconds = (cpu_seconds() - begin) / len(classes)
    for k in classes:
        hit, listed = plain.score.filters_per_tf[FACTORS[k]] > 0, len(plain.motifs) / len(classes)
        row = {"reading": PLAIN, "factor": FACTORS[k], "listed": listed, "tomtom": hit}
        yield row | {"near": _nearest(plain.motifs, k), "cpu_seconds": seconds}
    read = Splits(splits.train.take(rows_of(splits.train, most)), splits.valid, splits.test)
    # What a network that knows nothing shows is what drawing motifs anew from labelled sequences shows.
    networks = {"": network, UNTRAINED: Network.from_spec(network.spec, config.seed)}

    def motifs_by(kind: str, k: int, readings: Sequence[str]) -> list[Motif]:
        fields = {"readings": readings, "level": LEVEL, "seed": config.seed}
        return list(jm.discover(networks[kind], read, database=None, target=k, **fields))

    motifs_by("", classes[0], READINGS["filters + seqlets"])  # so that no reading pays for compiling
    for k in classes:
        for kind, (name, readings) in itertools.product(networks, READINGS.items()):
            begin = cpu_seconds()
            motifs = motifs_by(kind, k, readings)
            yield _row(name + kind, k, motifs, cpu_seconds() - begin, database, config.e_max)
        if program:
            yield from _modisco(program, network, read, k, database, config)


def _modisco(program, network, read: Splits, k: int, database, config) -> Iterator[dict]:
    begin, own = cpu_seconds(), of_class(read, k)
    try:
        patterns = readings_modisco.patterns(program, network, own.train.positives, k)
    except readings_modisco.Failed as error:  # nothing is found then, and other classes are still read
        for name in (MODISCO, CONFIRMED):
            row = _row(name, k, [], cpu_seconds() - begin, database, config.e_max)
            yield row | {"failed": str(error)}
        return
    yield _row(MODISCO, k, patterns, cpu_seconds() - begin, database, config.e_max)
    e = set_rows.confirmed(own, True, patterns, config.seed)
    listed = [motif for motif, one in zip(patterns, e, strict=True) if one <= LEVEL]
    yield _row(CONFIRMED, k, listed, cpu_seconds() - begin, database, config.e_max)


def of_class(splits: Splits, k: int) -> Splits:
    """Returns the parts with the labels of one class, from 0."""
    own = lambda data: dataclasses.replace(data, labels=data.known_labels[:, k], targets=(data.targets[k],))
    return Splits(*map(own, splits.parts))


def _row(reading: str, k: int, motifs: Sequence[Motif], seconds: float, database, e_max: float) -> dict:
    """Whether a motif is the factor of the class: by Tomtom as Koo & Eddy count, and by likeness."""
    hit = False
    if motifs:
        e = tomtom.match(motifs, database).e
        found = recovery.recovery(e, [motif.name for motif in database], len(motifs), e_max=e_max)
        hit = found.filters_per_tf[FACTORS[k]] > 0
    row = {"reading": reading, "factor": FACTORS[k], "listed": len(motifs), "tomtom": hit}
    return row | {"near": _nearest(motifs, k), "cpu_seconds": seconds}


def _nearest(motifs: Sequence[Motif], k: int) -> float:
    """Likeness of the motif that is most like the planted one."""
    whole = koo_eddy.koo_eddy_motifs()[k]
    planted = whole.ppm[slice(*cores.core(whole))]
    found = align.similarities(planted, [motif.ppm for motif in motifs])[0] if motifs else np.zeros(1)
    return float(found.max())


def table_rows(found: Sequence[Mapping]) -> list[dict]:
    """Returns a line of each reading: of how many classes it shows the factor, and at what cost."""
    lines = []
    for reading in dict.fromkeys(row["reading"] for row in found):
        own = [row for row in found if row["reading"] == reading]
        line = {"reading": reading, "classes": sum("factor" in row for row in own)}
        if line["classes"]:
            line |= {"factors, Tomtom": sum(row["tomtom"] for row in own)}
            line |= {
                f"factors, likeness >= {scoring.FOUND}": sum(row["near"] >= scoring.FOUND for row in own)
            }
            line |= {"motifs": sum(row["listed"] for row in own)}
            missed = [row["factor"] for row in own if row["near"] < scoring.FOUND]
            line |= {"not found by likeness": ", ".join(missed)}
        lines.append(line | {"CPU s": round(sum(row["cpu_seconds"] for row in own), 1)})
    return lines
