"""Sequences and negatives out of the genome that the settings name."""

import hashlib
import os

import numpy as np

from jaxmotif.apps import progress
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data import matched
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import classes, content, kinds, loci, windows
from jaxmotif.data.files.chrom_sizes import Sizes
from jaxmotif.data.files.classes import Classes
from jaxmotif.data.files.content import Content
from jaxmotif.data.files.genome import Genome, open_genome
from jaxmotif.data.files.loci import Loci

# nt that negatives keep from positives: shoulders of peaks are bound, too.
MARGIN = 200
# Bytes of a FASTA, and letters of chromosomes, that an idle core reads in a second (tools/bench_genome).
INDEXED, LOOKED_AT = 4.9e8, 1.2e8


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
        self.sizes = Sizes(settings.chrom_sizes) if settings.chrom_sizes else None
        self.blacklist: Loci | None = None
        self._peaks: list[Loci] = []  # intervals of positives, all of them and as long as in their files
        self._windows: dict[str, Loci] = {}  # role -> where its sequences lie
        self._drawn: list[Loci] = []  # regions that are negatives already
        if settings.genome:
            path = settings.genome
            size = os.path.getsize(path) if os.path.isfile(path) else 0
            with progress.step(f"reading {path} for an index", size / INDEXED):
                self.genome = open_genome(path, settings.repeats)
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
        given = self.inside(loci.parse(source))
        cut = windows.cut(given, self.genome, length, self.blacklist)
        data, own = self._of_rna(cut.data, cut.loci, source.name), windows.around(cut.loci, cut.data.length)
        if role.endswith("negatives"):
            return self._without_positives(data, own, source.name, "windows")
        # Peaks whose windows were left out are peaks still.
        self._peaks.append(loci.in_genome(given, self.genome))
        self._windows[role] = own
        return data

    def inside(self, given: Loci) -> Loci:
        """Returns intervals inside the chromosomes of `chrom_sizes`, where these are given; notes tell.

        Raises:
          ValueError: if there are none.
        """
        if self.sizes is None:
            return given
        notes = [] if self.genome is None else self.sizes.differences(self.genome)
        return self.sizes.inside(given).with_notes(*notes)

    def _of_rna(self, data: Dataset, own: Loci, name: str) -> Dataset:
        """RNA has one strand: what is said where intervals do not tell which."""
        without = int((own.strand == ".").sum())
        if not self._settings.rna or not without:
            return data
        return data.with_notes(
            f"{content.short_name(name)}: {without:,} of {len(own):,} intervals have no strand (column 6); "
            "their RNA is read on +"
        )

    def _without_positives(self, data: Dataset, own: Loci, name: str, what: str) -> Dataset:
        """Negatives without those that overlap positives."""
        outside = [*self._peaks, *self._windows.values()]
        hit = loci.overlapping(own, loci.joined(outside)) if outside else np.zeros(len(own), bool)
        if hit.all():
            raise ValueError(f"{name}: all {len(hit):,} {what} overlap positives")
        if not hit.any():
            return data
        return data.take(~hit).with_notes(
            f"{content.short_name(name)}: {int(hit.sum()):,} of {len(hit):,} {what} overlap positives and "
            "were left out"
        )

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
        sets = [self.inside(loci.parse(source)) for source in sources]
        found = classes.by_name(sets[0]) if self._settings.by_name else classes.by_file(sets)
        cut, own = classes.cut(found, self.genome, length, self.blacklist)
        self._peaks += [loci.in_genome(one, self.genome) for one in sets]
        self._windows["sequences"] = windows.around(cut.loci, cut.data.length)
        return self._of_rna(cut.data, cut.loci, "the classes"), own

    def place(self, data: Dataset, role: str, name: str) -> Dataset:
        """Looks up where sequences lie that were no intervals, by their names.

        Returns:
          the sequences; negatives without those that overlap positives.

        Raises:
          ValueError: for names that do not say so, though negatives out of the genome are wanted, and where
            the genome has other letters there.
        """
        data = data if self.sizes is None else self.sizes.sequences_inside(data, name)
        if self.genome is None:
            return data
        negative = role.endswith("negatives")
        if not data.placed.all() and (negative or not self._settings.from_genome):
            return data
        own = windows.loci_of(data, self.genome, name)
        windows.check_letters(data, self.genome, name)
        if negative:
            return self._without_positives(data, own, name, "sequences")
        self._windows[role] = own
        return data

    def negatives(self, data: Dataset, role: str) -> Dataset:
        """Returns regions of the genome like the sequences of a role, outside all positives.

        They are also outside what this gave for another role.

        Raises:
          ValueError: where there is no genome, or no such region.
        """
        if self.genome is None:
            raise ValueError("there is no genome")
        outside = [*self._peaks, *self._windows.values(), *self._drawn]
        if self.blacklist is not None:
            outside.append(loci.in_genome(self.blacklist, self.genome, required=False))
        seed = self._settings.seed + (role != "sequences")
        chromosomes = set(self._windows[role].chromosome.tolist())
        size = sum(self.genome.lengths[name] for name in chromosomes)
        what = f"looking in {self.genome.name} for regions like {len(data):,} peaks"
        with progress.step(what, size / LOOKED_AT):
            found = matched.negatives(data, self._windows[role], self.genome, outside, seed, MARGIN)
        self._drawn.append(windows.loci_of(found, self.genome, self.genome.name))
        return found

    def remember(self, given: Loci) -> None:
        """Keeps negatives out of intervals, as long as these are in their file."""
        if self.genome is not None:
            self._peaks.append(loci.in_genome(given, self.genome, required=False))

    def keep_out(self, data: Dataset, role: str) -> None:
        """Keeps negatives out of where sequences lie, by their names.

        Raises:
          ValueError: for sequences that do not say so.
        """
        if self.genome is None:
            raise ValueError("there is no genome")
        self._windows[f"all of {role}"] = windows.loci_of(data, self.genome, role)

    def like(self, data: Dataset, role: str) -> Dataset:
        """Returns regions like some sequences, outside of all that this knows; see `negatives`."""
        if self.genome is None:
            raise ValueError("there is no genome")
        self._windows[role] = windows.loci_of(data, self.genome, role)
        return self.negatives(data, role)

    @property
    def peaks(self) -> Loci | None:
        """Returns the intervals of all positives, as long as in their files; None where none were read."""
        return loci.joined(self._peaks) if self._peaks else None

    @property
    def inputs(self) -> dict[str, dict]:
        """Returns what is known of the files, as in inputs.json.

        A genome has no checksum of all its letters; what was cut out of it has one.
        """
        found = {}
        if self.sizes is not None:
            path = self._settings.chrom_sizes
            found["chrom_sizes"] = {"file": path, **content.checksum(path)}
        if self.genome is None:
            return found
        size = os.path.getsize(self.genome.path)
        count = len(self.genome.lengths)
        found["genome"] = {"file": self.genome.path, "bytes": size, "chromosomes": count}
        if self.blacklist is not None:
            path = self._settings.blacklist
            found["blacklist"] = {"file": path, **content.checksum(path)}
        return found


def like(some: Dataset, positives: Dataset, settings: Settings, peaks: Loci | None = None) -> Dataset:
    """Returns regions of the genome like some of the positives, outside all of them.

    Args:
      some: positives, in whose order the regions are.
      positives: all of them.
      settings: of which genome, repeats, blacklist and seed count.
      peaks: the intervals that the positives were cut out of, in the genome's own names, see `Genomic.peaks`.

    Raises:
      ValueError: for positives that do not say where they lie, and where the genome has nothing like them.
    """
    genomic = Genomic(settings)
    if genomic.genome is None:
        raise ValueError("there is no genome")
    if not len(some):
        raise ValueError("there are no positives")
    places = [windows.loci_of(data, genomic.genome, "the positives") for data in (some, positives)]
    genomic._windows = dict(zip(("some", "all"), places, strict=True))
    genomic._peaks = [] if peaks is None else [peaks]
    return genomic.negatives(some, "some")


def letters(data: Dataset) -> str:
    """Returns the checksum of sequences that were cut out of a genome."""
    return hashlib.sha256(np.ascontiguousarray(data.sequences).tobytes()).hexdigest()
