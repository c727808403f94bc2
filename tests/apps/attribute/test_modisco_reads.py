"""TF-MoDISco itself on what `jaxmotif attribute` writes: it finds the words that the network reads.

Where `modisco` of modisco-lite is installed (the extra modisco) only.
"""

import os
import shutil
import subprocess
import sys

import h5py
import numpy as np
import pytest

import jaxmotif as jm
from jaxmotif import dna
from jaxmotif.apps import cli
from jaxmotif.models import spec
from jaxmotif.models.network import Network

LENGTH = 200
WORDS = {"TGACTCATTA": 0.5, "CCGGAAGTAT": 0.35}  # the share of sequences that have each
OTHERS = 4
PROGRAM = shutil.which("modisco", path=f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}")

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="modisco-lite is not installed")


def network() -> Network:
    """A filter for each word, which answers to most of its letters, and weak ones of either sign."""
    layers = (spec.Conv(len(WORDS) + OTHERS, 10, padding="VALID", activation="softplus", dropout=0.0),)
    own = Network.from_spec(spec.NetworkSpec("words", LENGTH, 1, layers), strands="given")
    kernel = np.random.default_rng(1).normal(0, 0.5, (10, 4, len(WORDS) + OTHERS)).astype(np.float32)
    letters = np.eye(4, dtype=np.float32)[dna.encode(list(WORDS))]
    kernel[:, :, : len(WORDS)] = (4 * letters / 3 - 1 / 3).transpose(1, 2, 0)
    beta = np.array([-6] * len(WORDS) + [0] * OTHERS, np.float32)
    weights = np.array([1] * len(WORDS) + [0.05, -0.05] * (OTHERS // 2), np.float32)
    params = own.variables["params"]
    params = {
        "conv1": {**params["conv1"], "kernel": kernel[None], "beta": beta[None]},
        "output": {**params["output"], "kernel": np.tile(weights, LENGTH - 9)[None, :, None]},
    }
    state = {"mean": np.zeros_like(beta)[None], "variance": np.ones_like(beta)[None]}
    return own.replace(variables={"params": params, "batch_stats": {"conv1": state}})


@pytest.fixture(scope="module", name="places")
def fixture_places(tmp_path_factory):
    """Sequences with planted words, written, and where each word lies: (sequence, start) by word."""
    folder, rng = tmp_path_factory.mktemp("modisco"), np.random.default_rng(0)
    codes = rng.integers(0, 4, (800, LENGTH), dtype=np.uint8)
    places = {word: set() for word in WORDS}
    for half, (word, share) in enumerate(WORDS.items()):
        for row in np.flatnonzero(rng.random(len(codes)) < share):
            start = int(rng.integers(30, 80)) + 80 * half
            letters = dna.encode([word])[0]
            wrong = rng.random(len(letters)) < 0.06
            codes[row, start : start + 10] = np.where(wrong, rng.integers(0, 4, 10), letters)
            places[word].add((int(row), start))
    text = "".join(f">s{row}\n{letters}\n" for row, letters in enumerate(dna.decode(codes)))
    (folder / "a.fa").write_text(text)
    network().save(folder / "run")
    return folder, places


def test_the_words_are_its_patterns_and_its_seqlets_lie_on_them(places, capsys):
    folder, planted = places
    out, result = folder / "attributions", folder / "modisco.h5"
    cli.dispatch(["", "attribute", str(folder / "run"), str(folder / "a.fa"), f"--out={out}", "--most=0"])
    files = ["-s", out / "one_hot.npz", "-a", out / "attributions.npz", "-o", result]
    subprocess.run([PROGRAM, "motifs", *files, "-n", "2000", "-w", str(LENGTH)], check=True, timeout=250)

    patterns = jm.read_motifs(result)
    # MoDISco turns patterns around as it likes.
    found = dict.fromkeys(WORDS)
    for motif in patterns:
        both = motif.consensus, dna.decode(dna.reverse_complement(dna.encode([motif.consensus])))[0]
        for word in WORDS:
            if any(word[1:-1] in text for text in both) and found[word] is None:
                found[word] = motif
    assert all(motif.name.startswith("pos_patterns") for motif in found.values())
    assert [motif.name[-1] for motif in found.values()] == ["0", "1"]  # in the order of their shares
    for word, motif in found.items():
        assert 0.5 * len(planted[word]) < motif.nsites <= len(planted[word])  # it takes the strongest
        with h5py.File(result) as file:
            seqlets = file[motif.name.replace(".", "/")]["seqlets"]
            rows, starts, ends = (seqlets[name][()] for name in ("example_idx", "start", "end"))
        over = [
            any((int(row), at) in planted[word] for at in range(int(start), int(end) - 9))
            for row, start, end in zip(rows, starts, ends, strict=True)
        ]
        assert np.mean(over) > 0.95

    cli.dispatch(["", "compare", str(result), str(result), f"--out={folder / 'compared'}"])
    assert "modisco.h5" in capsys.readouterr().out
