"""A decoded layer read: its segments, the dictionary of its words, and every neuron's syntax."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from jaxmotif.motifs.motif import Motif, consensus, information_content
from jaxmotif.neuronmotif.diagnosis import mixtures
from jaxmotif.neuronmotif.leaves.decoded import Decoded
from jaxmotif.neuronmotif.syntax import arrangements, dictionary, segments, shifts
from jaxmotif.neuronmotif.syntax.segments import SegmentSettings


@dataclasses.dataclass(frozen=True)
class Reading:
    """What a layer's leaves say.

    Attributes:
      decoded: the layer.
      segments: motifs of all leaves.
      words: the dictionary.
      syntaxes: of every neuron.
      shifted: the distinct motifs among every neuron's leaves, shifts of one motif pooled.
    """

    decoded: Decoded
    segments: list[segments.Segment]
    words: list[dictionary.Word]
    syntaxes: list[arrangements.Syntax]
    shifted: list[list[shifts.Shifted]]

    def channels(self, word: dictionary.Word) -> list[int]:
        """Neurons that have the word, by channel."""
        return sorted(
            {int(self.decoded.neurons[self.segments[index].neuron]) for index, _, _ in word.members}
        )

    def words_of(self, index: int) -> list[dictionary.Word]:
        """Words of the neuron with this index, the best known ones first."""
        mine = [
            word for word in self.words if any(self.segments[i].neuron == index for i, _, _ in word.members)
        ]
        return sorted(mine, key=lambda word: word.hits[0].q if word.hits else np.inf)


def read(
    decoded: Decoded,
    database: Sequence[Motif] | None,
    settings: SegmentSettings = segments.PAPER,
    fewest: int = 20,
    q_max: float = 0.01,
    ignore_outlier_spacings: bool = False,
) -> Reading:
    """Segments of leaves with `fewest` sequences or more, words with matches up to `q_max`, and syntaxes.

    `ignore_outlier_spacings`: see `arrangements.neuron_syntax`.
    """
    found = segments.segments(decoded, settings, fewest)
    words = dictionary.build(found, database, q_max) if found else []
    shifted = [
        shifts.pool_shifts(
            ppm, nsites, fewest=fewest, name=f"L{decoded.layer}n{channel}_", source=decoded.name
        )
        for channel, ppm, nsites in zip(decoded.neurons, decoded.ppm, decoded.nsites, strict=True)
    ]
    return Reading(
        decoded,
        found,
        words,
        arrangements.layer_syntax(
            decoded, found, words, fewest=fewest, ignore_outlier_spacings=ignore_outlier_spacings
        ),
        shifted,
    )


def neuron_rows(reading: Reading) -> list[dict]:
    """One row a neuron, for table.md and table.json."""
    decoded, (mixed, _) = reading.decoded, mixtures(reading.decoded)
    rows = []
    for index, channel in enumerate(decoded.neurons):
        filled = decoded.nsites[index] > 0
        words = reading.words_of(index)
        best = words[0] if words and words[0].hits else None
        ratio = decoded.consensus[index][filled] / np.maximum(decoded.leaf_maximum[index][filled], 1e-30)
        arranged = reading.syntaxes[index].arrangements
        rows.append(
            {
                "neuron": int(channel),
                "state": f"dead ({decoded.reason[index]})" if decoded.dead[index] else "live",
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
                "best match": best.hits[0].label if best else "-",
                "q": float(f"{best.hits[0].q:.1e}") if best else None,
                "motifs": len(words),
                "syntax": arrangements.as_text(reading.syntaxes[index]).split("\n")[0] if arranged else "-",
            }
        )
    return rows


def leaf_motifs(reading: Reading) -> list[Motif]:
    """PPMs of all leaves that hold sequences, on the whole receptive field."""
    decoded = reading.decoded
    return [
        Motif(
            f"L{decoded.layer}n{channel}_{leaf}",
            decoded.ppm[index, leaf],
            float(decoded.nsites[index, leaf]),
            source=consensus(decoded.ppm[index, leaf]),
        )
        for index, channel in enumerate(decoded.neurons)
        for leaf in np.flatnonzero(decoded.nsites[index])
    ]
