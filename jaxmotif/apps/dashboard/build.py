"""From networks, sequences and a factor to what a dashboard shows."""

import dataclasses
from collections.abc import Sequence

import jax
import numpy as np

from jaxmotif import __version__, dna
from jaxmotif.apps.dashboard import class_motifs, inputs
from jaxmotif.apps.dashboard.evidence import Box, Dashboard, SequenceEvidence
from jaxmotif.config import one_of
from jaxmotif.data.dataset import Dataset
from jaxmotif.interpret import attribution, temporal
from jaxmotif.interpret.class_optimization import ClassConfig
from jaxmotif.motifs import scan
from jaxmotif.motifs.motif import Motif

TEMPORAL = "temporal"
METHODS = (*attribution.METHODS, TEMPORAL)
# Database motifs of one factor that fit on a figure.
MOST_KNOWN = 6


@dataclasses.dataclass(frozen=True)
class View:
    """What a dashboard shows.

    Attributes:
      sequence: name of a held-out sequence, or a FASTA; "" shows the held-out sequences.
      factor: whose known motifs are shown; "" takes what the run's name begins with.
      database: a JASPAR release or a motif file.
      networks: names of the networks shown; none shows all of the run.
      methods: of attribution; none shows all that the networks have.
      class_name: class whose evidence and motif are shown.
      class_steps: updates of class optimisation; 0 shows no class motifs.
      cut: what temporal scores cut short: "sequence" or "features".
      most: sequences on the page, at most.
      seed: of class optimisation.
    """

    sequence: str = ""
    factor: str = ""
    database: str = "JASPAR2024"
    networks: Sequence[str] = ()
    methods: Sequence[str] = ()
    class_name: str = "bound"
    class_steps: int = 1000
    cut: str = "sequence"
    most: int = 100
    seed: int = 0


def methods_for(trained: Sequence[inputs.Trained], wanted: Sequence[str]) -> list[str]:
    """Returns the methods to run; without a wish all that the networks allow but the slowest.

    Raises:
      ValueError: for an unknown method, or temporal scores of networks that have no time steps.
    """
    recurrent = [one for one in trained if one.network.recurrent]
    if not wanted:
        return ["saliency", "corrected", "integrated"] + [TEMPORAL] * bool(recurrent)
    for name in wanted:
        one_of("method", name, METHODS)
    if TEMPORAL in wanted and not recurrent:
        names = ", ".join(one.name for one in trained)
        raise ValueError(f"temporal scores need a recurrent network; {names} has no time steps")
    return list(dict.fromkeys(wanted))


def build(
    trained: Sequence[inputs.Trained],
    data: Dataset,
    known: Sequence[Motif],
    view: View,
    *,
    site_p: float = 1e-4,
    subtitle: str = "",
) -> Dashboard:
    """Returns everything that the figure and the page draw.

    Where the networks or the sequences are of RNA all of it is: letters U, and sites on one strand, also of
    known motifs that a database of DNA has.

    Args:
      trained: networks, in the order to show.
      data: the sequences.
      known: database motifs of the factor.
      view: what is shown, with its methods and factor; with only temporal scores the strips show saliency.
      site_p: p-value at which known motifs are boxed.
      subtitle: of the page.

    Raises:
      ValueError: for a class that a network does not have.
    """
    class_config = ClassConfig(steps=view.class_steps) if view.class_steps else None
    strips = [name for name in view.methods if name != TEMPORAL] or ["saliency"]
    alphabet = dna.together(data.alphabet, *(one.network.alphabet for one in trained))
    if not dna.has_complement(alphabet):
        known = [dataclasses.replace(motif, alphabet=alphabet) for motif in known]
    codes_nl = data.sequences
    outputs = {one.name: one.network.target_index(view.class_name) for one in trained}
    values = {name: {} for name in strips}
    chances, parts, motifs = {}, {}, {}
    for one in trained:
        function = one.network.score(view.class_name)
        chances[one.name] = _chances(function, codes_nl)
        for name in strips:
            values[name][one.name] = attribution.attribute(function, codes_nl, name)
        if TEMPORAL in view.methods and one.network.recurrent:
            found = temporal.temporal_scores(one.network.part_probability(view.cut), codes_nl)
            if outputs[one.name]:  # two classes of one output
                found = temporal.TemporalScores(1 - found.forward, 1 - found.backward)
            parts[one.name] = found
        if class_config is not None:
            motifs[one.name] = class_motifs.stored(
                one.folder, one.network, view.class_name, class_config, view.seed
            )
    boxes = _boxes(codes_nl, known, site_p)
    letters = dna.decode(codes_nl, alphabet)
    sequences = [
        SequenceEvidence(
            name,
            letters[i],
            boxes[i],
            {one: float(chance[i]) for one, chance in chances.items()},
            {
                method: {one: rows[i] for one, rows in by_network.items()}
                for method, by_network in values.items()
            },
            {one: (found.forward[i], found.backward[i]) for one, found in parts.items()},
        )
        for i, name in enumerate(data.names)
    ]
    return Dashboard(
        view.factor,
        subtitle,
        known[:MOST_KNOWN],
        view.class_name,
        motifs,
        [one.name for one in trained],
        strips,
        sequences,
        f"jaxmotif {__version__}, jax {jax.__version__}; sites at p < {site_p:g}; "
        f"temporal scores cut the {view.cut}",
        alphabet,
    )


def _chances(function, codes_nl) -> np.ndarray:
    values = [
        np.asarray(_chance(function, chunk))
        for chunk in np.array_split(codes_nl, max(len(codes_nl) // 128, 1))
    ]
    return np.concatenate(values)


@jax.jit
def _chance(function, codes_bl):
    return jax.nn.sigmoid(function(dna.one_hot(codes_bl)))


def _boxes(codes_nl, known: Sequence[Motif], site_p: float) -> list[list[Box]]:
    """Sites of the known motifs in every sequence; of sites of several motifs on one stretch the best."""
    boxes: list[list[Box]] = [[] for _ in codes_nl]
    if not known:
        return boxes
    sites = scan.scan(codes_nl, known, site_p, background="uniform")
    for i in np.lexsort((sites.p, sites.sequence)):
        row, start, end = int(sites.sequence[i]), int(sites.start[i]), int(sites.end[i])
        if all(end <= box.start or box.end <= start for box in boxes[row]):
            motif = known[int(sites.motif[i])]
            boxes[row].append(Box(start, end, str(sites.strand[i]), f"{motif.name} {motif.alt_name}".strip()))
    return [sorted(found) for found in boxes]
