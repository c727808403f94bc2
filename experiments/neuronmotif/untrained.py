"""False pairs: what `decode` says of a network that has learned nothing, against null networks of it."""

import dataclasses
import pathlib

import numpy as np
from scipy import stats

from experiments.neuronmotif import training
from experiments.neuronmotif.checks import Check
from jaxmotif.apps.decode import run as run_decode
from jaxmotif.apps.decode.significance import LEVEL
from jaxmotif.models.network import Network
from jaxmotif.neuronmotif import chain

# Pairs of the untrained network that there have to be.
PAIRS = 200
_CONFIDENCE = 0.975


def network(name: str, neurons: int, seed: int) -> chain.Chain:
    """Convolutions of an untrained network, with so many neurons in the last one."""
    spec = training.spec_of(name)
    last = dataclasses.replace(spec.convs[-1], filters=neurons)
    return chain.of(Network.from_spec(dataclasses.replace(spec, convs=(*spec.convs[:-1], last)), seed))


def most_false(tests: int, nulls: int) -> int:
    """Returns how many of `tests` null tests have p <= LEVEL in 97.5 % of cases, at most.

    Their number is not binomial, since all are compared with one null sample: with m null values the p of k =
    LEVEL (m + 1) and less are those above the k-th largest, which holds a share Beta(k, m + 1 - k).
    """
    k = int(LEVEL * (nulls + 1) + 1e-9)
    return int(stats.betabinom.ppf(_CONFIDENCE, tests, k, nulls + 1 - k)) if k else 0


def run(folder: pathlib.Path, config) -> tuple[list[dict], list[Check]]:
    """Decodes untrained networks and counts neurons and pairs that are told from null networks'."""
    rows, checks = [], []
    for name in config.networks:
        fresh = network(name, config.neurons, config.seed)
        layer = len(fresh.convs)
        found = run_decode.decode(
            fresh, layer, None, config.decode, folder=folder / name.replace(" ", "-"), progress=_quiet
        )
        told = found.significance
        back, ways = told.pairs.other_way, {}
        for what, tested in (
            ("neurons", told.neurons),
            ("pairs", told.pairs),
            ("pairs, the other way", back),
        ):
            # Dead neurons have no p.
            low, number = int((tested.p <= LEVEL).sum()), int((~np.isnan(tested.p)).sum())
            ways[what] = low, number, most_false(number, tested.nulls)
            rows.append(
                {
                    "network": f"{name}, untrained, {config.neurons} neurons of layer {layer}",
                    "tests": what,
                    "number": number,
                    "nulls": tested.nulls,
                    f"p <= {LEVEL:g}": low,
                    "expected": round(LEVEL * number, 1),
                    "97.5 % of cases": ways[what][2],
                    f"q <= {LEVEL:g}": tested.listed,
                }
            )
        both = [ways["pairs"], ways["pairs, the other way"]]
        number, listed = ways["pairs"][1], told.pairs.listed + back.listed
        checks += [
            Check(f"{PAIRS} pairs of an untrained network", number >= PAIRS, f"{number}"),
            *(
                Check(f"false pairs, p <= {LEVEL:g}: {most} of {count} at most", low <= most, f"{low}")
                for low, count, most in both
            ),
            Check(f"false pairs, q <= {LEVEL:g}: none", listed == 0, f"{listed}"),
        ]
    return rows, checks


def _quiet(done: int, of: int) -> None:
    """Progress that says nothing: null networks tell theirs."""
