"""Starts the launcher: python -m experiments.neuronmotif."""

import sys

from experiments.neuronmotif import launcher
from jaxmotif.apps import launch

launch.run(lambda: launcher.main(sys.argv))
