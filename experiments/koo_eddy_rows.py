"""One network of Koo & Eddy's Table 1: train its trials as one ensemble, read its filters, score them."""

import json
import pathlib
import time

import jax
import jax.numpy as jnp
import numpy as np

from experiments import published
from jaxmotif import files, keys
from jaxmotif.data.dataset import Splits
from jaxmotif.discovery import readout
from jaxmotif.evaluate import classification, recovery
from jaxmotif.models import zoo
from jaxmotif.models.spec import NetworkSpec, parameter_count
from jaxmotif.motifs import hits, tomtom
from jaxmotif.motifs.meme import write_meme
from jaxmotif.motifs.motif import Motif
from jaxmotif.objectives import supervised
from jaxmotif.objectives.objective import map_batches
from jaxmotif.training import ensemble, loop, presets

# The authors' program adds an L1 term to this network alone; the paper does not mention it.
L1_IN_CODE = {"CNN-50": 1e-6}


def folder_name(network: str) -> str:
    """A network's name without blanks and brackets."""
    return network.replace(" (", "-").replace(")", "")


def arrays(dataset) -> dict:
    return {"sequences": jnp.asarray(dataset.sequences), "labels": jnp.asarray(dataset.labels)}


def run_row(
    folder: pathlib.Path, network: str, config, splits: Splits, database: list[Motif], resume: bool
) -> list[dict]:
    """Table rows of one network, one a readable convolution; finished ones are read from the folder."""
    record = folder / "rows.json"
    if resume and record.exists():
        return json.loads(record.read_text())
    begin = time.monotonic()
    spec = presets.apply_to(zoo.get(network, length=splits.train.length), config.train)
    l1 = L1_IN_CODE.get(network, 0.0) if config.preset == "code" else config.train.l1
    state, _ = loop.train(
        supervised.supervised(spec, l2=config.train.l2, l1=l1, strands=config.train.strands),
        presets.optimizer(config.train),
        presets.schedule(config.train),
        keys.stream(keys.root(config.seed), network),
        range(config.trials),
        arrays(splits.train),
        arrays(splits.valid),
        directory=folder,
        resume=resume,
        label=network,
    )
    trained = time.monotonic()
    rows = _evaluate(folder, network, spec, config, state, splits, database)
    for row in rows:
        row["seconds_training"] = round(trained - begin, 1)
        row["seconds_reading"] = round(time.monotonic() - trained, 1)
    files.write_json(record, rows)
    return rows


def _evaluate(folder, network, spec: NetworkSpec, config, state, splits, database) -> list[dict]:
    stacked = ensemble.best_variables(state)
    members = [jax.tree.map(lambda leaf, m=m: leaf[m], stacked) for m in range(config.trials)]

    @jax.jit
    def logits(variables, codes):
        return map_batches(
            lambda rows: supervised.predict_both_strands(spec, variables, rows, config.train.strands),
            codes,
            500,
        )

    codes = jnp.asarray(splits.test.sequences)
    auroc = [
        float(np.nanmean(classification.auroc(splits.test.labels, np.asarray(logits(v, codes)))))
        for v in members
    ]
    rows, kept, found = [], [], []
    for layer in readout.readable_layers(spec):
        scores = []
        for trial, variables in enumerate(members):
            prefix = f"{folder_name(network)}_conv{layer + 1}_trial{trial + 1}_filter"
            motifs = readout.filter_motifs(
                spec, variables, splits.test.sequences, layer, config.readout, prefix
            ).motifs
            queries = [m for m in readout.trimmed(motifs, config.readout) if m is not None]
            matched = []
            if queries:
                matches = tomtom.match(queries, database)
                matched = hits.hits(matches, queries, database, e_max=config.e_max)
            scores.append(recovery.recovery(matched, len(motifs), informative=len(queries)))
            kept += queries
            found += matched
        rows.append(_row(network, layer, spec, config, auroc if layer == 0 else None, scores))
    write_meme(folder / "motifs.meme", kept) if kept else None
    hits.write_tsv(folder / "tomtom.tsv", found)
    return rows


def _row(network, layer, spec, config, auroc, scores) -> dict:
    paper = published.KOO_EDDY_TABLE1.get((network, layer + 1), {})
    name = network if len(readout.readable_layers(spec)) == 1 else f"{network}, layer {layer + 1}"
    row = {"model": name, "network": network, "layer": layer + 1, "trials": config.trials}
    if auroc is not None:
        row["auroc"] = published.measurement(auroc, paper.get("auroc"))
    for key in ("match_any", "match_any_without_gmeb1", "relevant", "coverage", "uninformative"):
        row[key] = published.measurement([score[key] for score in scores], paper.get(key))
    row["parameters"] = parameter_count(spec)
    row["per_tf"] = {
        tf: [score["per_tf"][tf] for score in scores] for tf in scores[0]["per_tf"]
    }
    return row
