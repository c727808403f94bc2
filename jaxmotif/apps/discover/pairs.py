"""How the listed motifs lie to each other, with false discovery rates, as rows and as a table."""

import math
import os
from collections.abc import Sequence

from jaxmotif import files
from jaxmotif.data.dataset import Dataset
from jaxmotif.evaluate import multiple
from jaxmotif.motifs import pairs
from jaxmotif.motifs.motif_set import MotifSet
from jaxmotif.report.pair_table import PairRow

COLUMNS = (
    "motif_a",
    "motif_b",
    "sequences",
    "with_a",
    "with_b",
    "both",
    "both_expected",
    "both_log2",
    "both_p",
    "both_q",
    "overlapping",
    "pairs",
    "strand",
    "order",
    "gap",
    "arrangement",
    "count",
    "count_expected",
    "p",
    "q",
)


def tested(motifs: MotifSet, data: Dataset) -> list[PairRow]:
    """Returns the pairs of motifs with sites in the positives, smallest q-value first.

    Two families of tests, each with its false discovery rate (Benjamini & Hochberg): lying in the same
    sequences, and lying there in one arrangement.

    Args:
      motifs: with sites, or without: then there are no pairs.
      data: labelled sequences, the rows of the sites.
    """
    if motifs.sites is None or not len(motifs):
        return []
    found = pairs.pairs(motifs, int(data.is_positive.sum()), data.sequences)
    together = _q([pair.together_p for pair in found])
    arranged = _q([None if pair.best is None else pair.best.p for pair in found])
    rows = [PairRow(*row) for row in zip(found, together, arranged, strict=True)]
    return sorted(rows, key=lambda row: (row.q, row.pair.a, row.pair.b))


def _q(p: Sequence[float | None]) -> list[float | None]:
    values = iter(multiple.benjamini_hochberg([one for one in p if one is not None]).tolist())
    return [None if one is None else next(values) for one in p]


def write(path: str | os.PathLike, rows: Sequence[PairRow], motifs: MotifSet) -> None:
    """Writes pairs as a table; what was not tested is empty. Without pairs it has only its header.

    Raises:
      ValueError: if the file cannot be written.
    """
    names = [motif.name for motif in motifs]
    lines = [list(COLUMNS)]
    for row in rows:
        pair, best = row.pair, row.pair.best
        ratio = math.log2(pair.both / pair.expected) if pair.both and pair.expected else None
        values = [names[pair.a], names[pair.b], pair.of, pair.with_a, pair.with_b]
        values += [pair.both, pair.expected, ratio, pair.together_p, row.together_q, pair.overlapping]
        values += [pair.apart]
        if best is None:
            values += [None] * 8
        else:
            gap = "any" if best.gap is None else best.gap
            values += [best.strand, best.order, gap, best.text, best.count, best.expected, best.p]
            values += [row.arranged_q]
        lines.append([_text(value) for value in values])
    files.write_text(path, "".join("\t".join(line) + "\n" for line in lines))


def _text(value) -> str:
    return "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
