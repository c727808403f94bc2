"""Data sets by name: prepared once below a folder, then loaded whole into arrays.

`<data_dir>/<name>.npz` is taken where it lies (`tools/export_data` writes one); otherwise the set
is prepared with tensorflow-datasets as ArrayRecord, which needs no TensorFlow and is imported only
here.
"""

import os
import pathlib

import numpy as np

from jaxmotif import config, dna, files
from jaxmotif.data import archive, synthetic
from jaxmotif.data.dataset import Dataset, Splits

# Name -> function that gives the factors' names; each has a builder of the same name.
NAMES = {"koo_eddy": lambda: tuple(synthetic.KOO_EDDY_IDS)}
_PARTS = {"train": "train", "valid": "validation", "test": "test"}


def label(name: str, options: dict) -> str:
    """The name of one variant, e.g. koo_eddy-seed0-n25000-length200-min_gap1."""
    return "-".join([name, *(f"{key}{value}" for key, value in options.items())])


def load_named(name: str, data_dir: str | os.PathLike, **options) -> Splits:
    """A named data set as arrays.

    Args:
      name: one of `NAMES`.
      data_dir: where prepared sets are kept; made if absent.
      options: of the generator (seed, n, length, min_gap); each combination is prepared apart.

    Raises:
      ValueError: for an unknown name, an .npz that does not fit, a folder that cannot be written,
        or where neither the .npz nor tensorflow-datasets is there.
    """
    config.choose("data set", name, NAMES)
    folder = pathlib.Path(data_dir)
    variant = label(name, options)
    prepared = folder / f"{variant}.npz"
    if prepared.exists():
        return archive.load(prepared)[0]
    return _prepare(name, variant, folder, options)


def _prepare(name: str, variant: str, folder: pathlib.Path, options: dict) -> Splits:
    try:
        from jaxmotif.data.builders import koo_eddy
    except ImportError:
        raise ValueError(
            f"{variant} is not prepared: put {variant}.npz into {folder} (tools/export_data makes it), "
            "or install the extra: pip install jaxmotif[data]"
        ) from None
    with files.atomic_path(folder / ".writable"):
        pass  # one clear line before minutes of work
    (folder / ".writable").unlink()
    builders = {"koo_eddy": koo_eddy.KooEddy}
    builder = builders[name](
        options=options, data_dir=str(folder / "tfds" / variant), file_format="array_record"
    )
    builder.download_and_prepare(file_format="array_record")
    targets = NAMES[name]()
    return Splits(*(_whole(builder, split, targets) for split in _PARTS.values()))


def _whole(builder, split: str, targets) -> Dataset:
    source = builder.as_data_source(split=split)
    rows = sorted(source.__getitems__(range(len(source))), key=lambda row: row["index"])
    return Dataset(
        dna.encode([row["sequence"].decode() for row in rows]),
        np.stack([row["labels"] for row in rows]),
        targets=targets,
    )
