"""Checksums of what a run has written, by which a later one sees what is missing or was changed since."""

import os
import pathlib
from collections.abc import Iterable

from jaxmotif import config, files

# Of a result that is no longer what the run has written, and is kept.
CHANGED = ".changed"


def checksums(folder: pathlib.Path, paths: Iterable[pathlib.Path]) -> dict[str, str]:
    """Returns the SHA-256 of files below a folder, by their path in it; what is not there is left out."""
    return {str(path.relative_to(folder)): files.sha256(path) for path in paths if path.is_file()}


def changed(record: pathlib.Path) -> list[str]:
    """Returns which of the files that a record tells of are missing or others now, by path in its folder.

    Where the record itself is damaged, that: it tells nothing then of the others.

    Args:
      record: JSON of what `checksums` returned, of files in its folder and below.
    """
    folder = record.parent
    try:
        with files.reading(record):
            written = config.read(record)
            if any(not _is_below(name) for name in written):
                raise ValueError("a file outside the directory")
            return [
                name
                for name, checksum in written.items()
                if not (folder / name).is_file() or files.sha256(folder / name) != checksum
            ]
    except ValueError:
        return [record.name]


def _is_below(name: str) -> bool:
    """Whether a path that a file gives stays in the folder that it is put behind."""
    path = pathlib.PurePath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def set_aside(folder: pathlib.Path, names: Iterable[str]) -> None:
    """Renames files that are there to <name>.changed: somebody's own changes are not overwritten."""
    for name in names:
        if (folder / name).exists():
            os.replace(folder / name, folder / f"{name}{CHANGED}")


def listed(names: list[str]) -> str:
    """Returns names as messages list them, the first five."""
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
