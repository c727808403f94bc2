"""False pairs: what `decode` says of a network that has learned nothing, against null networks of it."""

import dataclasses
import pathlib

import numpy as np
from scipy import stats

from experiments.neuronmotif import training
from experiments.neuronmotif.checks import Check
from jaxmotif.apps.decode import run as run_decode
from jaxmotif.apps.decode.significance import LEVEL, Tested
from jaxmotif.evaluate import multiple
from jaxmotif.models.network import Network
from jaxmotif.neuronmotif import chain

# Pairs of the network and of its null network, that there have to be in all.
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


def other_way(tested: Tested) -> Tested:
    """Returns the null values tested against those that they served as nulls of; their order is not known.

    A p-value says how many nulls are at least as large, which is all that it takes. Neither network has
    learned anything, so both ways are tests of true nulls.
    """
    above_n = np.rint(tested.p[~np.isnan(tested.p)] * (tested.nulls + 1) - 1)
    # Of the null of rank r the values above it have fewer than r nulls at least as large.
    above_m = (above_n[:, None] < np.arange(1, tested.nulls + 1)).sum(axis=0)
    p = (1 + above_m) / (len(above_n) + 1)
    return Tested(p, multiple.benjamini_hochberg(p), len(above_n))


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
        back, ways = other_way(told.pairs), {}
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
        number, listed = sum(count for _, count, _ in both), told.pairs.listed + back.listed
        checks += [
            Check(f"{PAIRS} pairs of two untrained networks", number >= PAIRS, f"{number}"),
            *(
                Check(f"false pairs, p <= {LEVEL:g}: {most} of {count} at most", low <= most, f"{low}")
                for low, count, most in both
            ),
            Check(f"false pairs, q <= {LEVEL:g}: none", listed == 0, f"{listed}"),
        ]
    return rows, checks


def _quiet(done: int, of: int) -> None:
    """Progress that says nothing: null networks tell theirs."""
