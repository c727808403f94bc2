"""Motifs extracted from trained networks, and how many match the factor's own in the database."""

import dataclasses
import pathlib
import sys
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from experiments.common import records
from experiments.demo.network_rows import PWM
from jaxmotif import dna
from jaxmotif.apps.dashboard import class_motifs, inputs
from jaxmotif.data.dataset import Dataset
from jaxmotif.data.files import panel
from jaxmotif.interpret import attribution, class_motif, class_optimization, extraction, temporal
from jaxmotif.interpret.class_optimization import ClassConfig
from jaxmotif.models import host_blocks
from jaxmotif.models.network import Network
from jaxmotif.motifs import meme, scan, tomtom
from jaxmotif.motifs.motif import Motif, is_informative

# Tomtom's own threshold; of the E-value, what is usual.
Q_MAX, E_MAX = 0.5, 0.1

METHODS = ("saliency", "temporal", "activation", "scaled activation", "random")
# Class motifs of a network: whole, and cut to the width of the factor's own that they are compared with.
MOTIFS, WINDOW = "class_motifs.meme", "-window"
# Factors that read each other's motif; the database's own matrix of CTCFL is one of few peaks.
FAMILY = {"CTCFL": ("CTCFL", "CTCF")}


def known(database: Sequence[Motif], factor: str) -> list[Motif]:
    """The factor's motifs in the database, with those of its family.

    Raises:
      ValueError: if there is none.
    """
    return [motif for name in FAMILY.get(factor, (factor,)) for motif in inputs.known_motifs(database, name)]


def windows(network: Network, codes_nl: np.ndarray, width: int, seed: int) -> dict[str, np.ndarray]:
    """Returns the start of each sequence's window, (N,), by every method that the network allows.

    Random ones hang on the seed only, so that all networks of a run have the same.
    """
    score = network.score()
    found = {"saliency": extraction.strongest_windows(attribution.attribute(score, codes_nl), width)}
    # What chance gives: matching has no threshold for windows that mean nothing.
    found["random"] = np.random.default_rng(seed).integers(0, codes_nl.shape[1] - width + 1, len(codes_nl))
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
    features = jax.tree_util.Partial(_map, network.features(1))
    maps_npk = host_blocks.over_blocks(features, codes_nl, min(256, len(codes_nl)))
    starts = np.arange(maps_npk.shape[1]) * shape.jump - shape.left
    largest_k = np.maximum(maps_npk.max(axis=(0, 1)), 1e-6)
    return {
        name: extraction.activation_windows(maps, starts, kernel, codes_nl.shape[1], width)
        for name, maps in (("activation", maps_npk), ("scaled activation", maps_npk / largest_k))
    }


def _map(features, codes_bl):
    return features(dna.one_hot(codes_bl))


def matched(queries: Sequence[Motif], database: Sequence[Motif], own: Sequence[Motif]) -> np.ndarray:
    """Returns the smallest q and E of every query to a motif of the factor, (queries, 2), over both strands.

    A query without information matches nothing: q 1, and E the size of the database.
    """
    values = np.tile([1.0, len(database)], (len(queries), 1))
    informative = [i for i, query in enumerate(queries) if is_informative(query, tomtom.FLAT_BITS)]
    if informative:
        found = tomtom.match([queries[i] for i in informative], database)
        theirs = set(map(id, own))
        mine = [i for i, motif in enumerate(database) if id(motif) in theirs]
        values[informative] = np.stack([found.q[:, mine].min(axis=1), found.e[:, mine].min(axis=1)], axis=1)
    return values


def own_motifs(experiment: str, network: str, database: Sequence[Motif]) -> list[Motif]:
    """Returns the factor's motifs that those of a network are compared with.

    None are for matrices, nor where the database has no motif of the factor, which is said on stderr.
    """
    if network == PWM:
        return []
    try:
        return known(database, panel.factor_of(experiment))
    except ValueError as error:
        print(f"{experiment}: {error}; it is not in the table of motifs", file=sys.stderr, flush=True)
        return []


def positives_of(test: Dataset, config) -> np.ndarray:
    """Returns the held-out positives that motifs are extracted from, or compared on."""
    positives = test.positives.sequences
    return positives[: config.positives] if config.positives else positives


def extract(
    folder: pathlib.Path,
    experiment: str,
    network: str,
    config,
    test: Dataset,
    database: Sequence[Motif],
    resume: bool,
) -> dict | None:
    """Returns a row of extraction for a trained network; None without a motif of the factor, or for matrices.

    Sequences with the same window make the same query, so only distinct ones are compared. Class motifs are
    left in MOTIFS, in the network's folder.
    """
    record = folder / "extraction.json"
    if resume and (folder / MOTIFS).exists() and (row := records.kept(record)):
        return row
    own = own_motifs(experiment, network, database)
    if not own:
        return None
    trained, positives = Network.load(folder), positives_of(test, config)
    row: dict[str, Any] = {"experiment": experiment, "network": network, "sequences": len(positives)}
    for method, starts in windows(trained, positives, config.width, config.seed).items():
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
    made = []
    for space in class_optimization.SPACES:
        motif = class_motif_of(folder, trained, space, config)
        row[f"class {space}"], window = compared(motif, own, positives, database)
        made += [
            dataclasses.replace(motif, name=space),
            dataclasses.replace(window, name=f"{space}{WINDOW}", alt_name=""),
        ]
    meme.write_meme(folder / MOTIFS, made)
    records.keep(record, row, (MOTIFS,))
    return row


def class_motif_of(folder: pathlib.Path, network: Network, space: class_optimization.Space, config) -> Motif:
    """Returns what the network is surest to call bound, as long as its sequences; kept in its folder."""
    return class_motifs.stored(
        folder, network, "bound", ClassConfig(space=space, steps=config.class_steps), config.seed
    )


def _counts(values_n2: np.ndarray, count: int) -> dict:
    q_n, e_n = values_n2.T
    return {"matches_q": int((q_n < Q_MAX).sum()), "matches_e": int((e_n < E_MAX).sum()), "of": count}


def compared(
    motif: Motif, own: Sequence[Motif], positives: np.ndarray, database: Sequence[Motif]
) -> tuple[dict, Motif]:
    """Compares a class motif: whole, and its most informative window as wide as each of the factor's motifs.

    Also the smallest q of that window to any motif of the database, and the share of positives on which the
    window's average odds are above those of the factor's motif (DeMo's AMA comparison), for the window and
    motif that match best. The second value is that window.
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
        "window_any_q": float(matched([cut[best]], database, database)[0, 0]),
        "against": own[best].name,
        "ama_share": float((ours > theirs).mean()),
    }, cut[best]
