"""The user's sequences and a decoded layer: other ways to read it, and what lies around its top regions."""

import pathlib
from collections.abc import Callable

from jaxmotif.apps.decode import baselines_table, genome, top_regions
from jaxmotif.apps.decode.layer_motifs import LayerMotifs
from jaxmotif.data.files import fasta
from jaxmotif.neuronmotif import chain
from jaxmotif.report import page, table
from jaxmotif.report.sections import ResultTable


def sections(
    network: chain.ConvChain, layer: int, sequences: str = "", signal: str = ""
) -> Callable[[LayerMotifs, pathlib.Path], list[page.Section]] | None:
    """Returns a function that makes the further sections of a layer's page; None without sequences.

    It is called with the read layer and its folder, and writes there others.json and others.md
    (`baselines_table`) and positions.npz (`top_regions`).

    Args:
      network: what is decoded.
      layer: the deepest convolution that is, from 1: sequences must be as long as its receptive field.
      sequences: a FASTA, or any file that `fasta.read_sequences` knows; "" for none.
      signal: a bigWig for footprints; the names of `sequences` then say where they lie.

    Raises:
      ValueError: for files that are missing, damaged or of another kind, sequences that are too short, a
        signal without sequences, and sequences without coordinates or that lie outside the signal's
        chromosomes.
    """
    if not sequences:
        if signal:
            raise ValueError(
                f"--signal={signal} needs --sequences too: a FASTA whose names say chr:start-end"
            )
        return None
    data = fasta.read_sequences(sequences, min_length=network.substructure(layer).width, labels="none")
    places = genome.locate(data, sequences, signal) if signal else None
    name = pathlib.Path(sequences).name

    def of_layer(found: LayerMotifs, folder: pathlib.Path) -> list[page.Section]:
        rows = baselines_table.rows(network, found, data.sequences)
        table.write_table(folder, rows, name="others")
        text = f"{len(data):,} sequences of {data.sequences.shape[1]} nt from {name}. {baselines_table.TEXT}"
        made: list[page.Section] = [
            ResultTable("Beside other methods", rows, " ".join([text, *(f"{n}." for n in data.notes)]))
        ]
        around = top_regions.find(network, found, data.sequences, places)
        if around:
            top_regions.save(folder / "positions.npz", around)
            made += top_regions.sections(around)
        return made

    return of_layer
