"""Motifs extracted from trained networks, and how many match the factor's own in the database."""

import pathlib
import sys
from collections.abc import Mapping, Sequence

import jax
import numpy as np

from experiments.common import records
from experiments.demo.network_rows import PWM
from jaxmotif import dna
from jaxmotif.apps.dashboard import inputs
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import panel
from jaxmotif.interpret import attribution, class_motif, class_optimization, extraction, temporal
from jaxmotif.interpret.class_optimization import ClassConfig
from jaxmotif.models import blocks
from jaxmotif.models.network import Network
from jaxmotif.motifs import scan, tomtom
from jaxmotif.motifs.motif import Motif, is_informative

# Tomtom's own threshold; of the E-value, what is usual.
Q_MAX, E_MAX = 0.5, 0.1

METHODS = ("saliency", "temporal", "activation", "scaled activation", "random")
# Factors that read each other's motif; the database's own matrix of CTCFL is one of few peaks.
FAMILY = {"CTCFL": ("CTCFL", "CTCF")}


def known(database: Sequence[Motif], factor: str) -> list[Motif]:
    """The factor's motifs in the database, with those of its family.

    Raises:
      ValueError: if there is none.
    """
    return [motif for name in FAMILY.get(factor, (factor,)) for motif in inputs.known_motifs(database, name)]


def windows(network: Network, codes_nl: np.ndarray, width: int) -> dict[str, np.ndarray]:
    """Start of each sequence's window, by every method that the network allows."""
    score = network.score()
    found = {"saliency": extraction.strongest_windows(attribution.attribute(score, codes_nl), width)}
    # What chance gives: matching has no threshold for windows that mean nothing.
    found["random"] = np.random.default_rng(0).integers(0, codes_nl.shape[1] - width + 1, len(codes_nl))
    if network.spec.convs:
        found |= _activation_windows(network, codes_nl, width)
    if network.spec.recurrent:
        found["temporal"] = extraction.steepest_windows(
            temporal.temporal_scores(network.part_probability(), codes_nl), width
        )
    return found


def _activation_windows(network: Network, codes_nl: np.ndarray, width: int) -> dict[str, np.ndarray]:
    """Of the first member: as they are, and with each filter divided by its largest value on `codes`."""
    shape, kernel = network.geometry(1), network.spec.convs[0].kernel
    features = jax.jit(network.features(1))
    batches = list(blocks.batches(len(codes_nl), min(256, len(codes_nl))))
    maps_npk = np.concatenate(
        [np.asarray(features(dna.one_hot(codes_nl[index])))[valid] for index, valid in batches]
    )
    starts = np.arange(maps_npk.shape[1]) * shape.jump - shape.left
    largest_k = np.maximum(maps_npk.max(axis=(0, 1)), 1e-6)
    return {
        name: extraction.activation_windows(maps, starts, kernel, codes_nl.shape[1], width)
        for name, maps in (("activation", maps_npk), ("scaled activation", maps_npk / largest_k))
    }


def matched(queries: Sequence[Motif], database: Sequence[Motif], own: Sequence[Motif]) -> np.ndarray:
    """Smallest q and E of every query to a motif of the factor, (queries, 2), over both strands.

    A query without information matches nothing: q 1, and E the size of the database.
    """
    values = np.tile([1.0, len(database)], (len(queries), 1))
    informative = [i for i, query in enumerate(queries) if is_informative(query, tomtom.FLAT_BITS)]
    if informative:
        found = tomtom.match([queries[i] for i in informative], database)
        mine = [i for i, motif in enumerate(database) if any(motif is one for one in own)]
        values[informative] = np.stack([found.q[:, mine].min(axis=1), found.e[:, mine].min(axis=1)], axis=1)
    return values


def extract(
    folder: pathlib.Path,
    experiment: str,
    network: str,
    config,
    test: Dataset,
    database: Sequence[Motif],
    resume: bool,
) -> dict | None:
    """One row of extraction for a trained network; None without a motif of the factor, or for the baseline.

    Sequences with the same window make the same query, so only distinct ones are compared.
    """
    record = folder / "extraction.json"
    if resume and (row := records.kept(record)):
        return row
    if network == PWM:
        return None
    try:
        own = known(database, panel.factor_of(experiment))
    except ValueError as error:
        print(f"{experiment}: {error}; it is not in the table of motifs", file=sys.stderr, flush=True)
        return None
    trained = Network.load(folder)
    positives = test.positives.sequences
    row = {"experiment": experiment, "network": network, "sequences": len(positives)}
    for method, starts in windows(trained, positives, config.width).items():
        words, copies = np.unique(
            extraction.window_codes(positives, starts, config.width), axis=0, return_inverse=True
        )
        queries = extraction.window_motifs(words, np.zeros(len(words), int), config.width)
        values = matched(queries, database, own)[copies.ravel()]
        row[method] = _counts(values, len(positives))
        together = extraction.aggregated(positives, starts, config.width)
        if together is not None:
            q, e = matched([together], database, own)[0]
            row[method] |= {"aggregated_q": float(q), "aggregated_e": float(e)}
    for space in class_optimization.SPACES:
        settings = ClassConfig(space=space, steps=config.class_steps)
        motif = class_optimization.class_motif(trained, "bound", settings, config.seed)
        row[f"class {space}"] = _class(motif, own, positives, database)
    records.keep(record, row)
    return row


def _counts(values_n2: np.ndarray, count: int) -> dict:
    q_n, e_n = values_n2.T
    return {"matches_q": int((q_n < Q_MAX).sum()), "matches_e": int((e_n < E_MAX).sum()), "of": count}


def _class(motif: Motif, own: Sequence[Motif], positives: np.ndarray, database: Sequence[Motif]) -> dict:
    """The class motif: whole, and its most informative window as wide as each of the factor's motifs.

    Also the share of positives on which the window's average odds are above those of the database's motif
    (DeMo's AMA comparison), for the window and motif that match best.
    """
    cut = [class_motif.window(motif, one.width) for one in own]
    found = matched([motif, *cut], database, own)
    best = int(found[1:, 0].argmin())
    ours = scan.average_odds(positives, cut[best])
    theirs = scan.average_odds(positives, own[best])
    return {
        "whole_q": float(found[0, 0]),
        "whole_e": float(found[0, 1]),
        "window_q": float(found[1 + best, 0]),
        "window_e": float(found[1 + best, 1]),
        "against": own[best].name,
        "ama_share": float((ours > theirs).mean()),
    }


def table4(rows: Sequence[Mapping]) -> list[dict]:
    """The papers' Table 4: mean number of sequences whose window matches, and class motifs that do."""
    found = []
    for network in dict.fromkeys(row["network"] for row in rows):
        mine = [row for row in rows if row["network"] == network]
        line = {"model": network, "experiments": len(mine)}
        for method in METHODS:
            having = [row[method] for row in mine if method in row]
            if having:
                line[f"{method}, q < {Q_MAX}"] = {
                    "mean": float(np.mean([one["matches_q"] for one in having]))
                }
                line[f"{method}, E < {E_MAX}"] = {
                    "mean": float(np.mean([one["matches_e"] for one in having]))
                }
                line[f"{method}, aggregated"] = sum(one.get("aggregated_q", 1) < Q_MAX for one in having)
        for space in class_optimization.SPACES:
            having = [row[f"class {space}"] for row in mine]
            line[f"class ({space})"] = sum(one["whole_q"] < Q_MAX for one in having)
            line[f"its window ({space})"] = sum(one["window_q"] < Q_MAX for one in having)
            line[f"AMA wins ({space})"] = sum(one["ama_share"] > 0.5 for one in having)
        found.append(line)
    return found
