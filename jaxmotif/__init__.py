"""jaxmotif: train networks on DNA, many at once, and see which motifs they learned.

    import jaxmotif as jm

The names of `__all__` are the public ones. Each is loaded when it is first used, so that the import itself,
and `jaxmotif --help`, do without JAX.
"""

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

if TYPE_CHECKING:
    from jaxmotif.data.dataset import Dataset as Dataset
    from jaxmotif.data.files.fasta import read_sequences as read_sequences
    from jaxmotif.data.negatives import shuffled_negatives as shuffled_negatives
    from jaxmotif.data.splits import split as split
    from jaxmotif.dna import dinucleotide_shuffle as shuffle  # noqa: F401
    from jaxmotif.dna import encode as encode
    from jaxmotif.dna import one_hot as one_hot
    from jaxmotif.interpret.attribution import attribute as attribute
    from jaxmotif.models import zoo as zoo
    from jaxmotif.motifs.jaspar import database as database
    from jaxmotif.motifs.meme import read_meme as read_motifs  # noqa: F401
    from jaxmotif.motifs.meme import write_meme as write_motifs  # noqa: F401
    from jaxmotif.motifs.motif import Motif as Motif
    from jaxmotif.motifs.scan import scan as scan
    from jaxmotif.motifs.tomtom import match as match

# Public name -> "module:attribute", or "module:" for a module; the imports above, for type checkers, agree.
_PUBLIC = {
    "Dataset": "jaxmotif.data.dataset:Dataset",
    "Motif": "jaxmotif.motifs.motif:Motif",
    "attribute": "jaxmotif.interpret.attribution:attribute",
    "database": "jaxmotif.motifs.jaspar:database",
    "encode": "jaxmotif.dna:encode",
    "match": "jaxmotif.motifs.tomtom:match",
    "one_hot": "jaxmotif.dna:one_hot",
    "read_motifs": "jaxmotif.motifs.meme:read_meme",
    "read_sequences": "jaxmotif.data.files.fasta:read_sequences",
    "scan": "jaxmotif.motifs.scan:scan",
    "shuffle": "jaxmotif.dna:dinucleotide_shuffle",
    "shuffled_negatives": "jaxmotif.data.negatives:shuffled_negatives",
    "split": "jaxmotif.data.splits:split",
    "write_motifs": "jaxmotif.motifs.meme:write_meme",
    "zoo": "jaxmotif.models.zoo:",
}

__all__ = list(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _PUBLIC[name].partition(":")
    loaded = importlib.import_module(module)
    value = getattr(loaded, attribute) if attribute else loaded
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
