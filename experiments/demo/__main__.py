"""Starts the launcher: python -m experiments.demo."""

import sys

from experiments.demo import launcher
from jaxmotif.apps import launch

launch.run(lambda: launcher.main(sys.argv))
