"""Sequences and negatives out of the genome that the settings name."""

import hashlib
import os

import numpy as np

from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data import matched
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import classes, content, kinds, loci, windows
from jaxmotif.data.files.classes import Classes
from jaxmotif.data.files.content import Content
from jaxmotif.data.files.genome import Genome, open_genome
from jaxmotif.data.files.loci import Loci

# nt that negatives keep from positives: shoulders of peaks are bound, too.
MARGIN = 200


class Genomic:
    """The genome of a discovery, its blacklist, and where the positives lie.

    Args:
      settings: of which genome, repeats, blacklist and background count.

    Raises:
      ValueError: for a genome or a blacklist that cannot be read.
    """

    def __init__(self, settings: Settings):
        self._settings = settings
        self.genome: Genome | None = None
        self.blacklist: Loci | None = None
        self._peaks: list[Loci] = []  # intervals of positives, as long as their files have them
        self._windows: dict[str, Loci] = {}  # role -> where its sequences lie
        if settings.genome:
            self.genome = open_genome(settings.genome, settings.repeats)
            if settings.blacklist:
                self.blacklist = loci.read_loci(settings.blacklist)

    def cut(self, source: Content, role: str, length: int | None) -> Dataset:
        """Returns the sequences of the intervals in a file; negatives that overlap positives are left out.

        Raises:
          ValueError: without a genome, and for intervals of which none can be used.
        """
        if self.genome is None:
            kinds.refuse_text(source.name, source.text)
            raise ValueError(f"{source.name} holds intervals: give the genome that they are of (--genome)")
        cut = windows.cut(loci.parse(source), self.genome, length, self.blacklist)
        data, own = cut.data, windows.around(cut.loci, cut.data.length)
        if not role.endswith("negatives"):
            self._peaks.append(cut.loci)
            self._windows[role] = own
            return data
        outside = [*self._peaks, *self._windows.values()]
        hit = loci.overlapping(own, loci.joined(outside)) if outside else np.zeros(len(own), bool)
        if hit.all():
            raise ValueError(f"{source.name}: all {len(hit):,} intervals overlap positives")
        if hit.any():
            data = data.take(~hit).with_notes(
                f"{content.short_name(source.name)}: {int(hit.sum()):,} of {len(hit):,} windows overlap "
                "positives and were left out"
            )
        return data

    def cut_classes(self, sources: list[Content], length: int | None) -> tuple[Dataset, Classes]:
        """Returns the sequences of intervals of several classes: a file each, or by the names in one.

        Raises:
          ValueError: as `cut`, and for a class without intervals.
        """
        if self.genome is None:
            raise ValueError("classes need the genome that their intervals are of (--genome)")
        for source in sources:
            if not loci.holds_loci(source):
                raise ValueError(f"{source.name} holds no intervals, which classes are read of")
        sets = [loci.parse(source) for source in sources]
        found = classes.by_name(sets[0]) if self._settings.by_name else classes.by_file(sets)
        cut, own = classes.cut(found, self.genome, length, self.blacklist)
        self._peaks.append(cut.loci)
        self._windows["sequences"] = windows.around(cut.loci, cut.data.length)
        return cut.data, own

    def place(self, data: Dataset, role: str, name: str) -> None:
        """Looks up where sequences lie that were no intervals, by their names, for `negatives`.

        Raises:
          ValueError: for names that do not say so.
        """
        if self.genome is not None and (self._settings.from_genome or data.placed.all()):
            self._windows[role] = windows.loci_of(data, self.genome, name)

    def negatives(self, data: Dataset, role: str) -> Dataset:
        """Returns regions of the genome like the sequences of a role, outside all positives.

        Raises:
          ValueError: where there is no genome, or no such region.
        """
        if self.genome is None:
            raise ValueError("there is no genome")
        outside = [*self._peaks, *self._windows.values()]
        if self.blacklist is not None:
            outside.append(loci.in_genome(self.blacklist, self.genome))
        seed = self._settings.seed + (role != "sequences")
        return matched.negatives(data, self._windows[role], self.genome, outside, seed, MARGIN)

    @property
    def inputs(self) -> dict[str, dict]:
        """Returns what is known of the files, as in inputs.json.

        A genome has no checksum of all its letters; what was cut out of it has one, and that is what counts.
        """
        if self.genome is None:
            return {}
        size = os.path.getsize(self.genome.path)
        found = {"genome": {"file": self.genome.path, "bytes": size, "chromosomes": len(self.genome.lengths)}}
        if self.blacklist is not None:
            path = self._settings.blacklist
            found["blacklist"] = {"file": path, **content.checksum(path)}
        return found


def like(some: Dataset, positives: Dataset, settings: Settings) -> Dataset | None:
    """Returns regions of the genome like some of the positives, outside all of them; None without any.

    Args:
      some: positives, in whose order the regions are.
      positives: all of them.
      settings: of which genome, repeats, blacklist and seed count.
    """
    genomic = Genomic(settings)
    if genomic.genome is None or not positives.placed.all() or not len(some):
        return None
    places = [windows.loci_of(data, genomic.genome, settings.genome) for data in (some, positives)]
    genomic._windows = dict(zip(("some", "all"), places, strict=True))
    try:
        return genomic.negatives(some, "some")
    except ValueError:  # the genome has nothing like them
        return None


def letters(data: Dataset) -> str:
    """Returns the checksum of sequences that were cut out of a genome."""
    return hashlib.sha256(np.ascontiguousarray(data.sequences).tobytes()).hexdigest()
