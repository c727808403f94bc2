"""The dashboard of a run: page and figure."""

import dataclasses
import os
import pathlib
import sys
from collections.abc import Mapping, Sequence

from jaxmotif.apps.dashboard import build, figure, inputs, page
from jaxmotif.apps.dashboard.build import View
from jaxmotif.apps.dashboard.evidence import Dashboard
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import panel
from jaxmotif.models.network import Network
from jaxmotif.motifs import jaspar


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
    shown = [inputs.Trained(name, network) for name, network in networks.items()]
    if not shown:
        raise ValueError("a dashboard shows at least 1 network, got 0")
    inputs.check_alike(shown)
    if known is None:
        known = inputs.known_motifs(jaspar.database(view.database), view.factor) if view.factor else []
    data = data[: view.most]
    subtitle = f"{len(shown)} networks, {len(data)} sequences"
    return _built(shown, data, view, view.factor, known, subtitle)


def _built(shown, data: Dataset, view: View, factor: str, known, subtitle: str) -> Dashboard:
    view = dataclasses.replace(view, methods=build.methods_for(shown, view.methods), factor=factor)
    return build.build(shown, data, known, view, subtitle=subtitle)


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
    trained = inputs.networks(run, view.networks)
    build.methods_for(trained, view.methods)  # before anything is read
    factor = view.factor or panel.factor_of(run.resolve().name)
    database = jaspar.database(view.database)
    try:
        known = inputs.known_motifs(database, factor)
    except ValueError as error:
        if view.factor:
            raise
        known = []
        print(f"{error}; no known motifs are shown, --factor names another", file=sys.stderr)
    data = inputs.sequences(run, view.sequence, trained[0].network.length, view.most)
    subtitle = f"{len(trained)} networks of {run}, {len(data)} sequences"
    found = _built(trained, data, view, factor, known, subtitle)
    folder = pathlib.Path(out or run / "dashboard")
    page.write(folder / "dashboard.html", found)
    lines = []
    first = data.names[0][:80]
    name = "".join(letter if letter.isalnum() or letter in "-." else "_" for letter in first)
    for ending in formats:
        figure.dashboard_figure(folder / f"{name}.{ending}", found, 0, found.methods[0])
        lines.append(f"figure: {folder / f'{name}.{ending}'}")
    return [*lines, f"page: {folder / 'dashboard.html'}"]
