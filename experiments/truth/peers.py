"""Lists of motifs that other programs made of the same sets, read from files: FOLDER/PROGRAM/SET.meme."""

import pathlib
import re
from typing import NamedTuple

from jaxmotif import files
from jaxmotif.data.files import panel
from jaxmotif.motifs import meme
from jaxmotif.motifs.motif_set import MotifSet, read_motifs

_E = re.compile(r"^letter-probability matrix:.*\bE=\s*(\S+)")


class PeerList(NamedTuple):
    """What a program lists.

    Attributes:
      tool: the program's name, of its folder.
      listed: the motifs that it claims: with an E-value up to the level, or all where the file has none.
      others: those that it tried and does not claim.
      sha256: of the file.
    """

    tool: str
    listed: MotifSet
    others: MotifSet
    sha256: str


def paths(folder: str, name: str) -> dict[str, pathlib.Path]:
    """Returns program -> file of a set, by its name or by the factor that the name begins with.

    Raises:
      ValueError: if the folder is not there.
    """
    if not folder:
        return {}
    root, found = pathlib.Path(folder), {}
    if not root.is_dir():
        raise ValueError(f"no such folder: {folder}")
    for place in sorted(path for path in root.iterdir() if path.is_dir()):
        for own in (name, panel.factor_of(name)):
            if (place / f"{own}.meme").is_file():
                found.setdefault(place.name, place / f"{own}.meme")
    return found


def read(tool: str, path: pathlib.Path, level: float) -> PeerList:
    """Returns a program's list, in its order.

    Raises:
      ValueError: for a file that is no MEME file, or in which an E-value is no number.
    """
    motifs = read_motifs(path)
    texts = [found[1] for line in meme.read_lines(path) if (found := _E.match(line.strip()))]
    try:
        e_values = [float(text) for text in texts]
    except ValueError:
        raise ValueError(f"{path}: E-values must be numbers, not {', '.join(texts)}") from None
    if len(e_values) != len(motifs):  # of some motifs only, or of none
        e_values = [0.0] * len(motifs)
    claimed = [e <= level for e in e_values]
    rest = [not one for one in claimed]
    split = (motifs[[i for i, one in enumerate(chosen) if one]] for chosen in (claimed, rest))
    return PeerList(tool, *split, files.sha256(path))
