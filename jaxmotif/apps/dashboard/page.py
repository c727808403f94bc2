"""The dashboard as one HTML file: pick sequence, networks and method, hover a position for its numbers."""

import base64
import hashlib
import html
import json
import os

import numpy as np

from jaxmotif import files
from jaxmotif.apps.dashboard.evidence import METHOD_TITLES, Dashboard
from jaxmotif.apps.dashboard.script import SCRIPT, STYLE
from jaxmotif.motifs.logo import logo_svg
from jaxmotif.report.style import STYLE as BASE_STYLE

# Values are kept as whole thousandths of their strip's largest magnitude: enough for colours and hovering.
_PARTS = 1000

HELP = (
    "A strip has one cell a letter. Its colours are scaled by its own largest value: red adds to the class, blue "
    "takes away. The number behind a network's name is its probability of the class. Temporal strips show the "
    "probability of the sequence up to a position (forward) and from it on (backward): white is one half. Boxes are "
    "sites of the factor's known motifs. Arrow keys change the sequence."
)


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


def _logos(dashboard: Dashboard) -> str:
    known = "".join(
        f"<figure>{logo_svg(motif.ppm, title=motif.name, size=(11, 60))}"
        f"<figcaption>{html.escape(f'{motif.name} {motif.alt_name}'.strip())}</figcaption></figure>"
        for motif in dashboard.known
    )
    classes = "".join(
        f'<div class="class"><b>{html.escape(name)}</b>{logo_svg(motif.ppm, title=f"{name} class motif", size=(8, 56))}'
        f"<small>{html.escape(motif.source)}</small></div>"
        for name, motif in dashboard.class_motifs.items()
    )
    known = known or '<p class="empty">The database has none.</p>'
    text = (
        f'<section id="known"><h2>Known motifs of {html.escape(dashboard.factor)}</h2>'
        f'<div class="known">{known}</div></section>'
    )
    if classes:
        text += (
            f'<section id="class"><h2>Class motifs: what each network is surest to call '
            f"{html.escape(dashboard.class_name)}</h2>{classes}</section>"
        )
    return text


def render(dashboard: Dashboard) -> str:
    """The page; it loads nothing, and its content security policy lets only its own script run.

    Raises:
      ValueError: without sequences.
    """
    if not dashboard.sequences:
        raise ValueError("a dashboard needs at least one sequence")
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    title = html.escape(f"{dashboard.factor} dashboard")
    # "<" could end the block early.
    data = json.dumps(_data(dashboard), separators=(",", ":")).replace("<", "\\u003c")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{BASE_STYLE}{STYLE}</style></head><body>"
        f'<header><h1>{title}</h1><p class="subtitle">{html.escape(dashboard.subtitle)}</p></header><main>'
        f"{_logos(dashboard)}"
        '<section id="sequence"><h2>Sequences</h2><div class="controls">'
        '<label>Sequence <select id="pick"></select></label>'
        '<button type="button" id="previous" aria-label="previous sequence">&#8592;</button>'
        '<button type="button" id="next" aria-label="next sequence">&#8594;</button>'
        '<label>Method <select id="method"></select></label>'
        '<fieldset id="networks"><legend>Networks</legend></fieldset>'
        '</div><p id="reading" role="status">Hover a position, or click it to hold it.</p>'
        f'<div id="strips"></div><p class="lead">{HELP}</p></section>'
        f"</main><footer>{html.escape(dashboard.provenance)}</footer>"
        f'<script type="application/json" id="data">{data}</script><script>{SCRIPT}</script></body></html>\n'
    )


def write(path: str | os.PathLike, dashboard: Dashboard) -> None:
    """Renders a dashboard into a file, at once or not at all."""
    files.write_text(path, render(dashboard))
