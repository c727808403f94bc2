"""Held-out positives, kept in a run directory so that what was trained can be looked at on them."""

import os
import pathlib

from jaxmotif import dna, files
from jaxmotif.data.dataset import Dataset

NAME = "held_out.fa"


def write(folder: str | os.PathLike, data: Dataset, most: int = 500) -> None:
    """Writes the first positives of held-out sequences into `folder`."""
    own = data.positives[:most]
    # Names may repeat in a user's file; numbers do not.
    names = own.names if len(set(own.names)) == len(own.names) else [f"test{i + 1}" for i in range(len(own))]
    records = zip(names, dna.decode(own.sequences, own.alphabet), strict=True)
    files.write_text(
        pathlib.Path(folder) / NAME, "".join(f">{name}\n{letters}\n" for name, letters in records)
    )
