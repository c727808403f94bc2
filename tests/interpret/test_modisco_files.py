"""The arrays for TF-MoDISco: lengths last, and contributions of the letters that are there."""

import numpy as np

from jaxmotif.interpret import modisco_files


def test_contributions_are_those_of_the_letters_that_are_there():
    codes_nl = np.array([[0, 4, 3]], np.uint8)
    values_nl4 = np.arange(12, dtype=np.float32).reshape(1, 3, 4)
    assert modisco_files.contributions(codes_nl, values_nl4).tolist() == [[0, 0, 11]]


def test_arrays_are_written_as_its_program_reads_them(tmp_path):
    rng = np.random.default_rng(0)
    codes_nl = rng.integers(0, 5, (3, 7)).astype(np.uint8)
    values_nl4 = rng.normal(size=(3, 7, 4)).astype(np.float32)
    modisco_files.write(tmp_path, codes_nl, values_nl4, ["a", "b", "c"])
    # As modisco-lite's command line does: arr_0, with lengths and letters exchanged.
    letters = np.load(tmp_path / "one_hot.npz")["arr_0"].transpose(0, 2, 1)
    values = np.load(tmp_path / "attributions.npz")["arr_0"].transpose(0, 2, 1)
    np.testing.assert_array_equal(values, values_nl4)
    for row, position in np.ndindex(3, 7):
        expected = [float(codes_nl[row, position] == letter) for letter in range(4)]
        assert letters[row, position].tolist() == expected
