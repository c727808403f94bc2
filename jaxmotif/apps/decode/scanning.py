"""The user's sequences and a decoded layer: other ways to read it, and what lies around its top regions."""

import dataclasses
import pathlib
from collections.abc import Sequence

import numpy as np

from jaxmotif.apps.decode import baselines_table, genome, occurrence, signals, top_regions
from jaxmotif.apps.decode.baselines_table import Others
from jaxmotif.apps.decode.layer_motifs import LayerMotifs
from jaxmotif.apps.decode.occurrence import Occurrence
from jaxmotif.apps.decode.top_regions import Around
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import fasta
from jaxmotif.data.files import held_out as kept
from jaxmotif.motifs import footprint
from jaxmotif.neuronmotif import chain
from jaxmotif.neuronmotif.syntax.dictionary import Word
from jaxmotif.report import page


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Given:
    """Sequences that a decoded layer is looked at in, and what is known around them.

    Attributes:
      data: the sequences, at least as long as the deepest receptive field.
      name: of their file.
      around: of top regions.
      negatives: sequences that are not of the class, to count words in; None without any.
      of_table: whether the sequences are of a table of targets, in which nothing is positive or negative.
    """

    data: Dataset
    name: str
    around: Around
    negatives: Dataset | None = None
    of_table: bool = False

    @property
    def source(self) -> str:
        """What the page calls them."""
        notes = "".join(f"; {note}" for note in self.data.notes)
        return f"{len(self.data):,} sequences of {self.data.length} nt from {self.name}{notes}"

    def others(self, network: chain.ConvChain, layer: LayerMotifs) -> Others:
        """Returns what other methods show of the layer's neurons on these sequences."""
        return baselines_table.read(network, layer, self.data.sequences, self.source)

    def occurrence(self, words: Sequence[Word]) -> list[Occurrence]:
        """Returns in how many of these sequences each word has a site, see `occurrence.count`."""
        if not words:
            return []
        data = self.data
        if self.negatives is not None:
            parts = (data.sequences, self.negatives.sequences)
            labels = np.repeat(np.array([1, 0], np.float32), list(map(len, parts)))
            data = Dataset(np.concatenate(parts), labels, alphabet=data.alphabet)
        found = occurrence.count([word.motif for word in words], data)
        return [one._replace(of_table=self.of_table) for one in found]

    def sections(
        self, network: chain.ConvChain, layer: LayerMotifs, folder: pathlib.Path
    ) -> list[page.Section]:
        """Returns sections on the top regions in these sequences; writes positions.npz into the folder."""
        found = top_regions.find(network, layer, self.around)
        if not found:
            return []
        top_regions.save(folder / "positions.npz", found)
        return [*top_regions.sections(found, self.around)]


def read(
    network: chain.Chain,
    layer: int,
    sequences: str = "",
    signal: Sequence[str] = (),
    genome_path: str = "",
    flank: int = footprint.FLANK,
) -> Given | None:
    """Returns the sequences of a file and what is known around them; None without a file.

    Args:
      network: what is decoded.
      layer: the deepest convolution that is, from 1: sequences must be as long as its receptive field.
      sequences: a FASTA, or any file that `fasta.read_sequences` knows; "" for none.
      signal: of each footprint "PATH" or "NAME=PATH", see `signals.read`.
      genome_path: FASTA of the genome that the names of `sequences` give places in; "" for none.
      flank: letters to both sides of the middle of a region.

    Raises:
      ValueError: for files that are missing, damaged or of another kind, sequences that are too short, a
        signal or genome without sequences, sequences without coordinates or that lie outside the
        chromosomes, a genome with other letters there, and a flank below 1.
    """
    if flank < 1:
        raise ValueError(f"--flank is at least 1, not {flank}")
    if not sequences:
        for name, value in (("signal", ",".join(signal)), ("genome", genome_path)):
            if value:
                raise ValueError(
                    f"--{name}={value} needs --sequences too: a FASTA whose names say chr:start-end"
                )
        return None
    data = fasta.read_sequences(sequences, min_length=network.substructure(layer).width, labels="none")
    around = Around(
        data.sequences,
        genome.read(genome_path, data, sequences) if genome_path else None,
        signals.read(signal, data, sequences),
        flank,
    )
    return Given(data, pathlib.Path(sequences).name, around)


def held_out(network: chain.Chain, layer: int, path: str) -> Given | None:
    """Returns a run's held-out positives, and negatives where it has kept some; of a table all sequences.

    None where they are shorter than the receptive field of `layer`.
    """
    data = fasta.read_sequences(path, labels="none")
    if data.length < network.substructure(layer).width:
        return None
    beside, negatives = pathlib.Path(path).with_name(kept.NEGATIVES), None
    if beside.is_file():
        negatives = fasta.read_sequences(beside, data.length, labels="none")
    of_table = beside.with_name(kept.TARGETS).is_file()
    return Given(data, pathlib.Path(path).name, Around(data.sequences), negatives, of_table)
