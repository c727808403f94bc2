"""A motif set in one JSON file, with everything that is known of it; numbers are kept to the last bit."""

import dataclasses
import json
import os
from typing import Any

import numpy as np

from jaxmotif import files
from jaxmotif.motifs.centring import Centring
from jaxmotif.motifs.enrichment import Test
from jaxmotif.motifs.evidence import Ablation, Effect, Evidence, TargetEffect
from jaxmotif.motifs.hits import Hit
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.motif_set import MotifSet
from jaxmotif.motifs.places import Rows
from jaxmotif.motifs.scan import Sites

FORMAT = "jaxmotif motif set 1"


def save(path: str | os.PathLike, motifs: MotifSet) -> None:
    """Writes a motif set at once or not at all.

    Raises:
      ValueError: if the file cannot be written.
    """
    targets: dict[int, int] = {}  # a target of many hits is written once
    used: list[Motif] = []
    matches = None
    if motifs.matches is not None:
        for hit in (hit for own in motifs.matches for hit in own):
            if targets.setdefault(id(hit.target), len(used)) == len(used):
                used.append(hit.target)
        row = lambda hit: _fields(hit) | {"target": targets[id(hit.target)]}
        matches = [[row(hit) for hit in own] for own in motifs.matches]
    value = {
        "format": FORMAT,
        "motifs": [_fields(motif) for motif in motifs.motifs],
        "evidence": [_fields(known) for known in motifs.evidence],
        "targets": [_fields(motif) for motif in used],
        "matches": matches,
        "database": motifs.database,
        "sites": None if motifs.sites is None else _fields(motifs.sites),
        "rows": None if motifs.rows is None else _fields(motifs.rows) | {"names": list(motifs.rows.names)},
        "notes": list(motifs.notes),
    }
    files.write_json(path, value)


def load(path: str | os.PathLike) -> MotifSet:
    """Returns what `save` wrote.

    Raises:
      ValueError: for a file that is missing, damaged or of another kind.
    """
    with files.reading(path, "motif set"):
        return _motif_set(path, json.loads(files.read_bytes(path).decode("utf-8")))


def _motif_set(path: str | os.PathLike, value) -> MotifSet:
    kind = value.get("format") if isinstance(value, dict) else type(value).__name__
    if kind != FORMAT:
        raise ValueError(f"{path} holds {kind!r}, not {FORMAT!r}")
    targets = [_motif(entry) for entry in value["targets"]]
    return MotifSet(
        [_motif(entry) for entry in value["motifs"]],
        [_evidence(entry) for entry in value["evidence"]],
        value["matches"]
        and [
            [Hit(**entry | {"target": targets[entry["target"]]}) for entry in own] for own in value["matches"]
        ],
        value["database"],
        value["sites"] and Sites(**{name: np.array(column) for name, column in value["sites"].items()}),
        value["rows"] and Rows(**{name: _array(name, column) for name, column in value["rows"].items()}),
        tuple(value.get("notes", ())),
    )


def _fields(record) -> dict:
    return {field.name: _plain(getattr(record, field.name)) for field in dataclasses.fields(record)}


def _plain(value):
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    return value if not isinstance(value, Motif) else None


def _array(name: str, column) -> Any:
    return column if name in ("names", "length") or column is None else np.array(column)


def _motif(entry: dict) -> Motif:
    ppm = np.array(entry["ppm"])
    found = Motif(**entry | {"ppm": ppm, "background": tuple(entry["background"])})
    # Rescaling rows that sum to 1 but for rounding would change last bits.
    ppm.setflags(write=False)
    object.__setattr__(found, "ppm", ppm)
    object.__setattr__(found, "background", tuple(entry["background"]))
    return found


def _evidence(entry: dict) -> Evidence:
    return Evidence(
        **entry
        | {
            "filters": tuple((name, seed, k) for name, seed, k in entry["filters"]),
            "prevalence": entry["prevalence"] and tuple(entry["prevalence"]),
            "positions": None if entry["positions"] is None else np.array(entry["positions"]),
            "held_out": Test(*entry["held_out"]) if entry.get("held_out") else None,
            "effect": Effect(*entry["effect"]) if entry.get("effect") else None,
            "ablation": Ablation(*map(tuple, entry["ablation"])) if entry.get("ablation") else None,
            "by_target": tuple(TargetEffect(*one) for one in entry.get("by_target", ())),
            "centring": Centring(*entry["centring"]) if entry.get("centring") else None,
        }
    )
