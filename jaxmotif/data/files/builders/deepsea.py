"""DeepSEA's data (Zhou & Troyanskaya 2015) as a TFDS builder."""

import pathlib
from collections.abc import Mapping

import numpy as np
import tensorflow_datasets as tfds

from jaxmotif.data.dataset import Splits
from jaxmotif.data.files import deep_sets
from jaxmotif.data.files.builders.records import FromFiles, read  # noqa: F401 (read belongs to every builder)

CITATION = """@article{zhou2015predicting,
  title={Predicting effects of noncoding variants with deep learning-based sequence model},
  author={Zhou, Jian and Troyanskaya, Olga G},
  journal={Nature Methods},
  volume={12},
  number={10},
  year={2015}
}"""


class Deepsea(FromFiles, tfds.core.GeneratorBasedBuilder):
    """919 chromatin profiles, sequences of 1,000 nt on both strands, from the authors' MATLAB files."""

    MANUAL_DOWNLOAD_INSTRUCTIONS = "Put the authors' train.mat, valid.mat and test.mat into the folder."
    citation = CITATION
    label_type = np.uint8

    @staticmethod
    def make(folder: pathlib.Path, options: Mapping) -> Splits:
        """Returns the three parts of the folder."""
        del options
        return deep_sets.deepsea(folder)


def builder(options: Mapping[str, int | str], **keywords) -> Deepsea:
    """Returns the builder; there is nothing to choose."""
    return Deepsea(options=options, **keywords)
