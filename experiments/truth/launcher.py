"""Whether discover's list is true and complete: planted motifs, decoys, controls without motifs, real peaks.

    python -m experiments.truth --scale=smoke|quick|paper
    python -m experiments.truth --sweep=discover.seeds=1,3 --sweep=discover.train.dropout=0.1,0.3
    python -m experiments.truth --scale=paper --panel=DIR --peers=DIR --background=FASTA

Planted sets have a main motif and two to four weak ones, in random letters and in dinucleotide shuffles of
the background (a file, or letters of a Markov chain). In sets with a rule two of them keep order, strands and
spacing where they come together; decoys are as frequent in the negatives, which are then given. Controls have
no motif: whatever is listed there is false. A panel holds real peaks, as for experiments.demo; peers are
lists of other programs, DIR/PROGRAM/SET.meme. Every list is also tested in its order on the held-out
sequences, by the same test. Each finished set is kept in rows/: the same command again continues. With
--set=fasta=true the made sets are written for other programs to read. With --sweep the points run one after
another on the same sets, and a row tells each point's list of all of them.

Time on two cores, no accelerator: docs/results/truth.md.
"""

import dataclasses
import functools
import pathlib
import sys
from collections.abc import Iterator, Sequence

import numpy as np
from absl import flags

from experiments.common import apart, compiling, sweep
from experiments.truth import report, set_rows, sets, summary
from experiments.truth.set_rows import Job, Loaded
from jaxmotif import config as configs
from jaxmotif import dna, files
from jaxmotif.apps import launch, rundir
from jaxmotif.apps.discover import inputs
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.files import content, fasta
from jaxmotif.data.files import panel as panels
from jaxmotif.errors import Failed
from jaxmotif.motifs import jaspar
from jaxmotif.motifs.motif import Motif
from jaxmotif.report import table

NAME, PEAKS = "truth", "peaks"
SCALES = {
    "smoke": dict(planted=2, controls=2, sequences=300, epochs=6),
    "quick": dict(planted=20, controls=20, sequences=1000, epochs=0),
    "paper": dict(planted=100, controls=100, sequences=1000, epochs=0),
}


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything a run depends on; a dumped config.json starts the same run again.

    Attributes:
      planted: sets with motifs, shared out evenly among `planted_kinds`.
      controls: sets without motifs, shared out evenly among `control_kinds`.
      planted_kinds: of `sets.PLANTED`.
      control_kinds: of `sets.CONTROLS`.
      sequences: of a set: positives, and as many negatives where these are given.
      length: of a sequence, nt.
      background: FASTA whose shuffles are backgrounds; "" takes letters of a Markov chain.
      panel: folder of real peaks; "" for none.
      experiments: names, or beginnings of names, of the panel's to run; none runs all.
      peers: folder of other programs' lists; "" for none.
      fasta: whether to write the made sets as FASTA.
      seed: root of everything random.
      database: gives the motifs of real peaks their families.
      discover: how motifs are found; its files, seed and database are not used.
    """

    # More sets, or other kinds of them, leave those that are there as they are.
    planted: int = configs.setting(20, "analysis")
    controls: int = configs.setting(20, "analysis")
    planted_kinds: tuple[str, ...] = configs.setting(tuple(sets.PLANTED), "analysis")
    control_kinds: tuple[str, ...] = configs.setting(tuple(sets.CONTROLS), "analysis")
    sequences: int = 1000
    length: int = 100
    background: str = configs.setting("", "input")
    panel: str = configs.setting("", "input")
    experiments: tuple[str, ...] = configs.setting((), "analysis")
    peers: str = configs.setting("", "input")
    fasta: bool = configs.setting(False, "analysis")
    seed: int = 0
    database: str = "JASPAR2024"
    discover: Settings = Settings(database="")

    def __post_init__(self):
        configs.check(self, at_least={"planted": 0, "controls": 0, "sequences": 50, "length": 90})
        for name, known in (("planted_kinds", sets.PLANTED), ("control_kinds", sets.CONTROLS)):
            if not getattr(self, name):
                raise ValueError(f"no {name}")
            for kind in getattr(self, name):
                configs.one_of(name, kind, known)


def build(name: str, scale: str, seed: int, assignments: Sequence[str], **paths: str) -> Config:
    """Returns the config of a scale (or of a dumped file), with paths and overrides applied."""
    given = [f"{key}={path}" for key, path in paths.items() if path]
    if name.endswith(".json"):
        return configs.override(sweep.load(Config, name), [*given, *assignments])
    configs.one_of("config", name, (NAME,))
    size, own = SCALES[scale], Settings(database="")
    # Epochs that are not the usual ones stay as they are, however few sequences there are.
    train = own.train.with_fields(epochs=size["epochs"]) if size["epochs"] else own.train
    config = Config(
        planted=size["planted"],
        controls=size["controls"],
        sequences=size["sequences"],
        seed=seed,
        discover=dataclasses.replace(own, train=train),
    )
    return configs.override(config, [*given, *assignments])


def jobs(config: Config) -> Iterator[Job]:
    """Yields the sets of a run: planted ones and controls of all kinds in turn, then real peaks.

    Raises:
      ValueError: for a background or a panel that cannot be read.
    """
    source = background(config)
    size = sets.Size(config.sequences, config.length)
    for count, kinds in ((config.planted, config.planted_kinds), (config.controls, config.control_kinds)):
        for number in range(count):
            kind, own = kinds[number % len(kinds)], number // len(kinds)
            settings = dataclasses.replace(config.discover, seed=config.seed + own, database="")
            make = functools.partial(sets.make, kind, own, config.seed, size, source)
            yield Job(sets.name_of(kind, own), kind, functools.partial(_made, make, settings), settings)
    for experiment in chosen(config):
        # Families tell motifs from variants of others, as in the program that users start.
        settings = dataclasses.replace(
            config.discover,
            sequences=experiment.train,
            test=experiment.test,
            seed=config.seed,
            database=config.database,
        )
        yield Job(experiment.name, PEAKS, functools.partial(_read, settings), settings)


def _made(make, settings: Settings) -> Loaded:
    made = make()
    return Loaded(*inputs.divide(made.data, settings), made.planted, made.rule)


def _read(settings: Settings) -> Loaded:
    return Loaded(*inputs.load(settings), None)


def background(config: Config) -> np.ndarray | None:
    """Returns the sequences whose shuffles are backgrounds, without those that hold an N."""
    if not config.background:
        return None
    codes = fasta.read_sequences(config.background).sequences
    whole = codes[(codes != dna.N).all(axis=1)]
    if not len(whole) or whole.shape[1] < config.length:
        raise ValueError(
            f"{config.background}: {len(whole)} sequences of {codes.shape[1]} nt without N; a background "
            f"needs at least one of {config.length} nt"
        )
    return whole


def chosen(config: Config) -> list[panels.Experiment]:
    """Returns the experiments of the panel that the config names.

    Raises:
      ValueError: for a folder without experiments, or a name that is none of them.
    """
    if not config.panel:
        return []
    found = panels.experiments(config.panel)
    for name in config.experiments:
        if not any(experiment.name.startswith(name) for experiment in found):
            raise ValueError(f"no experiment {name!r}; there are: {', '.join(e.name for e in found)}")
    return [e for e in found if e.name.startswith(config.experiments or "")]


def _inputs(config: Config) -> dict[str, dict]:
    """What the run reads; peers' lists are not among them, since they may come later."""
    read = {"background": config.background} if config.background else {}
    for experiment in chosen(config):
        read |= {f"{experiment.name} train": experiment.train}
        read |= {f"{experiment.name} test": experiment.test} if experiment.test else {}
    return {role: {"file": path, **content.checksum(pathlib.Path(path))} for role, path in read.items()}


def main(argv: Sequence[str]) -> None:
    """Runs the launcher; `argv` begins with the program's name."""
    values = flags.FlagValues()
    launch.experiment_flags(values, [NAME], list(SCALES))
    flags.DEFINE_string("panel", "", "Folder of real peaks.", flag_values=values)
    flags.DEFINE_string("peers", "", "Folder of other programs' lists.", flag_values=values)
    flags.DEFINE_string("background", "", "FASTA whose shuffles are backgrounds.", flag_values=values)
    extra = launch.parse(values, argv, __doc__, lambda: build(values.config, values.scale, values.seed, []))
    if extra:
        raise ValueError(f"unexpected argument {extra[0]!r}")
    compiling.for_scale(values.scale)
    where = {name: getattr(values, name) for name in ("panel", "peers", "background")}
    config = build(values.config, values.scale, values.seed, values.set, **where)
    axes = values.sweep or sweep.recorded_axes(values.config)
    points = sweep.points(config, axes)
    # All that is read, before a folder is made.
    prepared = [_prepared(one) for one in ([point.config for point in points] or [config])]
    folder = rundir.open_run(
        values.workdir or f"runs/{NAME}-{values.scale}" + ("-sweep" if points else ""),
        sweep.Settings(config, tuple(axes)) if points else config,
        resume=values.resume,
        inputs=_inputs(config),
    )
    if points:

        def run_point(place: pathlib.Path, own: Config) -> list[dict]:
            rows, failed = _run_sets(place, own, *_prepared(own), True)
            if not rows:
                # A number, so that the sets are tried again.
                return [{"failed": len(failed), "why": failed[0] if failed else "there are no sets to run"}]
            return [summary.overall(rows) | {"failed": len(failed)}]

        apart.tell(folder, apart.run(folder, points, run_point))
        return
    rows, failed = _run_sets(folder, config, *prepared[0], values.resume)
    if not rows:
        raise ValueError(f"no set could be run; {failed[0]}" if failed else "there are no sets to run")
    report.write_report(folder, config, rows)
    for name, own in summary.tables(rows).items():
        if own:
            print(f"{name}\n\n{table.format_table(own)}")
    print(f"report: {folder / 'report.html'}")
    if failed:
        print(f"error: {len(failed)} failed, see {folder / 'failed.txt'}", file=sys.stderr)
        raise SystemExit(1)


def _prepared(config: Config) -> tuple[list[Job], list[Motif]]:
    """The sets of a run, and the motifs that give real peaks their families."""
    return list(jobs(config)), jaspar.database(config.database) if config.panel else []


def _run_sets(
    folder: pathlib.Path, config: Config, todo: Sequence[Job], database: Sequence[Motif], resume: bool
) -> tuple[list[dict], list[str]]:
    """Rows of all sets, written after each, and a line for every set that failed."""
    rows, failed = [], []
    for number, job in enumerate(todo):
        print(f"{job.name} ({number + 1} of {len(todo)})", file=sys.stderr, flush=True)
        try:
            if config.fasta and job.kind != PEAKS:
                set_rows.write_fasta(folder, job)
            rows += set_rows.run(folder, job, config.peers, database, resume)
        except (ValueError, FloatingPointError, Failed) as error:
            print(f"{job.name} failed: {error}", file=sys.stderr, flush=True)
            failed.append(f"{job.name}: {error}")
        summary.write(folder, rows)
    (folder / "failed.txt").unlink(missing_ok=True)  # of an earlier attempt
    if failed:
        files.write_text(folder / "failed.txt", "".join(f"{line}\n" for line in failed))
    return rows, failed
