"""What the page of a layer says of itself: what it shows, and how it was done, to paste into a paper."""

from collections.abc import Mapping, Sequence

from jaxmotif import dna
from jaxmotif.apps.decode.layer_motifs import LayerMotifs
from jaxmotif.apps.decode.occurrence import P
from jaxmotif.report.sections import Text

PATENT = "The preprint of NeuronMotif says that a patent is pending on the method."


def about(layer: LayerMotifs) -> Text:
    """Returns a section that explains the page to a biologist."""
    found = layer.decoded
    kind = "DNA" if dna.has_complement(found.alphabet) else "RNA"
    factors = "transcription factors" if kind == "DNA" else "proteins"
    return Text(
        "What this page shows",
        [
            f"A neuron of this layer looks at {found.width} letters of {kind} at a time and answers with a "
            "number: the larger, the better it likes what it sees. The program searched sequences that each "
            f"of the {len(found.neurons):,} neurons answers to ({int((~found.dead).sum()):,} answer to any) "
            "and sorted them into leaves, in which a motif lies at one place, so that each has a logo. "
            "The informative stretches of all leaves, merged, are the dictionary: the words that this layer "
            f"reads, some of which are known motifs of {factors}. Words side by side in a leaf, with the "
            "distances at which the neuron still answers, are its syntax: a hint at what binds together. All "
            "of this says what the network responds to. It is no evidence that anything binds there, and a "
            "word need not occur in your sequences at all: the dictionary says how often it does, where "
            "sequences are given.",
        ],
    )


def methods(
    layer: LayerMotifs,
    summary: Sequence[tuple[str, str]],
    environment: Mapping,
    sequences: str = "",
) -> Text:
    """Returns a section with what a paper's methods need: steps, settings, versions, sources.

    Args:
      layer: what the page shows.
      summary: settings as (label, value), see `write.summary`.
      environment: see `rundir.environment`.
      sequences: what other methods read; "" for none.
    """
    found, settings, told = layer.decoded, layer.settings, dict(summary)
    scan, versions = settings.scan, environment["versions"]
    commit = f", commit {environment['commit']}" if environment.get("commit") else ""
    strands = "on both strands " if dna.has_complement(found.alphabet) else ""
    parts = [
        f"Neurons of convolution {found.layer} of {found.name} (receptive field {found.width} nt) were "
        "decoded with NeuronMotif (Wei et al. 2021, bioRxiv) as implemented in jaxmotif "
        f"{environment['jaxmotif']}{commit} (JAX {versions['jax']}, numpy {versions['numpy']}, Python "
        f"{environment['python']}, {environment['backend']}, seed {settings.decode.seed}). Sampling: "
        f"{told['Sampling']}. Activations counted: {told['Activations counted']}. Decoupling: "
        f"{told['Decoupling']}. Motifs in leaves: {told['Motif in a leaf']}; they were merged {strands}into "
        f"a dictionary and compared with {settings.database} by Tomtom's statistics (Gupta et al. 2007), q "
        f"at most {settings.q_max:g}; of a neuron with m motifs p, E and q are times m."
    ]
    if scan.pairs:
        parts.append(
            "Distances: the neuron's words were placed at every distance, in every order and on every strand "
            f"into {scan.backgrounds} random backgrounds; given are the distances at which {scan.share:.0%} "
            "or more of these activate the neuron."
        )
    if layer.effects:
        parts.append(
            f"Effects on outputs: on {layer.effects.sequences}, each neuron's map was replaced by its mean "
            "over dinucleotide shuffles."
        )
    if sequences:
        parts.append(
            f"Other methods, on {sequences}: mean of the windows with activation above 0 (Kelley et al. "
            "2016) or above half of the largest (Alipanahi et al. 2015), and gradient times input of the "
            "strongest windows (saliency; that its positive part is taken as probabilities is a choice of "
            "jaxmotif)."
        )
    if layer.occurrence:
        one = layer.occurrence[0]
        other = "their dinucleotide shuffles" if one.shuffled else f"{one.of_negatives:,} negatives"
        parts.append(
            f"Words were counted in {one.of_positives:,} sequences and {other}, p below {P:g} for a site."
        )
    return Text("Methods, to paste", [" ".join(parts), PATENT])
