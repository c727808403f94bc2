"""What the TFDS builders of sets with planted motifs share: ArrayRecord, no TensorFlow."""

from collections.abc import Callable, Mapping

import numpy as np
import tensorflow_datasets as tfds

from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.data.files import archive
from jaxmotif.data.truth import Truth


class Planted:
    """A mix-in for `tfds.core.GeneratorBasedBuilder`: every combination of options has its own folder.

    Needs `file_format="array_record"`, without which tensorflow-datasets asks for TensorFlow.
    Subclasses set `make`, `citation`, and the methods `labels` and `most` of the options.
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First version."}
    # No file beside the module describes the data. Told so, tensorflow-datasets looks for none, for
    # which it would need a package that it does not bring along.
    code_path = None

    citation = ""
    grouped = False
    make: Callable[..., Splits]  # a static method

    def __init__(self, *, options: Mapping[str, int], **kwargs):
        self._options = dict(options)
        super().__init__(**kwargs)

    def labels(self, options: Mapping[str, int]) -> int:
        """Returns the number of labels."""
        raise NotImplementedError

    def most(self, options: Mapping[str, int]) -> int:
        """Returns the largest number of motifs in a sequence."""
        raise NotImplementedError

    def _info(self) -> tfds.core.DatasetInfo:
        most = (self.most(self._options),)
        features = {
            "index": np.int64,
            "name": tfds.features.Text(),
            "sequence": tfds.features.Tensor(shape=(self._options["length"],), dtype=np.uint8),
            "labels": tfds.features.Tensor(shape=(self.labels(self._options),), dtype=np.float32),
            "motif_id": tfds.features.Tensor(shape=most, dtype=np.int64),
            "start": tfds.features.Tensor(shape=most, dtype=np.int64),
        }
        if self.grouped:
            features["group"] = np.int64
        return tfds.core.DatasetInfo(
            builder=self,
            description=self.__doc__,
            citation=self.citation,
            metadata=tfds.core.MetadataDict(),
            features=tfds.features.FeaturesDict(features),
        )

    def _split_generators(self, dl_manager):
        del dl_manager  # nothing is downloaded
        splits = self.make(**self._options)
        # What belongs to the whole set is kept beside the records, which can then be read alone.
        self.info.metadata["targets"] = list(splits.train.targets)
        self.info.metadata["pool"] = [ppm.tolist() for ppm in splits.train.truth.pool]
        self.info.metadata["notes"] = {part: list(getattr(splits, part).notes) for part in archive.PARTS}
        return {part: self._generate_examples(getattr(splits, part)) for part in archive.PARTS}

    def _generate_examples(self, part: Dataset):
        for i in range(len(part)):
            row = {
                "index": i,
                "name": part.names[i],
                "sequence": part.sequences[i],
                "labels": part.labels[i],
                "motif_id": part.truth.motif_id[i],
                "start": part.truth.start[i],
            }
            yield i, row | ({"group": part.group[i]} if self.grouped else {})


def read(prepared: tfds.core.DatasetBuilder) -> Splits:
    """Returns the whole of a prepared set, in the order in which it was generated."""
    metadata = prepared.info.metadata
    pool = tuple(np.array(ppm, dtype=np.float64) for ppm in metadata["pool"])

    def part(name: str) -> Dataset:
        source = prepared.as_data_source(split=name)
        # Records lie in the order of a hash of their keys.
        rows = sorted(source.__getitems__(list(range(len(source)))), key=lambda row: row["index"])
        sequences, labels, motif_id, start = (
            np.stack([row[key] for row in rows]) for key in ("sequence", "labels", "motif_id", "start")
        )
        return Dataset(
            sequences,
            labels,
            names=[row["name"].decode() for row in rows],
            targets=tuple(metadata["targets"]),
            group=np.array([row["group"] for row in rows]) if "group" in rows[0] else None,
            truth=Truth(motif_id, start, pool, sequences.shape[1]),
            # Sets prepared before notes were kept have none.
            notes=tuple(metadata.get("notes", {}).get(name, ())),
        )

    return Splits(*(part(name) for name in archive.PARTS))
