"""What each network of a table leaves in its folder, and the logo panels made of it."""

import pathlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from jaxmotif import files
from jaxmotif.motifs import hits, meme
from jaxmotif.motifs.motif import Motif
from jaxmotif.report import figures

# What `record` writes.
FILES = ("motifs.meme", "filters.meme", "tomtom.tsv", "panel.json")
# {title: [(motif, or None where the filter never fires, factor that it matches or "")]}
Columns = dict[str, list[tuple[Motif | None, str]]]


class Filter(NamedTuple):
    """What is drawn of a filter.

    Attributes:
      name: of the filter.
      label: factor that it matches, or "".
      motif: of its sites, all columns, whether they say anything or not; None for a filter without a site.
    """

    name: str
    label: str
    motif: Motif | None


def folder_name(network: str) -> str:
    """A network's name without blanks and brackets."""
    return network.replace(" (", "-").replace(")", "")


def record(
    folder: pathlib.Path,
    motifs: Sequence[Motif],
    found: Sequence[hits.Hit],
    panel: Mapping[str, Sequence[Filter]],
) -> None:
    """Writes what a network's filters are.

    motifs.meme has the motifs that were compared, and tomtom.tsv what they match; filters.meme those of the
    panel's filters, and panel.json {title: [name, label, whether it has sites] of every filter}.
    """
    drawn = [filter.motif for filters in panel.values() for filter in filters if filter.motif is not None]
    for name, written in (("motifs.meme", motifs), ("filters.meme", drawn)):
        (folder / name).unlink(missing_ok=True)  # of another reading
        if written:
            meme.write_meme(folder / name, written)
    hits.write_tsv(folder / "tomtom.tsv", found)
    files.write_json(
        folder / "panel.json",
        {
            title: [(name, label, motif is not None) for name, label, motif in filters]
            for title, filters in panel.items()
        },
    )


def of_filters(folder: pathlib.Path, networks: Iterable[str]) -> Columns:
    """What `record` wrote for these networks, each in the folder of its name; none for a failed one.

    Raises:
      ValueError: where it was written before filters without a match were kept.
    """
    columns = {}
    for network in networks:
        place = folder / folder_name(network)
        motifs = {}
        if (place / "filters.meme").exists():
            motifs = {motif.name: motif for motif in meme.read_meme(place / "filters.meme")}
        for title, filters in files.read_json(place / "panel.json").items():
            if any(len(filter) < 3 for filter in filters):
                raise ValueError(
                    f"{place / 'panel.json'} is of an earlier version, without the filters that match "
                    "nothing; with --noresume the networks are made again"
                )
            if filters:
                columns[title] = [
                    (motifs[name] if has_sites else None, label) for name, label, has_sites in filters
                ]
    return columns


def of_planted(factors: Iterable[str], motifs: Iterable[Motif], title: str = "planted motifs") -> Columns:
    """As at the foot of the papers' figures: what there was to be found, on both strands."""
    return {
        title: [
            (strand, factor)
            for factor, motif in zip(factors, motifs, strict=True)
            for strand in (motif, motif.reverse_complement())
        ]
    }


def compose(folder: pathlib.Path, name: str, columns: Columns, truth: Columns, title: str, rows: int) -> None:
    """Writes <name>.png and <name>.svg: a paper's figure, blocks side by side with the truth at the foot."""
    for ending in ("png", "svg"):
        figures.logo_panel(folder / f"{name}.{ending}", columns, title=title, rows=rows, foot=truth)


def write(folder: pathlib.Path, columns: Columns) -> None:
    """Writes one logo panel a title, logos_<title>.png."""
    for title, logos in columns.items():
        name = folder_name(title).replace(", layer ", "-layer").replace(" ", "-")
        figures.logo_panel(folder / f"logos_{name}.png", {title: logos})
