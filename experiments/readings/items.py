"""What experiments.readings makes, which is of no paper."""

from experiments.common.items import Item

ITEMS = (
    Item(
        "All readings",
        "factors found, right motifs and correlation of every reading on every network",
        config="planted",
        makes=("table.md", "matrix.md", "agreement.md", "readings.png", "readings.svg"),
        extra="--scale=paper",
        note="Of no paper: all of their readings on the same networks.",
    ),
)
