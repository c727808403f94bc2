"""Items of Koo & Eddy 2019."""

from experiments.common.items import Item

ITEMS = (
    Item(
        "Table 1",
        "AUROC, share of filters that match any motif and a planted one, of 18 networks",
        config="table1",
        makes=("table.md",),
        extra="--scale=paper",
    ),
)
