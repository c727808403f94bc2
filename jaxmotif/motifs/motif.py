"""A motif: a position probability matrix (PPM), its number of sites, and where it came from."""

import dataclasses
import html
from collections.abc import Sequence

import numpy as np

UNIFORM = (0.25, 0.25, 0.25, 0.25)
# How far from 1 a row's sum may be: text files carry 3 to 6 decimals. Rows are rescaled to sum to
# 1.
_ROW_TOLERANCE = 0.02


def check_background(background: Sequence[float] | None) -> np.ndarray:
    """Returns background frequencies as float64 (4,) that sum to 1, in the order A C G T; None is uniform.

    Raises:
      ValueError: unless there are four positive numbers whose sum is 1 within 0.02.
    """
    frequencies_4 = np.asarray(UNIFORM if background is None else background, dtype=np.float64)
    if frequencies_4.shape != (4,) or not np.all(frequencies_4 > 0):
        raise ValueError(f"a background is four positive frequencies (A C G T), not {background}")
    total = frequencies_4.sum()
    if not abs(total - 1) <= _ROW_TOLERANCE:
        raise ValueError(f"background frequencies must sum to 1, but {background} sums to {total:g}")
    return frequencies_4 / total


def check_ppm(ppm: np.ndarray, name: str = "matrix") -> np.ndarray:
    """Returns a copy of `ppm` as float64 (W, 4), each row rescaled to sum to 1 exactly.

    Raises:
      ValueError: for another shape, no rows, entries that are negative or not finite, or a row
        whose sum is not 1 within 0.02 (so a dead filter's all-zero matrix is refused).
    """
    ppm_w4 = np.array(ppm, dtype=np.float64)
    if ppm_w4.ndim != 2 or ppm_w4.shape[1] != 4 or ppm_w4.shape[0] == 0:
        raise ValueError(f"{name}: a PPM has shape (W, 4) with W >= 1, not {ppm_w4.shape}")
    if not np.all(np.isfinite(ppm_w4)) or ppm_w4.min() < 0:
        raise ValueError(f"{name}: PPM entries must be finite and >= 0")
    sums_w = ppm_w4.sum(axis=1)
    worst = int(np.argmax(np.abs(sums_w - 1)))
    if abs(sums_w[worst] - 1) > _ROW_TOLERANCE:
        raise ValueError(f"{name}: PPM rows must sum to 1, but row {worst} sums to {sums_w[worst]:g}")
    return ppm_w4 / sums_w[:, None]


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Motif:
    """A motif on DNA. Compared by identity.

    Attributes:
      name: identifier, for example a JASPAR matrix id.
      ppm: float64 (W, 4), columns A C G T, each row sums to 1; read-only.
      nsites: how many sites the matrix was made from (> 0). Tomtom's pseudo-count needs it.
      alt_name: second name, for example that of the transcription factor; may be empty.
      source: where the motif came from (a database release, a file, a network); may be empty.
      url: a page about the motif; may be empty.
      background: frequencies of A C G T that belong to the matrix.

    Raises:
      ValueError: for a matrix that is no PPM (see `check_ppm`), a non-positive nsites, an empty
        name or a background that is none.

    Examples:
      >>> import numpy as np
      >>> import jaxmotif as jm
      >>> jm.Motif("TATA", np.eye(4)[[3, 0, 3, 0]], nsites=20).width
      4
    """

    name: str
    ppm: np.ndarray
    nsites: float
    alt_name: str = ""
    source: str = ""
    url: str = ""
    background: tuple[float, float, float, float] = UNIFORM

    def __post_init__(self):
        if not self.name:
            raise ValueError("a motif needs a name, not an empty string")
        ppm_w4 = check_ppm(self.ppm, self.name)
        ppm_w4.setflags(write=False)
        nsites = float(self.nsites)
        if not (np.isfinite(nsites) and nsites > 0):
            raise ValueError(f"{self.name}: nsites must be a positive number, not {self.nsites}")
        object.__setattr__(self, "ppm", ppm_w4)
        object.__setattr__(self, "nsites", nsites)
        object.__setattr__(self, "background", tuple(check_background(self.background).tolist()))

    @property
    def width(self) -> int:
        """Returns the number of positions W."""
        return self.ppm.shape[0]

    def _repr_html_(self) -> str:
        """Returns the motif's logo and name, for notebooks."""
        from jaxmotif.motifs.logo import logo_svg  # which needs this module

        name = html.escape(f"{self.alt_name} {self.name}".strip())
        return f"<figure>{logo_svg(self.ppm, title=self.name)}<figcaption>{name}</figcaption></figure>"

    def __repr__(self) -> str:
        other = f" ({self.alt_name})" if self.alt_name else ""
        return f"Motif({self.name}{other}, {self.width} wide, {consensus(self.ppm)})"

    def reverse_complement(self) -> "Motif":
        """Returns the same motif read from the other strand; its background is complemented too."""
        return dataclasses.replace(self, ppm=self.ppm[::-1, ::-1], background=self.background[::-1])


def information_content(ppm: np.ndarray, background: Sequence[float] | None = None) -> np.ndarray:
    """Returns the bits of each position, (W,): sum over letters of p log2(p / background), with 0 log 0 = 0.

    Against the uniform background (the default) this is 2 + sum p log2 p, between 0 and 2
    (Schneider and Stephens 1990, without their small-sample correction).

    Raises:
      ValueError: if `ppm` is no PPM or `background` no background.
    """
    ppm_w4 = check_ppm(ppm)
    ratio_w4 = np.where(ppm_w4 > 0, ppm_w4, 1) / np.where(ppm_w4 > 0, check_background(background), 1)
    # Rounding can leave -1e-17 where the row equals the background.
    return np.maximum((ppm_w4 * np.log2(ratio_w4)).sum(axis=1), 0)


def consensus(ppm: np.ndarray) -> str:
    """Returns the most probable letter of each position; the first of A C G T on ties.

    Raises:
      ValueError: if `ppm` is no PPM.
    """
    return "".join("ACGT"[i] for i in check_ppm(ppm).argmax(axis=1))


def is_informative(motif: Motif, threshold: float = 0.5) -> bool:
    """Returns whether any position has more than `threshold` bits against a uniform background."""
    return bool(np.any(information_content(motif.ppm) > threshold))


def informative_span(ppm: np.ndarray, threshold: float = 0.5, pad: int = 3) -> tuple[int, int]:
    """Returns [start, end) from the first to the last position above `threshold` bits, and `pad` more.

    The rule by which Koo and Eddy (2019) clip filters before Tomtom. Cut off at the matrix's ends.
    A matrix with no such position keeps its whole width.
    """
    above = np.flatnonzero(information_content(ppm) > threshold)
    if above.size == 0:
        return 0, len(ppm)
    return max(int(above[0]) - pad, 0), min(int(above[-1]) + 1 + pad, len(ppm))


def trim(motif: Motif, threshold: float = 0.5, pad: int = 3) -> Motif:
    """Returns the motif cut to its `informative_span`; unchanged if no position is informative."""
    start, end = informative_span(motif.ppm, threshold, pad)
    return dataclasses.replace(motif, ppm=motif.ppm[start:end])
