"""Readings of GRIM's objective, from what the paper prints to what we train, and the rows of a table."""

import dataclasses
from typing import NamedTuple

from jaxmotif.objectives.infomax_config import InfoMaxConfig

# What each reading says instead of the config; "ours" is the config as it is.
CHANGES = {
    # Equations 2 and 3 and Section 4: the network ends in a linear layer, and nothing bounds it.
    "literal": {"reading": "position", "code": "linear"},
    "bounded": {"reading": "position", "code": "softmax"},
    "ours": {},
}
NAMES = tuple(CHANGES)
LABELS = {"task1": 11, "task2": 1}


class Row(NamedTuple):
    """One row of a table: a model and, where it learns without labels, the reading of the objective."""

    model: str
    reading: str = ""

    @property
    def name(self) -> str:
        """What the row is called, in its folder and in figures."""
        return f"{self.model}-{self.reading}" if self.reading else self.model


def is_grim(model: str) -> bool:
    """Returns whether a model learns without labels."""
    return model.startswith("GRIM")


def rows(config) -> list[Row]:
    """Returns the rows of a config: one of every reading for models without labels, one for the others."""
    return [
        Row(model, reading)
        for model in config.models
        for reading in (config.readings if is_grim(model) else ("",))
    ]


def objective(config, reading: str) -> InfoMaxConfig:
    """Returns what a reading learns."""
    return dataclasses.replace(config.infomax, **CHANGES[reading])


def code(config, reading: str) -> int:
    """Returns the size of the global code; Section 4 ends networks in as many units as there are labels."""
    return LABELS[config.task] if reading == "literal" else config.code


def told(config, row: Row) -> str:
    """Returns a reading in words, for the table: "literal: position, linear"; "labels" for the others."""
    if not row.reading:
        return "labels"
    own = objective(config, row.reading)
    return f"{row.reading}: {own.reading}, {own.code}"
