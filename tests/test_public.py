"""The public names: loaded when used, seen by type checkers, each with an example that runs."""

import ast
import doctest
import pathlib
import subprocess
import sys

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
    value = getattr(jaxmotif, name)
    test = doctest.DocTestParser().get_doctest(value.__doc__, {}, name, None, 0)
    assert test.examples, f"{name} has no example"
    problems = []
    doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=problems.append)
    assert not problems, "".join(problems)
