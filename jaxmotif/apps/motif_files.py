"""Motifs by path: of a run directory, of a motif file or of a database."""

import dataclasses
import os
import pathlib
from collections.abc import Mapping, Sequence

from jaxmotif import files
from jaxmotif.motifs import formats, jaspar
from jaxmotif.motifs.motif import Motif

NAME, RECORDS = "motifs.meme", "motifs.json"


def read(path: str | os.PathLike, may_be_empty: bool = False) -> list[Motif]:
    """Returns the motifs of RUN/motifs.meme, or of a motif file of any format.

    Those of a run have as `alt_name` the factor whose known motif gives them their name, by RUN/motifs.json.

    Raises:
      ValueError: if there are none, or a file cannot be read.
    """
    place, rows = pathlib.Path(path), {}
    if place.is_dir():
        if not (place / NAME).is_file():
            raise ValueError(f"{path} has no {NAME}; runs of discover do")
        rows, place = records(place), place / NAME
    found = formats.read(place, may_be_empty=True)
    if not found and not may_be_empty:
        raise ValueError(f"{place}: no motif in the file")
    return with_factors(found, rows)


def records(run: str | os.PathLike) -> dict[str, Mapping]:
    """Returns what RUN/motifs.json says of each motif, by name; nothing where there is no such file.

    Raises:
      ValueError: for a file that cannot be read.
    """
    path = pathlib.Path(run) / RECORDS
    if not path.is_file():
        return {}
    with files.reading(path, "list of motifs"):
        return {row["name"]: row for row in files.read_json(path)}


def with_factors(motifs: Sequence[Motif], rows: Mapping[str, Mapping]) -> list[Motif]:
    """Returns motifs with the factors as `alt_name` that rows of motifs.json (`records`) name them by."""
    matches = [rows.get(motif.name, {}).get("best_match") for motif in motifs]
    return [
        dataclasses.replace(motif, alt_name=match["name"]) if match else motif
        for motif, match in zip(motifs, matches, strict=True)
    ]


def of_run(run: str | os.PathLike) -> tuple[list[Motif], list[str]]:
    """Returns the motifs of a run's directory, or of the one that a folder in it lies in, and notes.

    There are none of a file of weights, or where nothing was found; a note says so.

    Raises:
      ValueError: for a file that cannot be read.
    """
    place = pathlib.Path(run)
    where = [one for one in (place, place.resolve().parent) if (one / NAME).is_file()]
    if not place.is_dir() or not where:
        return [], [f"{run} has no {NAME}: no motifs are looked for"]
    found = read(where[0], may_be_empty=True)
    return found, [] if found else [f"{where[0] / NAME} holds no motif: none is looked for"]


def label(motif: Motif) -> str:
    """Returns NAME(FACTOR), or NAME without a known factor, free of blanks and what parts names."""
    text = f"{motif.name}({motif.alt_name})" if motif.alt_name else motif.name
    return "_".join(text.split()).translate(str.maketrans(";=>", "___"))


def read_any(source: str, may_be_empty: bool = False) -> list[Motif]:
    """Returns the motifs of a run or file, see `read`, or of a JASPAR release.

    Raises:
      ValueError: for what is none of these.
    """
    is_path = pathlib.Path(source).exists() or os.sep in source or "." in source
    return read(source, may_be_empty) if is_path else jaspar.database(source)


def chosen(motifs: Sequence[Motif], names: Sequence[str], source: str) -> list[Motif]:
    """Returns the motifs of some names, in the order of the names; all for no names.

    Args:
      motifs: to choose from.
      names: identifiers, or names of factors, in any case.
      source: what messages call the motifs.

    Raises:
      ValueError: for a name that no motif has.
    """
    found: list[Motif] = []
    for name in names:
        own = [m for m in motifs if name.upper() in (m.name.upper(), m.alt_name.upper())]
        if not own:
            raise ValueError(f"{source} has no motif {name!r} among its {len(motifs)}")
        found += [motif for motif in own if all(motif is not one for one in found)]
    return found if names else list(motifs)
