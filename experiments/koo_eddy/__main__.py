"""Starts the launcher: python -m experiments.koo_eddy."""

import sys

from experiments.koo_eddy import launcher
from jaxmotif.apps import launch

launch.run(lambda: launcher.main(sys.argv))
