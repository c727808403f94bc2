"""A report such as `jaxmotif discover` and the Koo & Eddy benchmark write, from made-up numbers."""

import numpy as np

from jaxmotif.motifs.motif import Motif
from jaxmotif.report import charts, motif_table, page, sections

EVIL = "<img src=x onerror=alert(1)>\"'&"


def motif(seed: int, name: str, width: int = 12, sharpness: float = 0.25, **kwargs) -> Motif:
    rng = np.random.default_rng(seed)
    ppm = rng.dirichlet(np.full(4, sharpness), size=width)
    ppm[[0, -1]] = rng.dirichlet(np.full(4, 4.0), size=2)
    return Motif(name=name, ppm=ppm, nsites=100.0 + 37 * seed, **kwargs)


def motif_rows(count: int, hits: int = 4) -> list[motif_table.MotifRow]:
    rng = np.random.default_rng(1)
    rows = []
    for i in range(count):
        found = motif(i, f"motif_{i + 1}", width=8 + 5 * i % 13)
        near = [
            motif_table.Hit(
                target=motif(
                    i + j,
                    f"MA{500 + 10 * i + j:04d}.{1 + j % 3}",
                    width=10 + j,
                    alt_name=f"TF{i}::{j}",
                    url=f"https://jaspar.elixir.no/matrix/MA{500 + 10 * i + j:04d}.1",
                    tf_family="Ets-related" if i % 2 else "Factors with multiple dispersed zinc fingers",
                    tf_class="A class",
                ),
                e=float(10.0 ** (-12 + i / 2 + 4 * j)),
                q=float(min(1, 10.0 ** (-12 + i / 2 + 4 * j))),
                offset=j - 1,
                strand="+-"[j % 2],
            )
            for j in range(hits)
        ]
        rows.append(
            motif_table.MotifRow(
                motif=found,
                support=3 - i % 3,
                sites=int(9000 / (1 + i)) + 7,
                prevalence=(0.72 / (1 + 0.3 * i), 0.05),
                importance=0.31 * 0.7**i - 0.001,
                hits=near if i % 5 != 4 else (),
                named=near[: 1 + i % 3] if i % 5 < 3 else (),
                positions=rng.poisson(40 * np.exp(-(((np.arange(40) - 20) / (4 + 3 * i)) ** 2) / 2) + 2),
                note="low complexity" if i % 7 == 4 else "",
            )
        )
    return rows


def training_charts(seeds: int = 3) -> list[charts.Chart]:
    rng = np.random.default_rng(2)
    epochs = np.arange(1, 26)
    loss, auroc = [], []
    for seed in range(seeds):
        noise = rng.normal(0, 0.01, (3, epochs.size))
        train = 0.2 + 0.45 * np.exp(-epochs / 4) + noise[0]
        valid = 0.25 + 0.4 * np.exp(-epochs / 4) + 0.002 * epochs + noise[1]
        best = int(valid.argmin())
        loss += [
            charts.Series(f"seed {seed}, validation", epochs, valid, color=seed, mark=best),
            charts.Series(f"seed {seed}, training", epochs, train, color=seed, dashed=True),
        ]
        auroc.append(
            charts.Series(
                f"seed {seed}",
                epochs,
                0.97 - 0.4 * np.exp(-epochs / 3) + noise[2] / 3,
                color=seed,
                mark=best,
            )
        )
    recall = np.linspace(0, 1, 3000)
    return [
        charts.Chart("Loss", loss, "epoch", "log-loss (nats)", caption="The dot is the epoch that was kept."),
        charts.Chart("Validation AUROC", auroc, "epoch", "AUROC"),
        charts.Chart(
            "ROC, held-out sequences",
            [charts.Series("ensemble", recall, recall**0.08)],
            "false positive rate",
            "true positive rate",
            (0, 1),
            (0, 1),
            diagonal=True,
        ),
        charts.Chart(
            "Precision and recall, held-out sequences",
            [charts.Series("ensemble", recall, 1 - 0.5 * recall**9)],
            "recall",
            "precision",
            (0, 1),
            (0, 1),
        ),
    ]


def table_rows() -> list[dict]:
    return [
        {
            "model": "CNN-25",
            "trials": 5,
            "auroc": {"mean": 0.9731, "sd": 0.002, "published": 0.973},
            "match_any": {"mean": 1.0, "sd": 0.0, "published": 0.987},
            "relevant": {"mean": 0.967, "sd": 0.03, "published": 0.98},
            "parameters": 160048,
        },
        {
            "model": "CNN-4",
            "trials": 5,
            "auroc": {"mean": 0.951, "sd": 0.004, "published": 0.955},
            "match_any": {"mean": 0.41, "sd": 0.05, "published": 0.453},
            "relevant": {"mean": 0.133, "sd": 0.02, "published": 0.127},
            "parameters": 160048,
        },
        {
            "model": "CNN-100",
            "trials": 1,
            "auroc": {"mean": 0.962, "sd": None, "published": 0.958},
            "match_any": {"mean": None},
            "parameters": 160048,
        },
    ]


def report(motifs: int = 9) -> page.Report:
    panel = {
        name: [
            (
                motif(50 * n + i, f"filter{i}", 19, 0.3 if (i + n) % 3 else 2.0),
                f"SRF MA0083.{i}" if (i + n) % 3 else "",
            )
            for i in range(11)
        ]
        + [(None, "")]
        for n, name in enumerate(["CNN-25", "CNN-4"])
    }
    return page.Report(
        title="Motifs in GATA1_peaks.fa",
        subtitle="3 networks, trained on 10,412 peaks against their dinucleotide shuffles",
        headline=[
            ("AUROC, held out", "0.974", "95 % interval 0.968 to 0.979"),
            ("AUPR, held out", "0.971", "average precision"),
            ("Motifs", str(motifs), "distinct, from 90 filters"),
            ("Test sequences", "2,082", "half of them positive"),
        ],
        details=[
            ("Training sequences", "14,576"),
            ("Length", "200 nt"),
            ("Network", "CNN-25, exponential"),
            ("Database", "JASPAR2024 vertebrates (879)"),
            ("Seed", "0"),
            ("Time", "142 s on 2 CPU cores"),
        ],
        notes=[
            page.Note("23 sequences were shorter than 200 nt and were padded with N.", "info"),
            page.Note("Small first pooling: filters tend to hold parts of motifs (Koo & Eddy 2019)."),
        ],
        sections=[
            motif_table.MotifTable(
                "Motifs",
                motif_rows(motifs),
                seeds=3,
                position_limits=(-100, 100),
                database="JASPAR2024",
            ),
            sections.Charts("Training and accuracy", training_charts()),
            sections.ResultTable(
                "Table 1",
                table_rows(),
                "The tick on a bar is the published value.",
            ),
            sections.LogoPanel("First-layer filters", panel, "Filters and the motif they were planted as."),
            sections.Text("Method", ["One-hot sequences go in.", "Motifs come out."]),
        ],
        downloads=[
            page.Download("motifs.meme", "MEME version 4\n", "the motifs, for MEME Suite"),
            page.Download("sites.tsv", "chr1\t5\n" * 200_000, "every site"),
            page.Download("tomtom.tsv", "Query_ID\n"),
        ],
        provenance="jaxmotif 0.1.0, jax 0.10.2, CPU",
    )
