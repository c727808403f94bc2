"""A panel of two small experiments with a planted word, and the command line of a short run on it."""

import gzip
import pathlib

import numpy as np

from jaxmotif import dna
from jaxmotif.data.negatives import shuffle

SITE = "TGACTCAGCA"


def sequences(count, seed, length=60):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (count, length)).astype(np.uint8)
    for row, start in enumerate(rng.integers(0, length - len(SITE), count)):
        codes[row, start : start + len(SITE)] = dna.encode([SITE])[0]
    return dna.decode(codes)


def make(folder: pathlib.Path) -> None:
    """Writes two experiments: a DeepBind pair of tables, and a FASTA of positives alone.

    JUN, the first one's factor, is in the database.
    """
    header = "FoldID\tEventID\tseq\tBound\n"
    train = "".join(f"A\tpeak{i}\t{s}\t1\n" for i, s in enumerate(sequences(120, 0)))
    with gzip.open(folder / "JUN_K562_x_AC.seq.gz", "wt") as stream:
        stream.write(header + train)
    positives = sequences(40, 1)
    negatives = dna.decode(shuffle(positives, 2))
    rows = [(s, 1) for s in positives] + [(s, 0) for s in negatives]
    with gzip.open(folder / "JUN_K562_x_B.seq.gz", "wt") as stream:
        stream.write(header + "".join(f"B\ttest{i}\t{s}\t{y}\n" for i, (s, y) in enumerate(rows)))
    (folder / "mine.fa").write_text("".join(f">p{i}\n{s}\n" for i, s in enumerate(sequences(200, 3))))
    (folder / "published_auc.tsv").write_text("experiment\tdeepbind_star_auc\nJUN_K562_x\t0.7\n")


def arguments(panel, folder, *more):
    return [
        "demo",
        f"--panel={panel}",
        "--scale=smoke",
        f"--workdir={folder}",
        "--set=train.schedule.epochs=2",
        "--set=train.schedule.batch_size=40",
        "--set=pwm_sequences=100",
        "--set=pwm_motifs=1",
        "--set=class_steps=50",
        *more,
    ]
