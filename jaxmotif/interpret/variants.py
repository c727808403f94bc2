"""What a network says of a variant: the score of the alternative allele less that of the reference."""

import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif import dna
from jaxmotif.data.files.genome import Genome, open_genome
from jaxmotif.data.files.vcf import Variant
from jaxmotif.models.network import Network

SCORED, MISMATCH, SYMBOL, LONG, SAME, NO_CHROMOSOME = (
    "scored",
    "ref_mismatch",
    "symbolic",
    "too_long",
    "no_variant",
    "no_chromosome",
)


class Allele(NamedTuple):
    """A variant as what differs between two alleles.

    Attributes:
      chrom: as the genome calls it.
      start: 0-based position of the first letter that differs, or before which letters are inserted.
      ref, alt: codes uint8 (n,) of what differs; one of them may be empty.
    """

    chrom: str
    start: int
    ref: np.ndarray
    alt: np.ndarray


def allele(variant: Variant, genome: Genome, length: int) -> tuple[str, Allele | None]:
    """Returns what became of a variant and, where that is `SCORED`, what differs.

    Letters that both alleles begin or end with are cut off, so that another anchor changes nothing.

    Args:
      variant: as a file has it.
      genome: what it is of.
      length: of the network's sequences, nt; alleles longer than half of that are `LONG`.
    """
    if not variant.has_letters:
        return (SAME if variant.alt == "." else SYMBOL), None
    chrom = genome.chromosome(variant.chrom)
    if not chrom:
        return NO_CHROMOSOME, None
    ref, alt = (dna.encode([text])[0] for text in (variant.ref, variant.alt))
    there = genome.letters(chrom, variant.start, variant.start + len(ref))
    if (there != ref)[ref != dna.N].any():
        return MISMATCH, None
    if np.array_equal(ref, alt):
        return SAME, None
    before = _common(ref, alt)
    after = _common(ref[before:][::-1], alt[before:][::-1])
    ref, alt = (one[before : len(one) - after] for one in (ref, alt))
    if max(len(ref), len(alt)) > length // 2:
        return LONG, None
    return SCORED, Allele(chrom, variant.start + before, ref, alt)


def _common(a: np.ndarray, b: np.ndarray) -> int:
    """How many letters both begin with."""
    shorter = min(len(a), len(b))
    differ = np.flatnonzero(a[:shorter] != b[:shorter])
    return int(differ[0]) if len(differ) else shorter


def windows(one: Allele, genome: Genome, length: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns the letters around both alleles, uint8 (length,) each: reference, and alternative twice.

    What differs is in the middle of the reference. The alternative keeps the letters to the left of it in
    their places, and then those to the right; the two are one where both alleles are equally long.
    """
    first = one.start + len(one.ref) // 2 - length // 2
    end = one.start + len(one.ref)
    reference = genome.letters(one.chrom, first, first + length)
    left, right = reference[: one.start - first], reference[end - first :]
    from_left = np.concatenate([left, one.alt])
    missing = length - len(from_left)
    from_left = np.concatenate([from_left, genome.letters(one.chrom, end, end + missing)])
    from_right = np.concatenate([one.alt, right])
    missing = length - len(from_right)
    from_right = np.concatenate([genome.letters(one.chrom, one.start - missing, one.start), from_right])
    return reference, from_left, from_right


class Effects(NamedTuple):
    """Logits of the members for both alleles of variants.

    Attributes:
      reference: float32 (members, N, outputs).
      alternative: the same; of an insertion or deletion the mean over two placements, see `windows`.
    """

    reference: np.ndarray
    alternative: np.ndarray

    @property
    def difference(self) -> np.ndarray:
        """Returns alternative less reference, float32 (members, N, outputs)."""
        return self.alternative - self.reference


def effects(network: Network, genome: Genome, alleles: Sequence[Allele]) -> Effects:
    """Returns what every member of a network says of both alleles of variants.

    Args:
      network: trained networks; those trained on both strands read both.
      genome: what the variants are of.
      alleles: N of them, see `allele`.

    Raises:
      ValueError: for no allele.
    """
    if not alleles:
        raise ValueError("no variant to score")
    three_n3l = np.array([windows(one, genome, network.length) for one in alleles])
    # Substitutions, which most variants are, need no second placement.
    moved = np.array([len(one.ref) != len(one.alt) for one in alleles])
    blocks = np.concatenate([three_n3l[:, 0], three_n3l[:, 1], three_n3l[moved, 2]])
    logits_mnt = network.logits(blocks, by_member=True)
    reference, alternative, again = np.split(logits_mnt, [len(alleles), 2 * len(alleles)], axis=1)
    alternative = alternative.copy()
    alternative[:, moved] = (alternative[:, moved] + again) / 2
    return Effects(reference, alternative)


def variant_effects(
    network: Network, genome: Genome | str | os.PathLike, variants: Iterable[tuple[str, int, str, str]]
) -> np.ndarray:
    """Returns the difference that variants make to the logits of every member, float32 (members, N, outputs).

    An insertion or deletion moves one of its flanks: the mean over moving either is taken.

    Args:
      network: trained networks.
      genome: what the variants are of: a FASTA or 2bit, or what `data.files.genome.open_genome` returns.
      variants: (chromosome, position from 1, reference, alternative) each, as in a VCF.

    Raises:
      ValueError: for a variant that cannot be scored, such as one whose reference is not the genome's.

    Examples:
      >>> import pathlib
      >>> import jaxmotif as jm
      >>> _ = pathlib.Path("genome.fa").write_text(">chr1\\n" + "ACGTA" * 30 + "\\n")
      >>> net = jm.Network.from_spec(jm.zoo.get("CNN-25 (4)", length=50, outputs=1), members=3)
      >>> jm.variant_effects(net, "genome.fa", [("chr1", 71, "A", "G")]).shape
      (3, 1, 1)
    """
    genome = open_genome(genome) if isinstance(genome, (str, os.PathLike)) else genome
    alleles = []
    for chrom, position, ref, alt in variants:
        one = Variant(chrom, position - 1, ".", ref.upper(), alt.upper())
        status, found = allele(one, genome, network.length)
        if found is None:
            raise ValueError(f"{chrom}:{position} {ref}>{alt} cannot be scored: {status}")
        alleles.append(found)
    return effects(network, genome, alleles).difference
