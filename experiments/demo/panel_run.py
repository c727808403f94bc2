"""One config over the experiments of a panel: training, extraction, dashboards."""

import pathlib
import sys
from collections.abc import Sequence
from typing import NamedTuple

import jax

from experiments.demo import dashboards, extraction_rows, network_rows, penalties, report, tables
from experiments.demo.settings import Config, load, of_factors
from jaxmotif.apps.dashboard.evidence import Dashboard
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import held_out
from jaxmotif.data.files import panel as panels
from jaxmotif.errors import Failed
from jaxmotif.motifs import jaspar


class Found(NamedTuple):
    """What a run has found.

    Attributes:
      rows: of networks, see `network_rows.run`.
      extracted: see `extraction_rows.extract`; [] unless motifs are extracted.
      penalties: see `penalties.read`; [] unless several penalties are compared.
      dashboards: of the factors asked for.
      failed: a line for each experiment or network that could not be run.
    """

    rows: list[dict]
    extracted: list[dict]
    penalties: list[dict]
    dashboards: list[Dashboard]
    failed: list[str]


def is_together(config: Config) -> bool:
    """Returns whether experiments of equal size train as members of one program."""
    return config.together == "yes" or (config.together == "auto" and jax.default_backend() != "cpu")


def run(folder: pathlib.Path, config: Config, found: Sequence[panels.Experiment], resume: bool) -> Found:
    """Trains and reads all networks on all of these experiments; tables are written after each.

    What fails is told, and stops nothing else.

    Raises:
      ValueError: for a factor without an experiment, or a database that is not there.
    """
    shown = of_factors(config, found)  # before anything is trained
    reads = bool(config.extraction or shown or config.penalties)
    database = jaspar.database(config.database) if reads else []
    result, tests = Found([], [], [], [], []), {}
    together = is_together(config)
    # Apart, one experiment after another is loaded, trained and let go.
    portions = [found] if together else [[experiment] for experiment in found]
    for number, portion in enumerate(portions):
        names = ", ".join(experiment.name for experiment in portion)
        print(f"{names} ({number + 1} of {len(portions)})", file=sys.stderr, flush=True)
        splits = {}
        for experiment in portion:
            try:
                splits[experiment.name] = load(config, experiment)
            except ValueError as error:
                print(f"{experiment.name} failed: {error}", file=sys.stderr, flush=True)
                result.failed.append(f"{experiment.name}: {error}")
        for name, parts in splits.items():
            held_out.write(folder / name, parts.test)
        tests |= {name: parts.test for name, parts in splits.items() if name in shown}
        for group in network_rows.groups(splits, together):
            for network in config.networks:
                rows = network_rows.run_apart(folder, group, network, config, splits, resume)
                lines = [f"{row['experiment']} {network}: {row['failed']}" for row in rows if "failed" in row]
                result.failed.extend(lines)
                result.rows.extend(row for row in rows if "failed" not in row)
            for name in group:
                _read(folder, name, config, splits[name].test, database, result, resume)
        report.write_tables(folder, config, result)
    best = list(tables.best_of_types(tables.by_network(result.rows, config)).values())
    for name in shown:
        try:
            made = dashboards.column(folder, name, best, config, tests[name], database)
        except (ValueError, KeyError) as error:
            result.failed.append(f"{name}: no dashboard, {error}")
        else:
            result.dashboards.append(made)
    return result


def _read(
    folder: pathlib.Path,
    experiment: str,
    config: Config,
    test: Dataset,
    database,
    result: Found,
    resume: bool,
) -> None:
    """Reads the networks of an experiment; of DeMo's shapes only that which was chosen."""
    done = [row["network"] for row in result.rows if row["experiment"] == experiment]
    if config.highway:
        shape = tables.chosen_shape(result.rows, experiment, config)
        done = [shape] if shape else []
    for network in done:
        given = folder / experiment / network, experiment, network, config, test, database, resume
        try:
            if config.extraction and (row := extraction_rows.extract(*given)):
                result.extracted.append(row)
            if config.penalties:
                result.penalties.extend(penalties.read(*given))
        except (ValueError, FloatingPointError, Failed) as error:
            print(f"{experiment} {network} failed: {error}", file=sys.stderr, flush=True)
            result.failed.append(f"{experiment} {network}: {error}")
