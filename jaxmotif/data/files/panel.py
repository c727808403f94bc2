"""A folder of experiments: pairs of training and test files, as DeepBind's and DeMo's archives hold them."""

import csv
import math
import os
import pathlib
import re
from typing import NamedTuple

_ENDINGS = re.compile(r"\.(fa|fasta|fna|seq)(\.gz)?$", re.IGNORECASE)
# How names of training files end, and those of their test files: DeepBind's, DeMo's, and by folder.
_ROLES = (("_AC", "_B"), (".train", ".test"), ("_train", "_test"))
PUBLISHED = "published_auc.tsv"


class Experiment(NamedTuple):
    """One experiment; `test` is "" where a part of the training file has to be held out."""

    name: str
    train: str
    test: str


def experiments(folder: str | os.PathLike) -> list[Experiment]:
    """Returns all experiments of a folder, by name.

    X_AC.seq.gz goes with X_B.seq.gz, X.train.fa with X.test.fa, X_train.fa with X_test.fa, and in a folder X
    of its own train.fa with test.fa; any other FASTA or .seq file is an experiment without a test file.

    Raises:
      ValueError: if there is no such folder, no sequences in it, a test file without its training file, or
        two experiments of one name.
    """
    root = pathlib.Path(folder)
    if not root.is_dir():
        raise ValueError(f"no such folder: {folder}")
    files = {}
    for path in sorted([*root.iterdir(), *root.glob("*/*")]):
        if path.is_file() and _ENDINGS.search(path.name):
            stem = _ENDINGS.sub("", path.name)
            if path.parent != root:
                stem = f"{path.parent.name}.{stem}"
            if stem in files:
                raise ValueError(f"{folder}: {files[stem].name} and {path.name} are the same experiment")
            files[stem] = path
    found, used = [], set()
    for stem, path in files.items():
        for train_end, test_end in _ROLES:
            if stem.endswith(test_end):
                name = stem.removesuffix(test_end)
                if name + train_end not in files:
                    raise ValueError(f"{path} has no training file {name}{train_end} beside it")
                break
            if stem.endswith(train_end):
                name = stem.removesuffix(train_end)
                test = files.get(name + test_end)
                found.append(Experiment(name, str(path), str(test) if test else ""))
                break
        else:
            found.append(Experiment(stem, str(path), ""))
    for experiment in found:
        if experiment.name in used:
            raise ValueError(f"{folder}: two experiments are named {experiment.name}")
        used.add(experiment.name)
    if not found:
        raise ValueError(f"{folder} holds no .fa, .fasta or .seq files")
    return found


def factor_of(name: str) -> str:
    """Returns the factor that an experiment's name begins with: "GATA1_K562_GATA-1_USC" -> "GATA1"."""
    return re.split(r"[_. ]", name, maxsplit=1)[0]


def published(folder: str | os.PathLike) -> dict[str, dict[str, float]]:
    """Returns experiment -> {column: number} of `published_auc.tsv` in the folder; empty if there is none.

    Columns that hold no number are left out.

    Raises:
      ValueError: if the table has no column "experiment".
    """
    path = pathlib.Path(folder) / PUBLISHED
    if not path.exists():
        return {}
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    if rows and "experiment" not in rows[0]:
        raise ValueError(f"{path} has no column 'experiment'")
    found = {}
    for row in rows:
        numbers = {}
        for column, text in row.items():
            try:
                number = float(text)
            except (TypeError, ValueError):
                continue
            if math.isfinite(number):
                numbers[column] = number
        found[row["experiment"]] = numbers
    return found
