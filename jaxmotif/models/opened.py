"""Networks by path: of a run directory, of a folder in it, or of a file of another program."""

import dataclasses
import os
import pathlib

from jaxmotif import dna
from jaxmotif.models import saved
from jaxmotif.models.imports import arrays, keras_file
from jaxmotif.models.imports.arrays import Imported
from jaxmotif.models.imports.external import Loaded, Options
from jaxmotif.models.imports.keras import backend, model_files
from jaxmotif.models.imports.pytorch import files as torch_files
from jaxmotif.models.network import Network


def opened(
    path: str | os.PathLike,
    name: str = "",
    alphabet: str = dna.ALPHABET,
    options: Options | None = None,
    maps_only: bool = False,
) -> Network:
    """Returns the trained network at `path`, with all of its members.

    Args:
      path: a run directory with one network, a folder in it, a file of Keras or PyTorch, or an .npz of arrays
        that says its whole architecture.
      name: which of several networks of a run.
      alphabet: order of the input channels of a file; with U sequences are RNA.
      options: how a file of another program is opened; its alphabet counts.
      maps_only: whether a network is taken whose outputs are not known.

    Raises:
      ValueError: if there is no such network, or one of which only convolutions are known; and for a task of
        one that says itself what it was trained for.
    """
    place = pathlib.Path(path)
    options = options or Options(alphabet=alphabet)
    if not place.is_file():
        if options.task:
            raise ValueError(f"{path} says itself what its networks were trained for: no task is needed")
        return of_run(path, name, alphabet)
    if place.suffix != ".npz":
        loaded = foreign(path, options)
        found = loaded.network
        summed = found.task == "regression"
        ends = [head.link for head in loaded.heads if head.read and head.link != "linear" and not summed]
        if options.task and ends:
            raise ValueError(
                f"{path} ends in a {ends[0]}, which says what it was trained for: leave task out"
            )
        if options.task:
            found = dataclasses.replace(found, task=options.task)
        if not found.outputs and not maps_only:
            below = next((note for note in found.notes if "is not known" in note), "no heads in it")
            raise ValueError(f"{path}: what the network predicts is not known: {below}")
        return found
    read = arrays.load(place, alphabet=alphabet)
    if not read.spec:
        raise ValueError(f"{path} holds convolutions only: what the network predicts is not known")
    letters, task = dna.alphabet_of(alphabet), options.task or "multilabel"
    return Network.from_members(read.spec, [read.variables], alphabet=letters, task=task)


def foreign(path: str | os.PathLike, options: Options | None = None) -> Loaded:
    """Opens a file of Keras or PyTorch, and says what was found and how it was checked.

    Raises:
      ValueError: for any other file, and as `load_keras` and `load_torch`.
    """
    place, options = pathlib.Path(path), options or Options()
    # Here, since not every network is one of another program.
    if model_files.is_of_keras(place):
        from jaxmotif.models.imports.keras import load

        return load.loaded(place, options)
    if torch_files.is_torch(place):
        from jaxmotif.models.imports.pytorch.load import of_file

        return of_file(place, options)
    raise ValueError(f"{path} is neither a run directory nor weights (of Keras, PyTorch, or .npz of arrays)")


def imported(path: str | os.PathLike, alphabet: str = dna.ALPHABET) -> Imported:
    """Returns the weights in a Keras 2 HDF5 file, or in an .npz of arrays, without Keras; see `opened`.

    Raises:
      ValueError: for a file that is neither, or layers that only Keras knows.
    """
    place = pathlib.Path(path)
    if place.suffix == ".npz":
        return arrays.load(place, alphabet=alphabet)
    if keras_file.is_hdf5(place):
        try:
            return keras_file.load(place, alphabet=alphabet)
        except ValueError as error:
            if backend.installed() or "cannot be traced" not in str(error):
                raise
            raise ValueError(f"{error}; with Keras 3 it can be: pip install 'jaxmotif[keras]'") from error
    raise ValueError(f"{path} is neither a run directory nor weights (Keras 2 HDF5, or .npz of arrays)")


def of_run(path: str | os.PathLike, name: str = "", alphabet: str = dna.ALPHABET) -> Network:
    """Returns the network of a run directory or of a folder in it, with all of its members; see `opened`.

    Raises:
      ValueError: if there is none, or several of which none is named; for RNA one of both strands.
    """
    place = pathlib.Path(path)
    if not place.exists():
        raise ValueError(f"no such run directory or file of weights: {path}")
    folders = saved.folders(place)
    if not folders:
        raise ValueError(f"{path} holds no trained network")
    named = {folder.name if folder != place else folder.resolve().name: folder for folder in folders}
    if name and name not in named:
        raise ValueError(f"{path} has no network {name!r}; it has: {', '.join(named)}")
    if not name and len(named) > 1:
        raise ValueError(f"{path} holds several networks, choose one with --network: {', '.join(named)}")
    found = Network.load(named[name or next(iter(named))])
    own = dna.together(found.alphabet, dna.alphabet_of(alphabet))
    dna.check_strands(own, found.strands)
    return dataclasses.replace(found, alphabet=own)
