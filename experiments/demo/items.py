"""Items of DeMo (Lanchantin et al. 2016) and of the Deep Motif Dashboard (Lanchantin et al. 2017)."""

from experiments.common.items import Item

_PANEL = "--panel=DIR --scale=paper"
_DEMO = f"{_PANEL} --preset=code"
_SETS = "The published values are of 108 experiments in K562; DIR holds those that there are."

ITEMS = (
    Item(
        "DeMo Figure 1",
        "the network and class optimisation",
        note="A drawing of the method, not of a result.",
    ),
    Item(
        "DeMo Table 1",
        "the values of the network's shape",
        note="Settings, not a result: DeMo-<convolutions>-<pooling>-<highway layers> of the zoo, all eight.",
    ),
    Item(
        "DeMo Figure 2a",
        "differences of AUROC to DeepBind over experiments, sorted",
        config="demo",
        makes=("figure2a.png", "figure2a.svg", "table.md", "experiments.md"),
        extra=_DEMO,
        note=f"Against DeepBind's published values and its network trained here. {_SETS}",
    ),
    Item(
        "DeMo Figure 2b",
        "windows of class motifs next to JASPAR's, in bits",
        config="demo",
        makes=("figure2b.png", "figure2b.svg"),
        extra=_DEMO,
        note="Of all factors, not of two; class motifs by the paper's way and by ours.",
    ),
    Item(
        "DeMo Section 3",
        "experiments above DeepBind, windows that match JASPAR, windows that score above it",
        config="demo",
        makes=("counts.md",),
        extra=_DEMO,
        note="The text does not say whether a window has to match the factor's own motif: both are counted.",
    ),
    Item("Dashboard Figure 1", "the networks", note="A drawing of the method, not of a result."),
    Item(
        "Dashboard Table 1",
        "the networks' sizes",
        note="Settings, not a result: jaxmotif/models/zoo/dashboard.py.",
    ),
    Item(
        "Dashboard Table 2",
        "AUROC of nine networks and of matrices, mean, median and deviation over experiments",
        config="table2",
        makes=("table.md", "experiments.md"),
        extra=_PANEL,
        note=_SETS,
    ),
    Item(
        "Dashboard Table 3",
        "paired tests between the best network of each type, and matrices",
        config="table2",
        makes=("table3.md", "tests.md"),
        extra=_PANEL,
        note="--config=table3 compares the medium networks, the paper's best, without training the others.",
    ),
    Item(
        "Dashboard Table 4",
        "positives whose window matches, by four ways of extraction, and class motifs that do",
        config="table4",
        makes=("table4.md", "windows.md", "class_motifs.md"),
        extra=_PANEL,
        note="Next to random windows, and class motifs of our way.",
    ),
    Item(
        "Dashboard Figure 2",
        "class motifs, saliency and temporal scores of three factors side by side",
        config="figure2",
        makes=("figure2.png", "figure2.svg"),
        extra=f"{_PANEL} --factors=GATA1,MAFK,NFYB",
        note="The sequence is each factor's first held-out positive with a site of a known motif.",
    ),
    Item(
        "Class motifs by penalty",
        "factors whose class motif matches their own, by the penalty of class optimisation, and the windows",
        config="penalty",
        makes=("penalties.md", "penalties.png", "penalties.svg", "penalty_windows.png"),
        extra=_PANEL,
        note="Not in the papers, which print one penalty: by the paper's way (the norm) and by ours (bits).",
    ),
)
