"""The dashboard's Figure 2: factors side by side, their networks' best of each type on one positive each."""

import pathlib
from collections.abc import Sequence

from experiments.demo import extraction_rows
from experiments.demo.figures import ENDINGS
from jaxmotif.apps.dashboard import build, figure, inputs
from jaxmotif.apps.dashboard.boxes import Boxed
from jaxmotif.apps.dashboard.build import View
from jaxmotif.apps.dashboard.evidence import Dashboard
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import panel
from jaxmotif.interpret import class_optimization
from jaxmotif.motifs import scan
from jaxmotif.motifs.motif import Motif

# As `jaxmotif dashboard` boxes sites.
_SITE_P = 1e-4


def column(
    folder: pathlib.Path,
    experiment: str,
    networks: Sequence[str],
    config,
    test: Dataset,
    database: Sequence[Motif],
) -> Dashboard:
    """Returns the dashboard of one experiment, of the sequence that `shown_positive` picks.

    Class motifs are those of the paper's way ("free") and of ours ("letters").

    Raises:
      ValueError: if a network is not there.
    """
    factor = panel.factor_of(experiment)
    trained = inputs.networks(folder / experiment, networks)
    trained.sort(key=lambda one: list(networks).index(one.name))
    try:
        known = inputs.known_motifs(database, factor)
    except ValueError:
        known = []
    data = shown_positive(test, known)
    methods = tuple(name for name in build.methods_for(trained, ()) if name in ("saliency", build.TEMPORAL))
    view = View(factor=factor, methods=methods, class_steps=0, seed=config.seed)
    made = build.build(trained, data, Boxed(known, site_p=_SITE_P), view)
    motifs = {
        f"{one.name}, {space}": extraction_rows.class_motif_of(
            folder / experiment / one.name, one.network, space, config
        )
        for one in trained
        for space in class_optimization.SPACES[::-1]
    }
    return made._replace(class_motifs=motifs)


def shown_positive(test: Dataset, known: Sequence[Motif]) -> Dataset:
    """Returns the first held-out positive with a site of a known motif; the first one where none has any.

    The paper does not say how its sequences were chosen. Networks have no say here, so that no sequence is
    shown because they are right about it.
    """
    positives = test.positives
    if known:
        sites = scan.scan(positives.sequences, known, _SITE_P, background="uniform")
        if len(sites.sequence):
            first = int(sites.sequence.min())
            return positives[first : first + 1]
    return positives[:1]


def draw(folder: pathlib.Path, dashboards: Sequence[Dashboard]) -> None:
    """Writes figure2.png and figure2.svg."""
    for ending in ENDINGS:
        figure.dashboards_figure(folder / f"figure2.{ending}", [figure.Column(one, 0) for one in dashboards])
