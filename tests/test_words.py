"""Docstrings of public functions begin with a verb in the third person: "Returns ...", "Reads ..."."""

import ast
import pathlib

import pytest

PACKAGE = pathlib.Path(__file__).parents[1] / "jaxmotif"
NO_VERBS = {"a", "an", "as", "how", "the", "what", "where", "whether", "which", "one", "of", "from"}


def functions(tree: ast.Module):
    """Public functions and methods of public classes; a property may be a noun."""
    for node in tree.body:
        inner = node.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_") else [node]
        for one in inner:
            if isinstance(one, ast.FunctionDef) and not one.name.startswith("_"):
                names = [getattr(part, "id", getattr(part, "attr", "")) for part in one.decorator_list]
                if not {"property", "cached_property"} & set(names):
                    yield one


# Of the commands, the docstring is what --help says.
PATHS = sorted(set(PACKAGE.rglob("*.py")) - {PACKAGE / "apps" / "cli.py"})


@pytest.mark.parametrize("path", PATHS, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_docstrings_of_functions_begin_with_a_verb(path):
    wrong = []
    for function in functions(ast.parse(path.read_text())):
        first = (ast.get_docstring(function) or "").split(" ")[0].split("\n")[0].strip(".,:;")
        if first and (first.lower() in NO_VERBS or not first[0].isalpha() or not first.endswith("s")):
            wrong.append(f"{function.name}: {first}")
    assert not wrong
