"""A made-up decoded layer: neurons that see one motif at several places, mixtures, dead ones."""

import numpy as np

from jaxmotif.apps.decode import layer_data
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.ppm import consensus
from jaxmotif.report.charts import histogram_svg

WIDTH = 41


def core(seed: int, width: int = 9) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.full(4, 0.12), size=width)


def leaf(rng, seed: int, shift: int, label: str, mixture: bool, width: int = WIDTH) -> layer_data.LeafLogo:
    ppm = rng.dirichlet(np.full(4, 30.0), size=width)
    part = 0.5 * core(seed) + 0.5 * core(seed + 1000) if mixture else core(seed)
    for start in (6 - shift, 22 - shift):
        ppm[start : start + 9] = part
    maximum = float(rng.uniform(1, 6) + 0.05)
    share = rng.uniform(-0.4, 0.4) if mixture else rng.uniform(0.85, 1.0)
    return layer_data.LeafLogo(
        Motif(f"leaf_{label}", ppm, 100.0),
        label,
        float(rng.integers(20, 3000)),
        maximum,
        share * maximum,
        0.6 * share * maximum,
        shift,
    )


def neuron(channel: int, leaves: int = 4, width: int = WIDTH) -> layer_data.NeuronRow:
    rng = np.random.default_rng(channel)
    if channel % 8 == 5:
        return layer_data.NeuronRow(channel, -0.3, exact=True, dead=True, reason="bound", empty=leaves)
    mixture = channel % 6 == 4
    kept = [
        leaf(rng, channel, i % 4, f"{i // 4}.{i % 4}", mixture, width)
        for i in range(leaves)
        if (channel + i) % 7
    ]
    best = max(kept, key=lambda row: row.maximum)
    matches = [layer_data.Match(f"TF{channel}<{i}>", 10.0 ** (i - 9)) for i in range(channel % 5)]
    tree = histogram_svg([1, 3, 2], (5, 12), title="gap", unit="bp")
    return layer_data.NeuronRow(
        channel,
        best.maximum,
        exact=channel % 3 == 0,
        generations=20 + channel,
        samples=1000 + 37 * channel,
        mixture=mixture,
        mixture_text="The consensus of 3 leaves does not activate it." if mixture else "",
        agreement=float(rng.uniform(-0.1, 1)),
        best=consensus(best.motif.ppm),
        matches=matches,
        words=[layer_data.Match("Family: TF1", 10.0 ** (-channel % 5 - 20), "TF1.2")] if matches else [],
        leaves=kept,
        empty=leaves - len(kept),
        others=others(channel, width),
        syntax=[layer_data.SyntaxRow("TF1(+) -[5..12]- TF2(-)   3 leaves, 2,100 sequences", tree)],
    )


def others(channel: int, width: int = WIDTH) -> list[layer_data.OtherReading]:
    """NeuronMotif's match, one method with a match, one without, and one that nothing activates."""
    ppm = np.random.default_rng(channel).dirichlet(np.full(4, 3.0), size=width)
    found = [layer_data.OtherReading("NeuronMotif", None, 3000, match="CTCF", p=1e-12, q=1e-9)]
    for method, motif, match in (
        ("above 0", Motif("above 0", ppm, 500.0), "TF<1>"),
        ("saliency", Motif("saliency", ppm[::-1], 20.0), ""),
        ("above max / 2", None, ""),
    ):
        nsites = int(motif.nsites) if motif else 0
        scores = (1e-5, 3e-4) if match else (np.nan, np.nan)
        found.append(layer_data.OtherReading(method, motif, nsites, 2, match, *scores))
    return found


def words(count: int) -> list[layer_data.WordRow]:
    target = Motif("MA0139.1", core(1), 100.0, "CTCF", url="https://jaspar.elixir.no/matrix/MA0139.1")
    rows = []
    for i in range(count):
        hits = [layer_data.Hit(target, 1e-8 * (i + 1), 1e-7 * (i + 1))]
        rows.append(
            layer_data.WordRow(
                Motif(f"W{i + 1}", core(i + 1, 9 + i % 5), 500.0),
                3 * (count - i),
                range(i, i + 1 + 40 // (i + 1)),
                hits if i % 4 else [],
                hits if i % 3 and i % 4 else [],
            )
        )
    return rows


def layer(neurons: int = 40, leaves: int = 4, width: int = WIDTH, downloads=()) -> layer_data.LayerReport:
    return layer_data.LayerReport(
        "example, layer 3",
        [neuron(channel, leaves, width) for channel in range(neurons)],
        subtitle=f"{neurons} neurons on {width} bp",
        summary=[("network", "example"), ("receptive field", f"{width} bp"), ("sampling", "default")],
        words=words(12),
        database="JASPAR 2026 CORE",
        downloads=downloads,
        others="10,000 random windows",
        provenance="jaxmotif decode example --layer=3",
    )
