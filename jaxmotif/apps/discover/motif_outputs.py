"""The files of a set of motifs in a run directory."""

import pathlib

from jaxmotif import files
from jaxmotif.apps import motif_files
from jaxmotif.apps.discover.settings import FORMATS, Settings
from jaxmotif.motifs import meme, scan, writers
from jaxmotif.motifs.motif_set import MotifSet


def write(folder: pathlib.Path, motifs: MotifSet, settings: Settings, placed: bool) -> None:
    """Writes listed motifs in all formats, their matches and their sites into `folder`.

    Args:
      folder: the run directory.
      motifs: with evidence, matches and sites.
      settings: of which the formats count.
      placed: whether sequences know their place in a genome.
    """
    if len(motifs):
        motifs.to_meme(folder / "motifs.meme")
        motifs.to_sites(folder / "sites.tsv")
    else:  # the next step of a pipeline finds its files, with nothing in them
        files.write_text(folder / "motifs.meme", meme.WITHOUT_MOTIFS)
        files.write_text(folder / "sites.tsv", f"{scan.COLUMNS}\n")
    for name in FORMATS:
        if name in settings.formats and len(motifs):
            rows = {row["name"]: row for row in motifs.to_records()}
            writers.write(folder / f"motifs.{name}", motif_files.with_factors(list(motifs), rows))
        else:  # of an analysis with other settings
            (folder / f"motifs.{name}").unlink(missing_ok=True)
    if motifs.rows is not None and motifs.rows.in_genome.any():
        motifs.to_bed(folder / "sites.bed")
    elif not len(motifs) and placed:
        files.write_text(folder / "sites.bed", "")
    else:
        (folder / "sites.bed").unlink(missing_ok=True)  # of an analysis with other settings
    motifs.to_tomtom(folder / "tomtom.tsv")
    files.write_json(folder / "motifs.json", motifs.to_records())


def write_others(folder: pathlib.Path, name: str, motifs: MotifSet | None) -> None:
    """Writes motifs that are not listed as NAME.meme and NAME.json; removes these where there are none."""
    if motifs:
        motifs.to_meme(folder / f"{name}.meme")
        files.write_json(folder / f"{name}.json", motifs.to_records())
    else:  # of an analysis with other settings
        for kind in ("meme", "json"):
            (folder / f"{name}.{kind}").unlink(missing_ok=True)
