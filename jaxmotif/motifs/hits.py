"""Matches as rows: the hits of each query, best first, and the table that tomtom writes."""

import dataclasses
import os
from collections.abc import Iterable, Sequence

import numpy as np

from jaxmotif import files
from jaxmotif.motifs import tomtom
from jaxmotif.motifs.motif import Motif
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
      target: the motif of the database.
      e: E-value, p times the number of targets.
      q: q-value among the alignments of the same query.
      offset: the target's column, as it lies on the query, that stands under the query's first column;
        negative if the query begins first. It is the Optimal_offset of tomtom.tsv.
      strand: "-" if the target's reverse complement matched.
      p: p-value of the best of all alignments on both strands.
      overlap: number of columns that lie on each other.
      query: name of the query.
      query_index: place of the query in the list that was matched.
      target_index: place of the target in the database.
      query_consensus: most probable letters of the query.
    """

    target: Motif
    e: float
    q: float
    offset: int = 0
    strand: str = "+"
    p: float = float("nan")
    overlap: int = 0
    query: str = ""
    query_index: int = 0
    target_index: int = 0
    query_consensus: str = ""

    @property
    def label(self) -> str:
        """Returns what to call the target: its alternative name, often the factor's, else its name."""
        return self.target.alt_name or self.target.name

    @property
    def target_consensus(self) -> str:
        """Returns the target's most probable letters as it lies on the query."""
        letters_w4 = tomtom.with_pseudocount(self.target)
        return _consensus(letters_w4 if self.strand == "+" else letters_w4[::-1, ::-1], self.target.alphabet)


def hits(
    matches: Matches,
    queries: Sequence[Motif],
    targets: Sequence[Motif],
    e_max: float | None = None,
    q_max: float | None = None,
) -> list[Hit]:
    """Returns the matches with E <= e_max and q <= q_max, by query in the given order, then by p.

    Of equal p-values the larger overlap comes first, then the name, as in MEME. None means no limit.

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
        query_letters = _consensus(tomtom.with_pseudocount(query), query.alphabet)
        chosen = np.flatnonzero(keep[i]).tolist()
        for j in sorted(chosen, key=lambda j: (matches.p[i, j], -matches.overlap[i, j], targets[j].name)):
            found.append(
                Hit(
                    target=targets[j],
                    e=float(matches.e[i, j]),
                    q=float(matches.q[i, j]),
                    offset=int(matches.offset[i, j]),
                    strand=str(matches.strand[i, j]),
                    p=float(matches.p[i, j]),
                    overlap=int(matches.overlap[i, j]),
                    query=query.name,
                    query_index=i,
                    target_index=j,
                    query_consensus=query_letters,
                )
            )
    return found


def _consensus(ppm_w4: np.ndarray, alphabet: str) -> str:
    """The letters that MEME's tomtom writes.

    It keeps the largest value so far in single precision: of equal ones the later is taken where that has
    been rounded down.
    """
    found = []
    for row in ppm_w4.tolist():
        largest, letter = -1.0, 0
        for number, value in enumerate(row):
            if value > largest:
                largest, letter = float(np.float32(value)), number
        found.append(alphabet[letter])
    return "".join(found)


def compared(
    queries: Sequence[Motif], targets: Sequence[Motif], names: tuple[str, str], e_max: float | None = None
) -> list[Hit]:
    """Returns the hits of queries in a database; motifs that cannot be compared are left out, with a warning.

    The others are matched as if those were not there: each flat or too wide motif costs itself only.

    Args:
      queries, targets: motifs.
      names: what warnings call the two, e.g. their files.
      e_max: see `hits`.

    Raises:
      ValueError: if no query or no target can be compared, see `tomtom.comparable`.
    """
    asked, known = (tomtom.comparable(own, name) for own, name in zip((queries, targets), names, strict=True))
    own, others = [queries[i] for i in asked], [targets[j] for j in known]
    return [
        dataclasses.replace(hit, query_index=asked[hit.query_index], target_index=known[hit.target_index])
        for hit in hits(tomtom.match(own, others), own, others, e_max=e_max)
    ]


def by_query(rows: Iterable[Hit], queries: int) -> list[list[Hit]]:
    """Returns the hits of each of so many queries, in the given order; empty where a query has none."""
    found: list[list[Hit]] = [[] for _ in range(queries)]
    for hit in rows:
        found[hit.query_index].append(hit)
    return found


def tsv(rows: Iterable[Hit]) -> str:
    """Returns hits as the ten columns of MEME's tomtom.tsv, header first, without its trailing comments."""
    lines: list[str] = ["\t".join(COLUMNS)]
    for hit in rows:
        lines.append(
            "\t".join(
                [
                    "_".join(hit.query.split()),
                    "_".join(hit.target.name.split()),
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
