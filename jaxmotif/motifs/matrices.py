"""Motif files other than MEME's: HOMER, JASPAR, PFM, TRANSFAC, CIS-BP, UniPROBE and HOCOMOCO.

All of them are named blocks of numbers, a row per position or a row per letter, and differ in how a block
begins; so they are read by one pass over the lines. Biopython 1.88 reads most of them, but it neither names
the line of a mistake, nor takes TRANSFAC with single blanks, nor tells counts from probabilities.
"""

import pathlib
import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxmotif import dna
from jaxmotif.motifs.meme import DEFAULT_NSITES
from jaxmotif.motifs.motif import Motif

KNOWN = "MEME, HOMER, JASPAR, PFM, TRANSFAC, CIS-BP, UniPROBE, HOCOMOCO, TF-MoDISco (HDF5)"
# Positions of probabilities sum to 1 up to rounding; what sums to more is counts.
_ROUNDING = 0.1
# How far sums of counts may be apart: positions near a site's ends may be seen less often.
_ALIKE = 1e-3
_LETTER_ROW = re.compile(r"^([ACGTUacgtu])\s*[:|=]?\s*\[?\s*(?=[-+.\dnN])")
# Letters above columns, in whatever order; a row number comes first where "P0" or "Pos" does.
_LETTERS = re.compile(r"^(P[O0]|Pos)?\s*((?:[ACGTU]\s+){3}[ACGTU])(?!\S)", re.IGNORECASE)
_TARGETS = re.compile(r"(?:^|,)T:([\d.]+)")


class _Row(NamedTuple):
    line: int
    letter: str
    numbers: list[float]
    position: int = 0  # of rows that count themselves


class _Block:
    """One motif while it is read."""

    def __init__(self, line: int, name: str = "", alt_name: str = "", nsites: float = 0.0):
        self.line, self.name, self.alt_name, self.nsites = line, name, alt_name, nsites
        self.alphabet, self.numbered, self.rows = dna.ALPHABET, False, []
        self.columns, self.by_position, self.has_header = "", False, False


def parse(path: pathlib.Path, lines: Sequence[str]) -> list[Motif]:
    """Returns the motifs of a file that is not MEME's, in file order.

    Counts are divided by the sum of their position; `nsites` is then the largest sum, else what HOMER gives
    (sequences with the motif), else 20, as in MEME's format.

    Args:
      path: for names and messages.
      lines: of the file.

    Raises:
      ValueError: with file and line, for what is no motif file, log-odds, and malformed matrices.
    """
    begun = list(_blocks(path, lines))
    blocks = [block for block in begun if block.rows]
    if not blocks:
        raise ValueError(f"{path}: no motif in the file; known formats: {KNOWN}")
    for block in begun:
        if block.has_header and not block.rows:
            raise ValueError(f"{path}, line {block.line}: {block.name} has no matrix")
    stem = path.name.removesuffix(".gz").rsplit(".", 1)[0]
    for number, block in enumerate(blocks, 1):
        block.name = block.name or block.alt_name or (stem if len(blocks) == 1 else f"{stem}_{number}")
    return [_motif(path, block) for block in blocks]


def _blocks(path, lines):
    block = _Block(0)
    for number, text in enumerate(lines, 1):
        line = text.strip()
        if not line or line.startswith("#"):
            # Where nothing else divides motifs, an empty line after a whole one does.
            if not line and block.rows and (len(block.rows) >= 4 or not block.rows[0].letter):
                yield block
                block = _Block(number)
            continue
        if line.startswith(">"):
            yield block
            block = _header(number, line[1:])
            block.has_header = True
        elif line.startswith("//"):
            yield block
            block = _Block(number)
        elif found := _LETTERS.match(line):
            if block.rows:
                yield block
                block = _Block(number)
            block.numbered, block.by_position = found[1] is not None, True
            block.columns = "".join(found[2].upper().split())
            block.alphabet = dna.RNA if "U" in block.columns else dna.ALPHABET
            if sorted(block.columns) != sorted(block.alphabet):
                raise ValueError(f"{path}, line {number}: columns must be A, C, G and T, not {line[:40]!r}")
        elif row := _row(path, number, line, block.numbered):
            if row.letter.upper() == "U":
                block.alphabet = dna.RNA
            block.rows.append(row)
        else:
            if block.rows and line[:2] not in ("XX", "CC", "BA", "BF"):
                yield block
                block = _Block(number)
            _named(block, line)
    yield block


def _header(number: int, text: str) -> _Block:
    """What follows ">": id and name, or HOMER's consensus, name, threshold and more, between tabs."""
    fields = [field.strip() for field in text.split("\t")]
    if len(fields) >= 3 and re.fullmatch(r"[-+.\deE]+", fields[2]):
        found = _TARGETS.search(fields[5]) if len(fields) > 5 else None
        name = fields[1] or fields[0]
        block = _Block(number, name, re.split(r"[(/]", name)[0], float(found[1]) if found else 0.0)
        block.by_position = True
        return block
    parts = text.split(None, 1)
    return _Block(number, parts[0] if parts else "", parts[1].strip() if len(parts) > 1 else "")


def _named(block: _Block, line: str) -> None:
    """Takes a name from a line of TRANSFAC, CIS-BP or UniPROBE, or from one that holds nothing else."""
    key, _, rest = line.partition("\t") if "\t" in line else line.partition(" ")
    rest = rest.strip()
    if key in ("AC", "Motif"):
        block.name = rest
    elif key in ("ID", "NA", "TF Name"):
        block.alt_name = block.alt_name or rest
    elif line.startswith("Protein:"):
        block.name = line.removeprefix("Protein:").split("\t")[0].split("Seed")[0].strip()
    elif not rest and not block.name:
        block.name = key


def _row(path, number: int, line: str, numbered: bool) -> _Row | None:
    """A row of numbers, or None for any other line."""
    found = _LETTER_ROW.match(line)
    letter, rest = (found[1], line[found.end() :]) if found else ("", line)
    position = 0
    fields = rest.replace("[", " ").replace("]", " ").replace(",", " ").split()
    if not letter and numbered:
        if not re.fullmatch(r"\d+", fields[0]):
            return None
        position = int(fields[0])
        # TRANSFAC's consensus letter follows.
        fields = fields[1:5] if fields[5:] and fields[5].isalpha() and len(fields) == 6 else fields[1:]
    try:
        numbers = [float(field) for field in fields]
    except ValueError:
        if letter or numbered:
            raise ValueError(f"{path}, line {number}: unreadable numbers in {line[:40]!r}") from None
        return None
    if not np.isfinite(numbers).all():
        raise ValueError(f"{path}, line {number}: numbers must be finite, not {line[:40]!r}")
    return _Row(number, letter, numbers, position)


def _motif(path, block: _Block) -> Motif:
    rows, name = block.rows, block.name
    fail = lambda text: ValueError(f"{path}, line {rows[0].line}: {name}: {text}")
    widths = {len(row.numbers) for row in rows}
    if rows[0].letter:
        order = ["U" if row.letter.upper() == "U" else row.letter.upper() for row in rows]
        if sorted(order) != sorted(block.alphabet) or len(widths) != 1:
            raise fail(f"a row each for A, C, G and T of one length is needed, got {', '.join(order)}")
        values_w4 = np.array([rows[order.index(letter)].numbers for letter in block.alphabet]).T
    else:
        if len(widths) != 1 or not (widths == {4} or (len(rows) == 4 and not block.by_position)):
            raise fail(f"rows of 4 numbers, or 4 rows of one length, are needed, got {len(rows)} rows")
        values_w4 = np.array([row.numbers for row in rows])
        if block.numbered and [row.position - rows[0].position for row in rows] != list(range(len(rows))):
            raise fail("positions are not numbered one after the other")
        if block.columns:
            values_w4 = values_w4[:, [block.columns.index(letter) for letter in block.alphabet]]
        elif values_w4.shape == (4, 4) and not block.by_position:
            values_w4 = _upright(values_w4, fail)
        elif widths != {4}:
            values_w4 = values_w4.T
    if values_w4.min() < 0:
        raise fail("numbers below 0 are log-odds; counts or probabilities are needed")
    sums_w = values_w4.sum(axis=1)
    if sums_w.min() <= 0:
        raise fail(f"position {int(sums_w.argmin()) + 1} has no counts")
    # Half of the positions tell; one that does not agree with them is a mistake, not another kind of number.
    counts = abs(np.median(sums_w) - 1) > _ROUNDING
    worst = int(np.abs(sums_w - 1).argmax())
    if not counts and abs(sums_w[worst] - 1) > _ROUNDING:
        raise fail(f"probabilities must sum to 1, not {sums_w[worst]:g} (position {worst + 1})")
    nsites = float(sums_w.max()) if counts else block.nsites or DEFAULT_NSITES
    alt_name = "" if block.alt_name == name else block.alt_name
    ppm_w4 = values_w4 / sums_w[:, None]
    return Motif(name, ppm_w4, nsites, alt_name, source=path.name, alphabet=block.alphabet)


def _upright(values_44: np.ndarray, fail) -> np.ndarray:
    """Four rows of four numbers with a row per position: told by which sums are equal."""
    across, down = (np.ptp(values_44.sum(axis)) <= _ALIKE * values_44.sum(axis).max() for axis in (1, 0))
    if across == down and not np.array_equal(values_44, values_44.T):
        raise fail("4 x 4 numbers could have a row for each position or for each letter; name the letters")
    return values_44 if across else values_44.T
