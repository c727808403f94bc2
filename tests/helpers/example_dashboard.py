"""Small networks with random weights, saved as a run of one experiment, and a database with its factor."""

import string

import numpy as np

from jaxmotif import dna
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import held_out
from jaxmotif.models import zoo
from jaxmotif.models.network import Network
from jaxmotif.motifs import meme
from jaxmotif.motifs.motif import Motif
from tests.helpers import compiled

LENGTH, SITE = 30, "TGACTCAG"
NETWORKS = ("CNN-small", "CNN-RNN-small")


def make(root, alphabet=dna.ALPHABET):
    """Writes the run FACTOR1_x, on DNA or RNA, and db.meme into `root`; returns both paths."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (6, LENGTH)).astype(np.uint8)
    codes[:, 11 : 11 + len(SITE)] = dna.encode([SITE])[0]
    run = root / "FACTOR1_x"
    for name in NETWORKS:
        spec = zoo.get(name, length=LENGTH)
        members = [compiled.weights(spec, i) for i in range(2)]
        strands = "random" if dna.has_complement(alphabet) else "given"
        fields = dict(strands=strands, classes=("bound", "unbound"), alphabet=alphabet)
        network = Network.from_members(spec, members, **fields)
        network.save(run / name)
    labels = np.ones((6, 1), np.float32)
    names = [f"chr1:{i}" for i in range(6)]
    held_out.write(run, Dataset(codes, labels, names, ("bound",), alphabet=alphabet))
    ppm = 0.91 * np.eye(4)[dna.encode([SITE])[0]] + 0.0225
    others = [Motif(f"M{i}", rng.dirichlet([0.5] * 4, 8), 50, f"TF{i}") for i in range(5)]
    meme.write_meme(
        root / "db.meme",
        [Motif("M9", ppm / ppm.sum(1, keepdims=True), 100, "Factor1::TF7"), *others],
    )
    return run, root / "db.meme"


def unpacked(strip):
    """Returns the values of a strip in the page's data, (L,)."""
    largest, text = strip
    digits = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
    parts = np.array([digits.index(letter) for letter in text]).reshape(-1, 2) @ [64, 1]
    return (parts - 2048) / 2047 * largest


def arguments(run, database, *more):
    """Of a quick `jaxmotif dashboard`."""
    return ["jaxmotif", "dashboard", str(run), f"--database={database}", "--class_steps=4", *more]
