"""A decoded layer read: cores of its leaves, the dictionary of its words, and every neuron's syntax."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from jaxmotif.apps.decode.measured import LayerEffects
from jaxmotif.apps.decode.occurrence import Occurrence
from jaxmotif.apps.decode.settings import Settings
from jaxmotif.apps.decode.significance import Significance, Tested, neuron_values, pair_values
from jaxmotif.motifs.motif import Motif
from jaxmotif.motifs.motif_set import MotifSet
from jaxmotif.motifs.ppm import consensus, information_content
from jaxmotif.neuronmotif import chain, diagnosis, swap
from jaxmotif.neuronmotif.leaves import decoded as decodeds
from jaxmotif.neuronmotif.leaves.decoded import Decoded
from jaxmotif.neuronmotif.swap import SwapTest
from jaxmotif.neuronmotif.syntax import arrangements, neuron_scans, segments, shifts
from jaxmotif.neuronmotif.syntax.dictionary import Word, build
from jaxmotif.neuronmotif.syntax.own import OwnMotifs, own_motifs


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class LayerMotifs:
    """What neurons of one convolution recognise.

    Attributes:
      decoded: the layer's leaves as arrays, and how each neuron was sampled.
      cores: the informative parts of all leaves.
      words: the dictionary, with known motifs and the cores that each word is made of.
      syntaxes: of every neuron, which words lie how far apart.
      aligned: the distinct motifs among every neuron's leaves, shifts of one motif pooled.
      settings: with which it was decoded and read.
      database: known motifs that the words were compared with.
      seconds: that decoding took.
      own: of every neuron, the motifs of its own leaves and the known ones among them.
      effects: of all neurons of the layer on the network's outputs, where they were measured.
      occurrence: of every word in sequences that were given; () for none.
      swaps: of neurons with a leaf far from the diagonal and one near it, by channel; see
        `neuronmotif.swap`.
      significance: p and q against null networks, where there are any; pairs have theirs in `syntaxes`, too.
    """

    decoded: Decoded
    cores: list[segments.MotifCore]
    words: list[Word]
    syntaxes: list[arrangements.Syntax]
    aligned: list[list[shifts.AlignedMotif]]
    settings: Settings = Settings()
    database: Sequence[Motif] = ()
    seconds: float = 0.0
    own: Sequence[OwnMotifs] = ()
    effects: LayerEffects | None = None
    occurrence: Sequence[Occurrence] = ()
    swaps: Mapping[int, SwapTest] = dataclasses.field(default_factory=dict)
    significance: Significance | None = None

    def __repr__(self) -> str:
        found = self.decoded
        return (
            f"LayerMotifs({found.name!r}, layer={found.layer}, width={found.width}, "
            f"neurons={len(found.neurons)}, dead={int(found.dead.sum())}, "
            f"leaves={int((found.nsites > 0).sum())}, words={len(self.words)})"
        )

    @property
    def dictionary(self) -> MotifSet:
        """The words as motifs with their matches."""
        return MotifSet(
            [word.motif for word in self.words],
            matches=[word.hits for word in self.words],
            database=self.settings.database,
        )

    @property
    def leaves(self) -> list[Motif]:
        """PPMs of all leaves that hold sequences, on the whole receptive field."""
        return leaf_motifs(self)

    @property
    def mixtures(self) -> np.ndarray:
        """Whether each neuron's leaves mix motifs, (C,) bool; see `neuronmotif.diagnosis.mixtures`."""
        return diagnosis.mixtures(self.decoded)[0]

    @property
    def syntax(self) -> dict[int, str]:
        """Arrangements of every neuron as text, by channel; "" for a neuron without a motif."""
        texts = map(arrangements.as_text, self.syntaxes)
        return {int(channel): text for channel, text in zip(self.decoded.neurons, texts, strict=True)}

    def channels(self, word: Word) -> list[int]:
        """Returns neurons that have the word, by channel."""
        return sorted({int(self.decoded.neurons[self.cores[index].neuron]) for index, _, _ in word.members})

    def words_of(self, index: int) -> list[Word]:
        """Returns words of the neuron with this index, the best known ones first."""
        mine = [word for word in self.words if any(self.cores[i].neuron == index for i, _, _ in word.members)]
        return sorted(mine, key=lambda word: word.named[0].q if word.named else np.inf)

    @property
    def unmixed(self) -> np.ndarray:
        """Neurons whose walkers had not mixed when the walk ended, bool (C,)."""
        return self.decoded.mixing > self.settings.decode.sampling.mixed

    def _mixed(self) -> str:
        walked = np.isfinite(self.decoded.mixing)
        return f"{(walked & ~self.unmixed).sum()} of {walked.sum()}" if walked.any() else "-"

    def row(self) -> dict:
        """Returns the layer's row of a table of layers: known neurons by their own leaves, known words."""
        found = self.decoded
        agreement = found.agreement
        own_q = [own.named[0].q for own in self.own if own.named]
        return {
            "layer": found.layer,
            "receptive field": found.width,
            "neurons": len(found.neurons),
            "dead": int(found.dead.sum()),
            "mixtures": int(self.mixtures.sum()),
            "leaves": int((found.nsites > 0).sum()),
            "sequences": int(found.samples.sum()),
            "agreement": round(float(np.nanmean(agreement)), 2) if np.isfinite(agreement).any() else None,
            "mixed": self._mixed(),
            "known neurons": len(own_q),
            "median own q": median_q(own_q),
            "words": len(self.words),
            "known words": sum(bool(word.named) for word in self.words),
            **(self.significance.row() if self.significance else {}),
            "seconds": round(self.seconds, 1),
        }


def read(
    decoded: Decoded,
    database: Sequence[Motif] | None,
    settings: Settings = Settings(),
    seconds: float = 0.0,
) -> LayerMotifs:
    """Returns cores of leaves, words with matches, and syntaxes of a decoded layer.

    Args:
      decoded: the layer.
      database: known motifs, or None.
      settings: `segments`, `min_sites`, `q_max` and `ignore_outlier_spacings` count here.
      seconds: that decoding took.
    """
    needed = segments.thresholds(decoded, settings.segments, settings.min_sites)
    cores = segments.segments(decoded, settings.segments, settings.min_sites)
    words = build(cores, database, settings.q_max) if cores else []
    aligned = [
        shifts.pool_shifts(
            ppm,
            nsites,
            fewest=int(fewest),
            pseudosites=pseudosites,
            name=f"L{decoded.layer}n{channel}_",
            source=decoded.name,
            alphabet=decoded.alphabet,
        )
        for channel, ppm, nsites, fewest, pseudosites in zip(
            decoded.neurons, decoded.ppm, decoded.nsites, *needed, strict=True
        )
    ]
    syntaxes = arrangements.layer_syntax(
        decoded,
        cores,
        words,
        needed,
        ignore_outlier_spacings=settings.ignore_outlier_spacings,
    )
    own = own_motifs(cores, len(decoded.neurons), database, settings.q_max)
    return LayerMotifs(decoded, cores, words, syntaxes, aligned, settings, database or (), seconds, own)


def median_q(values: Sequence[float]) -> float | None:
    """Returns the median of q-values to two digits; None of none."""
    return float(f"{np.median(values):.1e}") if len(values) else None


def scanned(layer: LayerMotifs, network: chain.Chain) -> LayerMotifs:
    """Returns the layer with every neuron's pairs of words scanned for distance, order and strand.

    Args:
      layer: as `read` returns it; `settings.scan` and `settings.decode.seed` count here.
      network: that was decoded.
    """
    found, settings = layer.decoded, layer.settings
    syntaxes = neuron_scans.scanned(
        network.substructure(found.layer, found.neurons),
        found,
        layer.syntaxes,
        settings.scan,
        settings.decode.seed,
    )
    return dataclasses.replace(layer, syntaxes=syntaxes)


def swapped(layer: LayerMotifs, network: chain.Chain) -> LayerMotifs:
    """Returns the layer with the swap test of every neuron that has leaves on both sides of the diagnosis.

    Args:
      layer: as `read` returns it.
      network: that was decoded.
    """
    found = layer.decoded
    substructure = network.substructure(found.layer, found.neurons)
    tests = {int(c): swap.of_neuron(substructure.neuron(i), found, i) for i, c in enumerate(found.neurons)}
    return dataclasses.replace(layer, swaps={c: test for c, test in tests.items() if test is not None})


def mixing_row(decoded: Decoded, index: int) -> dict[str, float | None]:
    """Returns R-hat of each of `decoded.STATISTICS` of a neuron, None where nobody walked."""
    values = decodeds.UNKNOWN if decoded.rhat is None else decoded.rhat[index]
    return {
        f"R-hat {name}": round(float(value), 3) if np.isfinite(value) else None
        for name, value in zip(decodeds.STATISTICS, values, strict=True)
    }


def against_nulls(layer: LayerMotifs, nulls: Sequence[LayerMotifs]) -> LayerMotifs:
    """Returns the layer with p and q of its neurons and their pairs of words against null networks.

    `decode` does this by itself where `settings.nulls` is above 0.

    Args:
      layer: decoded, and scanned for pairs.
      nulls: the same layer of networks that have learned nothing, decoded with the same settings: see
        `null.null_network`, or untrained networks of the architecture. All their live neurons count.

    Raises:
      ValueError: for nulls of another layer or receptive field.

    Examples:
      >>> import jaxmotif as jm
      >>> from jaxmotif.apps.decode.settings import Settings
      >>> from jaxmotif.config import with_fields
      >>> net = jm.Network.from_spec(jm.zoo.get("CNN-25 (4)", length=50, outputs=1))
      >>> quick = with_fields(Settings(), population=100, generations=3, walk=5, polish=2)
      >>> layer, null = (jm.decode(one, 1, settings=quick) for one in (net, jm.null_network(net)))
      >>> jm.against_nulls(layer, [null]).significance.neurons.nulls
      4
    """
    for null in nulls:
        found = [(one.decoded.layer, one.decoded.width) for one in (layer, null)]
        if found[0] != found[1]:
            raise ValueError(
                f"the null of layer {found[0][0]} with {found[0][1]} nt cannot be layer {found[1][0]} with "
                f"{found[1][1]} nt"
            )
    neurons, pairs = (
        Tested.of(values(layer), np.concatenate([np.zeros(0), *map(values, nulls)]))
        for values in (
            lambda one: neuron_values(one.own, one.decoded.dead),
            lambda one: pair_values(one.syntaxes, one.decoded.maximum),
        )
    )
    q, syntaxes = iter(pairs.q.tolist()), []
    for one in layer.syntaxes:
        scans = [dataclasses.replace(scan, q=next(q)) for scan in one.scans]
        syntaxes.append(arrangements.with_scans(one, scans) if scans else one)
    return dataclasses.replace(
        layer, syntaxes=syntaxes, significance=Significance(neurons, pairs, len(nulls))
    )


def neuron_rows(layer: LayerMotifs) -> list[dict]:
    """Returns one row per neuron, for table.md and table.json.

    "best match" and "own q" are of the neuron's own leaves, "layer's word" and "word's q" of the best known
    word that it has a part in. "effect", "shift" and "on" are there where effects were measured. "R-hat ..."
    compare groups of walkers from different starts; 1 is mixed.
    """
    decoded, mixed = layer.decoded, layer.mixtures
    rows = []
    for index, channel in enumerate(decoded.neurons):
        filled = decoded.nsites[index] > 0
        words = layer.words_of(index)
        own, word = layer.own[index].named, words[0] if words and words[0].named else None
        ratio = decoded.consensus[index][filled] / np.maximum(decoded.leaf_maximum[index][filled], 1e-30)
        arranged = layer.syntaxes[index].arrangements
        rows.append(
            {
                "neuron": int(channel),
                "state": f"dead ({decoded.reason[index]})" if decoded.dead[index] else "live",
                **(layer.effects.row(int(channel)) if layer.effects else {}),
                "maximum": round(float(decoded.maximum[index]), 4),
                "generations": int(decoded.generations[index]),
                "sequences": int(decoded.samples[index]),
                "leaves": int(filled.sum()),
                "bits": round(
                    max((float(information_content(p).sum()) for p in decoded.ppm[index]), default=0.0), 1
                ),
                "consensus / max": round(float(np.median(ratio)), 2) if filled.any() else None,
                "mixture": "yes" if mixed[index] else "no",
                "agreement": round(float(decoded.agreement[index]), 2)
                if np.isfinite(decoded.agreement[index])
                else None,
                "steps": int(decoded.steps[index]) if decoded.steps is not None else 0,
                **mixing_row(decoded, index),
                "best match": own[0].label if own else "-",
                "own q": float(f"{own[0].q:.1e}") if own else None,
                "own motifs": len(layer.own[index].motifs),
                **(_significance(layer.significance, layer, index) if layer.significance else {}),
                "layer's word": word.name if word else "-",
                "word's q": float(f"{word.named[0].q:.1e}") if word else None,
                "words": len(words),
                "syntax": arrangements.as_text(layer.syntaxes[index]).split("\n")[0] if arranged else "-",
            }
        )
    return rows


def word_rows(layer: LayerMotifs) -> list[dict]:
    """Returns one row per word of the dictionary, for words.md and words.json."""
    return [
        {
            "word": word.name,
            "consensus": word.motif.consensus,
            "segments": len(word.members),
            "neurons": len(layer.channels(word)),
            "known motif": word.named[0].label if word.named else "-",
            "q": float(f"{word.named[0].q:.1e}") if word.named else None,
            **(layer.occurrence[number].row() if layer.occurrence else {}),
        }
        for number, word in enumerate(layer.words)
    ]


def _significance(found: Significance, layer: LayerMotifs, index: int) -> dict:
    """A neuron's columns of what null networks say; those of pairs are the best pair's."""
    tested = found.neurons
    q = [scan.q for scan in layer.syntaxes[index].scans if scan.q is not None]
    return {
        "null p": _digits(tested.p[index]),
        "null q": _digits(tested.q[index]),
        "pairs": len(q),
        "pairs' least null q": _digits(min(q)) if q else None,
    }


def _digits(value: float) -> float | None:
    return None if np.isnan(value) else float(f"{value:.2g}")


def leaf_motifs(layer: LayerMotifs) -> list[Motif]:
    """Returns PPMs of all leaves that hold sequences, on the whole receptive field."""
    decoded = layer.decoded
    return [
        Motif(
            f"L{decoded.layer}n{channel}_{leaf}",
            decoded.ppm[index, leaf],
            float(decoded.nsites[index, leaf]),
            source=consensus(decoded.ppm[index, leaf], decoded.alphabet),
            alphabet=decoded.alphabet,
        )
        for index, channel in enumerate(decoded.neurons)
        for leaf in np.flatnonzero(decoded.nsites[index])
    ]
