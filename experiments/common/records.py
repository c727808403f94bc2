"""What parts of a run have found: kept as JSON, and taken again while nothing of it was damaged."""

import pathlib
import sys
from collections.abc import Iterable
from typing import Any

from jaxmotif import files
from jaxmotif.apps import launch, outputs, rundir


def keep(record: pathlib.Path, value: Any, beside: Iterable[str] = ()) -> None:
    """Writes what a part has found, and then that it is done: see `mark`."""
    files.write_json(record, value)
    mark(record, beside)


def mark(record: pathlib.Path, beside: Iterable[str] = ()) -> None:
    """Writes checksums of a record, and of files that the part wrote beside it, as <record>.outputs.json.

    Args:
      record: the last file that the part writes.
      beside: names of the others, in the same folder; those that are not there do not count.
    """
    paths = [record, *(record.parent / name for name in beside)]
    files.write_json(_sums(record), outputs.checksums(record.parent, paths))


def kept(record: pathlib.Path) -> Any:
    """Returns what `keep` was given; None where the part is not done or not whole, see `is_whole`."""
    return files.read_json(record) if is_whole(record) else None


def is_whole(record: pathlib.Path) -> bool:
    """Returns whether a part is done and every file of it is as it was written.

    A line on stderr tells what is not; what was changed is kept as <name>.changed, and the part is to be made
    again.
    """
    sums, folder = _sums(record), record.parent
    if not record.exists() and not sums.exists():
        return False
    changed = outputs.changed(sums)
    if changed:
        names = launch.printable(outputs.listed(changed))
        print(f"note: {folder}: {names} missing or changed; making it again", file=sys.stderr, flush=True)
        outputs.set_aside(folder, [name for name in changed if name != sums.name])
        sums.unlink(missing_ok=True)
    return not changed


def _sums(record: pathlib.Path) -> pathlib.Path:
    return record.with_name(rundir.PARTS.replace("*", record.stem))
