"""`jm.fit`: data as users have them, and the same bits as training by hand."""

import jax
import numpy as np
import pytest

import jaxmotif as jm
from jaxmotif import keys
from jaxmotif.data import negatives
from jaxmotif.objectives.infomax import InfoMaxConfig
from jaxmotif.training import fit as fits
from jaxmotif.training import presets
from jaxmotif.training.loop import Members, Run

RNG = np.random.default_rng(0)
CODES = RNG.integers(0, 4, (80, 40)).astype(np.uint8)
LABELS = (CODES[:, 20] == 2).astype(np.float32)
NETWORK = "CNN-25 (4)"
SHORT = {"epochs": 1, "batch_size": 20, "quiet": True}


def _same(one: jm.Network, other: jm.Network) -> bool:
    leaves = zip(jax.tree.leaves(one.variables), jax.tree.leaves(other.variables), strict=True)
    return all(np.array_equal(a, b) for a, b in leaves)


@pytest.fixture(scope="module", name="fitted")
def fixture_fitted():
    return jm.fit((CODES, LABELS), NETWORK, seeds=2, history=True, **SHORT)


def test_it_is_the_trainer_on_a_split(fitted):
    parts = jm.split(jm.Dataset(CODES, LABELS), 0, (0.9, 0.1, 0.0))
    by_hand = fits.fit(
        jm.zoo.get(NETWORK, length=40, outputs=1),
        parts.train,
        parts.valid,
        presets.preset("peaks").with_fields(epochs=1, batch_size=20),
        members=Members(range(2), keys.root(0)),
        run=Run(quiet=True),
    )
    assert _same(fitted.network, by_hand.network)
    assert fitted.network.classes == ("target1",) and len(fitted.history) == 1


def test_strings_splits_and_weights_of_one(fitted, tmp_path):
    letters = ["".join("ACGT"[code] for code in row) for row in CODES]
    directory = tmp_path / "run"
    from_letters = jm.fit((letters, LABELS), NETWORK, seeds=2, directory=directory, **SHORT)
    assert _same(from_letters, fitted.network) and _same(jm.Network.load(directory), from_letters)
    parts = jm.split(jm.Dataset(CODES, LABELS), 0, (0.9, 0.1, 0.0))
    assert _same(jm.fit(parts, NETWORK, seeds=2, **SHORT), fitted.network)
    assert _same(jm.fit(parts.train, NETWORK, seeds=2, valid=parts.valid, **SHORT), fitted.network)


def test_without_labels_shuffles_are_the_negatives(capsys):
    one = jm.fit(CODES, NETWORK, seeds=1, epochs=1, batch_size=20)
    assert "shuffles of 80 sequences are the negatives" in capsys.readouterr().err
    data = negatives.shuffled_negatives(jm.Dataset(CODES), 0)
    assert one.classes == ("bound",) and _same(one, jm.fit(data, NETWORK, seeds=1, **SHORT))


def test_infomax_reads_positives_only():
    config = InfoMaxConfig(weight_updates=1)
    data = jm.Dataset(CODES, LABELS)
    one = jm.fit(data, "GRIM-4 (4)", seeds=1, objective=config, **SHORT)
    assert one.outputs == 32
    assert _same(one, jm.fit(CODES[LABELS == 1], "GRIM-4 (4)", seeds=1, objective=config, **SHORT)) is False
    with pytest.raises(ValueError, match="infomax has no labels"):
        jm.fit(data, objective="infomax", weights=np.ones(80))


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(data=(CODES, LABELS), objective="least squares"), "unknown objective 'least squares'"),
        (dict(data=(CODES, LABELS), config="quick"), "unknown preset 'quick'"),
        (dict(data=(CODES, LABELS), epoch=3), "training has no field 'epoch'"),
        (dict(data=(CODES, LABELS[:5])), r"labels must be \(N, T\) with N = 80"),
        (dict(data=(CODES, LABELS), weights=np.ones(3)), r"weights \(3,\) for 80 labelled sequences"),
        (dict(data=["ACGT", "ACG"]), "sequences must be of equal length"),
    ],
)
def test_what_cannot_be_used_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        jm.fit(**arguments)
