"""Gives spoilt files to every reader for some minutes and counts what they do not answer.

    tools/fuzz --minutes=10 [--readers=fasta,keras] [--keep=FOLDER]

A reader may answer with what it read or with one line that names the file. Anything else is a leak, more than
20 seconds a hang; the first inputs of each kind are kept in --keep.
"""

import collections
import hashlib
import os
import pathlib
import signal
import sys
import tempfile
import time

# Before JAX: nothing here needs more than one device of a CPU.
os.environ.setdefault("JAX_PLATFORMS", "cpu")
sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

import numpy as np
from absl import flags

from jaxmotif.apps import launch
from tests.helpers import readers, spoiling

HANG = 20


class Hang(BaseException):
    """A reader took too long; no Exception, so that few catch it."""


def _alarm(*_):
    raise Hang


def main(argv: list[str]) -> None:
    values = flags.FlagValues()
    flags.DEFINE_float("minutes", 1, "How long, for all readers together.", 0, flag_values=values)
    flags.DEFINE_list("readers", [], "Which readers; default: all.", flag_values=values)
    flags.DEFINE_string("keep", "", "Folder for inputs that leaked.", flag_values=values)
    flags.DEFINE_integer("seed", 0, "Of what is spoilt.", flag_values=values)
    launch.parse(values, argv, __doc__)
    known = readers.readers()
    chosen = {name: known[name] for name in values.readers or known}
    signal.signal(signal.SIGALRM, _alarm)
    counts, leaks = collections.Counter(), collections.Counter()
    end, rng = time.monotonic() + 60 * values.minutes, np.random.default_rng(values.seed)
    with tempfile.TemporaryDirectory() as scratch:
        while time.monotonic() < end:
            for name, reader in chosen.items():
                suffix, good = reader.good[rng.integers(len(reader.good))]
                data = spoiling.spoilt(good, rng)
                path = readers.place(pathlib.Path(scratch), suffix)
                path.write_bytes(data)
                counts[name] += 1
                begin = time.monotonic()
                signal.alarm(HANG)
                try:
                    wrong = readers.leak(reader, path)
                except Hang:
                    wrong = "hang"
                finally:
                    signal.alarm(0)
                if (
                    time.monotonic() - begin >= HANG
                ):  # also where a reader took the alarm for its file's fault
                    wrong = "hang"
                if wrong:
                    leaks[name] += 1
                    print(f"{name}: {wrong}", file=sys.stderr)
                    if values.keep:
                        folder = pathlib.Path(values.keep)
                        folder.mkdir(parents=True, exist_ok=True)
                        digest = hashlib.sha256(data).hexdigest()[:8]
                        (folder / f"{name.replace(' ', '_')}-{digest}{suffix}").write_bytes(data)
    print("| reader | spoilt files | leaks and hangs |\n|---|---|---|")
    for name, count in counts.items():
        print(f"| {name} | {count:,} | {leaks[name]} |")
    print(f"| all | {sum(counts.values()):,} | {sum(leaks.values())} |")
    if leaks:
        raise launch.Failed(f"{sum(leaks.values())} inputs leaked")


if __name__ == "__main__":
    launch.run(lambda: main(sys.argv))
