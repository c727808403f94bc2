"""Distinct places of filters against the words that lie there."""

import jax
import numpy as np

from jaxmotif import dna
from jaxmotif.apps.discover import ranking
from jaxmotif.interpret import batching, filter_sites
from jaxmotif.interpret.filter_sites import Part, Reading
from jaxmotif.motifs import merge
from jaxmotif.motifs.motif import Motif

WIDTH, LENGTH = 9, 60


def _reading(words):
    """A network whose filters count the letters in which a window agrees with each word; a site is all 9."""
    kernel = np.stack([np.eye(4, dtype=np.float32)[dna.encode([word])[0]] for word in words], axis=-1)

    def features(x_bl4):
        windows = np.arange(LENGTH - WIDTH + 1)[:, None] + np.arange(WIDTH)
        return jax.numpy.einsum("bpwa,wak->bpk", x_bl4[:, windows], kernel)

    shape = batching.Geometry(LENGTH, LENGTH - WIDTH + 1, len(words), WIDTH, 0, 1)
    return Reading(features, shape, np.full(len(words), WIDTH - 0.5, np.float32))


def test_a_place_counts_once_whichever_filter_and_strand_finds_it():
    rng = np.random.default_rng(0)
    site = "AAGCGTTACCGA"
    other = dna.decode(dna.reverse_complement(dna.encode([site])))[0]
    codes = rng.integers(0, 4, (40, LENGTH)).astype(np.uint8)
    places = rng.integers(3, LENGTH - 15, 40)
    for row, place in enumerate(places):
        codes[row, place : place + 12] = dna.encode([other if row % 3 == 0 else site])[0]
    codes[5, 3:15] = codes[5, 40:52] = dna.encode([site])[0]
    texts = dna.decode(codes)
    expected = sum(text.count(site) + text.count(other) for text in texts)
    # Of two networks: windows of the site at three shifts, on both strands.
    words = [[site[1:10], other[1:10]], [site[2:11], other[2:11], other[:9]]]
    readings = [_reading(own) for own in words]
    motifs, parts = [], []
    for r, own in enumerate(words):
        for k, word in enumerate(own):
            ppm = np.eye(4)[dna.encode([word])[0]] * 0.96 + 0.01
            motifs.append(Motif(f"n{r}f{k}", ppm, sum(text.count(word) for text in texts)))
            parts.append(Part(r, k, 0))
    merged = merge.merge(motifs, [part.reading for part in parts])
    assert len(merged) == 1 and merged[0].motif.nsites > 2 * expected
    found = filter_sites.distinct(readings, codes, [ranking._parts(merged[0], motifs, parts), []], [1, 1])
    assert found.tolist() == [expected, 0]


def test_trimmed_filters_and_batches(monkeypatch):
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 4, (30, LENGTH)).astype(np.uint8)
    reading = _reading([dna.decode(codes[i : i + 1, 10:19])[0] for i in range(4)])
    groups = [[Part(0, 0, 2), Part(0, 1, -3)], [Part(0, 2, 0)], [Part(0, 3, 1), Part(0, 3, 1)]]
    monkeypatch.setattr(batching, "default_batch_size", lambda *_: 7)
    found = filter_sites.distinct([reading], codes, groups, [1, 1, 1])
    assert found.tolist() == [2, 1, 1]


def test_frames_of_a_repeat_are_one_site():
    text = "C" * 10 + "UAUAUAUAUAUAU".replace("U", "T") + "C" * 14 + "TATATATAT" + "C" * 14
    codes, reading = dna.encode([text]), _reading(["TATATATAT"])
    found = [filter_sites.distinct([reading], codes, [[Part(0, 0, 0)]], [d])[0] for d in (1, 2, 4, 5, 40)]
    # It begins at 10, 12, 14 and at 37.
    assert found == [4, 4, 3, 2, 1]
