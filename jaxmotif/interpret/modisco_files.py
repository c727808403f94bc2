"""Letters and contributions in the files that TF-MoDISco reads.

Both hold an array arr_0 of shape (N, 4, L): hypothetical contributions (float32), and the letters (uint8, N
is zeros), for `modisco motifs -s one_hot.npz -a attributions.npz` of modisco-lite 2 and 3.
https://github.com/jmschrei/tfmodisco-lite
"""

import pathlib
from collections.abc import Sequence

import numpy as np

from jaxmotif import files

ATTRIBUTIONS, ONE_HOT = "attributions.npz", "one_hot.npz"


def write(folder: pathlib.Path, codes_nl: np.ndarray, values_nl4: np.ndarray, names: Sequence[str]) -> None:
    """Writes attributions.npz and one_hot.npz, with the names in "names" of the latter.

    Args:
      folder: is there.
      codes_nl: sequences, uint8 (N, L).
      values_nl4: their hypothetical contributions, (N, L, 4), see `attribution.hypothetical_contributions`.
      names: N names.

    Raises:
      ValueError: if a file cannot be written.
    """
    # Compressing such numbers takes longer than making them, and saves a tenth.
    files.save_npz(folder / ATTRIBUTIONS, {"arr_0": values_nl4.transpose(0, 2, 1)}, compressed=False)
    # dna.N, the fifth code, has a row of zeros.
    letters_nl4 = np.eye(5, 4, dtype=np.uint8)[codes_nl]
    names_n = np.array(list(names), str)
    files.save_npz(folder / ONE_HOT, {"arr_0": letters_nl4.transpose(0, 2, 1), "names": names_n})


def contributions(codes_nl: np.ndarray, values_nl4: np.ndarray) -> np.ndarray:
    """Returns what the letters that are there contribute, (N, L); 0 where there is N."""
    letters_nl4 = np.eye(5, 4, dtype=values_nl4.dtype)[codes_nl]
    return (values_nl4 * letters_nl4).sum(axis=2)
