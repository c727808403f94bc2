"""The dashboard as one HTML file: pick sequence, networks and method, hover a position for its numbers."""

import os

import numpy as np

from jaxmotif import files
from jaxmotif.apps.dashboard.evidence import METHOD_TITLES, Dashboard
from jaxmotif.report import page, templates

_PACKAGE = "jaxmotif.apps.dashboard"

# Values are kept as whole thousandths of their strip's largest magnitude: enough for colours and hovering.
_PARTS = 1000


def _strip(values) -> list:
    values = np.nan_to_num(np.asarray(values, float))
    largest = float(np.abs(values).max())
    return [float(f"{largest:.4g}"), np.rint(values / (largest or 1.0) * _PARTS).astype(int).tolist()]


def _data(dashboard: Dashboard) -> dict:
    return {
        "networks": list(dashboard.networks),
        "methods": [[name, METHOD_TITLES.get(name, name)] for name in dashboard.methods],
        "sequences": [
            {
                "name": shown.name,
                "letters": shown.letters,
                "boxes": [list(box) for box in shown.boxes],
                "scores": {name: round(float(value), 4) for name, value in shown.scores.items()},
                "strips": {
                    method: {name: _strip(values) for name, values in networks.items()}
                    for method, networks in shown.strips.items()
                },
                "temporal": {
                    name: [np.rint(np.asarray(part) * _PARTS).astype(int).tolist() for part in parts]
                    for name, parts in shown.temporal.items()
                },
            }
            for shown in dashboard.sequences
        ],
    }


def render(dashboard: Dashboard) -> str:
    """Returns the page; it loads nothing, and its content security policy lets only its own script run.

    Raises:
      ValueError: without sequences.
    """
    if not dashboard.sequences:
        raise ValueError("a dashboard needs at least one sequence")
    return page.document(
        "template.html",
        [templates.asset("dashboard.js", _PACKAGE)],
        templates.asset("dashboard.css", _PACKAGE),
        _PACKAGE,
        title=f"{dashboard.factor} dashboard",
        subtitle=dashboard.subtitle,
        provenance=dashboard.provenance,
        dashboard=dashboard,
        data=templates.json_block("data", _data(dashboard)),
    )


def write(path: str | os.PathLike, dashboard: Dashboard) -> None:
    """Writes a dashboard into a file, at once or not at all."""
    files.write_text(path, render(dashboard))
