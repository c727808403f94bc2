"""Long work drops what it has compiled before a process has no more maps of memory."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif import memory


def _maps() -> int:
    with open(memory._MAPS, "rb") as lines:
        return len(lines.readlines())


def test_programs_are_dropped_where_they_take_too_many_maps(monkeypatch, tmp_path):
    try:
        _maps()
    except OSError:
        pytest.skip("this system does not list maps of memory")
    function = jax.jit(lambda x: jnp.sort(x @ x) + 1)
    x = np.ones((5, 5), np.float32)
    found = function(x)
    most = tmp_path / "most"
    monkeypatch.setattr(memory, "_MOST_MAPS", str(most))
    most.write_text(f"{100 * _maps()}\n")
    assert not memory.drop_programs() and function._cache_size() == 1
    most.write_text(f"{_maps()}\n")
    assert memory.drop_programs() and function._cache_size() == 0
    np.testing.assert_array_equal(function(x), found)
    most.write_text("unlimited\n")
    assert not memory.drop_programs()
