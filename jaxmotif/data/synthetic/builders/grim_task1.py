"""Task 1 of Lee & Koo (2021) as a TFDS builder."""

from collections.abc import Mapping

import tensorflow_datasets as tfds

from jaxmotif.data.synthetic import grim
from jaxmotif.data.synthetic.builders.planted import Planted, read  # noqa: F401 (read belongs to every builder)

CITATION = """@article{lee2021representation,
  title={Representation learning of genomic sequence motifs via information maximization},
  author={Lee, Nicholas Keone and Koo, Peter K},
  year={2021}
}"""


class GrimTask1(Planted, tfds.core.GeneratorBasedBuilder):
    """Sequences with 3 to 5 planted motifs of eleven factors (GRIM, Task 1)."""

    citation = CITATION

    @staticmethod
    def make(**options):
        return grim.task1_splits(**options)

    def labels(self, options):
        return len(grim.TASK1)

    def most(self, options):
        return options["most"]


def builder(options: Mapping[str, int], **keywords) -> GrimTask1:
    """Returns the builder of one variant; `options` are the arguments of `grim.task1_splits`."""
    return GrimTask1(options=options, **keywords)
