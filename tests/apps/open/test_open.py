"""Files of Keras in the place of a run: opened, predicted, attributed and decoded from the command line."""

import contextlib
import csv
import io

import numpy as np
import pybigtools
import pytest

from jaxmotif.apps import cli
from jaxmotif.dna import one_hot
from jaxmotif.interpret.attribution import hypothetical_contributions
from jaxmotif.models.imports.keras import backend
from jaxmotif.models.imports.keras.load import load_keras
from tests.helpers import keras_models

pytestmark = pytest.mark.skipif(not backend.installed(), reason="the extra keras is not installed")

CODES = np.random.default_rng(4).integers(0, 4, (4, keras_models.LENGTH)).astype(np.uint8)


def said(*words) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        cli.dispatch(["jaxmotif", *map(str, words)])
    return out.getvalue()


@pytest.fixture(scope="module", name="made")
def fixture_made(tmp_path_factory):
    """A residual dilated model, as a whole and as weights apart, and sequences."""
    folder = tmp_path_factory.mktemp("made")
    model = keras_models.models(backend.keras())["dilated"]
    model.save(folder / "net.keras")
    model.save_weights(folder / "net.weights.h5")
    (folder / "net.json").write_text(model.to_json())
    x = np.eye(4, dtype=np.float32)[CODES]
    y = np.asarray(model(x))
    np.savez(folder / "ref.npz", x=x, y=y)
    letters = ["".join("ACGT"[code] for code in row) for row in CODES]
    (folder / "some.fa").write_text("".join(f">s{i}\n{row}\n" for i, row in enumerate(letters)))
    return folder, y


def test_open_says_what_there_is(made):
    folder, _ = made
    text = said("open", folder / "net.keras")
    assert "classes=('out',)" in text and "  out  1  linear" in text
    assert "  1  first  48 x 6  sees 7 nt in steps of 1" in text
    assert "  5  sum4  48 x 6  sees 19 nt in steps of 1" in text
    assert "largest difference of outputs to Keras' own on 32 random sequences" in text
    apart = said(
        "open",
        folder / "net.weights.h5",
        f"--architecture={folder / 'net.json'}",
        f"--reference={folder / 'ref.npz'}",
    )
    assert "to stored ones on 4 sequences" in apart


def test_predict_and_attribute_take_a_file(made, capsys, tmp_path):
    folder, y = made
    rows = list(
        csv.DictReader(said("predict", folder / "net.keras", folder / "some.fa").splitlines(), delimiter="\t")
    )
    np.testing.assert_allclose([float(row["logit"]) for row in rows], y[:, 0], atol=1e-5)
    assert "largest difference of outputs to Keras' own" in capsys.readouterr().err
    said("attribute", folder / "net.keras", folder / "some.fa", f"--out={tmp_path}", "--most=0")
    assert np.load(tmp_path / "attributions.npz")["arr_0"].shape == (4, 4, 48)
    assert "largest difference of outputs to Keras' own" in (tmp_path / "opened.txt").read_text()


def test_the_dashboard_shows_a_file(made, tmp_path):
    folder, _ = made
    options = [f"--sequence={folder / 'some.fa'}", f"--out={tmp_path}", "--format=svg", "--class_steps=2"]
    text = said("dashboard", folder / "net.keras", "--methods=rescale,corrected", *options)
    assert "page: " in text and "<svg" in (tmp_path / "s0.svg").read_text()
    page = (tmp_path / "dashboard.html").read_text()
    assert "largest difference of outputs to Keras" in page
    assert "largest difference of outputs to Keras" in (tmp_path / "opened.txt").read_text()


def test_attribute_writes_a_track_for_any_class_and_head(tmp_path):
    model = keras_models.models(backend.keras())["two heads"]
    model.save(tmp_path / "net.keras")
    letters = "".join("ACGT"[code] for code in np.random.default_rng(6).integers(0, 4, 120))
    (tmp_path / "g.fa").write_text(f">chr1\n{letters}\n")
    (tmp_path / "a.bed").write_text("chr1\t10\t58\n")
    for head, name in (("counts", "counts/1"), ("profile", "profile/0")):
        out = tmp_path / head
        options = [f"--genome={tmp_path / 'g.fa'}", f"--head={head}", f"--class={name}", f"--out={out}"]
        said(
            "attribute", tmp_path / "net.keras", tmp_path / "a.bed", "--method=rescale", "--most=0", *options
        )
        net = load_keras(tmp_path / "net.keras", head=head)
        expected = hypothetical_contributions(net, [letters[10:58]], "rescale", target=name)
        found = np.load(out / "attributions.npz")["arr_0"]
        np.testing.assert_allclose(found, expected.swapaxes(1, 2), atol=1e-5 * np.abs(expected).max())
        with pybigtools.open(str(out / "contributions.bw")) as file:
            there = np.nan_to_num(file.values("chr1", 10, 58))
        own = (expected[0] * one_hot([letters[10:58]])[0]).sum(axis=1)
        np.testing.assert_allclose(there, own, rtol=1e-3, atol=1e-5)


def test_decode_takes_a_map_by_name(made, tmp_path):
    folder, _ = made
    quick = ["--set=population=100", "--set=generations=3", "--set=walk=5", "--set=polish=2"]
    out = said(
        "decode", folder / "net.keras", "--layer=sum4", "--neurons=1", f"--out={tmp_path / 'run'}", *quick
    )
    assert (tmp_path / "run" / "layer5" / "report.html").exists() and "layer5/report.html" in out
    assert "largest difference" in (tmp_path / "run" / "opened.txt").read_text()
    with pytest.raises(ValueError, match="--layer wants maps first, by2, sum2, by4, sum4, .* not 'sum8'"):
        said("decode", folder / "net.keras", "--layer=sum8")
    with pytest.raises(ValueError, match="top:N needs the whole network as one of ours"):
        said(
            "decode",
            folder / "net.keras",
            "--layer=sum4",
            "--neurons=top:1",
            f"--sequences={folder / 'some.fa'}",
        )


def test_further_inputs_and_own_layers_come_by_flags(tmp_path):
    keras = backend.keras()
    model = keras_models.models(keras)["several inputs"]
    model.save(tmp_path / "net.h5")
    with pytest.raises(ValueError, match=r"input 'cells' \(3\) is no sequence"):
        said("open", tmp_path / "net.h5")
    np.save(tmp_path / "cells.npy", np.ones(3))
    assert "the same for every sequence" in said(
        "open", tmp_path / "net.h5", f"--input=cells={tmp_path}/cells.npy"
    )
    with pytest.raises(ValueError, match="--input wants NAME=NUMBER or NAME=FILE.npy, not 'cells=x'"):
        said("open", tmp_path / "net.h5", "--input=cells=x")
    x = keras.Input((30, 4))
    h = keras.layers.Conv1D(3, 5, name="first")(x)
    h = keras.layers.Lambda(lambda h: h * 2, name="twice")(h)
    keras.Model(x, keras.layers.Dense(1)(keras.layers.Flatten()(h))).save(tmp_path / "own.keras")
    (tmp_path / "some.fa").write_text(">a\n" + "ACGTAC" * 5 + "\n")
    with pytest.raises(
        ValueError, match="what the network predicts is not known: Lambda 'twice' is not known"
    ):
        said("predict", tmp_path / "own.keras", tmp_path / "some.fa")
    (tmp_path / "layers.py").write_text("def twice(h):\n    return h + h\n")
    said(
        "predict", tmp_path / "own.keras", tmp_path / "some.fa", f"--custom_objects={tmp_path / 'layers.py'}"
    )
