"""Starts the launcher: python -m experiments.koo_eddy."""

import sys

from experiments.common import items
from jaxmotif.apps import launch


def main() -> None:
    """Lists the paper's items, or starts the launcher."""
    if items.listed(sys.argv, ["koo_eddy"]):
        return

    from experiments.koo_eddy import launcher  # here because it brings JAX, which a list does without

    launcher.main(sys.argv)


launch.run(main)
