"""Where sequences come from: synthetic tasks, files, splits and prepared data sets."""

import importlib

# Where each public name is defined; imported when it is first asked for.
_PUBLIC = {
    "Dataset": "dataset",
    "Splits": "dataset",
    "concatenate": "dataset",
    "read_sequences": "files.fasta",
    "split": "prepare",
    "with_negatives": "prepare",
}
__all__ = sorted(_PUBLIC)


def __getattr__(name: str):
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)
