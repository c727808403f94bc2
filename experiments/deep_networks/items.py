"""Networks of NeuronMotif (Wei et al. 2021) on Basset's and DeepSEA's data."""

from experiments.common.items import Item

_NO_NUMBER = "The paper prints no means; its Figures 4f and 4g compare targets."


def _trained(network: str, config: str, data: str) -> Item:
    return Item(
        network,
        f"AUROC and AUPRC of {network} over its targets, and of each target",
        config=config,
        makes=("table.md", "scores.npz"),
        extra=f"--data={data} --scale=paper",
        note=_NO_NUMBER,
    )


ITEMS = (
    _trained("Basset", "basset", "BASSET.h5"),
    _trained("BD-5", "bd5", "BASSET.h5"),
    _trained("BD-10", "bd10", "BASSET.h5"),
    _trained("DeepSEA", "deepsea", "DEEPSEA_FOLDER"),
    _trained("DD-10", "dd10", "DEEPSEA_FOLDER"),
    Item(
        "Figure 4f",
        "AUPRC of each target, DD-10 against DeepSEA, with the one-sided test",
        config="compare",
        makes=("table.md", "targets.md", "compare.png"),
        extra="--compare=DEEPSEA_RUN,DD10_RUN",
    ),
    Item(
        "Figure 4g",
        "AUPRC of each target, BD-10 against Basset, with the one-sided test",
        config="compare",
        makes=("table.md", "targets.md", "compare.png"),
        extra="--compare=BASSET_RUN,BD10_RUN",
    ),
    Item(
        "Small networks on real peaks",
        "AUROC and AUPRC of networks with wide or narrow kernels on a panel's experiments (our stand-in)",
        config="panel",
        makes=("table.md", "scores.npz"),
        extra='--panel=DIR --network="Basset (small)" --scale=paper',
        note="Each of three networks is a run of its own; --config=compare takes two of them. Not the "
        "paper's data: peaks of the ENCODE panel, 101 nt, every sequence a peak of one experiment or more.",
    ),
    Item(
        "First kernel of DD-10",
        "AUPRC of DD-10 with a first kernel of 3, 5, 7 and 9 (Methods)",
        note="The zoo has the chosen one, 7; experiments.neuronmotif --config=overlap shows how far the "
        "units of each see the same letters.",
    ),
)
