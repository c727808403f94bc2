"""The synthetic benchmark of Koo & Eddy (2019) as a TFDS builder on ArrayRecord, no TensorFlow."""

from collections.abc import Mapping

import numpy as np
import tensorflow_datasets as tfds

from jaxmotif.data import archive, synthetic
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.data.truth import Truth

CITATION = """@article{koo2019representation,
  title={Representation learning of genomic sequence motifs with convolutional neural networks},
  author={Koo, Peter K and Eddy, Sean R},
  journal={PLoS Computational Biology},
  volume={15},
  number={12},
  year={2019}
}"""


class KooEddy(tfds.core.GeneratorBasedBuilder):
    """Sequences with planted motifs of twelve factors; each seed and size has a folder of its own.

    Needs `file_format="array_record"`, without which tensorflow-datasets asks for TensorFlow.
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First version."}
    # No file beside this one describes the data. Told so, tensorflow-datasets looks for none, for
    # which it would need a package that it does not bring along.
    code_path = None

    def __init__(self, *, options: Mapping[str, int], **kwargs):
        self._options = dict(options)
        super().__init__(**kwargs)

    def _info(self) -> tfds.core.DatasetInfo:
        most = (len(synthetic.COUNT_LAW),)
        return tfds.core.DatasetInfo(
            builder=self,
            description=self.__doc__,
            citation=CITATION,
            metadata=tfds.core.MetadataDict(),
            features=tfds.features.FeaturesDict(
                {
                    "index": np.int64,
                    "name": tfds.features.Text(),
                    "sequence": tfds.features.Tensor(
                        shape=(self._options["length"],), dtype=np.uint8
                    ),
                    "labels": tfds.features.Tensor(
                        shape=(len(synthetic.KOO_EDDY_IDS),), dtype=np.float32
                    ),
                    "motif_id": tfds.features.Tensor(shape=most, dtype=np.int64),
                    "start": tfds.features.Tensor(shape=most, dtype=np.int64),
                }
            ),
        )

    def _split_generators(self, dl_manager):
        del dl_manager  # nothing is downloaded
        splits = synthetic.koo_eddy_splits(**self._options)
        # What belongs to the whole set is kept beside the records, which can then be read alone.
        self.info.metadata["targets"] = list(splits.train.targets)
        self.info.metadata["pool"] = [ppm.tolist() for ppm in splits.train.truth.pool]
        return {part: self._generate_examples(getattr(splits, part)) for part in archive.PARTS}

    def _generate_examples(self, part: Dataset):
        for i in range(len(part)):
            yield (
                i,
                {
                    "index": i,
                    "name": part.names[i],
                    "sequence": part.sequences[i],
                    "labels": part.labels[i],
                    "motif_id": part.truth.motif_id[i],
                    "start": part.truth.start[i],
                },
            )


def builder(options: Mapping[str, int], **keywords) -> KooEddy:
    """The builder of one variant; `options` are the arguments of `synthetic.koo_eddy_splits`."""
    return KooEddy(options=options, **keywords)


def read(prepared: tfds.core.DatasetBuilder) -> Splits:
    """The whole of a prepared set, in the order in which it was generated."""
    metadata = prepared.info.metadata
    pool = tuple(np.array(ppm, dtype=np.float64) for ppm in metadata["pool"])

    def part(name: str) -> Dataset:
        source = prepared.as_data_source(split=name)
        # Records lie in the order of a hash of their keys.
        rows = sorted(source.__getitems__(list(range(len(source)))), key=lambda row: row["index"])
        sequences, labels, motif_id, start = (
            np.stack([row[key] for row in rows])
            for key in ("sequence", "labels", "motif_id", "start")
        )
        return Dataset(
            sequences,
            labels,
            names=[row["name"].decode() for row in rows],
            targets=tuple(metadata["targets"]),
            truth=Truth(motif_id, start, pool, sequences.shape[1]),
        )

    return Splits(*(part(name) for name in archive.PARTS))
