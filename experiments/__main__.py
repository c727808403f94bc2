"""Lists the tables and figures of the papers, and records runs: python -m experiments."""

import sys

from experiments.common import items
from jaxmotif.apps import launch

launch.run(lambda: items.main(sys.argv))
