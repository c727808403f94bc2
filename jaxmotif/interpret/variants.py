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

# Letters that codes of nucleotides stand for (IUPAC); each but A, C, G and T is of a genome's N, too.
_IUPAC = {
    one[0]: one[1:] for one in "AA CC GG TT UT RAG YCT SCG WAT KGT MAC BCGT DAGT HACT VACG NACGT".split()
}
_API_LETTERS = frozenset("ACGTN")
_STANDS_FOR = np.zeros((256, 5), bool)
for _code, _letters in _IUPAC.items():
    _STANDS_FOR[ord(_code), dna.encode([_letters])[0]] = True
    _STANDS_FOR[ord(_code), dna.N] = len(_letters) > 1


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

    Letters that both alleles begin or end with are cut off, so that another anchor changes nothing. The
    reference is compared with the genome's letters as they are written, those of masked repeats, too. Of a
    code such as N or R in it the genome's letter is taken, which has to be one that it stands for.

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
    there = genome.letters(chrom, variant.start, variant.start + len(ref), "keep")
    stands_for = _STANDS_FOR[np.frombuffer(variant.ref.encode("ascii"), np.uint8)]
    if not stands_for[np.arange(len(ref)), there].all():
        return MISMATCH, None
    # What both have before and after the change is the genome's letter, too, whatever its code.
    before = _common(*(np.frombuffer(text.encode("ascii"), np.uint8) for text in (variant.ref, variant.alt)))
    shared = min(len(ref), len(alt)) - before
    texts = (text[::-1][:shared].encode("ascii") for text in (variant.ref, variant.alt))
    after = _common(*(np.frombuffer(text, np.uint8) for text in texts))
    alt[:before], alt[len(alt) - after :] = there[:before], there[len(ref) - after :]
    ref = there
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

    What differs is in the middle of the reference, with its letters whether or not repeats are masked: these
    are N around it only. The alternative keeps the letters to the left of it in
    their places, and then those to the right; the two are one where both alleles are equally long.
    """
    first = one.start + len(one.ref) // 2 - length // 2
    end = one.start + len(one.ref)
    reference = genome.letters(one.chrom, first, first + length)
    reference[one.start - first : end - first] = one.ref
    left, right = reference[: one.start - first], reference[end - first :]
    from_left = np.concatenate([left, one.alt])
    missing = length - len(from_left)
    from_left = np.concatenate([from_left, genome.letters(one.chrom, end, end + missing)])
    from_right = np.concatenate([one.alt, right])
    missing = length - len(from_right)
    from_right = np.concatenate([genome.letters(one.chrom, one.start - missing, one.start), from_right])
    return reference, from_left, from_right


class Effects(NamedTuple):
    """Scores of the members for both alleles of variants, each output on its scale, see `Network.score`.

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
    logits_mnt = network.answer.on_scale(network.logits(blocks, by_member=True))
    reference, alternative, again = np.split(logits_mnt, [len(alleles), 2 * len(alleles)], axis=1)
    alternative = alternative.copy()
    alternative[:, moved] = (alternative[:, moved] + again) / 2
    return Effects(reference, alternative)


def variant_effects(
    network: Network, genome: Genome | str | os.PathLike, variants: Iterable[tuple[str, int, str, str]]
) -> np.ndarray:
    """Returns the difference that variants make to the scores of every member, float32 (members, N, outputs).

    Scores are logits, of one class among several log p / (1 - p); of networks that were trained on values
    they are the values, on counts the natural logarithms of the expected ones. An insertion or deletion moves
    one of its flanks: the mean over moving either is taken.

    Args:
      network: trained networks.
      genome: what the variants are of: a FASTA or 2bit, or what `data.files.genome.open_genome` returns.
      variants: (chromosome, position from 1, reference, alternative) each, as in a VCF.

    Raises:
      ValueError: for a variant that cannot be scored, such as one whose reference is not the genome's, or
        whose alleles are not of A, C, G, T and N.

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
        if not all(text and _API_LETTERS.issuperset(text.upper()) for text in (ref, alt)):
            raise ValueError(f"{chrom}:{position} {ref}>{alt}: alleles are told by letters A, C, G, T and N")
        one = Variant(chrom, position - 1, ".", ref.upper(), alt.upper())
        status, found = allele(one, genome, network.length)
        if found is None:
            raise ValueError(f"{chrom}:{position} {ref}>{alt} cannot be scored: {status}")
        alleles.append(found)
    return effects(network, genome, alleles).difference
