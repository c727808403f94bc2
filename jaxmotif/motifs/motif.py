"""A motif: a position probability matrix (PPM), its number of sites, and where it came from."""

import dataclasses
import html

import numpy as np

from jaxmotif import dna
from jaxmotif.motifs.logo import logo_svg
from jaxmotif.motifs.ppm import UNIFORM, check_background, check_ppm, consensus, information_content


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Motif:
    """A motif on DNA or RNA. Compared by identity.

    Attributes:
      name: identifier, for example a JASPAR matrix id.
      ppm: float64 (W, 4), columns A C G T, each row sums to 1; read-only.
      nsites: how many sites the matrix was made from (> 0). Tomtom's pseudo-count needs it.
      alt_name: second name, for example that of the transcription factor; may be empty.
      source: where the motif came from (a database release, a file, a network); may be empty.
      url: a page about the motif; may be empty.
      background: frequencies of A C G T that belong to the matrix.
      alphabet: "ACGT", or "ACGU" for RNA, which has no other strand: whoever compares, scans, merges or
        draws motifs leaves the reverse complement out where it is "ACGU".
      tf_family, tf_class: family and class of the transcription factor, as JASPAR names them; may be empty.

    Raises:
      ValueError: for a matrix that is no PPM (see `check_ppm`), a non-positive nsites, an empty
        name, a background that is none or another alphabet.

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
    alphabet: str = dna.ALPHABET
    tf_family: str = ""
    tf_class: str = ""

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
        try:
            dna.check_alphabet(self.alphabet)
        except ValueError as error:
            raise ValueError(f"{self.name}: {error}") from None

    @property
    def width(self) -> int:
        """Returns the number of positions W."""
        return self.ppm.shape[0]

    @property
    def has_complement(self) -> bool:
        """Returns whether the motif can lie on the other strand, too: it is DNA, not RNA."""
        return dna.has_complement(self.alphabet)

    @property
    def consensus(self) -> str:
        """Returns the most probable letter of each position, in the motif's own alphabet."""
        return consensus(self.ppm, self.alphabet)

    def _repr_html_(self) -> str:
        """Returns the motif's logo and name, for notebooks."""
        name = html.escape(f"{self.alt_name} {self.name}".strip())
        drawing = logo_svg(self.ppm, title=self.name, alphabet=self.alphabet)
        return f"<figure>{drawing}<figcaption>{name}</figcaption></figure>"

    def __repr__(self) -> str:
        other = f" ({self.alt_name})" if self.alt_name else ""
        return f"Motif({self.name}{other}, {self.width} wide, {self.consensus})"

    def reverse_complement(self) -> "Motif":
        """Returns the same motif read from the other strand; its background is complemented too.

        Raises:
          ValueError: for RNA.
        """
        if not self.has_complement:
            raise ValueError(f"{self.name}: a motif of {self.alphabet} has no reverse complement")
        return dataclasses.replace(self, ppm=self.ppm[::-1, ::-1], background=self.background[::-1])


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
