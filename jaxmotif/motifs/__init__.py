"""What a motif is: matrices, files, databases, comparison and scanning."""

import importlib

# Where each public name is defined; imported when it is first asked for.
_PUBLIC = {
    "Evidence": "motif_set",
    "Motif": "motif",
    "MotifSet": "motif_set",
    "database": "jaspar",
    "read_motifs": "motif_set",
    "read_meme": "meme",
    "write_meme": "meme",
}
__all__ = sorted(_PUBLIC)


def __getattr__(name: str):
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)
