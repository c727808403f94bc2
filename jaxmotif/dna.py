"""DNA as small integers: 0..3 are A C G T and 4 is anything else."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

# JAX is imported where it is needed: files are read and judged without it, sooner than its import is done.
if TYPE_CHECKING:
    import jax

ALPHABET = "ACGT"
RNA = "ACGU"
ALPHABETS = (ALPHABET, RNA)  # the same four codes, written differently
N = 4  # the code of every letter that is not one of the four bases


def _code_of_byte() -> np.ndarray:
    table = np.full(256, N, dtype=np.uint8)
    for code, letter in enumerate(ALPHABET):
        table[ord(letter)] = table[ord(letter.lower())] = code
    table[ord("U")] = table[ord("u")] = ALPHABET.index("T")  # RNA alphabets write T as U
    return table


# Of ASCII letters in either case, uint8 (256,).
CODE_OF_BYTE = _code_of_byte()


def encode(sequences: Sequence[str]) -> np.ndarray:
    """Turns letters of either case into codes; U counts as T, all else (N, IUPAC, gaps) becomes 4.

    Returns:
      uint8 (N, L); (0, 0) for no sequences.

    Raises:
      ValueError: for a lone string, or if the lengths differ.

    Examples:
      >>> encode(["ACGTN"]).tolist()
      [[0, 1, 2, 3, 4]]
    """
    if isinstance(sequences, str):
        raise ValueError(f"encode wants a list of sequences, not one string of {len(sequences)} letters")
    length = len(sequences[0]) if len(sequences) else 0
    for i, sequence in enumerate(sequences):
        if len(sequence) != length:
            raise ValueError(
                f"sequences must be of equal length, but sequence 0 has {length} letters and "
                f"sequence {i} has {len(sequence)}"
            )
    # "replace" puts one "?" for every letter that is not ASCII, so that lengths stay.
    letters = np.frombuffer("".join(sequences).encode("ascii", "replace"), dtype=np.uint8)
    return CODE_OF_BYTE[letters].reshape(len(sequences), length)


def decode(codes: np.ndarray, alphabet: str = ALPHABET) -> list[str]:
    """Turns codes (N, L) into upper-case strings of an alphabet; 4 becomes "N".

    Raises:
      ValueError: unless `codes` has two axes and values 0..4.
    """
    codes_nl = np.asarray(codes)
    if codes_nl.ndim != 2:
        raise ValueError(f"codes must have shape (N, L), got {codes_nl.shape}")
    if codes_nl.size and not 0 <= int(codes_nl.min()) <= int(codes_nl.max()) <= N:
        raise ValueError(f"codes are 0..{N}, got values {codes_nl.min()}..{codes_nl.max()}")
    bytes_of = np.frombuffer((alphabet + "N").encode(), dtype=np.uint8)
    return [row.tobytes().decode("ascii") for row in bytes_of[codes_nl]]


def check_alphabet(alphabet: str) -> str:
    """Returns the alphabet. Raises ValueError unless it is one of `ALPHABETS`."""
    if alphabet not in ALPHABETS:
        raise ValueError(f"the alphabet must be {' or '.join(ALPHABETS)}, not {alphabet!r}")
    return alphabet


def has_complement(alphabet: str) -> bool:
    """Returns whether sequences in this alphabet are read on both strands; RNA is a single strand."""
    return alphabet == ALPHABET


def together(*alphabets: str) -> str:
    """Returns the alphabet in which things of these alphabets are read together: RNA where any of them is."""
    return ALPHABET if all(map(has_complement, alphabets)) else RNA


def check_strands(alphabet: str, strands: str) -> None:
    """Raises ValueError for an unknown alphabet, and for RNA that is to be read on both strands, "random"."""
    if not has_complement(check_alphabet(alphabet)) and strands == "random":
        raise ValueError(f"{alphabet} has one strand, so strands must be 'given', not {strands!r}")


def alphabet_of(sequences) -> str:
    """Returns the alphabet of a data set, or of strings: "ACGU" where there is U and no T, else "ACGT"."""
    own = getattr(sequences, "alphabet", None)
    if own is not None:
        return own
    texts = [sequences] if isinstance(sequences, str) else sequences
    if (
        not isinstance(texts, (list, tuple, np.ndarray))
        or isinstance(texts, np.ndarray)
        and texts.dtype.kind != "U"
    ):
        return ALPHABET
    rna = False
    for text in texts:
        if not isinstance(text, str) or "T" in text or "t" in text:
            return ALPHABET
        rna = rna or "U" in text or "u" in text
    return RNA if rna else ALPHABET


def as_codes(sequences):
    """Returns base codes of sequences as a user has them; what is none of these comes back as it is.

    Args:
      sequences: strings of one length, a data set (anything that has `sequences`), or codes.
    """
    sequences = getattr(sequences, "sequences", sequences)
    if isinstance(sequences, np.ndarray) and sequences.dtype.kind == "U":
        sequences = sequences.tolist()
    letters = isinstance(sequences, (list, tuple)) and sequences and isinstance(sequences[0], str)
    if letters or isinstance(sequences, str):
        return encode(sequences)
    return sequences


def one_hot(codes, dtype=np.float32) -> "jax.Array":
    """Turns codes (..., L) into one-hot (..., L, 4), columns A C G T; 4 becomes zeros. Works inside jit.

    Args:
      codes: integers 0 to 4; outside jit also strings or a data set, see `as_codes`.
      dtype: of the result.

    Examples:
      >>> import jaxmotif as jm
      >>> jm.one_hot(["GN"]).tolist()
      [[[0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0]]]
    """
    import jax.numpy as jnp

    codes = as_codes(codes)
    return (jnp.asarray(codes)[..., None] == jnp.arange(N, dtype=jnp.uint8)).astype(dtype)


def reverse_complement(codes):
    """Returns the other strand of codes (..., L), read 5' to 3'; 4 stays 4. NumPy in, NumPy out."""
    if isinstance(codes, np.ndarray):
        return np.where(codes < N, N - 1 - codes, codes)[..., ::-1]
    import jax.numpy as jnp

    return jnp.where(codes < N, N - 1 - codes, codes)[..., ::-1]


def reverse_complement_one_hot(x):
    """Returns the other strand of one-hot, or of any values per letter, (..., L, 4)."""
    return x[..., ::-1, ::-1]
