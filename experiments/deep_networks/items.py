"""Networks of NeuronMotif (Wei et al. 2021) on Basset's and DeepSEA's data."""

from experiments.common.items import Item

ITEMS = (
    Item(
        "Basset",
        "AUROC and AUPR of Basset over its targets",
        config="basset",
        makes=("table.md",),
        extra="--data=BASSET.h5 --scale=paper",
    ),
)
