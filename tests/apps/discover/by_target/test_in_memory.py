"""jm.discover of targets: arrays, parts, files, signals and trained networks; what is read, by hand."""

import dataclasses

import numpy as np
import pytest

import jaxmotif as jm
from jaxmotif import dna
from jaxmotif.apps.discover import motifs as api
from jaxmotif.apps.discover.by_target import in_memory
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.dataset import Dataset, Splits
from jaxmotif.data.files import bigwig
from jaxmotif.motifs import motif_file
from jaxmotif.training import from_data

WORDS = "TGACTCATTA", "CCGGAAGTAT"
ROWS, LENGTH = 400, 50
RNG = np.random.default_rng(5)


def planted():
    codes, has = RNG.integers(0, 4, (ROWS, LENGTH)).astype(np.uint8), RNG.random((ROWS, 2)) < 0.5
    for row, word in np.argwhere(has):
        codes[row, 5 + 20 * word : 15 + 20 * word] = dna.encode([WORDS[word]])[0]
    return codes, has


CODES, HAS = planted()
VALUES = (100 * HAS * [1, -1] + RNG.normal(0, 20, (ROWS, 2))).astype(np.float32)


class Stopped(Exception):
    """Carries what a discovery was asked."""


@pytest.fixture(name="asked")
def fixture_asked(monkeypatch):
    """Returns what `by_target.run.discover` or `pipeline.discover` would be called with."""

    def stop(*arguments, **fields):
        raise Stopped(*arguments)

    monkeypatch.setattr(api.by_target_run, "discover", stop)
    monkeypatch.setattr(api.pipeline, "discover", stop)

    def ask(*arguments, **fields):
        with pytest.raises(Stopped) as stopped:
            jm.discover(*arguments, database=None, **fields)
        return stopped.value.args

    return ask


def labels_of(splits):
    whole = np.concatenate([part.labels for part in splits.parts])
    text = [text for part in splits.parts for text in dna.decode(part.sequences)]
    return dict(zip(text, whole.tolist(), strict=True))


TEXTS = dna.decode(CODES)


@pytest.mark.parametrize(
    ("labels", "fields", "kind"),
    [
        (VALUES, {}, "regression"),
        (np.abs(VALUES).round(), {}, "counts"),
        (HAS, {}, "multilabel"),
        (HAS[:, :1], {"task": "multilabel"}, "multilabel"),
        (VALUES, {"targets": ("target2",)}, "regression"),
    ],
)
def test_labels_are_taken_for_what_they_are(labels, fields, kind, asked):
    splits, found, settings = asked((CODES, labels), **fields)
    assert found == kind and isinstance(splits, Splits)
    assert asked((CODES, labels), rna=True, **fields)[0].train.alphabet == "ACGU"
    expected = labels[:, 1:] if "targets" in fields else labels
    read = labels_of(splits)
    np.testing.assert_array_equal([read[text] for text in TEXTS], np.asarray(expected, np.float32))


def test_words_are_classes_and_0_and_1_positives(asked):
    words = np.where(HAS[:, 0], "liver", np.where(HAS[:, 1], "brain", ""))
    splits, found, _ = asked((CODES, words))
    assert found == "multiclass" and splits.train.targets == ("brain", "liver")
    read = labels_of(splits)
    assert len(read) == (words != "").sum()
    for i in np.flatnonzero(words != ""):
        assert read[TEXTS[i]] == [words[i] == "brain", words[i] == "liver"]
    files, _ = asked((CODES, HAS[:, 0]))  # positives and negatives, as ever
    assert files.data.labels.shape == (ROWS, 1)
    with pytest.raises(ValueError, match="task and targets are of labels; these sequences have none"):
        jm.discover(CODES, task="counts", database=None)
    with pytest.raises(ValueError, match="there is no target 'x'; there are: target1, target2"):
        jm.discover((CODES, VALUES), targets=("x",), database=None)
    with pytest.raises(ValueError, match="objective 'both' does not go with targets"):
        jm.discover((CODES, VALUES), objective="both", database=None)


def test_parts_stay_parts(asked):
    ends = ((0, 300), (300, 350), (350, 400))
    parts = [Dataset(CODES[a:b], VALUES[a:b], targets=("x", "y")) for a, b in ends]
    splits, found, _ = asked(Splits(*parts))
    assert found == "regression" and list(map(len, splits.parts)) == [300, 50, 50]
    for part, own in zip(splits.parts, parts, strict=True):
        np.testing.assert_array_equal(part.labels, own.labels)
    # Each part has counted its rows from 1; sites are found in rows by their names.
    assert len({name for part in splits.parts for name in part.names}) == 400
    network = jm.Network.from_function(lambda x: (x.sum(1)[:, :2], {}), LENGTH, task="regression")
    parts = in_memory.of_network(Splits(*parts), "regression", network.classes, Settings()).parts
    assert len({name for part in parts for name in part.names}) == 400
    parts = [Dataset(CODES[a:b], VALUES[a:b], targets=("x", "y")) for a, b in ends]
    with pytest.raises(ValueError, match="are for sequences that are not divided yet"):
        jm.discover(Splits(*parts), test="x.tsv", database=None)


def test_sequences_of_a_test_table_have_names_of_their_own(asked, tmp_path):
    for name, a, b in (("train", 0, 300), ("test", 300, 400)):
        rows = [("seq", "x"), *zip(TEXTS[a:b], VALUES[a:b, 0].tolist(), strict=True)]
        (tmp_path / f"{name}.tsv").write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))
    splits, _, _ = asked(str(tmp_path / "train.tsv"), test=str(tmp_path / "test.tsv"))
    names = [name for part in splits.parts for name in part.names]
    assert len(set(names)) == len(names) == 400


def test_files_are_read_as_by_the_command(asked, tmp_path):
    path = tmp_path / "t.tsv"
    rows = [("seq", "x", "y"), *zip(TEXTS, *VALUES.T.tolist(), strict=True)]
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))
    splits, found, settings = asked(path, targets=("y",))
    assert found == "regression" and splits.train.targets == ("y",) and settings.sequences == str(path)
    read = labels_of(splits)
    np.testing.assert_allclose([read[text][0] for text in TEXTS], VALUES[:, 1])
    fasta = tmp_path / "a.fa"
    fasta.write_text("".join(f">s{i}\n{text}\n" for i, text in enumerate(TEXTS)))
    files, settings = asked(str(fasta), negatives=str(fasta))
    assert files.data.sequences.shape == CODES.shape and "negatives" in files.sequences


def test_signals_of_sequences_that_say_where_they_lie(asked, tmp_path):
    genome = RNG.integers(0, 4, (2, 18_000)).astype(np.uint8)
    text = [f">chr{i + 1}\n{row}\n" for i, row in enumerate(dna.decode(genome))]
    (tmp_path / "g.fa").write_text("".join(text))
    signal = RNG.random((2, 18_000)).astype(np.float32)
    names = np.array(["chr1", "chr2"])
    bigwig.write_bigwig(tmp_path / "a.bw", dict.fromkeys(names, 18_000), names, np.zeros(2, int), signal)
    starts = [(i % 2, 220 * (i // 2)) for i in range(160)]
    data = Dataset(
        np.stack([genome[chrom, start : start + 60] for chrom, start in starts]),
        chrom=np.array([f"chr{chrom + 1}" for chrom, _ in starts]),
        start=np.array([start for _, start in starts]),
    )
    fields = {"genome": str(tmp_path / "g.fa"), "signal": (f"a={tmp_path / 'a.bw'}",)}
    splits, found, _ = asked(data, **fields)
    assert found == "regression"
    read = labels_of(splits)
    for text, (chrom, start) in zip(dna.decode(data.sequences), starts, strict=True):
        assert read[text][0] == pytest.approx(np.log1p(signal[chrom, start : start + 60].sum()), rel=1e-5)


def test_motifs_of_values_and_of_networks_that_were_trained(tmp_path, capsys):
    """Words are told by which target they go with, and the same of networks that are there already."""
    settings = Settings(seeds=1, network="CNN-25 (16)-exp", readings=("words",))
    settings = dataclasses.replace(settings, train=settings.train.with_fields(epochs=3, batch_size=32))
    data = Dataset(CODES, VALUES, targets=("up", "down"))
    found = jm.discover(data, settings=settings, database=None)
    assert "held out, Pearson" in capsys.readouterr().err and found.notes[1].startswith("2 targets, real")
    network = from_data.fit((CODES, VALUES), "CNN-25 (4)", seeds=1, epochs=1, quiet=True, task="regression")
    again = jm.discover(network, (CODES, VALUES), settings=settings, readings=("words",), database=None)
    for motifs, targets in ((found, ("up", "down")), (again, network.classes)):
        assert len(motifs) >= 2
        told = {}
        for motif, known in zip(motifs, motifs.evidence, strict=True):
            assert [one.target for one in known.by_target] == list(targets)
            strands = [motif.consensus, motif.reverse_complement().consensus]
            word = next((i for i, w in enumerate(WORDS) if any(w[2:8] in text for text in strands)), None)
            if word is not None:
                told.setdefault(word, known.by_target[word])
        assert told[0].effect > 1 and told[1].effect < -1 and max(one.q for one in told.values()) < 0.01
    assert api.SEEN in again.notes
    motif_file.save(tmp_path / "motifs.npz", found)
    read = motif_file.load(tmp_path / "motifs.npz")
    assert [one.by_target for one in read.evidence] == [one.by_target for one in found.evidence]
    with pytest.raises(ValueError, match="labels of 1 targets, the networks have 2"):
        jm.discover(network, (CODES, VALUES[:, 0]), database=None)
    with pytest.raises(ValueError, match="trained for regression are read on sequences with labels"):
        jm.discover(network, CODES, database=None)
