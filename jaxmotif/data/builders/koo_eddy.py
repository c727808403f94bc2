"""The synthetic benchmark of Koo & Eddy (2019) as a TFDS builder on ArrayRecord, without TensorFlow."""

import numpy as np
import tensorflow_datasets as tfds

from jaxmotif import dna
from jaxmotif.data import synthetic
from jaxmotif.data.dataset import Splits

CITATION = """@article{koo2019representation,
  title={Representation learning of genomic sequence motifs with convolutional neural networks},
  author={Koo, Peter K and Eddy, Sean R},
  journal={PLoS Computational Biology},
  volume={15},
  number={12},
  year={2019}
}"""


class KooEddy(tfds.core.GeneratorBasedBuilder):
    """Sequences with planted motifs of twelve factors; one config for each seed and size."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First version."}

    def __init__(self, *, options: dict, **kwargs):
        self._options = options
        super().__init__(**kwargs)

    def _info(self) -> tfds.core.DatasetInfo:
        return tfds.core.DatasetInfo(
            builder=self,
            description=__doc__,
            citation=CITATION,
            features=tfds.features.FeaturesDict(
                {
                    "sequence": tfds.features.Text(),
                    "labels": tfds.features.Tensor(
                        shape=(len(synthetic.KOO_EDDY_IDS),), dtype=np.float32
                    ),
                    "index": np.int64,
                }
            ),
        )

    def _split_generators(self, dl_manager):
        del dl_manager
        splits: Splits = synthetic.koo_eddy_splits(**self._options)
        parts = {"train": splits.train, "validation": splits.valid, "test": splits.test}
        return {name: self._generate_examples(part) for name, part in parts.items()}

    def _generate_examples(self, part):
        for index, (text, labels) in enumerate(zip(dna.decode(part.sequences), part.labels)):
            yield index, {"sequence": text, "labels": labels, "index": index}
