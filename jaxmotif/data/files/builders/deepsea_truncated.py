"""The set in vivo of Koo & Eddy (2019), cut out of DeepSEA's files, as a TFDS builder."""

import pathlib
from collections.abc import Mapping

import numpy as np
import tensorflow_datasets as tfds

from jaxmotif.data.dataset import Splits
from jaxmotif.data.files import deep_sets
from jaxmotif.data.files.builders.records import FromFiles, read  # noqa: F401 (read belongs to every builder)
from jaxmotif.data.synthetic.builders.koo_eddy import CITATION


class DeepseaTruncated(FromFiles, tfds.core.GeneratorBasedBuilder):
    """Sequences of DeepSEA's that one of twelve factors binds, 1,000 nt, with the labels of these factors."""

    MANUAL_DOWNLOAD_INSTRUCTIONS = "Put DeepSEA's train.mat, valid.mat and test.mat into the folder."
    citation = CITATION
    label_type = np.uint8

    @staticmethod
    def make(folder: pathlib.Path, options: Mapping) -> Splits:
        """Returns the three parts of the folder; see `deep_sets.truncated`."""
        del options
        return deep_sets.truncated(folder)


def builder(options: Mapping[str, int | str], **keywords) -> DeepseaTruncated:
    """Returns the builder; there is nothing to choose."""
    return DeepseaTruncated(options=options, **keywords)
