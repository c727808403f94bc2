"""Motifs of several runs, merged, and which run has which."""

import os
import pathlib
from collections.abc import Sequence
from typing import NamedTuple

from jaxmotif.apps import motif_files
from jaxmotif.apps.streams import field
from jaxmotif.motifs import merge
from jaxmotif.motifs.merge import Member, Merged
from jaxmotif.motifs.motif import Motif, is_informative

ALL, GAINED, LOST = "all", "gained", "lost"


class Listed(NamedTuple):
    """A motif as one run lists it.

    Attributes:
      motif: its matrix.
      run: place of the run.
      factor: of the known motif that gives it its name, "" where none does.
      e: E-value on held-out sequences, None where the run does not say.
      sites: their number, None where the run does not say.
    """

    motif: Motif
    run: int
    factor: str = ""
    e: float | None = None
    sites: int | None = None


class Common(NamedTuple):
    """A motif of one or more runs.

    Attributes:
      merged: the motif and its members.
      listed: those that were merged, in the order of the runs, with their places on the merged motif.
      status: `ALL` where every run has it; `GAINED` where the first has not; `LOST` where the first has and
        another has not.
    """

    merged: Merged
    listed: tuple[tuple[Listed, Member], ...]
    status: str

    def of(self, run: int) -> list[Listed]:
        """Returns the motifs of one run that were merged."""
        return [one for one, _ in self.listed if one.run == run]

    @property
    def runs(self) -> int:
        """How many runs have it."""
        return len({one.run for one, _ in self.listed})

    @property
    def factor(self) -> str:
        """What most of the runs call it, "" where none has a name for it."""
        names = [one.factor for one, _ in self.listed if one.factor]
        return max(dict.fromkeys(names), key=names.count, default="")


def names_of(paths: Sequence[str]) -> list[str]:
    """Returns a short name of each path; those that share one keep their path."""
    short = [pathlib.Path(path).resolve().name for path in paths]
    return [
        name if short.count(name) == 1 else os.fspath(path) for name, path in zip(short, paths, strict=True)
    ]


def read(path: str, run: int) -> list[Listed]:
    """Returns the motifs of a run, motif file or JASPAR release; of a run with what motifs.json says of them.

    Raises:
      ValueError: if it cannot be read.
    """
    motifs, known, found = motif_files.read_any(path, may_be_empty=True), motif_files.records(path), []
    for motif in motifs:
        row = known.get(motif.name, {})
        found.append(Listed(motif, run, motif.alt_name, row.get("e"), row.get("sites")))
    return found


def compared(runs: Sequence[Sequence[Listed]], threshold: float = merge.SIMILARITY) -> list[Common]:
    """Returns the distinct motifs of several runs, those of most runs first (`merge.merge`).

    Motifs without a column above half a bit are alike to nothing and stay apart.

    Args:
      runs: the motifs of each.
      threshold: similarity from which two are one, 0 to 1.

    Raises:
      ValueError: for a threshold outside (0, 1].
    """
    every = [one for own in runs for one in own]
    told = [one for one in every if is_informative(one.motif)]
    flat = [one for one in every if not is_informative(one.motif)]
    found = []
    for merged in merge.merge([one.motif for one in told], [one.run for one in told], threshold=threshold):
        found.append(_common(merged, [(told[member.index], member) for member in merged.members], len(runs)))
    for one in flat:
        member = Member(0, 0, "+")
        found.append(_common(Merged(one.motif, (member,), (one.run,)), [(one, member)], len(runs)))
    return found


def _common(merged: Merged, listed: list[tuple[Listed, Member]], runs: int) -> Common:
    listed.sort(key=lambda pair: pair[0].run)
    having = {one.run for one, _ in listed}
    status = ALL if len(having) == runs else LOST if 0 in having else GAINED
    return Common(merged, tuple(listed), status)


def table(found: Sequence[Common], names: Sequence[str]) -> str:
    """Returns a line for each motif: name, consensus, factor, runs, status, and its names in each run."""
    lines = ["\t".join(["motif", "consensus", "factor", "runs", "of", "status", *names])]
    for one in found:
        motif = one.merged.motif
        cells = [motif.name, motif.consensus, one.factor, one.runs, len(names), one.status]
        own = [
            ",".join("_".join(listed.motif.name.split()) for listed in one.of(run))
            for run in range(len(names))
        ]
        lines.append("\t".join(map(field, [*cells, *own])))
    return "\n".join(lines) + "\n"
