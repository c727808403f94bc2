"""What the page of a layer says of itself: what it shows, and how it was done, to paste into a paper."""

from collections.abc import Mapping, Sequence

from jaxmotif import dna
from jaxmotif.apps.decode.layer_motifs import LayerMotifs
from jaxmotif.apps.decode.occurrence import Occurrence, P
from jaxmotif.report.sections import Text

PATENT = "The preprint of NeuronMotif says that a patent is pending on the method."


# Words of the page in plain English, by term; the last one is what all of it is not.
TERMS = (
    (
        "Neuron",
        "A detector that looks at one stretch of sequence at a time. Number 7 of this layer is the same "
        "detector wherever it looks. A dead one answers to no sequence.",
    ),
    (
        "Leaf",
        "Pooling makes a neuron forgive small shifts: the same motif, one letter further to the left, "
        "excites it as well. Laid on each other such sequences blur. So they are sorted by where inside "
        "each pooling window the motif lies; one place in every window is a leaf, and in it the motif "
        "stands still.",
    ),
    (
        "Digits",
        "The name of a leaf, such as 2.1: one number for each pooling layer, from the deepest, which says "
        "which place in the window won. Leaves with neighbouring digits often show one motif, shifted.",
    ),
    (
        "Mixture",
        "A leaf that still holds sequences of different motifs, which cannot be one logo. It is told by its "
        "consensus: the sequence of the most frequent letters. If that excites the neuron far less than the "
        "leaf's best sequence, the logo is an average of things that do not go together: do not read it as "
        "a motif.",
    ),
    (
        "Agreement",
        "Sequences are sorted into leaves in two ways that know nothing of each other. 1 means that both "
        "sort alike, 0 that they agree no more than chance gives: then leaves are a choice, not a finding.",
    ),
    (
        "R-hat",
        "Whether the search would have found other sequences from another start. Close to 1 it would not; "
        "well above, take the leaves' proportions with care.",
    ),
    (
        "Dictionary",
        "Informative stretches (segments) of all leaves of all neurons, merged where they are one motif. "
        "Known: it looks like a motif of the database. Novel: it does not, which may be a new motif or a "
        "part of an old one.",
    ),
    (
        "Syntax",
        "Two motifs in one leaf with a distance at which the neuron still answers. Arrows or signs are "
        "strands.",
    ),
    (
        "Effect",
        "How far the prediction moves when the neuron is switched off: most neurons hardly matter.",
    ),
    (
        "Evidence",
        "Everything here is what the network responds to. Whether a protein binds there is for an "
        "experiment to say.",
    ),
)


# What these words mean where leaves come from the maps below, and not from pooling.
BY_MAPS = {
    "Leaf": "Sequences that excite a neuron in different ways (another motif, or the same one elsewhere) "
    "blur when they are laid on each other. They are sorted by what they do in the layers below, and a group "
    "is cut in two where its halves have clearer logos than chance would give them; such a group is a leaf.",
    "Digits": "The name of a leaf, such as 0.1: for each layer below by which groups were cut, from the "
    "deepest, which half. Where a group was not cut, the digit is 0.",
    "Agreement": "The sequences are sorted twice, the second time by cuts that half of them gave. 1 means "
    "that both sort alike, 0 that they agree no more than chance gives: then leaves are a choice, not a "
    "finding.",
}


def terms(layer: LayerMotifs) -> list[tuple[str, str]]:
    """Returns the words of the page with what they mean for this layer."""
    own = BY_MAPS if layer.decoded.halves else {}
    return [(term, own.get(term, meaning)) for term, meaning in TERMS]


def about(layer: LayerMotifs) -> Text:
    """Returns a section that explains the page to a biologist."""
    found, words = layer.decoded, terms(layer)
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
        [*words[:-1], *([_occurs(layer.occurrence[0])] if layer.occurrence else []), words[-1]],
    )


def _occurs(one: Occurrence) -> tuple[str, str]:
    others = "shuffles of these (a table has no negatives)" if one.of_table else "shuffles of these"
    others = others if one.shuffled else f"{one.of_negatives:,} that are not of the class"
    return (
        "In sequences",
        f"In which share of {one.of_positives:,} real sequences a motif of the dictionary lies, and in which "
        f"share of {others}. A motif that is as common in both is one that the network answers to, but not "
        "one that makes your sequences what they are.",
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
            f"Effects on outputs ({layer.effects.answer.said}): on {layer.effects.sequences}, each neuron's "
            "map was replaced by its mean over dinucleotide shuffles."
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
            f"Words were counted in {one.of_positives:,} sequences and {other}, p below {P:g} for a site; "
            "shares were compared by Fisher's exact test (two-sided, false discovery rate of Benjamini and "
            "Hochberg)."
        )
    return Text("Methods, to paste", [" ".join(parts), PATENT])
