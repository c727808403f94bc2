"""The user's sequences beside a decoded layer: other ways to read it, and what lies around its top regions."""

import pathlib
from collections.abc import Callable, Sequence

from jaxmotif.apps.decode import comparison, genome, regions
from jaxmotif.apps.decode.reading import Reading
from jaxmotif.apps.decode.settings import Settings
from jaxmotif.data.files import fasta
from jaxmotif.motifs.motif import Motif
from jaxmotif.neuronmotif import stack
from jaxmotif.report import page, table
from jaxmotif.report.sections import ResultTable


def sections(
    network: stack.Stack, layer: int, sequences: str = "", signal: str = ""
) -> Callable[[Reading, Sequence[Motif], Settings, pathlib.Path], list[page.Section]] | None:
    """A function that makes the further sections of a layer's page; None without sequences.

    It is called with the read layer, the known motifs, the settings and the layer's folder, and writes there
    others.json and others.md (`beside`) and positions.npz (`regions`).

    Args:
      network: what is decoded.
      layer: the deepest convolution that is, from 1: sequences must be as long as its receptive field.
      sequences: a FASTA, or any file that `fasta.read_sequences` knows; "" for none.
      signal: a bigWig for footprints; the names of `sequences` then say where they lie.

    Raises:
      ValueError: for files that are missing, damaged or of another kind, sequences that are too short, a signal
        without sequences, and sequences without coordinates or that lie outside the signal's chromosomes.
    """
    if not sequences:
        if signal:
            raise ValueError(
                f"--signal={signal} needs --sequences too: a FASTA whose names say chr:start-end"
            )
        return None
    data = fasta.read_sequences(sequences, min_length=network.substructure(layer).width)
    places = genome.locate(data, sequences, signal) if signal else None
    name = pathlib.Path(sequences).name

    def of_layer(reading: Reading, database, settings: Settings, folder: pathlib.Path) -> list[page.Section]:
        rows = comparison.rows(network, reading, data.sequences, database, settings)
        table.write_table(folder, rows, name="others")
        text = f"{len(data):,} sequences of {data.sequences.shape[1]} nt from {name}. {comparison.TEXT}"
        found = [ResultTable("Beside other methods", rows, " ".join([text, *(f"{n}." for n in data.notes)]))]
        around = regions.look(network, reading, data.sequences, places)
        if around:
            regions.save(folder / "positions.npz", around)
            found += regions.sections(around)
        return found

    return of_layer
