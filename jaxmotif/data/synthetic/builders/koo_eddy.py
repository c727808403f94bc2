"""The synthetic benchmark of Koo & Eddy (2019) as a TFDS builder."""

from collections.abc import Mapping

import tensorflow_datasets as tfds

from jaxmotif.data.synthetic import koo_eddy
from jaxmotif.data.synthetic.builders.planted import Planted, read  # noqa: F401 (read belongs to every builder)

CITATION = """@article{koo2019representation,
  title={Representation learning of genomic sequence motifs with convolutional neural networks},
  author={Koo, Peter K and Eddy, Sean R},
  journal={PLoS Computational Biology},
  volume={15},
  number={12},
  year={2019}
}"""


class KooEddy(Planted, tfds.core.GeneratorBasedBuilder):
    """Sequences with planted motifs of twelve factors; each seed and size has a folder of its own."""

    citation = CITATION

    @staticmethod
    def make(**options):
        return koo_eddy.koo_eddy_splits(**options)

    def labels(self, options):
        return len(koo_eddy.KOO_EDDY_IDS)

    def most(self, options):
        return len(koo_eddy.COUNT_LAW)


def builder(options: Mapping[str, int], **keywords) -> KooEddy:
    """Returns the builder of one variant; `options` are the arguments of `koo_eddy.koo_eddy_splits`."""
    return KooEddy(options=options, **keywords)
