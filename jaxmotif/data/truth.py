"""What was planted into synthetic sequences, and where."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True, eq=False)
class Truth:
    """Planted motifs, in order along each sequence.

    Attributes:
      motif_id: int (N, M), index into `pool`; -1 pads sequences with fewer than M motifs.
      start: int (N, M), first position of the motif, 0-based; -1 pads.
      pool: the placed matrices, each (W, 4); entry 2 t is motif t, 2 t + 1 its other strand.
      length: of the sequences, in nt.
    """

    motif_id: np.ndarray
    start: np.ndarray
    pool: tuple[np.ndarray, ...]
    length: int

    def __len__(self) -> int:
        return len(self.motif_id)

    @property
    def motif(self) -> np.ndarray:
        """Returns int (N, M): which motif, whatever its strand; -1 pads."""
        return np.where(self.motif_id >= 0, self.motif_id // 2, -1)

    @property
    def strand(self) -> np.ndarray:
        """Returns int8 (N, M): 1 for a motif as given, -1 for its reverse complement, 0 pads."""
        return np.where(self.motif_id >= 0, 1 - 2 * (self.motif_id % 2), 0).astype(np.int8)

    @property
    def end(self) -> np.ndarray:
        """Returns int (N, M): one past the motif's last position; -1 pads."""
        widths = np.array([len(ppm) for ppm in self.pool])
        return np.where(self.motif_id >= 0, self.start + widths[self.motif_id], -1)

    def columns(self) -> np.ndarray:
        """Returns int32 (N, L): the row of `table()` that each position was drawn from; 0 is background."""
        widths = np.array([len(ppm) for ppm in self.pool])
        first = 1 + np.cumsum(widths) - widths
        columns_nl = np.zeros((len(self), self.length), dtype=np.int32)
        for j in range(self.motif_id.shape[1]):
            rows = np.flatnonzero(self.motif_id[:, j] >= 0)
            ids = self.motif_id[rows, j]
            offset_w = np.arange(widths.max())
            row_s, offset_s = np.nonzero(offset_w < widths[ids][:, None])
            columns_nl[rows[row_s], self.start[rows, j][row_s] + offset_s] = first[ids][row_s] + offset_s
        return columns_nl

    def table(self) -> np.ndarray:
        """Returns float64 (1 + total width of the pool, 4): background, then every pool matrix in turn."""
        return np.concatenate([np.full((1, 4), 0.25), *self.pool])

    def models(self, indices) -> np.ndarray:
        """Returns float64 (n, L, 4): the probabilities that the sequences `indices` were drawn from."""
        return self.table()[self.take(indices).columns()]

    def model(self, index: int) -> np.ndarray:
        """Returns float64 (L, 4): the probabilities that sequence `index` was drawn from."""
        return self.models([index])[0]

    def take(self, indices) -> "Truth":
        """Returns the truth of the sequences `indices`, in that order."""
        return dataclasses.replace(self, motif_id=self.motif_id[indices], start=self.start[indices])
