"""Networks by path: of a run directory, of a folder in it, or of a file of weights."""

import dataclasses
import os
import pathlib

from jaxmotif import dna
from jaxmotif.models import saved
from jaxmotif.models.imports import arrays, keras_file
from jaxmotif.models.imports.arrays import Imported
from jaxmotif.models.network import Network


def opened(path: str | os.PathLike, name: str = "", alphabet: str = dna.ALPHABET) -> Network:
    """Returns the trained network at `path`, with all of its members.

    Args:
      path: a run directory with one network, a folder in it, a Keras 2 HDF5 file, or an .npz of arrays that
        says its whole architecture.
      name: which of several networks of a run.
      alphabet: order of the input channels of a Keras file or of arrays; with U sequences are RNA.

    Raises:
      ValueError: if there is no such network, or one of which only convolutions are known.
    """
    if not pathlib.Path(path).is_file():
        return of_run(path, name, alphabet)
    found = imported(path, alphabet)
    if not found.spec:
        raise ValueError(f"{path} holds convolutions only: what the network predicts is not known")
    return Network.from_members(found.spec, [found.variables], alphabet=dna.alphabet_of(alphabet))


def imported(path: str | os.PathLike, alphabet: str = dna.ALPHABET) -> Imported:
    """Returns the weights in a Keras 2 HDF5 file, or in an .npz of arrays; see `opened`.

    Raises:
      ValueError: for a file that is neither.
    """
    place = pathlib.Path(path)
    if place.suffix == ".npz":
        return arrays.load(place, alphabet=alphabet)
    if keras_file.is_hdf5(place):
        return keras_file.load(place, alphabet=alphabet)
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
