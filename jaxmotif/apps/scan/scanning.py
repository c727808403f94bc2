"""A scan from letters to lines of BED."""

import math
import os
import pathlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TextIO

import numpy as np

from jaxmotif.apps import motif_files
from jaxmotif.apps.progress import Progress
from jaxmotif.apps.scan.sources import Source
from jaxmotif.apps.streams import write_table
from jaxmotif.motifs import backgrounds, pwm
from jaxmotif.motifs.long_scan import LongScan, Row, letter_counts
from jaxmotif.motifs.motif import Motif

COLUMNS = ("#chrom", "start", "end", "motif", "score", "strand", "log_odds", "p", "q")
MOST_SCORE = 1000
# Sites between two looks at the clock.
TOLD = 10_000


class Settings(NamedTuple):
    """How motifs are looked for.

    Attributes:
      p: largest p of a site.
      q: largest q of a site.
      both: whether both strands are scanned.
      background: "sequences" or "uniform".
    """

    p: float = 1e-4
    q: float = 1.0
    both: bool = True
    background: str = "sequences"


def write(
    stream: TextIO,
    motifs: Sequence[Motif],
    given: Source,
    settings: Settings,
    room: str | os.PathLike | None = None,
) -> list[str]:
    """Writes the sites of motifs as BED with a header, and returns notes.

    Args:
      stream: to write to.
      motifs: to look for.
      given: what is scanned; it is read twice, or once for a uniform background.
      settings: see `Settings`.
      room: folder for the file in which sites wait; None for that of temporary files.

    Raises:
      ValueError: for no motif, letters that cannot be read, or p outside (0, 1].
    """
    pwm.check_p(settings.p)  # before a genome is read
    total, both = given.letters, settings.both and any(motif.has_complement for motif in motifs)
    if settings.background == "uniform":
        composition = backgrounds.of("uniform", np.zeros((0, 0), np.uint8), both)
    else:
        counting = Progress("letters counted", "letter", about=True)
        composition = letter_counts(_told(given.pieces(), counting, total), both)
        counting.close()
        total = counting.done
    with tempfile.TemporaryDirectory(prefix=".jaxmotif-", dir=room) as folder:
        scan = LongScan(motifs, settings.p, composition, both, pathlib.Path(folder) / "sites")
        # By the size of a file, where letters were not counted.
        progress = Progress("scanned", "letter", about=settings.background == "uniform")
        scan.feed(_told(given.pieces(), progress, total))
        progress.close()
        names = [motif_files.label(motif) for motif in motifs]
        sites = Progress("sites ranked", "site")
        lines = (line(row, names[row.motif]) for row in _counted(scan.rows(settings.q), sites, scan.found))
        write_table(stream, COLUMNS, lines)
    return list(scan.notes)


def _counted(rows: Iterable[Row], progress: Progress, found: int) -> Iterator[Row]:
    for done, row in enumerate(rows, 1):
        yield row
        if not done % TOLD:
            progress(done, found)
    progress.close()


def _told(pieces: Iterable, progress: Progress, total: int | None = None) -> Iterator:
    done = 0
    for piece in pieces:
        yield piece
        done += len(piece.codes)
        progress(done, total)


def line(row: Row, name: str) -> str:
    """Returns a site as a line of BED; `name` is its motif's (`motif_files.label`)."""
    score = min(round(-10 * math.log10(max(row.p, 1e-300))), MOST_SCORE)
    cells = (row.record, row.start, row.end, name, score, row.strand)
    return "\t".join(map(str, cells)) + f"\t{row.score:.4f}\t{row.p:.6g}\t{row.q:.6g}\n"
