"""Data sets by name: prepared once below a folder, then loaded whole into arrays.

An .npz file is taken where there is one (`tools/export_data` writes them); otherwise the set is
prepared with tensorflow-datasets as ArrayRecord, which needs no TensorFlow and is imported only
here.
"""

import contextlib
import importlib
import io
import os
import pathlib
from collections.abc import Mapping

from absl import logging

from jaxmotif import files
from jaxmotif.data.dataset import Splits
from jaxmotif.data.files import archive

# What each set can be asked for, with defaults. Each has a module of the same name in builders/,
# with `builder(options, **keywords)` and `read(builder) -> Splits`.
_PLANTED = {"seed": 0, "n": 25_000, "length": 200, "min_gap": 1}
NAMES = {
    "koo_eddy": _PLANTED,
    "grim_task1": _PLANTED | {"fewest": 3, "most": 5, "both_strands": 1},
    "grim_task2": _PLANTED | {"fewest": 1, "most": 3, "both_strands": 1},
}


def complete(name: str, options: Mapping[str, int]) -> dict[str, int]:
    """Returns the options of a named set with defaults filled in, in a fixed order.

    Raises:
      ValueError: for an option that the set does not have.
    """
    unknown = sorted(set(options) - set(NAMES[name]))
    if unknown:
        raise ValueError(f"data set {name} has no option {unknown[0]!r}; known: {', '.join(NAMES[name])}")
    return {key: int(options.get(key, default)) for key, default in NAMES[name].items()}


def label(name: str, options: Mapping[str, int]) -> str:
    """Returns the name of one variant, e.g. koo_eddy-seed0-n25000-length200-min_gap1."""
    return "-".join([name, *(f"{key}{value}" for key, value in complete(name, options).items())])


def load_named(name: str, data_dir: str | os.PathLike, **options: int) -> Splits:
    """Returns a named data set as arrays.

    Looks in `data_dir` for `<label>.npz`, then `<name>.npz`; else prepares the set there, once.

    Args:
      name: one of `NAMES`, or whatever has an .npz file of that name (see `archive`).
      data_dir: where prepared sets are kept; made if absent.
      options: those of the set in `NAMES`; each combination is prepared apart.

    Raises:
      ValueError: for an unknown name or option, an .npz file that is damaged or was made with other
        options, a folder that cannot be written, or where neither the file nor tensorflow-datasets
        is there.
    """
    folder = pathlib.Path(data_dir)
    plain = folder / f"{name}.npz"
    if name not in NAMES:
        if not plain.is_file():
            known = ", ".join(NAMES)
            raise ValueError(f"unknown data set {name!r}; known: {known}, and there is no {plain}")
        if options:
            raise ValueError(f"data set {name!r} comes from {plain} and has no options")
        return archive.load(plain)[0]
    options = complete(name, options)
    for path in (folder / f"{label(name, options)}.npz", plain):
        if path.is_file():
            splits, recipe = archive.load(path)
            wanted = {"name": name, **options}
            if recipe is not None and recipe != wanted:
                raise ValueError(f"{path} was made with {recipe}, not with {wanted}")
            return splits
    return prepare(name, data_dir, **options)


def prepare(name: str, data_dir: str | os.PathLike, **options: int) -> Splits:
    """Prepares a set by tensorflow-datasets, whatever .npz files there are; else as `load_named`.

    Raises:
      ValueError: as `load_named`.
    """
    options, folder = complete(name, options), pathlib.Path(data_dir)
    variant = label(name, options)
    try:
        import tensorflow_datasets as tfds

        module = importlib.import_module(f"jaxmotif.data.synthetic.builders.{name}")
    except ImportError as error:
        raise ValueError(
            f"preparing {variant} needs tensorflow-datasets ({error}): pip install jaxmotif[data], "
            f"or put {variant}.npz into {folder} (tools/export_data makes it)"
        ) from None
    with files.atomic_path(folder / ".writable"):
        pass  # one clear line before the work
    (folder / ".writable").unlink()
    with _quiet(tfds):
        builder = module.builder(
            options, data_dir=str(folder.absolute() / "tfds" / variant), file_format="array_record"
        )
        builder.download_and_prepare(file_format="array_record")
    # Read by the description on disk: it also holds what was added while the data were generated.
    return module.read(tfds.builder_from_directory(builder.data_dir))


@contextlib.contextmanager
def _quiet(tfds):
    """Keeps what tensorflow-datasets says about downloads and custom configs to itself."""
    tfds.disable_progress_bar()
    verbosity = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.set_verbosity(verbosity)
