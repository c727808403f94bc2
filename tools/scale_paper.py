"""What training and decoding would take on accelerators, on paper: counted operations, bytes, launches, sums.

Nothing here was measured on a card. Operations are those of matrix products (`spec.flops`, `decode_cost`),
bytes and launches those of the training step that XLA compiles for this machine's CPU with its convolution
in place of shifted copies; a card's compiler fuses otherwise. A step takes at least the longest of the
three, and then the sum of gradients over cards, which hides behind nothing.
"""

import math
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import decode_cost
import jax
import jax.numpy as jnp

from jaxmotif.models import zoo
from jaxmotif.models.convolution import whole
from jaxmotif.models.spec import NetworkSpec, flops, parameter_count
from jaxmotif.neuronmotif import substructure
from jaxmotif.neuronmotif.settings import Sampling
from jaxmotif.objectives.supervised import supervised
from jaxmotif.training import presets
from jaxmotif.training.state import init_state
from jaxmotif.training.step import make_step


class Card(NamedTuple):
    """An accelerator by its data sheet, and what is assumed where that says nothing.

    Attributes:
      peak: operations a second of float32 products as JAX does them there by default (TF32, dense).
      exact: the same of float32 itself.
      bandwidth: bytes a second of its memory.
      near, far: bytes a second that a card sends, among the 8 of a machine and beyond it.
      launch: seconds between two small programs of a card, an assumption.
    """

    name: str
    peak: float
    exact: float
    bandwidth: float
    memory: float
    near: float
    far: float
    launch: float


# NVIDIA's data sheet of the H100 SXM: 67 TFLOP/s FP32, 989 TF32 with sparsity (half of that without), 80 GB,
# 3.35 TB/s, NVLink 900 GB/s in both directions together. Assumed: 400 Gb/s a card between machines, and 5 us
# for a launch.
H100 = Card("H100 SXM", 494.7e12, 67e12, 3.35e12, 80e9, 450e9, 50e9, 5e-6)
MACHINE = 8
# Of a search, as `bench_decode cost` projects; launches of a generation or a step of the walk, an assumption.
GENERATIONS, LAUNCHES = 60, 40
# Instructions of a compiled program that nothing is launched for.
_FREE = frozenset("parameter constant tuple get-tuple-element bitcast after-all partition-id iota".split())


class Step(NamedTuple):
    """One update of one card.

    Attributes:
      operations: of matrix products, by arithmetic.
      compiled: all operations, as the compiler counts them.
      bytes: to and from memory, as the compiler counts them.
      weights: bytes of these that no smaller batch saves: weights read forward and backward, gradients, and
        weights and both moments read and written by the update.
      launches: instructions with work of their own.
      planned: bytes that are held.
      gradient: bytes.
    """

    operations: float
    compiled: float
    bytes: float
    weights: float
    launches: int
    planned: float
    gradient: float


def launches(text: str) -> int:
    """Returns how many instructions of a compiled program's entry have work of their own."""
    entry = text[text.index("\nENTRY ") :]
    found = re.findall(r"^\s+(?:ROOT )?%?[\w.-]+ = .*? ([a-z][\w-]*)\(", entry, flags=re.MULTILINE)
    return sum(name not in _FREE for name in found)


def counted(spec: NetworkSpec, batch: int) -> Step:
    """Returns what one update of a batch takes, by arithmetic and by the compiled program; nothing is run."""
    config = presets.preset("code")
    objective, optimizer = supervised(spec, l2=config.objective.l2), presets.optimizer(config)
    data = {
        "sequences": jax.ShapeDtypeStruct((batch, spec.length), jnp.uint8),
        "labels": jax.ShapeDtypeStruct((batch, spec.outputs), jnp.float32),
    }
    key = jax.eval_shape(lambda: jax.random.key(0))
    state = jax.eval_shape(lambda key, data: init_state(objective, optimizer, key, data), key, data)
    with whole():
        program = jax.jit(make_step(objective, optimizer)).lower(state, data).compile()
    cost, memory = program.cost_analysis(), program.memory_analysis()
    planned = memory.argument_size_in_bytes + memory.temp_size_in_bytes + memory.output_size_in_bytes
    return Step(
        flops(spec) * batch,
        cost["flops"],
        cost["bytes accessed"],
        min(10 * 4 * parameter_count(spec), cost["bytes accessed"]),
        launches(program.as_text()),
        planned,
        4 * parameter_count(spec),
    )


class Time(NamedTuple):
    """Seconds that one update takes at least, by what takes them."""

    operations: float
    bytes: float
    launches: float
    sum: float

    @property
    def seconds(self) -> float:
        """The longest of the first three, and the sum over cards."""
        return max(self[:3]) + self.sum

    @property
    def limit(self) -> str:
        """What takes longest."""
        names = ("operations", "bytes", "launches", "all-reduce")
        return names[max(range(len(names)), key=lambda number: self[number])]


def time(step: Step, cards: int, card: Card = H100, share: float = 1.0, reduced: bool = True) -> Time:
    """Returns the times of a step of which each of so many cards has a share of the work.

    Args:
      step: on one card.
      share: of operations and bytes that one card has.
      reduced: whether the cards share one network, whose weights each has and whose gradients are summed;
        members of an ensemble have nothing to sum.
    """
    link = card.near if cards <= MACHINE else card.far
    added = 2 * (cards - 1) / cards * step.gradient / link if reduced and cards > 1 else 0.0
    return Time(
        share * step.operations / card.peak,
        moved(step, share, reduced) / card.bandwidth,
        step.launches * card.launch,
        added,
    )


def moved(step: Step, share: float, reduced: bool) -> float:
    """Returns bytes to and from one card's memory, see `time`."""
    kept = step.weights if reduced else 0.0
    return share * (step.bytes - kept) + kept


def trained(
    networks: Sequence[str], batch: int, cards: Sequence[int], sets: dict[str, int], card: Card = H100
) -> Iterator[dict]:
    """Yields a row for each network, weak (a batch on each card) and strong (one batch shared), and cards."""
    for name in networks:
        step = counted(zoo.get(name), batch)
        for count in cards:
            for kind in ("weak", "strong") if count > 1 else ("one",):
                share = 1 / count if kind == "strong" else 1.0
                taken = time(step, count, card, share)
                rows = batch * (count if kind == "weak" else 1)
                ideal = time(step, 1, card).seconds * share
                yield {
                    "network": name,
                    "cards": count,
                    "batch": f"{rows:,} ({kind})",
                    **_parts(taken),
                    "efficiency": round(ideal / taken.seconds, 2),
                    "sequences a second": round(rows / taken.seconds),
                    "minutes an epoch": round(sets.get(name, 0) / (rows / taken.seconds) / 60, 2) or None,
                    "GFLOP a card": round(share * step.operations / 1e9, 1),
                    "GFLOP by XLA": round(share * step.compiled / 1e9, 1),
                    "GB moved": round(moved(step, share, True) / 1e9, 2),
                    "GB planned, one card": round(step.planned / 1e9, 2),
                }


def _parts(taken: Time) -> dict:
    return {
        "ms operations": round(1e3 * taken.operations, 3),
        "ms bytes": round(1e3 * taken.bytes, 3),
        "ms launches": round(1e3 * taken.launches, 3),
        "ms all-reduce": round(1e3 * taken.sum, 3),
        "ms a step": round(1e3 * taken.seconds, 3),
        "limit": taken.limit,
    }


def ensembles(name: str, members: int, batch: int, cards: Sequence[int], card: Card = H100) -> Iterator[dict]:
    """Yields rows of an ensemble, side by side on each card and spread over cards; first one by one."""
    step = counted(zoo.get(name), batch)
    single = time(step, 1, card, reduced=False)
    yield {"network": name, "members": members, "cards": 1, "how": "one after another"} | _of_members(
        Time(*(members * part for part in single)),
        members,
        batch,
        step,
    )
    for count in cards:
        each = math.ceil(members / count)
        taken = time(step, count, card, each, reduced=False)
        yield {
            "network": name,
            "members": members,
            "cards": count,
            "how": f"{each} side by side",
        } | _of_members(taken, members, batch, step)


def _of_members(taken: Time, members: int, batch: int, step: Step) -> dict:
    return _parts(taken) | {"member-sequences a second": round(members * batch / taken.seconds)}


def decoded(layers: Sequence[tuple[str, int]], cards: Sequence[int], card: Card = H100) -> Iterator[dict]:
    """Yields a row of decoding all neurons of a convolution, whose number the cards share.

    Counted are generations of the search and steps of the walk, the fewest that it takes; not what samples
    are kept by, polishing, or leaves.
    """
    settings = Sampling()
    for name, layer in layers:
        convs = zoo.get(name).convs
        shape, neurons = substructure.geometry(convs, layer), convs[layer - 1].filters
        population = settings.size(shape.width)
        once = decode_cost.operations(convs, layer)
        search = GENERATIONS * population * decode_cost.generation_operations(convs, layer)
        walked = settings.walk * settings.walkers * once
        # Maps of one sequence, written and read, forward and, in the search, backward.
        read = 4 * 2 * substructure.largest_array(convs[:layer], shape.width)
        passes = 3 if layer > 1 else 1
        read *= GENERATIONS * population * passes + settings.walk * settings.walkers
        begun = LAUNCHES * (GENERATIONS + settings.walk)
        for count in cards:
            each = math.ceil(neurons / count)
            taken = Time(
                each * (search + walked) / card.peak, each * read / card.bandwidth, begun * card.launch, 0.0
            )
            yield {
                "network": name,
                "layer": layer,
                "nt": shape.width,
                "neurons": neurons,
                "cards": count,
                "TFLOP a neuron": round((search + walked) / 1e12, 3),
                "s operations": round(taken.operations, 2),
                "s bytes": round(taken.bytes, 2),
                "s launches": round(taken.launches, 2),
                "s the layer": round(taken.seconds, 2),
                "limit": taken.limit,
            }
