"""Items of GRIM (Lee & Koo 2021)."""

from experiments.common.items import Item

ITEMS = (
    Item(
        "Table 1",
        "true and false positives of motifs learned without labels, task 1",
        config="task1",
        makes=("table.md",),
        extra="--scale=paper",
    ),
    Item(
        "Table 2",
        "true and false positives of motifs learned without labels, task 2",
        config="task2",
        makes=("table.md",),
        extra="--scale=paper",
    ),
    Item("Figure 1", "how networks are trained", note="A drawing of the method, not of a result."),
)
