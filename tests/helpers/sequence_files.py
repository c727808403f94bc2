"""FASTA files and motif databases of which it is known what is in them."""

import os
import pathlib
from collections.abc import Iterable, Mapping

import numpy as np

from jaxmotif import dna
from jaxmotif.motifs import meme
from jaxmotif.motifs.motif import Motif


def write_fasta(path: str | os.PathLike, sequences, names: Iterable[str] | None = None) -> pathlib.Path:
    """Writes sequences, codes or letters, under `names` (by default s0, s1, ...); returns the path."""
    letters = sequences if isinstance(sequences[0], str) else dna.decode(sequences)
    names = [f"s{i}" for i in range(len(letters))] if names is None else names
    records = [f">{name}\n{word}\n" for name, word in zip(names, letters, strict=True)]
    path = pathlib.Path(path)
    path.write_text("".join(records))
    return path


def random_motifs(count: int, width: int = 10, seed: int = 7) -> list[Motif]:
    """Returns M0, M1, ... of factors TF0, TF1, ..."""
    rng = np.random.default_rng(seed)
    return [Motif(f"M{i}", rng.dirichlet(np.full(4, 0.3), width), 100.0, f"TF{i}") for i in range(count)]


def of_word(name: str, word: str, factor: str) -> Motif:
    """Returns a sharp motif of one word."""
    ppm = 0.91 * np.eye(4)[dna.encode([word])[0]] + 0.03
    return Motif(name, ppm / ppm.sum(1, keepdims=True), 100.0, factor)


def write_database(
    path: str | os.PathLike, count: int, words: Mapping[str, tuple[str, str]] | None = None, width: int = 10
) -> pathlib.Path:
    """Writes `count` random motifs and those of `words` {name: (word, factor)}; returns the path."""
    known = [of_word(name, word, factor) for name, (word, factor) in (words or {}).items()]
    meme.write_meme(path, [*random_motifs(count, width), *known])
    return pathlib.Path(path)
