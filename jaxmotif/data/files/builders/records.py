"""What the TFDS builders of sets from files share: a manual folder, ArrayRecord, nothing downloaded."""

import pathlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.data.files import archive

# What a data set may know of each sequence, next to its letters and labels.
_PLACES = {"chrom": str, "start": np.int64, "group": np.int64, "offset": np.int64, "record_length": np.int64}
_BLOCK = 4096  # records read at a time


class FromFiles:
    """A mix-in for `tfds.core.GeneratorBasedBuilder`; the files are those of its manual folder.

    Needs `file_format="array_record"`, without which tensorflow-datasets asks for TensorFlow. Subclasses set
    `make`, `citation` and MANUAL_DOWNLOAD_INSTRUCTIONS.
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First version."}
    code_path = None  # as in `synthetic.builders.planted`

    citation = ""
    label_type: type = np.float32
    make: Callable[..., Splits]  # a static method of (folder, options)

    def __init__(self, *, options: Mapping[str, int | str], **kwargs):
        self._options = dict(options)
        super().__init__(**kwargs)

    def _info(self) -> tfds.core.DatasetInfo:
        text = {name: tfds.features.Text() for name, kind in _PLACES.items() if kind is str}
        numbers = {name: kind for name, kind in _PLACES.items() if kind is not str}
        features = {
            "index": np.int64,
            "name": tfds.features.Text(),
            "sequence": tfds.features.Tensor(shape=(None,), dtype=np.uint8),
            "labels": tfds.features.Tensor(shape=(None,), dtype=self.label_type),
        }
        return tfds.core.DatasetInfo(
            builder=self,
            description=self.__doc__,
            citation=self.citation,
            metadata=tfds.core.MetadataDict(),
            features=tfds.features.FeaturesDict(features | text | numbers),
            disable_shuffling=True,  # the order is the files'
        )

    def _split_generators(self, dl_manager):
        splits = self.make(pathlib.Path(dl_manager.manual_dir), self._options)
        known = [name for name in _PLACES if getattr(splits.train, name) is not None]
        notes = {part: list(getattr(splits, part).notes) for part in archive.PARTS}
        # What belongs to the whole set is kept beside the records, which can then be read alone.
        self.info.metadata.update(
            targets=list(splits.train.targets),
            known=known,
            alphabet=splits.train.alphabet,
            held_out=splits.held_out,
            notes=notes,
        )
        return {part: self._generate_examples(getattr(splits, part)) for part in archive.PARTS}

    def _generate_examples(self, part: Dataset):
        places = {name: getattr(part, name) for name in _PLACES}
        blank = {name: "" if kind is str else -1 for name, kind in _PLACES.items()}
        for i in range(len(part)):
            row = {"index": i, "name": part.names[i], "sequence": part.sequences[i]}
            own = {name: blank[name] if values is None else values[i] for name, values in places.items()}
            yield i, row | own | {"labels": part.known_labels[i].astype(self.label_type)}


def read(prepared: tfds.core.DatasetBuilder) -> Splits:
    """Returns the whole of a prepared set, in the order of its files."""
    metadata = prepared.info.metadata

    def part(name: str) -> Dataset:
        source = prepared.as_data_source(split=name)
        columns: dict[str, np.ndarray] = {}
        names = [""] * len(source)
        for begin in range(0, len(source), _BLOCK):
            for row in source.__getitems__(list(range(begin, min(begin + _BLOCK, len(source))))):
                place = int(row["index"])
                names[place] = row["name"].decode()
                for key in ("sequence", "labels", *metadata["known"]):
                    value = row[key].decode() if isinstance(row[key], bytes) else np.asarray(row[key])
                    if key not in columns:
                        kind = object if isinstance(value, str) else value.dtype
                        columns[key] = np.empty((len(source), *np.shape(value)), kind)
                    columns[key][place] = value
        places: dict[str, Any] = {key: columns[key] for key in metadata["known"]}
        if "chrom" in places:
            places["chrom"] = places["chrom"].astype(str)
        return Dataset(
            columns["sequence"],
            columns["labels"],
            names=names,
            targets=tuple(metadata["targets"]),
            alphabet=metadata["alphabet"],
            notes=tuple(metadata["notes"][name]),
            **places,
        )

    return Splits(*(part(name) for name in archive.PARTS), held_out=metadata["held_out"])
