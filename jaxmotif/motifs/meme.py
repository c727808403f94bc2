"""MEME motif files: minimal format, version 4, and the parts of real files that deviate from it.

The format: https://meme-suite.org/meme/doc/meme-format.html
"""

import os
import pathlib
import re
import sys
import warnings
from collections.abc import Sequence

import numpy as np

from jaxmotif import dna, files
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.ppm import UNIFORM

STDIN = "-"
# What the format prescribes for a matrix that does not state its number of sites.
DEFAULT_NSITES = 20.0
# A file that begins as others do and holds no motif, for results that have none.
WITHOUT_MOTIFS = "MEME version 4\n\nALPHABET= ACGT\n\nstrands: + -\n"
_KEY = re.compile(r"(alength|w|nsites|E)\s*=\s*(\S+)")
_PAIR = re.compile(r"([A-Za-z])\s+([0-9.eE+-]+)")
# Rows of up to this much off 1 are rounding or a missing pseudo-count, and are rescaled.
_ROW_TOLERANCE = 0.1


def read_lines(path: pathlib.Path) -> list[str]:
    """Returns the lines of a text file, gzipped or not; "-" is standard input.

    Raises:
      ValueError: for one that cannot be read.
    """
    with files.reading(path):
        piped = os.fspath(path) == STDIN
        data = files.whole(sys.stdin.buffer, path) if piped else files.read_bytes(path)
        data = files.unpacked(data, path)
    return data.decode("utf-8-sig", errors="replace").splitlines()


class _Reader:
    """One pass over the lines; `at` is the number of the next line, from 0."""

    def __init__(self, path: pathlib.Path, lines: list[str]):
        self.path, self.lines, self.at = path, lines, 0
        self.background, self.alphabet = UNIFORM, dna.ALPHABET

    def error(self, text: str, line: int) -> ValueError:
        return ValueError(f"{self.path}, line {line + 1}: {text}")

    def check_version(self) -> None:
        for i, line in enumerate(self.lines):
            if line.strip():
                found = re.match(r"MEME version\s+(\d+)", line.strip())
                if found and int(found[1]) >= 4:
                    return
                if found or line.strip().startswith("***"):
                    break
                raise self.error(
                    f'a MEME motif file begins with "MEME version 4", not "{line.strip()[:40]}"', i
                )
        # Full MEME output has a banner of asterisks before its version line.
        versions = [(i, re.match(r"\s*MEME version\s+(\d+)", line)) for i, line in enumerate(self.lines)]
        versions = [(i, int(found[1])) for i, found in versions if found]
        if not versions:
            raise ValueError(f'{self.path}: no line says "MEME version"; is it a MEME motif file?')
        if versions[0][1] < 4:
            raise self.error(f"MEME version 4 or later is needed, not {versions[0][1]}", versions[0][0])

    def check_alphabet(self, line: str, at: int) -> None:
        letters = line.split("=", 1)[1].strip().upper() if "=" in line else ""
        if letters and letters not in ("ACGT", "ACGU"):
            raise self.error(f"the alphabet must be ACGT (or ACGU), not {letters}", at)
        if not letters and not re.search(r"DNA|RNA", line, re.IGNORECASE):
            raise self.error(f"the alphabet must be DNA, not {line.strip()}", at)
        if letters == dna.RNA or (not letters and re.search(r"RNA", line, re.IGNORECASE)):
            self.alphabet = dna.RNA

    def read_background(self) -> None:
        start, found = self.at, {}
        while self.at < len(self.lines) and len(found) < 4:
            pairs = _PAIR.findall(self.lines[self.at])
            if self.lines[self.at].strip() and not pairs:
                break
            try:
                found |= {("T" if k.upper() == "U" else k.upper()): float(v) for k, v in pairs}
            except ValueError:
                raise self.error("background frequencies must be numbers", self.at) from None
            self.at += 1
        if not found:  # a header without numbers: uniform, as the format says
            return
        values = [found.get(letter, 0.0) for letter in "ACGT"]
        if min(values) <= 0 or abs(sum(values) - 1) > _ROW_TOLERANCE or len(found) != 4:
            raise self.error(
                f"background must give A C G T as positive frequencies that sum to 1, not {found}",
                start,
            )
        self.background = tuple(v / sum(values) for v in values)

    def read_matrix(self, header: str) -> tuple[np.ndarray, float]:
        """Returns the rows (W, 4) that follow a "letter-probability matrix:" line, and nsites."""
        head, keys, rows = self.at - 1, dict(_KEY.findall(header)), []
        try:
            letters, width = int(keys.get("alength", 4)), int(keys.get("w", 0))
            nsites = float(keys.get("nsites", DEFAULT_NSITES))
        except ValueError:
            raise self.error(f'unreadable numbers in "{header.strip()}"', head) from None
        if letters != 4:
            raise self.error(f"alength= must be 4 (DNA), not {letters}", head)
        while self.at < len(self.lines) and (not width or len(rows) < width):
            fields = self.lines[self.at].split()
            if not fields and not rows:  # blank lines between header and rows occur
                self.at += 1
                continue
            try:
                row = [float(field) for field in fields]
            except ValueError:
                break
            if not fields:
                break
            if len(row) != 4:
                raise self.error(f"a row has 4 numbers, not {len(row)}", self.at)
            if not all(np.isfinite(row)) or min(row) < 0:
                raise self.error(f"probabilities must be finite and >= 0, not {row}", self.at)
            rows.append(row)
            self.at += 1
        if not rows or (width and len(rows) != width):
            raise self.error(f"w= {width or '(not given)'} but {len(rows)} rows follow", head)
        ppm_w4 = np.array(rows)
        sums_w = ppm_w4.sum(axis=1)
        if np.any(ppm_w4):  # an all-zero matrix is left to the caller
            bad = np.flatnonzero(np.abs(sums_w - 1) > _ROW_TOLERANCE)
            if bad.size:
                raise self.error(
                    f"probabilities must sum to 1, not {sums_w[bad[0]]:g}",
                    self.at - len(rows) + int(bad[0]),
                )
            ppm_w4 /= sums_w[:, None]
        if not nsites > 0:
            nsites = DEFAULT_NSITES
        return ppm_w4, nsites


def _names(line: str) -> tuple[str, str]:
    """Identifier and alternative name of a "MOTIF" line, to which MEME may add "width = ..."."""
    fields = re.split(r"\s+width\s*=", line, maxsplit=1)[0].split()[1:]
    return (fields[0] if fields else ""), (fields[1] if len(fields) > 1 else "")


def read_meme(path: str | os.PathLike, may_be_empty: bool = False) -> list[Motif]:
    """Reads the motifs of a MEME file (version 4 or later), in file order; gzip is recognised.

    Minimal files, and full MEME, DREME or STREME text output. Kept: identifier, alternative name,
    nsites (20 where the file gives none, as the format prescribes), URL and background. Rows within
    0.1 of summing to 1 are rescaled. A motif whose matrix is all zeros, which some tools write for
    a filter that never fired, is left out with a warning.

    Args:
      path: the file.
      may_be_empty: whether a file without motifs is one, such as the result of a run that found none.

    Raises:
      ValueError: if the file cannot be read, is no MEME file, has another alphabet than DNA, holds
        no motif where it may not be empty, or is malformed; the text names the file and the line.

    Examples:
      >>> import numpy as np
      >>> import jaxmotif as jm
      >>> tata = jm.Motif("TATA", np.eye(4)[[3, 0, 3, 0]], nsites=20)
      >>> jm.write_motifs("tata.meme", [tata])
      >>> jm.read_motifs("tata.meme")[0].name
      'TATA'
    """
    path = pathlib.Path(path)
    return parse(path, read_lines(path), may_be_empty)


def parse(path: pathlib.Path, lines: list[str], may_be_empty: bool = False) -> list[Motif]:
    """Returns the motifs of the lines of a MEME file, see `read_meme`; `path` is what messages call it."""
    reader, motifs, name, alt_name, named_at = _Reader(path, lines), [], None, "", 0
    if not any(line.strip() for line in reader.lines):
        raise ValueError(f"{path}: the file is empty")
    reader.check_version()
    zero = []
    while reader.at < len(reader.lines):
        line, at = reader.lines[reader.at].strip(), reader.at
        reader.at += 1
        if line.upper().startswith("ALPHABET"):
            reader.check_alphabet(line, at)
        elif line.lower().startswith("background letter frequencies"):
            reader.read_background()
        elif re.match(r"MOTIF(\s|$)", line):
            (name, alt_name), named_at = _names(line), at
            if not name:
                raise reader.error("MOTIF without an identifier", at)
        elif line.lower().startswith("letter-probability matrix"):
            if name is None:
                raise reader.error("a matrix before any MOTIF line", at)
            ppm_w4, nsites = reader.read_matrix(line)
            if np.any(ppm_w4):
                motifs.append(
                    dict(
                        name=name,
                        ppm=ppm_w4,
                        nsites=nsites,
                        alt_name=alt_name,
                        source=path.name,
                        background=reader.background,
                        alphabet=reader.alphabet,
                    )
                )
            else:
                zero.append(name)
            named_at = -1
        elif line.startswith("URL") and motifs and motifs[-1]["name"] == name:
            motifs[-1]["url"] = line[3:].strip()
    if name is not None and named_at >= 0:
        raise reader.error(f"MOTIF {name} has no letter-probability matrix", named_at)
    if zero:
        warnings.warn(
            f"{path}: left out {len(zero)} motifs that are all zeros: {', '.join(zero[:5])}"
            + (", ..." if len(zero) > 5 else ""),
            stacklevel=2,
        )
    if not motifs and not may_be_empty:
        raise ValueError(f"{path}: no motif in the file")
    return [Motif(**fields) for fields in motifs]


def _token(name: str) -> str:
    # Names are delimited by blanks in the format.
    return "_".join(name.split())


def write_meme(path: str | os.PathLike, motifs: Sequence[Motif]) -> None:
    """Writes motifs in minimal MEME format, version 4, with 8 decimals; atomically.

    Blanks inside names become underscores, since the format ends a name there. RNA has letters U and one
    strand. Without an E-value of the motifs themselves none is written: the format leaves it out then.

    Raises:
      ValueError: if there is no motif, if the motifs' backgrounds or alphabets differ (a file has one of
        each), or if the file cannot be written.

    Examples:
      >>> import numpy as np
      >>> import jaxmotif as jm
      >>> tata = jm.Motif("TATA", np.eye(4)[[3, 0, 3, 0]], nsites=20)
      >>> jm.write_motifs("tata.meme", [tata])
    """
    files.write_text(path, text(motifs, path))


def text(motifs: Sequence[Motif], path: str | os.PathLike = "the file") -> str:
    """Returns what `write_meme` writes into a file of that name.

    Raises:
      ValueError: as `write_meme`.
    """
    motifs = list(motifs)
    if not motifs:
        raise ValueError(f"no motif to write to {path}")
    background, alphabet = motifs[0].background, motifs[0].alphabet
    for motif in motifs:
        if motif.alphabet != alphabet:
            raise ValueError(
                f"a MEME file has one alphabet, but {motifs[0].name} is of {alphabet} and {motif.name} of "
                f"{motif.alphabet}"
            )
        if not np.allclose(motif.background, background, rtol=0, atol=1e-6):
            raise ValueError(
                f"a MEME file has one background, but {motifs[0].name} has {background} and "
                f"{motif.name} has {motif.background}"
            )
    strands = "+ -" if motifs[0].has_complement else "+"
    parts = [
        f"MEME version 4\n\nALPHABET= {alphabet}\n\nstrands: {strands}\n\nBackground letter frequencies\n",
        " ".join(f"{letter} {p:.8g}" for letter, p in zip(alphabet, background, strict=True)),
        "\n",
    ]
    for motif in motifs:
        parts.append(f"\nMOTIF {_token(motif.name)} {_token(motif.alt_name)}".rstrip(" ") + "\n")
        parts.append(f"letter-probability matrix: alength= 4 w= {motif.width} nsites= {motif.nsites:.12g}\n")
        parts += ["  ".join(f"{p:.8f}" for p in row) + "\n" for row in motif.ppm]
        if motif.url:
            parts.append(f"URL {motif.url}\n")
    return "".join(parts)
