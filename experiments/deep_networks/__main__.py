"""Starts the launcher: python -m experiments.deep_networks."""

import sys

from experiments.common import items
from jaxmotif.apps import launch


def main() -> None:
    """Lists the paper's items, or starts the launcher."""
    if items.listed(sys.argv, ["deep_networks"]):
        return

    from experiments.deep_networks import launcher  # here because it brings JAX, which a list does without

    launcher.main(sys.argv)


launch.run(main)
