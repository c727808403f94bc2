"""Which networks and motifs a dashboard shows: from a run directory and what the user asks for."""

import contextlib
import difflib
import pathlib
from collections.abc import Sequence
from typing import NamedTuple

from jaxmotif import files
from jaxmotif.apps import motif_files
from jaxmotif.apps.dashboard.boxes import SITE_P, Boxed
from jaxmotif.models import saved
from jaxmotif.models.network import Network
from jaxmotif.motifs.motif import Motif

# The class of networks that tell bound sequences from others.
BOUND = "bound"
# Targets of a table that are shown, a row for each, unless one is named.
MOST_TARGETS = 6


class Trained(NamedTuple):
    """A network to show.

    Attributes:
      name: what the page calls it.
      network: any, also one made from a function.
      folder: where its class motifs are kept; None for one in memory.
      target: class that is shown of it; "" for that which the user asks for.
    """

    name: str
    network: Network
    folder: pathlib.Path | None = None
    target: str = ""


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
        if objectives(root) == ["infomax"]:
            raise ValueError(
                f"{run} was trained without labels (infomax): its networks know no class that a letter could "
                "speak for or against, so nothing is shown; discover with negatives, or --objective=both"
            )
        raise ValueError(
            f"{run} holds no trained networks; runs of experiments.demo do, and those of discover with labels"
        )
    parents = list(dict.fromkeys(f if f == root else f.parent for f in folders))
    if len(parents) > 1:
        names = ", ".join(str(parent.relative_to(root)) for parent in parents)
        raise ValueError(f"{run} holds networks of several experiments, name one: {names}")
    return parents[0]


def objectives(run: pathlib.Path) -> list[str]:
    """Returns what the networks of a run of `discover` were trained for; nothing of another run."""
    with contextlib.suppress(ValueError, LookupError, TypeError):  # not there, or damaged
        return list(files.read_json(run / "metrics.json")["objectives"])
    return []


def networks(folder: pathlib.Path, wanted: Sequence[str] = (), class_name: str = BOUND) -> list[Trained]:
    """Returns the networks in the folder of an experiment, all or those wanted.

    Those that `discover` has trained with an output for each class of peaks are one for each class.

    Args:
      folder: of one experiment.
      wanted: names; none takes all.
      class_name: class of peaks to show only; `BOUND` shows all of them.

    Raises:
      ValueError: if a network that is wanted is not there, or they read different lengths or alphabets.
    """
    found = []
    for place in saved.folders(folder):
        network = Network.load(place)
        found += of_network(place.name if place != folder else "", network, place, class_name)
    place = folder / saved.BY_CLASS
    if (place / saved.DESCRIPTION).is_file():
        network = Network.load(place)
        of_classes = [Trained(f"class {one}", network, place, one) for one in network.classes]
        if class_name in network.classes:
            found = [one for one in of_classes if one.target == class_name]
        elif class_name == BOUND:
            found += of_classes
    known = [one.name for one in found]
    for name in wanted:
        if name not in known:
            raise ValueError(f"{folder} has no network {name!r}; it has: {', '.join(known)}")
    found = [one for one in found if not wanted or one.name in wanted]
    check_alike(found, f"{folder}: ")
    return found


def of_network(
    name: str, network: Network, folder: pathlib.Path | None = None, class_name: str = BOUND
) -> list[Trained]:
    """Returns a network to show: for `BOUND` where it has no such class, one of each of its first targets.

    Args:
      name: of the network; "" where it is the only one.
      network: any.
      folder: see `Trained`.
      class_name: class that the user asks for.
    """
    if class_name != BOUND or BOUND in network.classes or network.outputs < 1:
        return [Trained(name or network.name, network, folder)]
    called = network.answer.output
    return [
        Trained(f"{name}, {one}" if name else f"{called} {one}", network, folder, one)
        for one in network.classes[:MOST_TARGETS]
    ]


def left_out(shown: Sequence[Trained]) -> list[str]:
    """Returns a note where a network has more targets than are shown."""
    most = max(len(one.network.classes) for one in shown)
    if most <= MOST_TARGETS or not any(one.target for one in shown):
        return []
    called = shown[0].network.answer.output
    return [f"Of {most} the first {MOST_TARGETS} are shown; --class=NAME shows another {called}."]


def check_alike(shown: Sequence[Trained], where: str = "") -> None:
    """Raises ValueError if networks read different lengths or alphabets, or say different kinds of things."""
    said = {one.network.answer.name.replace("_", " ") for one in shown}
    if len(said) > 1:
        raise ValueError(f"{where}networks that say different things, {' and '.join(sorted(said))}")
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


def found_motifs(folder: pathlib.Path) -> Boxed | None:
    """Returns the motifs that `discover` has found in a run, as it looks for them; None for another run.

    Raises:
      ValueError: for files that cannot be read.
    """
    if not (folder / motif_files.NAME).is_file():
        return None
    site_p = SITE_P
    with contextlib.suppress(ValueError, LookupError, TypeError):  # not there, or damaged
        site_p = float(files.read_json(folder / "config.json")["site_p"])
    return Boxed((), motif_files.read(folder, may_be_empty=True), site_p)
