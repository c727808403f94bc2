"""What a run has to show, told item by item: PASS or FAIL, and the exit code."""

import pathlib
from collections.abc import Sequence
from typing import NamedTuple

from jaxmotif import files


class Check(NamedTuple):
    """One thing that a run has to show.

    Attributes:
      what: is asked for.
      passed: whether it was shown.
      found: what was.
    """

    what: str
    passed: bool
    found: str

    def __str__(self) -> str:
        return f"{'PASS' if self.passed else 'FAIL'}  {self.what}: {self.found}"


def tell(folder: pathlib.Path, checks: Sequence[Check], exits: bool = True) -> None:
    """Prints and writes all of them (checks.json).

    Args:
      folder: of the run.
      checks: in their order.
      exits: whether one that failed ends the program; not where networks are too small to show anything.

    Raises:
      SystemExit: with code 1, if one has failed and `exits`.
    """
    files.write_json(folder / "checks.json", [check._asdict() for check in checks])
    for check in checks:
        print(check)
    if exits and not all(check.passed for check in checks):
        raise SystemExit(1)
