"""What each network of a table leaves in its folder, and the logo panels made of it."""

import pathlib
from collections.abc import Iterable, Mapping, Sequence

from jaxmotif import files
from jaxmotif.motifs import hits, meme
from jaxmotif.motifs.motif import Motif
from jaxmotif.report import figures

# What `record` writes.
FILES = ("motifs.meme", "tomtom.tsv", "panel.json")
# {title: [(motif, or None where the filter has none, factor that it matches or "")]}
Columns = dict[str, list[tuple[Motif | None, str]]]


def folder_name(network: str) -> str:
    """A network's name without blanks and brackets."""
    return network.replace(" (", "-").replace(")", "")


def record(
    folder: pathlib.Path,
    motifs: Sequence[Motif],
    found: Sequence[hits.Hit],
    labels: Mapping[str, Sequence[tuple[str, str]]],
) -> None:
    """Writes motifs.meme, tomtom.tsv and panel.json: {title: (filter name, factor) of all filters}."""
    if motifs:
        meme.write_meme(folder / "motifs.meme", motifs)
    hits.write_tsv(folder / "tomtom.tsv", found)
    files.write_json(folder / "panel.json", dict(labels))


def of_filters(folder: pathlib.Path, networks: Iterable[str]) -> Columns:
    """What `record` wrote for these networks, each in the folder of its name; none for a failed one."""
    columns = {}
    for network in networks:
        place = folder / folder_name(network)
        motifs = {}
        if (place / "motifs.meme").exists():
            motifs = {motif.name: motif for motif in meme.read_meme(place / "motifs.meme")}
        for title, filters in files.read_json(place / "panel.json").items():
            if filters:
                columns[title] = [(motifs.get(name), label) for name, label in filters]
    return columns


def of_planted(factors: Iterable[str], motifs: Iterable[Motif]) -> Columns:
    """As at the foot of the papers' figures: what there was to be found, on both strands."""
    return {
        "planted motifs": [
            (strand, factor)
            for factor, motif in zip(factors, motifs, strict=True)
            for strand in (motif, motif.reverse_complement())
        ]
    }


def write(folder: pathlib.Path, columns: Columns) -> None:
    """One logo panel a title, logos_<title>.png."""
    for title, logos in columns.items():
        name = folder_name(title).replace(", layer ", "-layer").replace(" ", "-")
        figures.logo_panel(folder / f"logos_{name}.png", {title: logos})
