"""The charts of `discover`'s page: training, ROC, precision and recall."""

from collections.abc import Mapping, Sequence

import numpy as np

from jaxmotif.apps.discover.learner import Learner
from jaxmotif.report import charts


def training(networks: Learner) -> list[charts.Chart]:
    """Returns loss and validation curves of the networks of one objective."""
    history, supervised = networks.history, networks.objective == "supervised"
    epochs = [row["epoch"] for row in history]
    measure = "auroc" if supervised else "estimate"
    judged = "valid/criterion" if "valid/criterion" in history[0] else "valid/loss"
    loss, curve = [], []
    for seed in range(len(networks.network)):
        valid = column(history, "valid/loss", seed)
        numbers = np.flatnonzero(np.isfinite(valid))
        best = (
            int(np.nanargmin(column(history, judged, seed)))
            if networks.schedule.select_epoch == "best"
            else int(numbers[-1])
        )
        loss += [
            charts.Series(f"seed {seed + 1}, validation", epochs, valid, color=seed % 8, mark=best),
            charts.Series(
                f"seed {seed + 1}, training",
                epochs,
                column(history, "train/loss", seed),
                color=seed % 8,
                dashed=True,
            ),
        ]
        values = column(history, f"valid/{measure}", seed)
        curve.append(charts.Series(f"seed {seed + 1}", epochs, values, color=seed % 8, mark=best))
    if supervised:
        return [
            charts.Chart(
                "Loss", loss, "epoch", "log-loss (nats)", caption="The dot is the epoch that was kept."
            ),
            charts.Chart("Validation AUROC", curve, "epoch", "AUROC"),
        ]
    ceiling = history[0]["valid/ceiling"][0]
    return [
        charts.Chart("Loss without labels", loss, "epoch", "loss (nats)"),
        charts.Chart(
            "Estimate, validation",
            curve,
            "epoch",
            "nats a sequence",
            caption=f"Its ceiling is {ceiling:.1f}.",
        ),
    ]


def curves(labels_n, scores_n, points: int = 400) -> list[charts.Chart]:
    """Returns ROC and precision-recall charts; thinned, since a page needs no point a sequence."""
    order = np.argsort(-scores_n, kind="stable")
    positive = labels_n[order] > 0.5
    ends = np.flatnonzero(np.r_[np.diff(scores_n[order]) != 0, True])
    found, wrong = np.cumsum(positive)[ends], np.cumsum(~positive)[ends]
    keep = np.unique(np.linspace(0, len(ends) - 1, min(points, len(ends))).astype(int))
    found, wrong = found[keep], wrong[keep]
    recall, false = found / max(positive.sum(), 1), wrong / max((~positive).sum(), 1)
    unit = (0, 1)
    return [
        charts.Chart(
            "ROC, held-out sequences",
            [charts.Series("ensemble", np.r_[0, false], np.r_[0, recall])],
            "false positive rate",
            "true positive rate",
            unit,
            unit,
            diagonal=True,
        ),
        charts.Chart(
            "Precision and recall, held-out sequences",
            [charts.Series("ensemble", recall, found / (found + wrong))],
            "recall",
            "precision",
            unit,
            unit,
        ),
    ]


def column(history: Sequence[Mapping], name: str, seed: int) -> list[float]:
    """Returns a metric of one network, epoch by epoch; NaN where it has none."""
    return [np.nan if row[name][seed] is None else row[name][seed] for row in history]
