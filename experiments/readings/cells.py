"""The cells of the table: each is computed by itself, kept, and taken again when it is there."""

import itertools
import json
import pathlib
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from experiments.common import records
from experiments.common.panels import folder_name
from experiments.readings import config as configs
from experiments.readings import methods, networks, scoring
from jaxmotif import files
from jaxmotif.data.dataset import Splits
from jaxmotif.errors import Failed
from jaxmotif.models.network import Network
from jaxmotif.motifs import meme
from jaxmotif.motifs.motif import Motif

# In the folder of a unit with one objective: the network.
TRAINING = "training"


class Unit(NamedTuple):
    """One network of one seed, from 0, with all cells that read it; they share its weights."""

    network: str
    seed: int


class Data(NamedTuple):
    """What every cell is computed from: sequences, known motifs, and the planted ones by factor."""

    splits: Splits
    database: Sequence[Motif]
    truth: Mapping[str, Motif]


def units(config: configs.Config) -> list[Unit]:
    """Returns all units, every network of the first seed first."""
    return [Unit(name, seed) for seed in range(config.seeds) for name in config.networks]


def place(folder: pathlib.Path, unit: Unit, objective: str) -> pathlib.Path:
    """Returns where the cells of a unit with one objective are."""
    return folder / folder_name(unit.network) / f"seed{unit.seed + 1}" / objective


def record(folder: pathlib.Path, unit: Unit, objective: str, reading: str) -> pathlib.Path:
    """Returns the file of one cell; its motifs lie next to it as MEME."""
    return place(folder, unit, objective) / f"{reading.replace(' ', '-')}.json"


def run(folder: pathlib.Path, unit: Unit, config: configs.Config, data: Data, resume: bool) -> None:
    """Computes and keeps the cells of a unit that are not there yet.

    A cell that fails says why, and stops no other; the same command tries it again.
    """
    reads: dict[str, methods.Read] = {}
    for objective in config.objectives:
        todo = [
            reading
            for reading in config.readings
            if not (resume and _is_done(record(folder, unit, objective, reading)))
        ]
        if possible := _possible(folder, unit, objective, todo, config):
            _compute(_Row(folder, unit, objective, config, resume), possible, data, reads)


def _is_done(path: pathlib.Path) -> bool:
    """Whether a cell is there and whole; one that failed is tried again."""
    found = records.kept(path)
    return found is not None and not found.get("failed")


class _Row(NamedTuple):
    """The cells of one unit and objective."""

    folder: pathlib.Path
    unit: Unit
    objective: str
    config: configs.Config
    resume: bool

    @property
    def place(self) -> pathlib.Path:
        return place(self.folder, self.unit, self.objective)


def _possible(folder, unit, objective, readings, config) -> list[str]:
    """Keeps why the others cannot be."""
    spec, possible = networks.spec_of(unit.network, config.length), []
    for reading in readings:
        why = methods.reason(spec, objective, reading)
        if why:
            _keep(folder, unit, objective, reading, {"why": why})
        else:
            possible.append(reading)
    return possible


def _keep(folder, unit, objective, reading, found: dict, motifs: Sequence[Motif] = ()) -> None:
    path = record(folder, unit, objective, reading)
    path.parent.mkdir(parents=True, exist_ok=True)
    known = {
        "network": unit.network,
        "objective": objective,
        "seed": unit.seed,
        "reading": reading,
    }
    if motifs:
        meme.write_meme(path.with_suffix(".meme"), list(motifs))
    records.keep(path, known | found, (path.with_suffix(".meme").name,))


def _compute(row: _Row, readings: Sequence[str], data: Data, reads: dict[str, methods.Read]) -> None:
    folder, unit, objective, config, _ = row
    try:
        read, known = _read(row, data.splits, reads)
    except (Failed, FloatingPointError, ValueError) as error:
        for reading in readings:
            _keep(folder, unit, objective, reading, {"why": f"not trained: {error}", "failed": True})
        return
    for reading in readings:
        print(f"{unit.network}, seed {unit.seed + 1}, {objective}: {reading}", file=sys.stderr, flush=True)
        begin = time.process_time()
        try:
            motifs = methods.METHODS[reading](read)
        except (FloatingPointError, ValueError) as error:
            _keep(folder, unit, objective, reading, {"why": f"failed: {error}", "failed": True})
            continue
        seconds = time.process_time() - begin
        found = scoring.score(motifs, data.database, data.truth, config.e_max)
        result = known | found._asdict() | {"cpu_seconds": round(seconds, 2)}
        _keep(folder, unit, objective, reading, result, motifs)


def _read(row: _Row, splits: Splits, reads: dict[str, methods.Read]) -> tuple[methods.Read, dict]:
    """What the cells of one objective read, and what is known of it; `reads` has those of this unit."""
    pool, config = splits.test.sequences, row.config
    if row.objective == configs.UNTRAINED:
        network = networks.untrained(row.unit.network, config, row.unit.seed)
        return methods.Read(network, pool, config), {}
    if row.objective == configs.CLASS_OPTIMISED:
        # The supervised one, with the class motifs that were made of it.
        source, known = _read(row._replace(objective=configs.SUPERVISED), splits, reads)
        return methods.Read(source.network, _drawn(row, source), config), known
    labels, home = row.objective == configs.SUPERVISED, row.place / TRAINING
    network, seconds = _trained(home, row, splits, labels)
    known = {"training_seconds": seconds} | ({"auroc": network.scores[0]} if network.scores else {})
    return reads.setdefault(row.objective, methods.Read(network, pool, config)), known


def _trained(home: pathlib.Path, row: _Row, splits: Splits, labels: bool) -> tuple[Network, float]:
    """The network and the CPU seconds that its training took, as far as it was trained at once."""
    begin, said, (name, seed) = time.process_time(), home / "seconds.json", row.unit
    network = networks.train(home, name, row.config, splits, seed, labels, row.resume)
    if not (row.resume and said.exists()):
        files.write_json(said, round(time.process_time() - begin, 1))
    return network, json.loads(said.read_text())


def _drawn(row: _Row, source: methods.Read) -> np.ndarray:
    """Sequences drawn from the class motifs of all outputs, uint8 (T drawn, L)."""
    path = row.place / "drawn.npz"
    if row.resume and records.is_whole(path):
        return files.load_npz(path)["sequences"]
    rng, drawn = np.random.default_rng(row.config.seed), []
    for motif in source.matrices.values():
        uniform = rng.random((row.config.drawn, motif.width, 1))
        drawn.append((uniform > np.cumsum(motif.ppm, axis=1)[None, :, :3]).sum(axis=2).astype(np.uint8))
    path.parent.mkdir(parents=True, exist_ok=True)
    files.save_npz(path, {"sequences": np.concatenate(drawn)})
    records.mark(path)
    return np.concatenate(drawn)


def kept(folders: Sequence[pathlib.Path], config: configs.Config) -> Iterator[dict]:
    """Yields all cells of the config that are in one of the folders, each once, in the table's order."""
    grid = itertools.product(config.networks, config.objectives, config.readings, range(config.seeds))
    for network, objective, reading, seed in grid:
        for folder in folders:
            found = records.kept(record(folder, Unit(network, seed), objective, reading))
            if found is not None:
                yield found
                break
