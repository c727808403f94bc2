"""What is boxed in sequences: sites of the motifs that a run has found, and of known ones."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif.apps.dashboard.evidence import Box
from jaxmotif.motifs import cores, scan
from jaxmotif.motifs.motif import Motif

SITE_P = 1e-4


class Boxed(NamedTuple):
    """Motifs whose sites are boxed.

    Attributes:
      known: of the database; of sites of several on one stretch the best one is boxed.
      found: by the run; they are looked for against its own letters (`Motif.background`), as by `discover`.
      site_p: p-value up to which a word is a site; of motifs too short for it their best words are.
    """

    known: Sequence[Motif] = ()
    found: Sequence[Motif] = ()
    site_p: float = SITE_P


def label(motif: Motif) -> str:
    """Returns what a motif is called on the page: its name and, where there is one, its factor's."""
    return f"{motif.name} {motif.alt_name}".strip()


def boxes(codes_nl: np.ndarray, motifs: Boxed) -> list[list[Box]]:
    """Returns the boxes of every sequence, in order of their starts.

    Sites of one motif do not overlap, of those that do the one with the smallest p is taken, the first of
    equal ones; sites of several found motifs may.

    Args:
      codes_nl: uint8 (N, L).
      motifs: what is boxed.
    """
    rows: list[list[Box]] = [[] for _ in codes_nl]
    if motifs.known:
        sites = scan.scan(codes_nl, motifs.known, motifs.site_p, background="uniform")
        _add(rows, sites, [label(motif) for motif in motifs.known], False)
    if motifs.found:
        background = motifs.found[0].background
        wanted = cores.searched(motifs.found, motifs.site_p, codes_nl, background)
        sites = scan.scan(codes_nl, wanted.motifs, wanted.p, background=background)
        _add(rows, sites, [label(motif) for motif in motifs.found], True)
    return [sorted(found) for found in rows]


def _add(rows: list[list[Box]], sites: scan.Sites, names: Sequence[str], found: bool) -> None:
    """Adds sites, the best first: those of a database where none of them is, found ones by motif."""
    taken: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for i in np.lexsort((sites.start, sites.p, sites.sequence)):
        row, start, end = int(sites.sequence[i]), int(sites.start[i]), int(sites.end[i])
        motif = int(sites.motif[i])
        others = taken.setdefault((row, motif if found else -1), [])
        if all(end <= first or last <= start for first, last in others):
            others.append((start, end))
            rows[row].append(Box(start, end, str(sites.strand[i]), names[motif], found))
