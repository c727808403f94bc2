"""Times what comes before the training of peaks against a simulated genome of the size of a mammal's.

    tools/bench_genome [--size=3000000000] [--peaks=100000] [--length=200] [--folder=/tmp/bench_genome]

Writes genome.fa once (GC content that changes every 10,000 nt, repeats in lower case) and peaks of which half
lie where GC is highest; prints seconds, CPU seconds and the largest memory of: index, windows, negatives.
"""

import os
import pathlib
import resource
import sys
import time

import numpy as np
from absl import flags

from jaxmotif.apps import launch
from jaxmotif.data import matched
from jaxmotif.data.files import loci, windows
from jaxmotif.data.files.genome import open_genome
from jaxmotif.data.files.loci import Loci

_BLOCK, _LINE, _CHROMOSOMES = 10_000, 60, 24


def write(path: pathlib.Path, size: int) -> None:
    """Writes a FASTA of 24 chromosomes, and next to it the GC content of each block (.npy)."""
    rng = np.random.default_rng(0)
    blocks = size // _CHROMOSOMES // _BLOCK // 3 * 3  # whole lines
    contents = []
    with open(path, "wb") as file:
        for number in range(_CHROMOSOMES):
            gc = np.clip(rng.gamma(8, 0.05, blocks), 0.3, 0.75)
            contents.append(gc)
            file.write(f">chr{number + 1}\n".encode())
            for first in range(0, blocks, 300):
                own = gc[first : first + 300]
                draws = rng.integers(0, 256, (len(own), _BLOCK), dtype=np.uint8)
                is_gc = draws < (own * 256)[:, None]
                other = rng.integers(0, 2, draws.shape, dtype=np.uint8).astype(bool)
                text = np.where(
                    is_gc, np.where(other, ord("G"), ord("C")), np.where(other, ord("A"), ord("T"))
                )
                lower = rng.random((len(own), _BLOCK // 250)) < 0.5
                text = text.astype(np.uint8) | (np.repeat(lower, 250, axis=1) * np.uint8(0x20))
                lines = np.full((text.size // _LINE, _LINE + 1), ord("\n"), np.uint8)
                lines[:, :_LINE] = text.reshape(-1, _LINE)
                file.write(lines.tobytes())
    np.save(path.with_suffix(".npy"), np.array(contents))


def peaks_of(contents: np.ndarray, count: int, length: int) -> Loci:
    """Peaks at random places, half of them in the tenth of the blocks with the highest GC content."""
    rng = np.random.default_rng(1)
    order = np.argsort(contents, axis=None)
    rich = order[-len(order) // 10 :]
    block = np.concatenate([rng.choice(rich, count // 2), rng.integers(0, order.size, count - count // 2)])
    chromosome, place = np.divmod(block, contents.shape[1])
    start = place * _BLOCK + rng.integers(0, _BLOCK - length, count)
    return Loci(
        np.array([f"chr{i + 1}" for i in range(_CHROMOSOMES)])[chromosome],
        start,
        start + length,
        *[np.full(count, ".")] * 2,
        start + length // 2,
    )


def main() -> None:
    """Measures, and prints a line for each part."""
    values = flags.FlagValues()
    define = {"flag_values": values}
    flags.DEFINE_integer("size", 3_000_000_000, "Letters.", lower_bound=1_000_000, **define)
    flags.DEFINE_integer("peaks", 100_000, "Peaks.", lower_bound=2, **define)
    flags.DEFINE_integer("length", 200, "Of windows, nt.", lower_bound=10, **define)
    flags.DEFINE_string("folder", "/tmp/bench_genome", "Where the genome is written.", **define)
    launch.parse(values, sys.argv, __doc__)
    path = pathlib.Path(values.folder) / f"{values.size}.fa"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, values.size)
    pathlib.Path(f"{path}.fai").unlink(missing_ok=True)
    begin = [time.monotonic(), time.process_time()]

    def told(what: str) -> None:
        now = [time.monotonic(), time.process_time()]
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(
            f"{what:<32} {now[0] - begin[0]:6.1f} s {now[1] - begin[1]:6.1f} CPU s {most:6.2f} GB", flush=True
        )
        begin[:] = now

    genome = open_genome(path)
    told(f"index of {sum(genome.lengths.values()):,} nt")
    cut = windows.cut(
        peaks_of(np.load(path.with_suffix(".npy")), values.peaks, values.length), genome, values.length
    )
    told(f"{len(cut.data):,} windows of {values.length} nt")
    own = windows.around(cut.loci, values.length)
    found = matched.negatives(cut.data, own, genome, [cut.loci, own], 0, 200)
    told(f"{len(found):,} negatives")
    print("\n".join(found.notes))
    overlap = int(loci.overlapping(windows.loci_of(found, genome, "negatives"), own).sum())
    print(f"{overlap} overlap peaks; {os.path.getsize(path):,} bytes")


if __name__ == "__main__":
    launch.run(main)
