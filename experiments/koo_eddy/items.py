"""Items of Koo & Eddy 2019."""

from experiments.common.items import Item

IN_VIVO = (
    "Needs the original files of DeepSEA (train.mat, valid.mat, test.mat), which are not here; the config "
    "peaks trains the same networks on a panel's peaks."
)
_PAPER = "--scale=paper"
_DEEPSEA = "--data=DIR --scale=paper"

ITEMS = (
    Item(
        "Table 1",
        "AUROC, share of filters that match any motif and a planted one, of 18 networks",
        config="table1",
        makes=("table.md",),
        extra=_PAPER,
    ),
    Item(
        "Table 2",
        "the same in vivo, with AUPR, of 13 networks",
        config="table2",
        makes=("table.md",),
        extra=_DEEPSEA,
        note=IN_VIVO,
    ),
    Item(
        "Figure 1",
        "toy model: what a narrow and a wide max-pool leave of three patterns",
        config="figure1",
        makes=("figure1.png", "figure1.svg", "table.md"),
        note="Computed by networks whose weights are set by hand; nothing is trained.",
    ),
    Item(
        "Figure 2",
        "first-layer filters of CNN-2, CNN-4 and CNN-25 above the planted motifs",
        config="figure2",
        makes=("figure2.png", "figure2.svg"),
        extra=_PAPER,
        note="table1 makes it, too.",
        also=("table1",),
    ),
    Item(
        "Figure 3",
        "first-layer filters of CNN9-4, CNN9-25, CNN-50-2 and CNN19-1-2 above the planted motifs",
        config="figure3",
        makes=("figure3.png", "figure3.svg"),
        extra=_PAPER,
        note="table1 makes it, too.",
        also=("table1",),
    ),
    Item(
        "Figure 4",
        "filters of both layers of CNN-1 above the planted motifs",
        config="figure4",
        makes=("figure4.png", "figure4.svg"),
        extra=_PAPER,
        note="table1 makes it, too.",
        also=("table1",),
    ),
    Item(
        "Figure 5",
        "first-layer filters of CNN-2, CNN-4 and CNN-25 in vivo above the factors' motifs",
        config="figure5",
        makes=("figure5.png", "figure5.svg"),
        extra=_DEEPSEA,
        note=IN_VIVO,
    ),
    Item(
        "Figure S1",
        "filters of both layers of CNN-1 in vivo above the factors' motifs",
        config="figureS1",
        makes=("figureS1.png", "figureS1.svg"),
        extra=_DEEPSEA,
        note=IN_VIVO,
    ),
    Item(
        "Table 2, Figures 5 and S1 on real peaks",
        "the networks of Table 2 on the peaks of a panel's experiments as one set of several labels",
        config="peaks",
        makes=("table.md", "peaks-figure5.png", "peaks-figureS1.png"),
        extra="--panel=DIR --scale=paper",
        note="Not the paper's set: other factors, and with the ENCODE panel 101 nt instead of 1,000.",
    ),
    Item(
        "Readouts",
        "the same filters by the text's rule, the program's and two others, by threshold",
        config="demo",
        makes=("readouts.md", "readouts.png", "readouts.svg"),
        extra="--readouts --scale=paper",
        note="Not in the paper: how much of Table 1 is the readout. Nothing is trained for it.",
    ),
)
