"""What the networks of a run attribute to every letter, in the files that `modisco motifs` reads."""

import pathlib

import numpy as np

from jaxmotif import files
from jaxmotif.apps.discover.discovery import Discovery
from jaxmotif.data.dataset import Dataset, concatenate
from jaxmotif.interpret import attribution
from jaxmotif.models.network import Network

ATTRIBUTIONS, ONE_HOT = "attributions.npz", "one_hot.npz"


def write(found: Discovery, folder: pathlib.Path) -> None:
    """Writes attributions.npz and one_hot.npz where the settings ask for them, and removes them elsewhere.

    Both have an array arr_0 of shape (positives, 4, L): hypothetical contributions to the mean logit of the
    first round's networks (float32), and the letters (uint8, N = zeros). Positives are those of the user's
    own file; their names are the array "names" of one_hot.npz.
    """
    if not found.settings.attributions:
        for name in (ATTRIBUTIONS, ONE_HOT):  # of an analysis with other settings
            (folder / name).unlink(missing_ok=True)
        return
    network = next(one.network for one in found.networks if one.objective == "supervised")
    splits = found.splits
    own = [splits.train, splits.valid] + ([] if found.settings.test else [splits.test])
    save(folder, network, concatenate(own).positives)


def save(folder: pathlib.Path, network: Network, data: Dataset, target: int | str = 0) -> None:
    """Writes attributions.npz and one_hot.npz of sequences into `folder`, as `write` says.

    Args:
      folder: is there.
      network: whose mean logit of `target` is read.
      data: N sequences of the network's length.
      target: class of the network, by number (from 0) or name.
    """
    values_nl4 = attribution.hypothetical_contributions(network, data, target=target)
    # Compressing such numbers takes longer than making them, and saves a tenth.
    files.save_npz(folder / ATTRIBUTIONS, {"arr_0": values_nl4.transpose(0, 2, 1)}, compressed=False)
    # dna.N, the fifth code, has a row of zeros.
    letters_nl4 = np.eye(5, 4, dtype=np.uint8)[data.sequences]
    names = np.array(list(data.names), str)
    files.save_npz(folder / ONE_HOT, {"arr_0": letters_nl4.transpose(0, 2, 1), "names": names})
