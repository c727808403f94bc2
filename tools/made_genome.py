"""Writes a made genome with peaks: genome.fa, peaks.narrowPeak, truth.bed, islands.bed and blacklist.bed.

    tools/made_genome --out=DIR [--size=20000000] [--peaks=2000] [--motifs=MA0139.2,MA0466.4] [--seed=0]

Motifs of JASPAR are planted near the summits; see `jaxmotif.data.synthetic.made_genome`.
"""

import sys

from absl import flags

from jaxmotif.apps import launch
from jaxmotif.data.synthetic.made_genome import made_genome
from jaxmotif.motifs import jaspar


def main() -> None:
    """Writes the files, and prints how much there is."""
    values = flags.FlagValues()
    define = {"flag_values": values}
    flags.DEFINE_string("out", "made", "Folder to write into.", **define)
    flags.DEFINE_integer("size", 20_000_000, "Letters.", lower_bound=100_000, **define)
    flags.DEFINE_integer("chromosomes", 10, "Number of chromosomes.", lower_bound=1, **define)
    flags.DEFINE_integer("peaks", 2000, "Number of peaks.", lower_bound=1, **define)
    flags.DEFINE_list("motifs", ["MA0139.2", "MA0466.4"], "Matrices of JASPAR2024.", **define)
    flags.DEFINE_list("shares", ["0.7", "0.4"], "Share of the peaks that have each.", **define)
    flags.DEFINE_integer("seed", 0, "Of everything drawn.", **define)
    launch.parse(values, sys.argv, __doc__)
    made = made_genome(
        jaspar.select(jaspar.load("JASPAR2024"), values.motifs),
        values.size,
        values.chromosomes,
        values.peaks,
        [float(share) for share in values.shares],
        seed=values.seed,
    )
    made.write(values.out)
    print(f"{values.out}: {len(made.peaks):,} peaks, {len(made.sites):,} planted motifs, "
          f"{len(made.islands):,} CpG islands")  # fmt: skip


if __name__ == "__main__":
    launch.run(main)
