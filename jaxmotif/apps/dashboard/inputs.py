"""Which networks, motifs and sequences a dashboard shows: from a run directory and what the user asks for."""

import difflib
import os
import pathlib
from collections.abc import Sequence
from typing import NamedTuple

from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import fasta, held_out
from jaxmotif.models import saved
from jaxmotif.models.network import Network
from jaxmotif.motifs.motif import Motif


class Trained(NamedTuple):
    """A network to show.

    Attributes:
      name: what the page calls it.
      network: any, also one made from a function.
      folder: where its class motifs are kept; None for one in memory.
    """

    name: str
    network: Network
    folder: pathlib.Path | None = None


def experiment_folder(run: str) -> pathlib.Path:
    """Returns the folder of the one experiment of a run: itself, or the only one in it with networks.

    Raises:
      ValueError: if there is none, or those of several experiments.
    """
    root = pathlib.Path(run)
    if not root.is_dir():
        raise ValueError(f"no such run directory: {run}")
    folders = saved.folders(root)
    if not folders:
        raise ValueError(
            f"{run} holds no trained networks; runs of experiments.demo do, and those of discover with labels"
        )
    parents = list(dict.fromkeys(f if f == root else f.parent for f in folders))
    if len(parents) > 1:
        names = ", ".join(str(parent.relative_to(root)) for parent in parents)
        raise ValueError(f"{run} holds networks of several experiments, name one: {names}")
    return parents[0]


def networks(folder: pathlib.Path, wanted: Sequence[str] = ()) -> list[Trained]:
    """Returns the networks in the folder of an experiment, all or those wanted.

    Raises:
      ValueError: if one that is wanted is not there, or they read different lengths or alphabets.
    """
    found = []
    for place in saved.folders(folder):
        network = Network.load(place)
        found.append(Trained(place.name if place != folder else network.name, network, place))
    known = [one.name for one in found]
    for name in wanted:
        if name not in known:
            raise ValueError(f"{folder} has no network {name!r}; it has: {', '.join(known)}")
    found = [one for one in found if not wanted or one.name in wanted]
    check_alike(found, f"{folder}: ")
    return found


def check_alike(shown: Sequence[Trained], where: str = "") -> None:
    """Raises ValueError if the networks read different lengths, or some RNA and some DNA."""
    lengths = {one.network.length for one in shown}
    if len(lengths) > 1:
        raise ValueError(f"{where}networks for sequences of different lengths, {sorted(lengths)}")
    alphabets = {one.network.alphabet for one in shown}
    if len(alphabets) > 1:
        raise ValueError(f"{where}networks for different alphabets, {' and '.join(sorted(alphabets))}")


def known_motifs(database: Sequence[Motif], factor: str) -> list[Motif]:
    """Motifs of a factor: those of its name first, then those in which it is one of several ("GATA1::TAL1").

    Raises:
      ValueError: for a factor that the database does not have, with names that look like it.
    """
    wanted = factor.upper()
    by_name = {motif: motif.alt_name.upper() for motif in database}
    exact = [motif for motif, name in by_name.items() if wanted in (name, motif.name.upper())]
    partly = [motif for motif, name in by_name.items() if wanted in name.split("::") and motif not in exact]
    if exact or partly:
        return exact + partly
    near = difflib.get_close_matches(wanted, sorted(set(by_name.values())), 4, 0.5)
    raise ValueError(
        f"no motif of {factor!r} in the database" + (f"; similar: {', '.join(near)}" if near else "")
    )


def sequences(folder: pathlib.Path, wanted: str, length: int, most: int) -> Dataset:
    """Returns the sequences to show, at most `most`; that of `wanted` first.

    Args:
      folder: of one experiment.
      wanted: a FASTA, the name of a held-out sequence, or "" for the first held-out ones.
      length: what the networks read, nt.

    Raises:
      ValueError: for a file or name that is not there, or sequences of another length.
    """
    if wanted and os.path.isfile(wanted):
        data = fasta.read_sequences(wanted, labels="none")
        if data.length != length:
            raise ValueError(f"{wanted}: sequences of {data.length} nt, the networks read {length}")
        # A strip on a sequence that was cut or padded would not be of the user's own.
        other = [
            note for note in data.notes if "sequences were longer" in note or "sequences were shorter" in note
        ]
        if other:
            raise ValueError(f"{other[0]}; the networks read {length} nt")
        return data[:most]
    path = folder / held_out.NAME
    if not path.is_file():
        raise ValueError(f"{folder} has no {held_out.NAME}; give a FASTA with --sequence")
    data = fasta.read_sequences(path, labels="none")
    if data.length != length:
        raise ValueError(f"{path} has sequences of {data.length} nt, the networks read {length}")
    names = list(data.names)
    if not wanted:
        return data[:most]
    if wanted not in names:
        raise ValueError(f"{wanted!r} is neither a file nor one of the {len(names)} sequences of {path}")
    first = names.index(wanted)
    order = [first] + [i for i in range(len(names)) if i != first]
    return data.take(order[:most])
