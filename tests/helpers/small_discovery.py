"""What `discover` finds in sequences with two planted words, by networks that were never trained.

Made to look at the page of it, and at what its parts compute, without waiting for networks.
"""

import numpy as np

from jaxmotif import dna
from jaxmotif.apps.discover.classes import ByClass, labels_of, shares
from jaxmotif.apps.discover.discovery import Discovery
from jaxmotif.apps.discover.learner import Learner
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.data.files.classes import Classes
from jaxmotif.interpret import attribution
from jaxmotif.interpret.filter_motifs import Readout
from jaxmotif.models import spec
from jaxmotif.models.network import Network
from jaxmotif.motifs import centring, places, scan
from jaxmotif.motifs.enrichment import Test
from jaxmotif.motifs.evidence import Ablation, Effect, Evidence
from jaxmotif.motifs.motif_set import MotifSet
from jaxmotif.motifs.places import Rows
from jaxmotif.motifs.scan import Sites
from tests.helpers.sequence_files import of_word

WORDS = ("TGACTCATTAGC", "CCGGAAGTATCA")
ENVIRONMENT = {
    "jaxmotif": "0.2.0",
    "python": "3.11.2",
    "versions": {"jax": "0.10.2", "flax": "0.12", "numpy": "2.3"},
    "backend": "cpu",
    "commit": "abcdef0",
}


def parts(count: int = 240, length: int = 100) -> list[Dataset]:
    """Returns three parts; positives have the first word near the middle, every other one the second, too."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (count, length)).astype(np.uint8)
    labels = (np.arange(count) % 2 == 0).astype(np.float32)
    for row in np.flatnonzero(labels):
        start = length // 2 - 6 + int(rng.integers(-8, 9))
        word = dna.encode([WORDS[0]])[0]
        codes[row, start : start + 12] = dna.reverse_complement(word) if row % 3 == 0 else word
        if row % 4 == 0:
            start = int(rng.integers(0, length // 2 - 26))
            codes[row, start : start + 12] = dna.encode([WORDS[1]])[0]
    begin = 1000 + 3 * length * np.arange(count)
    data = Dataset(
        codes,
        labels,
        [f"chr1:{start}-{start + length}" for start in begin],
        chrom=np.full(count, "chr1"),
        start=begin,
        strand=np.ones(count, np.int64),
        group=np.arange(count) // 2,
    )
    ends = [0, count // 2, 3 * count // 4, count]
    return [data[a:b] for a, b in zip(ends, ends[1:], strict=False)]


def _random_sites(count: int, data: Dataset, width: int) -> Sites:
    """So many sites of two motifs anywhere in the positives."""
    rng = np.random.default_rng(1)
    row = np.sort(rng.choice(np.flatnonzero(data.is_positive), count))
    start = rng.integers(0, data.length - width + 1, count)
    p = 10.0 ** -rng.uniform(4, 7, count)
    strand = np.where(rng.random(count) < 0.5, "+", "-")
    return Sites(row, start, start + width, strand, rng.integers(0, 2, count), -np.log2(p), p)


def found(sites: int = 0, count: int = 240, classes: bool = False, length: int = 100) -> Discovery:
    """Returns the discovery.

    Args:
      sites: 0 for the words' own, or so many anywhere in the positives.
      count: sequences.
      classes: whether every other positive is of another class.
      length: of the sequences.
    """
    splits = Splits(*parts(count, length))
    network = Network.from_spec(
        spec.NetworkSpec("small", length, 1, (spec.Conv(4, 7, pool=4),)), 3, 2, classes=("bound", "unbound")
    )
    learner = Learner(
        "supervised",
        network,
        [
            {
                "epoch": epoch,
                "train/loss": [1 / epoch] * 2,
                "valid/loss": [1.1 / epoch] * 2,
                "valid/auroc": [0.9] * 2,
            }
            for epoch in (1, 2)
        ],
        Readout(),
        lambda codes: network.logits(codes, by_member=True)[:, :, 0],
        None,
        lambda codes: attribution.attribute(network, codes, "corrected"),
    )
    motifs = [of_word(f"motif_{i + 1}", word, "") for i, word in enumerate(WORDS)]
    settings = Settings(sequences="peaks.fa", seeds=2, database="")
    made = Discovery(settings, splits, [learner], MotifSet(()), _metrics(), {}, 0, MotifSet(()))
    data = made.own
    where = scan.scan(data, motifs, 1e-6) if not sites else _random_sites(sites, data, len(WORDS[0]))
    where = where.take(data.is_positive[where.sequence])
    positive = np.flatnonzero(data.is_positive)
    rows = Rows.of(data)
    known = []
    for i, motif in enumerate(motifs):
        own = where.take(where.motif == i)
        theirs = Sites(**{**vars(own), "sequence": np.searchsorted(positive, own.sequence)})
        known.append(
            Evidence(
                support={"supervised": 2},
                networks=2,
                importance=0.15,
                importance_of="supervised",
                sites=len(own),
                prevalence=(0.9, 0.1),
                positions=places.densities(theirs, rows.take(positive), motif.width, 40),
                centring=centring.centring(
                    theirs, rows.take(positive), motif.width, data.sequences[positive]
                ),
                held_out=Test(25, 2, 30, 30, 1e-9),
                e=2e-9,
                q=1e-9,
                effect=Effect(1.25, 0.125, 25),
                ablation=Ablation((0.1, 0.2), (0.01, 0.03)),
            )
        )
    matches = [()] * len(motifs)
    return Discovery(
        settings,
        splits,
        [learner],
        MotifSet(motifs, known, matches, sites=where, rows=rows),
        _metrics(),
        {"supervised": learner.scores(splits.test.sequences)},
        0,
        MotifSet((), matches=()),
        by_class=_by_class(MotifSet(motifs, sites=where, rows=rows), data) if classes else None,
    )


def _by_class(motifs: MotifSet, data: Dataset) -> ByClass:
    peaks = data.positives
    own = (np.arange(len(peaks)) % 2).astype(np.float32)
    labels = np.stack([own, 1 - own], axis=1)
    classes = Classes(("liver", "brain"), dict(zip(peaks.names, labels, strict=True)))
    return ByClass(classes.names, shares(motifs, peaks, classes), [], labels_of(data, classes))


def _metrics() -> dict:
    told = {"auroc": 0.95, "auroc_ci": [0.9, 0.98]}
    return {
        "train": 120,
        "objectives": ["supervised"],
        "test": {"n": 60, "aupr": 0.94, **told},
        "validation": {"n": 60, "aupr": 0.94, **told},
        "composition": {"GC": {"auroc": 0.5, "auroc_ci": [0.4, 0.6]}},
        "motifs": 2,
        "rounds": 1,
        "filters": 8,
        "uninformative": 1,
        "candidates": 5,
        "tested": 3,
        "seconds_training": 1.0,
        "seconds": 2.0,
    }
