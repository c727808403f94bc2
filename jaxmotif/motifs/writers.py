"""Motif files for other programs: MEME, JASPAR, TRANSFAC, HOMER, and a plain table.

What they hold differs: JASPAR and TRANSFAC counts, which here need not be whole; HOMER probabilities above 0
and a threshold; none but MEME a background.
"""

import math
import os
import pathlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from jaxmotif import files
from jaxmotif.config import choose
from jaxmotif.motifs import meme, pwm
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.ppm import information_content

# HOMER's threshold is the score of so rare a word, of a uniform background on one strand.
HOMER_P = 1e-4
# HOMER itself writes no smaller share of a letter.
HOMER_LEAST = 0.001
# Of a file's name -> format.
ENDINGS = {
    ".meme": "meme",
    ".jaspar": "jaspar",
    ".transfac": "transfac",
    ".dat": "transfac",
    ".homer": "homer",
    ".motif": "homer",
    ".tsv": "tsv",
}


def jaspar(motifs: Sequence[Motif]) -> str:
    """Returns motifs in JASPAR's format: counts, a row for each letter."""
    parts = []
    for motif in motifs:
        rows = [
            f"{letter} [ {' '.join(map(_number, column))} ]"
            for letter, column in zip(motif.alphabet, _counts(motif).T.tolist(), strict=True)
        ]
        parts.append("\n".join([f">{_word(motif.name)}\t{motif.alt_name}".rstrip("\t"), *rows]) + "\n")
    return "".join(parts)


def transfac(motifs: Sequence[Motif]) -> str:
    """Returns motifs in TRANSFAC's format: counts, a row for each position."""
    parts = []
    for motif in motifs:
        lines = [f"AC  {motif.name}", "XX", f"ID  {motif.alt_name or motif.name}", "XX"]
        lines.append("P0  " + "  ".join(motif.alphabet))
        for number, (row, letter) in enumerate(zip(_counts(motif).tolist(), motif.consensus, strict=True), 1):
            lines.append("  ".join([f"{number:02d}", *map(_number, row), letter]))
        parts.append("\n".join([*lines, "XX", "//"]) + "\n")
    return "".join(parts)


def homer(motifs: Sequence[Motif]) -> str:
    """Returns motifs in HOMER's format: probabilities, and the least log-odds (natural) of a site.

    A letter that no site has gets the share of a tenth of a site (`pwm.PSEUDOCOUNT`), and none less than
    `HOMER_LEAST`, since HOMER takes logarithms of what is written. The threshold is that of p = `HOMER_P` for
    the whole matrix as it is written, or its best word's where even that is likelier. The number of sites is
    written as HOMER writes that of sequences.
    """
    parts = []
    for motif in motifs:
        name = f"{motif.name}/{motif.alt_name}" if motif.alt_name else motif.name
        total = motif.nsites + pwm.PSEUDOCOUNT
        raised_w4 = np.maximum((motif.ppm * motif.nsites + pwm.PSEUDOCOUNT / 4) / total, HOMER_LEAST)
        # The largest gives what the others got, so that rows sum to 1.
        at_w1 = raised_w4.argmax(axis=1)[:, None]
        rest_w1 = 1 - (raised_w4.sum(axis=1, keepdims=True) - np.take_along_axis(raised_w4, at_w1, 1))
        np.put_along_axis(raised_w4, at_w1, rest_w1, 1)
        written_w4 = raised_w4.round(6)
        head = [f">{motif.consensus.replace('U', 'T')}", name, f"{_least(written_w4):.6f}", "0", "0"]
        lines = ["\t".join([*head, f"T:{motif.nsites:.10g}"])]
        lines += ["\t".join(f"{value:.6f}" for value in row) for row in written_w4.tolist()]
        parts.append("\n".join(lines) + "\n")
    return "".join(parts)


def _least(shares_w4: np.ndarray) -> float:
    """The least log-odds (natural, uniform background) of a site of `HOMER_P`, or of the best word."""
    bits_w4 = np.log2(shares_w4 * 4)
    least = pwm.threshold(pwm.integer_weights(bits_w4), HOMER_P) / pwm.STEPS_PER_BIT
    best = float(bits_w4.max(axis=1).sum())
    return min(least * math.log(2), best * math.log(2) - 1e-6)  # rounding must not put it above the best


def table(motifs: Sequence[Motif]) -> str:
    """Returns motifs as a table with a line for each position: probabilities and bits."""
    lines = ["motif\tname\tposition\tA\tC\tG\tT\tbits"]
    for motif in motifs:
        bits_w = information_content(motif.ppm).tolist()
        for number, (row, bits) in enumerate(zip(motif.ppm.tolist(), bits_w, strict=True), 1):
            shares = [f"{p:.8f}" for p in row]
            lines.append("\t".join([_word(motif.name), motif.alt_name, str(number), *shares, f"{bits:.4f}"]))
    return "\n".join(lines) + "\n"


FORMATS: Mapping[str, Callable[[Sequence[Motif]], str]] = {
    "meme": meme.text,
    "jaspar": jaspar,
    "transfac": transfac,
    "homer": homer,
    "tsv": table,
}


def format_of(path: str | os.PathLike) -> str:
    """Returns the format that the ending of a file's name stands for.

    Raises:
      ValueError: for an ending that stands for none.
    """
    ending = pathlib.Path(path).suffix.lower()
    if ending not in ENDINGS:
        raise ValueError(f"{path}: {ending or 'no ending'} is no motif format; known: {', '.join(ENDINGS)}")
    return ENDINGS[ending]


def write(path: str | os.PathLike, motifs: Sequence[Motif], kind: str = "") -> None:
    """Writes motifs into a file of any of `FORMATS`, at once or not at all.

    Args:
      path: the file.
      motifs: at least one.
      kind: format; "" for that of the file's ending (`ENDINGS`).

    Raises:
      ValueError: for no motif, an unknown format, or a file that cannot be written.
    """
    files.write_text(path, text(motifs, kind or format_of(path), path))


def text(motifs: Sequence[Motif], kind: str, where: str | os.PathLike = "the file") -> str:
    """Returns what `write` writes.

    Raises:
      ValueError: for no motif, or an unknown format.
    """
    if not motifs:
        raise ValueError(f"no motif to write to {where}")
    return choose("format", kind, FORMATS)(list(motifs))


def _counts(motif: Motif) -> np.ndarray:
    return motif.ppm * motif.nsites


def _number(value: float) -> str:
    """A count; what is whole but for rounding is written so."""
    return f"{round(value, 6):.10g}"


def _word(name: str) -> str:
    return "_".join(name.split())
