"""Task 2 of Lee & Koo (2021) as a TFDS builder."""

from collections.abc import Mapping

import tensorflow_datasets as tfds

from jaxmotif.data.synthetic import grim
from jaxmotif.data.synthetic.builders.grim_task1 import CITATION
from jaxmotif.data.synthetic.builders.planted import Planted, read  # noqa: F401 (read belongs to every builder)


class GrimTask2(Planted, tfds.core.GeneratorBasedBuilder):
    """Sequences with SRF and up to three of five other motifs, and their shuffles (GRIM, Task 2)."""

    citation = CITATION
    grouped = True

    @staticmethod
    def make(**options):
        return grim.task2_splits(**options)

    def labels(self, options):
        return 1

    def most(self, options):
        return options["most"] + 1


def builder(options: Mapping[str, int], **keywords) -> GrimTask2:
    """Returns the builder of one variant; `options` are the arguments of `grim.task2_splits`."""
    return GrimTask2(options=options, **keywords)
