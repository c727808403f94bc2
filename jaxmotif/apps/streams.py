"""Where a command writes lines: a file, at once or not at all, or standard output."""

import contextlib
import os
import sys
from collections.abc import Generator, Iterable, Sequence
from typing import TextIO

from jaxmotif import files
from jaxmotif.apps import launch

STDOUT = "-"


@contextlib.contextmanager
def writing(path: str | os.PathLike | None) -> Generator[TextIO]:
    """Yields a stream of text: a file that is there once the body succeeds; for "-" or None standard output.

    Raises:
      ValueError: if the file cannot be written.
    """
    if path is None or os.fspath(path) == STDOUT:
        yield sys.stdout
        sys.stdout.flush()
        return
    with files.atomic_path(path) as temporary, temporary.open("w", encoding="utf-8") as stream:
        yield stream


def write_table(stream: TextIO, columns: Sequence[str], lines: Iterable[str]) -> None:
    """Writes a header and lines; nothing where the first line cannot be made."""
    every = iter(lines)
    first = next(every, "")
    stream.write("\t".join(columns) + "\n" + first)
    stream.writelines(every)


def tell(notes) -> None:
    """Prints notes on stderr, one a line: standard output is for results."""
    for note in notes:
        print(launch.printable(f"note: {note}"), file=sys.stderr)


def field(value) -> str:
    """Returns a value as a table has it: six digits; empty for None and NaN; no tabs or line ends in text."""
    if value is None or value != value:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else " ".join(str(value).split())
