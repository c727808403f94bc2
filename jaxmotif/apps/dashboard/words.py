"""What a dashboard says in words: how it is read, and how it was made."""

import platform
from collections.abc import Sequence

import jax
import numpy as np

from jaxmotif import __version__
from jaxmotif.apps.dashboard.boxes import Boxed
from jaxmotif.apps.dashboard.evidence import METHODS, Dashboard
from jaxmotif.apps.dashboard.inputs import Trained
from jaxmotif.interpret.class_optimization import ClassConfig

# What a network answers, and what letters contribute to, by the name of the answer.
_ANSWER = {
    "probability": "It is the probability that the network gives the sequence of being {class_name}.",
    "value": "It is the value that the network expects of {class_name}, in the unit of the table.",
    "expected_count": "It is the count that the network expects of {class_name}.",
}
_LETTERS = {
    "probability": "the network's score, a logit (log odds, natural logarithm): 1 more makes the odds 2.7 "
    "times as high. Letters above the line speak for the class, letters on their heads below it speak "
    "against it.",
    "value": "the value, in its unit: letters above the line raise it, letters on their heads below it lower "
    "it.",
    "expected_count": "the natural logarithm of the expected count: 1 more makes it 2.7 times as high. "
    "Letters above the line raise it, letters on their heads below it lower it.",
}
_KNOWN = (
    "Known",
    "What the table says of the sequence, where it says something: sequences can be put in the order of it, "
    "and of how far the network's answer is from it. There are no positives and negatives in a table; of "
    "each target those sequences are here of which it says most and least.",
)
HOW_TO_READ = (
    (
        "A network's answer",
        "{answer} Of several networks trained alike (an ensemble) it is that of their mean score.{held_out}",
    ),
    (
        "Letters",
        "A letter is as tall as what it contributes to {letters} The axis has numbers; every network has a "
        "scale of its own unless you choose one scale for all.",
    ),
    (
        "What to look for",
        "A run of tall letters is a word that the network has recognised: often the site of a factor. Many "
        "small letters everywhere say that the network goes by composition, or that it is unsure. A word "
        "that is tall in one member of an ensemble only is nothing to rely on.",
    ),
    (
        "Boxes",
        "Filled: sites of motifs that this run has found. Dashed: sites of the factor's motifs in the "
        "database. A box says that the word looks like the motif; tall letters in it say that the network "
        "uses it. Tall letters without a box are words that no listed motif describes.",
    ),
    (
        "What it does not say",
        "Contributions explain the network, not the cell: a letter may matter to the network because "
        "something else in the genome goes with it.",
    ),
)
HELD_OUT = " These sequences were held out: no network has learned from them."
TEMPORAL_HELP = (
    "Parts of the sequence",
    "Networks that read along the sequence also give an answer to each part of it: forward, all letters up "
    "to this one; backward, all from this one on. Red is above one half, blue below.",
)


def how_to_read(shown: Dashboard) -> list[tuple[str, str]]:
    """Returns headings and texts that explain the page."""
    targets = set(shown.targets.values()) or {shown.class_name}
    one = targets.pop() if len(targets) == 1 else f"the {shown.answer.output} that is named beside it"
    # Nobody knows what networks have learned from of a FASTA of the user's own.
    known = shown.by_table or any(one.positive is not None for one in shown.sequences)
    filled = {
        "answer": _ANSWER[shown.answer.name].format(class_name=one),
        "letters": _LETTERS[shown.answer.name],
        "held_out": HELD_OUT if known else "",
    }
    told = [(head, text.format(**filled)) for head, text in HOW_TO_READ]
    told += [_KNOWN] if shown.by_table else []
    told += [(METHODS[name].title, METHODS[name].meaning) for name in shown.methods if name in METHODS]
    return told + ([TEMPORAL_HELP] if any(one.temporal for one in shown.sequences) else [])


def methods(
    shown: Dashboard, trained: Sequence[Trained], motifs: Boxed, class_config: ClassConfig | None
) -> str:
    """Returns how a dashboard was made, in one paragraph to paste into a paper, with versions."""
    targets = list(dict.fromkeys(shown.targets.values()))
    sources = [METHODS[name].source for name in shown.methods]
    parts = [
        f"Contributions of single letters to the {shown.answer.said} of {_listed(targets)} were computed "
        f"with jaxmotif {__version__} (JAX {jax.__version__}, numpy {np.__version__}, Python "
        f"{platform.python_version()}, {jax.default_backend()}) by {_listed(sources)}.",
        "Networks: " + "; ".join(map(_network, trained)) + ".",
    ]
    if motifs.found or motifs.known:
        counted = lambda given: f"{len(given)} motif" + "s" * (len(given) > 1)
        names = [f"{counted(motifs.found)} found in the run"] * bool(motifs.found)
        names += [f"{counted(motifs.known)} of {shown.factor} in the database"] * bool(motifs.known)
        parts.append(
            f"Boxes are words with p up to {motifs.site_p:g} (log-odds score, exact distribution) under the "
            f"{_listed(names)}; where sites of a motif overlap, the best one."
        )
    if class_config is not None:
        parts.append(
            f"Class motifs were found by class optimisation (Lanchantin et al. 2017) over matrices of letter "
            f"probabilities with a penalty on information, {class_config.steps} updates, the best of "
            f"{class_config.starts} starts."
        )
    return " ".join(parts)


def _network(one: Trained) -> str:
    count = len(one.network)
    strands = "both strands" if one.network.strands == "random" else "the strand given"
    what = "1 network" if count == 1 else f"{count} networks, means over them"
    kind = f" of the type {one.network.name}" if one.name != one.network.name else ""
    return f"{one.name}{kind} ({what}, read on {strands})"


def _listed(texts: Sequence[str]) -> str:
    return " and ".join([", ".join(texts[:-1])] * (len(texts) > 1) + list(texts[-1:]))
