"""Items of DeMo (Lanchantin et al. 2016) and of the Deep Motif Dashboard (Lanchantin et al. 2017)."""

from experiments.common.items import Item

ITEMS = (
    Item(
        "Dashboard Table 2",
        "AUROC of nine networks and of matrices, mean, median and deviation over experiments",
        config="table2",
        makes=("table.md", "experiments.md"),
        extra="--panel=DIR --scale=paper",
    ),
    Item(
        "Dashboard Table 3",
        "paired tests between the medium networks",
        config="table3",
        makes=("tests.md",),
        extra="--panel=DIR --scale=paper",
    ),
    Item(
        "Dashboard Table 4",
        "what four ways of extracting motifs match, of three networks",
        config="table4",
        makes=("motifs.md",),
        extra="--panel=DIR --scale=paper",
    ),
)
