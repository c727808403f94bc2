"""Starts the launcher: python -m experiments.grim."""

import sys

from experiments.grim import launcher
from jaxmotif.apps import launch

launch.run(lambda: launcher.main(sys.argv))
