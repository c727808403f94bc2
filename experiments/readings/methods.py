"""The ways of reading: a network and sequences give motifs, and no label is looked at.

A reading of outputs takes, for each output, the sequences that the network scores highest: an output is a
factor in a network trained with labels, a number of the code in one trained without. What it points at is
aligned by the same expectation maximisation for all of them (`extraction.aggregated`).
"""

import dataclasses
import functools
from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
import numpy as np

from experiments.neuronmotif import recovery
from experiments.readings import config as configs
from jaxmotif import dna
from jaxmotif.interpret import attribution, class_optimization, effects, extraction, filter_motifs, seqlets
from jaxmotif.interpret import temporal as temporals
from jaxmotif.interpret.readout import Readout
from jaxmotif.models import forward, host_blocks
from jaxmotif.models.network import Network
from jaxmotif.models.spec import NetworkSpec
from jaxmotif.motifs import em
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.ppm import information_content
from jaxmotif.neuronmotif import chain, decode_layer

# Letters next to a stretch that a network attends to, so that sites whose ends matter little are whole.
FLANK = 4
# Columns without information that part one motif of a class from the next.
GAP = 6
# Sequences at a time.
_ROWS = 128


@dataclasses.dataclass(frozen=True)
class Read:
    """What is read: a network of one member, sequences, and how much of them.

    Attributes:
      network: one member.
      pool: uint8 (N, L), on which filters fire and from which the highest of each output are taken.
      config: of the run.
    """

    network: Network
    pool: np.ndarray
    config: "configs.Config"

    @functools.cached_property
    def order(self) -> np.ndarray:
        """Rows of the pool by the logit of each output, the highest first, (N, T)."""
        return np.argsort(-self.network.logits(self.pool), axis=0, kind="stable")

    @functools.cached_property
    def matrices(self) -> dict[str, Motif]:
        """What class optimisation makes of each output, as long as the sequences."""
        names, config = list(self.network.classes), self.config
        return class_optimization.class_motifs(self.network, names, config.classes, config.seed, quiet=True)

    def highest(self, count: int) -> np.ndarray:
        """Returns the `count` highest sequences of every output, uint8 (T, count, L)."""
        return self.pool[self.order[:count].T]

    def lowest(self, count: int) -> np.ndarray:
        """Returns the `count` lowest sequences of every output, uint8 (T, count, L)."""
        return self.pool[self.order[::-1][:count].T]


def by_filters(rule: configs.Rule, read: Read) -> list[Motif]:
    """Returns the motifs of the first convolution's filters, by a rule of `configs.RULES`."""
    readout = Readout(rule=rule, threshold=configs.THRESHOLDS[rule])
    found = filter_motifs.member_motifs(read.network, read.pool, 1, readout).motifs
    return [motif for motif in filter_motifs.trimmed(found, readout) if motif is not None]


def _aligned(read: Read, codes_tnl: np.ndarray, starts_tn: np.ndarray) -> list[Motif]:
    """One motif for each output: a window of each of its sequences, aligned."""
    width = read.config.width
    found = [
        extraction.aggregated(codes, starts, width, name=f"output{output + 1}")
        for output, (codes, starts) in enumerate(zip(codes_tnl, starts_tn, strict=True))
    ]
    return [motif for motif in found if motif]


def attributed(network: Network, codes_tnl: np.ndarray, method: str) -> np.ndarray:
    """Returns what each letter of each output's sequences means to the logit of that output, (T, n, L).

    All outputs' sequences go through the network together, which costs as little as one output's: a row's
    score is the logit of its own output.

    Args:
      network: of one member, on the strand given.
      codes_tnl: uint8, n sequences of each of T outputs.
      method: of `attribution.METHODS`.
    """
    spec, variables = network.architecture, network.member_variables(0)
    outputs = np.repeat(np.arange(len(codes_tnl), dtype=np.int32), codes_tnl.shape[1])
    codes_bl = codes_tnl.reshape(-1, codes_tnl.shape[2])
    own = jax.tree_util.Partial(host_blocks.fixed(_attributed, spec, method), variables)
    values = host_blocks.over_blocks(own, (outputs, codes_bl), min(len(codes_bl), _ROWS))
    return values.reshape(codes_tnl.shape)


def _attributed(spec: NetworkSpec, method: str, variables, rows):
    outputs_b, codes_bl = rows

    def score(x_bl4):
        logits_bt = forward.predict(spec, variables, x_bl4)
        return jnp.take_along_axis(logits_bt, outputs_b[:, None], axis=1)[:, 0]

    return attribution.METHODS[method](score, dna.one_hot(codes_bl))


def by_attribution(method: str, read: Read) -> list[Motif]:
    """Returns a motif for each output, of the strongest window of each of its sequences."""
    codes_tnl = read.highest(read.config.exact if method == configs.MUTAGENESIS else read.config.top)
    values_tnl = attributed(read.network, codes_tnl, method)
    width = read.config.width
    starts = [extraction.strongest_windows(values_nl, width) for values_nl in values_tnl]
    return _aligned(read, codes_tnl, np.stack(starts))


# The number of the output is a leaf, so that one program serves them all.
@functools.cache
def _part(spec: NetworkSpec) -> Callable:
    """(variables of one member, output, x, start, end) -> its probability of parts of sequences, (B,)."""

    def apply(variables, output, x_bl4, start_b, end_b):
        return jax.nn.sigmoid(forward.predict_part(spec, variables, x_bl4, start_b, end_b)[:, output])

    return apply


def by_time(read: Read) -> list[Motif]:
    """Returns a motif for each output, of the windows over which its probability rises most."""
    part, variables = _part(read.network.architecture), read.network.member_variables(0)
    codes_tnl, width = read.highest(read.config.exact), read.config.width
    starts = []
    for output, codes in enumerate(codes_tnl):
        score = jax.tree_util.Partial(part, variables, np.int32(output))
        starts.append(extraction.steepest_windows(temporals.temporal_scores(score, codes), width))
    return _aligned(read, codes_tnl, np.stack(starts))


def at_random(read: Read) -> list[Motif]:
    """Returns a motif for each output, of random windows: what is found by choosing sequences only."""
    codes_tnl = read.highest(read.config.top)
    last = codes_tnl.shape[2] - read.config.width
    starts = np.random.default_rng(read.config.seed).integers(0, last + 1, codes_tnl.shape[:2])
    return _aligned(read, codes_tnl, starts)


def by_seqlets(read: Read) -> list[Motif]:
    """Returns up to `seqlet_motifs` motifs for each output, of all letters that it attends to.

    Of its highest sequences, whose windows contribute more than nearly all windows of its lowest do. The
    letters between are hidden.
    """
    found, codes_tnl = [], read.highest(read.config.top)
    count = codes_tnl.shape[1]
    both_tnl = np.concatenate([codes_tnl, read.lowest(count)], axis=1)
    values_tnl = attributed(read.network, both_tnl, "corrected")
    for output, (codes, values) in enumerate(zip(codes_tnl, values_tnl, strict=True)):
        found += of_attended(codes, values, read.config.seqlet_motifs, f"output{output + 1}_")
    return found


def of_attended(codes_nl: np.ndarray, values_ml: np.ndarray, motifs: int, prefix: str) -> list[Motif]:
    """Returns up to `motifs` motifs of the letters that an output attends to; what lies between is hidden.

    Args:
      codes_nl: its highest sequences.
      values_ml: contributions of these letters, then those of its lowest sequences.
      motifs: how many.
      prefix: of their names.
    """
    count = len(codes_nl)
    attended = seqlets.attended(values_ml, np.arange(len(values_ml)) < count)[:count]
    ends = np.pad(attended, ((0, 0), (FLANK, FLANK)))
    near = np.lib.stride_tricks.sliding_window_view(ends, 2 * FLANK + 1, axis=1).any(axis=2)
    hidden = np.where(near, codes_nl, dna.N).astype(np.uint8)
    return em.find_motifs(hidden, motifs, widths=(9, 13, 17), prefix=prefix)


def stretches(motif: Motif, bits: float = 0.5, gap: int = GAP, pad: int = 3) -> list[Motif]:
    """Returns the parts of a class motif, which may hold several motifs between columns that say nothing.

    Args:
      motif: of any width.
      bits: a column with more is informative.
      gap: columns without information, in a row, that part two motifs.
      pad: columns kept on each side.
    """
    above = np.flatnonzero(information_content(motif.ppm) > bits)
    if not above.size:
        return []
    parts = np.split(above, np.flatnonzero(np.diff(above) > gap) + 1)
    return [
        dataclasses.replace(
            motif,
            name=f"{motif.name}_{number + 1}",
            ppm=motif.ppm[max(int(part[0]) - pad, 0) : int(part[-1]) + 1 + pad],
        )
        for number, part in enumerate(parts)
    ]


def by_class(read: Read) -> list[Motif]:
    """Returns the stretches of every output's class motif."""
    return [part for motif in read.matrices.values() for part in stretches(motif)]


def by_neurons(read: Read) -> list[Motif]:
    """Returns NeuronMotif's motifs of the the deepest neurons that argue most for an output."""
    config, network = read.config, read.network
    layer = len(network.architecture.convs)
    some = read.pool[np.linspace(0, len(read.pool) - 1, min(len(read.pool), config.effects)).astype(int)]
    neurons = network.architecture.convs[-1].filters
    shift_kt = effects.effects(network.ablated_score(some, layer, None), some, neurons).shift
    chosen = np.unique(np.argsort(-shift_kt, axis=0, kind="stable")[: config.neurons])
    settings = config.decode
    if layer == 2:
        settings = dataclasses.replace(settings, motif_seeds=True)
    found = decode_layer.decode(chain.of(network), layer, chosen.tolist(), settings)
    return recovery.queries(found, config.segments, config.min_sites)[0]


METHODS: Mapping[str, Callable[[Read], list[Motif]]] = {
    **{rule: functools.partial(by_filters, rule) for rule in configs.RULES},
    configs.SALIENCY: functools.partial(by_attribution, configs.SALIENCY),
    configs.TEMPORAL: by_time,
    configs.CLASS_MOTIF: by_class,
    configs.MUTAGENESIS: functools.partial(by_attribution, configs.MUTAGENESIS),
    configs.SEQLETS: by_seqlets,
    configs.NEURONMOTIF: by_neurons,
    configs.RANDOM: at_random,
}


def reason(spec: NetworkSpec, objective: str, reading: str) -> str:
    """Returns why a reading of a network trained that way cannot be; "" where it can."""
    if not spec.convs and objective == configs.INFOMAX:
        return "no convolution: no local code to inform"
    if not spec.convs and reading in (*configs.RULES, configs.NEURONMOTIF):
        return "no convolution: no filters"
    if not spec.recurrent and reading == configs.TEMPORAL:
        return "no time steps"
    if objective == configs.CLASS_OPTIMISED and reading == configs.CLASS_MOTIF:
        return "is what is read here"
    if objective == configs.CLASS_OPTIMISED and reading == configs.NEURONMOTIF:
        return "reads no sequences: as supervised"
    return ""
