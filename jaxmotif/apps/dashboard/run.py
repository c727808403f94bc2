"""The dashboard of a run: page and figure."""

import dataclasses
import os
import pathlib
import sys
from collections.abc import Mapping, Sequence

from jaxmotif.apps.dashboard import build, figure, inputs, page, sequences
from jaxmotif.apps.dashboard.boxes import Boxed
from jaxmotif.apps.dashboard.build import View
from jaxmotif.apps.dashboard.evidence import Dashboard
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import panel
from jaxmotif.models.network import Network
from jaxmotif.motifs import jaspar
from jaxmotif.motifs.motif import Motif


def dashboard(
    networks: Mapping[str, Network],
    data: Dataset,
    view: View = View(),
    known: Sequence | None = None,
) -> Dashboard:
    """Returns the dashboard of networks in memory; `page.write(path, dashboard)` writes its page.

    Args:
      networks: name -> network, in the order to show; also networks made from functions.
      data: the sequences, of which the first `view.most` are shown.
      view: what is shown of them; its `sequence` and `networks` are of runs and not read.
      known: motifs of the factor; by default those of `view.factor` in `view.database`.

    Raises:
      ValueError: for networks of different lengths or alphabets, and unknown names of any kind.
    """
    shown = [
        one
        for name, network in networks.items()
        for one in inputs.of_network(name, network, class_name=view.class_name)
    ]
    if not shown:
        raise ValueError("a dashboard shows at least 1 network, got 0")
    inputs.check_alike(shown)
    if known is None:
        known = inputs.known_motifs(jaspar.database(view.database), view.factor) if view.factor else []
    data = data[: view.most]
    view = _asked(shown, view, view.factor)
    found = build.build(shown, data, Boxed(known), view)
    return found._replace(subtitle=f"{len(shown)} networks, {len(data)} sequences")


def _asked(shown: Sequence[inputs.Trained], view: View, factor: str) -> View:
    return dataclasses.replace(view, methods=build.methods_for(shown, view.methods), factor=factor)


def write_foreign(
    network: Network, path: str | os.PathLike, view: View, out: str | os.PathLike, formats: Sequence[str]
) -> list[str]:
    """Writes the dashboard of a network of another program, as `write_dashboard` does that of a run.

    Args:
      network: as it was opened; of several classes that of `view.class_name` is shown, or the first.
      path: of its file.
      view: what is shown; its `sequence` is a file, its `networks` are not read.
      out: folder to write into.
      formats: of the figure.

    Raises:
      ValueError: without sequences, for ones of another length, and unknown names of any kind.
    """
    file = pathlib.Path(path)
    if not os.path.isfile(view.sequence):
        asked = f"no such file: {view.sequence}" if view.sequence else "a file has no held-out sequences"
        raise ValueError(f"{asked}; give a FASTA with --sequence, or loci and --genome")
    chosen = view.class_name
    if chosen == inputs.BOUND and chosen not in network.classes:
        chosen = network.classes[0]
    network.target_index(chosen)
    view = dataclasses.replace(view, class_name=chosen)
    trained = [inputs.Trained(file.stem, network)]
    build.methods_for(trained, view.methods)  # before anything is read
    known = inputs.known_motifs(jaspar.database(view.database), view.factor) if view.factor else []
    given = sequences.read(
        file.parent, view.sequence, network.length, view.most, (), view.genome, view.repeats
    )
    notes = list(network.notes)
    if len(network.classes) > 1:
        others = [name for name in network.classes if name != chosen]
        more = f" and {len(others) - 8} more" if len(others) > 8 else ""
        notes.append(f"{chosen} is shown; --class shows another one: {', '.join(others[:8])}{more}")
    fitting, left_out = page.fitting(given.data, trained, build.strips_of(view.methods or build.USUAL))
    found = build.build(trained, fitting, Boxed(known), _asked(trained, view, view.factor))
    found = found._replace(
        factor=view.factor or file.stem,
        subtitle=f"{file.name}, {given.said}",
        notes=(*notes, *given.notes, *left_out),
    )
    return _written(pathlib.Path(out), found, fitting.names[0], formats)


def write_dashboard(
    run_folder: str | os.PathLike, view: View, out: str | os.PathLike | None, formats: Sequence[str]
) -> list[str]:
    """Writes dashboard.html and a figure of the first sequence in every format.

    Args:
      run_folder: of `discover`, or of one experiment of experiments.demo.
      view: what is shown.
      out: folder to write into; none takes `dashboard` in the run's.
      formats: of the figure: "png", "pdf", "svg".

    Returns:
      lines that name the files.

    Raises:
      ValueError: for a folder without networks, and unknown names of any kind.
    """
    run = inputs.experiment_folder(os.fspath(run_folder))
    trained = inputs.networks(run, view.networks, view.class_name)
    build.methods_for(trained, view.methods)  # before anything is read
    motifs = inputs.found_motifs(run)
    known, factor = _known(run, view, asks=motifs is not None)
    motifs = Boxed(known) if motifs is None else motifs._replace(known=known)
    targets = [one.target or view.class_name for one in trained]
    length = trained[0].network.length
    given = sequences.read(run, view.sequence, length, view.most, targets, view.genome, view.repeats)
    fitting, notes = page.fitting(given.data, trained, build.strips_of(view.methods or build.USUAL))
    found = build.build(trained, fitting, motifs, _asked(trained, view, factor), given.labels)
    folder = pathlib.Path(out or run / "dashboard")
    report = run / "report.html"
    found = found._replace(
        factor=factor or run.resolve().name,
        subtitle=f"{_counted(trained)} of {run}, {given.said}",
        notes=(*given.notes, *notes, *inputs.left_out(trained), *_not_shown(run, trained, view)),
        report=os.path.relpath(report, folder) if report.is_file() else "",
    )
    return _written(folder, found, fitting.names[0], formats)


def _written(folder: pathlib.Path, found: Dashboard, first: str, formats: Sequence[str]) -> list[str]:
    """Lines that name the page and the figures of the first sequence."""
    page.write(folder / "dashboard.html", found)
    lines = []
    name = "".join(letter if letter.isalnum() or letter in "-." else "_" for letter in first[:80])
    for ending in formats:
        figure.draw(folder / f"{name}.{ending}", found)
        lines.append(f"figure: {folder / f'{name}.{ending}'}")
    return [*lines, f"page: {folder / 'dashboard.html'}"]


def _counted(trained: Sequence[inputs.Trained]) -> str:
    """How many networks are shown, or targets of one."""
    by_target = len({one.folder for one in trained}) == 1 and all(one.target for one in trained)
    called = trained[0].network.answer.output if by_target else "network"
    many = "es" if called == "class" else "s"
    return f"{len(trained)} {called}{many if len(trained) > 1 else ''}"


def _known(run: pathlib.Path, view: View, asks: bool) -> tuple[list[Motif], str]:
    """Database motifs of the factor and its name, which is guessed where it is not told.

    A run that has motifs of its own says no word about a guess that is wrong.
    """
    factor = view.factor or panel.factor_of(run.resolve().name)
    database = jaspar.database(view.database)
    try:
        return inputs.known_motifs(database, factor), factor
    except ValueError as error:
        if view.factor:
            raise
        if not asks:
            print(f"{error}; no known motifs are shown, --factor names another", file=sys.stderr)
            return [], factor
        return [], ""


def _not_shown(run: pathlib.Path, trained: Sequence[inputs.Trained], view: View) -> list[str]:
    if view.class_steps and not trained[0].network.answer.is_probability:
        return [
            "Class motifs are not shown: they are what a network is surest of, and a value or count is "
            "nothing to be sure of."
        ]
    if "infomax" not in inputs.objectives(run):
        return []
    return [
        "Networks trained without labels (infomax) are not shown: they know no class that a letter could "
        "speak for or against."
    ]
