import dataclasses

import numpy as np
from markupsafe import Markup

from jaxmotif.apps.decode import swap_chart
from jaxmotif.neuronmotif.swap import SwapTest
from tests.helpers import planted_leaves


def test_the_chart_says_which_windows_help():
    layer = planted_leaves.layer([[[], []]], 41, nsites=10)
    values = np.r_[-np.ones(19), np.ones(7), -np.ones(5)].astype(np.float32)
    test = SwapTest(11, 2, -0.5, 0.5, values, (0, 1))
    drawn = swap_chart.chart_of(test, layer)
    assert "7 of 31 windows of 11 nt activate it; all hold letters 26 to 30 of 41" in drawn
    assert "moved by 2 nt" in drawn and "leaf 1 as it is" in drawn
    assert swap_chart.chart_of(None, layer) == Markup()
    assert swap_chart.chart_of(dataclasses.replace(test, leaves=None), layer) == Markup()
