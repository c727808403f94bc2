"""Starts the launcher: python -m experiments.readings."""

import sys

from jaxmotif.apps import launch, programs


def main() -> None:
    """Starts the launcher, with compiled programs kept for the next time."""
    programs.keep()

    from experiments.readings import launcher  # brings JAX, which has to know where

    launcher.main(sys.argv)


launch.run(main)
