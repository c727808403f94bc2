"""The dashboard as one HTML file: sequences as logos of contributions, chosen, compared and hovered."""

import dataclasses
import os
from collections.abc import Sequence

import numpy as np

from jaxmotif import files
from jaxmotif.apps.dashboard import boxes, class_motifs, words
from jaxmotif.apps.dashboard.evidence import METHODS, Dashboard
from jaxmotif.apps.dashboard.inputs import Trained
from jaxmotif.data.dataset import Dataset
from jaxmotif.motifs.logo import OUTLINES
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.ppm import information_content
from jaxmotif.report import page, templates

_PACKAGE = "jaxmotif.apps.dashboard"

# Two characters of these are a value: whole parts of its strip's largest magnitude, from -PARTS to PARTS.
CODE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
PARTS = 2047
# Bytes that the values may take; with more, fewer sequences are shown.
MOST_BYTES = 8_000_000


def packed(values) -> list:
    """Returns [largest magnitude, text] of values (L,): two characters of `CODE` each, the first times 64."""
    values = np.nan_to_num(np.asarray(values, float))
    largest = float(np.abs(values).max())
    parts = np.rint(values / (largest or 1.0) * PARTS).astype(int) + PARTS + 1
    letters = np.array(list(CODE))
    text = np.stack([letters[parts // 64], letters[parts % 64]], axis=1)
    return [float(f"{largest:.5g}"), "".join(text.ravel().tolist())]


def fitting(
    data: Dataset, trained: Sequence[Trained], methods: Sequence[str]
) -> tuple[Dataset, tuple[str, ...]]:
    """Returns the sequences whose values fit on a page, `MOST_BYTES`, evenly taken from all, and a note.

    The first one stays.
    """
    rows = sum(1 + len(one.network) * (len(one.network) > 1) for one in trained)
    each = 2 * data.length * (rows * len(methods) + 2 * sum(one.network.recurrent for one in trained))
    most = max(MOST_BYTES // each, 1)
    if len(data) <= most:
        return data, ()
    note = (
        f"Of {len(data):,} sequences {most:,} are shown, so that their values stay below "
        f"{MOST_BYTES // 1_000_000} MB; --networks, --methods and --sequence choose others."
    )
    return data.take(np.linspace(0, len(data) - 1, most).astype(int)), (note,)


def _data(dashboard: Dashboard) -> dict:
    names = list(dict.fromkeys(box.name for one in dashboard.sequences for box in one.boxes))
    number = {name: i for i, name in enumerate(names)}
    return {
        "class": dashboard.class_name,
        "probability": dashboard.answer.is_probability,
        "known": dashboard.by_table,
        "networks": [
            {
                "name": name,
                "target": dashboard.targets.get(name, dashboard.class_name),
                "members": list(dashboard.members.get(name, ())),
            }
            for name in dashboard.networks
        ],
        "methods": [
            {"name": name, "title": METHODS[name].title, "meaning": METHODS[name].meaning}
            for name in dashboard.methods
        ],
        "code": CODE,
        "outlines": {letter: OUTLINES[letter] for letter in dashboard.alphabet},
        "motifs": names,
        "sequences": [
            {
                "name": shown.name,
                "letters": shown.letters,
                "positive": shown.positive,
                "known": dict(shown.known),
                "place": shown.place and list(shown.place),
                "boxes": [
                    [box.start, box.end, box.strand, number[box.name], int(box.found)] for box in shown.boxes
                ],
                "scores": {name: _rounded(value, dashboard) for name, value in shown.scores.items()},
                "strips": {
                    method: {name: packed(values) for name, values in rows.items()}
                    for method, rows in shown.strips.items()
                },
                "temporal": {
                    name: [packed(2 * np.asarray(part) - 1) for part in parts]
                    for name, parts in shown.temporal.items()
                },
            }
            for shown in dashboard.sequences
        ],
    }


def _rounded(score: float, dashboard: Dashboard) -> float:
    return round(float(score), 4) if dashboard.answer.is_probability else float(f"{score:.5g}")


def _pieces(motif: Motif) -> tuple[str, list[tuple[str, Motif]]]:
    """What a class motif is in words, and its stretches that say something, with their places."""
    bits = information_content(motif.ppm)
    own = class_motifs.stretches(motif)
    if not own:
        return f"found nothing: its best column has {bits.max():.2f} bits", []
    told = f"{motif.width} letters, {bits.sum():.1f} bits; what is not drawn is flat"
    return told, [
        (f"letters {start + 1} to {end}", dataclasses.replace(motif, ppm=motif.ppm[start:end]))
        for start, end in own
    ]


def render(dashboard: Dashboard) -> str:
    """Returns the page; it loads nothing, and its content security policy lets only its own script run.

    Raises:
      ValueError: without sequences.
    """
    if not dashboard.sequences:
        raise ValueError("a dashboard needs at least one sequence")
    counts = {boxes.label(motif): 0 for motif in (*dashboard.found, *dashboard.known)}
    for shown in dashboard.sequences:
        for name in {box.name for box in shown.boxes}:
            counts[name] = counts.get(name, 0) + 1
    return page.document(
        "template.html",
        [templates.asset(name, _PACKAGE) for name in ("logo.js", "dashboard.js")],
        templates.asset("dashboard.css", _PACKAGE),
        _PACKAGE,
        title=f"{dashboard.factor} dashboard",
        subtitle=dashboard.subtitle,
        provenance=dashboard.provenance,
        dashboard=dashboard,
        called=boxes.label,
        counts=counts,
        classes=[
            (name, dashboard.targets.get(name, dashboard.class_name), *_pieces(motif))
            for name, motif in dashboard.class_motifs.items()
        ],
        help=words.how_to_read(dashboard),
        data=templates.json_block("data", _data(dashboard)),
    )


def write(path: str | os.PathLike, dashboard: Dashboard) -> None:
    """Writes a dashboard into a file, at once or not at all."""
    files.write_text(path, render(dashboard))
