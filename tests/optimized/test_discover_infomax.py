"""discover without labels, and both ways side by side, on sequences in which it is known what is there."""

import json

import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif import dna, keys
from jaxmotif.apps import cli
from jaxmotif.apps.discover import infomax
from jaxmotif.data import negatives
from jaxmotif.data.dataset import Dataset
from jaxmotif.models import forward, zoo
from jaxmotif.models.network import Network
from jaxmotif.objectives.infomax import InfoMaxConfig
from tests.helpers import sequence_files

SHARED, OWN = "TTGACCTAGCAA", "CAGATAAGGTCA"
SMALL = [
    "--seeds=2",
    "--set=encoder=GRIM-4 (24)",
    "--set=infomax_train.schedule.batch_size=32",
    "--set=infomax_train.optimizer.learning_rate=0.003",
    "--set=infomax_train.schedule.epochs=1",
    "--set=least_updates=400",
    "--set=infomax.weight_updates=200",
    "--set=train.schedule.epochs=20",
    "--set=train.schedule.batch_size=32",
]


def _fasta(path, motifs, seed, count=300, length=70):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (count, length)).astype(np.uint8)
    for place, motif in zip((5, 40), motifs, strict=True):
        if motif:
            for row, start in enumerate(place + rng.integers(0, 15, count)):
                codes[row, start : start + len(motif)] = dna.encode([motif])[0]
    return str(sequence_files.write_fasta(path, codes))


def _database(path):
    words = {"M_shared": (SHARED, "M_shared"), "M_own": (OWN, "M_own")}
    return f"--database={sequence_files.write_database(path, 30, words)}"


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Both kinds of sequences have one motif, the positives another one too."""
    folder = tmp_path_factory.mktemp("both")
    positives = _fasta(folder / "p.fa", (SHARED, OWN), 0)
    negatives = _fasta(folder / "n.fa", (SHARED, ""), 1)
    arguments = [
        "jaxmotif",
        "discover",
        positives,
        f"--negatives={negatives}",
        "--objective=infomax",
        f"--out={folder / 'run'}",
        _database(folder / "db.meme"),
        *SMALL,
    ]
    cli.dispatch(arguments)
    return folder / "run", arguments


def _by_match(folder):
    rows = json.loads((folder / "motifs.json").read_text())
    found = {}
    for row in rows:
        if row["best_match"] and row["best_match"]["e"] < 0.01:
            found.setdefault(row["best_match"]["id"], row)
    return found


def test_labels_make_a_combined_report(both):
    folder, _ = both
    found = _by_match(folder)
    assert found["M_own"]["found_by"]["supervised"] == 2 and found["M_own"]["found_by"]["infomax"] >= 1
    assert found["M_shared"]["found_by"]["infomax"] >= 1
    # What both classes have tells nothing about the label: it is told from shuffles only, and comes last.
    assert found["M_own"]["rank"] < found["M_shared"]["rank"]
    assert found["M_own"]["importance_of"] == "supervised" and found["M_shared"]["importance_of"] == "infomax"
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["objectives"] == ["supervised", "infomax"]
    assert metrics["test"] == metrics["by_objective"]["supervised"]["test"]
    page = (folder / "report.html").read_text()
    assert "Found by both" in page and "importance: information" in page and "Estimate, validation" in page
    for name in ("supervised", "infomax"):
        assert any(file.is_file() for file in (folder / name / "checkpoints").rglob("*"))


def test_a_combined_run_again_gives_the_same(both, capsys):
    folder, arguments = both
    before = (folder / "motifs.json").read_text()
    cli.dispatch(arguments)
    assert (folder / "motifs.json").read_text() == before
    assert "held-out AUROC" in capsys.readouterr().out


def test_unlabelled_sequences_are_enough(tmp_path, capsys):
    path = _fasta(tmp_path / "peaks.fa", (SHARED, OWN), 2)
    cli.dispatch(
        [
            "jaxmotif",
            "discover",
            path,
            "--objective=infomax",
            f"--out={tmp_path / 'run'}",
            _database(tmp_path / "db.meme"),
            *SMALL,
        ]
    )
    found = _by_match(tmp_path / "run")
    assert {"M_shared", "M_own"} <= set(found)
    assert all(set(row["found_by"]) == {"infomax"} for row in found.values())
    assert found["M_own"]["importance"] > 0.5
    printed = capsys.readouterr().out
    assert "told from shuffles" in printed
    assert any(file.is_file() for file in (tmp_path / "run" / "checkpoints").rglob("*"))


def test_sequences_without_a_motif_give_none(tmp_path):
    path = _fasta(tmp_path / "random.fa", ("", ""), 3)
    cli.dispatch(
        [
            "jaxmotif",
            "discover",
            path,
            "--objective=infomax",
            f"--out={tmp_path / 'run'}",
            _database(tmp_path / "db.meme"),
            *SMALL,
        ]
    )
    assert json.loads((tmp_path / "run" / "motifs.json").read_text()) == []
    assert "No motif was found" in (tmp_path / "run" / "report.html").read_text()


def test_importance_is_the_estimate_lost_by_silencing_filters():
    spec = zoo.get("GRIM-4 (5)", length=40, outputs=3)
    variables = forward.init(spec, keys.root(0))
    config = InfoMaxConfig()
    rng = np.random.default_rng(0)
    data = Dataset(rng.integers(0, 4, (30, 40)).astype(np.uint8), np.ones((30, 1), np.float32))
    groups = [[(0, 1)], [(0, 0), (0, 3)], [(1, 2)]]
    found = infomax.importance(Network.from_members(spec, [variables, variables]), config, groups, data)

    pairs, notes = negatives.pairs(data, 0)
    assert notes == ()
    local = lambda codes: np.asarray(forward.features(spec, variables, dna.one_hot(codes), 1))
    z = np.asarray(forward.predict(spec, variables, dna.one_hot(pairs["sequences"])))
    code = 5 * np.exp(z) / np.exp(z).sum(1, keepdims=True)

    def estimate(silent):
        total = 0.0
        for sign, codes in ((-1, pairs["sequences"]), (1, pairs["shuffles"])):
            c = local(codes).copy()
            c[:, :, silent] = 0
            scores = (c[..., None] * code[:, None, None, :]).max((2, 3))
            total = total - np.log1p(np.exp(sign * scores)).sum(1)
        return total

    whole = estimate([])
    # One of the two seeds has each group.
    lost = (whole - np.stack([estimate([1]), estimate([0, 3]), estimate([2])])) / 2
    np.testing.assert_array_equal(found.nats[[0, 1, 2], [1, 1, 0]], 0)
    error = lost.std(1, ddof=1) / np.sqrt(len(data))
    assert (lost.mean(1) < 3 * error).any()  # an untrained network: not all matter
    np.testing.assert_allclose(
        found.nats.mean(axis=1), np.where(lost.mean(1) > 3 * error, lost.mean(1), 0), atol=2e-4
    )
    scores = infomax.evidence(Network.from_members(spec, [variables]), config, data.sequences)
    c = local(data.sequences)
    z = np.asarray(forward.predict(spec, variables, dna.one_hot(jnp.asarray(data.sequences))))
    code = 5 * np.exp(z) / np.exp(z).sum(1, keepdims=True)
    np.testing.assert_allclose(scores[0], (c.max(2) * code.max(1)[:, None]).sum(1), rtol=1e-4)


def test_positives_without_another_shuffle_are_counted():
    codes = np.random.default_rng(0).integers(0, 4, (6, 40)).astype(np.uint8)
    codes[[1, 4]] = 2
    labels = np.array([[1], [1], [1], [0], [0], [1]], np.float32)
    pairs, (note,) = negatives.pairs(Dataset(codes, labels), 0)
    np.testing.assert_array_equal(pairs["sequences"], codes[[0, 2, 5]])
    assert note.startswith("1 of 4 sequences have no dinucleotide shuffle")


def test_an_unknown_objective_is_named(tmp_path):
    path = _fasta(tmp_path / "peaks.fa", (SHARED, OWN), 2)
    with pytest.raises(SystemExit):
        cli.dispatch(["jaxmotif", "discover", path, "--objective=contrastive"])
    with pytest.raises(ValueError, match="unknown objective 'grim'; known: supervised, infomax, both"):
        cli.dispatch(["jaxmotif", "discover", path, "--set=objective=grim"])
