"""Items of NeuronMotif (Wei et al. 2021); its networks are trained by experiments.deep_networks."""

from experiments.common.items import Item

ITEMS = (
    Item(
        "Figure 4a",
        "dead neurons of each layer, with a proof",
        config="basset",
        makes=("table.md",),
        extra="--data=BASSET.h5 --scale=paper",
    ),
)
