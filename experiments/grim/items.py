"""Items of GRIM (Lee & Koo 2021)."""

from experiments.common.items import Item

_ROWS = (
    "Each GRIM model has three rows: the objective as printed (literal), with a bounded code (bounded), and "
    "ours, whose mixture is in no equation of the paper."
)

ITEMS = (
    Item(
        "Table 1",
        "true and false positives of motifs learned without labels, task 1",
        config="task1",
        makes=("table.md", "logos_*.png"),
        extra="--scale=paper",
        note=_ROWS,
    ),
    Item(
        "Table 2",
        "true and false positives of motifs learned without labels, task 2",
        config="task2",
        makes=("table.md", "logos_*.png"),
        extra="--scale=paper",
        note=_ROWS,
    ),
    Item("Figure 1", "how networks are trained", note="A drawing of the method, not of a result."),
)
