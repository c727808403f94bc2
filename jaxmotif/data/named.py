"""Data sets by name: prepared once below a folder, then loaded whole into arrays.

Synthetic sets are made; others come from the files of a folder that is named, and nothing is downloaded.
Of a synthetic set an .npz file is taken where there is one (`tools/export_data` writes them); otherwise sets
are prepared with tensorflow-datasets as ArrayRecord, which needs no TensorFlow and is imported only here.
"""

import contextlib
import hashlib
import importlib
import io
import os
import pathlib
from collections.abc import Mapping

from absl import logging

from jaxmotif import config, files
from jaxmotif.data.dataset import Splits
from jaxmotif.data.files import archive, panel

# What each set can be asked for, with defaults. Each has a module of the same name in synthetic/builders/ or
# files/builders/, with `builder(options, **keywords)` and `read(builder) -> Splits`.
_PLANTED = {"seed": 0, "n": 25_000, "length": 200, "min_gap": 1}
NAMES = {
    "koo_eddy": _PLANTED,
    "grim_task1": _PLANTED | {"fewest": 3, "most": 5, "both_strands": 1},
    "grim_task2": _PLANTED | {"fewest": 1, "most": 3, "both_strands": 1},
    "neuronmotif_grammar": {"seed": 0, "n": 20_000, "length": 120},
}
# Of a user's files: Basset's HDF5 file, DeepSEA's folder (all of it, or what Koo & Eddy took of it), a folder
# of ChIP-seq experiments.
FROM_FILES = {
    "basset": {},
    "deepsea": {},
    "deepsea_truncated": {},
    "encode_panel": {"experiment": "", "seed": 0},
}


def complete(name: str, options: Mapping[str, int | str]) -> dict[str, int | str]:
    """Returns the options of a named set with defaults filled in, in a fixed order.

    Raises:
      ValueError: for an option that the set does not have.
    """
    known = (NAMES | FROM_FILES)[name]
    unknown = sorted(set(options) - set(known))
    if unknown:
        listed = ", ".join(known) or "none"
        raise ValueError(f"data set {name} has no option {unknown[0]!r}; known: {listed}")
    return {key: type(default)(options.get(key, default)) for key, default in known.items()}


def label(name: str, options: Mapping[str, int | str]) -> str:
    """Returns the name of one variant, e.g. koo_eddy-seed0-n25000-length200-min_gap1."""
    return "-".join([name, *(f"{key}{value}" for key, value in complete(name, options).items())])


def load_named(
    name: str, data_dir: str | os.PathLike, source: str | os.PathLike = "", **options: int | str
) -> Splits:
    """Returns a named data set as arrays.

    Looks in `data_dir` for `<label>.npz`, then `<name>.npz`; else prepares the set there, once.

    Args:
      name: one of `NAMES` or `FROM_FILES`, or whatever has an .npz file of that name (see `archive`).
      data_dir: where prepared sets are kept; made if absent.
      source: of a set from files, where these are: Basset's HDF5 file, or a folder. Other content is another
        variant.
      options: those of the set in `NAMES` or `FROM_FILES`; each combination is prepared apart.

    Raises:
      ValueError: for an unknown name or option, an .npz file that is damaged or was made with other
        options, files that are missing or cannot be read, a folder that cannot be written, or where neither
        the .npz file nor tensorflow-datasets is there.
    """
    folder = pathlib.Path(data_dir)
    plain = folder / f"{name}.npz"
    if name in FROM_FILES:
        return prepare(name, data_dir, source, **options)
    if source:
        raise ValueError(f"data set {name!r} comes from no files, but a source is given: {source}")
    if name not in NAMES:
        if not plain.is_file():
            known = ", ".join([*NAMES, *FROM_FILES])
            raise ValueError(f"unknown data set {name!r}; known: {known}, and there is no {plain}")
        if options:
            raise ValueError(f"data set {name!r} comes from {plain} and has no options")
        return archive.load(plain)[0]
    complete_options = complete(name, options)
    for path in (folder / f"{label(name, complete_options)}.npz", plain):
        if path.is_file():
            splits, recipe = archive.load(path)
            wanted = {"name": name, **complete_options}
            if recipe is not None and recipe != wanted:
                raise ValueError(f"{path} was made with {recipe}, not with {wanted}")
            return splits
    return prepare(name, data_dir, "", **options)


def prepare(
    name: str, data_dir: str | os.PathLike, source: str | os.PathLike = "", **options: int | str
) -> Splits:
    """Prepares a set by tensorflow-datasets, whatever .npz files there are; else as `load_named`.

    Raises:
      ValueError: as `load_named`.
    """
    own, folder = complete(name, options), pathlib.Path(data_dir)
    variant, where = label(name, own), None
    if name in FROM_FILES:
        where, own, variant = _found(name, pathlib.Path(source), own)
    room = "synthetic" if name in NAMES else "files"
    try:
        import tensorflow_datasets as tfds

        module = importlib.import_module(f"jaxmotif.data.{room}.builders.{name}")
    except ImportError as error:
        other = f", or put {variant}.npz into {folder} (tools/export_data makes it)" if name in NAMES else ""
        raise ValueError(
            f"preparing {variant} needs tensorflow-datasets ({error}): pip install jaxmotif[data]{other}"
        ) from None
    files.check_writable(folder)
    with _quiet(tfds):
        builder = module.builder(
            own, data_dir=str(folder.absolute() / "tfds" / variant), file_format="array_record"
        )
        # Another process may have prepared the same bytes meanwhile: the first one's are kept.
        with contextlib.suppress(FileExistsError):
            builder.download_and_prepare(
                file_format="array_record",
                download_config=tfds.download.DownloadConfig(manual_dir=where) if where else None,
            )
    # Read by the description on disk: it also holds what was added while the data were generated.
    return module.read(tfds.builder_from_directory(builder.data_dir))


def _found(name: str, source: pathlib.Path, options: dict) -> tuple[pathlib.Path, dict, str]:
    """The manual folder of a set from files, its builder's options, and the name of the variant."""
    if not source.name or not source.exists():
        raise ValueError(f"data set {name!r} needs a source that is there, got {str(source)!r}")
    if name == "basset":
        if not source.is_file():
            raise ValueError(f"{source} is no file: the source of basset is the authors' HDF5 file")
        where, read, options = source.parent, [source], {**options, "file": source.name}
    elif not source.is_dir():
        raise ValueError(f"{source} is no folder")
    elif name in ("deepsea", "deepsea_truncated"):
        where, read = source, [source / f"{part}.mat" for part in archive.PARTS]
    else:
        found = {one.name: one for one in panel.experiments(source)}
        one = config.choose("experiment", options["experiment"], found)
        where, read = source, [pathlib.Path(path) for path in (one.train, one.test) if path]
    digest = hashlib.sha256()
    for path in read:
        with files.reading(path):
            digest.update(files.sha256(path).encode())
    variant = label(name, {key: options[key] for key in FROM_FILES[name]})
    return where.absolute(), options, f"{variant}-{digest.hexdigest()[:12]}"


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
