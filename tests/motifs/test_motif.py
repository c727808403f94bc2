"""What a motif is: validation, information content, consensus, trimming."""

import numpy as np
import pytest
import scipy.stats

from jaxmotif.motifs import motif as motif_lib
from jaxmotif.motifs.motif import Motif, is_informative, trim
from jaxmotif.motifs.ppm import consensus, information_content


def _random_ppm(width, seed=0, concentration=0.5):
    return np.random.default_rng(seed).dirichlet([concentration] * 4, size=width)


def _padded(core, left, right):
    flat = np.full((1, 4), 0.25)
    return np.concatenate([np.repeat(flat, left, 0), core, np.repeat(flat, right, 0)])


def test_information_content_of_known_columns():
    ppm = [[1, 0, 0, 0], [0.5, 0.5, 0, 0], [0.25] * 4, [0, 0.5, 0.25, 0.25]]
    np.testing.assert_allclose(information_content(np.array(ppm)), [2, 1, 0, 0.5], atol=1e-12)


@pytest.mark.parametrize("background", [None, (0.3, 0.2, 0.2, 0.3), (0.1, 0.2, 0.3, 0.4)])
def test_information_content_is_relative_entropy(background):
    ppm = _random_ppm(40)
    expected = [scipy.stats.entropy(row, background or [0.25] * 4, base=2) for row in ppm]
    np.testing.assert_allclose(information_content(ppm, background), expected, atol=1e-12)


def test_reverse_complement_reads_the_other_strand():
    letters = np.eye(4)
    m = Motif("m", letters[[0, 0, 1, 2, 3, 2]], 10, background=(0.1, 0.2, 0.3, 0.4))
    assert consensus(m.ppm) == "AACGTG"
    assert consensus(m.reverse_complement().ppm) == "CACGTT"
    assert m.reverse_complement().background == pytest.approx((0.4, 0.3, 0.2, 0.1))
    np.testing.assert_array_equal(m.reverse_complement().reverse_complement().ppm, m.ppm)


def test_rows_are_rescaled_exactly_and_the_matrix_cannot_be_changed():
    given = np.array([[0.3333, 0.3333, 0.3333, 0.0], [0.1, 0.2, 0.3, 0.4]])
    m = Motif("m", given, 5)
    np.testing.assert_allclose(m.ppm.sum(1), 1, atol=1e-15)
    given[0, 0] = 7
    assert m.ppm[0, 0] == pytest.approx(1 / 3)
    with pytest.raises(ValueError):
        m.ppm[0, 0] = 0.5


@pytest.mark.parametrize(
    "ppm, text",
    [
        (np.zeros((3, 4)), "sums to 0"),
        (np.full((3, 4), np.nan), "finite"),
        (np.full((4, 3), 1 / 3), r"\(4, 3\)"),
        (np.zeros((0, 4)), r"\(0, 4\)"),
        ([[1.2, -0.2, 0, 0]], ">= 0"),
        ([[0.25] * 4, [0.25, 0.25, 0.25, 0.15]], "row 1 sums to 0.9"),
    ],
)
def test_what_is_no_ppm_is_refused(ppm, text):
    with pytest.raises(ValueError, match=text):
        Motif("bad", np.array(ppm), 5)


@pytest.mark.parametrize(
    "fields, text",
    [
        (dict(nsites=0), "nsites"),
        (dict(nsites=float("nan")), "nsites"),
        (dict(name=""), "name"),
        (dict(background=(0.5, 0.5, 0, 0)), "background"),
        (dict(background=(0.5,) * 4), "sums to 2"),
    ],
)
def test_other_bad_fields_are_refused(fields, text):
    with pytest.raises(ValueError, match=text):
        Motif(**(dict(name="m", ppm=np.full((2, 4), 0.25), nsites=3) | fields))


def test_trim_keeps_three_columns_around_the_informative_ones():
    core = np.eye(4)[[0, 1, 2]]
    m = Motif("m", _padded(core, 6, 9), 10)
    np.testing.assert_array_equal(trim(m).ppm, _padded(core, 3, 3))
    np.testing.assert_array_equal(trim(m, pad=0).ppm, core)
    np.testing.assert_array_equal(trim(Motif("m", _padded(core, 1, 0), 10)).ppm, _padded(core, 1, 0))
    # Weak columns inside the motif stay.
    gapped = np.concatenate([core, np.full((2, 4), 0.25), core])
    np.testing.assert_array_equal(trim(Motif("g", _padded(gapped, 5, 5), 10), pad=0).ppm, gapped)
    assert trim(m).nsites == 10


def test_trim_when_only_the_first_column_is_informative():
    ppm = np.concatenate([np.eye(4)[[2]], np.full((8, 4), 0.25)])
    assert trim(Motif("m", ppm, 10)).width == 4


def test_uninformative():
    # 0.5 bit lies between these two: (.7, .1, .1, .1) has .643 bits, (.6, .4/3 x 3) has .395.
    strong, weak = [0.7, 0.1, 0.1, 0.1], [0.6, 0.4 / 3, 0.4 / 3, 0.4 / 3]
    flat = [[0.25] * 4] * 4
    assert is_informative(Motif("m", np.array([*flat, strong]), 3))
    assert not is_informative(Motif("m", np.array([*flat, weak]), 3))
    assert is_informative(Motif("m", np.array([*flat, weak]), 3), threshold=0.3)
    assert trim(Motif("m", np.array([*flat, weak]), 3)).width == 5


def test_background_default_is_uniform():
    np.testing.assert_array_equal(motif_lib.check_background(None), [0.25] * 4)
