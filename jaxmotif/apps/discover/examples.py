"""Some held-out positives, and what each of their letters contributes to the networks' score."""

import numpy as np

from jaxmotif.apps.discover.details import held_out_sites
from jaxmotif.apps.discover.discovery import Discovery
from jaxmotif.motifs import scan
from jaxmotif.report.contributions import Shown, Site
from jaxmotif.report.strips import Strips

# Of the strongest and of those in the middle so many; letters of each at most.
OF_EACH, MOST = 3, 300
TEXT = (
    "Of the held-out positives the {strongest} that the networks are surest of, and {median} in the middle "
    "of their ranking. A letter is as tall as what it contributes to the networks' mean logit (gradient "
    "corrected for the mean over the four letters, times the letter): upwards it speaks for a positive, "
    "downwards against. Each sequence is on its own scale. Boxes are the sites of the listed motifs; tall "
    "letters outside of boxes are what the networks use and the list lacks. Positions are in nt from the "
    "middle of the sequence."
)


def section(found: Discovery, names: list[str]) -> list[Strips]:
    """Returns the section; none where no networks were trained with labels, or no positive is held out.

    Args:
      found: the discovery.
      names: of the listed motifs.
    """
    data = found.splits.test.positives
    learner = next((one for one in found.networks if one.contributions is not None), None)
    if learner is None or learner.contributions is None or not len(data):
        return []
    scores = found.scores[learner.objective].mean(axis=0)[found.splits.test.is_positive]
    order = np.argsort(-scores, kind="stable")
    rows, kinds = chosen(len(order))
    values = learner.contributions(data.sequences[order[rows]])
    letters = np.eye(5, 4)[data.sequences[order[rows]]]
    sites = held_out_sites(found) if len(found.motifs) else scan.NO_SITES
    shown, origins = [], []
    for place, value, heights in zip(rows, values, letters, strict=True):
        row, first = int(order[place]), window(np.abs(value))
        here = sites.take(sites.sequence == row)
        own = [
            Site(names[motif], start - first, end - first)
            for motif, start, end in zip(
                here.motif.tolist(), here.start.tolist(), here.end.tolist(), strict=True
            )
        ]
        title = f"{data.names[row]}: number {place + 1:,} of {len(order):,} held-out positives"
        part = slice(first, first + MOST)
        shown.append(Shown(f"{title}, logit {scores[row]:.2f}", heights[part] * value[part, None], own))
        origins.append(first - data.length / 2)
    text = TEXT.format(strongest=kinds.count(True), median=kinds.count(False))
    return [Strips("Some sequences, letter by letter", shown, origins, names, text, data.alphabet)]


def chosen(count: int) -> tuple[list[int], list[bool]]:
    """Returns ranks, from 0, of the first ones and of those in the middle, and which are of the first."""
    first = list(range(min(OF_EACH, count)))
    begin = count // 2 - OF_EACH // 2
    middle = [i for i in range(begin, begin + OF_EACH) if len(first) <= i < count]
    return first + middle, [True] * len(first) + [False] * len(middle)


def window(sizes: np.ndarray) -> int:
    """Returns where the `MOST` letters begin that contribute most, 0 where there are no more."""
    if len(sizes) <= MOST:
        return 0
    sums = np.append(0.0, np.cumsum(sizes))
    return int(np.argmax(sums[MOST:] - sums[:-MOST]))
