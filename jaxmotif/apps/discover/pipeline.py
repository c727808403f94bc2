"""`jaxmotif discover`: train networks, read their motifs, match them, write everything down."""

import pathlib
import time

import numpy as np

from jaxmotif import files
from jaxmotif.apps.discover import by_information, by_labels, inputs, motif_set
from jaxmotif.apps.discover.report import write_report
from jaxmotif.apps.discover.settings import Settings
from jaxmotif.data.dataset import Dataset, concatenate
from jaxmotif.data.files import held_out
from jaxmotif.evaluate import classification
from jaxmotif.motifs import hits, jaspar, meme, scan, tomtom

# Weaker matches are in nobody's interest, not even as a hint.
WEAKEST_E = 10.0
TRAIN = {"supervised": by_labels.train, "infomax": by_information.train}


def evaluate(labels_n: np.ndarray, logits_mn: np.ndarray) -> dict:
    """AUROC with its 95 % bootstrap interval and average precision of the ensemble's mean logit."""
    mean_n = logits_mn.mean(axis=0)
    interval = classification.bootstrap_interval(labels_n, mean_n)
    return {
        "n": len(labels_n),
        "auroc": interval.value,
        "auroc_ci": [interval.low, interval.high],
        "aupr": float(classification.aupr(labels_n, mean_n)),
        "auroc_by_seed": [float(classification.auroc(labels_n, row)) for row in logits_mn],
    }


def objectives(settings: Settings, labelled: bool) -> list[str]:
    """What to train for, the one that ranks first."""
    if settings.objective == "infomax" and not labelled:
        return ["infomax"]
    return ["supervised"] if settings.objective == "supervised" else ["supervised", "infomax"]


def run(settings: Settings, folder: pathlib.Path, resume: bool = True) -> dict:
    """Runs a discovery in the run directory `folder` and returns what metrics.json holds.

    Raises:
      ValueError: for input that cannot be used; see `inputs.load`.
    """
    begin = time.monotonic()
    database = jaspar.database(settings.database)
    splits, labelled = inputs.load(settings)
    names = objectives(settings, labelled)
    networks = [
        TRAIN[name](settings, splits, folder if len(names) == 1 else folder / name, resume) for name in names
    ]
    trained = time.monotonic()
    held_out.write(folder, splits.test)
    scores = {one.objective: one.scores(splits.test.sequences) for one in networks}
    accuracy = {
        one.objective: {
            "validation": evaluate(splits.valid.labels[:, 0], one.scores(splits.valid.sequences)),
            "test": evaluate(splits.test.labels[:, 0], scores[one.objective]),
        }
        for one in networks
    }
    metrics = {
        "train": len(splits.train),
        "objectives": names,
        **accuracy[names[0]],
        "by_objective": accuracy,
    }
    # Motifs and sites are those of the user's own file, all of it.
    own = [splits.train, splits.valid] + ([] if settings.test else [splits.test])
    seen = concatenate([_bare(part) for part in own])
    motifs, sites, counts = motif_set.assemble(networks, settings.site_p, seen, splits.test)
    queries = [found.motif for found in motifs]
    matches = tomtom.match(queries, database) if queries else None
    rows = hits.hits(matches, queries, database, e_max=WEAKEST_E) if queries else []
    metrics |= {
        "motifs": len(motifs),
        **counts,
        "seconds_training": round(trained - begin, 1),
        "seconds": round(time.monotonic() - begin, 1),
    }
    _write(folder, metrics, motifs, rows, sites, seen, settings)
    write_report(folder, settings, splits, networks, metrics, scores, motifs, rows, database)
    return metrics


def _bare(data: Dataset) -> Dataset:
    """Sequences, labels and names alone: what parts from different files have in common."""
    return Dataset(data.sequences, data.labels, data.names, data.targets)


def _write(folder, metrics, motifs, rows, sites, seen, settings) -> None:
    files.write_json(folder / "metrics.json", metrics)
    if motifs:
        meme.write_meme(folder / "motifs.meme", [found.motif for found in motifs])
        scan.write_sites(folder / "sites.tsv", sites, seen.names, [found.motif.name for found in motifs])
    hits.write_tsv(folder / "tomtom.tsv", rows)
    matches = hits.by_query(rows, len(motifs))
    files.write_json(
        folder / "motifs.json",
        [
            {
                "name": found.motif.name,
                "rank": rank + 1,
                "width": found.motif.width,
                "support": sum(found.support.values()),
                "seeds": settings.seeds * len(found.support),
                "found_by": found.support,
                "filters": [f"{name}_seed{s + 1}_filter{k + 1}" for name, s, k in found.filters],
                "nsites": found.motif.nsites,
                "sites": found.sites,
                "prevalence": {"positive": found.prevalence[0], "negative": found.prevalence[1]},
                "importance": found.importance,
                "importance_of": found.importance_of,
                "best_match": {
                    "id": matches[rank][0].target.name,
                    "name": matches[rank][0].target.alt_name,
                    "e": matches[rank][0].e,
                    "q": matches[rank][0].q,
                }
                if matches[rank]
                else None,
            }
            for rank, found in enumerate(motifs)
        ],
    )


def summary_lines(metrics: dict, motifs: list[dict]) -> list[str]:
    """What the command prints at the end."""
    test = metrics["test"]
    kind = (
        "held-out AUROC"
        if metrics["objectives"][0] == "supervised"
        else "held out, told from shuffles: AUROC"
    )
    lines = [
        f"{kind} {test['auroc']:.4f} (95 % {test['auroc_ci'][0]:.4f} to {test['auroc_ci'][1]:.4f}), "
        f"AUPR {test['aupr']:.4f} on {test['n']} sequences; {metrics['motifs']} motifs, "
        f"{metrics['seconds']:.0f} s",
        f"{'motif':<10} {'support':>7} {'sites':>7} {'importance':>10}  best match (E)",
    ]
    for row in motifs[:10]:
        match = row["best_match"]
        text = f"{match['id']} {match['name']} ({match['e']:.2g})" if match else "none"
        both = len(row["found_by"]) > 1
        found = (
            ", ".join(f"{name} {count}" for name, count in row["found_by"].items() if count) if both else ""
        )
        lines.append(
            f"{row['name']:<10} {row['support']:>3} of {row['seeds']} {row['sites']:>6} "
            f"{row['importance']:>10.4f}  {text}" + (f"; {found}" if both else "")
        )
    return lines
