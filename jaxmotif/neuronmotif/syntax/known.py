"""Tomtom hits of motifs of any width."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from jaxmotif.motifs import tomtom
from jaxmotif.motifs.hits import Hit, by_query, hits
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.ppm import information_content


def known_motifs(
    motifs: Sequence[Motif],
    database: Sequence[Motif] | None,
    q_max: float | None = None,
    e_max: float | None = None,
) -> list[list[Hit]]:
    """Returns the hits of each motif, best first; none without a database.

    Of a motif that is wider than Tomtom takes, the most informative columns are compared.

    Args:
      motifs: queries.
      database: known motifs.
      q_max, e_max: largest q- and E-value of a hit; None: no limit.

    Raises:
      ValueError: for an empty database.
    """
    if database is None or not motifs:
        return [[] for _ in motifs]
    starts = [_window(motif) for motif in motifs]
    queries = [comparable(motif) for motif in motifs]
    found = hits(tomtom.match(queries, database), queries, database, e_max, q_max)
    return by_query(
        (dataclasses.replace(hit, offset=hit.offset - starts[hit.query_index]) for hit in found), len(motifs)
    )


def comparable(motif: Motif) -> Motif:
    """Returns the motif, or where it is wider than Tomtom takes its most informative columns."""
    start = _window(motif)
    return dataclasses.replace(motif, ppm=motif.ppm[start : start + tomtom.MAX_WIDTH])


def _window(motif: Motif) -> int:
    """Where the most informative columns begin of a motif that is wider than Tomtom takes, else 0."""
    if motif.width <= tomtom.MAX_WIDTH:
        return 0
    total = np.concatenate([[0], np.cumsum(information_content(motif.ppm))])
    return int(np.argmax(total[tomtom.MAX_WIDTH :] - total[: -tomtom.MAX_WIDTH]))
