"""Motifs by path: of a run directory, of a motif file or of a database."""

import os
import pathlib
from collections.abc import Sequence

from jaxmotif.motifs import formats, jaspar
from jaxmotif.motifs.motif import Motif

NAME = "motifs.meme"


def read(path: str | os.PathLike, may_be_empty: bool = False) -> list[Motif]:
    """Returns the motifs of RUN/motifs.meme, or of a motif file of any format.

    Raises:
      ValueError: if there are none, or the file cannot be read.
    """
    place = pathlib.Path(path)
    if place.is_dir():
        if not (place / NAME).is_file():
            raise ValueError(f"{path} has no {NAME}; runs of discover do")
        place = place / NAME
    found = formats.read(place, may_be_empty=True)
    if not found and not may_be_empty:
        raise ValueError(f"{place}: no motif in the file")
    return found


def read_any(source: str) -> list[Motif]:
    """Returns the motifs of a run or file, see `read`, or of a JASPAR release.

    Raises:
      ValueError: for what is none of these.
    """
    return read(source) if pathlib.Path(source).exists() else jaspar.database(source)


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
