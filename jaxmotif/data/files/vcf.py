"""Variants in VCF, plain or gzipped, an alternative allele each; read line by line.

Source: samtools.github.io/hts-specs/VCFv4.3.pdf, section 1.4.1.
"""

import gzip
import os
import re
import sys
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from jaxmotif import files
from jaxmotif.data.files import content, kinds

_LETTERS = re.compile(r"[ACGTUNRYSWKMBDHVacgtunryswkmbdhv]+")
_HEADERS = "##fileformat=VCF", "#CHROM\tPOS"
_GZIP = b"\x1f\x8b"


class Variant(NamedTuple):
    """One alternative allele.

    Attributes:
      chrom: chromosome.
      start: 0-based position of the first letter of `ref`.
      name: what the file calls it, "." where it does not.
      ref, alt: letters in upper case; `alt` as the file has it where it is none ("<DEL>", "*", ".").
    """

    chrom: str
    start: int
    name: str
    ref: str
    alt: str

    @property
    def has_letters(self) -> bool:
        """Whether the alternative is told by its letters, not by a symbol."""
        return bool(_LETTERS.fullmatch(self.alt))


def read_vcf(path: str | os.PathLike) -> Iterator[Variant]:
    """Yields the variants of a file in order, one for each alternative allele; none of a header only.

    Args:
      path: the file; "-" is standard input.

    Raises:
      ValueError: with line and column, for a file that is missing, empty, damaged or no VCF.
    """
    name = content.shown_name(path)
    with files.reading(name):
        if os.fspath(path) in content.STDIN:
            yield from _variants(name, sys.stdin.buffer)
        else:
            with open(path, "rb") as stream:
                yield from _variants(name, stream)


def _lines(name: str, stream) -> Iterator[str]:
    begun = stream.peek(1)[:2] if hasattr(stream, "peek") else b""
    opened = gzip.GzipFile(fileobj=stream) if begun == _GZIP else stream
    try:
        for line in opened:
            yield line.decode("utf-8", "replace")
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{name}: truncated or damaged gzip ({error})") from None


def _refuse_binary(path: str, line: str) -> None:
    if line.startswith("BCF"):
        raise ValueError(f"{path} is BCF; give it as VCF: bcftools view {path} | jaxmotif variants RUN -")
    try:
        kinds.refuse_binary(path, line.encode())
    except ValueError as error:
        raise ValueError(f"{str(error).partition(', not FASTA')[0]}, not VCF") from None


def _variants(path: str, stream) -> Iterator[Variant]:
    found = False  # a variant or the header of a VCF
    for number, line in enumerate(_lines(path, stream), 1):
        if number == 1:
            _refuse_binary(path, line)
        if line.startswith("#") or not line.strip():
            found = found or line.startswith(_HEADERS)
            continue
        fields = line.rstrip("\r\n").split("\t")
        found = True
        where = f"{path}, line {number}"
        if len(fields) < 5:
            raise ValueError(f"{where}: {len(fields)} columns; a VCF has CHROM, POS, ID, REF, ALT and more")
        chrom, position, name, ref, alts = fields[:5]
        if not position.isdecimal() or len(position) > 12:
            raise ValueError(f"{where}, column 2: {position[:30]!r} is no position: a whole number")
        if not _LETTERS.fullmatch(ref):
            raise ValueError(f"{where}, column 4: {ref[:30]!r} is no reference allele: letters of DNA")
        if not alts:
            raise ValueError(f"{where}, column 5: no alternative allele")
        for alt in alts.split(","):
            letters = alt.upper() if _LETTERS.fullmatch(alt) else alt
            yield Variant(chrom, int(position) - 1, name, ref.upper(), letters)
    if not found:
        raise ValueError(f"{path} holds no variants")
