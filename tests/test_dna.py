"""Codes, one-hot and reverse complement."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif import dna


def test_encode_and_decode():
    codes = dna.encode(["ACGTN", "acgtn", "UuRy-", "*.X?\N{GREEK SMALL LETTER ALPHA}"])
    assert codes.dtype == np.uint8
    assert codes.tolist() == [[0, 1, 2, 3, 4], [0, 1, 2, 3, 4], [3, 3, 4, 4, 4], [4] * 5]
    assert dna.decode(codes) == ["ACGTN", "ACGTN", "TTNNN", "NNNNN"]
    assert dna.encode([]).shape == (0, 0)
    assert dna.encode(["", ""]).shape == (2, 0)


def test_encode_refuses_what_it_cannot_hold():
    with pytest.raises(ValueError, match="sequence 0 has 4 letters and sequence 2 has 3"):
        dna.encode(["ACGT", "ACGT", "ACG"])
    with pytest.raises(ValueError, match="not one string of 4"):
        dna.encode("ACGT")
    with pytest.raises(ValueError, match="0..5"):
        dna.decode(np.array([[0, 5]]))
    with pytest.raises(ValueError, match=r"\(3,\)"):
        dna.decode(np.array([0, 1, 2]))


def test_one_hot():
    x_bl4 = jax.jit(dna.one_hot)(dna.encode(["ACGTN"]))
    assert x_bl4.dtype == jnp.float32
    np.testing.assert_array_equal(x_bl4[0], np.vstack([np.eye(4), np.zeros((1, 4))]))
    assert dna.one_hot(np.zeros((2, 3, 7), np.uint8), jnp.bfloat16).shape == (2, 3, 7, 4)
    assert dna.one_hot(np.zeros(7, np.uint8), jnp.bfloat16).dtype == jnp.bfloat16


def test_reverse_complement():
    codes = dna.encode(["AACGTN", "NTTTGA"])
    assert dna.decode(dna.reverse_complement(codes)) == ["NACGTT", "TCAAAN"]
    assert isinstance(dna.reverse_complement(codes), np.ndarray)
    on_device = jax.jit(dna.reverse_complement)(codes)
    assert on_device.dtype == jnp.uint8
    np.testing.assert_array_equal(on_device, dna.reverse_complement(codes))
    np.testing.assert_array_equal(dna.one_hot(on_device), dna.reverse_complement_one_hot(dna.one_hot(codes)))
