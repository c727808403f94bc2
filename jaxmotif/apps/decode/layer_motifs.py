"""A decoded layer read: cores of its leaves, the dictionary of its words, and every neuron's syntax."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from jaxmotif.apps.decode.measured import LayerEffects
from jaxmotif.apps.decode.occurrence import Occurrence
from jaxmotif.apps.decode.settings import Settings
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
