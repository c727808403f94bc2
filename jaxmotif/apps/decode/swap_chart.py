"""Chart of a neuron's swap test."""

import numpy as np
from markupsafe import Markup

from jaxmotif.neuronmotif.leaves.decoded import Decoded
from jaxmotif.neuronmotif.swap import SwapTest
from jaxmotif.report.charts import Chart, Series, chart_html
from jaxmotif.report.templates import minus


def chart_of(test: SwapTest | None, decoded: Decoded) -> Markup:
    """Returns activation by the window's start as a <figure>; nothing for no test, or without two windows.

    Shaded are the starts that make the consensus activate the neuron, if they follow one another.
    """
    if test is None or test.leaves is None or len(test.values) < 2:
        return Markup()
    labels = [".".join(map(str, digits)) or "-" for digits in decoded.digits()]
    tested, donor = (labels[leaf] for leaf in test.leaves)
    x, starts = np.arange(1, len(test.values) + 1), test.starts
    one_range = len(starts) > 0 and starts[-1] - starts[0] + 1 == len(starts)
    moved = f", moved by {minus(str(test.shift))} nt," if test.shift else ""
    return chart_html(
        Chart(
            f"Leaf {tested} with windows of leaf {donor}",
            [
                Series(f"leaf {tested} with the window", x, test.values),
                Series(f"leaf {donor} as it is", x, np.full(len(x), test.donor), color=7, dashed=True),
            ],
            "start of the window, nt",
            "activation",
            shaded=(starts[0] + 0.5, starts[-1] + 1.5) if one_range else None,
            level=0.0,
            caption=(
                f"The consensus of leaf {tested} has {minus(f'{test.before:.2f}')}, that of leaf {donor} "
                f"{minus(f'{test.donor:.2f}')}. Letters of the latter{moved} take the place "
                f"of those in a window: {test}. "
                "What all these hold mixes motifs that cannot stand for one another."
            ),
        )
    )
