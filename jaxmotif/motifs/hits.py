"""Matches as rows: the hits of each query, best first, and the table that tomtom writes."""

import dataclasses
import os
from collections.abc import Iterable, Sequence

import numpy as np

from jaxmotif import files
from jaxmotif.motifs.motif import Motif, consensus
from jaxmotif.motifs.tomtom import Matches

COLUMNS = (
    "Query_ID",
    "Target_ID",
    "Optimal_offset",
    "p-value",
    "E-value",
    "q-value",
    "Overlap",
    "Query_consensus",
    "Target_consensus",
    "Orientation",
)


@dataclasses.dataclass(frozen=True)
class Hit:
    """One query matched with one target.

    Attributes:
      query, target: the motifs' names; target_alt: the target's alternative name, often the
        factor's.
      query_index, target_index: their places in the lists that were matched.
      offset, overlap, p, e, q, strand: as in `tomtom.Matches`.
      query_consensus, target_consensus: most probable letters; the target's as it lies on the
        query, so reverse complemented where the strand is "-".
    """

    query: str
    target: str
    target_alt: str
    query_index: int
    target_index: int
    offset: int
    overlap: int
    p: float
    e: float
    q: float
    strand: str
    query_consensus: str
    target_consensus: str


def hits(
    matches: Matches,
    queries: Sequence[Motif],
    targets: Sequence[Motif],
    e_max: float | None = None,
    q_max: float | None = None,
) -> list[Hit]:
    """Those matches with E <= e_max and q <= q_max, by query in the given order, then by p.

    Equal p-values keep the targets' order. None means no limit.

    Raises:
      ValueError: if the matches' shape is not (queries, targets).
    """
    if matches.p.shape != (len(queries), len(targets)):
        raise ValueError(
            f"matches of shape {matches.p.shape} do not belong to {len(queries)} queries and "
            f"{len(targets)} targets"
        )
    keep = np.ones(matches.p.shape, dtype=bool)
    if e_max is not None:
        keep &= matches.e <= e_max
    if q_max is not None:
        keep &= matches.q <= q_max
    found = []
    for i, query in enumerate(queries):
        query_letters = consensus(query.ppm)
        chosen = np.flatnonzero(keep[i])
        for j in chosen[np.argsort(matches.p[i, chosen], kind="stable")].tolist():
            target, strand = targets[j], str(matches.strand[i, j])
            ppm = target.ppm if strand == "+" else target.ppm[::-1, ::-1]
            found.append(
                Hit(
                    query=query.name,
                    target=target.name,
                    target_alt=target.alt_name,
                    query_index=i,
                    target_index=j,
                    offset=int(matches.offset[i, j]),
                    overlap=int(matches.overlap[i, j]),
                    p=float(matches.p[i, j]),
                    e=float(matches.e[i, j]),
                    q=float(matches.q[i, j]),
                    strand=strand,
                    query_consensus=query_letters,
                    target_consensus=consensus(ppm),
                )
            )
    return found


def tsv(rows: Iterable[Hit]) -> str:
    """Hits as the ten columns of MEME's tomtom.tsv, header first, without its trailing comments."""
    lines = ["\t".join(COLUMNS)]
    for hit in rows:
        lines.append(
            "\t".join(
                [
                    "_".join(hit.query.split()),
                    "_".join(hit.target.split()),
                    str(hit.offset),
                    f"{hit.p:.6g}",
                    f"{hit.e:.6g}",
                    f"{hit.q:.6g}",
                    str(hit.overlap),
                    hit.query_consensus,
                    hit.target_consensus,
                    hit.strand,
                ]
            )
        )
    return "\n".join(lines) + "\n"


def write_tsv(path: str | os.PathLike, rows: Iterable[Hit]) -> None:
    """Writes `tsv` of hits at once or not at all.

    Raises:
      ValueError: if the file cannot be written.
    """
    files.write_text(path, tsv(rows))
