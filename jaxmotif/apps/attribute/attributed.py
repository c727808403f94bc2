"""Contributions of letters, from files of sequences or loci to files."""

import os
import pathlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif import files
from jaxmotif.apps import motif_files, progress
from jaxmotif.apps.regions import read_loci
from jaxmotif.apps.streams import field
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import fasta, windows
from jaxmotif.data.files.bigwig import write_bigwig
from jaxmotif.data.files.genome import Genome, open_genome
from jaxmotif.data.files.loci import Loci
from jaxmotif.interpret import attribution, modisco_files, rescale
from jaxmotif.models.answers import Answer
from jaxmotif.models.network import Network
from jaxmotif.motifs import scan
from jaxmotif.motifs.cores import searched
from jaxmotif.motifs.motif import Motif
from jaxmotif.report.contributions import Shown, Site, contributions_figure

FOLDER, TRACK, TABLE, FIGURE = "attributions", "contributions.bw", "sequences.tsv", "strongest"
# Sequences that are read together, so that progress can be told.
ROWS = 512
SITE_P = 1e-4
ENDINGS = ("png", "pdf", "svg")


class Given(NamedTuple):
    """Sequences of the networks' length, and the genome and loci that they are of, where there is one."""

    data: Dataset
    genome: Genome | None = None
    loci: Loci | None = None


class Attributed(NamedTuple):
    """What letters mean to the score of one class or target, see `Network.score`.

    Attributes:
      given: the N sequences.
      target: name of the class.
      scores: (N,).
      values: hypothetical contributions, float32 (N, L, 4).
      answer: what the scores are.
    """

    given: Given
    target: str
    scores: np.ndarray
    values: np.ndarray
    answer: Answer


def folder_of(run: str, out: str | None) -> pathlib.Path:
    """Makes the folder to write into, before anything is computed: `out`, or one in the run's directory.

    Raises:
      ValueError: for a file of weights without `out`, or a folder that cannot be made.
    """
    if not out and not os.path.isdir(run):
        raise ValueError(f"{run} is a file of weights: say where to write, --out=DIR")
    folder = pathlib.Path(out) if out else pathlib.Path(run) / FOLDER
    files.check_writable(folder)
    return folder


def read(path: str, genome: str, repeats, length: int) -> Given:
    """Returns sequences of a length: of a FASTA, or with a genome windows around loci.

    Raises:
      ValueError: for files that cannot be read, or in which nothing is left.
    """
    if not genome:
        return Given(fasta.read_sequences(path, length, labels="none", repeats=repeats))
    opened = open_genome(genome, repeats)
    cut = windows.cut(read_loci(path), opened, length)
    return Given(cut.data, opened, cut.loci)


def attribute(
    network: Network, given: Given, target: int, method: str, shuffles: int = rescale.SHUFFLES
) -> Attributed:
    """Returns the hypothetical contributions of sequences to the score of a class, and this.

    Args:
      network: whose mean score is read.
      given: sequences of its length.
      target: number of the class, from 0.
      method: see `attribution.hypothetical_contributions`.
      shuffles: of each sequence, for "rescale".
    """
    codes_nl, parts, told = given.data.sequences, [], progress.Progress("attributed", "sequence")
    for first in range(0, len(codes_nl), ROWS):
        block = codes_nl[first : first + ROWS]
        parts.append(
            attribution.hypothetical_contributions(network, block, method, target=target, references=shuffles)
        )
        told(min(first + ROWS, len(codes_nl)), len(codes_nl))
    against = network.outputs == 1 and target > 0  # one output may have two classes
    scores = network.answer.on_scale(network.logits(codes_nl), 0 if against else target)
    scores = -scores if against else scores
    return Attributed(given, network.classes[target], scores, np.concatenate(parts), network.answer)


def write(
    folder: pathlib.Path, found: Attributed, run: str, most: int, formats: Sequence[str]
) -> tuple[str, list[str]]:
    """Writes all files, and returns what to print, and notes. Files that an earlier call left are removed.

    Args:
      folder: is made where it is not there.
      found: what was attributed.
      run: whose motifs are looked for in the figure.
      most: sequences in the figure.
      formats: of the figure.

    Raises:
      ValueError: if a file cannot be written.
    """
    data, notes, written = found.given.data, [], [modisco_files.ATTRIBUTIONS, modisco_files.ONE_HOT, TABLE]
    for name in (TRACK, *(f"{FIGURE}.{ending}" for ending in ENDINGS)):
        (folder / name).unlink(missing_ok=True)
    with progress.step(f"writing {len(data):,} sequences"):
        modisco_files.write(folder, data.sequences, found.values, data.names)
    given_nl = modisco_files.contributions(data.sequences, found.values)
    _write_table(folder / TABLE, found)
    if found.given.genome is not None:
        assert found.given.loci is not None and data.chrom is not None and data.start is not None
        reverse = (found.given.loci.strand == "-")[:, None]
        along_nl = np.where(reverse, given_nl[:, ::-1], given_nl)
        with progress.step(f"writing {TRACK}"):
            write_bigwig(folder / TRACK, found.given.genome.lengths, data.chrom, data.start, along_nl)
        written.append(TRACK)
    if most:
        with progress.step("drawing the figure"):
            shown, notes = strongest(found, run, most)
            for ending in formats:
                contributions_figure(folder / f"{FIGURE}.{ending}", shown, data.alphabet)
                written.append(f"{FIGURE}.{ending}")
    count = f"{len(data):,} sequences of {data.length} nt"
    told = f"{count}, contributions to {found.target}, {found.answer.said}"
    return f"{told}; in {folder}: {', '.join(written)}", notes


def strongest(found: Attributed, run: str, most: int) -> tuple[list[Shown], list[str]]:
    """Returns the sequences with the highest score, with the sites of the run's motifs, and notes."""
    data = found.given.data
    rows = np.argsort(-found.scores, kind="stable")[:most]
    letters_nl4 = np.eye(5, 4, dtype=found.values.dtype)[data.sequences[rows]]
    motifs, notes = motif_files.of_run(run)
    sites, scale = _sites(data.take(rows), motifs), found.answer.scale.replace("_", " ")
    shown = [
        Shown(f"{data.names[row]}   {scale} {found.scores[row]:.3f}", values * letters, own)
        for row, values, letters, own in zip(
            rows.tolist(), found.values[rows], letters_nl4, sites, strict=True
        )
    ]
    return shown, notes


def _sites(data: Dataset, motifs: Sequence[Motif]) -> list[list[Site]]:
    """The sites of motifs in each sequence."""
    found: list[list[Site]] = [[] for _ in range(len(data))]
    if motifs:
        wanted = searched(motifs, SITE_P, data, "uniform")
        sites = scan.scan(data, wanted.motifs, wanted.p, background="uniform")
        for row, start, end, motif in zip(
            *(column.tolist() for column in (sites.sequence, sites.start, sites.end, sites.motif)),
            strict=True,
        ):
            found[row].append(Site(motif_files.label(motifs[motif]), start, end))
    return found


def _write_table(path: pathlib.Path, found: Attributed) -> None:
    data, loci = found.given.data, found.given.loci
    head = ("sequence", "locus", "chrom", "start", "end", found.answer.output, found.answer.scale)
    lines = ["\t".join(head) + "\n"]
    for row, name in enumerate(data.names):
        place: tuple = ("", "", "", "")
        if loci is not None and data.chrom is not None and data.start is not None:
            start = int(data.start[row])
            place = (loci.name[row], data.chrom[row], start, start + data.length)
        cells = (name, *place, found.target, float(found.scores[row]))
        lines.append("\t".join(map(field, cells)) + "\n")
    files.write_text(path, "".join(lines))
