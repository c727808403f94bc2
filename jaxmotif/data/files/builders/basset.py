"""Basset's data (Kelley et al. 2016) as a TFDS builder."""

import pathlib
from collections.abc import Mapping

import numpy as np
import tensorflow_datasets as tfds

from jaxmotif.data.dataset import Splits
from jaxmotif.data.files import deep_sets
from jaxmotif.data.files.builders.records import FromFiles, read  # noqa: F401 (read belongs to every builder)

CITATION = """@article{kelley2016basset,
  title={Basset: learning the regulatory code of the accessible genome with deep convolutional neural
    networks},
  author={Kelley, David R and Snoek, Jasper and Rinn, John L},
  journal={Genome Research},
  volume={26},
  number={7},
  year={2016}
}"""


class Basset(FromFiles, tfds.core.GeneratorBasedBuilder):
    """Open chromatin in 164 cell types, sequences of 600 nt, from the authors' HDF5 file."""

    MANUAL_DOWNLOAD_INSTRUCTIONS = "Put the authors' HDF5 file (train_in, train_out, ...) into the folder."
    citation = CITATION
    label_type = np.uint8

    @staticmethod
    def make(folder: pathlib.Path, options: Mapping) -> Splits:
        """Returns the three parts of the file `options["file"]` of the folder."""
        return deep_sets.basset(folder / options["file"])


def builder(options: Mapping[str, int | str], **keywords) -> Basset:
    """Returns the builder; `options` name the file of the manual folder."""
    return Basset(options=options, **keywords)
