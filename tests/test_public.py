"""The public names: loaded when used, seen by type checkers, each with an example that runs."""

import ast
import doctest
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import jaxmotif


def test_the_import_and_the_command_line_do_without_jax():
    code = (
        "import sys, jaxmotif, jaxmotif.apps.cli; print({'jax', 'numpy', 'flax', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_names_are_listed_and_others_refused():
    assert set(jaxmotif.__all__) <= set(dir(jaxmotif))
    with pytest.raises(AttributeError, match="has no attribute 'trian'"):
        jaxmotif.trian  # noqa: B018


def test_type_checkers_see_the_same_names():
    tree = ast.parse(pathlib.Path(jaxmotif.__file__).read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {
        alias.asname: f"{node.module}:{alias.name}"
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    modules = {name: "{}.{}:".format(*seen[name].split(":")) for name in seen if name == "zoo"}
    assert seen | modules == jaxmotif._PUBLIC


@pytest.mark.parametrize("name", jaxmotif.__all__)
def test_the_example_of_a_name_runs(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if name == "load_torch":
        pytest.importorskip("torch", reason="PyTorch is not installed")
    if name == "load_keras":
        monkeypatch.setenv("KERAS_BACKEND", "jax")
        pytest.importorskip("keras", reason="Keras is not installed")
    value = getattr(jaxmotif, name)
    test = doctest.DocTestParser().get_doctest(value.__doc__, {}, name, None, 0)
    assert test.examples, f"{name} has no example"
    problems = []
    doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=problems.append)
    assert not problems, "".join(problems)


EIGHT_LINES = """
import jaxmotif as jm
peaks = jm.Dataset.from_arrays(codes)
parts = jm.split(jm.with_negatives(peaks))
net = jm.fit(parts, network, seeds=2, epochs=15, batch_size=32, quiet=True)
chances = jm.predict(net, parts.test)
motifs = jm.discover(net, parts, database=known)
values = jm.attribute(net, peaks[:1], "integrated")
jm.write_report(motifs, "motifs.html")
"""


def test_eight_lines(tmp_path, monkeypatch):
    """Arrays in, motifs out, one sequence attributed; the planted word is found, matched and attributed."""
    monkeypatch.chdir(tmp_path)
    rng, word = np.random.default_rng(0), jaxmotif.one_hot(["CAGATAAGGTCA"])[0]
    codes = rng.integers(0, 4, (240, 60)).astype(np.uint8)
    starts = rng.integers(5, 40, 240)
    for row, start in enumerate(starts):
        codes[row, start : start + 12] = np.argmax(word, axis=1)
    ppms = [*rng.dirichlet(np.full(4, 0.3), (40, 10)), 0.88 * np.asarray(word) + 0.03]
    known = [jaxmotif.Motif(f"M{i}", ppm, 100) for i, ppm in enumerate(ppms)]
    names = {"codes": codes, "known": known, "network": "CNN-4 (16)-exp"}
    assert len(EIGHT_LINES.strip().splitlines()) == 8 and EIGHT_LINES.count("import") == 1
    exec(EIGHT_LINES, names)
    motifs = names["motifs"]
    assert motifs.matches[0][0].target.name == "M40" and motifs.evidence[0].importance > 0
    assert names["chances"].shape == (len(names["parts"].test), 1)
    inside = np.zeros(60, bool)
    inside[starts[0] : starts[0] + 12] = True
    values = np.abs(names["values"][0])
    assert values[inside].mean() > 3 * values[~inside].mean()
    assert "<svg" in (tmp_path / "motifs.html").read_text()


def test_values_show_in_one_line_and_as_logos():
    tata = jaxmotif.Motif("T<A", np.eye(4)[[3, 0, 3, 0]], 20)
    shown = jaxmotif.MotifSet([tata, tata], notes=("not <measured>",))
    network = jaxmotif.Network.from_spec(jaxmotif.zoo.get("CNN-25 (4)", length=50, outputs=1))
    data = jaxmotif.Dataset(np.zeros((10000, 50), np.uint8))
    for value in (tata, shown, network, data):
        assert "\n" not in repr(value) and len(repr(value)) < 200
    assert tata._repr_html_().count("<svg") == 1 and "T&lt;A" in tata._repr_html_()
    assert shown._repr_html_().count("<svg") == 2 and "not &lt;measured&gt;" in shown._repr_html_()
