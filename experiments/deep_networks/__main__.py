"""Starts the launcher: python -m experiments.deep_networks."""

import sys

from experiments.deep_networks import launcher
from jaxmotif.apps import launch

launch.run(lambda: launcher.main(sys.argv))
