"""One experiment of a folder of ENCODE's ChIP-seq peaks as a TFDS builder."""

import pathlib
from collections.abc import Mapping

import tensorflow_datasets as tfds

from jaxmotif.config import choose
from jaxmotif.data.dataset import Splits
from jaxmotif.data.files import fasta, panel
from jaxmotif.data.files.builders.records import FromFiles, read  # noqa: F401 (read belongs to every builder)
from jaxmotif.data.judge import task
from jaxmotif.data.splits import Division

CITATION = """@article{alipanahi2015predicting,
  title={Predicting the sequence specificities of {DNA}- and {RNA}-binding proteins by deep learning},
  author={Alipanahi, Babak and Delong, Andrew and Weirauch, Matthew T and Frey, Brendan J},
  journal={Nature Biotechnology},
  volume={33},
  number={8},
  year={2015}
}"""


class EncodePanel(FromFiles, tfds.core.GeneratorBasedBuilder):
    """Peaks of one experiment and their dinucleotide shuffles where it brings no negatives."""

    MANUAL_DOWNLOAD_INSTRUCTIONS = "Put X_AC.seq.gz and X_B.seq.gz of every experiment X into the folder."
    citation = CITATION

    @staticmethod
    def make(folder: pathlib.Path, options: Mapping) -> Splits:
        """Returns training and validation part of X_AC, and X_B as the test part; see `task.divide`.

        Raises:
          ValueError: for an experiment that the folder does not have, or sequences that cannot be used.
        """
        found = {one.name: one for one in panel.experiments(folder)}
        one = choose("experiment", options["experiment"], found)
        data = fasta.read_sequences(one.train)
        test = fasta.read_sequences(one.test, data.length) if one.test else None
        given = task.Given(data, test=test)
        return task.divide(given, Division(seed=int(options["seed"])))[0]


def builder(options: Mapping[str, int | str], **keywords) -> EncodePanel:
    """Returns the builder of one experiment; `options` are its name and the seed of division and shuffles."""
    return EncodePanel(options=options, **keywords)
