"""Items of NeuronMotif (Wei et al. 2021); its networks are trained by experiments.deep_networks."""

from experiments.common.items import Item

# The paper decodes networks trained on Basset's and DeepSEA's data; the same configs read any other network.
_BASSET = "--data=BASSET.h5 --scale=paper"
_RUNS = "--runs=Basset=DECODED,BD-5=DECODED,BD-10=DECODED"
_COMPARED = ("table.md", "targets.md", "compare.png")
_LIKE_BASSET = (
    "With the paper's networks where Basset's data are at hand; synthetic and grammar train small ones here."
)
_NO_COORDINATES = (
    "Basset's and DeepSEA's files have no coordinates, so the paper's regions cannot be extended to "
    "1,000 bp. With own peaks: jaxmotif decode RUN --layer=10 --sequences=PEAKS.fa --genome=GENOME.fa "
    "--signal=NAME=ATAC.bw, one --signal for each cell type."
)

ITEMS = (
    Item(
        "Figure 3a",
        "leaves of a neuron of Basset's second layer, aligned, with the known motif and three other methods",
        config="layers",
        makes=("figure3-*-layer2.png",),
        extra=_RUNS,
        note="The neuron with most known motifs is shown; decode's page has every neuron like that.",
    ),
    Item(
        "Figure 3b",
        "the same of a neuron of the third layer",
        config="layers",
        makes=("figure3-*-layer3.png",),
        extra=_RUNS,
        note="The paper's neuron (CEBPB, CTCF, DDIT3::CEBPA) hangs on its weights, which are not at hand.",
    ),
    Item(
        "Figure 3c",
        "two neurons of one layer that read each other's motif on the other strand",
        config="layers",
        makes=("figure3c-*.png",),
        extra=_RUNS,
        note="The most alike pair by strongest leaves, which are drawn, where it is as alike as shifts are.",
    ),
    Item(
        "Figure 4a",
        "dead neurons of each layer, and how that is known",
        config="layers",
        makes=("diagnosis.md",),
        extra="--runs=DeepSEA=DECODED,DD-10=DECODED",
        note="The paper's figure is a schematic; its counts for DeepSEA stand beside ours.",
    ),
    Item(
        "Figure 4b",
        "consensus against maximum activation, all layers of DeepSEA and DD-10",
        config="layers",
        makes=("figure4bc.png", "diagnosis.md"),
        extra="--runs=DeepSEA=DECODED,DD-10=DECODED",
    ),
    Item(
        "Figure 4c",
        "the same of Basset and BD-10",
        config="layers",
        makes=("figure4bc.png", "diagnosis.md"),
        extra="--runs=Basset=DECODED,BD-10=DECODED",
        note=_LIKE_BASSET,
    ),
    Item(
        "Figure 4d",
        "what the regions of that figure mean",
        config="layers",
        makes=("figure4bc.png",),
        extra=_RUNS,
        note="Shaded in every plot; the paper gives no limits, so these are a choice (`diagnosis.Regions`).",
    ),
    Item(
        "Figure 4e",
        "overlap of what neighbouring units see, and 1/5, 3/7, 5/9, 7/11 of the text",
        config="overlap",
        makes=("table.md", "figure4e.png"),
    ),
    *(
        Item(
            name,
            f"AUPRC of each target, {second} against {first}",
            config="compare",
            makes=_COMPARED,
            extra=f"--compare={runs}",
            note="Both networks are trained by the same launcher.",
            launcher="deep_networks",
        )
        for name, first, second, runs in (
            ("Figure 4f", "DeepSEA", "DD-10", "DEEPSEA_RUN,DD10_RUN"),
            ("Figure 4g", "Basset", "BD-10", "BASSET_RUN,BD10_RUN"),
        )
    ),
    Item(
        "Figure 5a",
        "q of the best 100 neurons by layer, network and method",
        config="layers",
        makes=("figure5a.png", "figure5a-named.png", "table.md"),
        extra=_RUNS,
        note="All decoded layers, not only the shallow one and the deepest. " + _LIKE_BASSET,
    ),
    Item(
        "Figure 5b",
        "known motifs of the deepest layer of three networks",
        config="layers",
        makes=("figure5bc.png", "table.md"),
        extra=_RUNS,
    ),
    Item(
        "Figure 5c",
        "known motifs of Basset's third layer by method",
        config="layers",
        makes=("figure5bc.png", "table.md"),
        extra="--runs=Basset=DECODED",
    ),
    Item(
        "Figure 5d",
        "dictionary of the deepest layer: counts, and the best motif of each known one",
        config="layers",
        makes=("dictionary.md", "figure5d-*.png"),
        extra="--runs=BD-10=DECODED",
        note="The paper counts every segment (9,056); words, merged, are counted beside them.",
    ),
    Item(
        "Published motifs of Basset",
        "how many of the authors' published motifs ours match by Tomtom, and the other way",
        config="layers",
        makes=("published.md",),
        extra="--runs=Basset=DECODED --published=MOTIFS",
        note="MOTIFS: the authors' folder of layer1, layer2, ... (wzthu/NeuronMotifBasset.github.io), or any "
        "motif file. No figure of the paper; their weights are not there, so the networks are two.",
    ),
    Item(
        "Figure 6a",
        "syntax of a neuron of the tenth layer",
        config="bd10",
        makes=("layers/layer10/syntax-neuron*.png",),
        extra=_BASSET + " --set=decode.decode.decoupling.repeats=2",
        note="The paper's network is DD-10; jaxmotif decode DD10_RUN --layer=10 --repeats=2 makes it of one.",
    ),
    Item(
        "Figure 6b",
        "syntax of another neuron",
        config="bd10",
        makes=("layers/layer10/syntax-neuron*.png",),
        extra=_BASSET + " --set=decode.decode.decoupling.repeats=2",
        note="As Figure 6a: up to six neurons with several words are drawn, the page has all.",
    ),
    *(
        Item(
            name,
            shows,
            note=_NO_COORDINATES,
        )
        for name, shows in (
            ("Figure 6c", "ATAC-seq of five cell types around the first neuron's regions"),
            ("Figure 6d", "the same around the second neuron's"),
            ("Figure 6e", "places of the motifs around these regions (positions.npz and the page)"),
            ("Figure 6f", "the same of the second neuron"),
        )
    ),
    Item(
        "Figures 1 and 2",
        "what the method does",
        note="Schematics. docs/results/neuronmotif.md tells the steps as they are here.",
    ),
    Item(
        "Swap test",
        "which part of a problematic neuron's motif mixes synonymous ones (Methods)",
        config="basset",
        makes=("layers/layer3/report.html",),
        extra=_BASSET,
        note="On the page of neurons with leaves near and far from the diagonal; jm.swap_test by itself.",
    ),
    Item(
        "Mixture and activation",
        "proof that mixing synonymous motifs lowers activation and weights (Methods)",
        note="A proof. What it predicts, low maxima of leaves that are not consistent, is in figure4bc.",
    ),
    Item(
        "Figure S6",
        "the less coupled the units below, the more mixture",
        config="layers",
        makes=("coupling.png", "diagnosis.md"),
        extra=_RUNS,
        note="Mixture against overlap over layers and networks; their networks of S6 are not described here.",
    ),
    Item(
        "Figures S1 and S4",
        "other methods, and the structure under a neuron",
        note="Schematics. Other methods' logos of a neuron are in Figure 3 and on decode's page.",
    ),
    Item(
        "Distances of demo2",
        "spacings that the authors' toy network answers to (their program's demo2)",
        config="demo2",
        makes=("table.md", "checks.json"),
        extra="--weights=weight.hdf5",
    ),
    Item(
        "Sampling",
        "sampled motifs against exact ones (Methods; our check)",
        config="exact",
        makes=("table.md",),
        extra="--weights=weight.hdf5",
    ),
    Item(
        "Factors on planted data",
        "planted motifs that networks' neurons show, by four methods (our stand-in for Figures 3 and 5c)",
        config="synthetic",
        makes=("table.md",),
    ),
    Item(
        "Distances on planted data",
        "planted distances that syntax shows (our stand-in for Figure 6)",
        config="grammar",
        makes=("table.md", "checks.json"),
    ),
    Item(
        "False pairs",
        "pairs of words that an untrained network seems to have (ours)",
        config="untrained",
        makes=("table.md", "checks.json"),
    ),
    Item(
        "Leaves without pooling",
        "leaves by the maps below against leaves by poolings, of the same samples (ours)",
        config="maps",
        makes=("table.md", "checks.json"),
        extra="--weights=weight.hdf5",
    ),
    Item(
        "Factors of a residual network",
        "planted motifs that the last map of a dilated residual network shows (the paper's outlook)",
        config="residual",
        makes=("table.md", "checks.json", "decoded/layer5/report.html"),
    ),
)
