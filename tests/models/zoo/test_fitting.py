"""Short reads get first-layer filters that can stand at several places; long ones the network as it is."""

import pytest

from jaxmotif.models import zoo
from jaxmotif.models.spec import conv_shapes


@pytest.mark.parametrize("name", ["peaks", "GRIM-4 (64)", "CNN-25 (4)"])
def test_filters_fit(name):
    for length in (12, 14, 20, 31):
        spec = zoo.fitting(name, length, 3)
        first, had = spec.convs[0], zoo.get(name).convs[0]
        assert first.kernel == int(0.6 * length) and first.filters == had.filters
        assert length - first.kernel >= 4
        assert conv_shapes(spec)[0].pooled >= 6 or first.pool == 1
        assert (spec.length, spec.outputs, spec.name) == (length, 3, name)
    for length in (32, 101):
        assert zoo.fitting(name, length, 3) == zoo.get(name, length=length, outputs=3)
