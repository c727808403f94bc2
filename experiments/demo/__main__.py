"""Starts the launcher: python -m experiments.demo."""

import sys

from experiments.common import items
from jaxmotif.apps import launch


def main() -> None:
    """Lists the paper's items, or starts the launcher."""
    if items.listed(sys.argv, ["demo"]):
        return

    from experiments.demo import launcher  # here because it brings JAX, which a list does without

    launcher.main(sys.argv)


launch.run(main)
