"""Architecture and weights of a Keras model, wherever they are: one file of either format, or two files."""

import contextlib
import dataclasses
import io
import json
import os
import pathlib
import zipfile
from collections.abc import Generator, Mapping

import h5py

from jaxmotif import files, probe

_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"
_SUFFIXES = (".weights.h5", ".h5", ".hdf5", ".keras", ".json")


@dataclasses.dataclass(frozen=True, eq=False)
class ModelFiles:
    """What a model's files hold.

    Attributes:
      name: of the file, without its ending.
      path: of the file with the weights.
      config: {"class_name", "config"} of the model.
      whole: whether `path` holds the architecture too, so that Keras can load it by itself.
    """

    name: str
    path: pathlib.Path
    config: Mapping
    whole: bool

    @contextlib.contextmanager
    def weights(self) -> Generator[h5py.File | h5py.Group]:
        """Opens the group that holds weights, of either layout (see `weights.Stored`)."""
        with _hdf5(self.path) as file:
            yield file["model_weights"] if "model_weights" in file else file


def read(path: str | os.PathLike, architecture: str | os.PathLike | None = None) -> ModelFiles:
    """Returns what the files of a model hold.

    Args:
      path: .h5, .hdf5 or .keras of a whole model, or a file of weights only.
      architecture: for weights only: JSON (`model.to_json()`), or another file of a whole model.

    Raises:
      ValueError: for files that are missing or nothing of Keras, weights without an architecture.
    """
    place = pathlib.Path(path)
    if place.is_dir():
        raise ValueError(
            f"{path} is a folder: of SavedModel nothing is read, save the model as .keras or .h5"
        )
    if not place.is_file():
        raise ValueError(f"{path} is not there")
    with files.reading(path, "Keras model"):
        own = _config(place)
        config = own if architecture is None else _config(pathlib.Path(architecture))
    if config is None:
        what = f"{architecture} holds no architecture" if architecture else f"{path} holds weights only"
        raise ValueError(f"{what}: give the model's JSON (model.to_json()) as architecture")
    if not isinstance(config, Mapping) or not {"class_name", "config"} <= set(config):
        raise ValueError(
            f"{architecture or path} is no architecture of Keras: no class_name and config in it"
        )
    return ModelFiles(stem(place), place, config, architecture is None)


def is_of_keras(path: pathlib.Path) -> bool:
    """Returns whether a file looks like one of Keras: HDF5 by its content, .keras or JSON by its name."""
    return path.is_file() and (h5py.is_hdf5(path) or path.name.endswith(_SUFFIXES))


def stem(path: pathlib.Path) -> str:
    """Returns a file's name without its ending."""
    for suffix in _SUFFIXES:
        if path.name.endswith(suffix):
            return path.name.removesuffix(suffix)
    return path.stem


def _config(path: pathlib.Path):
    """The architecture in a file; None if it holds weights only."""
    if not path.is_file():
        raise ValueError(f"{path} is not there")
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if _CONFIG not in archive.namelist():
                raise ValueError(f"{path} is no .keras file: no {_CONFIG} in it")
            files.check_declared(archive.getinfo(_CONFIG).file_size, os.fspath(path), _CONFIG)
            return json.loads(archive.read(_CONFIG))
    if h5py.is_hdf5(path):
        probe.check("hdf5", path)
        with h5py.File(path) as file:
            text = file.attrs.get("model_config")
            return None if text is None else json.loads(text)
    return json.loads(path.read_text())


@contextlib.contextmanager
def _hdf5(path: pathlib.Path) -> Generator[h5py.File]:
    """An HDF5 file, or the one in a .keras file."""
    if not zipfile.is_zipfile(path):
        with h5py.File(path) as file:
            yield file
        return
    with zipfile.ZipFile(path) as archive:
        if _WEIGHTS not in archive.namelist():
            raise ValueError(f"{path} holds no weights: no {_WEIGHTS} in it")
        files.check_declared(archive.getinfo(_WEIGHTS).file_size, os.fspath(path), _WEIGHTS)
        with h5py.File(io.BytesIO(archive.read(_WEIGHTS)), "r") as file:
            yield file
