"""Tiny files in the layouts of Basset and of DeepSEA, from sequences and labels that are returned."""

import pathlib

import h5py
import numpy as np
import scipy.io

Truth = dict[str, tuple[np.ndarray, np.ndarray]]


def _draw(counts: dict[str, int], length: int, targets: int, positive: float = 0.5) -> Truth:
    """{part: (codes, one letter in twenty N; labels, both classes in each target)}."""
    rng = np.random.default_rng(0)
    truth = {}
    for part, count in counts.items():
        codes = rng.integers(0, 4, (count, length)).astype(np.uint8)
        codes[rng.random(codes.shape) < 0.05] = 4
        codes[0, 0] = 2  # a base, for tests that spoil it
        labels = rng.integers(0, 2, (count, targets)).astype(np.uint8)
        if positive < 0.5:
            labels[rng.random(labels.shape) > 2 * positive] = 0
        labels[0], labels[1] = 0, 1
        truth[part] = codes, labels
    return truth


def _one_hot(codes: np.ndarray, channels: str, other: float) -> np.ndarray:
    """(N, 4, L), letter by letter."""
    x = np.full((len(codes), 4, codes.shape[1]), other)
    for row, sequence in enumerate(codes):
        for position, code in enumerate(sequence):
            if code < 4:
                x[row, :, position] = [float(channel == "ACGT"[code]) for channel in channels]
    return x


def write_basset(path: pathlib.Path, counts: dict[str, int], length: int, targets: int) -> Truth:
    """Basset's HDF5 file; letters that are no base have 0.25 in every channel."""
    truth = _draw(counts, length, targets)
    with h5py.File(path, "w") as file:
        for part, (codes, labels) in truth.items():
            file[f"{part}_in"] = _one_hot(codes, "ACGT", 0.25).astype(np.float16)[:, :, None]
            file[f"{part}_out"] = labels.astype(np.int8)
        file["target_labels"] = np.array([f"cell{i + 1}" for i in range(targets)], "S")
    return truth


def write_deepsea(
    folder: pathlib.Path, counts: dict[str, int], length: int, targets: int, positive: float = 0.5
) -> Truth:
    """DeepSEA's folder: MATLAB 7.3 is HDF5 with the axes turned around, the others are MATLAB 5.

    `positive` is the share of labels that are 1.
    """
    truth = _draw(counts, length, targets, positive)
    for part, (codes, labels) in truth.items():
        x = _one_hot(codes, "AGCT", 0).astype(np.uint8)
        if part == "train":
            with h5py.File(folder / "train.mat", "w", userblock_size=512) as file:
                file["trainxdata"], file["traindata"] = x.transpose(2, 1, 0), labels.T
        else:
            scipy.io.savemat(folder / f"{part}.mat", {f"{part}xdata": x, f"{part}data": labels})
    return truth
