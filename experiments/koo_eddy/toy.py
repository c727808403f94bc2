"""Koo & Eddy's Figure 1: what a wide max-pool hides of three patterns that a narrow one keeps.

Two filters of 7 nt, set by hand, fire on GTG and on CAC and nothing else. A unit of the second layer is made
for each pattern, by one rule for every pooling: its kernel is the pooled map around the pattern, and it fires
where all of that map is there. Everything else is the network's own forward pass.
"""

import pathlib
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from jaxmotif import dna
from jaxmotif.models import forward
from jaxmotif.models.network import Network
from jaxmotif.models.spec import Conv, NetworkSpec, receptive_fields
from jaxmotif.report import table

NAME = "figure1"
ABOUT = (
    "What the unit made for each pattern answers to a sequence that holds one pattern alone, 0 or 1, and the "
    "share of the places in a sequence at which a pattern's pooled map is that of another one: there no "
    "later layer can tell them apart."
)
LENGTH, KERNEL, UNIT = 60, 7, 3
POOLS = (3, 20)
PARTS = ("GTG", "CAC")
# N of the paper's third pattern are these letters.
PATTERNS = {"CACGTG": "CACGTG", "GTGCAC": "GTGCAC", "CACNNNGTG": "CACATAGTG"}
STARTS = (7, 27, 46)
# Without CA, AC, GT and TG, so that neither it nor a joint with a pattern holds a part.
BETWEEN = 3 * "AATTAGGCTTCGATCCTAGA"


def sequence(places: dict[int, str]) -> str:
    """Returns 60 letters with a pattern at each of these starts (from 0), and nothing else in them."""
    text = BETWEEN
    for start, pattern in places.items():
        planted = PATTERNS[pattern]
        text = text[:start] + planted + text[start + len(planted) :]
    return text


def network(pool: int) -> Network:
    """Returns the network of a pooling: two filters for the parts, and a unit for each pattern."""
    spec = NetworkSpec(
        name=f"pooling of {pool}",
        length=LENGTH,
        outputs=1,
        convs=(
            Conv(len(PARTS), KERNEL, pool, norm="none", bias=True, dropout=0.0),
            Conv(len(PATTERNS), UNIT, norm="none", bias=True, dropout=0.0),
        ),
    )
    params = Network.from_spec(spec).member_variables(0)["params"]
    kernel_w4f = np.zeros((KERNEL, 4, len(PARTS)), np.float32)
    for number, part in enumerate(PARTS):
        kernel_w4f[2 : 2 + len(part), :, number] = np.eye(4)[dna.encode([part])[0]]
    # All three letters, or nothing: 3 - 2 is what a whole part gives.
    params["conv1"] = {"kernel": jnp.asarray(kernel_w4f), "bias": jnp.full(len(PARTS), -2.0)}
    first = Network.from_members(spec, [{"params": params, "batch_stats": {}}])
    units = np.stack([_signature(first, pattern, start) for pattern, start in _placed()], axis=-1)
    # As above: all that its kernel asks for, or nothing.
    bias_u = 1 - units.sum(axis=(0, 1))
    params["conv2"] = {"kernel": jnp.asarray(units), "bias": jnp.asarray(bias_u, jnp.float32)}
    return Network.from_members(spec, [{"params": params, "batch_stats": {}}])


def _placed():
    return list(zip(PATTERNS, STARTS, strict=True))


def _signature(first: Network, pattern: str, start: int) -> np.ndarray:
    """The pooled map (3, parts) around the positions that fire on a pattern, by itself, at `start`."""
    pooled_pf = maps(first, [sequence({start: pattern})]).pooled[0]
    fires = np.flatnonzero(pooled_pf.any(axis=1))
    padded_pf = np.pad(pooled_pf, ((UNIT, UNIT), (0, 0)))
    middle = UNIT + int(fires[0] + fires[-1]) // 2
    return padded_pf[middle - 1 : middle + 2]


class Maps(NamedTuple):
    """What the layers make of sequences: (N, 60, parts), (N, positions, parts), (N, positions, patterns)."""

    first: np.ndarray
    pooled: np.ndarray
    second: np.ndarray


def maps(net: Network, sequences: list[str]) -> Maps:
    """Returns the maps of both layers, and what the first hands on after its pooling."""
    spec, variables = net.architecture, net.member_variables(0)
    x_nl4 = dna.one_hot(dna.encode(sequences))
    handed: Any = forward.Forward(spec).apply(variables, x_nl4, method="trunk")
    return Maps(*(np.asarray(one) for one in (net.features(1)(x_nl4), *handed[1:])))


def hidden(net: Network) -> dict[str, float]:
    """Returns by pattern the share of starts at which its pooled map is that of another pattern there.

    No later layer, of whatever weights, can tell the two apart.
    """
    starts = range(LENGTH - max(map(len, PATTERNS.values())) + 1)
    pooled = {
        pattern: maps(net, [sequence({start: pattern}) for start in starts]).pooled for pattern in PATTERNS
    }
    same = {
        pattern: [
            (pooled[pattern] == pooled[other]).all(axis=(1, 2)) for other in PATTERNS if other != pattern
        ]
        for pattern in PATTERNS
    }
    return {pattern: float(np.any(others, axis=0).mean()) for pattern, others in same.items()}


def rows() -> list[dict]:
    """Returns a row for each pooling and pattern: what each pattern's unit answers, and what is hidden."""
    found = []
    for pool in POOLS:
        net = network(pool)
        field = receptive_fields(net.architecture.convs)[0]
        same = hidden(net)
        for pattern, start in _placed():
            answers_u = maps(net, [sequence({start: pattern})]).second[0].max(axis=0)
            row: dict = {
                "pooling": pool,
                "pooled_position_sees": f"{field.pooled_width} nt, every {field.pooled_jump} nt",
                "pattern": pattern,
            }
            for name, answer in zip(PATTERNS, answers_u, strict=True):
                row[f"unit of {name}"] = float(answer)
            fires = [name for name, answer in zip(PATTERNS, answers_u, strict=True) if answer > 0]
            row["told_apart"] = "yes" if fires == [pattern] else "no"
            row["starts_with_the_pooled_map_of_another"] = {"mean": same[pattern]}
            found.append(row)
    return found


def run(folder: pathlib.Path) -> list[dict]:
    """Writes table.md, table.json, figure1.png and figure1.svg; returns the rows."""
    from experiments.koo_eddy import toy_figure  # which is made of what is here

    made = rows()
    table.write_table(folder, made)
    for ending in ("png", "svg"):
        toy_figure.draw(folder / f"{NAME}.{ending}", {pool: network(pool) for pool in POOLS})
    return made
