"""Starts the launcher: python -m experiments.readings."""

import sys

from experiments.common import items
from jaxmotif.apps import launch, programs


def main() -> None:
    """Lists what it makes, or starts the launcher, with compiled programs kept for the next time."""
    if items.listed(sys.argv, ["readings"]):
        return
    programs.keep()

    from experiments.readings import launcher  # brings JAX, which has to know where

    launcher.main(sys.argv)


launch.run(main)
