"""Writes a named data set as an .npz that works wherever its name does, without tensorflow-datasets.

tools/export_data --name=koo_eddy --out=data [--seed=0] [--sequences=25000]
"""

import pathlib
import sys

from absl import flags

from jaxmotif import config
from jaxmotif.apps import launch
from jaxmotif.data import named
from jaxmotif.data.files import archive
from jaxmotif.data.synthetic import koo_eddy


def main(argv) -> None:
    values = flags.FlagValues()
    flags.DEFINE_string("name", "koo_eddy", "Data set.", flag_values=values)
    flags.DEFINE_string("out", "data", "Folder.", flag_values=values)
    flags.DEFINE_integer("seed", 0, "Seed.", flag_values=values)
    flags.DEFINE_integer("sequences", 25_000, "Number of sequences.", flag_values=values)
    flags.DEFINE_integer("length", 200, "Length of each.", flag_values=values)
    flags.DEFINE_integer("min_gap", 1, "Least gap between motifs.", flag_values=values)
    launch.parse(values, argv, __doc__)
    config.choose("data set", values.name, named.NAMES)
    options = dict(seed=values.seed, n=values.sequences, length=values.length, min_gap=values.min_gap)
    path = pathlib.Path(values.out) / f"{named.label(values.name, options)}.npz"
    archive.save(path, koo_eddy.koo_eddy_splits(**options), {"name": values.name, **options})
    print(path)


if __name__ == "__main__":
    launch.run(lambda: main(sys.argv))
