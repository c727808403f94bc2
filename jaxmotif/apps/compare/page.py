"""The page of a comparison: a row for each motif, a column for each run, logos aligned."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from jaxmotif import __version__
from jaxmotif.apps.compare.compared import ALL, GAINED, LOST, Common, Listed
from jaxmotif.motifs import writers
from jaxmotif.motifs.merge import Member
from jaxmotif.report import page, templates

_PACKAGE = "jaxmotif.apps.compare"


class Cell(NamedTuple):
    """A motif of a run as the page shows it: the logo as it lies on the merged motif, and what is known."""

    listed: Listed
    strand: str
    logo: Markup


class Line(NamedTuple):
    """A row of the page."""

    common: Common
    logo: Markup
    cells: list[list[Cell]]


@dataclass(frozen=True)
class Comparison:
    """A section with the motifs of several runs.

    Attributes:
      title: of the section.
      names: of the runs.
      found: the motifs.
    """

    title: str
    names: Sequence[str]
    found: Sequence[Common]

    def html(self) -> Markup:
        """Returns the section's body."""
        return templates.render(
            "compare.html",
            _PACKAGE,
            names=self.names,
            lines=[line(one, len(self.names)) for one in self.found],
        )


def line(one: Common, runs: int) -> Line:
    """Returns what a row shows; logos of one row are columns of one frame."""
    places = [(member.offset, listed.motif.width) for listed, member in one.listed]
    first = min(0, *(offset for offset, _ in places))
    columns = max(one.merged.motif.width, *(offset + width for offset, width in places)) - first
    cells: list[list[Cell]] = [[] for _ in range(runs)]
    for listed, member in one.listed:
        cells[listed.run].append(_cell(listed, member, first, columns))
    motif = one.merged.motif
    title = f"{motif.name}: {motif.consensus}"
    logo = templates.logo(motif.ppm, title, columns=columns, offset=-first, alphabet=motif.alphabet)
    return Line(one, logo, cells)


def _cell(listed: Listed, member: Member, first: int, columns: int) -> Cell:
    motif = listed.motif if member.strand == "+" else listed.motif.reverse_complement()
    title = f"{motif.name}: {motif.consensus}"
    at = member.offset - first
    return Cell(
        listed,
        member.strand,
        templates.logo(motif.ppm, title, (8, 32), columns=columns, offset=at, alphabet=motif.alphabet),
    )


def write(path: str | os.PathLike, found: Sequence[Common], names: Sequence[str], table: str) -> None:
    """Writes the page of a comparison.

    Args:
      path: the .html file.
      found: the motifs.
      names: of the runs.
      table: as text, to download.

    Raises:
      ValueError: if the file cannot be written.
    """
    count = {status: sum(one.status == status for one in found) for status in (ALL, GAINED, LOST)}
    downloads = [page.Download("compare.tsv", table, "Which run has which motif")]
    if found:
        text = writers.text([one.merged.motif for one in found], "jaspar")
        downloads.append(page.Download("compare.jaspar", text, "Merged motifs"))
    report = page.Report(
        f"Motifs of {len(names)} runs",
        subtitle=", ".join(names),
        headline=[
            ("In all runs", str(count[ALL])),
            ("Gained", str(count[GAINED]), f"not in {names[0]}"),
            ("Lost", str(count[LOST]), f"in {names[0]}, and not in every other run"),
        ],
        sections=[Comparison("Motifs", names, found)],
        downloads=downloads,
        provenance=f"jaxmotif {__version__}",
        style=templates.asset("compare.css", _PACKAGE),
    )
    page.write(path, report)
